#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sctp-distance.sh - the registrar measures how far its elements are, over a
# link with a delay
#
# Proves delay-2.1-01: half the round trip that SCTP, or TCP, has measured.
TEST_TIMEOUT=120
. "$(dirname "$0")/../lib/lib.sh"
in_guest sch_netem
setup
need python3 ip tc

ip netns add far 2>/dev/null || skip "no network namespace may be made here"
ip link add near0 type veth peer name far0 netns far
ip addr add 10.98.0.1/24 dev near0
ip link set near0 up
ip -n far addr add 10.98.0.2/24 dev far0
ip -n far link set far0 up
ip -n far link set lo up
ip netns exec far tc qdisc add dev far0 root netem delay 200ms \
	2>"$T/tc.log" || skip "links cannot be delayed here"

start registrar rsp-registrar -v --listen sctp://10.98.0.1 \
	--listen tcp://10.98.0.1
wait_for 10 grep -q ": ready" "$T/registrar.log" || fail "rsp-registrar is not ready"

distance() # POOL
{
	rsp-resolve --registrar tcp://10.98.0.1 --json "$1" 2>/dev/null |
		sed -n 's/.*"distance": *\([0-9]*\).*/\1/p' | head -n 1
}

# An acknowledgement may be late by 200 ms.
is_right() # POOL
{
	case $(distance "$1") in
	100 | 150 | 200) ;;
	*) return 1 ;;
	esac
}

for way in sctp tcp; do
	start $way ip netns exec far rsp-register --pool $way \
		--policy lu-dpf:10,1 --lifetime 4 --registrar $way://10.98.0.1 \
		-- python3 -m http.server --bind 10.98.0.2 8001
	check "$way: half of the 200 ms there and back is the distance" \
		wait_for 40 is_right $way
	say "$way: $(distance $way) ms"
	stop "$pid" TERM 20
done
