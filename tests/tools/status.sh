#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# status.sh - rsp-status shows a registrar, its peers, pools and elements, and
# is nobody's peer
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3 curl

# ask PYTHON-EXPRESSION of the last --json answer, as `d`
holds()
{
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
def pool(name): return [p for p in d["pools"] if p["pool"] == name][0]
sys.exit(not eval("(" + sys.argv[2] + ")"))' "$T/json" "$1"
}

status() # WANTED-EXIT-STATUS OPTION...
{
	local want="$1"

	shift
	rsp-status "$@" >"$T/out" 2>"$T/status.log"
	[ $? = "$want" ]
}

shows() # EXPRESSION [OPTION...]
{
	local expression="$1"

	shift
	rsp-status --json "$@" >"$T/json" 2>"$T/status.log" &&
		holds "$expression"
}

# Nobody there, and what cannot be meant.
check "no registrar: 3" status 3
check "... and how to have one" grep -q 'tcp://127.0.0.1:9901 (Connection refused)' \
	"$T/status.log"
check "no such host: 3" status 3 --registrar tcp://nowhere.invalid
check "an argument: 2" status 2 Web
check "no endpoint: 2" status 2 --registrar ftp://a
check "no option: 2" status 2 --nonsense

# One registrar.
start_registrar -v --id 0x11
check "an empty registrar" shows \
	'd["registrar"]["id"] == "0x00000011" and d["registrar"]["serves"]
	and d["peers"] == [] and d["pools"] == []
	and d["registrar"]["checksum"] == "0xffff"'
start_web web1 Web 8001
start_web web2 Web 8002
start_web odd 'a%00b "%FF' 8003 --policy wrr:7 --lifetime 40
wait_for 20 has_elements Web 2 || fail "two servers, not registered"
wait_for 20 has_elements 'a%00b "%FF' 1 || fail "a third, not registered"
check "two pools" shows 'len(d["pools"]) == 2
	and d["registrar"]["elements"] == 3
	and len(pool("Web")["elements"]) == 2
	and {e["port"] for e in pool("Web")["elements"]} == {8001, 8002}
	and all(e["home"] == "0x00000011" and e["age"] is None
		for e in pool("Web")["elements"])'
check "odd handles as rsp-resolve takes them, policy values, life" holds \
	'pool("a%00b%20\"%FF")["policy"] == "weighted-round-robin"
	and pool("a%00b%20\"%FF")["elements"][0]["policy"]["weight"] == 7
	and pool("a%00b%20\"%FF")["elements"][0]["life"] == 40'
check "text, too" status 0
check "... the registrar" grep -q '^registrar 0x00000011, tcp://127.0.0.1:9901, serves tcp://127.0.0.1:3863 (' "$T/out"
check "... sums" grep -qx '2 pools, 3 elements, home of 3' "$T/out"
check "... elements" grep -q '^  0x[0-9a-f]*  tcp 127.0.0.1:8001  rr  home 0x00000011  life 90 s$' "$T/out"
check "the registrar has made nobody its peer" sh -c '! grep -q peer "$1"' sh \
	"$T/registrar.log"

# --watch: an element that comes is as old as it is seen.
rsp-status --json --watch >"$T/watched" &
watcher=$!
wait_for 10 test -s "$T/watched" || fail "nothing is watched"
start_web late Late 8004
aged()
{
	tail -n 1 "$T/watched" | grep -qE '"Late".*"age": [1-9]'
}
check "a late one has an age" wait_for 20 aged
stop $watcher

# A second one, which is a peer; endpoints of another kind.
start second rsp-registrar -v --id 0x22 --listen "unix://$T/asap" \
	--enrp tcp://127.0.0.2:9902 --peer tcp://127.0.0.1
second=$pid
check "the peer, and what it has" wait_for 20 shows \
	'[p["id"] for p in d["peers"]] == ["0x00000022"]
	and d["peers"][0]["transports"][0]["port"] == 9902'
check "it knows all" wait_for 20 shows \
	'd["registrar"]["id"] == "0x00000022" and d["registrar"]["elements"] == 0
	and d["registrar"]["serves"]
	and [(p["id"], p["elements"]) for p in d["peers"]] == [("0x00000011", 4)]
	and len(d["pools"]) == 3' \
	--registrar "unix://$T/asap" --enrp tcp://127.0.0.2:9902
RSP_REGISTRARS=tcp://127.0.0.9,tcp://127.0.0.1
export RSP_REGISTRARS
check "those that do not answer are passed over" shows \
	'd["registrar"]["id"] == "0x00000011"'
unset RSP_REGISTRARS
stop "$second" KILL

# One that has yet to learn from somebody.
python3 -c 'import socket, sys, time
s = socket.create_server(("127.0.0.4", 9901))
open(sys.argv[1], "w").close()
time.sleep(60)' "$T/mute" &
wait_for 10 test -e "$T/mute" || fail "nobody listens"
start third rsp-registrar --id 0x33 --listen tcp://127.0.0.3 \
	--enrp tcp://127.0.0.3 --peer tcp://127.0.0.4 --mentor-hunt 30 \
	--max-time-no-response 30
third=$pid
check "one that is not ready: 1" wait_for 20 status 1 \
	--enrp tcp://127.0.0.3
stop "$third" KILL
say "done"
