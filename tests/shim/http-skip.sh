#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# http-skip.sh - what a client has already and the next server sends again takes
# no longer than RSP_FAILOVER_TIMEOUT, ends with the first difference, and is not
# even begun where there is no end: the client's own error comes in time
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need curl
need_python

start_registrar
element Web 127.0.0.1 8001 lu:0
element Web 127.0.0.1 8002 lu:50
web=$top_srcdir/tests/lib/http_server.py
url=http://Web.pool.alt/1/600000

now()
{
	date +%s%N
}

get() # CLIENT
{
	case $1 in
	curl) run curl -sS -o "$T/got" $url ;;
	urllib) run python3 "$top_srcdir/tests/shim/http_clients.py" urllib \
		$url >"$T/got" ;;
	esac
}

# row NAME LEAST MOST SECOND: the first server dies after 300000 bytes, the
# client's error comes after so many milliseconds.
failed=''
row()
{
	local client status begin took

	for client in curl urllib; do
		start first python3 "$web" 8001 die_after=300000
		first=$pid
		start second python3 "$web" 8002 log="$T/second" $4
		second=$pid
		wait_for 10 listening tcp 8001 && wait_for 10 listening tcp 8002 ||
			fail "no servers"
		no_marks
		rm -f "$T/second"
		begin=$(now)
		get $client >"$T/client.log" 2>&1
		status=$?
		took=$((($(now) - begin) / 1000000))
		verdict=ok
		[ $status != 0 ] && [ $status != 124 ] || verdict='NO ERROR'
		[ -s "$T/second" ] || verdict='NOT MOVED'
		[ $took -ge "$2" ] && [ $took -le "$3" ] || verdict='NOT IN TIME'
		say "$client: $1: $verdict (exit $status, $took ms)"
		if [ "$verdict" != ok ]; then
			failed="$failed; $client: $1"
			sed 's/^/    /' "$T/client.log"
		fi
		stop "$first" KILL
		stop "$second" KILL
	done
}

RSP_FAILOVER_TIMEOUT=2
export RSP_FAILOVER_TIMEOUT
row 'no answer' 1900 8000 hang=yes
row 'an answer that stops' 1900 8000 hang_after=200000
# nothing but a move is looked after
RSP_DEAD_AFTER=0
export RSP_DEAD_AFTER
row 'an answer that stops, nothing else to look for' 1900 8000 hang_after=200000
unset RSP_DEAD_AFTER
RSP_FAILOVER_TIMEOUT=60
row 'a difference, and then nothing' 0 15000 'xor=1 hang_after=100000'
unset RSP_FAILOVER_TIMEOUT
[ -z "$failed" ] || fail "$failed"

### Events, as a live page gets them
events=$top_srcdir/tests/lib/events.py
start first python3 "$events" 8001 first
first=$pid
start second python3 "$events" 8002 second
second=$pid
wait_for 10 listening tcp 8001 && wait_for 10 listening tcp 8002 ||
	fail "no servers"
no_marks
start reader rsp-run curl -sSN http://Web.pool.alt/
reader=$pid
wait_for 20 eval '[ "$(count "^data: first" "$T/reader.log")" -ge 60 ]' ||
	fail "no events"
begin=$(now)
kill -9 "$first"
wait_for 20 gone "$reader" || fail "the reader is not told"
took=$((($(now) - begin) / 1000000))
wait "$reader"
status=$?
check "a reader of events gets its error (exit $status)" [ $status = 18 ]
check "at once, after 3 s of events ($took ms)" [ $took -lt 1500 ]
check "and nothing of another server" \
	eval '! grep -q "data: second" "$T/reader.log"'
stop "$second" KILL
