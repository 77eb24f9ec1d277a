#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# main-dead-host.sh - a host that swallows every SYN costs one client one
# timeout; whoever connects after that, in whatever process, avoids it
#
# The host is a network namespace behind a veth pair; its server registered
# itself, and then the path died.  What is counted is the connections that the
# dead host was asked for.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need curl wget node nft
need_python

ip link add near type veth peer name far 2>/dev/null ||
	skip "no veth pair can be made here"
start far unshare -n sleep 600
far=$pid
wait_for 5 eval '! [ /proc/self/ns/net -ef /proc/$far/ns/net ]'
ip link set far netns "$far"
over()
{
	nsenter -t "$far" -n "$@"
}
ip addr add 10.77.0.1/24 dev near && ip link set near up
over ip addr add 10.77.0.2/24 dev far && over ip link set far up &&
	over ip link set lo up
export RSP_REGISTRARS=tcp://10.77.0.1

start_registrar --listen tcp://10.77.0.1
mkdir "$T/www"
start web-near rsp-register --pool Web --policy lu:50 -- \
	python3 -m http.server -d "$T/www" 8000
start web-far nsenter -t "$far" -n rsp-register --pool Web --policy lu:0 -- \
	python3 -m http.server -d "$T/www" 8000
echo near >"$T/www/name"
wait_for 10 has_elements Web 2 || fail "two servers, not registered"
no_marks
rsp-run curl -fsS -o /dev/null http://Web.pool.alt/name || fail "curl"
check "the far server is the first choice" \
	[ "$(count '"GET' "$T/web-far.log")" = 1 ]

over nft -f - <<'EOF' || skip "the kernel has no nf_tables"
table ip dead {
	set asked { type ipv4_addr . inet_service; size 65535; flags dynamic; }
	chain in {
		type filter hook input priority 0;
		tcp dport 8000 tcp flags syn / syn,ack add @asked { ip saddr . tcp sport } drop
	}
}
EOF

asked()
{
	over nft -j list set ip dead asked | python3 -c '
import json, sys
print(sum(len(x["set"].get("elem", [])) for x in json.load(sys.stdin)["nftables"]
          if "set" in x))'
}

node='require("http").get(process.argv[1], r => r.pipe(process.stdout))
	.on("error", e => { console.error(e); process.exit(1) })'
urllib='import sys, urllib.request as u
sys.stdout.write(u.urlopen(sys.argv[1]).read().decode())'
client()
{
	case $1 in
	curl) rsp-run curl -fsS "$2" ;;
	wget) rsp-run wget -qO- "$2" ;;
	urllib) rsp-run python3 -c "$urllib" "$2" ;;
	node) rsp-run node -e "$node" "$2" ;;
	esac
}

export RSP_CONNECT_TIMEOUT=1
for first in curl wget urllib node; do
	no_marks
	before=$(asked)
	begin=$(now_ms)
	got=$(client $first http://Web.pool.alt/name 2>"$T/$first.log")
	cost=$(($(now_ms) - begin))
	check "$first gets its answer from the living server" [ "$got" = near ]
	# a program that tries both addresses of the name side by side does not wait for it
	[ "$cost" -ge 990 ] || [ $(($(asked) - before)) = 1 ] ||
		fail "$first did not meet the dead host"
	# Twice the timeout would be 2 s.  Programs need some time of their own.
	begin=$(now_ms)
	client $first http://Web.pool.alt/name >"$T/got" || fail "$first again"
	within "$first, for one timeout of 1 s" \
		$((cost - ($(now_ms) - begin))) 1800
	check "$first asked the dead host for one connection" \
		[ $(($(asked) - before)) = 1 ]
	# The mark lives 10 s.
	begin=$(now_ms)
	for next in curl wget urllib curl wget; do
		client $next http://Web.pool.alt/name >"$T/got" \
			2>>"$T/$first.log" || fail "$next after $first"
	done
	cost=$(($(now_ms) - begin))
	if [ "$cost" -lt 8000 ]; then
		check "nobody after $first asked it" \
			[ $(($(asked) - before)) = 1 ]
	fi
	within "five clients after $first" "$cost" 5000
done

# Clients that start together may each meet it, but none twice.
no_marks
before=$(asked)
begin=$(now_ms)
seq 8 | xargs -P 8 -n 1 sh -c 'exec rsp-run curl -fsS http://Web.pool.alt/name' \
	sh >"$T/eight" 2>"$T/eight.log" || fail "one of eight failed"
check "eight at once: all answered" [ "$(count near "$T/eight")" = 8 ]
check "eight at once: each asked it at most once" \
	[ $(($(asked) - before)) -le 8 ]
within "eight at once" $(($(now_ms) - begin)) 2900

# The default timeout is 2 s, for a program that tries one address after the other.
unset RSP_CONNECT_TIMEOUT
no_marks
begin=$(now_ms)
rsp-run wget -qO /dev/null http://Web.pool.alt/name || fail "wget"
cost=$(($(now_ms) - begin))
[ "$cost" -ge 1900 ] || fail "the default is no 2 s: $cost ms"
within "wget with the default timeout" "$cost" 3500
