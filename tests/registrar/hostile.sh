#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hostile.sh - malformed bytes end their connection and never the registrar; as
# many half-open connections as it has descriptors do not keep a real client out
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need prlimit curl
need_python

seed=${RSP_SEED:-1}
start_registrar
kill "$registrar_pid"
wait_for 5 gone "$registrar_pid"
# A registrar with 256 descriptors, its hard limit.
start registrar prlimit --nofile=256:256 rsp-registrar
registrar_pid=$pid
wait_for 10 listening tcp 3863 || fail "rsp-registrar is not ready"
start_web web Web 8001
wait_for 10 has_elements Web 1 || fail "no server"

say "seed $seed"
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
check "malformed bytes end their connections" \
	python3 "$top_srcdir/tests/lib/hostile.py" malformed "$seed"
gone "$registrar_pid" && fail "the registrar is dead"
check "the registration outlives them" has_elements Web 1

# serve MILLISECONDS: a resolution and a client with an empty cache
serve()
{
	local begin

	begin=$(now_ms)
	has_elements Web 1 || return 1
	no_marks
	rsp-run curl -fsS -o "$T/got" http://Web.pool.alt/name || return 1
	[ $(($(now_ms) - begin)) -le "$1" ] || return 1
	say "served after $(($(now_ms) - begin)) ms"
}

ulimit -n "$(ulimit -Hn)"
for count in 100 300 1000; do
	mkfifo "$T/hold-$count"
	python3 "$top_srcdir/tests/lib/hostile.py" half-open $count \
		<"$T/hold-$count" >"$T/half-$count.log" 2>&1 &
	holder=$!
	exec 9>"$T/hold-$count"
	wait_for 60 in_log half-$count '^open' || fail "no half-open connections"
	say "$count half-open connections: $(cat "$T/half-$count.log")"
	n=0
	while [ $n -lt 5 ]; do
		check "$count half-open connections: a real client is served" \
			serve 3000
		n=$((n + 1))
	done
	check "$count half-open connections: the server stays registered" \
		has_elements Web 1
	exec 9>&-
	wait_for 5 gone $holder
done
gone "$registrar_pid" && fail "the registrar is dead"
stop "$registrar_pid"
