#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# main-names.sh - the forms of a pool's name, in the programs that people use
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup mounts
need curl wget nc redis-cli redis-server psql
need_python

start_registrar
start_web web1 DownloadPool 8001
start_redis 6379
served Cache 6379
start_postgres 5432
served Data 5432
wait_for 10 has_elements DownloadPool 1 || fail "no server"

# says "claim" ANSWER COMMAND [ARG...]
says()
{
	local claim="$1" want="$2" got

	shift 2
	got=$("$@" 2>"$T/says.log") || fail "$claim: exit $?: $got"
	check "$claim" [ "$got" = "$want" ]
	[ ! -s "$T/says.log" ] || say "it said: $(cat "$T/says.log")"
}

# With nothing in the environment but the library: the cache is where nobody
# said, so this user's own place of the kind is covered.
bare=/tmp/rsp-$(id -u)
mkdir -p "$bare"
mount -t tmpfs -o mode=700 tmpfs "$bare" || fail "no mount over $bare"
says "LD_PRELOAD and nothing else" web1 env -i \
	${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} LD_PRELOAD="$SHIM" "$(command -v curl)" -fsS \
	http://DownloadPool.pool.alt/name
check "the cache is shared there" [ -n "$(ls "$bare")" ]

# A quiet end: the answer's last line.
nc_get()
{
	printf 'GET /name HTTP/1.0\r\n\r\n' | run "$1" "$2" 80 | tail -n 1
}
for nc in nc.openbsd nc.traditional ncat; do
	command -v $nc >/dev/null || continue
	says "$nc pool:DownloadPool" web1 nc_get $nc pool:DownloadPool
done
says "redis-cli -h pool:Cache" PONG run redis-cli -h pool:Cache ping
says "psql -h pool:Data" 42 run psql -h pool:Data -U postgres -Atc \
	'select 42'
says "psql with a URL and the dotted name" 42 run psql -Atc 'select 42' \
	postgresql://postgres@Data.pool.alt/postgres
urllib='import sys, urllib.request as u
print(u.urlopen(sys.argv[1]).read().decode().strip())'
# urllib wants a port after the second colon, or takes the name for one.
says "urllib http://pool:DownloadPool:80/" web1 run python3 -c "$urllib" \
	http://pool:DownloadPool:80/name
says "urllib with a port that is ignored" web1 run python3 -c "$urllib" \
	http://DownloadPool.pool.alt:8088/name
says "wget, which lower-cases" web1 run wget -qO- \
	http://DownloadPool.pool.alt/name
says "a trailing dot" web1 run curl -fsS \
	http://DownloadPool.pool.alt./name
says "another case" web1 run curl -fsS http://DOWNLOADPOOL.Pool.Alt/name
hex=$(printf DownloadPool | od -An -tx1 | tr -d ' \n')
says "x--HEX" web1 run curl -fsS "http://x--$hex.pool.alt/name"
says "x--HEX with dots" web1 run curl -fsS \
	"http://x--$(echo "$hex" | sed 's/......../&./g; s/\.$//').pool.alt/name"
says "%XX in the colon form" web1 run python3 -c '
import socket
s = socket.create_connection(("pool:Down%6coad%50ool", 80))
s.sendall(b"GET /name HTTP/1.0\r\n\r\n")
print(s.makefile().read().split()[-1])'
says "RSP_DOMAIN" web1 env RSP_DOMAIN=servers.example rsp-run curl -fsS \
	http://DownloadPool.servers.example/name
for client in 'curl -fsS' 'wget -qO-'; do
	# shellcheck disable=SC2086 # two words
	run $client http://pool:DownloadPool/name \
		>"$T/refused" 2>&1 &&
		fail "$client takes the colon form now: rspool(7) is wrong"
done

# Two handles that differ in case alone: the exact one, or none.
start_web web2 downloadpool 8002
wait_for 10 has_elements downloadpool 1 || fail "no second server"
no_marks
says "of two cases the exact one" web1 run curl -fsS \
	http://DownloadPool.pool.alt/name
says "and the other exact one" web2 run curl -fsS \
	http://downloadpool.pool.alt/name
run curl -sS http://DOWNLOADPOOL.pool.alt/name 2>"$T/case.log" &&
	fail "one of two handles was picked by guessing"
check "the log says that two handles differ in case alone" \
	grep -qi 'case' "$T/case.log"
