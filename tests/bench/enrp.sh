#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# enrp.sh - what peers cost a registrar: a million elements downloaded,
# registrations that two peers are told of, and quiet times
#
# Processor time of each registrar, as its scheduler counts it.  RUNS (3) of each.
TEST_TIMEOUT=900
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need jq
bench=$top_builddir/tests/bench/bench_enrp
line=$top_builddir/tests/bench/bench_line
runs=${RUNS:-3}

# one NUMBER PEER...: a registrar at 127.0.0.NUMBER, $pidN
one()
{
	local n="$1"

	shift
	start "registrar$n" rsp-registrar --listen "tcp://127.0.0.$n" \
		--enrp "tcp://127.0.0.$n" --id "0x$n" \
		--max-pes-per-association 1000000 \
		$([ $# = 0 ] || printf -- '--peer tcp://127.0.0.%d ' "$@")
	eval "pid$n=$pid"
	wait_for 120 in_log "registrar$n" '^rsp-registrar: ready' ||
		fail "registrar $n does not start"
}

# cpu PID: nanoseconds
cpu()
{
	cut -d ' ' -f 1 "/proc/$1/schedstat"
}

elements_at() # NUMBER
{
	rsp-status --json --registrar "tcp://127.0.0.$1" |
		jq '[.registrar, .peers[]] | map(.elements) | add'
}

# crowd CONNECTIONS ELEMENTS [RENEW]: they register at 127.0.0.1
crowd()
{
	rm -f "$T/hold"
	mkfifo "$T/hold"
	"$bench" "$@" <"$T/hold" >"$T/crowd.log" 2>&1 &
	crowd=$!
	exec 5>"$T/hold"
	wait_for 200 in_log crowd "^registered $2 refused 0" ||
		fail "not all are registered: $(cat "$T/crowd.log")"
}

disperse()
{
	local p

	# not by its input: what was started meanwhile has that, too
	kill "$crowd"
	wait "$crowd" 2>/dev/null
	exec 5>&-
	for p; do
		kill -9 "$p"
		wait_for 10 gone "$p"
	done
}

download()
{
	local before

	one 1
	crowd 100 1000000
	before=$(cpu "$pid1")
	one 2 1
	wait_for 200 in_log registrar2 'synchronised: .*elements=1000000' ||
		fail "no download"
	awk -v before="$before" -v after="$(cpu "$pid1")" \
		'BEGIN { print (after - before) / 2e9 }' >>"$T/mentor"
	awk -v after="$(cpu "$pid2")" 'BEGIN { print after / 2e9 }' \
		>>"$T/newcomer"
	disperse "$pid1" "$pid2"
}

registrations()
{
	local before i n=200000

	one 1
	one 2 1
	one 3 1 2
	wait_for 20 eval '[ "$(rsp-status --json --registrar tcp://127.0.0.1 |
		jq ".peers | length")" = 2 ]' || fail "not three registrars"
	before=$(cpu "$pid1")
	crowd 1000 $n
	for i in 2 3; do
		wait_for 60 eval '[ "$(elements_at '$i')" = '$n' ]' ||
			fail "peer $i has not all"
	done
	awk -v before="$before" -v after="$(cpu "$pid1")" -v n=$n \
		'BEGIN { print n / ((after - before) / 1e9) }' >>"$T/rate"
	disperse "$pid1" "$pid2" "$pid3"
}

# quiet FILE CONNECTIONS ELEMENTS [RENEW]: percent of a processor over 20 s
quiet()
{
	local file="$1" before begin

	shift
	one 1
	crowd "$@"
	# the first keep-alives come after 15 to 45 s
	sleep 45
	before=$(cpu "$pid1") begin=$(now_ms)
	sleep 20
	awk -v ns=$(($(cpu "$pid1") - before)) -v ms=$(($(now_ms) - begin)) \
		'BEGIN { print ns / ms / 1e4 }' >>"$T/$file"
	[ "$(elements_at 1)" = "$2" ] || fail "some were removed"
	disperse "$pid1"
}

for ((i = 0; i < runs; i++)); do
	download
	registrations
done
quiet idle 1000 100000
quiet renewing 1000 100000 30

s='seconds of CPU'
"$line" enrp "full download, per 500 k elements: the mentor" "$s" \
	"target: at most 1" 1 <"$T/mentor"
"$line" enrp "full download, per 500 k elements: the newcomer, its start too" \
	"$s" "target: at most 1" 1 <"$T/newcomer"
"$line" enrp "registrations, 1000 connections, 2 peers" /s \
	"target: at least 100 k per second of CPU" 100000 <"$T/rate"
"$line" enrp "100 k elements, keep-alives only" "% of a core" \
	"target: at most 2" 2 <"$T/idle"
"$line" enrp "100 k elements, keep-alives and renewals (T4 30 s)" \
	"% of a core" <"$T/renewing"
