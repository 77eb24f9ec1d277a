#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# peers.sh - peers and users who take much and read little: a peer's
# associations are all its own, and the memory for those who do not read is
# bounded, for one and for all together
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need_python
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

peers()
{
	timeout 100 python3 "$top_srcdir/tests/lib/strange_peers.py" "$@"
}

logged() # PATTERN
{
	grep -q "$1" "$T/registrar.log"
}

served()
{
	[ "$(elements Big)" -gt 1000 ]
}

up()
{
	start registrar rsp-registrar --enrp tcp://127.0.0.1 "$@"
	registrar_pid=$pid
	wait_for 10 logged 'ready, ASAP' || fail "not ready"
}

big()
{
	start many timeout 250 python3 "$top_srcdir/tests/lib/strange_peers.py" \
		many Big 1300
	many_pid=$pid
	wait_for 30 grep -q registered "$T/many.log" || fail "no big pool"
}

up --max-connections 12
check "a peer's second association does not give way to users" \
	peers twice 3863 9901
stop "$registrar_pid"

up
big
check "questions of peers that do not read are answered one at a time" \
	peers flood 9901 "$registrar_pid"
check "others are served" served
stop "$registrar_pid"
stop "$many_pid"

# Each within its own limit, and together too many.
up --max-pending-total 1048576
big
start unread timeout 250 python3 "$top_srcdir/tests/lib/strange_peers.py" unread 3863 60
wait_for 10 logged 'reads too slowly, as others do' ||
	fail "all output together has no limit"
check "who reads is served" served
check "and stays" eval '! gone "$many_pid"'
