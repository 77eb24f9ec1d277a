# SPDX-License-Identifier: Apache-2.0
# clients.sh - real clients of many makes, each through a pool whose first
# element is dead; read by clients-at-once.sh and clients-slow.sh, which set
#
#	delay=0    the living element answers at once
#	delay=1    its first SYN is lost, so it answers after about a second
#
# The programs learn in ways of their own how a connect went (poll, select,
# epoll, SO_ERROR, connect again), so the list is the claim.  That the dead
# element was tried first is counted, not assumed.

need curl git wget node java redis-cli redis-server ab nc.openbsd psql ssh \
	sshd nft
need_python

start_registrar
mkdir "$T/www"
echo alive >"$T/www/name"
# git serves its plain files: any web server will do.
(
	export HOME="$T" GIT_CONFIG_NOSYSTEM=1
	git init -q "$T/work" && cd "$T/work" &&
		git config user.email a@example.org && git config user.name A &&
		echo alive >name && git add name && git commit -qm one &&
		git clone -q --bare "$T/work" "$T/www/repo.git" &&
		cd "$T/www/repo.git" && git update-server-info
) >"$T/git.log" 2>&1 || fail "git cannot make a repository"
start web python3 -m http.server --bind 127.0.0.1 -d "$T/www" 8000
wait_for 10 listening tcp 8000 || fail "no web server"
start_redis 6379
start_postgres 5432
start_sshd 2222 && ssh=yes || ssh=no

for pool in Web=8000 Cache=6379 Data=5432 Shell=2222; do
	[ $pool$ssh = Shell=2222no ] && continue
	dead_element "${pool%=*}" lu:0
	served "${pool%=*}" "${pool#*=}" --policy lu:50
	wait_for 10 has_elements "${pool%=*}" 2 || fail "no pool $pool"
done

# Counts connections to the dead element; loses first SYNs if so asked.  A port
# of a client is soon another one's, at another server.
lose=
[ "$delay" = 1 ] && lose='
	tcp dport { 8000, 6379, 5432, 2222 } tcp flags syn / syn,ack tcp sport . tcp dport @seen accept
	tcp dport { 8000, 6379, 5432, 2222 } tcp flags syn / syn,ack add @seen { tcp sport . tcp dport } counter name lost drop'
nft -f - <<EOF || skip "the kernel has no nf_tables"
table ip t {
	counter dead { }
	counter lost { }
	set seen { type inet_service . inet_service; flags timeout; timeout 10s; size 65535; }
	chain in {
		type filter hook input priority 0;
		tcp dport 9 tcp flags syn / syn,ack counter name dead
		$lose
	}
}
EOF
counter()
{
	nft list counter ip t "$1" | sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

urllib='import sys, urllib.request as u
sys.stdout.write(u.urlopen(sys.argv[1], timeout=eval(sys.argv[2])).read().decode())'
asyncio='import asyncio, sys
async def main():
    r, w = await asyncio.open_connection(sys.argv[1], 80)
    w.write(b"GET /name HTTP/1.0\r\n\r\n")
    print((await r.read()).split()[-1].decode())
asyncio.run(main())'
node='require("http").get(process.argv[1], r => r.pipe(process.stdout))
	.on("error", e => { console.error(e); process.exit(1) })'
java="java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
url=http://Web.pool.alt

one_client()
{
	case $1 in
	curl) run curl -fsS $url/name ;;
	git) HOME=$T GIT_CONFIG_NOSYSTEM=1 run git clone -q $url/repo.git \
		"$T/clone" >/dev/null && cat "$T/clone/name" ;;
	wget) run wget -qO- $url/name ;;
	urllib) run python3 -c "$urllib" $url/name None ;;
	urllib-timeout) run python3 -c "$urllib" $url/name 10 ;;
	asyncio) run python3 -c "$asyncio" pool:Web ;;
	node) run node -e "$node" $url/name ;;
	java-url) run $java "$top_srcdir/tests/lib/java/UrlGet.java" \
		$url/name ;;
	java-http) run $java "$top_srcdir/tests/lib/java/HttpClientGet.java" \
		$url/name ;;
	redis-cli) run redis-cli -h pool:Cache ping ;;
	ab) run ab -q -n 8 -c 4 $url/name | grep 'Failed requests' ;;
	nc) printf 'GET /name HTTP/1.0\r\n\r\n' |
		run nc.openbsd pool:Web 80 | tail -n 1 ;;
	psql) run psql -h pool:Data -U postgres -Atc 'select 42' ;;
	ssh) run ssh -F none -i "$T/key" -o BatchMode=yes \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o LogLevel=ERROR root@pool:Shell echo alive ;;
	esac
}

failed=''
for row in curl=alive git=alive wget=alive urllib=alive urllib-timeout=alive \
	asyncio=alive node=alive java-url=alive java-http=alive redis-cli=PONG \
	'ab=Failed requests:        0' nc=alive psql=42 ssh=alive; do
	client=${row%%=*}
	[ $client = ssh ] && [ $ssh = no ] && say "ssh: SKIP: root cannot log in here" &&
		continue
	no_marks
	dead=$(counter dead) lost=$(counter lost) begin=$(now_ms)
	got=$(one_client $client 2>"$T/client-$client.log")
	took=$(($(now_ms) - begin))
	dead=$(($(counter dead) - dead)) lost=$(($(counter lost) - lost))
	verdict=ok
	[ "$got" = "${row#*=}" ] || verdict="FAILED (said: $got)"
	[ "$dead" -ge 1 ] || verdict="$verdict, never met the dead element"
	[ "$delay" = 0 ] || [ "$lost" -ge 1 ] ||
		verdict="$verdict, never waited"
	say "$client: $verdict, dead asked $dead times, $took ms"
	[ "$verdict" = ok ] && continue
	failed="$failed $client"
	sed 's/^/    /' "$T/client-$client.log"
done
[ -z "$failed" ] || fail "with the first element dead:$failed"

# iperf3 makes two connections, which must meet one server: a pool of one.
if command -v iperf3 >/dev/null; then
	start iperf3 iperf3 -s -p 5201
	wait_for 10 listening tcp 5201 || fail "no iperf3 server"
	served Speed 5201
	check "iperf3 with a pool of one" run iperf3 -c pool:Speed -n 4M
	check "iperf3 in reverse" \
		run iperf3 -R -c pool:Speed -n 4M
fi
