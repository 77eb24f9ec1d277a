#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# enrp-partition.sh - registrars that do not reach each other both serve, and
# agree again once they do; they find each other by multicast alone
TEST_TIMEOUT=180
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
. "$(dirname "$0")/../lib/hosts.sh"
setup
need curl jq bridge
need_python

hosts 1 2 10 11 20

# Nobody is told of anybody.
registrar 1 --enrp-announce 239.0.0.51%eth0
registrar 2 --enrp-announce 239.0.0.51%eth0
start_on 10 server10 python3 "$top_srcdir/tests/lib/many_ports.py" 10.88.0.10 8000 8
start_on 11 server11 python3 "$top_srcdir/tests/lib/many_ports.py" 10.88.0.11 8000 8
for n in 10 11; do
	wait_for 10 in_log server$n ready || fail "no server $n"
done
check "they find each other by multicast" wait_for 20 eval \
	'knows 1 ".peers | length == 1" && knows 2 ".peers | length == 1"'

# put NAME HOST REGISTRAR POOL PORT: one element, at that registrar only
put()
{
	RSP_REGISTRARS=tcp://10.88.0.$3 start_on "$2" "$1" \
		rsp-register --pool "$4=$5"
	eval "$1=$pid"
}

gets() # POOL [REGISTRAR]
{
	RSP_REGISTRARS=tcp://10.88.0.$2 RSP_CACHE=off on 20 rsp-run curl -fsS \
		--max-time 5 -o /dev/null "http://$1.pool.alt/"
}

put a 10 1 Web 8000
put b 11 2 Web 8000
put c 10 1 Old 8001
wait_for 10 eval 'has 1 3 && has 2 3' || fail "three elements are not known"
check "both say the same" alike 1 2

# Nobody between them.
one=$(id_of 1) two=$(id_of 2)
part 1 2
apart()
{
	knows 1 'all($all[]; .home == $id)' --arg id "$one" &&
		knows 2 'all($all[]; .home == $id)' --arg id "$two"
}
check "each takes the other for dead" wait_for 20 apart
# An element has one home: each side has called those of the other, which obeyed,
# and so left the side that they were on.
for n in 1 2; do
	check "registrar $n serves" gets Web $n
done
# What happens meanwhile.
put d 10 1 New 8002
put e 11 2 Newer 8002
put f 11 1 Web 8003
stop "$c"
check "registrar 1 serves what is new there" wait_for 10 gets New 1
check "registrar 2 serves what is new there" wait_for 10 gets Newer 2
# Longer than any grace.
end=$(($(now_ms) + 6000))
while [ "$(now_ms)" -lt "$end" ]; do
	gets Web 1 && gets Web 2 && gets New 1 && gets Newer 2 ||
		fail "what is there is not served"
	sleep 0.3
done

# Healed: they meet again, and from then on have one heartbeat.
met()
{
	[ "$(count 'peer up' "$T/registrar1.log" "$T/registrar2.log")" -gt "$ups" ]
}
ups=$(count 'peer up' "$T/registrar1.log" "$T/registrar2.log")
unite 1 2
wait_for 30 met || fail "they do not find each other again"
begin=$(now_ms)
wait_for 20 eval 'alike 1 2 && has 1 5 && has 2 5' || {
	cat "$T/handlespace1" >&2
	echo >&2
	cat "$T/handlespace2" >&2
	fail "they do not agree"
}
within "after healing both know all five" $(($(now_ms) - begin)) 2500
for pool in Web New Newer; do
	for n in 1 2; do
		gets $pool $n || fail "$pool is not served by registrar $n"
	done
done
say "ok: all pools are served by both"
