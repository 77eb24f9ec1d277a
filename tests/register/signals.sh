#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# signals.sh - which signals are the server's, and what one means to a
# daemon that has forked away
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3

# Says which signals come.
cat >"$T/server.py" <<'END'
import os, signal, socket, sys, time
if sys.argv[2] == "daemon" and os.fork():
    os._exit(0)
for s in signal.valid_signals():
    if s not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGCHLD,
                 signal.SIGCONT, signal.SIGTSTP) and \
       (s != signal.SIGHUP or sys.argv[2] != "mild"):
        signal.signal(s, lambda n, _: os.write(1, b"signal %d\n" % n))
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    time.sleep(600)
END

got() # NAME NUMBER
{
	grep -qx "signal $2" "$T/$1.log"
}

start_registrar
start all rsp-register --pool All --drain 0 -- python3 "$T/server.py" 8001 front
all=$pid
wait_for 10 has_elements All 1 || fail "not registered"
# USR1 USR2 ALRM STKFLT TTIN TTOU URG VTALRM PROF WINCH IO PWR, real time
for n in 10 12 14 16 21 22 23 26 27 28 29 30 34 35 50 64; do
	kill -$n "$all"
	wait_for 5 got all $n || fail "signal $n is not passed on"
done
check "every signal that is not ours is the server's" has_elements All 1
stop "$all"

### nginx and others: SIGHUP is a reload, also once they are daemons.
start daemon rsp-register --pool Daemon --drain 0 -- \
	python3 "$T/server.py" 8002 daemon
daemon=$pid
wait_for 10 has_elements Daemon 1 || fail "not registered"
kill -HUP "$daemon"
check "a daemon is reloaded" wait_for 5 got daemon 1
! happens_within 1 has_elements Daemon 0 || fail "SIGHUP ends its membership"
kill -ALRM "$daemon"
check "and gets the others" wait_for 5 got daemon 14
check "while it stays in the pool" has_elements Daemon 1
stop "$daemon"

start mild rsp-register --pool Mild --drain 0 -- python3 "$T/server.py" 8003 mild
mild=$pid
wait_for 10 has_elements Mild 1 || fail "not registered"
python3 - "$mild" <<'END'
import os, signal, sys
os.kill(int(sys.argv[1]), signal.SIGHUP)
END
check "who does not know SIGHUP is ended by it" wait_for 10 gone "$mild"

### Without a command there is nobody to pass them on to.
start other python3 "$T/server.py" 8004 front
start Else rsp-register --pool Else=8004 --drain 0
else=$pid
wait_for 10 has_elements Else 1 || fail "not registered"
kill -USR1 "$else"
kill -WINCH "$else"
! happens_within 1 has_elements Else 0 || fail "SIGUSR1 ends it"
stop "$else"
