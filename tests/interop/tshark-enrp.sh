#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tshark-enrp.sh - Wireshark's ENRP dissector reads all that three registrars say
# to each other without a malformed packet or an expert's complaint
#
# They learn from each other, tell of changes, audit, and take over one that is
# killed; rsp-status asks.  As in tshark-session.sh each message of the TCP
# connections is judged as an SCTP chunk, here with PPID 12; what goes by
# multicast as it is.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need tshark tcpdump jq
need_python

ip route add 224.0.0.0/4 dev lo
capture enrp 9901
up() # NUMBER [OPTION...]
{
	local n="$1"

	shift
	start "registrar$n" rsp-registrar -v --id "0x1000000$n" \
		--listen "tcp://127.0.0.$n" --enrp "tcp://127.0.0.$n" \
		--enrp-announce 239.0.0.51%lo "$@"
	eval "registrar$n=$pid"
	wait_for 20 in_log "registrar$n" 'ready, ASAP' ||
		fail "registrar $n is not ready"
}
known() # NUMBER JQ-CONDITION
{
	rsp-status --json --registrar "tcp://127.0.0.$1" 2>/dev/null |
		jq -e "[.pools[].elements[]] as \$all | $2" >/dev/null
}

up 1
for port in 8001 8002 8003; do
	start_web web$port Web $port --lifetime 25
done
start_web odd 'Odd%00%FF%3A' 8006 --policy wrr:7
odd=$pid
wait_for 20 known 1 '$all | length == 4' || fail "four servers, not registered"
up 2
up 3 --peer tcp://127.0.0.1
for n in 2 3; do
	wait_for 20 known $n '$all | length == 4' || fail "$n does not know all"
done
stop "$odd"
for n in 2 3; do
	wait_for 20 known $n '$all | length == 3' ||
		fail "$n does not know who left"
done
stop "$registrar1" KILL
for n in 2 3; do
	wait_for 20 known $n \
		'($all | length == 3) and all($all[]; .home != "0x10000001")' ||
		fail "$n: the dead one still has elements"
done
end_capture enrp

asap_messages enrp --enrp --write "$T/sctp.pcap" >"$T/messages" ||
	fail "not all that was sent is ENRP messages: $(grep '!' "$T/messages")"
cut -d ' ' -f 4 "$T/messages" | sort | uniq -c | sed 's/^/    /'
for type in presence table-request table-response update list-request \
	list-response init-takeover init-takeover-ack takeover-server; do
	grep -q " $type " "$T/messages" || fail "the session had no $type"
done

# judge NAME CAPTURE FILTER: its messages, in $T/NAME.decoded
judge()
{
	local name="$1"

	tshark -r "$2" -Y "$3" -V >"$T/$name.decoded" 2>"$T/tshark.log" ||
		fail "tshark cannot read it"
	tshark -r "$2" -Y "($3) && (_ws.malformed || _ws.expert)" -V \
		>"$T/complaints.log" 2>/dev/null
	check "$name: not one malformed message and not one complaint" \
		[ ! -s "$T/complaints.log" ]
	# 48898 is 0xbf02, our own parameter, of the class that is skipped if
	# unknown.
	grep -iE 'malformed|expert|unknown (parameter|type|message)' \
		"$T/$name.decoded" |
		grep -v 'Unknown Parameter (type 48898 and' >"$T/doubts.log"
	check "$name: nothing unknown in what we send" [ ! -s "$T/doubts.log" ]
}
title='^Endpoint Handlespace Redundancy Protocol'
judge connections "$T/sctp.pcap" enrp
decoded=$(count "$title" "$T/connections.decoded")
check "tshark decoded every message, $decoded" \
	[ "$decoded" = "$(wc -l <"$T/messages")" ]
judge multicast "$T/enrp.pcap" 'udp && enrp'
decoded=$(count "$title" "$T/multicast.decoded")
check "... and presences by multicast, $decoded" [ "$decoded" -gt 5 ]
