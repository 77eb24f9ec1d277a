#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# scenarios.sh - every scenario of tests/sim/scenarios comes out as it says, with
# whatever seed the delays are made from; and those of faulty registrars
# (scenarios/faulty) fail with the words that their first line has
. "$(dirname "$0")/../lib/lib.sh"
setup shared

seed=${RSP_SEED:-1}
sim=$top_builddir/tests/sim/sim
cd "$T" || exit 99
for scenario in "$top_srcdir"/tests/sim/scenarios/*.scn; do
	for i in 0 1 2 3; do
		"$sim" -s $((seed + i)) "$scenario" >"$T/sim.log" 2>&1 ||
			fail "$(basename "$scenario")"
	done
	say "ok: $(basename "$scenario" .scn)"
done

for scenario in "$top_srcdir"/tests/sim/scenarios/faulty/*.scn; do
	words=$(sed -n '1s/^# Fails: //p' "$scenario")
	"$sim" -k -s "$seed" "$scenario" >"$T/sim.log" 2>&1 &&
		fail "nobody notices $(basename "$scenario")"
	check "noticed: $(basename "$scenario" .scn)" \
		grep -q "FAILED, seed $seed: .*$words" "$T/sim.log"
done

# What fails is made smaller, and fails the same way again.
"$sim" -s "$seed" "$top_srcdir/tests/sim/scenarios/faulty/answers-lost.scn" \
	>"$T/sim.log" 2>&1
check "it is made smaller" test -s "sim-$seed.scn" -a \
	"$(grep -c '^at' "sim-$seed.scn")" -lt 8
"$sim" -k "sim-$seed.scn" >"$T/again.log" 2>&1
check "it fails again" grep -q 'FAILED, .*gets no answer' "$T/again.log"
