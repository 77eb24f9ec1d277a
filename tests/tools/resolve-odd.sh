#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# resolve-odd.sh - rsp-resolve says when it shows a part of a pool only, and that
# a pool is there which takes no clients
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need_python
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

start_registrar
start zero python3 "$top_srcdir/tests/lib/asap.py" register Zero 127.0.0.1 8001 wrr:0
wait_for 10 grep -q registered "$T/zero.log" || fail "not registered"
status=0
rsp-resolve Zero >"$T/out.log" 2>&1 || status=$?
check "a pool that takes no clients is there" \
	grep -q 'Zero: the pool is there and takes no clients' "$T/out.log"
check "its status is that of a pool without servers" test $status = 1

for n in 1300 300; do
	start many$n timeout 250 python3 "$top_srcdir/tests/lib/strange_peers.py" \
		many Big$n $n
	wait_for 30 grep -q registered "$T/many$n.log" || fail "no pool of $n"
	rsp-resolve Big$n >"$T/out.log" || fail "Big$n is not found"
	rsp-resolve --json Big$n >"$T/json.log" || fail "Big$n is not found"
	case $n in
	1300)
		check "a part is called one" grep -q \
			'as many as an answer holds, there may be more' "$T/out.log"
		check "in JSON, too" grep -q '"part": true' "$T/json.log"
		;;
	*)
		check "all are all" eval '! grep -q "may be more" "$T/out.log"'
		check "in JSON, too" eval '! grep -q part "$T/json.log"'
		check "there are $n" has_elements Big$n $n
		;;
	esac
done
