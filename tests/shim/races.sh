#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# races.sh - ThreadSanitizer has nothing to say about threads that connect,
# wait and move
#
# A build tree that is configured with CFLAGS="-g -O1 -fsanitize=thread" runs all
# hazards so.
TEST_TIMEOUT=900
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/shim-lib.sh"
setup
[ -z "${RSP_TEST_PREFIX:-}" ] || skip "there are no sources in an installation"
[ -z "$SANITIZED" ] || skip "another sanitizer is at work"

flags='-g -O1 -fsanitize=thread'
cat >"$T/race.c" <<'END'
#include <pthread.h>
static volatile int n;
static void *count(void *arg)
{
	for (int i = 0; i < 1000; i++)
		n++;
	return arg;
}
int main(void)
{
	pthread_t t;
	pthread_create(&t, 0, count, 0);
	count(0);
	return pthread_join(t, 0);
}
END
${CC:-cc} $flags -o "$T/race" "$T/race.c" 2>"$T/race.log" &&
	TSAN_OPTIONS=log_path=$T/none "$T/race"
ls "$T"/none.* >/dev/null 2>&1 || skip "no ThreadSanitizer here"

shim_network
shim_peers
shim_build tsan $flags
SHIM=$T/buildtsan/librspshim.so
built=$top_builddir
mkdir -p "$T/tsan/tests/shim"
for program in shim_threads shim_move_threads; do
	sources="$top_srcdir/tests/shim/$program.c $top_srcdir/tests/shim/shim_test.c"
	[ $program = shim_threads ] ||
		sources="$sources $top_srcdir/tests/shim/move_world.c"
	${CC:-cc} -std=gnu11 -D_GNU_SOURCE -include "$built/config.h" $flags \
		-I"$top_srcdir" -o "$T/tsan/tests/shim/$program" $sources -lpthread \
		2>"$T/cc.log" || fail "$program does not compile"
done
ln -s "$T/tsan/tests/shim/shim_threads" "$T/tsan/tests/shim/shim_wait"
TSAN_OPTIONS=log_path=$T/races
export TSAN_OPTIONS
top_builddir=$T/tsan
for program in shim_threads shim_move_threads; do
	run_hazards $program
done
cat "$T"/races.* 2>/dev/null
check "no race" eval '! ls "$T"/races.* 2>/dev/null'
