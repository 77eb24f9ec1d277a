#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# strange.sh - processes that are set up unlike most: no standard
# descriptors, no main thread, no room; and servers in that state
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/shim-lib.sh"
setup
shim_network
shim_peers
run_hazards shim_strange

# Again, where libc's clock stands.
hazard_preload=$top_builddir/tests/shim/.libs/libstill.so
hazard_timeout=20 hazard_label="a clock that stands"
run_hazards shim_strange waits_end_by_the_kernels_clock
hazard_preload= hazard_timeout= hazard_label=

# A constructor before ours: settings that are not the default hold in it.
early()
{
	mkdir -p -m 700 "$T/early"
	env LD_PRELOAD="$preload:$top_builddir/tests/shim/.libs/libearly.so" \
		RSP_RUNTIME_DIR="$T/early" RSP_DOMAIN=other.alt \
		EARLY_NAME=Live.other.alt /bin/true >"$T/early.txt"
	printf 'first: found\nlast: found\n' | diff - "$T/early.txt"
}
preload=$(shim_preload)
check "a constructor that looks a pool up before ours" early

# A door, so that librsplisten.so has somebody to tell.
library=$top_builddir/shim/.libs/librsplisten.so
[ -z "${RSP_TEST_PREFIX:-}" ] || library=$RSP_TEST_PREFIX/lib/rspool/librsplisten.so
if ldd "$library" | grep -q 'lib[at]san'; then
	say "instrumented: servers are left out"
else
	start door python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\0strange")
open(sys.argv[1], "w").close()
for n in range(2):
    s.recv(1)
open(sys.argv[1] + ".heard", "w").close()' "$T/door"
	wait_for 10 test -e "$T/door" || fail "no door"
	check "bind and listen are no cancellation points" env \
		LD_PRELOAD="$library" RSP_KNOCK=strange \
		"$top_builddir/tests/shim/listen_cancel"
	check "and both have knocked" wait_for 10 test -e "$T/door.heard"
fi
