#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# failover.sh - what 20 clients notice when one of three servers fails: it
# is killed, its host falls silent, or it is stopped; HAProxy with checks each
# 100 ms beside it
TEST_TIMEOUT=300
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need haproxy nft
need_python
bench=$top_builddir/tests/bench/bench_failover
line=$top_builddir/tests/bench/bench_line
runs=${RUNS:-5}

for i in 1 2 3; do
	ip addr add 10.88.0.$i/32 dev lo
done
cat >"$T/haproxy.cfg" <<END
global
	nbthread 1
defaults
	mode tcp
	timeout connect 200ms
	timeout check 100ms
	timeout client 60s
	timeout server 60s
	retries 3
	option redispatch 1
	option nolinger
	default-server check inter 100ms fall 2 rise 2
frontend entry
	bind 127.0.0.1:9000
	default_backend servers
backend servers
	balance roundrobin
	server one 10.88.0.1:8101
	server two 10.88.0.2:8102
	server three 10.88.0.3:8103
END
start_registrar --third-party
start haproxy haproxy -db -f "$T/haproxy.cfg"

# The server's own process is below rsp-register's.
server()
{
	start "server$1" rsp-register --pool Load --address 10.88.0.$1 \
		--check-interval 0.1 --drain 0 -- \
		sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$T/server$1.pid" \
		"$bench" serve 10.88.0.$1 810$1
	wrapper[$1]=$pid
}

# All three are there, and everybody knows.
all_serve()
{
	local i

	for i in 1 2 3; do
		gone "${wrapper[$i]:-0}" && server $i
	done
	wait_for 10 has_elements Load 3 || fail "not three servers"
	rm -f "$RSP_RUNTIME_DIR"/pu-*
	# HAProxy: two good checks
	sleep 0.5
}

wrapper=()
for i in 1 2 3; do
	server $i
done
disown -a

# value NAME FILE
value()
{
	sed -n "s/.*\\b$1=\\([-0-9.]*\\).*/\\1/p" "$2"
}

# both KIND BEFORE AFTER FAILURE REPAIR: one run of the shim's and HAProxy's
both()
{
	local kind="$1" before="$2" after="$3" failure="$4" repair="$5"

	all_serve
	rsp-run "$bench" load Load.pool.alt 80 "$kind" "$before" "$after" \
		"$failure" >>"$T/shim.out" 2>>"$T/shim.log" || fail "load, shim"
	eval "$repair"
	all_serve
	"$bench" load 127.0.0.1 9000 "$kind" "$before" "$after" \
		"$failure" >>"$T/haproxy.out" || fail "load, HAProxy"
	eval "$repair"
}

# row NAME VALUE UNIT
row()
{
	paste -d ' ' <(value "$2" "$T/shim.out") \
		<(value "$2" "$T/haproxy.out") >"$T/pairs"
	"$line" failover "$1" "$3" HAProxy <"$T/pairs"
}

fresh()
{
	rm -f "$T/shim.out" "$T/haproxy.out"
}

killed='kill -9 $(cat '$T/server3.pid')'
for kind in once kept; do
	fresh
	for i in $(seq "$runs"); do
		both $kind 0.5 0.5 "$killed" \
			'wait_for 10 gone ${wrapper[3]}'
	done
	row "kill -9, $kind: requests lost" failed requests
	row "kill -9, $kind: until one succeeds" next_ms ms
	row "kill -9, $kind: longest afterwards" longest_ms ms
done

nft -f - <<'END' || skip "the kernel has no nf_tables"
table ip hole {
	chain in { type filter hook input priority 0; }
}
END
RSP_CONNECT_TIMEOUT=1
export RSP_CONNECT_TIMEOUT
fresh
for i in $(seq "${SLOW_RUNS:-2}"); do
	both once 1 3 'nft add rule ip hole in ip daddr 10.88.0.3 drop' \
		'nft flush chain ip hole in'
done
row "silent host: requests lost" failed requests
row "silent host: slow ones, begun when known" avoidable requests
row "silent host: slow ones in all" slow requests
row "silent host: clients stuck for 4 s" stuck clients
row "silent host: throughput back" back_ms ms

stopped='kill -STOP $(cat '$T/server3.pid')'
goes_on='kill -CONT $(cat '$T/server3.pid'); sleep 1'
fresh
for i in $(seq "${SLOW_RUNS:-2}"); do
	RSP_CACHE_TTL=0.5 both once 1 5 "$stopped" "$goes_on"
done
row "SIGSTOP: clients stuck for 4 s" stuck clients
row "SIGSTOP: last connection to it" last_stuck_ms ms

# Downloads that move.
for i in 1 2 3; do
	stop "${wrapper[$i]}"
done
element Bench 127.0.0.1 8001
element Bench 127.0.0.1 8002
disown -a
rsp-run "$bench" moves 200 >"$T/moves" 2>"$T/moves.log" || fail "moves"
"$line" failover "from a server's death to the next byte" ms <"$T/moves"
