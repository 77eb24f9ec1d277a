#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hazards.sh - what breaks preload libraries, call sequence by call
# sequence: the tests of the shim_*.c programs, each in a process and with a
# cache of its own
#
# HAZARDS="shim_wait" runs one program only, HAZARDS="shim_wait NAME" one test.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/shim-lib.sh"
setup
shim_network
shim_peers
run_hazards ${HAZARDS:-}
