#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clients-at-once.sh - fourteen real clients with the first element dead and the
# next one quick (see clients.sh)
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
delay=0
. "$(dirname "$0")/../lib/clients.sh"
