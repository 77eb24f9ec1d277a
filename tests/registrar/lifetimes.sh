#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lifetimes.sh - servers come and go in order under load, and no request fails:
# a pool element leaves the pool before its server stops to listen
#
# 5352-3.2: deregistration.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
TEST_TIMEOUT=${RSP_SOAK:+300}
setup
need curl
need_python

rounds=3
[ -n "${RSP_SOAK:-}" ] && rounds=30
# The first one leaves with the default, the others with less time for clients
# to hear of it, and clients that ask as much more often.
export RSP_CACHE_TTL=0.5

start_registrar
start_web web0 Web 8000
start_web web1 Web 8001
leaving=$pid
wait_for 10 has_elements Web 2 || fail "two servers, not registered"
no_marks

# Clients until $T/enough exists.
hammer()
{
	while [ ! -e "$T/enough" ]; do
		rsp-run curl -sS -m 20 -o /dev/null -w \
			'%{exitcode} %{http_code} %{time_total}\n' \
			http://Web.pool.alt/name >>"$1" 2>>"$1.log"
	done
}
for n in 1 2 3; do
	hammer "$T/clients$n" &
	hammers="${hammers:-} $!"
done

n=1
while [ $n -le $rounds ]; do
	server=$(web_pid web$n)
	wait_for 20 eval '[ "$(count " 200 " "$T/web'$n'.log")" -ge 20 ]' ||
		fail "web$n gets no requests"
	next=$((n + 1))
	start_web web$next Web $((8000 + next)) --drain 1
	arriving=$pid
	wait_for 10 has_elements Web 3 || fail "web$next is not registered"
	begin=$(now_ms)
	kill -TERM "$leaving"
	wait_for 20 gone "$leaving" || fail "rsp-register outlives SIGTERM"
	gone "$server" || fail "rsp-register ended before its server"
	say "web$n left in $(($(now_ms) - begin)) ms"
	check "and the pool knows" has_elements Web 2
	leaving=$arriving
	n=$next
done
: >"$T/enough"
wait $hammers
cat "$T"/clients[123] >"$T/clients"
grep -v '^0 200 ' "$T/clients" >"$T/bad.log"
say "$(wc -l <"$T/clients") requests over $rounds orderly ends, slowest" \
	"$(awk '{ print $3 }' "$T/clients" | sort -n | tail -n 1) s"
check "no request failed" [ ! -s "$T/bad.log" ]
check "there were requests" [ "$(wc -l <"$T/clients")" -ge 50 ]

# rsp-register killed with -9: the server lives on, unpooled.
server=$(web_pid web$n)
kill -9 "$leaving"
check "killed with -9, rsp-register takes its registration along" \
	wait_for 4 has_elements Web 1
gone "$server" && fail "the server of a killed rsp-register died"
check "and leaves the server alive" \
	curl -fsS -o /dev/null http://127.0.0.1:$((8000 + n))/name
