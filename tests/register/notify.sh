#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# notify.sh - what a server says over NOTIFY_SOCKET, well-formed or not
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3

# A server that sends each line of a pipe, with Python's escapes undone.
cat >"$T/server.py" <<'END'
import os, socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
name = os.environ["NOTIFY_SOCKET"]
n = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
n.connect("\0" + name[1:] if name[0] == "@" else name)
while True:
    with open(sys.argv[2]) as f:
        for line in f:
            n.send(line.rstrip("\n").encode().decode("unicode_escape").encode())
END
# A manager's socket, and what comes in on it.
cat >"$T/manager.py" <<'END'
import socket, sys
n = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
n.bind("\0" + sys.argv[1])
print("there", flush=True)
while True:
    print(repr(n.recv(65536))[2:-1], flush=True)
END

tell() # TEXT: the server shall send it
{
	printf '%s\n' "$1" >"$T/say"
}

told() # TEXT
{
	grep -qxF -- "$1" "$T/manager.log"
}

start_registrar --keep-alive-interval 1 --keep-alive-timeout 1
start manager python3 "$T/manager.py" "rsp-notify-$$"
wait_for 10 told there || fail "no manager"
mkfifo "$T/say"
start wrapper env NOTIFY_SOCKET="@rsp-notify-$$" rsp-register --pool Notify \
	--drain 0 -- python3 "$T/server.py" 8001 "$T/say"
wrapper=$pid
wait_for 10 has_elements Notify 1 || fail "not registered"
tell 'READY=1\0'
check "a zero at the end is passed on" wait_for 5 told 'READY=1\x00'
tell 'A=1\0MAINPID=5\nMAINPID=6\n\0\nB=2'
check "zeros amid the lines, too, and only those lines" \
	wait_for 5 told 'A=1\x00MAINPID=5\n\x00\nB=2'
tell 'MAINPID=6\0'
tell '\0'
check "nothing but a zero" wait_for 5 told '\x00'
check "no message was a second main process" eval '! told "MAINPID=6\\x00"'
# the registrar asks once a second
! happens_within 4 has_elements Notify 0 ||
	fail "the element leaves though its server runs"
say "ok: the element stays"
kill -TERM "$wrapper"
check "and SIGTERM is obeyed" wait_for 5 gone "$wrapper"
