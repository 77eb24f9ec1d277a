#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# nginx.sh - nginx on both sides of a pool: servers of several processes, two
# ports in one registration, and a proxy that resolves the name once at its start
# and obeys the pool ever after
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need nginx curl ab
need_python

# Its workers are nobody and read what is in there.
chmod 711 "$T"
config()
{
	cat <<EOF
worker_processes 2;
daemon off;
$([ "$(cat /proc/self/setgroups)" = allow ] || echo 'user root root;')
error_log $T/$1.log.own;
pid $T/$1.pid;
events { worker_connections 2000; }
http {
	access_log off;
	client_body_temp_path $T/tmp-$1-1;
	proxy_temp_path $T/tmp-$1-2;
	fastcgi_temp_path $T/tmp-$1-3;
	uwsgi_temp_path $T/tmp-$1-4;
	scgi_temp_path $T/tmp-$1-5;
	$2
}
EOF
}

serve()
{
	echo "server { listen 127.0.0.1:$2; location / { return 200 '$1
'; } }"
}

start_registrar
config a "$(serve a1 8001) $(serve a2 8002)" >"$T/a.conf"
config b "$(serve b1 8003)" >"$T/b.conf"
config proxy 'upstream web { server Web.pool.alt; }
	server { listen 127.0.0.1:8080; location / { proxy_pass http://web; } }' \
	>"$T/proxy.conf"
start a rsp-register --pool Web -- nginx -c "$T/a.conf"
register_a=$pid
start b rsp-register --pool Web -- nginx -c "$T/b.conf"
wait_for 10 has_elements Web 3 || fail "three ports of two servers"
start proxy rsp-run nginx -c "$T/proxy.conf"
wait_for 10 listening tcp 8080 || fail "no proxy"

seq 30 | while read -r n; do
	curl -fsS http://127.0.0.1:8080/ || fail "curl"
done >"$T/got"
for name in a1 a2 b1; do
	check "the proxy's connections are spread: $name" \
		[ "$(count "^$name\$" "$T/got")" = 10 ]
done

# It is ended below, by SIGINT, after which it says what there was.
start ab ab -r -q -t 200 -n 10000000 -c 10 http://127.0.0.1:8080/
ab=$pid
wait_for 10 eval '! [ -s "$T/ab.log" ]'
n=0
while [ $n -lt 50 ]; do
	curl -fsS -o /dev/null http://127.0.0.1:8080/ || fail "curl"
	n=$((n + 1))
done
# All of a: the master, its workers, and what registered them.
workers=$(cat "/proc/$(cat "$T/a.pid")/task/$(cat "$T/a.pid")/children")
gone "$ab" && fail "ab was done too early"
kill -9 "$register_a" "$(cat "$T/a.pid")" $workers
wait_for 6 has_elements Web 1 || fail "the dead stay in the pool"
seq 30 | while read -r n; do
	curl -fsS http://127.0.0.1:8080/ || fail "curl, after the kill"
done >"$T/got"
check "after the kill all goes to the one left" \
	[ "$(count '^b1$' "$T/got")" = 30 ]
kill -INT "$ab"
wait "$ab"
failed=$(sed -n 's/Non-2xx responses: *//p' "$T/ab.log")
say "ab through the proxy: $(sed -n 's/Complete requests: *//p' "$T/ab.log")" \
	"requests, ${failed:-0} of them on connections that broke"
# nginx answers 502 for a connection that breaks after it was accepted.
check "no more than ab had under way" [ "${failed:-0}" -le 20 ]

start a rsp-register --pool Web -- nginx -c "$T/a.conf"
wait_for 10 has_elements Web 3 || fail "the servers do not come back"
wait_for 10 eval 'curl -fsS http://127.0.0.1:8080/ | grep -q a1' ||
	fail "the proxy does not see that they are back"
say "ok: the proxy uses them again"
