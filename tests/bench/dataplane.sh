#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# dataplane.sh - what the way to the server costs: the shim, which is none,
# beside HAProxy and nginx, which are programs in between
#
# Requests per second of processor time, user and system: of the client alone,
# where the shim does its work, and of all programs that take part.  A request
# straight to the server is the peer.  Pairs in turn.
TEST_TIMEOUT=400
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need redis-server redis-benchmark wrk nginx haproxy curl
need_python
pairs=${PAIRS:-11}
line=$top_builddir/tests/bench/bench_line
stream=/usr/lib/nginx/modules/ngx_stream_module.so
[ -e $stream ] || skip "nginx has no stream module"

user=
[ "$(cat /proc/self/setgroups)" = allow ] && user='user root root;'
chmod 711 "$T"
mkdir "$T/www"
head -c 120 /dev/zero | tr '\0' x >"$T/www/small"
truncate -s 1G "$T/www/big"
temporary()
{
	local kind

	for kind in client_body proxy fastcgi uwsgi scgi; do
		echo "${kind}_temp_path $T/tmp-$1-$kind;"
	done
}
cat >"$T/web.conf" <<END
worker_processes 1; daemon off; error_log $T/web.own; pid $T/web.pid; $user
events { worker_connections 1000; }
http {
	access_log off; sendfile on; keepalive_requests 100000000;
	$(temporary web)
	server { listen 127.0.0.1:8001; root $T/www; }
}
END
cat >"$T/stream.conf" <<END
load_module $stream;
worker_processes 1; daemon off; error_log $T/stream.own; pid $T/stream.pid;
$user
events { worker_connections 1000; }
stream {
	server { listen 127.0.0.1:8003; proxy_pass 127.0.0.1:8001; }
	server { listen 127.0.0.1:7003; proxy_pass 127.0.0.1:7001; }
}
END
cat >"$T/haproxy.cfg" <<END
global
	nbthread 1
defaults
	mode tcp
	timeout connect 5s
	timeout client 60s
	timeout server 60s
listen web
	bind 127.0.0.1:8002
	server one 127.0.0.1:8001
listen redis
	bind 127.0.0.1:7002
	server one 127.0.0.1:7001
END
servers=
serve()
{
	start "$@"
	servers="$servers $pid"
}
serve redis redis-server --port 7001 --save '' --appendonly no --dir "$T"
serve web nginx -c "$T/web.conf"
serve stream nginx -c "$T/stream.conf"
serve haproxy haproxy -db -f "$T/haproxy.cfg"
start_registrar
for port in 7001 7002 7003 8001 8002 8003; do
	wait_for 10 listening tcp $port || fail "nobody listens on $port"
done
element Redis 127.0.0.1 7001
element Web 127.0.0.1 8001

for pid in $servers; do
	servers="$servers $(cat /proc/$pid/task/*/children)"
done

# The processor time so far, in microseconds, of whoever serves.
busy()
{
	for pid in $servers; do
		cat /proc/$pid/task/*/schedstat
	done | awk '{ sum += $1 } END { printf "%.0f\n", sum / 1000 }'
}

# measure COMMAND [ARG...]: its output in $T/out; sets `client` and `all`, the
# microseconds of it and of it with all who served.
measure()
{
	local TIMEFORMAT='%U %S' before after

	before=$(busy)
	{ time "$@" >"$T/out" 2>"$T/err"; } 2>"$T/time"
	after=$(busy)
	client=$(awk '{ printf "%.0f", ($1 + $2) * 1000000 }' "$T/time")
	all=$((client + after - before))
}

# Each workload prints how many requests it has made.
get()
{
	measure "$@" -t get -n $n -c 50 -P $depth --csv
	requests=$n
	grep -q '^"GET"' "$T/out" || fail "redis-benchmark: $(cat "$T/out")"
}

kept()
{
	measure "$@" "$url/small"
	requests=$(awk '/requests in/ { print $1 }' "$T/out")
	[ "${requests:-0}" -gt 0 ] || fail "wrk: $(cat "$T/out" "$T/err")"
}

download()
{
	measure "$@" -fsS -o /dev/null "$url/big"
	requests=1
}

# way NAME: how a client gets there
direct() { at=127.0.0.1 http=8001 redis=7001; }
shim() { at=$pool.pool.alt http=80 redis=6379; }
haproxy() { at=127.0.0.1 http=8002 redis=7002; }
stream() { at=127.0.0.1 http=8003 redis=7003; }

# go WORKLOAD WAY: one run; sets client, all and requests
go()
{
	local under=

	[ "$2" = shim ] && under=rsp-run
	pool=Web
	case $1 in "redis"*) pool=Redis ;; esac
	"$2"
	url=http://$at:$http
	case $1 in
	"redis GET") n=50000 depth=1
		get $under redis-benchmark -h "$at" -p $redis ;;
	"redis GET, 16 at once") n=600000 depth=16
		get $under redis-benchmark -h "$at" -p $redis ;;
	"wrk, kept connections") kept $under wrk -t1 -c50 -d1s ;;
	"wrk, one request each")
		kept $under wrk -t1 -c50 -d1s -H 'Connection: close' ;;
	"curl, 1 GiB") download $under curl ;;
	esac
}

# compare WORKLOAD WAY PAIRS
compare()
{
	local what="$1" way="$2" turn mine mine_all

	rm -f "$T/client" "$T/all"
	for turn in $(seq "$3"); do
		go "$what" "$way"
		mine=$(awk "BEGIN { print $requests * 1e6 / $client }")
		mine_all=$(awk "BEGIN { print $requests * 1e6 / $all }")
		go "$what" direct
		awk "BEGIN { print $mine, $requests * 1e6 / $client }" \
			>>"$T/client"
		awk "BEGIN { print $mine_all, $requests * 1e6 / $all }" \
			>>"$T/all"
	done
	[ "$way" != shim ] || "$line" dataplane "$what: $way, client's CPU" /s \
		direct <"$T/client"
	"$line" dataplane "$what: $way, all CPU" /s direct <"$T/all"
}

for what in "redis GET" "redis GET, 16 at once" "wrk, kept connections" \
	"wrk, one request each" "curl, 1 GiB"; do
	case ${ONLY:-$what} in "$what") ;; *) continue ;; esac
	compare "$what" shim "$pairs"
	for way in haproxy stream; do
		compare "$what" $way 3
	done
done
# the end of the servers is no news
disown -a
