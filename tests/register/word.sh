#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# word.sh - a server that tells its load, and when it wants no clients,
# over NOTIFY_SOCKET, with a manager and without one
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3

# A server that sends what comes down a pipe, one message a line.
cat >"$T/server.py" <<'END'
import os, socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
n = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
n.connect("\0" + os.environ["NOTIFY_SOCKET"][1:])
while True:
    with open(sys.argv[2]) as f:
        for line in f:
            n.send(line.rstrip("\n").encode().decode("unicode_escape").encode())
END
cat >"$T/manager.py" <<'END'
import socket, sys
n = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
n.bind("\0" + sys.argv[1])
print("there", flush=True)
while True:
    print(repr(n.recv(65536))[2:-1], flush=True)
END

tell() # NAME TEXT
{
	printf '%s\n' "$2" >"$T/say-$1"
}

load_is() # POOL LOAD
{
	rsp-resolve --json "$1" | python3 -c '
import json, sys
e = json.load(sys.stdin)["elements"][0]
sys.exit(abs(e["policy"]["load"] - float(sys.argv[1])) > 0.01)' "$2"
}

registrations()
{
	grep -c "pool element updated: pool=$1 " "$T/registrar.log"
}

start_registrar -v
mkfifo "$T/say-Lone" "$T/say-Kept" "$T/say-Rr"

### Without a manager the socket is there, too.
start Lone rsp-register --pool Lone --policy lu:5 --drain 0 -- \
	python3 "$T/server.py" 8001 "$T/say-Lone"
lone=$pid
wait_for 10 load_is Lone 5 || fail "not registered"
tell Lone 'X_RSP_LOAD=37'
check "its load is registered" wait_for 5 load_is Lone 37
before=$(registrations Lone)
python3 -c 'for n in range(2000): print("X_RSP_LOAD=%d" % (n % 90))
print("X_RSP_LOAD=64.5%")' >"$T/say-Lone"
check "the last of many" wait_for 10 load_is Lone 64.5
check "and no more than one a second" \
	[ "$(registrations Lone)" -le $((before + 12)) ]
tell Lone 'X_RSP_READY=0'
check "not ready: it leaves" wait_for 5 has_elements Lone 0
check "and runs" listening tcp 8001
tell Lone 'X_RSP_READY=1\0'
check "ready: it is back" wait_for 5 has_elements Lone 1
check "as the same" eval '[ "$(sed -n "s/.*registered .* as \(0x[0-9a-f]*\).*/\1/p" \
	"$T/Lone.log" | sort -u | wc -l)" = 1 ]'
check "with its load" load_is Lone 64.5
tell Lone 'X_RSP_READY=maybe'
check "what is not understood is said" wait_for 5 grep -q \
	'X_RSP_READY is neither 0 nor 1' "$T/Lone.log"
stop "$lone"

### A policy without a load.
start Rr rsp-register --pool Rr --policy wrr:7 --drain 0 -- \
	python3 "$T/server.py" 8002 "$T/say-Rr"
rr=$pid
wait_for 10 has_elements Rr 1 || fail "not registered"
tell Rr 'X_RSP_LOAD=99'
check "a weight is no load" wait_for 5 grep -q 'the policy has no load' \
	"$T/Rr.log"
check "and stays" eval 'rsp-resolve --json Rr | grep -q "\"weight\": *7\b"'
stop "$rr"

### A manager hears the rest.
start manager python3 "$T/manager.py" "rsp-word-$$"
wait_for 10 grep -q there "$T/manager.log" || fail "no manager"
start Kept env NOTIFY_SOCKET="@rsp-word-$$" rsp-register --pool Kept \
	--policy lu:auto --drain 0 -- python3 "$T/server.py" 8003 "$T/say-Kept"
kept=$pid
wait_for 10 has_elements Kept 1 || fail "not registered"
tell Kept 'STATUS=a\nX_RSP_LOAD=11\nWATCHDOG=1'
check "what is ours rules over what is measured" wait_for 5 load_is Kept 11
check "the rest is the manager's" wait_for 5 grep -qxF 'STATUS=a\nWATCHDOG=1' \
	"$T/manager.log"
check "and nothing else" eval '! grep -q X_RSP "$T/manager.log"'
stop "$kept"
