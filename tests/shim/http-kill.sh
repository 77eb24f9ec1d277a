#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# http-kill.sh - a download whose servers are killed (-9) in its middle, five
# times, ends complete and true, in every client; a series of downloads on one
# connection, too
#
# RSP_SOAK=1: a hundred downloads for each client, and one of 1 GiB; RSP_SEED
# names the offsets.
TEST_TIMEOUT=${RSP_SOAK:+3600}
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
. "$(dirname "$0")/http-lib.sh"
setup
need curl nginx
need_python

web_pool
java_classes

# Without the shim a killed server is seen: the kills are real.
downloads --client curl --kills 1 --without-shim >"$T/without.log" 2>&1 &&
	fail "a killed server does no harm"
check "a killed server breaks a download without the shim" \
	grep -q 'exit [0-9]* after' "$T/without.log"
rm "$T/without.log"

downloads --count ${RSP_SOAK:+10}1 || fail "single downloads"
downloads --count ${RSP_SOAK:+2}1 --objects 6 --size 9000000 || fail "series"
[ -z "${RSP_SOAK:-}" ] ||
	downloads --client curl --client wget --client requests \
		--client node-http --client java-url \
		--size 1073741824 --patience 900 || fail "1 GiB"
