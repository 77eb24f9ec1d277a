#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# given.sh - an address of a pool in the hands of another process than the one
# that has looked up the name; and multicast that has the same address
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need_python
ip link set lo multicast on
ip route add 239.0.0.0/8 dev lo

start_registrar
start echo python3 "$top_srcdir/tests/lib/udp_echo.py" echo 7001
wait_for 10 listening udp 7001 || fail "no echo server"
element Word 127.0.0.1 7001 udp/rr
start web python3 -c '
import socket
s = socket.create_server(("127.0.0.1", 4301))
while True:
    c, _ = s.accept()
    c.sendall(b"web\n")
    c.close()'
wait_for 10 listening tcp 4301 || fail "no server"
element Web 127.0.0.1 4301
wait_for 10 has_elements Web 1 || fail "no pool"

cat >"$T/use.py" <<'END'
"""use.py look NAME | udp ADDRESS | tcp ADDRESS"""
import socket, sys
what, name = sys.argv[1:]
try:
    if what == "look":
        print(socket.getaddrinfo(name, 7, socket.AF_INET)[0][4][0])
    elif what == "udp":
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(1)
        s.sendto(b"hello", (name, 7))
        print(s.recv(100).decode().strip())
    else:
        print(socket.create_connection((name, 7), 5).makefile().read().strip())
except TimeoutError:
    print("nothing")
except OSError as e:
    print(e.errno)
END
export USE="$T/use.py"
look()
{
	run python3 "$USE" look "$1" 2>>"$T/client.log"
}

# says "claim" TEXT COMMAND...: what the command prints; its log is $T/said.log
says()
{
	local claim="$1" want="$2" got

	shift 2
	got=$("$@" 2>"$T/said.log")
	[ "$got" = "$want" ] || fail "$claim: got \"$got\", not \"$want\""
	say "ok: $claim"
}

# A program that speaks multicast, and has never heard of the pool.
word=$(look Word.pool.alt)
cat >"$T/group.py" <<'END'
import socket, struct, sys
r = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
r.bind((sys.argv[1], 7))
r.setsockopt(socket.SOL_IP, socket.IP_ADD_MEMBERSHIP,
    struct.pack("4s4s", socket.inet_aton(sys.argv[1]),
                socket.inet_aton("127.0.0.1")))
r.settimeout(5)
for connected in False, True:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if connected:
        s.connect((sys.argv[1], 7))
        s.send(b"to the group")
    else:
        s.sendto(b"to the group", (sys.argv[1], 7))
    print(r.recv(100).decode(), end=" ")
    s.close()
END
says "a multicast program keeps its datagrams" "to the group to the group " \
	run python3 "$T/group.py" "$word"
check "and a line says so" in_log said 'are not redirected'
check "the element has seen none of them" [ "$(count . "$T/echo.log")" = 0 ]

# Those that have the address from a name, in a way.
cat >"$T/family.py" <<'END'
"""family.py HOW NAME udp|tcp"""
import os, socket, subprocess, sys
how, name, what = sys.argv[1:]
use = [sys.executable, os.environ["USE"]]
def look():
    return socket.getaddrinfo(name, 7, socket.AF_INET)[0][4][0]
def child_looks():
    r, w = os.pipe()
    if os.fork() == 0:
        os.write(w, look().encode())
        os._exit(0)
    os.wait()
    return os.read(r, 100).decode()
if how == "exec":  # itself, as another program
    os.execv(use[0], use + [what, look()])
elif how == "spawn":  # a child that is another program
    subprocess.run(use + [what, look()], check=True)
elif how == "grandchild":
    address = look()
    subprocess.run(["sh", "-c", '"$@"; true', "sh"] + use + [what, address],
                   check=True)
elif how == "resolver":  # a child of a fork looks up the names
    address = child_looks()
    sys.argv[1:] = [what, address]
    exec(open(use[1]).read())
elif how == "siblings":  # and another one connects
    address = child_looks()
    sys.stdout.flush()
    if os.fork() == 0:
        sys.argv[1:] = [what, address]
        exec(open(use[1]).read())
        sys.stdout.flush()
        os._exit(0)
    os.wait()
elif how == "helpers":  # two programs of the same name
    address = subprocess.run(use + ["look", name], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.strip()
    subprocess.run(use + [what, address], check=True)
END
for how in exec spawn grandchild resolver siblings helpers; do
	no_marks
	case $how in
	exec | spawn | grandchild)
		says "$how: datagrams reach the pool" "echo hello" \
			run python3 "$T/family.py" $how Word.pool.alt udp
		;;
	*)
		says "$how: datagrams are left alone" nothing \
			run python3 "$T/family.py" $how Word.pool.alt udp
		check "$how: and a line says so" in_log said 'are not redirected'
		;;
	esac
	says "$how: connections reach the pool" web \
		run python3 "$T/family.py" $how Web.pool.alt tcp
done
no_marks
says "a private cache of before: unreachable" 101 \
	run --cache private python3 "$T/family.py" exec Web.pool.alt tcp
check "and a line says why" in_log said "is a pool's address, but"

# Caches apart: the name is found again by its address.
no_marks
web=$(look Web.pool.alt)
says "other registrars" web run --registrar tcp://127.0.0.1:1 \
	--registrar tcp://127.0.0.1 python3 "$USE" tcp "$web"
says "a private cache" web run --cache private python3 "$USE" tcp "$web"
mkdir -m 700 "$T/elsewhere"
says "another directory: unreachable" 101 \
	run --runtime-dir "$T/elsewhere" python3 "$USE" tcp "$web"
check "and a line says why" in_log said "$web is a pool's address, but"
