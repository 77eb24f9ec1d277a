#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# host.sh - the registrar and its host: who reaches its unix socket,
# who can hinder its start, and what a reload leaves as it is
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need_python

logged() # PATTERN [TIMES]
{
	[ "$(grep -c "$1" "$T/registrar.log")" -ge "${2:-1}" ]
}

up()
{
	start registrar rsp-registrar --enrp off "$@"
	registrar_pid=$pid
	wait_for 10 logged 'ready, ASAP' || fail "not ready"
}

# Everybody whom the directory lets through may connect, whatever the mask of
# whoever has started it.
mkdir -m 755 "$T/public"
umask 077
up --listen "unix://$T/public/asap"
umask 022
check "all may write to the socket, nobody may run it" \
	test "$(stat -c %a "$T/public/asap")" = 666
stop "$registrar_pid"
check "it takes its socket away" test ! -e "$T/public/asap"

# Its users are told apart: an element is its user's.
if setpriv --reuid 1001 --clear-groups true 2>/dev/null; then
	up --listen "unix://$T/public/asap"
	chmod 755 "$T"
	as() # UID COMMAND...: python3 with a registration and more
	{
		local uid="$1"

		shift
		setpriv --reuid "$uid" --clear-groups python3 -c 'import os, sys
sys.path.insert(0, "'"$top_srcdir/tests/lib"'")
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
sys.dont_write_bytecode = True
import socket, struct, time
from asap import *
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
handle = param(HANDLE, b"Mine")
for what in sys.argv[2:]:
    if what == "register":
        s.sendall(message(REGISTRATION, handle, element(7, "127.0.0.1", 80)))
    elif what == "deregister":
        s.sendall(message(DEREGISTRATION, handle, param(
            PE_ID, struct.pack("!I", 7))))
    else:
        time.sleep(1000)
    kind, flags, length = struct.unpack("!BBH", s.recv(4))
    value = s.recv(length)
    error = ERROR in [k for k, _ in params(value[:length - 4])]
    print(what, "refused" if flags & 1 or error else "granted", flush=True)
' "$T/public/asap" "$@"
	}
	as 1001 register stay >"$T/mine.log" 2>&1 &
	mine_pid=$!
	wait_for 10 grep -q 'register granted' "$T/mine.log" || fail "no element"
	as 1002 register deregister >"$T/thief.log" 2>&1
	check "another user does not register it" \
		grep -q '^register refused' "$T/thief.log"
	check "nor take it out" grep -q '^deregister refused' "$T/thief.log"
	as 1001 register deregister >"$T/same.log" 2>&1
	check "the same user may" eval \
		'grep -q "^register granted" "$T/same.log" &&
		grep -q "^deregister granted" "$T/same.log"'
	kill "$mine_pid"
	stop "$registrar_pid"
fi

# A lock that somebody else keeps costs a second.
python3 -c 'import fcntl, os, sys, time
fd = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(fd, fcntl.LOCK_SH)
print("locked", flush=True)
time.sleep(1000)' "$T/public" >"$T/lock.log" &
lock_pid=$!
wait_for 10 grep -q locked "$T/lock.log" || fail "no lock"
begin=$(now_ms)
up --listen "unix://$T/public/asap"
check "a lock on the directory does not keep it from starting" \
	test $(($(now_ms) - begin)) -lt 20000
stop "$registrar_pid"
kill "$lock_pid"

# A reload: what needs a restart is named each time and stays; the rest changes.
cat >"$T/conf" <<-END
	listen = tcp://127.0.0.1
	announce = 239.255.77.77:4711%lo
	t6-serverannounce = 0.2
END
python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("239.255.77.77", 4711))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
             socket.inet_aton("239.255.77.77") + socket.inet_aton("127.0.0.1"))
while s.recv(2000):
    print("announced", flush=True)' >"$T/heard.log" 2>&1 &
heard()
{
	[ "$(grep -c announced "$T/heard.log")" -ge "$1" ]
}
ip link set lo multicast on
ip route add 239.0.0.0/8 dev lo
up --config "$T/conf"
wait_for 10 heard 2 || fail "no announcements"
cat >"$T/conf" <<-END
	listen = tcp://127.0.0.1
	t6-serverannounce = 0.1
	user = nobody
END
for i in 1 2 3; do
	n=$(grep -c announced "$T/heard.log")
	kill -HUP "$registrar_pid"
	wait_for 10 logged 'configuration read again' $i || fail "no reload"
	check "reload $i names what needs a restart" \
		logged 'needs a restart: setting=announce' $i
	check "reload $i names all of it" \
		logged 'needs a restart: setting=user value="nobody"' $i
	wait_for 10 heard $((n + 5)) || fail "reload $i ends the announcements"
done
check "what needs none is set, once" test \
	"$(grep -c 'set: t6-serverannounce="0.100" was="0.200"' "$T/registrar.log")" = 1
stop "$registrar_pid"

# An address that comes late: the unit tries again for as long as it takes, which
# it does not for settings that nothing but a hand can mend.
unit=$top_builddir/registrar/rsp-registrar.service
late()
{
	status=0
	timeout 10 rsp-registrar --enrp off --listen "$1" >"$T/late.log" 2>&1 ||
		status=$?
}
late tcp://192.0.2.77
check "an address that is not there yet is a failure" test $status = 1
late tcp://nonsense:nonsense
check "nonsense is another" test $status = 2
check "the unit tries the one again" grep -q '^Restart=on-failure' "$unit"
check "and not the other" grep -q '^RestartPreventExitStatus=2' "$unit"
check "every second" grep -q '^RestartSec=1' "$unit"
check "without end" grep -q '^StartLimitIntervalSec=0' "$unit"
