#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sim-seeds.sh - trouble made up from seeds breaks no promise of sim_check.h
#
# A failure prints its seed; RSP_SEED=SEED begins there.  RSP_SOAK=1: ten
# thousand seeds, and one system of 100 registrars and 100000 elements.
. "$(dirname "$0")/lib.sh"
TEST_TIMEOUT=${RSP_SOAK:+3600}
setup shared

seeds=60
[ -n "${RSP_SOAK:-}" ] && seeds=10000
cd "$T" || exit 99
check "$seeds seeds" "$top_builddir/tests/sim" -s "${RSP_SEED:-1}" -n "$seeds" -r 1
