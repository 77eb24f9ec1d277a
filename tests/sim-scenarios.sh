#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sim-scenarios.sh - every scenario of tests/scenarios comes out as it says
. "$(dirname "$0")/lib.sh"
setup shared

for scenario in "$top_srcdir"/tests/scenarios/*.scn; do
	(cd "$T" && "$top_builddir/tests/sim" -s "${RSP_SEED:-1}" "$scenario") \
		>"$T/sim.log" 2>&1 || fail "$(basename "$scenario")"
	say "$(basename "$scenario" .scn): $(tail -n 3 "$T/sim.log" | head -n 1)"
done
