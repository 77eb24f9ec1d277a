#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sctp-enrp-rsplib.sh - our registrar among those of RSPLIB, over the kernel's
# SCTP: it learns from them and they from it, changes go both ways, and each takes
# over the elements of the other's dead
#
# RSP_SOAK=1: ten minutes in which nobody may be taken for dead; else 15 s.
TEST_TIMEOUT=$((${RSP_SOAK:+600} + 280))
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
. "$(dirname "$0")/../lib/hosts.sh"
in_guest bridge
setup
need jq bridge rspregistrar
need_python

quiet=15
[ -n "${RSP_SOAK:-}" ] && quiet=600
scheme=sctp
RSP_CACHE=off
export RSP_CACHE

hosts 1 2 3 4 10

theirs() # NUMBER PEER...
{
	local n="$1"

	shift
	# shellcheck disable=SC2046
	start_on "$n" "rsplib$n" rspregistrar "-identifier=0x0000000$n" \
		"-asap=10.88.0.$n:3863" "-enrp=10.88.0.$n:9901" \
		-asapannounce=off -enrpannounce=off -disable-ipv6 -logcolor=off \
		-loglevel=5 $(printf -- '-peer=10.88.0.%d:9901 ' "$@")
	eval "rsplib$n=$pid"
}

# put NAME REGISTRAR POOL FIRST LAST: elements there, and nowhere else
put()
{
	# shellcheck disable=SC2046
	start_on 10 "$1" rsp-register --interop rsplib \
		--registrar "sctp://10.88.0.$2" \
		$(seq -f "--pool $3=%g" "$4" "$5")
}

# at REGISTRAR POOL COUNT: by ASAP
at()
{
	[ "$(rsp-resolve --registrar "sctp://10.88.0.$1" --json "$2" \
		2>"$T/resolve.err" | grep -o '"id"' | wc -l)" = "$3" ]
}

theirs 1 2
theirs 2 1
start_on 10 server python3 "$top_srcdir/tests/lib/many_ports.py" 10.88.0.10 8000 190
wait_for 20 in_log server ready || fail "no server"
put one 1 One 8000 8039
wait_for 60 at 1 One 40 || fail "40 elements at RSPLIB's registrar"
wait_for 30 at 2 One 40 || fail "RSPLIB's registrars do not agree"

# A newcomer.
start_on 3 ours rsp-registrar --interop rsplib --id 0x70000003 \
	--listen sctp://10.88.0.3 --enrp sctp://10.88.0.3 \
	--peer sctp://10.88.0.1
ours=$pid
check "our newcomer learns all from RSPLIB, in several parts" \
	wait_for 30 in_log ours 'synchronised: .*elements=40'
check "... and of the other one" wait_for 20 knows 3 '
	([.peers[].id] | sort) == ["0x00000001", "0x00000002"] and
	($all | length == 40 and all(.[]; .home == "0x00000001"
		and .life > 60 and .life < 3600))'
check "rsp-status reads RSPLIB's tables" knows 1 '
	.registrar.id == "0x00000001" and .registrar.elements == 40 and
	.registrar.serves'

# Changes.
put two 2 Two 8040 8041
check "what comes to RSPLIB comes to us" wait_for 20 at 3 Two 2
stop "$pid"
check "... and goes" wait_for 20 at 3 Two 0
put three 3 Three 8042 8051
put more 3 Three 8052 8111
more=$pid
put most 3 Three 8112 8171
most=$pid
for n in 1 2; do
	check "what comes to us comes to RSPLIB $n" wait_for 40 at $n Three 128
done
put four 3 Four 8172 8172
four=$pid
wait_for 20 at 2 Four 1 || fail "one more"
stop "$four"
for n in 1 2; do
	check "... and goes, from RSPLIB $n" wait_for 20 at $n Four 0
done

# A mentor.
theirs 4 3
check "RSPLIB's newcomer learns all from us, in several parts" \
	wait_for 60 eval 'at 4 Three 128 && at 4 One 40'

# Nobody is dead.
sleep_end=$(($(now_ms) + quiet * 1000))
while [ "$(now_ms)" -lt $sleep_end ]; do
	! grep -E 'takeover|audit failed|peer (lost|dead)' "$T/ours.log" >&2 ||
		fail "a registrar that lives was doubted"
	! grep -q 'Initiating takeover of dead peer \$70000003' \
		"$T"/rsplib[124].log || fail "RSPLIB takes us for dead"
	sleep 0.5
done
check "$quiet s of peace: all there" knows 3 '$all | length == 170'

# Deaths.
begin=$(now_ms)
kill -9 "$rsplib1"
new_homes() # NUMBER ID COUNT
{
	knows "$1" '[$all[] | select(.home != $id)] | length == '"$3"'
		and ($all | length == '"$3"')' --arg id "$2"
}
check "RSPLIB's dead one's elements have a home" \
	wait_for 30 new_homes 3 0x00000001 170
say "after $(($(now_ms) - begin)) ms: $(jq -c '
	[.pools[].elements[].home] | group_by(.) | map([.[0], length])' \
	"$T/status3.json")"
check "they heard of it" wait_for 20 in_log one 'which has taken over'
check "they stay" sh -c 'sleep 6' && check "... all of them" \
	new_homes 3 0x00000001 170
# RSPLIB calls all at once and gives each 5 s, so not too many for this guest.
# It is asked by ASAP, for whoever asks it by ENRP has to be its peer, and is
# missed when it goes.
stop "$more"
stop "$most"
taken() # REGISTRAR POOL COUNT
{
	rsp-resolve --registrar "sctp://10.88.0.$1" --json "$2" \
		2>"$T/resolve.err" | jq -e '.elements | length == '"$3"' and
		all(.[]; .home != "0x70000003" and .home != "0x00000001")' \
		>/dev/null
}
wait_for 30 at 2 Three 10 || fail "RSPLIB does not know who left"
begin=$(now_ms)
kill -9 "$ours"
check "our dead one's elements have a home at RSPLIB" \
	wait_for 60 eval 'sleep 0.5; taken 2 Three 10 && taken 2 One 40'
say "after $(($(now_ms) - begin)) ms"
check "they heard of it" wait_for 20 in_log three 'which has taken over'
