#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# datagrams.sh - sockets that are not connected: the port that answers (TFTP),
# ICMP errors, and what keeps an element
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need_python

start_registrar --third-party
for n in 1 2; do
	start echo$n python3 "$top_srcdir/tests/lib/udp_echo.py" echo$n 700$n
	wait_for 10 listening udp 700$n || fail "no echo server"
done

# An element that is dead is left when ICMP has said so.
element Half 127.0.0.1 9 udp/lu:0
element Half 127.0.0.1 7001 udp/lu:50
wait_for 10 has_elements Half 2 || fail "no pool"
cat >"$T/icmp.py" <<'END'
"""icmp.py v4|v6|mapped sendto|sendmsg: how many datagrams until one is answered;
what the program has seen meanwhile"""
import select, socket, sys
family = socket.AF_INET if sys.argv[1] == "v4" else socket.AF_INET6
where = socket.getaddrinfo("Half.pool.alt", 7,
    socket.AF_INET6 if sys.argv[1] == "v6" else socket.AF_INET,
    socket.SOCK_DGRAM)[0][4]
if sys.argv[1] == "mapped":
    where = ("::ffff:" + where[0], 7)
s = socket.socket(family, socket.SOCK_DGRAM)
s.setblocking(False)
poll = select.poll()
poll.register(s, select.POLLIN)
for n in range(1, 6):
    if sys.argv[2] == "sendto":
        s.sendto(b"hello", where)
    else:
        s.sendmsg([b"hel", b"lo"], [], 0, where)
    events = poll.poll(300)
    assert not events or events[0][1] == select.POLLIN, events
    assert s.getsockopt(socket.SOL_IP, 11) == 0  # IP_RECVERR
    if events:
        data, source = s.recvfrom(100)
        assert data == b"echo1 hello\n" and source[:2] == where[:2], source
        print(n)
        break
END
for family in v4 v6 mapped; do
	for call in sendto sendmsg; do
		no_marks
		got=$(run python3 "$T/icmp.py" $family $call 2>"$T/client.log")
		check "$family, $call: the second datagram is answered" [ "$got" = 2 ]
	done
done
# A program that reads errors itself is left alone.
no_marks
cat >"$T/own.py" <<'END'
import socket
where = socket.getaddrinfo("Half.pool.alt", 7, socket.AF_INET,
                           socket.SOCK_DGRAM)[0][4]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_IP, 11, 1)
s.settimeout(1)
s.sendto(b"hello", where)
try:
    s.recv(10)
except ConnectionRefusedError:
    s.setblocking(False)
    s.recvmsg(100, 512, socket.MSG_ERRQUEUE)
    print("told", s.getsockopt(socket.SOL_IP, 11))
END
got=$(run python3 "$T/own.py" 2>"$T/client.log")
check "IP_RECVERR of the program's own: it is told" [ "$got" = "told 1" ]

# TFTP: the server answers from a port of its own, and the client sends there.
if command -v in.tftpd >/dev/null && command -v tftp >/dev/null; then
	chmod 755 "$T"
	# It looks for an address that is not loopback's before it takes one.
	ip addr add 198.51.100.1/32 dev lo
	for n in 1 2; do
		mkdir "$T/boot$n"
		{ echo "server $n"; head -c 100000 /dev/zero; } >"$T/boot$n/f"
		: >"$T/boot$n/up"
		chmod 666 "$T/boot$n/up"
		start tftpd$n in.tftpd -L --address 127.0.0.$n:690$n --secure \
			"$T/boot$n"
		wait_for 10 listening udp 690$n || fail "no TFTP server"
		element Boot 127.0.0.$n 690$n udp/rr
	done
	wait_for 10 has_elements Boot 2 || fail "no pool"
	no_marks
	for n in 1 2 3 4; do
		(cd "$T" && run tftp -m binary Boot.pool.alt -c get f) \
			>"$T/tftp.log" 2>&1 || fail "tftp get: $?"
		cmp -s "$T/f" "$T/boot1/f" || cmp -s "$T/f" "$T/boot2/f" ||
			fail "tftp: another file"
		head -n 1 "$T/f" >>"$T/got"
	done
	check "tftp-hpa: two files of each server" \
		[ "$(count 'server 1' "$T/got") $(count 'server 2' "$T/got")" = "2 2" ]
	(cd "$T" && run tftp -m binary Boot.pool.alt -c put f up) \
		>"$T/tftp.log" 2>&1 || fail "tftp put: $?"
	check "tftp-hpa: put" eval \
		'cmp -s "$T/f" "$T/boot1/up" || cmp -s "$T/f" "$T/boot2/up"'
fi

# What is heard counts as well as what is sent: it keeps an element for longer
# than 30 seconds.
cat >"$T/teller.py" <<'END'
"""teller.py: says who it is every 5 s to whoever has ever asked"""
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.settimeout(5)
who = None
while True:
    try:
        _, who = s.recvfrom(100)
    except TimeoutError:
        pass
    if who:
        s.sendto(sys.argv[1].encode(), who)
END
for n in 3 4; do
	start tell$n python3 "$T/teller.py" 700$n
	wait_for 10 listening udp 700$n || fail "no teller"
	element Tell 127.0.0.1 700$n udp/rr
done
wait_for 10 has_elements Tell 2 || fail "no pool"
cat >"$T/listen.py" <<'END'
"""listen.py recv|recvfrom: a word, then 33 s of listening, then another word"""
import socket, sys, time
where = socket.getaddrinfo("Tell.pool.alt", 7, socket.AF_INET,
                           socket.SOCK_DGRAM)[0][4]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(10)
heard = (lambda: s.recv(100)) if sys.argv[1] == "recv" else (
    lambda: s.recvfrom(100)[0])
s.sendto(b"word", where)
first = heard()
end = time.monotonic() + 33
while time.monotonic() < end:
    assert heard() == first
s.sendto(b"word", where)
for n in range(2):
    assert heard() == first, "another element"
print("the same")
END
pids=
for call in recv recvfrom; do
	start listen-$call timeout 90 rsp-run python3 "$T/listen.py" $call
	pids="$pids $pid"
done
for pid in $pids; do
	wait "$pid" || fail "what was heard did not count"
done
say "ok: 33 s of listening keep the element"
