#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# move.sh - each call that can be the first to meet the end of a server
# (shim_move.c)
#
# Every fifth row, from one that RSP_SEED names (else the clock); RSP_SOAK=1: all.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/shim-lib.sh"
setup
shim_network
shim_peers
seed=${RSP_SEED:-$(date +%s)}
say "RSP_SEED=$seed"
[ -n "${RSP_SOAK:-}" ] || export MOVE_PART="$((seed % 5))/5"
run_hazards shim_move
