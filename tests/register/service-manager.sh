#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# service-manager.sh - rsp-register under a service manager (a stand-in for
# systemd that does what sd_notify(3) and sd_listen_fds(3) say), and as the
# first process of a container
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3 unshare

# The manager: starts a command with a notification socket, a watchdog and a
# listening socket, and writes down what it is told and by whom.  It ends with
# the command's status.
cat >"$T/manager.py" <<'END'
import os, socket, struct, sys, threading
name, command = sys.argv[1], sys.argv[2:]
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
notify.bind("\0" + name)
web = socket.create_server(("127.0.0.1", 8001))
pid = os.fork()
if pid == 0:
    os.environ["NOTIFY_SOCKET"] = "@" + name
    os.environ["WATCHDOG_PID"] = os.environ["LISTEN_PID"] = str(os.getpid())
    os.environ["WATCHDOG_USEC"] = "1000000"
    os.environ["LISTEN_FDS"] = "1"
    if web.fileno() != 3:
        os.dup2(web.fileno(), 3)
    os.set_inheritable(3, True)
    os.execvp(command[0], command)
def listen():
    while True:
        data, fds, _, _ = 0, [], 0, 0
        data, anc, _, _ = notify.recvmsg(65536, 4096)
        who = "nobody"
        n = 0
        for level, kind, value in anc:
            if kind == socket.SCM_CREDENTIALS:
                who = "main" if struct.unpack("3i", value)[0] == pid else "other"
            if kind == socket.SCM_RIGHTS:
                n = len(value) // 4
                text = os.read(struct.unpack("i", value[:4])[0], 100).decode()
        print(who, n and "with %d descriptor, %s" % (n, text) or "",
              *data.decode().split("\n"), sep="|", flush=True)
threading.Thread(target=listen, daemon=True).start()
web.close()
_, status = os.waitpid(pid, 0)
print("ended", os.waitstatus_to_exitcode(status), flush=True)
os._exit(0)
END
# A server that takes what it is handed, and tells how it is.
cat >"$T/server.py" <<'END'
import os, signal, socket, sys
me = str(os.getpid())
print("mine" if (os.environ["LISTEN_PID"], os.environ["WATCHDOG_PID"]) == (me, me)
      else "not mine", flush=True)
s = socket.socket(fileno=3)
n = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
n.connect("\0" + os.environ["NOTIFY_SOCKET"][1:])
signal.signal(signal.SIGTERM, lambda *a: (n.send(b"STATUS=going"), sys.exit(7)))
n.send(b"READY=1\nMAINPID=" + me.encode() + b"\nSTATUS=serving")
n.send(b"MAINPID=" + me.encode())
n.send(b"WATCHDOG=1")
r, w = os.pipe()
os.write(w, b"kept")
socket.send_fds(n, [b"FDSTORE=1"], [r])
while True:
    c, _ = s.accept()
    c.close()
END

told() # NAME TEXT
{
	grep -qxF -- "$2" "$T/$1.log"
}

start_registrar
start manager python3 "$T/manager.py" "rsp-$$" rsp-register --pool Managed \
	--drain 1 --stop-timeout 3 -- python3 "$T/server.py"
manager=$pid
check "a server's readiness is passed on, its process ID is not" \
	wait_for 10 told manager 'main||READY=1|STATUS=serving'
check "its watchdog too" wait_for 5 told manager 'main||WATCHDOG=1'
check "and its descriptors" wait_for 5 told manager \
	'main|with 1 descriptor, kept|FDSTORE=1'
check "variables with a process ID name the server" told manager mine
check "a socket that the manager listens on is registered" \
	wait_for 10 has_elements Managed 1
check "nothing comes from anybody else" eval \
	'! grep -q "^other\|MAINPID" "$T/manager.log"'
python3 -c '
import os, socket, sys
pid = open("/proc/%s/task/%s/children" % (sys.argv[1], sys.argv[1])).read().split()[0]
kid = open("/proc/%s/task/%s/children" % (pid, pid)).read().split()[0]
env = open("/proc/%s/environ" % kid, "rb").read().split(b"\0")
at = [e[15:] for e in env if e.startswith(b"NOTIFY_SOCKET=@")][0]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(b"STATUS=forged", b"\0" + at)' "$manager"
wrapper=$(cat "/proc/$manager/task/$manager/children")
kill -TERM $wrapper
check "an orderly end is announced, with the time that it may take" \
	wait_for 5 told manager 'main||STOPPING=1|EXTEND_TIMEOUT_USEC=8000000'
check "the status is the server's" wait_for 10 told manager 'ended 7'
check "its last word is passed on" told manager 'main||STATUS=going'
check "what a stranger says is not" eval '! grep -q forged "$T/manager.log"'

### A server that says nothing is ready when it listens.
start silent python3 "$T/manager.py" "rsp2-$$" rsp-register --pool Silent \
	--drain 0 -- sh -c 'exec python3 -m http.server --bind 127.0.0.1 8002 3>&-'
check "ready when it listens" wait_for 10 told silent 'main||READY=1'
kill -TERM $(cat "/proc/$pid/task/$pid/children")
wait_for 10 gone "$pid"

### As process 1: orphans are waited for, signals are heard.
if ! unshare --pid --fork --mount-proc true 2>/dev/null; then
	skip "no PID namespaces"
fi
cat >"$T/orphans.sh" <<'END'
i=0
while [ $i -lt 20 ]; do
	(sh -c 'exit 3' &)
	i=$((i + 1))
done
trap 'exit 5' TERM
python3 -m http.server --bind 127.0.0.1 8003 &
while :; do wait; done
END
start first unshare --pid --fork --mount-proc --kill-child rsp-register \
	--pool First --drain 0 -- sh "$T/orphans.sh"
outer=$pid
check "process 1 registers" wait_for 10 has_elements First 1
inner=$(cat "/proc/$outer/task/$outer/children")
zombies()
{
	grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | while read -r f; do
		[ "$(readlink "${f%status}ns/pid")" = \
			"$(readlink "/proc/${inner% }/ns/pid")" ] && echo "$f"
	done
}
check "and waits for orphans" wait_for 5 eval '[ -z "$(zombies)" ]'
kill -TERM $inner
wait_for 30 gone "$outer" || fail "process 1 does not hear a signal"
wait "$outer"
check "its status is the server's" [ $? = 5 ]
