#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# orphan.sh - rsp-register is killed: by somebody while its server is to go
# on, and by a supervisor that does not wait for the end of what it asked for
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3 pgrep setsid

# Ends at SIGTERM, or does not.
cat >"$T/server.py" <<'END'
import os, signal, socket, sys, time
if sys.argv[2] == "daemon" and os.fork():
    os._exit(0)
signal.signal(signal.SIGTERM, lambda *_: sys.argv[2] == "deaf" or os._exit(0))
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(os.getpid(), flush=True)
while True:
    time.sleep(600)
END

# run NAME PORT KIND: in a process group of its own; $pid, $server
run()
{
	start "$1" setsid rsp-register --pool "$1" --drain 600 \
		--stop-timeout 1 -- python3 "$T/server.py" "$2" "$3"
	wait_for 10 has_elements "$1" 1 || fail "$1 is not registered"
	server=$(grep -m 1 '^[0-9]*$' "$T/$1.log")
}

# Told to stop, and killed while it drains.
begin_stop()
{
	kill -TERM "$pid"
	wait_for 10 has_elements "$1" 0 || fail "$1 does not leave"
	gone "$server" && fail "$1 does not drain"
}

start_registrar
run Run 8001 mild
kill -KILL "$pid"
wait_for 10 gone "$pid"
! happens_within 1 gone "$server" ||
	fail "a server ends with a wrapper that nobody has told to stop"
say "ok: a server goes on"
kill -KILL "$server"

run Early 8002 mild
begin_stop Early
kill -KILL "$pid"
check "a server that was to be stopped is stopped" wait_for 3 gone "$server"

run Group 8003 mild
begin_stop Group
kill -KILL -"$pid"
check "also when the wrapper's group is killed" wait_for 3 gone "$server"

run Deaf 8004 deaf
begin_stop Deaf
kill -KILL "$pid"
check "also one that does not mind" wait_for 5 gone "$server"

run Daemon 8005 daemon
begin_stop Daemon
kill -KILL "$pid"
check "and a daemon" wait_for 3 gone "$server"

# Of ours: in this network are only this script and what it starts.
nobody_is_left()
{
	local file

	for file in $(pgrep -x rsp-register); do
		[ "$(readlink "/proc/$file/ns/net")" != \
			"$(readlink /proc/self/ns/net)" ] || return 1
	done
}

### An end in order is none of that, and leaves nobody.
start Order rsp-register --pool Order --drain 0 --stop-timeout 20 -- \
	python3 "$T/server.py" 8006 mild
wait_for 10 has_elements Order 1 || fail "not registered"
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
check "an orderly end has its status" [ $status = 0 ]
check "and nobody is left" wait_for 5 nobody_is_left
