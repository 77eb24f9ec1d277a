#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sctp-rsplib.sh - pool elements and users of RSPLIB at our registrar, over the
# kernel's SCTP, beside ours
#
# sctp-rsplib-ours.sh has RSPLIB's registrar.
TEST_TIMEOUT=300
. "$(dirname "$0")/../lib/lib.sh"
in_guest
setup
. "$(dirname "$0")/rsplib-lib.sh"

start_sctp_capture elements
start registrar rsp-registrar -v --keep-alive-interval 1 \
	--keep-alive-timeout 5 --interop rsplib --report-interval 0 \
	--listen sctp://$registrar --listen tcp://$registrar
wait_for 10 sctp_listening $registrar 3863 || fail "rsp-registrar is not ready"
registrar_pid=$pid

# --- Registration, resolution, data.
start_rspserver one EchoPool 0x0a000001 -echo -policy=WeightedRoundRobin:3 \
	-rereginterval=2000
one=$pid
check "RSPLIB's echo element registers" wait_for 30 resolves EchoPool 1
check "its policy and address are what it said" shows EchoPool \
	'0x0a000001 +sctp 10.99.0.1:[0-9]+ \(data and control\) +wrr:3'
check "its life of three intervals of two seconds is six seconds" \
	shows EchoPool '0x0a000001 .*life 6 s'
check "RSPLIB's user reaches it" echoes EchoPool 'a000001' hello
check "a program that knows TCP only reaches it" eval \
	'tcp_client tcp://$registrar EchoPool hello | grep -q "^hello$"'
check "it answers keep-alives, and registers again in time" \
	holds_for 8 resolves EchoPool 1
start_rspserver ping PingPongPool 0x0b000001 -pingpong -policy=LeastUsed
ping=$pid
check "RSPLIB's ping-pong element registers" wait_for 30 resolves PingPongPool 1
check "and RSPLIB's user plays with it" pings PingPongPool
check "RSPLIB's library resolves it" eval \
	'rsplib_user resolve PingPongPool | grep -q "^0x0b000001 sctp 10.99.0.1:"'
check "to which an unknown pool is unknown" eval \
	'! rsplib_user resolve Nobody >/dev/null'

# --- Ours beside it, over TCP: users of both kinds.
mkdir "$T/web"
echo web >"$T/web/name"
start web rsp-register --pool Web --registrar tcp://$registrar -- \
	python3 -m http.server --bind 10.99.0.1 -d "$T/web" 8001
web=$pid
check "our element is there" wait_for 20 resolves Web 1
check "our user reaches it" [ "$(rsp-run --registrar tcp://$registrar \
	curl -sS http://Web.pool.alt/name)" = web ]
check "RSPLIB's user reaches it" [ "$(rsplib_user fetch Web /name)" = web ]
stop "$web" TERM 20

# --- A second element, refusals, reports.
start_rspserver two EchoPool 0x0a000002 -echo -policy=WeightedRoundRobin:1
two=$pid
check "a second element joins" wait_for 30 resolves EchoPool 2
start_rspserver three EchoPool 0x0a000003 -echo -policy=Random
three=$pid
check "one of another policy is refused" wait_for 30 \
	says registrar 'refused: pool=EchoPool id=0x0a000003 .*polic'
check "and is no member" resolves EchoPool 2
kill -9 "$three" 2>/dev/null
check "RSPLIB's user reports an element" rsplib_user fail EchoPool 0x0a000002
check "which lives, and so stays" holds_for 3 resolves EchoPool 2

# --- Failures and the end.
kill -9 "$one"
check "an element killed is gone at once" wait_for 3 resolves EchoPool 1
check "and RSPLIB's user reaches the other" echoes EchoPool 'a000002' again
kill -STOP "$ping"
check "one that is stopped answers no keep-alive, and is removed" wait_for 15 \
	says registrar 'removed: pool=PingPongPool .*keep-alive not answered'
kill -CONT "$ping"
check "told so it may come again, or not: it ends" stop "$ping" INT
stop "$two" INT
check "an element that ends deregisters" wait_for 5 \
	says registrar 'removed: pool=EchoPool id=0x0a000002 reason="deregistered"'
check "and the pool is no more" resolves EchoPool 0
stop "$registrar_pid"

stop_sctp_capture
check "RSPLIB's elements registered again" has_messages elements 1 6
check "keep-alives were asked and answered" eval \
	'has_messages elements 7 5 && has_messages elements 8 5'
check "the report was one" has_messages elements 9 1
check_capture elements
