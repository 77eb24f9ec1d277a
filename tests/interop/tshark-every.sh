#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tshark-every.sh - Wireshark's dissectors read all that we can write: every
# message, flag, parameter, error cause and policy
#
# every_message walks the codec's tables and fails when a row is left out.  A
# stranger who knows each number and finds nothing to complain of is the proof
# of 5354-3-08 and 5354-3.12-03, and that nothing is sent that the standards do
# not have: 5352-8.1-01, 5353-2-04, -05, 5354-4-02, 5354-5.1-01, 5354-5.2-01.
. "$(dirname "$0")/../lib/lib.sh"
setup shared
need tshark

"$top_builddir/tests/interop/every_message" "$T/every.pcap" >"$T/ours" 2>"$T/every.log" ||
	fail "a row of the codec's tables is not in the session"
say "$(wc -l <"$T/ours") messages"

tshark -r "$T/every.pcap" -V >"$T/decoded" 2>"$T/tshark.log" ||
	fail "tshark cannot read it"
check "tshark decodes every message" \
	[ "$(grep -cE '^Aggregate Server Access|^Endpoint Handlespace' \
		"$T/decoded")" = "$(wc -l <"$T/ours")" ]
tshark -r "$T/every.pcap" -Y '_ws.malformed || _ws.expert' -T fields \
	-e frame.number -e _ws.expert.message >"$T/complaints.log" 2>/dev/null
check "not one is malformed, and there is no complaint" \
	[ ! -s "$T/complaints.log" ]

# What Wireshark 4.0 has no name for, all of it meant: two of the RFCs' own
# numbers (opaque transports, cause 0), the number that draft delay prints, our
# own parameters, the policy that is nobody's, and what errors enclose.
cat >"$T/nameless" <<END
Cause Code: Unknown (0x0000)
Parameter Type: Unknown (0x0010)
Parameter Type: Unknown (0xbf01)
Parameter Type: Unknown (0xbf02)
Parameter Type: Unknown (0xc011)
Policy Type: Unknown (0x40000010)
Policy Type: Unknown (0xc0000077)
Type: Unknown (65)
END
grep -oE '[A-Z][A-Za-z]* ?[A-Za-z]*: Unknown \(.*' "$T/decoded" | sort -u \
	>"$T/unknown"
check "and it has a name for all else" diff "$T/nameless" "$T/unknown"
