#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# udp.sh - pools of UDP servers, with clients that connect() and clients that
# only sendto(): spread, kept together, and with sources that look as named
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need socat dig dnsmasq nc.openbsd node bash
need_python
need_nobody

start_registrar
for n in 1 2; do
	start echo$n rsp-register --pool "Echo=700$n/udp" -- \
		python3 "$top_srcdir/tests/lib/udp_echo.py" echo$n 700$n
done
# As nobody: for root it wants to be able to become somebody else.
start dns rsp-register --pool Names=5353/udp -- $NOBODY dnsmasq --keep-in-foreground \
	--conf-file=/dev/null --no-resolv --no-hosts --port=5353 \
	--listen-address=127.0.0.1 --bind-interfaces --pid-file= \
	--address=/answer.example/192.0.2.7
wait_for 10 has_elements Echo 2 || fail "two servers, not registered"
wait_for 10 has_elements Names 1 || fail "no dnsmasq in the pool"

# answered "claim" COMMAND...: an echo server's answer to "hello"
answered()
{
	local claim="$1" got

	shift
	got=$("$@" 2>"$T/client.log")
	case $got in
	'echo1 hello' | 'echo2 hello') say "ok: $claim" ;;
	*) fail "$claim: got \"$got\"" ;;
	esac
}

piped()
{
	echo hello | run "$@" | head -n 1
}
answered "nc -u" piped nc.openbsd -u -W 1 -w 5 pool:Echo 7777
answered "nc -u, dotted" piped nc.openbsd -u -W 1 -w 5 Echo.pool.alt 7777
answered "socat UDP" piped socat -T 2 - UDP:Echo.pool.alt:7777
answered "socat UDP-SENDTO" piped socat -T 2 - UDP-SENDTO:Echo.pool.alt:7777
answered "socat UDP-DATAGRAM" piped socat -T 2 - UDP-DATAGRAM:Echo.pool.alt:7777
# It does not wait for an answer when its input has ended.
patiently_piped()
{
	{ echo hello; sleep 1; } | run "$@" | head -n 1
}
command -v ncat >/dev/null &&
	answered "ncat -u" patiently_piped ncat -u -i 2 pool:Echo 7777
answered "bash /dev/udp" run bash -c '
	exec 3<>/dev/udp/pool:Echo/7777; echo hello >&3; head -n 1 <&3'
answered "Node dgram" run node -e '
	const s = require("dgram").createSocket("udp4");
	s.on("message", m => { process.stdout.write(m); s.close(); });
	s.send("hello", 7777, "Echo.pool.alt");'
if command -v java >/dev/null; then
	answered "Java DatagramSocket" run java -XX:TieredStopAtLevel=1 \
		-XX:+UseSerialGC "$top_srcdir/tests/lib/java/Datagram.java" \
		Echo.pool.alt 7777
fi

cat >"$T/client.py" <<'EOF'
"""client.py FAMILY CONNECT|SENDTO|SENDMSG: says what came, checks from where"""
import socket, sys
family = socket.AF_INET6 if sys.argv[1] == "v6" else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.settimeout(5)
flags = socket.AI_V4MAPPED if sys.argv[1] == "v6" else 0
where = socket.getaddrinfo("Echo.pool.alt", 7777, family, socket.SOCK_DGRAM,
                           flags=flags)[0][4]
if sys.argv[1] == "mapped":
    where = ("::ffff:" + where[0], 7777)
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.settimeout(5)
seen = set()
for n in range(5):
    if sys.argv[2] == "connect":
        if n == 0:
            s.connect(where)
        s.send(b"hello")
        data = s.recv(100)
        source = s.getpeername()
    elif sys.argv[2] == "sendto":
        s.sendto(b"hello", where)
        data, source = s.recvfrom(100)
    else:
        s.sendmsg([b"hel", b"lo"], [], 0, where)
        data, _, _, source = s.recvmsg(100)
    assert source[:2] == where[:2], "from %s, not %s" % (source, where)
    seen.add(data)
assert len(seen) == 1, "one socket, several servers: %s" % seen
print(seen.pop().decode(), end="")
EOF
for family in v4 v6 mapped; do
	for call in connect sendto sendmsg; do
		answered "Python, $family, $call, five times the same server" \
			run python3 "$T/client.py" $family $call
	done
done

for how in "@pool:Names" "@Names.pool.alt"; do
	# dig brings jemalloc, which keeps a late ASan from being set up in time.
	[ -z "${ASAN_OPTIONS:-}" ] || continue
	got=$(run dig +short +time=2 +tries=2 "$how" answer.example \
		2>"$T/dig.log")
	check "dig $how" [ "$got" = 192.0.2.7 ]
done

# Round robin, one position for all processes.
no_marks
rm -f "$T/spread"
n=0
while [ $n -lt 20 ]; do
	run python3 "$T/client.py" v4 \
		"$([ $((n % 4)) -lt 2 ] && echo connect || echo sendto)" \
		>>"$T/spread" 2>>"$T/client.log" || fail "run $n"
	n=$((n + 1))
done
check "20 sockets, ten for each server" [ "$(count echo1 "$T/spread")" = 10 ]

# A dead server: the datagram that meets it is lost, as datagrams are; the
# client's own repetition goes elsewhere.
element Half 127.0.0.1 9 udp/lu:0
element Half 127.0.0.1 7001 udp/lu:50
cat >"$T/again.py" <<'EOF'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(0.5)
where = socket.getaddrinfo("Half.pool.alt", 7777, socket.AF_INET)[0][4]
if sys.argv[1] == "connect":
    s.connect(where)
for n in range(6):
    try:
        s.send(b"hello") if sys.argv[1] == "connect" else s.sendto(b"hello",
                                                                  where)
        print(s.recv(100).decode(), end="")
        print(n, file=sys.stderr)
        break
    except OSError:
        continue
EOF
no_marks
answered "a dead server, connected: the repetition arrives" \
	run python3 "$T/again.py" connect
say "at try $(tail -n 1 "$T/client.log")"
answered "and the next process avoids it" \
	run python3 "$T/again.py" connect
check "at its first try" [ "$(tail -n 1 "$T/client.log")" = 0 ]
answered "a dead server that is marked, unconnected" \
	run python3 "$T/again.py" sendto

# An unconnected socket that never rests leaves an element that has left.
start leave7001 rsp-register --pool Leave=7001/udp --drain 0
leaver=$pid
wait_for 10 has_elements Leave 1 || fail "nothing in Leave"
cat >"$T/restless.py" <<'EOF'
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(0.5)
where = socket.getaddrinfo("Leave.pool.alt", 7777, socket.AF_INET)[0][4]
while True:
    s.sendto(b"hello", where)
    try:
        print(s.recv(100).decode().split()[0], flush=True)
    except OSError:
        pass
    time.sleep(0.1)
EOF
start restless env RSP_CACHE_TTL=0.5 rsp-run python3 "$T/restless.py"
wait_for 10 in_log restless echo1 || fail "no answer in Leave"
start stay7002 rsp-register --pool Leave=7002/udp --drain 0
wait_for 10 has_elements Leave 2 || fail "one element in Leave"
check "an unconnected socket stays with its element" \
	eval '! in_log restless echo2'
stop $leaver
check "and leaves it when it has left the pool" \
	wait_for 10 in_log restless echo2
