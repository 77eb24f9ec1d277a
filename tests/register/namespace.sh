#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# namespace.sh - a PID namespace with the /proc of another one: whose
# ports are whose is not to be seen there, so nobody's are registered
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3 unshare
unshare --pid --fork true 2>/dev/null || skip "no PID namespaces"

start_registrar
start other python3 -m http.server --bind 127.0.0.1 8001
wait_for 10 listening tcp 8001 || fail "no stranger's server"
start foreign unshare --pid --fork --kill-child rsp-register --drain 0 \
	--pool Foreign -- python3 -m http.server --bind 127.0.0.1 8002
foreign=$pid
wait_for 10 listening tcp 8002 || fail "no server"
check "it is said why there is nothing" wait_for 15 grep -q \
	'/proc does not show the processes of this PID namespace' \
	"$T/foreign.log"
check "and what helps" grep -q -- '--mount-proc.*--pool Foreign=PORT' \
	"$T/foreign.log"
check "nobody's ports are registered" has_elements Foreign 0
kill -TERM $(cat "/proc/$foreign/task/$foreign/children")
check "SIGTERM ends the server" wait_for 5 gone "$foreign"

start named unshare --pid --fork --kill-child rsp-register --drain 0 \
	--pool Named=8003 -- python3 -m http.server --bind 127.0.0.1 8003
named=$pid
check "one that is named is" wait_for 10 has_elements Named 1
wrapper=$(cat "/proc/$named/task/$named/children")
kill -TERM $wrapper
check "and its server ends, too" wait_for 5 gone "$named"
check "and its membership" has_elements Named 0

### The port of a life line is never the server's, though it is the one that is
### waited for.
sysctl -qw net.ipv4.ip_local_port_range='20000 20001' 2>/dev/null ||
	skip "no small range of ports can be set"
for port in 20000 20001; do
	start "own$port" rsp-register --drain 0 --pool "Own=$port" --pool Own=8001
	eval "own$port=$pid"
	wait_for 10 grep -q 'registered 127.0.0.1:8001' "$T/own$port.log" ||
		fail "8001 is not registered"
	! happens_within 3 grep -q "registered 127.0.0.1:$port" \
		"$T/own$port.log" || fail "a life line is registered"
	eval "stop \$own$port"
done
say "ok: a life line is no server"
