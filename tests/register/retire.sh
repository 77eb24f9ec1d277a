#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# retire.sh - a registrar ends in order and gives its elements away: they
# ask it first, and it lets them go
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3

start one rsp-registrar --listen tcp://127.0.0.1:3863 --enrp tcp://127.0.0.1:9901 \
	--announce off --peer tcp://127.0.0.1:9902
one=$pid
start two rsp-registrar --listen tcp://127.0.0.1:3864 --enrp tcp://127.0.0.1:9902 \
	--announce off --peer tcp://127.0.0.1:9901
wait_for 20 grep -q 'peer up' "$T/one.log" || fail "they do not meet"
wait_for 20 grep -q 'peer up' "$T/two.log" || fail "they do not meet"

cat >"$T/listen.py" <<'END'
import socket, sys, time
s = [socket.create_server(("127.0.0.1", int(sys.argv[1]) + n)) for n in range(20)]
time.sleep(600)
END
# The first registrar is all that they know: only a call leads to the other one.
start web rsp-register --drain 0 --pool Retire \
	--registrar tcp://127.0.0.1:3863 -- python3 "$T/listen.py" 8100

at_two()
{
	[ "$(rsp-resolve --registrar tcp://127.0.0.1:3864 --json Retire |
		grep -o '"id"' | wc -l)" = 20 ]
}

wait_for 20 at_two || fail "not registered"
kill -TERM "$one"
! happens_within 6 eval '! at_two' || fail "an element is missing meanwhile"
say "ok: no element is missing while its registrar ends"
check "all are at the other one" eval \
	'[ "$(grep -c "which has taken over" \
		"$T/web.log")" = 20 ]'
check "none was lost" eval '! grep -q "lost the reg\|rejected" "$T/web.log"'
check "it has ended" wait_for 5 gone "$one"
