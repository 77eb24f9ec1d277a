#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# answers.sh - whoever moves, an answer is that to its question: with several
# questions out, with answers that something else has read, with words that only
# look like HTTP, in the modes idle and replay
TEST_TIMEOUT=300
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need_python

start_registrar
for pool in Idle Replay Auto; do
	element $pool 127.0.0.1 8001 priority:2
	element $pool 127.0.0.1 8002 priority:1
done
RSP_FAILOVER=auto,Idle=idle,Replay=replay
export RSP_FAILOVER

start second python3 "$top_srcdir/tests/lib/teller.py" 8002 2
wait_for 10 listening tcp 8002 || fail "no second server"

failed=''
# story WANTED POOL OPTION STEP...: see answers.py; "|" in WANTED: or
story()
{
	local wanted="$1" pool="$2" option="$3" status one verdict='WRONG'

	shift 3
	start first python3 "$top_srcdir/tests/lib/teller.py" 8001 1 "$option"
	first=$pid
	wait_for 10 listening tcp 8001 || fail "no first server"
	no_marks
	run python3 "$top_srcdir/tests/lib/answers.py" "$pool.pool.alt" "$@" \
		>"$T/heard" 2>"$T/said"
	status=$?
	stop "$first" KILL
	if [ $status = 0 ]; then
		IFS='|'
		for one in $wanted; do
			[ "$(cat "$T/heard")" != "$one" ] || verdict=ok
		done
		unset IFS
	fi
	say "$pool, $option: $*: $(cat "$T/heard"): $verdict"
	if [ $verdict != ok ]; then
		failed="$failed; $pool: $*"
		sed 's/^/    /' "$T/said"
	fi
}

# One thing at a time: the next question goes elsewhere, in whatever pieces.
story '1:a 2:b' Idle after=a a '<' dead b '<'
story '1:a 2:b' Replay after=a a '<' dead b '<'
story '1:a 2:b' Replay die=b a '<' b '<'
story '1:a 1:b 2:c' Idle after=b a '<' b '<' dead c '<'
story '1:one 2:two' Idle after=one o_n_e '<' dead t_w_o '<'
story '1:one 2:two' Replay die=two o_n_e '<' t_w_o '<'
# The words of HTTP are others' words, too.
for word in SELECT%1 GET%a LRANGE%list%0%-1; do
	plain=$(echo "$word" | tr % ' ')
	story "1:$plain 2:$plain" Idle "after=$plain" $word '<' dead $word '<'
	story "2:$plain" Replay "die=$plain" $word '<'
done
story '1:SELECT 1 2:GET a' Idle 'after=SELECT 1' SEL_ECT%1 '<' dead G_ET_%a '<'

# And what is HTTP is HTTP in all modes, however it is sent.
for pool in Auto Idle Replay; do
	story '1:/a 2:/b' $pool after=/a GET:/a '<' dead GET:/b '<'
	story '1:/a 2:/b' $pool die=/b GET:/a '<' GET:/b '<'
	story '2:/a' $pool die=/a G+ET+:/a '<'
	story '2:/a' $pool die=/a GET_:/a '<'
done

# How many commands of Redis are answered is known.
story '1:a 1:b 2:c' Idle after=b '*a*b' '<' '<' dead '*c' '<'
story '1:a 1:b 2:c' Idle after=b '*a' '*b' '<' '<' dead '*c' '<'
story '1:a (end)|1:a (error)' Idle die=b '*a*b' '<' dead '*c' '<'
story '1:a (end)|1:a (error)' Idle die=b '*a' '*b' '<' dead '*c' '<'
story '2:a 2:b' Replay die=a '*a*b' '<' '<'
story '1:a 2:b' Replay die=b '*a' '<' '*b' '<'
story '1:a (end)|1:a (error)' Replay die=b '*a*b' '<' '<' # a is another there

# A question is out, or may be: its error.
story '(end)|(error)' Idle die=a a '<'
story '1:(end)|1:(error)' Idle half=a a '<'
story '1:a (end)|1:a (error)' Idle die=b a b '<' '<'
story '1:a (end)|1:a (error)' Idle die=b a b '<' dead c '<'
story '1:a (end)|1:a (error)' Replay die=b a b '<' '<'
story '1:a (end)|1:a (error)' Replay die=b a b '<' dead c '<'
story '1:a 1:b (end)|1:a 1:b (error)' Idle die=c a '<' b c '<' dead d '<'
# Nothing has been answered: all of it is asked again.
story '2:a 2:b' Replay die=a a b '<' '<'

# Somebody else has read the answer.
story '(child) (end)|(child) (error)' Idle after=a a 'child<' dead b '<'
story '(child) (end)|(child) (error)' Replay after=a a 'child<' dead b '<'
story '1:a (child) (end)|1:a (child) (error)' Replay after=b \
	a '<' b 'child<' dead c '<'
for pool in Auto Idle Replay; do
	story '(child) (end)|(child) (error)' $pool after=/a \
		GET:/a 'child<' dead GET:/b '<'
	story '1:/a (child) (end)|1:/a (child) (error)' $pool after=/b \
		GET:/a '<' GET:/b 'child<' dead GET:/c '<'
done
[ -z "$failed" ] || fail "$failed"
