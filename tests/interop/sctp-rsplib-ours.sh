#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sctp-rsplib-ours.sh - our pool elements and users at RSPLIB's registrar, over
# the kernel's SCTP, beside RSPLIB's
#
# Proves 5352-3.1-11: a pool of SCTP elements refuses one of TCP, and it says so.
TEST_TIMEOUT=300
. "$(dirname "$0")/../lib/lib.sh"
in_guest
setup
. "$(dirname "$0")/rsplib-lib.sh"

start_register() # NAME [OPTION...]
{
	local name="$1"

	shift
	start "$name" rsp-register --registrar sctp://$registrar \
		--interop rsplib "$@"
}

start_sctp_capture ours
start_rspregistrar rspregistrar $registrar 0x11111111
mkdir "$T/web"
echo web >"$T/web/name"

# --- Registration, resolution, data.
# shellcheck disable=SC2016 # it is the shell's own
start_register web --pool Web --lifetime 5 -- sh -c \
	'echo $$ >"$1"; exec python3 -m http.server --bind 10.99.0.1 -d "$2" 8001' \
	sh "$T/web.pid" "$T/web"
web=$pid
check "our element registers" wait_for 30 resolves Web 1
check "our user resolves what it said" shows Web \
	'tcp 10.99.0.1:8001 .*home 0x11111111'
check "its life is in milliseconds" shows Web 'life 5000 s'
check "a program under rsp-run reaches it" [ "$(rsp-run \
	--registrar sctp://$registrar curl -sS http://Web.pool.alt/name)" = web ]
check "RSPLIB's user resolves it" eval \
	'rsplib_user resolve Web | grep -q " tcp 10.99.0.1:8001$"'
check "and reaches it" [ "$(rsplib_user fetch Web /name)" = web ]
check "it answers keep-alives, and registers again" holds_for 7 resolves Web 1
check "an unknown pool is unknown" resolves Nobody 0
check "and is said to be" says resolve 'no such pool'

# --- A pool of SCTP elements, and a program that knows TCP only.
start_register sctp --pool Sctp=/sctp -- python3 \
	"$top_srcdir/tests/lib/sctp_server.py" http 7001 sctp 10.99.0.1 10.99.0.2
sctp=$pid
check "our element of SCTP on two addresses registers" \
	wait_for 30 shows Sctp 'sctp 10.99.0.1:7001,10.99.0.2:7001'
check "a program that knows TCP only reaches it" [ "$(rsp-run \
	--registrar sctp://$registrar curl -sS http://Sctp.pool.alt/name)" = sctp ]
check "and RSPLIB's user resolves it" eval \
	'rsplib_user resolve Sctp | grep -q " sctp 10.99.0.1:7001$"'
stop "$sctp" TERM 20

# --- RSPLIB's beside it.
start_rspserver four EchoPool 0x0a000004 -echo
four=$pid
check "RSPLIB's element beside it is found by our user" \
	wait_for 30 resolves EchoPool 1
check "and reached by a program that knows TCP only" eval \
	'tcp_client sctp://$registrar EchoPool hello | grep -q "^hello$"'

# --- Refusals.
start_register policy --pool EchoPool=8001 --policy random --address $registrar
check "a pool of another policy refuses ours" wait_for 30 says policy \
	'EchoPool: .* is rejected: '
stop "$pid"
start_register foreign --pool Foreign=8001 --address 10.99.7.7
check "an address that is not the association's is refused" wait_for 30 \
	says foreign 'Foreign: .* is rejected: .* 0x'
stop "$pid"
start_register loopback --pool Loopback --address 127.0.0.1 -- \
	python3 -m http.server --bind 127.0.0.1 -d "$T/web" 8003
check "one of loopback, too, in words" wait_for 30 \
	says loopback 'Loopback: .* is rejected: .* 0x.*loopback'
check "and its server serves" wait_for 10 eval \
	'[ "$(curl -sS http://127.0.0.1:8003/name)" = web ]'
stop "$pid"

# --- Reports and failures.
start ghost python3 "$top_srcdir/tests/lib/sctp_talk.py" $registrar many Ghosts 1
check "an element is there whose port nobody serves" \
	wait_for 30 resolves Ghosts 1
ghost=$pid
rsp-run --registrar sctp://$registrar curl -sS http://Ghosts.pool.alt/ \
	>"$T/curl.log" 2>&1
check "RSPLIB's user reports ours" eval 'rsplib_user fail Web \
	"$(rsplib_user resolve Web | cut -d " " -f 1)"'
check "which lives, and stays" holds_for 3 resolves Web 1
kill -9 "$web"
check "our element killed is gone at once" wait_for 3 resolves Web 0
kill -9 "$(cat "$T/web.pid")" 2>/dev/null
stop "$ghost"

# --- The end.
start_register again --pool Web -- \
	python3 -m http.server --bind 10.99.0.1 -d "$T/web" 8002
web=$pid
check "another one registers" wait_for 30 resolves Web 1
stop "$web" TERM 20
check "and deregisters when it ends" says again 'deregistered'
check "so the pool is no more" resolves Web 0
stop "$four" INT

stop_sctp_capture
check "our element registered again" has_messages ours 1 4
check "keep-alives were asked and answered" eval \
	'has_messages ours 7 4 && has_messages ours 8 4'
check "both kinds of users have reported" has_messages ours 9 2
check_capture ours
