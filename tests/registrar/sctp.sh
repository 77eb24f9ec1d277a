#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sctp.sh - ASAP over SCTP, all three ends ours, in a kernel that has it
#
# Proves 5352-2.1-02, 5352-3.3-19 (TCP and SCTP at the well-known port),
# 5352-2.1-03, 5352-4-12;
# 5352-3.1-01 and its like over the transport that RFC 5352 means, and
# that an association is a pool element's life line: lost, and it is gone.
TEST_TIMEOUT=240
. "$(dirname "$0")/../lib/lib.sh"
in_guest
setup
need python3

ip link add dummy0 type dummy 2>/dev/null
ip addr add 10.99.0.1/24 dev dummy0
ip addr add 10.99.0.2/24 dev dummy0
ip link set dummy0 up

sctp_listening() # PORT
{
	awk -v port="$1" '$6 == port { found = 1 } END { exit !found }' \
		/proc/net/sctp/eps
}

resolves() # ENDPOINT POOL COUNT
{
	[ "$(RSP_CACHE=off rsp-resolve --registrar "$1" --json "$2" 2>"$T/resolve.log" |
		grep -o '"id"' | wc -l)" = "$3" ]
}

says() # LOG PATTERN
{
	grep -qE -- "$2" "$T/$1.log"
}

# --- The defaults: loopback, TCP and SCTP.
start_registrar -v
check "a registrar listens on SCTP when the kernel has it" sctp_listening 3863
check "and says so" says registrar 'ready.*sctp://127.0.0.1:3863'
start_web one Web 8001 --registrar sctp://127.0.0.1
one=$pid
check "an element registers over SCTP" wait_for 30 says one \
	'registered 127.0.0.1:8001 .* at sctp://127.0.0.1:3863'
check "a user resolves over SCTP" resolves sctp://127.0.0.1 Web 1
check "... over TCP too" resolves tcp://127.0.0.1 Web 1
check "... over SCTP and IPv6" resolves 'sctp://[::1]' Web 1
start_web two Web 8002 --registrar tcp://127.0.0.1
check "an element over TCP is in the same pool" \
	wait_for 30 resolves sctp://127.0.0.1 Web 2
RSP_REGISTRARS=sctp://127.0.0.1 rsp-run curl -sS http://Web.pool.alt/name \
	>"$T/got" 2>"$T/curl.log"
check "a program under rsp-run reaches the pool" \
	grep -qE '^(one|two)$' "$T/got"
check "an unknown pool is unknown" resolves sctp://127.0.0.1 Nobody 0
check "with the usual words" says resolve 'Nobody'

# --- The end of an association.
stop "$(web_pid one)" KILL
wait_for 10 gone "$one" || fail "rsp-register stays"
check "a server's end is a deregistration" \
	wait_for 5 resolves sctp://127.0.0.1 Web 1
start_web three Web 8003 --registrar sctp://127.0.0.1
three=$pid
wait_for 30 resolves tcp://127.0.0.1 Web 2 || fail "three is not registered"
stop "$three" KILL
check "an association lost is an element lost" \
	wait_for 5 resolves tcp://127.0.0.1 Web 1
check "at once, without TCP's grace" says registrar \
	'removed: pool=Web .*reason="association lost"'

# --- A registrar that is away for a while.
stop "$registrar_pid"
start_web four Web 8004 --registrar sctp://127.0.0.1
check "an element waits for its registrar" \
	wait_for 30 says four 'no registrar answers \(sctp://127.0.0.1:3863: '
start_registrar -v
check "and joins when it comes" wait_for 30 resolves sctp://127.0.0.1 Web 2
check "the other one has come back, too" resolves tcp://127.0.0.1 Web 2
stop "$registrar_pid"

# --- Several addresses.
start_registrar -v --listen sctp://10.99.0.1,10.99.0.2 --listen tcp://10.99.0.1 \
	--keep-alive-interval 1
check "a registrar has several addresses" says registrar \
	'ready.*sctp://10.99.0.1,10.99.0.2:3863'
start_web five Multi 8005 --registrar sctp://10.99.0.1,10.99.0.2 \
	--address 10.99.0.2
five=$pid
check "an element registers there" wait_for 30 resolves tcp://10.99.0.1 Multi 1
check "the association has all addresses of both" \
	grep -qE '10\.99\.0\.1 .*10\.99\.0\.2 <-> .*10\.99\.0\.1.*10\.99\.0\.2' \
	/proc/net/sctp/assocs
check "a user names the second one" resolves sctp://10.99.0.2 Multi 1
ip addr del 10.99.0.1/24 dev dummy0
ip addr add 10.99.0.2/24 dev dummy0 2>/dev/null
acknowledged()
{
	rsp-resolve --registrar sctp://10.99.0.2 Multi >/dev/null 2>&1
}
check "the registrar is there without its first address" \
	wait_for 10 acknowledged
# Two keep-alives go by.
end=$(($(now_ms) + 3000))
while [ "$(now_ms)" -lt "$end" ]; do
	gone "$five" && fail "the element has ended"
	sleep 0.2
done
check "and the element is kept alive over what is left" acknowledged
