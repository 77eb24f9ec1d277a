#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shed.sh - a server that its check has taken out sheds its connections, if
# that is wanted; what is not its stays
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3 ss ip

# Echoes; a connection to 8002, and to another address with its own port, is
# nobody's business.
cat >"$T/server.py" <<'END'
import socket, sys, threading
def serve(c):
    while data := c.recv(100):
        c.sendall(data)
for port in map(int, sys.argv[2:]):
    s = socket.create_server((sys.argv[1], port))
    threading.Thread(target=lambda s=s: [threading.Thread(
        target=serve, args=s.accept()[:1], daemon=True).start()
        for _ in iter(int, 1)], daemon=True).start()
threading.Event().wait()
END
# Connects, and says each second how that is.
cat >"$T/client.py" <<'END'
import socket, sys, time
c = socket.create_connection((sys.argv[1], int(sys.argv[2])))
print("in", flush=True)
try:
    while True:
        c.sendall(b"x")
        if c.recv(1) != b"x":
            print("ended", flush=True)
            break
        print("good", flush=True)
        time.sleep(0.1)
except ConnectionResetError:
    print("reset", flush=True)
END

client() # NAME ADDRESS PORT
{
	start "$1" python3 "$T/client.py" "$2" "$3"
	wait_for 10 grep -q good "$T/$1.log" || fail "$1 is not served"
}

is_reset()
{
	grep -q reset "$T/$1.log"
}

ip addr add 127.0.0.2/8 dev lo 2>/dev/null
start_registrar
: >"$T/well"
start other python3 "$T/server.py" 127.0.0.2 8001
wait_for 10 eval 'ss -ltn | grep -q 127.0.0.2:8001' || fail "no other server"
start Shed rsp-register --pool Shed=8001 --pool Two=8001 --drain 0 \
	--on-unhealthy reset --check "exec:test -e $T/well" \
	--check-interval 0.1 --check-fall 2 --check-rise 1 -- \
	python3 "$T/server.py" 127.0.0.1 8001 8002
shed=$pid
wait_for 10 has_elements Two 1 || fail "not registered"
if grep -q 'no connection can be reset here' "$T/Shed.log"; then
	skip "connections cannot be destroyed here"
fi
client one 127.0.0.1 8001
client two 127.0.0.1 8001
client apart 127.0.0.1 8002
client other_client 127.0.0.2 8001
rm "$T/well"
check "its clients are reset" wait_for 10 is_reset one
check "all of them" wait_for 5 is_reset two
check "that is said" grep -q '2 connections of port 8001 reset' "$T/Shed.log"
check "after it has left its pools" eval '
	has_elements Shed 0 && has_elements Two 0 &&
	[ "$(grep -n "deregistered" "$T/Shed.log" | tail -n 1 | cut -d: -f1)" -lt \
		"$(grep -n "port 8001 reset" "$T/Shed.log" | cut -d: -f1)" ]'
check "ports that are in no pool keep theirs" eval '! is_reset apart'
check "and so do others of that number" eval '! is_reset other_client'
# Who comes all the same while it is ill was told by nobody: he stays.
client late 127.0.0.1 8001
: >"$T/well"
check "it comes back" wait_for 10 has_elements Two 1
kill -TERM "$shed"
wait_for 10 gone "$shed" || fail "it does not end"
check "an orderly end is none of that" eval '! is_reset late'

### It is off by default.
: >"$T/well"
start Keep rsp-register --pool Keep --drain 0 --check "exec:test -e $T/well" \
	--check-interval 0.1 --check-fall 1 -- python3 "$T/server.py" 127.0.0.1 8003
wait_for 10 has_elements Keep 1 || fail "not registered"
client kept 127.0.0.1 8003
rm "$T/well"
wait_for 5 has_elements Keep 0 || fail "it does not leave"
! happens_within 1 is_reset kept || fail "it is on by default"
stop "$pid"

### Who may not says so.
start Mayn unshare -Ur rsp-register --pool Mayn --drain 0 --on-unhealthy reset \
	-- python3 "$T/server.py" 127.0.0.1 8004
check "without the right to it that is said" wait_for 10 grep -q \
	'no connection can be reset here: Operation not permitted' "$T/Mayn.log"
check "and the server is in its pool" wait_for 10 has_elements Mayn 1
