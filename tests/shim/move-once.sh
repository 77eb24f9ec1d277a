#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# move-once.sh - in the mode auto nothing but a GET ever arrives twice: servers
# count what they have read, and are killed with -9 before, between and after
#
# RSP_SOAK=1: ten thousand connections, most of which end by a kill.
# RSP_SEED: the requests.
TEST_TIMEOUT=${RSP_SOAK:+900}
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need_python

requests=300
[ -n "${RSP_SOAK:-}" ] && requests=14000
seed=${RSP_SEED:-$(date +%s)}
say "RSP_SEED=$seed"

start_registrar
for port in 8001 8002 8003; do
	element Count 127.0.0.1 $port
	start "count-$port" python3 "$top_srcdir/tests/shim/count.py" server $port \
		"$T/arrived"
	wait_for 10 listening tcp $port || fail "no server"
done
timeout "${TEST_TIMEOUT:-100}" env RSP_LOG_FILE="$T/shim.txt" rsp-run \
	python3 "$top_srcdir/tests/shim/count.py" client Count.pool.alt \
	$requests "$seed" >"$T/client.log" 2>&1 || fail "the client"
python3 "$top_srcdir/tests/shim/count.py" judge "$T/arrived" >"$T/judged"
status=$?
cat "$T/judged"
check "connections moved" grep -q 'a connection moved' "$T/shim.txt"
say "$(count 'a connection moved' "$T/shim.txt") connections moved"
check "all kinds arrived, GETs twice now and then, nothing else ever" \
	[ $status = 0 ]
