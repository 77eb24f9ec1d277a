#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# far.sh - a registrar that is far away: round trips that are longer than
# the time that a connection is given at first
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3 ip unshare nsenter
[ -c /dev/net/tun ] && { : <>/dev/net/tun; } 2>/dev/null ||
	skip "no tunnel can be made here"

# far NAME DELAY: another network at the end of a slow link; $far is a process
# there.
far()
{
	start "far-$1" unshare -n sleep 600
	far=$pid
	wait_for 5 eval '[ "$(readlink /proc/$far/ns/net)" != \
		"$(readlink /proc/self/ns/net)" ]' || fail "no other network"
	start "link-$1" python3 "$top_srcdir/tests/lib/delay_link.py" "$far" "$2" \
		10.9.0.1/24 10.9.0.2/24
	link=$pid
	wait_for 10 grep -q up "$T/link-$1.log" || fail "no link"
}

there()
{
	nsenter -t "$far" -n "$@"
}

start rr rsp-registrar --listen tcp://0.0.0.0 --announce off
wait_for 10 listening tcp 3863 || fail "no registrar"

# 0.7 s there and back, and 1.3 s, which is longer than T2, too.
n=1
for delay in 0.35 0.65; do
	far $n $delay
	start "web$n" nsenter -t "$far" -n rsp-register --pool "Far$n" -v \
		--drain 0 --lifetime 8 --registrar tcp://10.9.0.1 -- \
		python3 -m http.server --bind 10.9.0.2 8001
	web=$pid
	check "$delay s away a server is registered" \
		wait_for 15 has_elements "Far$n" 1
	wait_for 15 grep -q registered "$T/web$n.log" || fail "it does not know"
	# it registers again every 4 s
	! happens_within 10 grep -q 'lost the registration' "$T/web$n.log" ||
		fail "it is lost when it registers again"
	check "and stays so" has_elements "Far$n" 1
	kill -TERM "$web"
	wait_for 20 gone "$web" || fail "it does not end"
	stop "$link" KILL
	n=$((n + 1))
done

# Who knows how far it is says so, and does not have to find it out.
far 3 0.35
start known nsenter -t "$far" -n rsp-register --pool Known --drain 0 \
	--connect-timeout 2 --registrar tcp://10.9.0.1 -- \
	python3 -m http.server --bind 10.9.0.2 8001
check "--connect-timeout" wait_for 4 has_elements Known 1
