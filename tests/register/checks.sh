#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# checks.sh - what a check must not do: to its command, to the server, to
# the exit status
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3 dd

start_registrar

### A command may say as much as it likes.
much="dd if=/dev/zero bs=1M count=20 2>$T/dd"
start Much rsp-register --pool Much --drain 0 --check "exec:$much" \
	--check-timeout 10 -- python3 -m http.server --bind 127.0.0.1 8001
check "a check that writes 20 MB is a good one" \
	wait_for 10 has_elements Much 1
stop "$pid"
start Endless rsp-register --pool Endless --drain 0 --check 'exec:yes' \
	--check-timeout 1 --check-fall 1 -- \
	python3 -m http.server --bind 127.0.0.1 8002
endless=$pid
check "one that writes without end is not" wait_for 10 grep -q \
	"port 8002 is not well: it does not answer in time" \
	"$T/Endless.log"
stop "$endless"

### One that has been bad from the start is said, once.
start Never rsp-register --pool Never --drain 0 --check 'exec:exit 3' \
	--check-interval 0.1 -- python3 -m http.server --bind 127.0.0.1 8003
check "a check that fails from the start is said" wait_for 10 grep -q \
	"port 8003 is not well: the check's command: exit status 3" \
	"$T/Never.log"
! happens_within 2 eval '[ "$(grep -c "not well" "$T/Never.log")" -gt 1 ]' ||
	fail "it is said again and again"
stop "$pid"

### The exit status is the daemon's, and not that of a check that was killed.
cat >"$T/daemon.py" <<'END'
import os, socket, sys, time
if os.fork():
    os._exit(0)
os.setsid()
s = socket.create_server(("127.0.0.1", 8004))
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
os._exit(5)
END
start Daemon rsp-register --pool Daemon --drain 0 \
	--check "exec:test -e $T/hang && : >$T/hangs && sleep 6153; :" \
	--check-interval 0.1 --check-timeout 60 -- \
	python3 "$T/daemon.py" "$T/end"
daemon=$pid
wait_for 10 has_elements Daemon 1 || fail "not registered"
: >"$T/hang"
wait_for 10 test -e "$T/hangs" || fail "the check does not hang"
: >"$T/end"
status=0
wait "$daemon" || status=$?
check "a check that is killed is not the server's end" [ $status = 5 ]
check "and is not left behind" eval '! pgrep -f "sleep 6153" >/dev/null'

### --check http hears an answer out.
cat >"$T/page.py" <<'END'
import socket
s = socket.create_server(("127.0.0.1", 8005))
n = 0
while True:
    c, _ = s.accept()
    c.recv(4096)
    n += 1
    try:
        if n % 2:
            c.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        c.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(30):
            c.sendall(10000 * b"x")
        c.shutdown(socket.SHUT_WR)
        print("end" if c.recv(1) == b"" else "more", flush=True)
    except OSError as e:
        print("hung up on:", e, flush=True)
    c.close()
END
start Page rsp-register --pool Page --drain 0 --check http:/ \
	--check-interval 0.1 --check-timeout 10 --check-fall 1 -- \
	python3 "$T/page.py"
page=$pid
check "a page that begins with hints is a good answer" \
	wait_for 10 has_elements Page 1
heard()
{
	[ "$(grep -c '^end' "$T/Page.log")" -ge 10 ]
}
check "and is heard to its end" wait_for 10 heard
check "each time" eval '! grep -q "hung up\|not well" "$T/Page.log"'
stop "$page"

### What makes no sense is refused.
refused() # TEXT OPTION...
{
	local text="$1" status=0

	shift
	rsp-register "$@" >"$T/refused.log" 2>&1 </dev/null || status=$?
	[ $status = 2 ] && grep -q -- "$text" "$T/refused.log"
}
check "a check without time between" refused 'check-interval 0: more' \
	--pool X --check tcp --check-interval 0 -- true
check "one without time" refused 'check-timeout 0: more' \
	--pool X --check tcp --check-timeout 0 -- true
check "connections to UDP" refused 'check tcp: UDP has no connections' \
	--pool X=53/udp --check tcp -- true
check "and HTTP over it" refused 'pool Y is checked by exec' \
	--pool X --pool Y=/udp-lite --check http:/ -- true
