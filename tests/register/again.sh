#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# again.sh - what a server is rejected for passes, and then it is in
TEST_TIMEOUT=400
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3

web() # NAME PORT OPTION...: rsp-register of a server; $pid
{
	local name="$1" port="$2"

	shift 2
	start "$name" rsp-register --drain 0 "$@" -- \
		python3 -m http.server --bind 127.0.0.1 "$port"
}

rejected() # NAME
{
	grep -q 'is rejected' "$T/$1.log"
}

# The second registrar is full, and knows nobody.
start_registrar --max-pools 3
start full rsp-registrar --listen tcp://127.0.0.1:3900 \
	--enrp tcp://127.0.0.1:3901 --announce off --max-pools 1
full=$pid
wait_for 10 listening tcp 3900 || fail "no second registrar"
web first 8000 --registrar tcp://127.0.0.1:3900 --pool Other
first=$pid

### Three servers, restarted one after the other with another policy.
for n in 1 2 3; do
	web "rr$n" "800$n" --pool Rolling
	eval "rr$n=$pid"
done
check "three servers in turn" wait_for 10 has_elements Rolling 3
for n in 1 2 3; do
	eval "stop \$rr$n"
	web "wrr$n" "801$n" --pool Rolling --policy wrr:10
	eval "wrr$n=$pid"
	[ $n = 3 ] || wait_for 10 rejected "wrr$n" || fail "wrr$n is taken"
done
web twin 8021 --pool Twin --id 5
twin=$pid
wait_for 10 has_elements Twin 1 || fail "not registered"
web heir 8022 --pool Twin --id 5
heir=$pid
wait_for 10 rejected heir || fail "two with one ID"
web lack1 8023 --pool Third --registrar tcp://127.0.0.1:3900
lack1=$pid
wait_for 10 rejected lack1 || fail "more pools than a limit allows"
check "advice names the limit" grep -q 'limit.*--max-pools' "$T/lack1.log"
check "the next registrar is asked at once" eval '
	web lack2 8024 --pool Third --registrar tcp://127.0.0.1:3900 \
		--registrar tcp://127.0.0.1:3863
	wait_for 3 grep -q "registered .* at tcp://127.0.0.1:3863" "$T/lack2.log"'
stop "$twin" KILL
stop "$first"
check "all weighted ones are in the pool soon" \
	wait_for 16 has_elements Rolling 3
check "said once" eval '[ "$(grep -c "is rejected" "$T/wrr1.log")" = 1 ]'
check "so is the heir of an ID" wait_for 16 grep -q registered "$T/heir.log"
check "and who waited for a limit" wait_for 16 grep -q registered "$T/lack1.log"
