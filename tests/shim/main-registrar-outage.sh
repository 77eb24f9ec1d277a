#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# main-registrar-outage.sh - clients work on while the registrar is gone, and
# notice nothing when it comes back without knowing anybody
#
# A cached answer lives 1 s here, so the outage is many times that.  RSP_SOAK=1:
# the outage lasts two minutes longer than the default lifetime.
# 5352-3.3-15, 5352-3.3-16 (stale answers), 5352-3.1 (PEs come back by themselves).
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
TEST_TIMEOUT=${RSP_SOAK:+300}
setup
need curl tcpdump
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
	registers="${registers:-} $pid"
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
hammers=$!
hammer "$T/outage2" &
hammers="$hammers $!"
wait_for 300 eval '[ $(($(now_ms) - down)) -ge $((outage * 1000)) ]'
get Quiet >"$T/quiet" 2>"$T/quiet.log"
check "a pool nobody asked for during the outage works at its end" \
	all_good "$T/quiet"

up=$(now_ms)
start_registrar
for n in 1 2 3 4 5 6 7 8; do
	get Sleepy
done >"$T/sleepy" 2>"$T/sleepy.log"
wait_for 10 has_elements Busy 3 || fail "servers do not come back"
back=$(($(now_ms) - up))
# Longer than the time for which an old answer is believed.
wait_for 20 eval '[ $(($(now_ms) - up)) -ge 5000 ]'
: >"$T/enough"
wait $hammers

say "$(cat "$T/outage" "$T/outage2" | wc -l) requests over an outage of" \
	"$((up - down)) ms and 5 s after it, slowest" \
	"$(slowest "$T/outage" "$T/outage2") ms"
within "all PEs registered again after the restart" "$back" 2000
check "no request failed" all_good "$T/outage"
check "no request failed in the second series" all_good "$T/outage2"
check "a pool that was stale when the registrar came back works" \
	all_good "$T/sleepy"
within "the slowest request" "$(slowest "$T/outage" "$T/outage2")" 2000

# Again and again: registrars that know nobody, and are asked at once.  The
# servers' rsp-registers are held up for a second, to make sure of that.
rm "$T/enough"
RSP_CACHE_TTL=0.05
export RSP_CACHE_TTL
hammer "$T/restarts" &
hammers=$!
capture restarts 3863
n=0
while [ $n -lt 3 ]; do
	kill -STOP $registers
	kill -9 "$registrar_pid"
	wait_for 5 gone "$registrar_pid"
	start_registrar
	up=$(now_ms)
	wait_for 5 eval '[ $(($(now_ms) - up)) -ge 1000 ]'
	rsp-resolve Busy >/dev/null 2>&1 && fail "this registrar knows somebody"
	kill -CONT $registers
	up=$(now_ms)
	wait_for 10 has_elements Busy 3 || fail "servers do not come back"
	within "all PEs registered again after restart $n" \
		$(($(now_ms) - up)) 2000
	n=$((n + 1))
done
: >"$T/enough"
wait $hammers
end_capture restarts
# A positive answer has a policy and an element, at least 50 bytes.  Three times
# it was rsp-resolve that asked.
unknown=$(asap_messages restarts |
	awk '/ < resolution-response [0-9]+ Busy$/ && $5 < 50' | wc -l)
check "clients were told $unknown times that the pool is unknown" \
	[ "$unknown" -ge 4 ]
check "and no request failed over three restarts" all_good "$T/restarts"
