#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# discover.sh - registrars that announce themselves are found: by clients, who
# wait for an announcement once for all; by rsp-register, whenever they appear;
# over IPv4 and IPv6; whatever else is sent there
#
# The registrars are on another host, a network namespace behind a veth pair.
#
# Proves 5352-3.6-05, 5352-3.6-08, 5352-9.2-32, 5352-9.2-33.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need curl
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
ip -6 addr add fd77::1/64 dev near nodad
over ip addr add 10.77.0.2/24 dev far && over ip link set far up &&
	over ip link set lo up
over ip -6 addr add fd77::2/64 dev far nodad
over ip addr add 10.77.0.66/24 dev far # of the forger
wait_for 10 eval 'ip -6 addr show dev near | grep -q "inet6 fe80.*link *$"'
wait_for 10 eval 'over ip -6 addr show dev far | grep -q "inet6 fe80.*link *$"'

# registrar NAME PORT [OPTION...]: over there; $pid
registrar()
{
	local name="$1" port="$2"

	shift 2
	start "$name" nsenter -t "$far" -n rsp-registrar \
		--listen "tcp://0.0.0.0:$port" --listen "tcp://[::]:$port" \
		--enrp "tcp://127.0.0.1:$((port + 1))" -v \
		--t6-serverannounce 0.3 "$@"
	wait_for 10 in_log "$name" ready || fail "$name is not ready"
}

# now_resolve STATUS NAME [OPTION...]: and how long it took, in $took
now_resolve()
{
	local want="$1" begin status

	shift
	begin=$(now_ms)
	timeout 20 rsp-resolve -vv "$@" >"$T/out" 2>"$T/resolve.log"
	status=$?
	took=$(($(now_ms) - begin))
	[ "$status" = "$want" ] || fail "rsp-resolve $*: exit $status, not $want"
}

heard() # by the client that ran last: it listened
{
	grep -q 'announcements* heard$' "$T/$1.log"
}

export RSP_REGISTRARS=multicast

# Nobody at all: said, within seconds.
now_resolve 3 Web
check "nobody is announced, and that is said" \
	grep -q 'multicast (nobody announced there)' "$T/resolve.log"
check "the wait is bounded ($took ms)" [ "$took" -lt 15000 ]

# rsp-register waits for one, and clients find it then.
start web rsp-register --pool Web -- sh -c \
	'echo $$ >"$1"; exec python3 -m http.server -d "$2" 8001' \
	sh "$T/web.pid" "$T"
wait_for 10 in_log web 'multicast: no registrar is announced there' ||
	fail "rsp-register does not say what it waits for"
registrar one 3863 --announce 224.0.1.185
one=$pid
wait_for 10 in_log web 'registered 10.77.0.1:8001 .* tcp://10.77.0.2:3863' ||
	fail "rsp-register does not find the registrar that has appeared"
say "ok: rsp-register finds a registrar that appears later"
now_resolve 0 Web
check "and has told the cache of it" [ "$(count 'heard$' "$T/resolve.log")" = 0 ]

# Clients: the first one waits, the others need not.
RSP_RUNTIME_DIR=$T/clients
export RSP_RUNTIME_DIR
mkdir -m 700 "$T/clients"
: >"$T/clients.log"
for i in 1 2 3 4 5 6 7 8 9 10; do
	RSP_LOG=debug RSP_LOG_FILE=$T/clients.log RSP_CACHE_TTL=0 \
		run curl -fsS -o /dev/null http://Web.pool.alt/ || fail "curl"
done
listened=$(count 'announcements* heard$' "$T/clients.log")
say "10 clients waited $listened times"
check "what one client heard is good for others" [ "$listened" = 1 ]
RSP_CACHE=off RSP_LOG=debug RSP_LOG_FILE=$T/off.log \
	run curl -fsS -o /dev/null http://Web.pool.alt/ || fail "curl"
check "without a cache each listens for itself" heard off

# Nothing stays behind in the client's process.
cat >"$T/fds.py" <<'END'
import os, socket
before = sorted(os.listdir("/proc/self/fd"))
s = socket.create_connection(("Web.pool.alt", 80))
s.close()
after = sorted(os.listdir("/proc/self/fd"))
groups = [l for l in open("/proc/self/net/igmp") if "B90100E0" in l.upper()]
assert before == after, (before, after)
END
RSP_CACHE=private run python3 "$T/fds.py" || fail "a descriptor is left"
say "ok: no descriptor is left in the client"

# A name beside it is used when nobody is announced, and before that is waited
# for if it stands before.
RSP_REGISTRARS=multicast:239.0.0.50,tcp://10.77.0.2 now_resolve 0 Web
RSP_REGISTRARS=tcp://10.77.0.2,multicast:239.0.0.50 now_resolve 0 Web
check "the first one named is asked first" \
	[ "$(count 'heard$' "$T/resolve.log")" = 0 ]
RSP_REGISTRARS=tcp://10.77.0.2:9,multicast now_resolve 0 Web
say "ok: names and multicast beside each other"

# IPv6, on this interface, with another group and port.
stop "$one"
registrar six 3863 --announce '[ff05::50]:4444'
six=$pid
start web6 rsp-register --registrar 'multicast:[ff05::50]:4444%near' \
	--pool Web6 -- python3 -m http.server -b :: -d "$T" 8002
wait_for 15 in_log web6 'registered .fd77::1.:8002 .* tcp://.fd77::2.:3863' ||
	fail "not found over IPv6"
RSP_REGISTRARS='multicast:[ff05::50]:4444' now_resolve 0 Web6
RSP_REGISTRARS='multicast:[ff05::50]:4444' run curl -fsS -o /dev/null \
	http://Web6.pool.alt/ || fail "curl over IPv6"
say "ok: IPv6"
stop "$six"
wait_for 15 in_log web 'is not announced any more' ||
	fail "rsp-register does not drop who is silent"
say "ok: who is silent is dropped"

# Noise: none of it leads anywhere, and the true one is found.
start noise nsenter -t "$far" -n sh -c '
	trap "kill \$p; wait \$p; exit 0" TERM
	say() { python3 "$0" "$@" 10.77.0.66 & p=$!; wait $p; }
	while :; do
		say 224.0.1.185 far garbage 70
		say 224.0.1.185 far forged 50
		say 224.0.1.185 far loopback 5
		say 10.77.0.1 far unicast 5
	done' \
	"$top_srcdir/tests/lib/announce.py"
noise_pid=$pid
registrar two 3863 --announce 224.0.1.185
two=$pid
registrar three 4000 --announce 224.0.1.185
three=$pid
wait_for 20 in_log web 'tcp://10.77.0.2:.* is announced' || fail "not found"
wait_for 20 in_log web 'registered 10.77.0.1:8001 .* tcp://10.77.0.2:' ||
	fail "not registered beside the noise"
mkdir -m 700 "$T/noisy"
RSP_RUNTIME_DIR=$T/noisy
timeout 60 rsp-resolve -vv Nowhere >"$T/noisy.log" 2>&1
stop "$noise_pid"
check "what is said of loopback from outside is not believed" eval \
	'! grep -q "127.0.0.1" "$T/web.log" "$T/noisy.log"'

# Several: clients spread over them, and do without one.
mkdir -m 700 "$T/several"
RSP_RUNTIME_DIR=$T/several
export RSP_RUNTIME_DIR
both()
{
	timeout 20 rsp-resolve -vv Nowhere >/dev/null 2>"$T/resolve.log"
	[ $? = 1 ] && grep -q ':3863' "$T/resolve.log" && grep -q ':4000' "$T/resolve.log"
}
wait_for 30 both || fail "only one of two registrars is found"
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	rsp-resolve Nowhere 2>&1
done | sed 's/.*such pool at \(tcp:[^,;]*\).*/\1/' | sort | uniq -c >"$T/spread"
sed 's/^/    /' "$T/spread"
check "each of them is asked first by some" [ "$(wc -l <"$T/spread")" = 2 ]
kill -9 "$three"
RSP_REGISTRARS=multicast now_resolve 1 Nowhere
check "one that is dead is done without" grep -q ':3863' "$T/resolve.log"
