#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# floods.sh - one who sends as much as it can, be it good, bad or
# long, ends nothing and keeps nobody out: others are served throughout
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need curl
need_python

if [ -n "${RSP_SOAK:-}" ]; then
	elements=100000 messages=10000000 long=20000
else
	elements=20000 messages=100000 long=500
fi
seed=${RSP_SEED:-1}
flood=$top_builddir/tests/registrar/registrar_flood

start_registrar
start_web web Web 8001
wait_for 10 has_elements Web 1 || fail "no server"

# served_during PID: a resolution and a client without a cache, again and again
# until that process ends or says in $T/flood.log that it is through; each of
# them works, the slowest is told.
served_during()
{
	local begin took slowest=0 n=0

	while :; do
		begin=$(now_ms)
		has_elements Web 1 || fail "$what: not answered"
		RSP_CACHE=off timeout 20 rsp-run curl -fsS -o "$T/got" \
			http://Web.pool.alt/name || fail "$what: not served"
		took=$(($(now_ms) - begin))
		[ $took -le $slowest ] || slowest=$took
		n=$((n + 1))
		if gone "$1" || grep -q '^registered' "$T/flood.log"; then
			break
		fi
	done
	say "$what: served $n times, the slowest took $slowest ms"
	gone "$registrar_pid" && fail "$what: the registrar is dead"
	[ $slowest -lt 5000 ] || fail "$what: kept waiting"
}

rss()
{
	awk '/^VmRSS/ { print $2 }' "/proc/$registrar_pid/status"
}

flood() # WHAT ARG...
{
	what=$1
	shift
	mkfifo "$T/flood.in"
	"$flood" "$@" <"$T/flood.in" >"$T/flood.log" 2>&1 &
	pid=$!
	exec 9>"$T/flood.in"
	served_during $pid
	say "$what: $(cat "$T/flood.log"), registrar $(rss) KiB"
	exec 9>&-
	wait $pid
	check "$what: all of it was taken" [ $? = 0 ]
	rm "$T/flood.in"
}

flood "$elements elements of one association" elements $elements
check "as many as an association may have" grep -q \
	"^registered $((elements < 65536 ? elements : 65536)) refused" "$T/flood.log"
check "they go with their association" wait_for 30 eval \
	'[ "$(elements Flood)" = 0 ]'
flood "$long messages of 65535 bytes" long $long
check "each is answered, and reported" eval \
	'[ "$(sed "s/.* //; s/ answers//" "$T/flood.log" | head -1)" != 0 ]'
flood "$messages random messages, seed $seed" messages $messages "$seed"
check "the server was registered all the time" has_elements Web 1
stop "$registrar_pid" TERM 10
