#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# purity.sh - the core does no I/O and keeps no state of its own
#
# Compiles every file of rsp/core without optimisation (so that no call hides)
# and without position independence (so that constant tables of pointers are
# read-only), and reads the symbol table: only memory and string functions may
# be asked of the outside, and nothing may be writable.  That the test can fail
# is tried first, on files with one violation each.
. "$(dirname "$0")/../lib/lib.sh"
setup shared

# What the outside may be asked for: a regular expression for whole names.
allowed='mem(cpy|move|set|cmp|chr|rchr|mem)|str(n?len|n?cmp|r?chr|c?spn|str)'
allowed="$allowed|malloc|calloc|realloc|free|__assert_fail|__stack_chk_fail"
# what the processor can do, as libc knows it
allowed="$allowed|__x86_get_cpuid_feature_leaf"

compile() # SOURCE OBJECT
{
	${CC:-cc} -std=gnu11 -O0 -g0 -fno-pic -I"$top_srcdir" \
		-c "$1" -o "$2" || fail "$1 does not compile"
}

# Prints one line for each violation of the objects given.
violations()
{
	nm -A --defined-only "$@" | awk '
	$(NF - 1) ~ /^[bBdDcCsSgG]$/ { print $1, "writable:", $NF }'
	nm --defined-only "$@" | awk 'NF == 3 { print $3 }' | sort -u >"$T/own"
	nm -A -u "$@" | awk '{ print $NF, $1 }' | sort -u |
		awk -v allowed="^($allowed)\$" -v own="$T/own" '
		BEGIN { while ((getline name < own) > 0) defined[name] = 1 }
		!($1 in defined) && $1 !~ allowed { print $2, "asks for:", $1 }'
}

plant() # NAME TEXT
{
	printf '%s\n' "$2" >"$T/$1.c"
	compile "$T/$1.c" "$T/planted-$1.o"
	[ -n "$(violations "$T/planted-$1.o")" ] ||
		fail "a planted $1 goes unnoticed"
	say "ok: a planted $1 is noticed"
}

plant clock '#include <time.h>
long f(void); long f(void) { return (long)time(NULL); }'
plant stdio '#include <stdio.h>
void f(void); void f(void) { puts("x"); }'
plant socket '#include <sys/socket.h>
int f(void); int f(void) { return socket(1, 1, 0); }'
plant thread '#include <pthread.h>
void f(pthread_mutex_t *m); void f(pthread_mutex_t *m) { pthread_mutex_lock(m); }'
plant errno '#include <errno.h>
int f(void); int f(void) { return errno; }'
plant client 'int rsp_user_init(void); int f(void); int f(void) { return rsp_user_init(); }'
plant counter 'int f(void); int f(void) { static int n; return n++; }'
plant global 'int rsp_limit = 3;'
plant thread-local '_Thread_local int rsp_last;'

printf '%s\n' 'extern const char *const rsp_names[];' \
	'const char *const rsp_names[] = { "a", "b" };' >"$T/table.c"
compile "$T/table.c" "$T/table.o"
check "a constant table of pointers is no violation" \
	test -z "$(violations "$T/table.o")"

for source in "$top_srcdir"/rsp/core/*/*.c; do
	compile "$source" "$T/core-$(echo "${source#"$top_srcdir"/rsp/core/}" | tr / -).o"
done
violations "$T"/core-*.o | sed 's|.*/core-||' >"$T/violations.log"
[ ! -s "$T/violations.log" ] || fail "the core is not pure"
say "ok: $(ls "$T"/core-*.o | wc -l) files of the core are pure"
