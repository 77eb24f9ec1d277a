#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# enrp-kill.sh - three registrars, one of which is killed again and again, while
# clients go on: none of them notices
#
# The elements of the dead one have a new home within 3 s of its death, and
# within 10 s when it only falls silent; none is lost.  A crowded machine is given
# more, and how often is said.
# RSP_SOAK=1: 300 elements, ten minutes.
TEST_TIMEOUT=${RSP_SOAK:+900}
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
. "$(dirname "$0")/../lib/hosts.sh"
setup
need curl ab jq bridge
need_python

elements=30 seconds=6
[ -n "${RSP_SOAK:-}" ] && elements=300 seconds=600
each=10
[ $elements -gt 100 ] && each=60

hosts 1 2 3 10 20
peers_of() # NUMBER
{
	local n

	for n in 1 2 3; do
		[ $n = "$1" ] || printf -- '--peer tcp://10.88.0.%d ' $n
	done
}

up() # NUMBER
{
	# shellcheck disable=SC2046
	registrar "$1" $(peers_of "$1")
}

for n in 1 2 3; do
	up $n
done
for n in 1 2 3; do
	wait_for 20 has $n 0 || fail "registrar $n does not serve"
done

# Servers, spread over the registrars.
start_on 10 server python3 "$top_srcdir/tests/lib/many_ports.py" 10.88.0.10 8000 \
	"$elements"
wait_for 10 in_log server ready || fail "no server"
first=8000
while [ $first -lt $((8000 + elements)) ]; do
	one=$((first / each % 3 + 1))
	all=tcp://10.88.0.$one,tcp://10.88.0.$((one % 3 + 1))
	all=$all,tcp://10.88.0.$(((one + 1) % 3 + 1))
	# shellcheck disable=SC2046
	RSP_REGISTRARS=$all start_on 10 "register$first" rsp-register $(
		seq -f '--pool Web=%g' $first $((first + each - 1)))
	first=$((first + each))
done
for n in 1 2 3; do
	wait_for 30 has $n "$elements" || fail "registrar $n has not all"
done
check "each is home of some" knows 1 \
	'([.registrar, .peers[]] | length) == 3 and
	([.registrar, .peers[]] | all(.elements > 0))'

# Clients.
RSP_REGISTRARS=tcp://10.88.0.1,tcp://10.88.0.2,tcp://10.88.0.3
export RSP_REGISTRARS
cat >"$T/curls" <<'END'
while [ ! -e "$T/over" ]; do
	if rsp-run curl -fsS --max-time 20 -o /dev/null http://Web.pool.alt/; then
		echo good
	else
		echo "FAILED $? $(date +%T)"
	fi
done
END
cat >"$T/abs" <<'END'
while [ ! -e "$T/over" ]; do
	if rsp-run ab -q -n 200 -c 4 -s 20 http://Web.pool.alt/ >"$T/ab.out" &&
		grep -q '^Complete requests: *200$' "$T/ab.out" &&
		grep -q '^Failed requests: *0$' "$T/ab.out" &&
		! grep -q '^Non-2xx' "$T/ab.out"; then
		echo good
	else
		echo "FAILED $? $(date +%T)"
		cat "$T/ab.out"
	fi
done
END
# One without a cache asks a registrar each time.
start_on 20 curls sh "$T/curls"
curls=$pid
RSP_CACHE=off start_on 20 uncached sh "$T/curls"
uncached=$pid
start_on 20 abs sh "$T/abs"
abs=$pid

# settled NUMBER ID: that registrar knows all elements, none of them that one's
settled()
{
	knows "$1" '($all | length) == '"$elements"' and
		all($all[]; .home != $dead)' --arg dead "$2"
}

# after_death WHO LIMIT: the others have all within that time, or on a crowded
# machine five times as much
after_death()
{
	local begin

	begin=$(now_ms)
	wait_for 30 settled $((victim % 3 + 1)) "$id" &&
		wait_for 30 settled $(((victim + 1) % 3 + 1)) "$id" ||
		fail "$1: not all have a home"
	took=$(($(now_ms) - begin))
	[ "$took" -le $(($2 * 5)) ] || fail "$1: $took ms, far over $2"
	[ "$took" -le "$2" ] || slow=$((slow + 1))
	total=$((total + took))
	[ "$took" -le "$worst" ] || worst=$took
}

rounds=0 total=0 slow=0 worst=0 victim=1
end=$(($(now_ms) + seconds * 1000))
while [ $rounds -lt 3 ] || [ "$(now_ms)" -lt "$end" ]; do
	id=$(id_of $victim)
	eval "process=\$registrar$victim"
	kill -9 "$process"
	after_death "killed registrar $victim" 3000
	up $victim
	wait_for 20 has $victim "$elements" ||
		fail "registrar $victim has not all when it is back"
	rounds=$((rounds + 1))
	victim=$((victim % 3 + 1))
done
say "$rounds registrars killed, new homes after $((total / rounds)) ms," \
	"$worst ms at most, $slow times over 3000"

# Silent: stopped, and cut off.
slow=0 worst=0
id=$(id_of $victim)
eval "process=\$registrar$victim"
kill -STOP "$process"
after_death "stopped registrar $victim" 10000
kill -CONT "$process"
check "one that was stopped is back with the others" \
	wait_for 20 eval 'alike 1 2 && alike 2 3 && has 1 $elements'
victim=$((victim % 3 + 1))
id=$(id_of $victim)
cut_link $victim
after_death "registrar $victim, cut off" 10000
mend_link $victim
check "one that was cut off is back with the others" \
	wait_for 30 eval 'alike 1 2 && alike 2 3 && has 1 $elements'
say "silent ones: new homes after $worst ms at most, $slow times over 10000"

# All three have had elements removed only as others' took them over.
for n in 1 2 3; do
	! in_log "registrar$n" 'element removed' ||
		fail "a registrar removed an element that lives: $(
		grep 'element removed' "$T/registrar$n.log" | head -n 3)"
done
: >"$T/over"
for process in $curls $uncached $abs; do
	wait_for 60 gone "$process" || fail "a client hangs"
done
say "$(count good "$T/curls.log") curls, $(count good "$T/uncached.log")" \
	"without a cache, $(count good "$T/abs.log") times ab -n 200"
for log in curls uncached abs; do
	check "requests were made" in_log $log good
	! in_log $log FAILED || fail "a request failed: $(
		grep -A 9 FAILED "$T/$log.log" | head -n 20)"
done
