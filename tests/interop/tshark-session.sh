#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tshark-session.sh - Wireshark's ASAP dissector reads a whole session of ours
# without a malformed packet or an expert's complaint
#
# The session has every kind of ASAP message that goes over our connections, and
# both outcomes of each.  It is captured as TCP; asap_messages.py writes each
# message as an SCTP chunk with PPID 11, which is what the dissector knows.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need tshark tcpdump curl
need_python

capture session 3863
start_registrar --keep-alive-interval 1
start_web web1 Web 8001 --lifetime 25
first=$pid
start_web web2 Web 8002 --policy rr
wait_for 10 has_elements Web 2 || fail "two servers, not registered"
start_web web3 Web 8003 --policy wrr:3	# refused: the pool is round robin
start_web heavy Weighted 8004 --policy wrr:3
start_web least Least 8005 --policy lu:20
start_web odd 'Odd%00%FF%3A' 8006 --policy random
for pool in Weighted Least 'Odd%00%FF%3A'; do
	wait_for 30 has_elements "$pool" 1 || fail "$pool has no server"
done
wait_for 10 in_log web3 '^rsp-register' || fail "a second policy was no error"
for pool in Web Weighted Least; do
	rsp-run curl -fsS -o "$T/got" http://$pool.pool.alt/name || fail curl
done
rsp-resolve Nowhere 2>/dev/null		# an unknown pool
dead_element Ghosts			# an unreachable one
rsp-run curl -sS -o "$T/got" http://ghosts.pool.alt/ 2>/dev/null
# Enough for a keep-alive and its answer.
wait_for 10 eval 'asap_messages session | grep -q " > keep-alive-ack "' ||
	fail "no keep-alive in this session"
stop "$first"				# a deregistration
stop "$registrar_pid"
end_capture session

asap_messages session --write "$T/sctp.pcap" >"$T/messages" ||
	fail "not all that was sent is ASAP messages: $(grep '!' "$T/messages")"
cut -d ' ' -f 3,4 "$T/messages" | sort | uniq -c | sed 's/^/    /'
for type in '> registration' '< registration-response' '> deregistration' \
	'< deregistration-response' '> resolution' '< resolution-response' \
	'< keep-alive' '> keep-alive-ack' '> unreachable'; do
	grep -q " $type " "$T/messages" || fail "the session had no $type"
done

tshark -r "$T/sctp.pcap" -V >"$T/decoded" 2>"$T/tshark.log" ||
	fail "tshark cannot read it"
decoded=$(count '^Aggregate Server Access Protocol' "$T/decoded")
say "$(wc -l <"$T/messages") messages, $decoded decoded"
check "tshark decoded every message" \
	[ "$decoded" = "$(wc -l <"$T/messages")" ]
tshark -r "$T/sctp.pcap" -Y '_ws.malformed || _ws.expert' -V \
	>"$T/complaints.log" 2>/dev/null
check "not one malformed message and not one complaint" \
	[ ! -s "$T/complaints.log" ]
# 48897 is 0xbf01, our own parameter, of the class that is skipped if unknown.
grep -iE 'malformed|expert|unknown (parameter|type|message)' "$T/decoded" |
	grep -v 'Unknown Parameter (type 48897 and 0 bytes value)' \
		>"$T/doubts.log"
check "nothing unknown in what we send" [ ! -s "$T/doubts.log" ]
