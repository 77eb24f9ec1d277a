#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# score.sh - the ASAP tests of draft-dreibholz-rserpool-score with RSPLIB as the
# other implementation: a line for each, and the points
#
# PE: our pool element at RSPLIB's registrar.  PU: our pool user there.  PR: our
# registrar with RSPLIB's elements and users, and for addresses that RSPLIB
# would not send, with a stranger.  Numbers are the draft's order.
TEST_TIMEOUT=600
. "$(dirname "$0")/../lib/lib.sh"
in_guest
setup
. "$(dirname "$0")/rsplib-lib.sh"

points=0
most=0
failed=

# The line of a test, which has passed if the command succeeds.
score() # ID POINTS WHAT COMMAND [ARG...]
{
	local id="$1" worth="$2" what="$3" result=FAIL

	shift 3
	most=$((most + worth))
	if "$@" >/dev/null 2>&1; then
		result=PASS
		points=$((points + worth))
	else
		failed="$failed $id"
	fi
	printf '%-6s %s %2d  %s\n' "$id" "$result" "$worth" "$what"
}

register() # NAME POLICY PORT
{
	local name="$1" policy="$2" port="$3"

	shift 3
	start "$name" rsp-register --registrar sctp://$registrar \
		--interop rsplib --pool "$name" --policy "$policy" "$@" -- \
		python3 -m http.server --bind $registrar -d "$T/web" "$port"
}

has_policy() # POOL NAME
{
	rsp-resolve --registrar sctp://$registrar --json "$1" 2>/dev/null |
		grep -q "\"policy\": \"$2\""
}

# --- Our elements and users at RSPLIB's registrar.
mkdir "$T/web"
echo web >"$T/web/name"
start_sctp_capture ours
start_rspregistrar first 10.99.0.1 0x11111111 -peerheartbeatcycle=1000 \
	-peermaxtimelastheard=2500 -peermaxtimenoresponse=1000 \
	-takeoverexpiryinterval=2000
first=$pid
others=
for n in 2 3; do
	start_rspregistrar other$n 10.99.0.$n 0x$n$n$n$n$n$n$n$n \
		-peer=10.99.0.1:9901 -peerheartbeatcycle=1000 \
		-peermaxtimelastheard=2500 -peermaxtimenoresponse=1000 \
		-takeoverexpiryinterval=2000
	others="$others $pid"
done

register Web rr 8001 --lifetime 5
web=$pid
score PE-1 2 "registers under round robin" wait_for 30 resolves Web 1
start clash rsp-register --registrar sctp://$registrar --interop rsplib \
	--pool Web=8001 --policy lu:10 --address $registrar
clash=$pid
wait_for 20 says clash 'is rejected'
score PE-2 2 "is refused with another policy, says so, and does not try on" \
	holds_for 3 eval '[ "$(grep -c "is rejected" "$T/clash.log")" = 1 ]'
stop "$clash"
register Lu lu:10 8002
lu=$pid
register Wrr wrr:3 8003
wrr=$pid
register Random random 8004
random=$pid
register WRandom wrandom:3 8005
wrandom=$pid
score PE-8 1 "registers under least used" wait_for 30 resolves Lu 1
score PE-9 1 "registers under weighted round robin" wait_for 30 resolves Wrr 1
score PE-10 1 "registers under random" wait_for 30 resolves Random 1
score PE-11 1 "registers under weighted random" wait_for 30 resolves WRandom 1

score PU-1 5 "resolves under round robin, and uses it" eval \
	'has_policy Web round-robin && [ "$(rsp-run --registrar \
	sctp://$registrar curl -sS http://Web.pool.alt/name)" = web ]'
score PU-4 1 "resolves under least used" has_policy Lu least-used
score PU-5 1 "resolves under weighted round robin" \
	has_policy Wrr weighted-round-robin
score PU-6 1 "resolves under random" has_policy Random random
score PU-7 1 "resolves under weighted random" has_policy WRandom weighted-random
start ghost python3 "$top_srcdir/tests/lib/sctp_talk.py" $registrar many Ghosts 1
ghost=$pid
wait_for 20 resolves Ghosts 1
rsp-run --registrar sctp://$registrar curl -sS http://Ghosts.pool.alt/ \
	>"$T/curl.log" 2>&1
stop "$ghost"
stop "$lu" TERM 20
score PE-4 2 "deregisters" eval \
	'resolves Lu 0 && says Lu "deregistered 10.99.0.1:8002$"'
for element in $wrr $random $wrandom; do
	stop "$element" TERM 20
done

# The one with a new home; it knows of no registrar but the dead one.
kill -9 "$first"
score PE-6 5 "goes to the registrar that calls it with the H flag" \
	wait_for 60 eval 'rsp-resolve --registrar sctp://10.99.0.2 Web \
	2>/dev/null | grep -qE "home 0x(22222222|33333333)" &&
	[ "$(grep -c ": registered .* at " "$T/Web.log")" -ge 2 ]'
stop_sctp_capture
score PE-3 2 "registers again under round robin" has_messages ours 1 8
score PE-5 2 "answers keep-alives" \
	eval 'has_messages ours 7 5 && has_messages ours 8 5'
score PU-2 2 "reports an element that cannot be reached" has_messages ours 9 1
stop "$web" TERM 20

# One that announces itself, and those who know of no other.
ip link set dummy0 multicast on
ip route add 239.0.0.0/8 dev dummy0
group=239.0.0.50
start_rspregistrar crier 10.99.0.1 0x44444444 -asapannounce=$group:3863 \
	-serverannouncecycle=1000
crier=$pid
start found rsp-register --registrar multicast:$group --interop rsplib \
	--pool Found --policy rr -- \
	python3 -m http.server --bind 10.99.0.1 -d "$T/web" 8006
found=$pid
score PE-7 5 "registers where announcements come from" eval \
	'wait_for 30 resolves Found 1 && says found "10.99.0.1:3863 is announced"'
resolves_announced()
{
	rsp-resolve --registrar multicast:$group Found >"$T/announced.log" 2>&1 &&
		says announced 'home 0x44444444'
}
score PU-3 5 "resolves where announcements come from" \
	wait_for 30 resolves_announced
stop "$found" TERM 20
stop "$crier"

# --- Our registrar, its elements and users RSPLIB's.
for process in $others; do
	stop "$process"
done
start_sctp_capture theirs
start registrar rsp-registrar -v --keep-alive-interval 1 \
	--keep-alive-timeout 20 --report-interval 0 --interop rsplib \
	--listen sctp://$registrar
wait_for 10 sctp_listening $registrar 3863 || fail "rsp-registrar is not ready"
start_rspserver rr Rr 0x0a000001 -echo
rr=$pid
score PR-1 2 "takes a registration under round robin" wait_for 30 resolves Rr 1
start_rspserver lu Lu 0x0a000002 -echo -policy=LeastUsed
wait_for 30 resolves Lu 1
start_rspserver clash Lu 0x0a000003 -echo
score PR-2 2 "refuses round robin in a pool of least used" wait_for 30 \
	says registrar 'refused: pool=Lu id=0x0a000003 .*polic'
start foreign python3 "$top_srcdir/tests/lib/sctp_talk.py" $registrar offer \
	Foreign 192.0.2.1 192.0.2.2
score PR-3 5 "refuses an element none of whose addresses is its association's" \
	eval 'wait_for 20 says foreign refused && resolves Foreign 0'
start partly python3 "$top_srcdir/tests/lib/sctp_talk.py" $registrar offer \
	Partly 192.0.2.1 $registrar
score PR-4 5 "takes one of whose addresses some are, without the others" \
	eval 'wait_for 20 says partly granted && shows Partly "10.99.0.1:7" &&
	! shows Partly 192.0.2.1'
# Reports count for nothing while keep-alives are answered, nor while one is
# under way: they make the registrar ask, and the silence that it meets itself
# removes the element, at the latest.
kill -STOP "$rr"
rsplib_user fail Rr 0x0a000001 4
score PR-5 5 "removes an element after more than MAX-BAD-PE-REPORT reports" \
	wait_for 10 says registrar \
	'removed: pool=Rr id=0x0a000001 reason="(reported unreachable too often|keep-alive not answered)"'
start_rspserver mute Mute 0x0a000004 -echo
mute=$pid
wait_for 30 resolves Mute 1
kill -STOP "$mute"
score PR-7 2 "removes an element that answers no keep-alive" wait_for 40 \
	says registrar 'removed: pool=Mute .*reason="keep-alive not answered"'
stop_sctp_capture
score PR-6 2 "sends its elements keep-alives" has_messages theirs 7 3
kill -CONT "$rr" "$mute"

say "$points of $most points"
check_capture ours
check_capture theirs
[ -z "$failed" ] || fail "failed:$failed"
