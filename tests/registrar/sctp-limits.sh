#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sctp-limits.sh - the registrar over SCTP with strangers of every kind, and a
# far end that vanishes
TEST_TIMEOUT=240
# Proves 5352-5-01, 5352-5-02, 5352-8.3-01, 5353-5.4-01.
. "$(dirname "$0")/../lib/lib.sh"
in_guest
setup
need python3 ip

RSP_CACHE=off
export RSP_CACHE
talk=$top_srcdir/tests/lib/sctp_talk.py

# The far host is a network namespace at the end of a cable.
far="rsp-$$"
ip netns add "$far" || skip "ip netns does not work here"
ip link add near type veth peer name far netns "$far"
ip addr add 10.99.1.1/24 dev near
ip link set near up
ip -n "$far" addr add 10.99.1.2/24 dev far
ip -n "$far" link set far up
ip -n "$far" link set lo up

sctp_listening() # PORT
{
	awk -v port="$1" '$6 == port { found = 1 } END { exit !found }' \
		/proc/net/sctp/eps
}

resolves() # POOL COUNT
{
	[ "$(rsp-resolve --registrar sctp://10.99.1.1 --json "$1" \
		2>"$T/resolve.log" | grep -o '"id"' | wc -l)" = "$2" ]
}

says() # LOG PATTERN
{
	grep -qE -- "$2" "$T/$1.log"
}

start registrar rsp-registrar -v --listen sctp://10.99.1.1 \
	--listen tcp://10.99.1.1 --max-connections 250 \
	--max-connections-per-address 200 --message-timeout 2 \
	--tcp-keep-alive 1 --max-pending-output 300000
wait_for 10 sctp_listening 3863 || fail "rsp-registrar is not ready"
start far ip netns exec "$far" env PATH="$PATH" rsp-register --pool Far \
	--registrar sctp://10.99.1.1 -- \
	python3 -m http.server --bind 10.99.1.2 -d "$T" 8001
check "an element of another host registers" wait_for 30 resolves Far 1

check "ENRP has a protocol identifier of its own" \
	timeout 60 python3 "$talk" 127.0.0.1 enrp
for what in protocols garbage parts long; do
	check "$what: $(sed -n "s/^.*HOST $what  *//p" "$talk")" \
		timeout 60 python3 "$talk" 10.99.1.1 $what
	check "... and others are served" resolves Far 1
done

# Answers worth a question: 100 elements.
start many python3 "$talk" 10.99.1.1 many Many 100
check "100 elements over one association" wait_for 30 says many registered
check "late: $(sed -n 's/^.*HOST late POOL  *//p' "$talk")" \
	timeout 60 python3 "$talk" 10.99.1.1 late Many
start deaf timeout 60 python3 "$talk" 10.99.1.1 deaf Many
check "who reads nothing is cut off" wait_for 30 says deaf cut
check "... which the log says" says registrar 'does not read|reads too slowly'
check "... and others are served" resolves Far 1

# Silent associations; the element and users keep their place.
start crowd ip netns exec "$far" python3 "$talk" 10.99.1.1 crowd 300
check "a crowd meets the limit for its address" wait_for 30 \
	says registrar 'refused: from=10.99.1.2.*max-connections-per-address'
check "... and others are served" resolves Far 1
check "... and it is gone when it says nothing" wait_for 30 says crowd '^left: 0$'
check "... and elements are not" resolves Far 1

# A cable is cut: no word from the far host any more.
began=$(now_ms)
ip link set near down
check "a host that vanishes is noticed" wait_for 30 \
	says registrar 'removed: pool=Far'
say "after $(($(now_ms) - began)) ms"
