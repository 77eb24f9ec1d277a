#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# health.sh - a server is in its pool while it is well: not stopped, taking its
# connections, and answering the check that was asked for; it is never killed
# for being ill, and comes back by itself
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3 curl

# A server that does as it is told, by files in its directory: "accept" lets it
# take connections, and what "status" holds is its answer.  Without it, "deaf" says
# that it has seen that.
cat >"$T/server.py" <<'END'
import os, socket, sys, time
os.chdir(sys.argv[2])
s = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=100)
s.settimeout(0.05)
while True:
    if not os.path.exists("accept"):
        open("deaf", "w").close()
        time.sleep(0.02)
        continue
    try:
        c, _ = s.accept()
    except TimeoutError:
        continue
    c.settimeout(2)
    try:
        if c.recv(4096):
            c.sendall(b"HTTP/1.1 %s X\r\nContent-Length: 0\r\n\r\n"
                      % open("status", "rb").read().strip())
    except OSError:
        pass
    c.close()
END

# serve NAME PORT OPTION...: such a server in pool NAME; $pid, $server.
serve()
{
	name=$1
	port=$2
	shift 2
	mkdir "$T/$name"
	echo 200 >"$T/$name/status"
	: >"$T/$name/accept"
	start "$name" rsp-register --pool "$name" --drain 0 "$@" -- \
		python3 "$T/server.py" "$port" "$T/$name"
	wait_for 10 listening tcp "$port" || fail "$name does not listen"
	server=$(pgrep -P "$pid" python3)
}

deafen() # NAME
{
	rm "$T/$1/accept"
	wait_for 5 test -e "$T/$1/deaf" || fail "$1 goes on accepting"
}

is_in()
{
	has_elements "$1" 1
}

is_out()
{
	has_elements "$1" 0
}

said()
{
	grep -q -- "$2" "$T/$1.log"
}

start_registrar

### Stopped.
serve Stop 8001
check "a server joins" wait_for 10 is_in Stop
kill -STOP "$server"
check "a stopped server leaves" wait_for 5 is_out Stop
check "and is not killed" test -d "/proc/$server"
kill -CONT "$server"
check "it comes back when it goes on" wait_for 5 is_in Stop

### Not accepting.
deafen Stop
mkfifo "$T/held"
python3 -c '
import socket, sys
held = [socket.create_connection(("127.0.0.1", 8001)) for _ in range(3)]
print("connected", flush=True)
sys.stdin.read()' <"$T/held" >"$T/held.log" &
exec 9>"$T/held"
wait_for 5 grep -q connected "$T/held.log" || fail "no connections"
check "one that accepts nobody leaves" wait_for 10 is_out Stop
check "with the count of those who wait" said Stop 'accepted nobody for 3 s, 3 wait'
: >"$T/Stop/accept"
check "and comes back when it accepts" wait_for 5 is_in Stop
exec 9>&-
stop "$pid"

### Busy is not ill: a queue that is never empty, and moves.
serve Busy 8002
wait_for 10 is_in Busy || fail "not registered"
cat >"$T/crowd.py" <<'END'
import socket, sys, time
end, queue = time.monotonic() + 6, []
while time.monotonic() < end:
    while len(queue) < 40:
        queue.append(socket.create_connection(("127.0.0.1", 8002)))
    queue[0].sendall(b"GET / HTTP/1.1\r\n\r\n")
    queue.pop(0).recv(100)
    time.sleep(0.1)
END
check "a queue that is always full and moves" python3 "$T/crowd.py"
check "does not take a server out" eval '! said Busy "not well"'
stop "$pid"

### --check http
serve Http 8003 --check http:/health --check-interval 0.1 --check-timeout 1
check "a server joins after a good answer" wait_for 10 is_in Http
echo 503 >"$T/Http/status"
check "bad answers take it out" wait_for 5 is_out Http
check "the last one is told" said Http 'answers with status 503'
echo 302 >"$T/Http/status"
check "good ones bring it back" wait_for 5 is_in Http
deafen Http
check "no answer takes it out" wait_for 10 is_out Http
check "and is told" said Http 'does not answer in time'
: >"$T/Http/accept"
check "and back" wait_for 5 is_in Http
stop "$pid"

### A server that is ill from the start is not registered before it is well.
mkdir "$T/Wait"
echo 500 >"$T/Wait/status"
: >"$T/Wait/accept"
start Wait rsp-register --pool Wait --drain 0 --check http:/ \
	--check-interval 0.1 -- python3 "$T/server.py" 8004 "$T/Wait"
wait_for 10 said Wait 'answers with status 500' ||
	wait_for 1 listening tcp 8004
happens_within 1 false
check "one that is ill from the start does not join" is_out Wait
echo 200 >"$T/Wait/status"
check "until it is well" wait_for 5 is_in Wait
stop "$pid"

### --check exec, --check tcp
: >"$T/well"
serve Exec 8005 --check "exec:test -e $T/well && test \$RSP_POOL:\$RSP_PORT:\$RSP_ADDRESS:\$RSP_PROTOCOL = Exec:8005:127.0.0.1:tcp" \
	--check-interval 0.1 --check-fall 2 --check-rise 1
check "a command's good word" wait_for 10 is_in Exec
rm "$T/well"
check "and its bad one" wait_for 5 is_out Exec
check "are obeyed and told" said Exec "check's command: exit status 1"
: >"$T/well"
check "both ways" wait_for 5 is_in Exec
stop "$pid"
serve Slow 8006 --check 'exec:sleep 6152' --check-interval 0.1 \
	--check-timeout 0.2
happens_within 1 false
check "a command that does not end is a bad word" is_out Slow
stop "$pid"
check "and leaves nobody behind" eval '! pgrep -f "sleep 6152" >/dev/null'
serve Tcp 8007 --check tcp --check-interval 0.1
check "--check tcp" wait_for 10 is_in Tcp
stop "$pid"

### --check none: nobody looks.
serve None 8008 --check none
wait_for 10 is_in None || fail "not registered"
kill -STOP "$server"
happens_within 2 false
check "--check none looks at nothing" is_in None
kill -CONT "$server"
stop "$pid"

### Without a command: the server is somebody else's.
mkdir "$T/else"
echo 200 >"$T/else/status"
: >"$T/else/accept"
start else python3 "$T/server.py" 8009 "$T/else"
server=$pid
start Else rsp-register --pool Else=8009 --drain 0
check "somebody else's server joins" wait_for 10 is_in Else
kill -STOP "$server"
check "leaves when it is stopped" wait_for 5 is_out Else
kill -CONT "$server"
check "and comes back" wait_for 5 is_in Else
stop "$pid"
stop "$server"

### The drain: as long as somebody is there, and not much longer than clients
### may still come.
serve Drain 8010 --drain 60
wait_for 10 is_in Drain || fail "not registered"
deafen Drain
mkfifo "$T/guest"
python3 -c '
import socket, sys
s = socket.create_connection(("127.0.0.1", 8010))
print("connected", flush=True)
sys.stdin.read()' <"$T/guest" >"$T/guest.log" &
exec 9>"$T/guest"
wait_for 5 grep -q connected "$T/guest.log" || fail "no connection"
begin=$(now_ms)
kill -TERM "$pid"
happens_within 7 gone "$pid" && fail "a client's connection is cut while it drains"
check "the server runs on while a client is there" test -d "/proc/$server"
: >"$T/Drain/accept"
exec 9>&-
check "and ends when it has gone" wait_for 5 gone "$pid"
say "drained in $(($(now_ms) - begin)) ms"
