#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sim-scenarios.sh - every scenario of tests/scenarios comes out as it says, with
# whatever seed the delays are made from
. "$(dirname "$0")/lib.sh"
setup shared

seed=${RSP_SEED:-1}
cd "$T" || exit 99
for scenario in "$top_srcdir"/tests/scenarios/*.scn; do
	for i in 0 1 2 3; do
		"$top_builddir/tests/sim" -s $((seed + i)) "$scenario" \
			>"$T/sim.log" 2>&1 || fail "$(basename "$scenario")"
	done
	say "ok: $(basename "$scenario" .scn)"
done
