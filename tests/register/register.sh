#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# register.sh - rsp-register, the real registrar and real servers
. "$(dirname "$0")/../lib/lib.sh"
setup
need curl python3 ip

# The addresses and ports of a pool, a line each.
where()
{
	rsp-resolve --json "$1" 2>/dev/null | python3 -c '
import json, sys
for e in json.load(sys.stdin)["elements"]:
    print(e["transport"], *e["addresses"], e["port"])' | sort
}

is_at() # POOL LINE
{
	where "$1" | grep -qx "$2"
}

start_registrar
start_web one DownloadPool 8001 --drain 0
one=$pid
start_web two DownloadPool 8002 --drain 0
two=$pid
check "two servers join" wait_for 10 has_elements DownloadPool 2
check "where they listen" is_at DownloadPool 'tcp 127.0.0.1 8001'
check "and can be reached there" \
	test "$(curl -s http://127.0.0.1:8002/name)" = two

### kill -9 of rsp-register: its connection's end takes the element out.
server=$(web_pid two)
kill -9 "$two"
check "without its rsp-register a server is gone within the grace" \
	wait_for 4 has_elements DownloadPool 1
check "and serves on" test "$(curl -s http://127.0.0.1:8002/name)" = two
kill -9 "$server"

### kill -9 of the server: no grace is needed.
kill -9 "$(web_pid one)"
check "a killed server is deregistered at once" \
	wait_for 1 has_elements DownloadPool 0
wait_for 5 gone "$one" || fail "rsp-register outlives its server"

### A wildcard listener in a host with an address.
ip addr add 10.77.0.1/32 dev lo &&
	ip route add default dev lo src 10.77.0.1 || fail "no default route"
start any rsp-register --pool Any --drain 0 -- python3 -m http.server 8003
check "a wildcard listener is registered by the default route's address" \
	wait_for 10 is_at Any 'tcp 10.77.0.1 8003'
stop "$pid"
start if rsp-register --pool If --interface lo --drain 0 -- \
	python3 -m http.server 8003
check "or by that of --interface" wait_for 10 is_at If 'tcp 127.0.0.1 8003'
stop "$pid"
ip route del default # name servers would be looked for behind it
start v6 rsp-register --pool Six --drain 0 -- \
	python3 -m http.server --bind ::1 8004
check "an IPv6 listener" wait_for 10 is_at Six 'tcp ::1 8004'
check "at a dual-stack port, once" has_elements Six 1
stop "$pid"
start dual rsp-register --pool Dual --address 127.0.0.1 --drain 0 -- \
	python3 -m http.server --bind :: 8004
check "a dual-stack listener is one element" wait_for 10 has_elements Dual 1
stop "$pid"

### A registrar that is killed and started again.
start_web three Again 8005 --drain 0
three=$pid
wait_for 10 has_elements Again 1 || fail "not registered"
id=$(rsp-resolve --json Again | grep -o '"id": "[^"]*"')
kill -9 "$registrar_pid"
wait "$registrar_pid" 2>/dev/null
start_registrar
before=$(now_ms)
check "back after the registrar's restart" wait_for 2 has_elements Again 1
check "within a second and a bit" test $(($(now_ms) - before)) -lt 1500
check "as the same element" \
	test "$(rsp-resolve --json Again | grep -o '"id": "[^"]*"')" = "$id"

### SIGTERM: out of the pool, then the signal.
kill -TERM "$three"
check "out of the pool" wait_for 2 has_elements Again 0
stop "$three"

### A pool has one policy: who wants another is told, and serves outside.
start_web four Policy 8006 --policy wrr:3
wait_for 10 has_elements Policy 1 || fail "not registered"
start_web five Policy 8007 --policy random
check "another policy is rejected in words" wait_for 10 grep -q \
	'Policy: 127.0.0.1:8007 with policy random is rejected: inconsistent' \
	"$T/five.log"
check "and its server runs" \
	wait_for 5 eval 'curl -s http://127.0.0.1:8007/name >/dev/null'
check "the pool is as it was" has_elements Policy 1

### Two elements with one ID: a random one gives way, a given one is told.
start_web six Ids 8008 --id 77
wait_for 10 has_elements Ids 1 || fail "not registered"
start_web ten Ids 8011 --id 77
wait_for 10 grep -q rejected "$T/ten.log" && say "ok: $(grep -m1 rejected \
	"$T/ten.log")" || fail "two elements have one ID"
check "the first one stays" is_at Ids 'tcp 127.0.0.1 8008'

### Keep-alives, and reports that an element is unreachable.
stop "$registrar_pid"
start_registrar --keep-alive-interval 0.2 --keep-alive-timeout 0.5 \
	--report-interval 0 --max-bad-pe-report 0
start_web eleven Alive 8012 --drain 0
alive=$pid
wait_for 10 has_elements Alive 1 || fail "not registered"
server=$(web_pid eleven)
kill -STOP "$server"
check "a server that is stopped leaves the pool" \
	wait_for 3 has_elements Alive 0
kill -CONT "$server"
check "and comes back when it goes on" wait_for 3 has_elements Alive 1
cat >"$T/report.py" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
from asap import *
r = Registrar()
r.send(message(UNREACHABLE, param(HANDLE, b"Alive"),
               param(PE_ID, struct.pack("!I", int(sys.argv[2], 16)))))
r.send(message(RESOLUTION, param(HANDLE, b"Nobody")))
r.receive() # so the report was read
END
PYTHONDONTWRITEBYTECODE=1 python3 "$T/report.py" "$top_srcdir/tests/lib" \
	"$(rsp-resolve --json Alive | sed -n 's/.*"id": "\(0x[0-9a-f]*\)".*/\1/p')"
check "reports too many end a membership" wait_for 3 grep -q \
	'removed: pool=Alive.*unreachable too often' "$T/registrar.log"
check "for a second at most" wait_for 1 has_elements Alive 1
stop "$alive"

### A registrar over a unix socket.
start unix rsp-registrar --listen "unix://$T/asap" --id 4711
check "a registrar on a unix socket" wait_for 5 test -S "$T/asap"
start_web seven Unix 8009 --registrar "unix://$T/asap" --drain 0
check "takes registrations" wait_for 10 eval \
	'[ "$(rsp-resolve --registrar unix://$T/asap --json Unix | grep -c 8009)" = 1 ]'
stop "$pid"

### A server in a daemon's manner.
start daemon rsp-register --pool Daemon --drain 0 -- \
	python3 "$top_srcdir/tests/lib/odd_server.py" "$T/daemon.servant" \
	daemon tcp=127.0.0.1:8010
check "a daemon that forked away" wait_for 10 is_at Daemon 'tcp 127.0.0.1 8010'
check "leaves no zombie behind" \
	test "$(ps -o stat= --ppid "$pid" | grep -c Z)" -eq 0
stop "$pid"
wait_for 5 eval '! listening tcp 8010' || fail "the daemon was not signalled"
