#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# server-health.sh - what clients see of a server that is not well: a full accept
# queue, a check that fails, a kill -9.  Nobody comes to it who begins after the
# check's time and that of the clients' caches; who waits on it already is
# counted, and moves with RSP_ANSWER_TIMEOUT
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need curl ss
need_python

crowd_size=6
later=60
[ -n "${RSP_SOAK:-}" ] && later=1000

moody() # PORT [OPTION...]: in the pool
{
	local port="$1"

	shift
	mkdir -p "$T/$port"
	start "moody-$port" rsp-register --pool Web --check-interval 0.5 "$@" \
		-- python3 "$top_srcdir/tests/lib/sick_server.py" "$port" "$T/$port"
	wrapper=$pid
}

# Clients without end, until the file enough is there: a line for each, its exit
# status, in their files.  Nothing is shared but the cache.
crowd()
{
	local n=0

	rm -f "$T/enough" "$T"/client-*
	crowd=
	while [ $n -lt $crowd_size ]; do
		(while [ ! -e "$T/enough" ]; do
			rsp-run curl -fsS -m 20 -o /dev/null \
				http://Web.pool.alt/crowd 2>>"$T/client-$n.err"
			echo $? >>"$T/client-$n"
		done) &
		crowd="$crowd $!"
		n=$((n + 1))
	done
}

crowd_ends()
{
	: >"$T/enough"
	# shellcheck disable=SC2086
	wait $crowd
	failed=$(cat "$T"/client-[0-9] | grep -vc '^0$')
	moved=$(cat "$T"/client-*.err | grep -c 'moved')
	say "$(cat "$T"/client-[0-9] | wc -l) requests, $failed failed, $moved moved"
}

# How long the queue of port 8002 is, those included who have given up.
waiting()
{
	ss -Hltn '( sport = :8002 )' | awk '{ n += $2 } END { print n + 0 }'
}

# Requests of clients that the server has answered.
served()
{
	count ' /crowd\| /later' "$T/8002/log"
}

# The clients' caches may name it for so long.
caches_forget()
{
	happens_within 6 false
}

# One client after the other, and none of them comes to 8002.
nobody_comes()
{
	local n=0 before after queued

	queued=$(waiting)
	before=$(served)
	while [ $n -lt $later ]; do
		rsp-run curl -fsS -m 5 -o /dev/null http://Web.pool.alt/later \
			2>>"$T/later.err" || fail "a client fails"
		n=$((n + 1))
	done
	after=$(waiting)
	say "of $later clients $(($(served) - before)) come to it;" \
		"$queued waited there before them, $after do after"
	check "nobody comes to it" [ "$(served)" = "$before" ]
	check "and nobody queues there" [ "$after" -le "$queued" ]
}

start_registrar
moody 8001
moody 8002
moody 8003
wait_for 10 has_elements Web 3 || fail "three servers, not registered"

### An accept queue that nobody empties, and clients that wait no longer than a
### second for an answer to begin.
RSP_ANSWER_TIMEOUT=1
export RSP_ANSWER_TIMEOUT
crowd
wait_for 10 eval '[ "$(served)" -gt 0 ]' || fail "no request"
: >"$T/8002/deaf"
check "a full queue takes a server out" wait_for 10 has_elements Web 2
caches_forget
crowd_ends
check "who waited on it has moved" [ "$moved" -gt 0 ]
check "and no client fails" [ "$failed" = 0 ]
nobody_comes
rm "$T/8002/deaf"
check "it comes back" wait_for 10 has_elements Web 3
unset RSP_ANSWER_TIMEOUT
stop "$wrapper"		# 8003

### A check that fails, of a server that would serve.
wait_for 10 has_elements Web 2 || fail "8003 has not left"
moody 8003 --check http:/health
wrapper3=$wrapper
wait_for 10 has_elements Web 3 || fail "8003 is not back"
crowd
: >"$T/8003/ill"
check "a check that fails takes a server out" wait_for 10 has_elements Web 2
caches_forget
asked=$(count ' /crowd\| /later' "$T/8003/log")
n=0
while [ $n -lt $later ]; do
	rsp-run curl -fsS -m 5 -o /dev/null http://Web.pool.alt/later ||
		fail "a client fails"
	n=$((n + 1))
done
crowd_ends
check "no client failed" [ "$failed" = 0 ]
check "nobody comes to it" \
	[ "$(count ' /crowd\| /later' "$T/8003/log")" = "$asked" ]
rm "$T/8003/ill"
check "it comes back" wait_for 10 has_elements Web 3

### kill -9 of the server and of the one who registered it.
crowd
wait_for 10 eval '[ "$(served)" -gt 0 ]' || fail "no request"
kill -9 "$wrapper3" $(pgrep -f "moody.py 8003")
check "kill -9 takes both out" wait_for 10 has_elements Web 2
crowd_ends
check "no client failed" [ "$failed" = 0 ]
