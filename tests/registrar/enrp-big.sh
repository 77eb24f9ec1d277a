#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# enrp-big.sh - a registrar starts beside one that has very many elements: it has
# them in one go, while a third one answers questions
#
# 20000 elements; RSP_SOAK=1: a million.  Says how long it took and how many
# bytes went over the wire.
TEST_TIMEOUT=${RSP_SOAK:+600}
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need jq

elements=20000
[ -n "${RSP_SOAK:-}" ] && elements=1000000

start_one() # NUMBER PEER...
{
	local n="$1"

	shift
	start "registrar$n" rsp-registrar --listen "tcp://127.0.0.$n" \
		--enrp "tcp://127.0.0.$n" --id "0x$n" \
		--max-pes-per-association $elements --keep-alive-interval 3600 \
		$(printf -- '--peer tcp://127.0.0.%d ' "$@")
}

start registrar1 rsp-registrar --listen tcp://127.0.0.1 --enrp tcp://127.0.0.1 \
	--id 0x1 --max-pes-per-association $elements --keep-alive-interval 3600
first=$pid
wait_for 10 listening tcp 3863 || fail "no registrar"

synchronised() # NUMBER
{
	in_log "registrar$1" '^rsp-registrar: synchronised'
}

# The third is there before, and learns of each as it comes.
start_one 3 1
wait_for 20 synchronised 3 || fail "the third has no peer"
mkfifo "$T/hold"
registrar_flood=$top_builddir/tests/registrar/registrar_flood
sh -c 'exec "$1" elements "$2" <"$3"' sh "$registrar_flood" $elements \
	"$T/hold" >"$T/flood.log" 2>&1 &
exec 5>"$T/hold"
wait_for 300 in_log flood "^registered $elements " ||
	fail "not all are registered"

count_of() # NUMBER
{
	rsp-status --json --registrar "tcp://127.0.0.$1" |
		jq '[.pools[].elements[]] | length'
}
has_all() # NUMBER
{
	[ "$(count_of "$1")" = $elements ]
}
check "the third has all" wait_for 60 has_all 3

# Questions to it all the time.
cat >"$T/questions" <<'END'
while [ ! -e "$T/over" ]; do
	begin=$(date +%s%3N)
	rsp-resolve --registrar tcp://127.0.0.3 --json Flood >/dev/null || echo FAILED
	echo $(($(date +%s%3N) - begin))
done
END
start questions sh "$T/questions"
questions=$pid

bytes()
{
	awk '$1 == "lo:" { print $2 }' /proc/net/dev
}
resident()
{
	awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$1/status"
}
wait_for 10 test -s "$T/questions.log"
quiet=$(bytes)
begin=$(now_ms)
start_one 2 1 3
second=$pid
wait_for 300 synchronised 2 || fail "the second does not synchronise"
took=$(($(now_ms) - begin))
moved=$(($(bytes) - quiet))
: >"$T/over"
wait_for 20 gone "$questions" || fail "a question hangs"
say "$elements elements in $took ms, with start and questions, $moved bytes" \
	"($((moved / elements)) each); resident: first $(resident "$first") MB," \
	"second $(resident "$second") MB"
check "the second has all" has_all 2
check "no question was left without its answer" \
	sh -c '! grep -q FAILED "$1"' sh "$T/questions.log"
say "$(wc -l <"$T/questions.log") questions to the third meanwhile," \
	"slowest $(sort -n "$T/questions.log" | tail -n 1) ms"
same()
{
	rsp-status --json --registrar "tcp://127.0.0.$1" |
		jq -c '[.registrar, .peers[]] | map([.id, .elements, .checksum]) | sort'
}
check "first and second agree" [ "$(same 1)" = "$(same 2)" ]
check "nobody was taken for dead" \
	sh -c '! grep -lE "peer (lost|dead)|takeover" "$1"/registrar*.log' sh "$T"
