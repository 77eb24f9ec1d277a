#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# main-kill-server.sh - a server and its rsp-register are killed with -9 under
# load: no client fails whose connection was not yet up
#
# What the dead server's kernel had accepted is lost until requests in progress
# can move.  Such failures are counted apart: there can be no more of them than
# there are connections that broke, which a capture of that server's port shows.
# Proves 5352-6.5.5-02, -03.
# RSP_SOAK=1: 1000 runs of curl and 20000 requests of ab.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
TEST_TIMEOUT=${RSP_SOAK:+300}
setup
need curl ab tcpdump
need_python

runs=300 requests=3000 workers=4
[ -n "${RSP_SOAK:-}" ] && runs=1000 requests=20000

start_registrar
for n in 1 2 3 4; do
	start_web "web$n" DownloadPool "800$n"
	eval "register$n=\$pid"
done
wait_for 10 has_elements DownloadPool 4 || fail "four servers, not registered"

# kill_pair N: a server and its rsp-register
kill_pair()
{
	local server

	eval "set -- $1 \$register$1"
	server=$(web_pid "web$1")
	kill -9 "$2" "$server"
	wait_for 5 gone "$server" || fail "web$1 survived"
}

# curl's exit, then what it got; 7 and 28: never connected
cat >"$T/one" <<'EOF'
exec rsp-run curl -sS -m 20 -o /dev/null -w '%{exitcode} %{http_code} %{time_total}\n' \
	http://DownloadPool.pool.alt/name
EOF
CAPTURE_BYTES=400
capture curl 8001
seq "$runs" | xargs -P $workers -n 1 sh "$T/one" \
	>"$T/curls" 2>"$T/curls.log" &
curls=$!
wait_for 30 eval '[ "$(wc -l <"$T/curls")" -ge '$((runs / 3))' ]' ||
	fail "curl does not get along"
at_kill=$(wc -l <"$T/curls")
kill_pair 1
wait "$curls"
good=$(count '^0 200 ' "$T/curls")
unconnected=$(count '^\(5\|6\|7\|28\) ' "$T/curls")
accepted=$(count '^\(18\|52\|55\|56\) ' "$T/curls")
say "curl: $runs runs, killed after $at_kill: $good good," \
	"$accepted lost that the dead server had accepted, slowest" \
	"$(awk '{ print $3 }' "$T/curls" | sort -n | tail -1) s"
check "no curl failed to connect" [ "$unconnected" -eq 0 ]
check "no curl failed otherwise" [ $((good + accepted)) -eq "$runs" ]
end_capture curl
lost=$(broken curl 8001)
say "$lost connections broke that the dead server had accepted"
check "no more runs were lost than connections broke" \
	[ "$accepted" -le "$lost" ]
check "nor than there were clients at work" [ "$accepted" -le $workers ]
check "the dead server had its share before" \
	[ "$(count ' 200 ' "$T/web1.log")" -ge $((at_kill / 5)) ]
wait_for 6 has_elements DownloadPool 3 || fail "a dead server stays in the pool"

capture ab 8002
start ab rsp-run ab -r -q -n "$requests" -c 20 \
	http://DownloadPool.pool.alt/name
ab=$pid
before=$(count ' 200 ' "$T/web2.log")
wait_for 30 eval '[ "$(count " 200 " "$T/web2.log")" -ge '$((before + requests / 12))' ]' ||
	fail "ab does not get along"
kill_pair 2
wait "$ab" || fail "ab gave up"
value()
{
	sed -n "s/.*$1: *\([0-9][0-9]*\).*/\1/p" "$T/ab.log" | head -n 1
}
end_capture ab
lost=$(broken ab 8002)
say "ab: $(value 'Complete requests') requests, failed" \
	"$(value 'Failed requests') $(grep -o '(Connect.*' "$T/ab.log")"
say "$lost connections broke that the dead server had accepted"
check "ab did all its requests" [ "$(value 'Complete requests')" = "$requests" ]
# One that breaks may count as a failed read, a wrong length and an exception;
# or, when it breaks between its handshake and ab's look at it, as a failed
# connect.
for kind in Connect Receive Length Exceptions; do
	failed=$(sed -n "s/.*(Connect.*/&/; s/.*$kind: \([0-9]*\)[,)].*/\1/p" \
		"$T/ab.log")
	check "ab: no more failed than connections broke: $kind" \
		[ "${failed:-0}" -le "$lost" ]
done
wait_for 6 has_elements DownloadPool 2 || fail "a dead server stays in the pool"
