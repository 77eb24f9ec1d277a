#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tshark-vectors.sh - Wireshark's dissectors read every valid vector
#
# Proves 5352-2.2-01: every message that decodes here is decoded there, as the
# same type, and without a complaint.  One complaint is a bug of theirs: an
# Inconsistent Pooling Policy cause without the policy, as RSPLIB sends it, is
# "malformed" (seen in 4.0); it is in rsplib.hex only.
. "$(dirname "$0")/../lib/lib.sh"
setup shared
need tshark

vectors=$top_srcdir/tests/data/vectors
complaint='_ws.malformed || _ws.expert.severity >= 0x400000' # from "note" on

messages() # NAME FILE: $T/NAME.pcap, and what is in it in $T/NAME.ours
{
	"$top_builddir/tests/interop/messages_to_pcap" "$T/$1.pcap" vectors "$2" \
		>"$T/$1.ours" || fail "$2 cannot be written as a capture"
}

# CAPTURE: protocol and type of each message, as tshark reads it (which also
# looks into messages that errors enclose: the first is what counts).
types()
{
	tshark -r "$1" -T fields -e asap.message_type -e enrp.message_type \
		2>"$T/tshark.log" |
		awk -F'\t' '{
		sub(/,.*/, "", $1); sub(/,.*/, "", $2)
		print $1 != "" ? "asap " $1 : "enrp " $2 }'
}

complaints() # CAPTURE: numbers of messages that tshark dislikes
{
	tshark -r "$1" -Y "$complaint" -T fields -e frame.number \
		2>"$T/tshark.log"
}

for file in asap enrp lenient unknown rsplib; do
	messages "$file" "$vectors/$file.hex"
	# Unknown types have no field of their own: none of them is valid.
	cut -d' ' -f1-2 "$T/$file.ours" >"$T/$file.types"
	types "$T/$file.pcap" >"$T/$file.theirs"
	check "tshark sees the messages of $file.hex as what they are" \
		diff "$T/$file.types" "$T/$file.theirs"
	for n in $(complaints "$T/$file.pcap"); do
		name=$(sed -n "${n}p" "$T/$file.ours")
		case $name in
		*': cause 5 without the policy') ;;
		*) fail "tshark dislikes \"$name\" of $file.hex" ;;
		esac
	done
	say "ok: $(wc -l <"$T/$file.ours") messages of $file.hex, no complaint"
done

# The judge is awake.
sed 's/^= \([a-z]*\) RSP_[A-Z]*/= \1 ok/' "$vectors/malformed.hex" >"$T/bad.hex"
messages bad "$T/bad.hex"
check "tshark dislikes some of malformed.hex" \
	test "$(complaints "$T/bad.pcap" | wc -l)" -ge 10

# Messages back to back, as on a TCP connection, one of them the longest.
printf '\005\000\000\004\013\000\377\377\000\015\377\373' >"$T/stream"
head -c 65528 /dev/zero >>"$T/stream"
"$top_builddir/tests/interop/messages_to_pcap" "$T/stream.pcap" asap "$T/stream" \
	>"$T/stream.ours" || fail "a stream cannot be written as a capture"
check "a long message is one message" \
	test "$(types "$T/stream.pcap" | tail -n 1)" = "asap 11"
printf '\005\000' >>"$T/stream"
! "$top_builddir/tests/interop/messages_to_pcap" "$T/stream.pcap" asap "$T/stream" \
	>/dev/null 2>&1 || fail "half a message at the end goes unnoticed"
