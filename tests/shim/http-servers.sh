#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# http-servers.sh - the same as http-kill.sh with servers of other kinds: without
# Range (python3 -m http.server, which speaks HTTP/1.0), without If-Range
# (busybox), with chunks, both with Range and without, without validators
# (where somebody vouches for the pool)
#
# RSP_SOAK=1: twenty downloads for each client and kind; RSP_SEED names the
# offsets.
TEST_TIMEOUT=${RSP_SOAK:+7200}
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
. "$(dirname "$0")/http-lib.sh"
setup
need curl wget node busybox
need_python

web_pool
java_classes

count=1
[ -n "${RSP_SOAK:-}" ] && count=20

# kind SERVERS CLIENT...: these clients, or in the soak all
kind()
{
	local servers="$1" client clients=''

	shift
	[ -n "${RSP_SOAK:-}" ] && [ "${every:-yes}" = yes ] && set --
	for client; do
		clients="$clients --client $client"
	done
	# shellcheck disable=SC2086
	downloads --count "$count" --servers "$servers" $clients ||
		fail "$servers"
}

kind python curl urllib java-http
kind busybox wget node-http
kind web:chunked=30000 curl requests node-fetch
kind web:chunked=5000,ranges=yes wget java-url
kind web:ranges=blind,http10=yes node-http urllib-timeout
RSP_FAILOVER=auto,Web=same
export RSP_FAILOVER
kind web:etag=,modified= curl java-http
unset RSP_FAILOVER
# Python and the URL of Java take a 103 for the answer, without the shim, too.
every=no
kind web:etag=W/\"w\",interim=1,reset=yes curl node-fetch
