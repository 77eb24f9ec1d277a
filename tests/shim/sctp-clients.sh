#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sctp-clients.sh - programs that know TCP only use pools of SCTP servers
#
# Proves 5352-3-01, 5352-3.8-03: ASAP messages of an element over the data's
# association are told from data by their payload protocol.
TEST_TIMEOUT=240
. "$(dirname "$0")/../lib/lib.sh"
need python3 curl nc
# The program itself: what stands in front of it in some PATHs (pyenv) takes a
# guest many seconds.
: "${RSP_TEST_PYTHON:=$(python3 -c 'import sys; print(sys.executable)')}"
export RSP_TEST_PYTHON
in_guest
setup
python=$RSP_TEST_PYTHON

ip link add dummy0 type dummy 2>/dev/null
ip addr add 10.99.0.1/24 dev dummy0
ip addr add 10.99.0.2/24 dev dummy0
ip addr add fd00:99::1/64 dev dummy0 nodad
ip link set dummy0 up
server=$top_srcdir/tests/lib/sctp_server.py

says() # LOG PATTERN
{
	grep -qE -- "$2" "$T/$1.log"
}

serve() # NAME POOL WHAT PORT [ADDRESS...]
{
	local name="$1" pool="$2" what="$3" port="$4"

	shift 4
	start "$name" rsp-register --pool "$pool=/sctp" -- sh -c \
		'echo $$ >"$1"; shift; exec "$@"' sh "$T/$name.pid" \
		"$python" "$server" "$what" "$port" "$name" "$@"
}

shows() # POOL PATTERN
{
	rsp-resolve --json "$1" 2>/dev/null | grep -qE -- "$2"
}

start_registrar
serve web Web http 7001
serve sum Sum sum 7002
serve two Multi http 7003 10.99.0.1 10.99.0.2
serve mixed Mixed name 7004 10.99.0.1 fd00:99::1
check "a server that listens on SCTP is registered" \
	wait_for 40 shows Web '"transport": "sctp"'
check "one on two addresses is one element" wait_for 40 shows Multi \
	'"addresses": \["10.99.0.1", "10.99.0.2"\]'
check "... of two families, too" wait_for 40 shows Mixed \
	'"addresses": \["10.99.0.1", "fd00:99::1"\]'
wait_for 40 has_elements Sum 1 || fail "sum is not registered"

# --- curl, whose sockets are TCP's whatever it is told.
get()
{
	timeout 60 rsp-run curl -sS -m 50 "$@" 2>"$T/curl.log"
}
check "curl reaches it" [ "$(get http://Web.pool.alt/name)" = web ]
"$python" - >"$T/want" <<-'END'
	import struct
	block = b"".join(struct.pack("!I", i * 2654435761 % 2**32)
	                 for i in range(16381))
	open("/dev/stdout", "wb").write((block * 50)[:3000000])
END
get http://Web.pool.alt/size/3000000 >"$T/got"
check "3 MB come byte for byte" cmp "$T/want" "$T/got"
dd if=/dev/urandom of="$T/big" bs=1000 count=5000 2>/dev/null
want=$(sha256sum <"$T/big" | cut -d' ' -f1)
check "5 MB go byte for byte" \
	[ "$(get -T "$T/big" http://Web.pool.alt/up)" = "$want" ]
check "... over an element with several addresses" \
	[ "$(get -T "$T/big" http://Multi.pool.alt/up)" = "$want" ]

# --- nc, which says that it has sent all and waits for the answer.
check "the end of writing does not cut off the answer" [ "$({
	echo 5000000
	cat "$T/big"
} | timeout 60 rsp-run nc -N Sum.pool.alt 1)" = "$want" ]

# --- Python, which makes its sockets as getaddrinfo() says.
cat >"$T/ask.py" <<'END'
import os, select, signal, socket, struct, sys, threading
SCTP, TCP = 132, socket.IPPROTO_TCP

def exact(s, n):
    data = b""
    while len(data) < n:
        piece = s.recv(n - len(data))
        assert piece
        data += piece
    return data

info = socket.getaddrinfo("Sum.pool.alt", 80, type=socket.SOCK_STREAM)
assert {i[1:3] for i in info} == {(socket.SOCK_STREAM, SCTP)}, info
every = socket.getaddrinfo("Sum.pool.alt", 80)
assert (socket.SOCK_STREAM, SCTP) in [i[1:3] for i in every], every
assert (socket.SOCK_STREAM, TCP) not in [i[1:3] for i in every], every
assert socket.getaddrinfo("Sum.pool.alt", 80, proto=TCP)[0][2] == TCP
assert socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)[0][2] == TCP
early = socket.socket(*info[0][:3])
early.setsockopt(TCP, socket.TCP_NODELAY, 1)
early.setsockopt(TCP, socket.TCP_KEEPIDLE, 60)
assert early.getsockopt(TCP, socket.TCP_NODELAY) == 1
early.connect(info[0][4])
early.close()

s = socket.socket()
s.setsockopt(TCP, socket.TCP_NODELAY, 1)
s.setsockopt(TCP, socket.TCP_USER_TIMEOUT, 7000)
s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
e = select.epoll()
e.register(s, select.EPOLLOUT)
s.setblocking(False)
assert s.connect_ex(info[0][4]) in (0, 115)
assert e.poll(10) == [(s.fileno(), select.EPOLLOUT)]
assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
assert s.getpeername() == info[0][4], s.getpeername()
assert s.getsockname()[0] != "0.0.0.0", s.getsockname()
assert s.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL) == TCP
assert s.getsockopt(132, 3, 4) == struct.pack("i", 1)  # SCTP_NODELAY
assert s.getsockopt(TCP, socket.TCP_USER_TIMEOUT) == 7000
assert s.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
s.setsockopt(TCP, socket.TCP_KEEPIDLE, 99)
assert s.getsockopt(TCP, socket.TCP_KEEPIDLE) == 99
assert s.getsockopt(TCP, socket.TCP_INFO, 1) == b"\1"
assert s.getsockopt(TCP, socket.TCP_MAXSEG) > 500
try:
    s.setsockopt(TCP, 31, b"tls")
    assert False, "kernel TLS"
except OSError:
    pass
assert s.send(b"") == 0
data = os.urandom(1000000)
os.kill(int(open(sys.argv[3]).read()), signal.SIGSTOP)
n = s.send(b"1000000\n" + data)
assert 0 < n < 1000008, "a non-blocking write takes what there is room for"
try:
    while True:
        n += s.send((b"1000000\n" + data)[n:])
except BlockingIOError:
    pass
assert e.poll(0) == [], "writable although full"
os.kill(int(open(sys.argv[3]).read()), signal.SIGCONT)
assert e.poll(30) != [], "not writable again"
s.setblocking(True)
s.sendall((b"1000000\n" + data)[n:])
assert s.recv(1, socket.MSG_PEEK) == s.recv(1)
assert len(s.recv(63, socket.MSG_WAITALL)) == 63
s.shutdown(socket.SHUT_WR)
try:
    s.send(b"x")
    assert False, "written after the end of writing"
except BrokenPipeError:
    pass
assert s.recv(10) == b"\n"
assert s.recv(10) == b""

six = socket.getaddrinfo("Sum.pool.alt", 80, socket.AF_INET6)[0][4]
s = socket.socket(socket.AF_INET6)
s.connect(six)
assert s.getpeername()[:2] == six[:2], s.getpeername()
assert s.getsockname()[0] == "::ffff:127.0.0.1", s.getsockname()
s.sendall(b"3\nabc")
assert len(exact(s, 65)) == 65

s = socket.create_connection(("Sum.pool.alt", 1))
with open(sys.argv[1], "rb") as f:
    s.sendall(b"5000000\n")
    assert s.sendfile(f) == 5000000
    assert f.tell() == 5000000
assert exact(s, 64).decode() == sys.argv[2]

s = socket.socket()
other = os.dup(s.fileno())
try:
    s.connect(info[0][4])
    assert False, "a socket with two descriptors was exchanged"
except ConnectionRefusedError:
    pass
END
check "Python sees a TCP socket, and is served" \
	timeout 60 rsp-run "$python" "$T/ask.py" "$T/big" "$want" "$T/sum.pid"

# --- Writes of every size by every call, waiting and not.
cat >"$T/writes.py" <<'END'
import hashlib, os, select, socket, sys

def halves(data):
    half = max(1, len(data) // 2 - 1)
    return [data[:1], b"", data[1:half], data[half:]]

def spliced(s, data):
    out, into = os.pipe()
    n = os.splice(out, s.fileno(), os.write(into, data[:65536]))
    os.close(out)
    os.close(into)
    return n

def from_file(s, data):
    with open(sys.argv[1], "wb") as f:
        f.write(data)
    with open(sys.argv[1], "rb") as f:
        n = os.sendfile(s.fileno(), f.fileno(), 0, len(data))
        assert f.tell() == 0
        return n

calls = {
    "write": lambda s, data: os.write(s.fileno(), data),
    "send": lambda s, data: s.send(data),
    "sendto": lambda s, data: s.send(data, socket.MSG_NOSIGNAL),
    "writev": lambda s, data: os.writev(s.fileno(), halves(data)),
    "sendmsg": lambda s, data: s.sendmsg(halves(data)),
    "sendfile": from_file,
    "splice": spliced,
}
source = os.urandom(1 << 20)
for name, call in calls.items():
    for size in 1, 1 << 16, 1 << 20:
        for waits in True, False:
            s = socket.create_connection(("Sum.pool.alt", 1))
            s.setblocking(waits)
            data = b"%d\n" % size + source[:size]
            while data:
                select.select([], [s], [], 60)
                n = call(s, data)
                assert n > 0
                if waits and name != "splice":
                    assert n == len(data), (name, n, len(data))
                data = data[n:]
            s.setblocking(True)
            with s.makefile("rb") as f:
                got = f.readline().strip().decode()
            want = hashlib.sha256(source[:size]).hexdigest()
            assert got == want, (name, size, waits)
            s.close()
END
# it was stopped for a moment
wait_for 40 has_elements Sum 1 || fail "sum is not there again"
check "writes of any size go by every call" \
	timeout 100 rsp-run "$python" "$T/writes.py" "$T/part"

# --- An element that talks ASAP to its user, who does not see it.
serve chatty Chat chat 7008
wait_for 40 has_elements Chat 1 || fail "chatty is not registered"
cat >"$T/chat.py" <<'END'
import os, select, socket

def connected():
    return socket.create_connection(("Chat.pool.alt", 1), 20)

def until_end(read):
    text = b""
    while piece := read():
        text += piece
    return text

s = connected()
assert until_end(lambda: s.recv(100)) == b"chatty"
s = connected()
assert until_end(lambda: s.recvmsg(100)[0]) == b"chatty"
s = connected()
assert s.recv(1, socket.MSG_PEEK) == b"c" == s.recv(1, socket.MSG_PEEK)
assert s.recv(6, socket.MSG_WAITALL) == b"chatty"
assert s.recv(1) == b""
s = connected()
room = [bytearray(1), bytearray(5)]
assert s.recvmsg_into(room)[0] == 1 and room[0] == b"c"
s = connected()
s.setblocking(False)
text = b""
while select.select([s], [], [], 20)[0]:
    try:
        piece = s.recv(2)
    except BlockingIOError:
        continue
    if not piece:
        break
    text += piece
assert text == b"chatty", text
s = connected()
s.settimeout(None)
out, into = os.pipe()
if hasattr(os, "splice"):
    while os.splice(s.fileno(), into, 100):
        pass
    os.close(into)
    assert until_end(lambda: os.read(out, 100)) == b"chatty"
END
check "what an element says by ASAP is not in the program's stream" \
	timeout 60 rsp-run "$python" "$T/chat.py"

# --- Elements that die.
serve rude Rude abort 7005
wait_for 40 has_elements Rude 1 || fail "rude is not registered"
check "an association that is aborted is a connection reset" timeout 60 rsp-run \
	"$python" -c '
import socket
s = socket.create_connection(("Rude.pool.alt", 1))
s.sendall(b"hello")
try:
    raise SystemExit("not reset: %r" % s.recv(10))
except ConnectionResetError:
    pass'
serve alive Fail name 7006
wait_for 40 has_elements Fail 1 || fail "alive is not registered"
serve dead Fail name 7007
dead=$pid
wait_for 40 has_elements Fail 2 || fail "dead is not registered"
kill -STOP "$dead"
stop "$(cat "$T/dead.pid")" KILL
RSP_CACHE=off
export RSP_CACHE
for i in 1 2 3 4; do
	check "a dead element is passed over ($i)" \
		[ "$(timeout 20 rsp-run nc Fail.pool.alt 1)" = alive ]
done
cat >"$T/loop.py" <<'END'
import asyncio

async def ask():
    for _ in range(4):
        reader, writer = await asyncio.open_connection("Fail.pool.alt", 1)
        assert await reader.read() == b"alive\n"
        writer.close()

asyncio.run(ask())
END
check "... by who does not wait" timeout 40 rsp-run "$python" "$T/loop.py"
unset RSP_CACHE

# --- An address that goes away in mid-transfer.
check "mixed families connect" \
	[ "$(timeout 20 rsp-run nc Mixed.pool.alt 1)" = mixed ]
get --limit-rate 400k http://Multi.pool.alt/size/3000000 >"$T/got" &
download=$!
both()
{
	awk '$12 == 7003 || $13 == 7003' /proc/net/sctp/assocs |
		grep -q '10\.99\.0\.1.*10\.99\.0\.2'
}
check "an association has all addresses" wait_for 20 both
ip addr del 10.99.0.1/24 dev dummy0
ip addr add 10.99.0.2/24 dev dummy0 2>/dev/null
wait "$download"
check "a download survives the loss of an address" cmp "$T/want" "$T/got"
