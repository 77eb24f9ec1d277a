#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ipv6.sh - pools of IPv6 servers and of both families: whatever family the
# program's socket has, it reaches the living server behind a dead one
#
# wget and urllib make IPv4 sockets, Java IPv6 ones, for IPv4 servers too.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need curl wget java node nc.openbsd
need_python
[ -e /proc/net/if_inet6 ] && ip -6 addr show dev lo | grep -q ::1 ||
	skip "no IPv6 here"

start_registrar
for family in 4 6; do
	mkdir "$T/www$family"
	echo "v$family" >"$T/www$family/name"
done
start web4 rsp-register --pool Four -- python3 -m http.server \
	--bind 127.0.0.1 -d "$T/www4" 8004
# It looks its own name up before it listens.
start web6 rsp-register --pool Six -- python3 -m http.server --bind ::1 \
	-d "$T/www6" 8006
wait_for 20 has_elements Four 1 || fail "no IPv4 server"
wait_for 30 has_elements Six 1 || fail "no IPv6 server"
check "a server on ::1 is registered with that address" \
	eval 'rsp-resolve --json Six | grep -q \"::1\"'

# Dead and living, in this order.
element Dead4Live6 127.0.0.1 9 lu:0
element Dead4Live6 ::1 8006 lu:50
element Dead6Live4 ::1 9 lu:0
element Dead6Live4 127.0.0.1 8004 lu:50
element Dead6Live6 ::1 9 lu:0
element Dead6Live6 ::1 8006 lu:50
element Dead46Live6 127.0.0.1 9 lu:0
element Dead46Live6 ::1 9 lu:10
element Dead46Live6 ::1 8006 lu:50

urllib='import sys, urllib.request as u
sys.stdout.write(u.urlopen(sys.argv[1], timeout=eval(sys.argv[2])).read().decode())'
# Sockets of each family by hand: blocking, and mapped addresses.
family='import socket, sys
f = getattr(socket, sys.argv[2])
a = socket.getaddrinfo(sys.argv[1], 80, f, socket.SOCK_STREAM)[0]
s = socket.socket(f, socket.SOCK_STREAM)
s.connect(a[4])
assert s.getpeername()[:2] == a[4][:2], s.getpeername()
s.sendall(b"GET /name HTTP/1.0\r\n\r\n")
print(s.makefile().read().split()[-1])'
node='require("http").get(process.argv[1], r => r.pipe(process.stdout))
	.on("error", e => { console.error(e); process.exit(1) })'
java="java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

one_client()
{
	case $1 in
	curl) run curl -fsS "http://$2.pool.alt/name" ;;
	wget) run wget -qO- "http://$2.pool.alt/name" ;;
	urllib) run python3 -c "$urllib" "http://$2.pool.alt/name" None ;;
	urllib-timeout)
		run python3 -c "$urllib" "http://$2.pool.alt/name" 10 ;;
	AF_INET | AF_INET6) run python3 -c "$family" "$2.pool.alt" "$1" ;;
	node) run node -e "$node" "http://$2.pool.alt/name" ;;
	java-url) run $java "$top_srcdir/tests/lib/java/UrlGet.java" \
		"http://$2.pool.alt/name" ;;
	java-http) run $java "$top_srcdir/tests/lib/java/HttpClientGet.java" \
		"http://$2.pool.alt/name" ;;
	nc) printf 'GET /name HTTP/1.0\r\n\r\n' |
		run nc.openbsd "pool:$2" 80 | tail -n 1 ;;
	esac
}

for pool in Four=v4 Six=v6 Dead4Live6=v6 Dead6Live4=v4 Dead6Live6=v6 \
	Dead46Live6=v6; do
	bad=''
	for client in curl wget urllib urllib-timeout AF_INET AF_INET6 node nc \
		java-url java-http; do
		case $pool.$client in
		# Two seconds for each, and the mixed pools say more.
		Four*.java-* | Six*.java-http | Dead6Live6*.java-*) continue ;;
		esac
		no_marks
		got=$(one_client $client ${pool%=*} 2>"$T/client.log")
		[ "$got" = "${pool#*=}" ] && [ ! -s "$T/client.log" ] && continue
		bad="$bad $client"
		cat "$T/client.log" >&2
	done
	check "${pool%=*}: all clients reach the ${pool#*=} server" \
		[ "clients that do not:$bad" = 'clients that do not:' ]
done
