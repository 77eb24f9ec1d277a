#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# terminal.sh - rsp-register in a terminal: Ctrl-C, Ctrl-Z, and a server
# that reads from it
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3 bash
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

: >"$T/commands"
start standin python3 "$top_srcdir/tests/lib/scripted_registrar.py" 3863 "$T/commands"
wait_for 10 grep -q ready "$T/standin.log" || fail "no stand-in registrar"
cat >"$T/server.py" <<'END'
import signal, socket, time
signal.signal(signal.SIGCONT, lambda *_: print("going on", flush=True))
try:
    # is registered before this returns
    s = socket.create_server(("127.0.0.1", 8001))
    time.sleep(60)
except KeyboardInterrupt:
    print("%.3f interrupted" % time.time(), flush=True)
    raise
END

# Runs a command in a terminal and goes through pairs of arguments: wait until
# this is to be seen, then type that.
cat >"$T/type.py" <<'END'
import os, pty, select, sys, time
command, steps = sys.argv[1].split(" "), sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
seen, end = "", time.time() + 30
for pattern, keys in zip(steps[::2], steps[1::2]):
    while pattern not in seen:
        if time.time() > end:
            sys.exit("never seen: %s in %r" % (pattern, seen))
        if select.select([fd], [], [], 0.1)[0]:
            seen += os.read(fd, 4096).decode()
    seen = seen[seen.index(pattern) + len(pattern):]
    os.write(fd, keys.encode().decode("unicode_escape").encode())
try:
    while data := os.read(fd, 4096):
        seen += data.decode()
except OSError:
    pass
print(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END

in_terminal()
{
	timeout 40 python3 "$T/type.py" "$@" >"$T/terminal.log" 2>&1
}

status=0
in_terminal "rsp-register --pool X --drain 0.3 -- python3 $T/server.py" \
	registered '\x03' || status=$?
check "Ctrl-C ends both: 130" [ $status = 130 ]
interrupted=$(sed -n 's/\([0-9.]*\) interrupted.*/\1/p' "$T/terminal.log")
left=$(sed -n 's/ deregister.*//p' "$T/standin.log")
check "the server heard of it after its time to drain" \
	awk "BEGIN { exit !($interrupted - $left > 0.25) }"

cat >"$T/ask.sh" <<'END'
echo your name?
read -r name
echo "hello $name"
END
check "a server that reads from the terminal gets it" in_terminal \
	"rsp-register --pool X -- sh $T/ask.sh" 'your name' 'Jon\n'
check "and what was typed" grep -q 'hello Jon' "$T/terminal.log"

# A script's next command has the terminal again.
printf '%s\n' "rsp-register --pool X -- sh $T/ask.sh" 'echo and yours?' \
	'read -r name' 'echo "bye $name"' >"$T/twice.sh"
check "after it the terminal is the script's" in_terminal \
	"sh $T/twice.sh" 'your name' 'Jon\n' 'and yours' 'Ann\n'
check "and what was typed there" grep -q 'bye Ann' "$T/terminal.log"

status=0
in_terminal "bash --norc -i" \
	'# ' "rsp-register --pool X --drain 0 -- python3 $T/server.py\n" \
	registered '\x1a' Stopped 'cat /proc/$(pgrep -P $(jobs -p))/stat\n' \
	') T ' 'fg\n' 'going on' '\x03' interrupted 'exit $?\n' || status=$?
check "Ctrl-Z stops the server, too, and fg goes on with it" \
	[ $status = 130 ]
