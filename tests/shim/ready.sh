#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ready.sh - readiness that is true while connections move (shim_ready.c),
# errors behind partial results (shim_kept.c), handlers that jump (shim_jump.c),
# and times that begin anew (shim_anew.c)
#
# HAZARDS: programs, HAZARD: a test; READY_STYLE: rows of that style only.
# Every seventh row, from one that RSP_SEED names (else the clock); RSP_SOAK=1: all.
TEST_TIMEOUT=${RSP_SOAK:+600}
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/shim-lib.sh"
setup
shim_network
shim_peers
seed=${RSP_SEED:-$(date +%s)}
say "RSP_SEED=$seed"
[ -n "${RSP_SOAK:-}" ] || export READY_PART="$((seed % 7))/7"
hazard_timeout=${RSP_SOAK:+500}
for program in ${HAZARDS:-shim_ready shim_kept shim_jump shim_anew}; do
	[ "$program" != shim_anew ] ||
		export RSP_ANSWER_TIMEOUT=1 RSP_FAILOVER_TIMEOUT=1.4
	run_hazards "$program" ${HAZARD:-}
done
