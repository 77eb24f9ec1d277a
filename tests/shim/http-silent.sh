#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# http-silent.sh - a host falls silent in the middle of a download, and the
# client goes on with another one within RSP_DEAD_AFTER and a little; a server
# that hangs is left after RSP_ANSWER_TIMEOUT, if it has not begun to answer; and
# a client that pauses keeps its connection
#
# RSP_SOAK=1: every client, a pause of a minute.
TEST_TIMEOUT=${RSP_SOAK:+900}
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
. "$(dirname "$0")/http-lib.sh"
setup
need curl nft
need_python

ip link add near type veth peer name far 2>/dev/null ||
	skip "no veth pair can be made here"
start far unshare -n sleep 1200
far=$pid
wait_for 5 eval '! [ /proc/self/ns/net -ef /proc/$far/ns/net ]'
ip link set far netns "$far"
over()
{
	nsenter -t "$far" -n "$@"
}
ip addr add 10.77.0.1/24 dev near && ip link set near up
over ip addr add 10.77.0.2/24 dev far && over ip link set far up &&
	over ip link set lo up
small_buffers
over sh -c 'echo 4096 16384 65536 >/proc/sys/net/ipv4/tcp_wmem'
export RSP_REGISTRARS=tcp://10.77.0.1
start_registrar --listen tcp://10.77.0.1 --third-party
element Web 10.77.0.2 8001 lu:0
element Web 10.77.0.1 8002 lu:50
web=$top_srcdir/tests/lib/http_server.py
start near python3 "$web" 8002 ranges=yes
start far-web nsenter -t "$far" -n python3 "$web" 8001 ranges=yes log="$T/far"
wait_for 10 listening tcp 8002 && wait_for 10 answers 10.77.0.2 8001 ||
	fail "no servers"
java_classes

cut='nsenter -t $far -n nft -f $T/cut'
cat >"$T/cut" <<'END'
table ip cut {
	chain in { type filter hook input priority 0; drop; }
	chain out { type filter hook output priority 0; drop; }
}
END
export far
# Each begins with the path in order.
mend()
{
	over nft delete table ip cut 2>/dev/null
	no_marks
	wait_for 10 answers 10.77.0.2 8001 || fail "the path does not mend"
	: >"$T/far"
}

# silent WHAT CLIENT OPTION...
silent()
{
	local what="$1" client="$2" begin

	shift 2
	mend
	downloads --client "$client" --most-pause $((RSP_DEAD_AFTER + 4)) "$@" ||
		fail "$what: $client"
	[ -s "$T/far" ] || fail "the far server was not asked"
	say "ok: $what: $client"
}

clients='curl'
[ -n "${RSP_SOAK:-}" ] && clients='curl wget urllib urllib-timeout requests
	node-http node-fetch java-http java-url'
export RSP_DEAD_AFTER=2
for client in $clients; do
	silent "silence in a body" $client --do "$cut" --at 2000000
done
HTTP_BETWEEN=$cut
export HTTP_BETWEEN
silent "silence between two requests" requests --do true --kills 0 --objects 2
unset HTTP_BETWEEN

mend
pause=${RSP_SOAK:+60}
for client in $clients; do
	downloads --client $client --do "sleep ${pause:-6}" --at 2000000 \
		--patience 200 >"$T/pause.log" || fail "$client pauses"
	cat "$T/pause.log"
	check "a pause moves nobody: $client" grep -q ' 0 moves' "$T/pause.log"
done

# Servers that do not answer.
hang()
{
	RSP_REGISTRARS=tcp://10.77.0.1 run "$@"
}
element Slow 10.77.0.1 8003 lu:0
element Slow 10.77.0.1 8002 lu:50
start slow python3 "$web" 8003 hang=yes
slow=$pid
wait_for 10 listening tcp 8003 || fail "no slow server"
no_marks
check "a server that does not answer is waited for" \
	eval '! hang curl -sS --max-time 3 -o "$T/got" http://Slow.pool.alt/1/9'
no_marks
export RSP_ANSWER_TIMEOUT=1
check "a GET moves after RSP_ANSWER_TIMEOUT" \
	hang curl -fsS --max-time 15 -o "$T/got" http://Slow.pool.alt/1/9
check "its answer is whole" [ "$(stat -c %s "$T/got")" = 9 ]
no_marks
check "a POST does not" eval '! hang curl -sS --max-time 3 -o "$T/got" -d x \
	http://Slow.pool.alt/1/9'
kill -STOP "$slow"
no_marks
check "a stopped server is left, too" \
	hang curl -fsS --max-time 15 -o "$T/got" http://Slow.pool.alt/1/9
