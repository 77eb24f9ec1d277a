#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# main-registrar-outage.sh - clients work on while the registrar is gone, and
# notice nothing when it comes back without knowing anybody
#
# A cached answer lives 1 s here, so the outage is many times that.  RSP_SOAK=1:
# the outage lasts two minutes longer than the default lifetime.
# 5352-4.3 (stale answers), 5352-3.1 (PEs come back by themselves).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pools.sh"
TEST_TIMEOUT=${RSP_SOAK:+300}
setup
need curl
need_python

if [ -n "${RSP_SOAK:-}" ]; then
	outage=126
else
	outage=14
	export RSP_CACHE_TTL=1
fi

start_registrar
for n in 1 2 3; do
	start_web "web$n" Busy "800$n"
done
start_web web4 Quiet 8004
start_web web5 Sleepy 8005
wait_for 10 has_elements Busy 3 || fail "three servers, not registered"
wait_for 10 has_elements Quiet 1 || fail "one server, not registered"
wait_for 10 has_elements Sleepy 1 || fail "one server, not registered"

get()
{
	rsp-run curl -sS -m 20 -w '%{exitcode} %{http_code} %{time_total}\n' \
		-o /dev/null "http://$1.pool.alt/name"
}

# hammer FILE: clients of the busy pool until $T/enough exists
hammer()
{
	while [ ! -e "$T/enough" ]; do
		get Busy >>"$1" 2>>"$1.log"
		sleep 0.05
	done
}

# all_good FILE: every line a success
all_good()
{
	[ -s "$1" ] && ! grep -v '^0 200 ' "$1" >"$1.bad.log"
}

slowest()
{
	awk '{ print int($3 * 1000) }' "$@" | sort -n | tail -n 1
}

get Busy >"$T/first" && get Quiet >>"$T/first" && get Sleepy >>"$T/first"
check "cached before the outage" all_good "$T/first"
kill -9 "$registrar_pid"
wait_for 5 gone "$registrar_pid"
down=$(now_ms)
hammer "$T/outage" &
hammer "$T/outage2" &
wait_for 300 eval '[ $(($(now_ms) - down)) -ge $((outage * 1000)) ]'
get Quiet >"$T/quiet" 2>"$T/quiet.log"
check "a pool nobody asked for during the outage works at its end" \
	all_good "$T/quiet"

up=$(now_ms)
start_registrar
wait_for 10 has_elements Busy 3 || fail "servers do not come back"
back=$(($(now_ms) - up))
for n in 1 2 3 4 5 6 7 8; do
	get Sleepy
done >"$T/sleepy" 2>"$T/sleepy.log"
# Longer than the time for which an old answer is believed.
wait_for 20 eval '[ $(($(now_ms) - up)) -ge 5000 ]'
: >"$T/enough"
wait %1 %2 2>/dev/null
wait_for 5 eval '[ "$(jobs | grep -c hammer)" = 0 ]'

say "$(cat "$T/outage" "$T/outage2" | wc -l) requests over an outage of" \
	"$((up - down)) ms and 5 s after it, slowest" \
	"$(slowest "$T/outage" "$T/outage2") ms"
within "all PEs registered again after the restart" "$back" 2500
check "no request failed" all_good "$T/outage"
check "no request failed in the second series" all_good "$T/outage2"
check "a pool that was stale when the registrar came back works" \
	all_good "$T/sleepy"
within "the slowest request" "$(slowest "$T/outage" "$T/outage2")" 2000

# Again and again, at once: registrars that know nobody yet.
rm "$T/enough"
hammer "$T/restarts" &
n=0
while [ $n -lt 3 ]; do
	kill -9 "$registrar_pid"
	wait_for 5 gone "$registrar_pid"
	up=$(now_ms)
	start_registrar
	wait_for 10 has_elements Busy 3 || fail "servers do not come back"
	within "all PEs registered again after restart $n" \
		$(($(now_ms) - up)) 2500
	n=$((n + 1))
done
: >"$T/enough"
wait_for 5 eval '[ "$(jobs | grep -c hammer)" = 0 ]'
check "no request failed over three restarts" all_good "$T/restarts"
