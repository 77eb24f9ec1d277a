#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# moves.sh - moves among threads, processes and options, what cannot move,
# and that nothing is left behind (shim_moves.c, shim_move_threads.c)
#
# RSP_SOAK=1: ten thousand moves in one process.  HAZARDS as for shim/hazards.sh.
TEST_TIMEOUT=${RSP_SOAK:+1200}
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/shim-lib.sh"
setup
shim_network
shim_peers
if [ -n "${RSP_SOAK:-}" ]; then
	hazard_timeout=1000
	export MOVES=10000
fi
if [ -n "${HAZARDS:-}" ]; then
	run_hazards $HAZARDS
else
	# one after the other, for they share ports
	run_hazards shim_moves
	run_hazards shim_move_threads
fi
