#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# servers.sh - real servers of many makes, each under rsp-register with no option
# but --pool, used through the shim by its real client, and deregistered when it
# is told to end; none of them notices: its descriptors are those that it has
# without us, and nobody is left behind
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need nginx redis-server redis-cli psql memcached memcping node java haproxy \
	socat busybox dnsmasq dig iperf3 curl nc.openbsd
need_python

mkdir "$T/www"
echo static >"$T/www/name"
chmod 711 "$T"

# What each needs, before it is started for the first time.
cat >"$T/nginx.conf" <<END
worker_processes 2;
daemon off;
$([ "$(cat /proc/self/setgroups)" = allow ] || echo 'user root root;')
error_log $T/nginx.errors;
pid $T/nginx.pid;
events { }
http {
	access_log off;
	client_body_temp_path $T/tmp-1;
	proxy_temp_path $T/tmp-2;
	fastcgi_temp_path $T/tmp-3;
	uwsgi_temp_path $T/tmp-4;
	scgi_temp_path $T/tmp-5;
	server { listen 127.0.0.1:8001; location / { return 200 'nginx\\n'; } }
}
END
cat >"$T/haproxy.cfg" <<END
defaults
	mode http
	timeout client 10s
	timeout server 10s
	timeout connect 10s
frontend f
	bind 127.0.0.1:8006
	http-request return status 200 content-type text/plain string "haproxy"
END
cat >"$T/cluster.js" <<'END'
const cluster = require('cluster');
if (cluster.isPrimary) {
	cluster.fork();
	cluster.fork();
	process.on('SIGTERM', () => process.exit(0));
} else
	require('http').createServer((q, r) => r.end('node\n'))
	    .listen(8005, '127.0.0.1');
END
javac -d "$T" "$top_srcdir/tests/lib/java/HelloServer.java" >"$T/javac.log" 2>&1 ||
	fail "javac"
pg=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
[ -x "$pg/initdb" ] || pg=$(dirname "$(command -v initdb)")
need_nobody
$NOBODY "$pg/initdb" -N -A trust -U postgres --no-instructions -D "$T/pg" \
	>"$T/initdb.log" 2>&1 || fail "initdb"
all="nginx redis postgres memcached node haproxy java python socat busybox
	iperf3 dnsmasq"
if [ "$(cat /proc/self/setgroups)" = allow ] &&
	ssh-keygen -q -t ed25519 -N '' -f "$T/key" &&
	ssh-keygen -q -t ed25519 -N '' -f "$T/hostkey" &&
	{ [ -d /run/sshd ] || mkdir -m 755 /run/sshd; }; then
	all="$all sshd"
	printf '%s\n' 'Port 8013' 'ListenAddress 127.0.0.1' "HostKey $T/hostkey" \
		"AuthorizedKeysFile $T/key.pub" 'PidFile none' 'StrictModes no' \
		'UsePAM no' 'PermitRootLogin yes' >"$T/sshd_config"
else
	say "sshd: SKIP: root cannot log in here"
fi

# row NAME: its $port, what the real client says as $answer, and $proto.
row()
{
	proto=tcp answer=$1
	case $1 in
	nginx) port=8001 ;;
	redis) port=8002 answer=PONG ;;
	postgres) port=8003 answer=42 ;;
	memcached) port=8004 answer=0 ;;
	node) port=8005 ;;
	haproxy) port=8006 ;;
	java) port=8007 ;;
	python) port=8008 answer=static ;;
	socat) port=8009 ;;
	busybox) port=8010 answer=static ;;
	iperf3) port=8011 answer=0 ;;
	dnsmasq) port=8012 answer=10.1.2.3 proto=udp ;;
	sshd) port=8013 answer=alive ;;
	esac
}

# launch PREFIX NAME: with everything in front of it that PREFIX holds
launch()
{
	local name=$2

	set -- $1
	case $name in
	nginx) set -- "$@" nginx -c "$T/nginx.conf" ;;
	redis) set -- "$@" redis-server --port 8002 --bind 127.0.0.1 --save '' \
		--dir "$T" ;;
	postgres) set -- "$@" $NOBODY "$pg/postgres" -F -D "$T/pg" -p 8003 \
		-k "$T" -c listen_addresses=127.0.0.1 -c autovacuum=off ;;
	memcached) set -- "$@" memcached -u root -l 127.0.0.1 -p 8004 -U 0 ;;
	node) set -- "$@" node "$T/cluster.js" ;;
	haproxy) set -- "$@" haproxy -W -db -f "$T/haproxy.cfg" ;;
	java) set -- "$@" java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$T" \
		HelloServer 8007 ;;
	python) set -- "$@" python3 -m http.server --bind 127.0.0.1 -d "$T/www" \
		8008 ;;
	socat) set -- "$@" socat TCP-LISTEN:8009,bind=127.0.0.1,reuseaddr,fork \
		'SYSTEM:echo socat' ;;
	busybox) set -- "$@" busybox httpd -f -p 127.0.0.1:8010 -h "$T/www" ;;
	iperf3) set -- "$@" iperf3 -s -B 127.0.0.1 -p 8011 ;;
	dnsmasq) set -- "$@" dnsmasq -k -u root -p 8012 -C /dev/null \
		--listen-address=127.0.0.1 --bind-interfaces --no-resolv \
		--no-hosts --address=/x.test/10.1.2.3 --pid-file ;;
	# Its title overwrites the environment by which the script's end knows
	# its own, so it ends with its parent.
	sshd) set -- "$@" setpriv --pdeathsig KILL "$(command -v sshd)" -D -e \
		-f "$T/sshd_config" ;;
	esac
	start "$name" "$@"
}

client()
{
	case $1 in
	redis) run redis-cli -h pool:redis ping ;;
	postgres) run psql -h pool:postgres -U postgres -Atc 'select 42' ;;
	memcached) run memcping --servers=memcached.pool.alt; echo $? ;;
	socat) run nc.openbsd -d pool:socat 80 ;;
	iperf3) run iperf3 -c pool:iperf3 -n 1M >&2; echo $? ;;
	dnsmasq) run dig +short +tries=1 @dnsmasq.pool.alt x.test ;;
	sshd) run ssh -F none -i "$T/key" -o BatchMode=yes \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o LogLevel=ERROR root@pool:sshd echo alive ;;
	*) run curl -fsS "http://$1.pool.alt/name" && echo ;;
	esac
}

# What a process has open, without numbers that differ from run to run.
open_files()
{
	for f in "/proc/$1"/fd/*; do
		readlink "$f"
	done | sed 's/:\[[0-9]*\]//; s/[0-9][0-9][0-9]*/N/g' | sort | uniq -c
}

### Without us.
for name in $all; do
	row "$name"
	launch "" "$name"
	eval "pid_$name=$pid"
done
for name in $all; do
	row "$name"
	eval "pid=\$pid_$name"
	wait_for 30 listening $proto $port || fail "$name does not start"
	[ "$name" = node ] && wait_for 20 curl -fsS http://127.0.0.1:8005/name
	open_files "$pid" >"$T/$name.files"
done
for name in $all; do
	eval "stop \$pid_$name TERM 20"
done
for name in $all; do
	row "$name"
	wait_for 20 eval "! listening $proto $port" || fail "$name goes on"
done

### With us.
start_registrar
for name in $all; do
	row "$name"
	suffix=
	[ $proto = udp ] && suffix=/udp
	launch "rsp-register --pool $name${suffix:+=$suffix} --" "$name"
	eval "pid_$name=$pid"
done
opens_the_same() # NAME PID
{
	open_files "$2" >"$T/$1.files-with"
	cmp -s "$T/$1.files" "$T/$1.files-with"
}
failed=
for name in $all; do
	row "$name"
	wait_for 30 has_elements "$name" 1 || failed="$failed $name(not registered)"
	eval "wrapper=\$pid_$name"
	server=$(cat "/proc/$wrapper/task/$wrapper/children")
	[ "$name" = node ] && wait_for 20 curl -fsS http://127.0.0.1:8005/name
	# Some are registered before they have forked their workers.
	other=
	wait_for 5 opens_the_same "$name" "${server%% *}" ||
		other=", other descriptors"
	got=$(client "$name" 2>"$T/client-$name.log" | grep . | tail -n 1)
	verdict="ok$other"
	[ "$got" = "$answer" ] || verdict="FAILED: the client says $got"
	say "$name: $verdict"
	[ "$verdict" = ok ] && continue
	failed="$failed $name"
	cat "$T/client-$name.log"
	diff "$T/$name.files" "$T/$name.files-with"
done
[ -z "$failed" ] || fail "under rsp-register:$failed"

### nginx reloads its configuration: other workers, the same element.
id=$(rsp-resolve --json nginx | grep -o '"id": "[^"]*"')
kill -HUP "$(cat "$T/nginx.pid")"
wait_for 10 eval '[ "$(pgrep -c -P "$(cat "$T/nginx.pid")")" = 2 ]'
happens_within 2 false
check "nginx is the same element after a reload" \
	test "$(rsp-resolve --json nginx | grep -o '"id": "[^"]*"')" = "$id"
check "and serves" test "$(client nginx)" = nginx

### The end: out of the pool first.
for name in $all; do
	eval "kill -TERM \$pid_$name"
done
for name in $all; do
	check "$name is deregistered" wait_for 5 has_elements "$name" 0
done
for name in $all; do
	row "$name"
	eval "pid=\$pid_$name"
	wait_for 30 gone "$pid" || fail "$name does not end"
	listening $proto $port && fail "$name is left behind"
done
say "ok: all have ended, and nobody is left behind"
grep -lszx "RSP_TEST_MARK=$T" /proc/[0-9]*/environ >"$T/marked"
left=
while read -r file; do
	pid=${file#/proc/}
	pid=${pid%%/*}
	[ "$pid" = "$registrar_pid" ] || gone "$pid" ||
		left="$left $(tr '\0' ' ' <"/proc/$pid/cmdline")"
done <"$T/marked"
check "no process is left:$left" test -z "$left"
