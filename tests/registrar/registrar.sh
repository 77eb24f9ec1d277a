#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# registrar.sh - the registrar's life as its administrator sees it: start, ready
# line, endpoints, sd_notify, registrations, reload, privileges, end
#
# Proves 5352-8.2-01, 5353-5.3-01 (default ports), 5352-3.1-29 (a registered element is found)
# over TCP and unix sockets, on both families.
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3

asap()
{
	"$top_builddir/tests/lib/asap_client" "$@"
}

logged() # PATTERN
{
	grep -qE -- "$1" "$T/registrar.log"
}

# up [OPTION...]: a registrar that has said that it is ready.
up()
{
	rm -f "$T/registrar.log"
	start registrar rsp-registrar "$@"
	registrar_pid=$pid
	wait_for 10 logged '^rsp-registrar: ready' || fail "not ready"
}

down()
{
	stop "$registrar_pid" TERM 5
	wait "$registrar_pid"
	check "SIGTERM ends it with status 0" [ $? = 0 ]
}

# refuses STATUS PATTERN OPTION...: one line that says it, and that status.
refuses()
{
	local status want="$1" pattern="$2"

	shift 2
	timeout 10 rsp-registrar "$@" >"$T/out" 2>"$T/refused.log"
	status=$?
	check "rsp-registrar $* ends with $want" [ $status = "$want" ]
	check "... in one line" [ "$(wc -l <"$T/refused.log")" = 1 ]
	check "... which says: $pattern" grep -qE -- "$pattern" "$T/refused.log"
	check "... and nothing on stdout" test ! -s "$T/out"
}

# Usage errors.
refuses 2 '^rsp-registrar: --nonsense: no such option' --nonsense
refuses 2 '^rsp-registrar: --max-pools: needs a number' --max-pools x
refuses 2 '^rsp-registrar: --peer: "ftp://a": no such scheme' --peer ftp://a
refuses 2 '^rsp-registrar: --announce: .*: not a multicast group' \
	--announce 192.0.2.1
refuses 2 '^rsp-registrar: --interop: needs rsplib' --interop other
refuses 2 '^rsp-registrar: sctp://127.0.0.1: .*SCTP' --listen sctp://127.0.0.1
refuses 2 '^rsp-registrar: --user: nosuchuser: no such user' --user nosuchuser
refuses 2 "^rsp-registrar: $T/none: No such file" --config "$T/none"
printf 'max-pools = 5\nmax-pool = 5\n' >"$T/bad.conf"
refuses 2 "^rsp-registrar: $T/bad.conf:2: max-pool: no such setting" \
	--config "$T/bad.conf"
refuses 1 '^rsp-registrar: tcp://192.0.2.1: Cannot assign.*no interface' \
	--listen tcp://192.0.2.1
refuses 1 "^rsp-registrar: unix://$T/no/x: No such file" \
	--listen "unix://$T/no/x"
for option in --help --version --dump -h -V; do
	rsp-registrar $option >"$T/out" 2>"$T/err" || fail "$option fails"
	check "$option prints and ends" test -s "$T/out" -a ! -s "$T/err"
done

# The defaults.
up
check "both loopback addresses by default" logged \
	'^rsp-registrar: ready, ASAP on tcp://127.0.0.1:3863, tcp://\[::1\]:3863$'
check "so is ENRP" logged 'ENRP on tcp://127.0.0.1:9901, tcp://\[::1\]:9901$'
check "and nothing else" [ "$(awk '$4 == "0A"' /proc/net/tcp /proc/net/tcp6 |
	wc -l)" = 4 ]
soft=$(awk '/open files/ { print $4 }' "/proc/$registrar_pid/limits")
hard=$(awk '/open files/ { print $5 }' "/proc/$registrar_pid/limits")
check "descriptors up to the hard limit" [ "$soft" = "$hard" ]
refuses 1 'tcp://127.0.0.1:3863: Address already in use .*--listen'
server_id()
{
	sed -n 's/.*server ID \(0x[0-9a-f]*\),.*/\1/p' "$T/registrar.log"
}
first_id=$(server_id)
down
up
# Proves 5353-2.1-12, 5353-3.2-01.
check "each start draws another server ID" \
	[ "$first_id" != "$(server_id)" -a "$(server_id)" != 0x00000000 ]
down
printf 'announce = off\n' >"$T/off.conf"
up --announce off --config "$T/off.conf"
down

# A host without IPv6.
if echo 1 2>/dev/null >/proc/sys/net/ipv6/conf/lo/disable_ipv6; then
	up
	check "no IPv6: said" logged 'left out.*::1'
	check "no IPv6: IPv4 is served" logged 'on tcp://127.0.0.1:3863$'
	down
	echo 0 >/proc/sys/net/ipv6/conf/lo/disable_ipv6
	ip -6 addr add ::1/128 dev lo 2>/dev/null
	wait_for 5 eval 'ip -6 addr show dev lo | grep -q ::1' ||
		fail "no ::1 any more"
fi

# The service manager is told, at a path and at an abstract name.
cat >"$T/manager.py" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace("@", "\0", 1))
print("bound", flush=True)
while True:
    print(s.recv(1000).decode().replace("\n", " "), flush=True)
END
for name in "$T/notify" "@$T/notify"; do
	start manager python3 "$T/manager.py" "$name"
	manager=$pid
	wait_for 10 grep -q bound "$T/manager.log" || fail "no manager"
	NOTIFY_SOCKET=$name
	export NOTIFY_SOCKET
	up
	check "READY=1 arrives" wait_for 5 grep -qx READY=1 "$T/manager.log"
	kill -HUP "$registrar_pid"
	check "a reload is announced" wait_for 5 \
		grep -q '^RELOADING=1 MONOTONIC_USEC=' "$T/manager.log"
	check "and its end" wait_for 5 \
		eval '[ "$(grep -cx READY=1 "$T/manager.log")" = 2 ]'
	down
	check "STOPPING=1 arrives" wait_for 5 grep -qx STOPPING=1 "$T/manager.log"
	unset NOTIFY_SOCKET
	kill "$manager"
done

# Registrations, over every kind of endpoint.
sock=$T/asap.sock
up --listen tcp://127.0.0.1 --listen 'tcp://[::1]' --listen "unix://$sock" \
	--listen tcp://127.0.0.1:0
port=$(sed -n 's/.*unix:[^ ]*, tcp:..127.0.0.1:\([0-9]*\)$/\1/p' \
	"$T/registrar.log")
check "port 0 is shown as what it became" [ "${port:-0}" -gt 0 ]
for endpoint in tcp://127.0.0.1 'tcp://[::1]' "unix://$sock" \
	"tcp://127.0.0.1:$port"; do
	asap "$endpoint" 'register Web 0x17 127.0.0.1 8001 rr' 'resolve Web' \
		'resolve Nobody' 'deregister Web 0x17' 'resolve Web' >"$T/got"
	cat >"$T/want" <<'END'
registration-response Web 0x17
handle-resolution-response Web round-robin 0x17=127.0.0.1:8001
handle-resolution-response Nobody [unknown pool handle]
deregistration-response Web 0x17
handle-resolution-response Web [unknown pool handle]
END
	diff "$T/want" "$T/got" >"$T/diff.log" ||
		fail "$endpoint: not what was to come"
	say "ok: registered, found and deregistered at $endpoint"
done
rm -f "$T/diff.log"
check "added is a line" logged 'pool element added: pool=Web id=0x00000017 tcp=127.0.0.1:8001 policy=rr life=90 from=127.0.0.1:[0-9]+$'
check "... from a unix socket, too" logged 'added: .* from=unix$'
check "removed is a line" logged \
	'pool element removed: pool=Web id=0x00000017 reason="deregistered"'
asap "unix://$sock" 'register We%62%00%FF 1 127.0.0.1 1' \
	'resolve Web%00%FF' >"$T/got" || fail "a handle of odd bytes"
check "a handle of odd bytes" grep -q '^handle-resolution-response Web%00%FF.*0x1=127.0.0.1:1$' "$T/got"

# The end, with connections open.
mkfifo "$T/hold"
for i in 1 2 3 4 5; do
	asap 127.0.0.1 "register Many $i 127.0.0.1 8001" - <"$T/hold" \
		>"$T/many-$i" 2>&1 &
done
exec 9>"$T/hold"
wait_for 5 eval '[ "$(cat "$T"/many-* | wc -l)" = 5 ]' || fail "not registered"
begin=$(now_ms)
down
check "within a moment" [ $(($(now_ms) - begin)) -lt 1000 ]
check "its unix socket is gone" test ! -e "$sock"
exec 9>&-

# Unix sockets that are there already.
python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$sock"
check "a dead socket is there" test -S "$sock"
up --listen "unix://$sock"
check "a dead process's socket is replaced" logged 'replaced: path='
refuses 1 "unix://$sock: Address already in use" --listen "unix://$sock"
asap "unix://$sock" 'resolve Web' >/dev/null || fail "not served any more"
mv "$sock" "$sock.away"
echo precious >"$sock"
down
check "what is not ours stays" grep -q precious "$sock"
refuses 1 "unix://$sock: File exists" --listen "unix://$sock"
check "even at a start" grep -q precious "$sock"
rm -f "$sock" "$sock.away"
up --listen "unix://$sock"
kill -9 "$registrar_pid"
wait_for 5 gone "$registrar_pid"
up --listen "unix://$sock"
down

# Reload.
printf '# settings\nmax-pools = 1\nlisten = tcp://127.0.0.1\n' >"$T/r.conf"
up --config "$T/r.conf"
asap 127.0.0.1 'register A 1 127.0.0.1 1' 'register B 1 127.0.0.1 1' >"$T/got"
check "max-pools of the file holds" grep -q 'B 0x1 refused' "$T/got"
printf 'max-pools = 5\nlisten = tcp://[::1]\n' >"$T/r.conf"
kill -HUP "$registrar_pid"
wait_for 5 logged 'configuration read again' || fail "not reloaded"
check "the change is a line" logged 'set: max-pools="5" was="1"'
check "what needs a restart is a line" logged 'needs a restart: setting=listen'
asap 127.0.0.1 'register A 1 127.0.0.1 1' 'register B 1 127.0.0.1 1' >"$T/got"
check "the new value holds" grep -qx 'registration-response B 0x1' "$T/got"
printf 'max-pools = none\n' >"$T/r.conf"
kill -HUP "$registrar_pid"
check "a mistake is a line" wait_for 5 logged \
	'configuration stays as it was: .*r.conf:1: max-pools'
asap 127.0.0.1 'register A 1 127.0.0.1 1' 'register B 1 127.0.0.1 1' >"$T/got"
check "and changes nothing" grep -qx 'registration-response B 0x1' "$T/got"
down

# Whose addresses may be registered (DESIGN section 3).
ip addr add 10.9.8.7/32 dev lo || fail "no address"
up
asap 127.0.0.1 'register P 1 10.9.8.7 1' 'register P 2 10.9.8.8 1' \
	'register P 3 127.0.0.1 1' >"$T/got"
check "an address of the own host is taken" grep -qx '.* P 0x1' "$T/got"
check "a third party's is not" grep -q '^registration.* P 0x2 refused' "$T/got"
check "loopback is taken while all is loopback" grep -qx '.* P 0x3' "$T/got"
check "refused is a line" logged \
	'registration refused: pool=P id=0x00000002 cause=.* from=127.0.0.1'
ip addr add 10.9.8.8/32 dev lo
check "an address that comes later is found" wait_for 8 eval \
	'asap 127.0.0.1 "register P 2 10.9.8.8 1" | grep -qx ".* P 0x2"'
down
up --listen tcp://10.9.8.7 --listen tcp://127.0.0.1
asap 127.0.0.1 'register P 1 10.9.8.7 1' 'register P 3 127.0.0.1 1' \
	'register P 4 [::1] 1' >"$T/got"
check "with an outer endpoint: own address" grep -qx '.* P 0x1' "$T/got"
check "with an outer endpoint: no loopback" grep -q ' P 0x3 refused' "$T/got"
check "with an outer endpoint: no ::1" grep -q ' P 0x4 refused' "$T/got"
asap 10.9.8.7 'register P 5 10.9.8.7 1' 'register P 6 10.9.8.8 1' >"$T/got"
check "from outside: the sender's address" grep -qx '.* P 0x5' "$T/got"
check "from outside: no other" grep -q ' P 0x6 refused' "$T/got"
down
up --third-party
asap 127.0.0.1 'register P 2 192.0.2.9 1' >"$T/got"
check "--third-party takes all" grep -qx '.* P 0x2' "$T/got"
down

# Privileges.
if [ "$(id -u)" = 0 ] && getent passwd nobody >/dev/null &&
	grep -q ' 4294967295$' /proc/self/uid_map; then
	up --user nobody --listen tcp://127.0.0.1:863
	uid=$(id -u nobody)
	gid=$(id -g nobody)
	status=/proc/$registrar_pid/status
	check "--user: user" grep -qE "^Uid:	$uid	$uid	$uid	$uid" $status
	check "--user: group" grep -qE "^Gid:	$gid	$gid	$gid	$gid" $status
	check "--user: groups" grep -qE "^Groups:	$gid *$" $status
	check "--user: no capabilities" grep -q '^CapEff:	0*$' $status
	check "a low port was bound before" eval \
		"asap 127.0.0.1:863 'resolve P' >/dev/null"
	down
fi
