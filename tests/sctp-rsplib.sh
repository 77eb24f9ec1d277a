#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sctp-rsplib.sh - pool elements, users and registrars of RSPLIB and ours in
# turn, over the kernel's SCTP
#
# RSPLIB wants addresses that are not loopback, and takes an element's only if
# they are its association's.
#
# Proves 5352-3.1-11: a pool of SCTP elements refuses one of TCP, and it says so.
TEST_TIMEOUT=240
. "$(dirname "$0")/lib.sh"
in_guest
setup
need python3 curl rspregistrar rspserver rspterminal

RSP_CACHE=off
export RSP_CACHE
ip link add dummy0 type dummy 2>/dev/null
ip addr add 10.99.0.1/24 dev dummy0
ip link set dummy0 up
registrar=10.99.0.1
rsplib="-registrar=$registrar:3863 -asapannounce=off -logcolor=off -loglevel=4"

sctp_listening() # PORT
{
	awk -v port="$1" '$6 == port { found = 1 } END { exit !found }' \
		/proc/net/sctp/eps
}

resolves() # POOL COUNT
{
	[ "$(rsp-resolve --registrar sctp://$registrar --json "$1" \
		2>"$T/resolve.log" | grep -o '"id"' | wc -l)" = "$2" ]
}

says() # LOG PATTERN
{
	grep -qE -- "$2" "$T/$1.log"
}

# Waits that long, in which the condition must hold.
holds_for() # SECONDS COMMAND [ARG...]
{
	local end

	end=$(($(now_ms) + $1 * 1000))
	shift
	while [ "$(now_ms)" -lt "$end" ]; do
		"$@" || return 1
		sleep 0.3
	done
}

start_rspserver() # NAME POOL ID [OPTION...]
{
	local name="$1" pool="$2" id="$3"

	shift 3
	# shellcheck disable=SC2086
	start "$name" rspserver -echo -poolhandle="$pool" -identifier="$id" \
		-local=$registrar $rsplib -logfile="$T/$name.rsplib.log" "$@"
}

# rspterminal talks to whatever element it gets; it ends by a signal only.
echoes() # POOL ID WORD
{
	local terminal status

	rm -f "$T/fifo"
	mkfifo "$T/fifo"
	# shellcheck disable=SC2086
	stdbuf -o0 rspterminal -poolhandle="$1" $rsplib \
		-logfile="$T/terminal.rsplib.log" \
		<"$T/fifo" >"$T/terminal.log" 2>&1 &
	terminal=$!
	exec 4>"$T/fifo"
	echo "$3" >&4
	wait_for 30 says terminal "from PE .0$2> $3"
	status=$?
	exec 4>&-
	kill $terminal
	wait_for 10 gone $terminal || kill -9 $terminal
	return $status
}

# --- RSPLIB's elements and users at our registrar.
start registrar rsp-registrar -v --keep-alive-interval 1 \
	--keep-alive-timeout 1 --listen sctp://$registrar \
	--listen tcp://$registrar
wait_for 10 sctp_listening 3863 || fail "rsp-registrar is not ready"
registrar_pid=$pid

start_rspserver one EchoPool 0x0a000001 -policy=WeightedRoundRobin:3
one=$pid
check "our registrar: RSPLIB's element registers" \
	wait_for 30 resolves EchoPool 1
check "its policy and address are what it said" sh -c \
	"rsp-resolve --registrar sctp://$registrar EchoPool |
		grep -E '0x0a000001 +sctp 10.99.0.1:[0-9]+ +wrr:3'"
check "RSPLIB's user reaches it" echoes EchoPool 'a000001' hello
check "it answers keep-alives" holds_for 4 resolves EchoPool 1
start_rspserver two EchoPool 0x0a000002 -policy=WeightedRoundRobin:1
two=$pid
check "a second element joins" wait_for 30 resolves EchoPool 2
start_rspserver three EchoPool 0x0a000003 -policy=Random
three=$pid
check "one of another policy is refused" wait_for 30 \
	says registrar 'refused: pool=EchoPool id=0x0a000003 .*polic'
check "and is no member" resolves EchoPool 2
kill -9 "$three" 2>/dev/null
kill -9 "$one"
check "an element killed is gone at once" wait_for 3 resolves EchoPool 1
check "and RSPLIB's user reaches the other" echoes EchoPool 'a000002' again
stop "$two" INT
check "an element that ends deregisters" wait_for 5 \
	says registrar 'removed: pool=EchoPool id=0x0a000002 reason="deregistered"'
check "and the pool is no more" resolves EchoPool 0
stop "$registrar_pid"

# --- Our elements and users at RSPLIB's registrar.
# shellcheck disable=SC2086
start rspregistrar rspregistrar -identifier=0x11111111 \
	-asap=$registrar:3863 -enrp=$registrar:9901 -asapannounce=off \
	-enrpannounce=off -disable-ipv6 -logcolor=off -loglevel=4 \
	-endpointkeepalivetransmissioninterval=1000 \
	-endpointkeepalivetimeoutinterval=1000 \
	-mentordiscoverytimeout=1500 -logfile="$T/rspregistrar.rsplib.log"
wait_for 10 sctp_listening 3863 || fail "rspregistrar is not ready"

mkdir "$T/web"
echo web >"$T/web/name"
start web rsp-register --pool Web --registrar sctp://$registrar -- sh -c \
	'echo $$ >"$1"; exec python3 -m http.server --bind 10.99.0.1 -d "$2" 8001' \
	sh "$T/web.pid" "$T/web"
web=$pid
check "RSPLIB's registrar: our element registers" wait_for 30 resolves Web 1
check "our user resolves what it said" sh -c \
	"rsp-resolve --registrar sctp://$registrar Web |
		grep -E 'tcp 10.99.0.1:8001 .*home 0x11111111'"
check "a program under rsp-run reaches it" [ "$(rsp-run \
	--registrar sctp://$registrar curl -sS http://Web.pool.alt/name)" = web ]
check "it answers keep-alives" holds_for 4 resolves Web 1
check "an unknown pool is unknown" resolves Nobody 0
check "and is said to be" says resolve 'no such pool'

start_rspserver four EchoPool 0x0a000004
check "RSPLIB's element beside it is found by our user" \
	wait_for 30 resolves EchoPool 1
start refused rsp-register --pool EchoPool=8001 --policy random \
	--address $registrar --registrar sctp://$registrar
check "a pool of another policy refuses ours" wait_for 30 says refused \
	'EchoPool: .* is rejected: '
stop "$pid"
kill -9 "$web"
check "our element killed is gone at once" wait_for 3 resolves Web 0

kill -9 "$(web_pid web)" 2>/dev/null
start again rsp-register --pool Web --registrar sctp://$registrar -- \
	python3 -m http.server --bind 10.99.0.1 -d "$T/web" 8002
web=$pid
check "another one registers" wait_for 30 resolves Web 1
stop "$web" TERM 20
check "and deregisters when it ends" says again 'deregistered'
check "so the pool is no more" resolves Web 0
