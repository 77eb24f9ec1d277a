#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# seeds.sh - trouble made up from seeds breaks no promise of sim_check.h
#
# Each seed: 5 registrars (7, 1), 200 elements, users, and 50 things that happen
# to them.  A failure prints its seed; RSP_SEED=SEED begins there.  RSP_SOAK=1:
# ten thousand seeds, and one system of 100 registrars and 100000 elements.
. "$(dirname "$0")/../lib/lib.sh"
TEST_TIMEOUT=${RSP_SOAK:+5400}
setup shared

cd "$T" || exit 99
sim=$top_builddir/tests/sim/sim
seed=${RSP_SEED:-100}
if [ -n "${RSP_SOAK:-}" ]; then
	check "10000 seeds, 5 registrars" "$sim" -s "${RSP_SEED:-1}" -n 10000
	check "500 seeds, 7 registrars" "$sim" -s "$seed" -n 500 -r 7
	check "500 seeds, 1 registrar" "$sim" -s "$seed" -n 500 -r 1
	check "100 registrars, 100000 elements" "$sim" \
		"$top_srcdir/tests/sim/scenarios/hundred-registrars.big"
else
	check "60 seeds, 5 registrars" "$sim" -s "$seed" -n 60
	check "10 seeds, 7 registrars" "$sim" -s "$seed" -n 10 -r 7
	check "10 seeds, 1 registrar" "$sim" -s "$seed" -n 10 -r 1
fi
