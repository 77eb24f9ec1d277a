#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clients-slow.sh - fourteen real clients with the first element dead and the
# next one slow by a second (see clients.sh)
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
delay=1
. "$(dirname "$0")/../lib/clients.sh"
