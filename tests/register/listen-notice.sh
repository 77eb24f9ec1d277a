#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# listen-notice.sh - librsplisten.so, which rsp-register puts in front of a server:
# it tells of every port that is opened, once, and is not to be noticed
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need python3 busybox nm ldd
library=$top_builddir/shim/.libs/librsplisten.so
[ -n "${RSP_TEST_PREFIX:-}" ] && library=$RSP_TEST_PREFIX/lib/rspool/librsplisten.so
[ -e "$library" ] || fail "$library was not built"
ldd "$library" | grep -q 'lib[at]san' &&
	skip "a library with a sanitizer ends programs that have none"

nm -D --defined-only "$library" | awk '{ print $NF }' | sort >"$T/names"
check "it puts bind and listen into the process, and nothing else" \
	[ "$(tr '\n' ' ' <"$T/names")" = "bind listen " ]

# What a server does, and how often it knocks by that.  The door is a socket of
# the test's, and the server a process of its own.
cat >"$T/door.py" <<'END'
import ctypes, os, socket, subprocess, sys, time

LIBRARY = sys.argv[1]
ROWS = [  # what is done, knocks
    ("tcp4().listen(5)", 1),
    ("tcp6().listen(5)", 1),
    ("s = tcp4(); s.listen(5); s.listen(9)", 2),
    ("tcp4()", 0),
    ("udp('127.0.0.1', 7000)", 1),
    ("udp('::1', 7000)", 1),
    ("udp('127.0.0.1', 0)", 0),
    ("os.environ.clear(); tcp4().listen(5)", 1),
    ("s = tcp4(); s.listen(5); raises(errno.EINVAL, lambda: "
     "s.bind(('127.0.0.1', 0)))", 1),
    ("raises(errno.EOPNOTSUPP, lambda: udp('127.0.0.1', 0).listen(5))", 0),
    ("udp('127.0.0.1', 7000); raises(errno.EADDRINUSE, lambda: "
     "udp('127.0.0.1', 7000))", 1),
    ("u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u.bind('')", 0),
    ("child(lambda: tcp4().listen(5))", 1),
    ("s = tcp4(); full(s, lambda: s.listen(5))", 0),
]
SERVER = """
import ctypes, errno, os, resource, socket
libc = ctypes.CDLL(None, use_errno=True)
kept = []
def made(family, kind, address):
    s = socket.socket(family, kind)
    s.bind(address)
    kept.append(s)
    return s
def tcp4(): return made(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
def tcp6(): return made(socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0))
def udp(host, port):
    return made(socket.AF_INET6 if ":" in host else socket.AF_INET,
                socket.SOCK_DGRAM, (host, port))
def raises(number, call):
    try:
        call()
    except OSError as e:
        assert e.errno == number, e
    else:
        raise SystemExit("no error")
def child(call):
    pid = os.fork()
    if pid == 0:
        call()
        os._exit(0)
    os.waitpid(pid, 0)
def full(s, call):
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (s.fileno() + 1, most))
    call()
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))
%s
# errno is the caller's: what it was before a call that succeeds.
s = socket.socket()
ctypes.set_errno(77)
libc.listen(s.fileno(), 5)
assert ctypes.get_errno() == 77, ctypes.get_errno()
s.close()
for s in kept:
    s.close()
"""


def server(text, name, knocking=True):
    environment = dict(os.environ)
    if knocking:
        environment.update(LD_PRELOAD=LIBRARY, RSP_KNOCK=name)
    return subprocess.run(
        [sys.executable, "-c", SERVER % text.replace("; ", "\n")],
        env=environment, capture_output=True, text=True)


bad = 0
for text, knocks in ROWS:
    door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    door.bind("")
    door.setblocking(False)
    name = door.getsockname()[1:].decode()
    run = server(text, name)
    heard = 0
    try:
        while True:
            assert door.recv(10) == b""
            heard += 1
    except BlockingIOError:
        pass
    last = 1  # listen(), for errno
    if run.returncode or heard != knocks + last or run.stdout or run.stderr:
        print("%s: %d knocks, not %d; exit status %d\n%s"
              % (text, heard - last, knocks, run.returncode, run.stderr))
        bad += 1
    # Nobody at the door, a door that is full, no name for it.
    door.close()
    full, other = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                   for i in "ab")
    full.bind("")
    other.setblocking(False)
    try:
        while True:
            other.sendto(b"", full.getsockname())
    except BlockingIOError:
        pass
    for where in ("nobody", full.getsockname()[1:].decode(), "", "x" * 200):
        run = server(text, where)
        if run.returncode:
            print("%s, door %.20s: exit status %d\n%s"
                  % (text, where, run.returncode, run.stderr))
            bad += 1
print(len(ROWS), "ways to open a port,", bad, "bad")
sys.exit(bad != 0)
END
check "a port that is opened is told of, once, and nothing else changes" \
	python3 "$T/door.py" "$library"

# Through rsp-register.
start_registrar
cat >"$T/server.py" <<'END'
import os, socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen(5)
print("door", os.environ.get("RSP_KNOCK"), flush=True)
print("descriptors", *sorted(os.listdir("/proc/self/fd")), flush=True)
s.accept()
END
start knocks rsp-register --pool Knocks --drain 0 -- python3 "$T/server.py" 8001
knocks=$pid
start quiet rsp-register --pool Quiet --drain 0 --no-preload -- \
	python3 "$T/server.py" 8002
check "a server that knocks is registered" wait_for 10 has_elements Knocks 1
check "one that does not is, too" wait_for 10 has_elements Quiet 1
check "the server has a door to knock at" in_log knocks '^door [0-9a-f]'
check "none with --no-preload" in_log quiet '^door None'
check "no descriptor more" [ "$(grep ^descriptors "$T/knocks.log")" = \
	"$(grep ^descriptors "$T/quiet.log")" ]
stop "$pid"
stop "$knocks"
start static rsp-register --pool Static -- busybox env
wait_for 10 gone "$pid" || fail "busybox does not end"
if file -L "$(command -v busybox)" 2>/dev/null | grep -q static ||
	! ldd "$(command -v busybox)" >/dev/null 2>&1; then
	check "a static program gets nothing" \
		eval '! grep -q "RSP_KNOCK\|librsplisten" "$T/static.log"'
fi
