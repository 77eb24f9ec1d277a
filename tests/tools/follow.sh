#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# follow.sh - rsp-resolve --follow: every change of a pool, as text and as JSON,
# from one registrar and from the next when that is lost, and from one that knows
# no subscriptions
#
# Proves 5352-2.2.5-06, 5352-2.2.5-07, 5352-2.2.6-04.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need_python
need tshark tcpdump

# follow NAME [OPTION...]: in the background; $pid
follow()
{
	local name="$1"

	shift
	start "$name" rsp-resolve --follow "$@"
}

# lists NAME COUNT...: the last lists had so many elements (as JSON)
lists()
{
	local name="$1"

	shift
	python3 - "$T/$name.log" "$@" <<'END'
import json, sys
seen = [len(json.loads(line)["elements"]) for line in open(sys.argv[1])
        if line.startswith("{")]
want = [int(n) for n in sys.argv[2:]]
sys.exit(0 if seen[-len(want):] == want else 1)
END
}

# json NAME EXPRESSION: true of the last object `o`
json()
{
	python3 - "$T/$1.log" "$2" <<'END'
import json, sys
o = [json.loads(line) for line in open(sys.argv[1])
     if line.startswith("{")][-1]
sys.exit(0 if eval("(" + sys.argv[2] + ")") else print(json.dumps(o)) or 1)
END
}

# ends PID NAME STATUS: on SIGTERM
ends()
{
	local status

	kill -TERM "$1"
	wait "$1"
	status=$?
	[ "$status" = "$3" ] || fail "$2: exit $status, not $3"
}

# Nobody there, at the start: the same as without --follow.
timeout 20 rsp-resolve --follow Web >"$T/out" 2>"$T/ends.log"
check "no registrar: exit 3" [ $? = 3 ]
check "and one line that says what to do" \
	grep -q '^rsp-resolve: Web: no registrar.*tcp://127.0.0.1:3863 (connection refused).*rsp-registrar' \
	"$T/ends.log"

capture session 3863
start_registrar --listen tcp://127.0.0.1 --listen "unix://$T/asap"
follow json --json Web
json_pid=$pid
wait_for 10 lists json 0 || fail "nothing is said of an unknown pool"
check "an unknown pool has no policy" \
	json json 'o["pool"] == "Web" and o["policy"] is None and o["elements"] == []'

element Web 127.0.0.1 9001
one=$pid
wait_for 10 lists json 0 1 || fail "a pool that comes up is not seen"
check "the list is as ever" json json \
	'o["policy"] == "round-robin" and o["elements"][0]["port"] == 9001 and
	 o["registrar"] == "tcp://127.0.0.1:3863"'
follow text Web
text_pid=$pid
follow unix --registrar "unix://$T/asap" pool:Web
unix_pid=$pid
follow case web.pool.alt
case_pid=$pid
for name in text unix case; do
	wait_for 10 in_log $name '^Web: round-robin, 1 element, from ' ||
		fail "$name: no list"
done

element Web 127.0.0.1 9002
two=$pid
wait_for 10 lists json 1 2 || fail "a second element is not seen"
for name in text unix case; do
	wait_for 10 in_log $name '^Web: round-robin, 2 elements, from ' ||
		fail "$name: not told of the second element"
done
say "ok: everybody is told of a second element"
stop "$two"
wait_for 10 lists json 1 2 1 || fail "its end is not seen"
stop "$one"
wait_for 10 lists json 1 0 || fail "the end of the pool is not seen"
wait_for 10 in_log text '^Web: no such pool, from tcp://127.0.0.1:3863' ||
	fail "the end of the pool is not said"
element Web 127.0.0.1 9003
three=$pid
wait_for 10 lists json 0 1 || fail "the pool's return is not seen"
say "ok: a pool that ends and returns"

# With the state as it is now.
ends "$case_pid" "a known pool" 0
follow nowhere --json Nowhere
wait_for 10 lists nowhere 0 || fail "no list of nowhere"
ends "$pid" "an unknown pool" 1
end_capture session

asap_messages session >"$T/messages" || fail "not all is ASAP"
check "updates come without a question" [ \
	"$(count ' < resolution-response' "$T/messages")" -gt \
	"$(count ' > resolution' "$T/messages")" ]
asap_messages session --write "$T/sctp.pcap" >/dev/null
tshark -r "$T/sctp.pcap" -Y '_ws.malformed || _ws.expert' -V \
	>"$T/complaints.log" 2>/dev/null
check "tshark has no complaint" [ ! -s "$T/complaints.log" ]
for type in 5 6; do
	tshark -r "$T/sctp.pcap" -Y "asap.message_type == $type &&
		asap.message_flags == 1" >"$T/flagged" 2>/dev/null
	check "tshark sees the bit in messages of type $type" [ -s "$T/flagged" ]
done

# Another registrar takes over the talking; nobody has told it who follows.
start second rsp-registrar --listen tcp://127.0.0.1:4000 --enrp tcp://127.0.0.1:4001
second_pid=$pid
wait_for 10 listening tcp 4000 || fail "no second registrar"
RSP_REGISTRARS=tcp://127.0.0.1:4000 element Web 127.0.0.1 9009
follow both --json --registrar tcp://127.0.0.1:3863 \
	--registrar tcp://127.0.0.1:4000 Web
both_pid=$pid
wait_for 10 json both 'o["registrar"].endswith(":3863")' || fail "no list"
kill -9 "$registrar_pid"
wait_for 20 json both 'o["registrar"].endswith(":4000") and
	[e["port"] for e in o["elements"]] == [9009]' ||
	fail "it does not go on with the second registrar"
check "and says so in one line" grep -q \
	'rsp-resolve: tcp://127.0.0.1:3863 is lost' "$T/both.log"
RSP_REGISTRARS=tcp://127.0.0.1:4000 element Web 127.0.0.1 9010
wait_for 10 lists both 1 2 || fail "the second registrar tells nothing"
say "ok: the next registrar is subscribed to"
stop "$second_pid"
wait_for 10 grep -q 'tcp://127.0.0.1:4000 is lost' "$T/both.log" ||
	fail "the loss of the second is not said"
ends "$both_pid" "nobody any more" 3

# They come back, and so do those who wait.
start_registrar
element Web 127.0.0.1 9020
wait_for 20 json json '[e["port"] for e in o["elements"]] == [9020]' ||
	fail "the first one's return is not seen"

# One that knows no subscriptions is asked every second.
start plain python3 "$top_srcdir/tests/tools/unsubscribed.py" 4100 3863
wait_for 10 in_log plain ready || fail "no stand-in"
follow polling --json --registrar tcp://127.0.0.1:4100 Web
polling_pid=$pid
wait_for 10 lists polling 1 || fail "no list by polling"
element Web 127.0.0.1 9021
wait_for 10 lists polling 1 2 || fail "polling sees no change"
wait_for 10 eval '[ "$(count question "$T/plain.log")" -ge 4 ]' ||
	fail "it does not ask again"
check "what has not changed is not shown again" \
	[ "$(count '^{' "$T/polling.log")" = 2 ]
ends "$polling_pid" "polling" 0

timeout 20 rsp-resolve --follow --local Web 2>"$T/ends.log"
check "--follow and --local do not go together" [ $? = 2 ]
ends "$json_pid" "json" 0
ends "$text_pid" "text" 0
ends "$unix_pid" "unix" 3
