#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rolling.sh - servers are restarted one after the other under load, each by a
# signal to its rsp-register, and no request fails; one that is stopped gets no
# connection that begins after the time that its check and the clients' caches
# take
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need nginx wrk curl ss
need_python

chmod 711 "$T"
config() # PORT
{
	cat <<END
worker_processes 1;
daemon off;
$([ "$(cat /proc/self/setgroups)" = allow ] || echo 'user root root;')
error_log $T/errors-$1;
pid $T/nginx-$1.pid;
events { worker_connections 4000; }
http {
	log_format short '\$msec';
	access_log $T/access-$1 short;
	client_body_temp_path $T/tmp-$1-1;
	proxy_temp_path $T/tmp-$1-2;
	fastcgi_temp_path $T/tmp-$1-3;
	uwsgi_temp_path $T/tmp-$1-4;
	scgi_temp_path $T/tmp-$1-5;
	server { listen 127.0.0.1:$1; location / { return 200 '$1\\n'; } }
}
END
}

web() # PORT: an nginx in the pool; its wrapper is $wrapper_PORT
{
	config "$1" >"$T/$1.conf"
	start "nginx-$1" rsp-register --pool Web -- nginx -c "$T/$1.conf"
	eval "wrapper_$1=$pid"
	wait_for 10 in_log "nginx-$1" registered || fail "$1 is not registered"
}

load() # SECONDS: in the background, a connection for each request; $load
{
	rsp-run wrk -t 1 -c 8 -d "$1s" -H 'Connection: close' \
		http://Web.pool.alt/ >"$T/wrk.log" 2>"$T/wrk.errors" &
	load=$!
}

start_registrar
for port in 8001 8002 8003; do
	web $port
done
restarted=8001
seconds=12
if [ -n "${RSP_SOAK:-}" ]; then
	restarted='8001 8002 8003'
	seconds=35
fi
load $seconds
for port in $restarted; do
	wait_for 10 test -s "$T/access-$port" || fail "$port gets no request"
	eval "wrapper=\$wrapper_$port"
	kill -TERM "$wrapper"
	wait_for 20 gone "$wrapper" || fail "$port does not end"
	: >"$T/access-$port"
	web $port
	check "$port serves again" wait_for 10 test -s "$T/access-$port"
done
wait $load
sed 's/^/    /' "$T/wrk.log"
check "requests were made" grep -q 'requests in' "$T/wrk.log"
check "a rolling restart fails no request" \
	eval '! grep -q "Socket errors\|Non-2xx" "$T/wrk.log"'

### SIGSTOP: no connection that begins after the check's time and the caches'.
# Clients come all the time, each with a second's patience.
(while [ ! -e "$T/enough" ]; do
	rsp-run curl -fsS -m 1 -o "$T/got" http://Web.pool.alt/ 2>/dev/null
done) &
crowd=$!
stopped=$(cat "$T/nginx-8002.pid")
worker=$(pgrep -P "$stopped")
: >"$T/access-8002"
wait_for 10 test -s "$T/access-8002" || fail "no request"
kill -STOP $worker "$stopped"
check "a stopped server is out of its pool" wait_for 5 has_elements Web 2
# For so long a client's cache may name it.
happens_within 6 false
waiting()
{
	ss -Htn state all '( sport = :8002 )' | grep -vc '^LISTEN\|^TIME-WAIT'
}
before=$(waiting)
n=0
while [ $n -lt 100 ]; do
	rsp-run curl -fsS -m 5 -o "$T/got" http://Web.pool.alt/ ||
		fail "a client still meets the stopped server"
	n=$((n + 1))
done
after=$(waiting)
: >"$T/enough"
wait $crowd
say "$before connections had come to the stopped server, $after after 100 clients more"
check "none has come to it since" [ "$after" -le "$before" ]
kill -CONT $worker "$stopped"
check "it comes back" wait_for 5 has_elements Web 3
