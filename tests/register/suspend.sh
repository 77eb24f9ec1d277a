#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# suspend.sh - Ctrl-Z at a server that was given the terminal
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3 bash pgrep setsid

# Runs a command in a terminal and goes through pairs of arguments: type that,
# and wait until this is to be seen.
cat >"$T/type.py" <<'END'
import os, pty, select, sys, time
command, steps = sys.argv[1].split(" "), sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.environ["PS1"] = "PROMPT "
    os.execvp(command[0], command)
steps = [s.encode().decode("unicode_escape") for s in steps]
for keys, pattern in zip(steps[::2], steps[1::2]):
    seen, end = "", time.time() + 20
    os.write(fd, keys.encode())
    while pattern not in seen:
        if time.time() > end:
            sys.exit("never seen after %r: %s in %r" % (keys, pattern, seen))
        if select.select([fd], [], [], 0.1)[0]:
            seen += os.read(fd, 4096).decode()
END

in_terminal()
{
	timeout 100 python3 "$T/type.py" "$@" >"$T/terminal.log" 2>&1
}

# It says so when it reads, for by then it has the terminal.
cat >"$T/cat.sh" <<'END'
read -r first
echo "reads $first"
exec cat
END
start_registrar
cd "$T" || exit 99
run="rsp-register --drain 0 --pool Terminal sh $T/cat.sh"
check "after Ctrl-Z the shell has the terminal, after fg the server" in_terminal \
	"bash --norc --noprofile -i" \
	"" "PROMPT " "$run\none\n" "reads one" "\x1a" "PROMPT " \
	'echo ba""ck\n' back "fg\n" "$run" "again\n" "again\r\nagain" \
	"\x1a" "PROMPT " "fg\n" "$run" "more\n" "more\r\nmore" \
	"\x03" "PROMPT " 'echo $?ba""ck\n' 130back
check "in the background it stops when it reads" in_terminal \
	"bash --norc --noprofile -i" \
	"" "PROMPT " "$run\none\n" "reads one" "\x1a" "PROMPT " \
	"bg\n" "PROMPT " \
	'until jobs >j; grep Stop j; do sleep .1; done; echo no""w\n' now \
	"fg\n" "$run" "again\n" "again\r\nagain" \
	"\x03" "PROMPT "
# Where no shell is above it nobody would go on with it.
check "without a shell Ctrl-Z does nothing" in_terminal "$run" \
	"one\n" "reads one" "\x1a" "^Z" "again\n" "again\r\nagain" \
	"\x1a" "^Z" "more\n" "more\r\nmore"

# Nor the signal that it is, sent by somebody; the server goes on, too.
start alone setsid rsp-register --drain 0 --pool Alone -- \
	python3 -m http.server --bind 127.0.0.1 8001
alone=$pid
wait_for 10 has_elements Alone 1 || fail "not registered"
kill -TSTP "$alone"
! happens_within 2 eval 'grep -q "^State:.T" "/proc/$alone/status" \
	"/proc/$(pgrep -P "$alone" python3)/status" ||
	grep -q "not well" "$T/alone.log"' ||
	fail "it is stopped though nobody would go on with it"
say "ok: nor does SIGTSTP"
stop "$alone"
