#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# datagrams-families.sh - programs that know one family of addresses only, and
# elements of the other one
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need_python
[ -e /proc/net/if_inet6 ] || skip "no IPv6 here"

cat >"$T/echo.py" <<'END'
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET,
                  socket.SOCK_DGRAM)
s.bind((sys.argv[2], int(sys.argv[3])))
while True:
    data, peer = s.recvfrom(100)
    s.sendto(sys.argv[1].encode() + b" " + data, peer)
END
start_registrar
start six python3 "$T/echo.py" six ::1 7006
start four python3 "$T/echo.py" four 127.0.0.1 7004
start plain python3 "$T/echo.py" plain 127.0.0.1 7005
for port in 7004 7005 7006; do
	wait_for 10 listening udp $port || fail "no echo server"
done
element Six ::1 7006 udp/rr
element Four 127.0.0.1 7004 udp/rr
element Both 127.0.0.1 9 udp/lu:0
element Both ::1 7006 udp/lu:50
wait_for 10 has_elements Both 2 || fail "no pool"

cat >"$T/client.py" <<'END'
"""client.py POOL SERVER 4|6 HOW [BOUND]: answers by SERVER look as if they came
from the pool's address, and another server's from its own"""
import fcntl, select, socket, sys
pool, server, family, how = sys.argv[1:5]
bound = sys.argv[5:]
family = socket.AF_INET if family == "4" else socket.AF_INET6
where = socket.getaddrinfo(pool + ".pool.alt", 7, family,
                           socket.SOCK_DGRAM)[0][4]
plain = ("127.0.0.1" if family == socket.AF_INET else "::ffff:127.0.0.1", 7005)
s = socket.socket(family, socket.SOCK_DGRAM)
if family == socket.AF_INET6:
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
if bound:
    s.bind(("", 7777))
if "before" in how:  # it has talked to others already
    s.sendto(b"x", plain)
    assert s.recvfrom(100) == (b"plain x", plain)
port = s.getsockname()[1]
flags = fcntl.fcntl(s, fcntl.F_GETFL)
poll = select.epoll()
poll.register(s, select.EPOLLIN)
s.settimeout(5)
def check(data, source):
    assert data == server.encode() + b" hello", data
    assert source[:2] == where[:2], source
for n in range(4):
    if "connect" in how:
        if n == 0:
            s.connect(where)
        s.send(b"hello")
        assert s.getpeername()[:2] == where[:2]
    elif "sendmsg" in how:
        s.sendmsg([b"hel", b"lo"], [], 0, where)
    else:
        s.sendto(b"hello", where)
    events = poll.poll(1)
    if n == 0 and pool == "Both":  # the dead one had it
        assert not events or "connect" in how, events
        try:
            s.settimeout(0.2)
            check(*s.recvfrom(100))
            assert False, "Both begins with the dead one"
        except TimeoutError:
            s.settimeout(5)
            continue
    assert events == [(s.fileno(), select.EPOLLIN)], events
    if "sendmsg" in how:
        data, _, _, source = s.recvmsg(100)
        check(data, source)
    else:
        check(*s.recvfrom(100))
    if "connect" not in how and family == socket.AF_INET:
        s.sendto(b"y", plain)
        assert s.recvfrom(100) == (b"plain y", plain), "another server"
if port:
    assert s.getsockname()[1] == port, s.getsockname()
assert len(s.getsockname()) == (2 if family == socket.AF_INET else 4)
assert s.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN) == family
if "connect" in how and family == socket.AF_INET:
    s.connect(plain)
    s.send(b"z")
    assert s.recvfrom(100) == (b"plain z", plain)
print("ok")
END
for how in connect sendto sendmsg before-sendto before-connect; do
	for bound in '' bound; do
		for pool in Six=six Both=six Four=four; do
			no_marks
			got=$(run python3 "$T/client.py" ${pool%=*} ${pool#*=} 4 \
				$how $bound 2>"$T/client.log")
			check "an IPv4 socket, $how $bound, pool ${pool%=*}" \
				[ "$got" = ok ]
		done
	done
done
for how in connect sendto sendmsg; do
	for pool in Six=six Four=four; do
		no_marks
		got=$(run python3 "$T/client.py" ${pool%=*} ${pool#*=} 6 $how \
			2>"$T/client.log")
		check "an IPv6 only socket, $how, pool ${pool%=*}" [ "$got" = ok ]
	done
done
