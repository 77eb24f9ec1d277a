#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# main-spread.sh - one-shot runs of an unmodified curl are spread over a round
# robin pool exactly, because all processes share one position and one answer
#
# Proves 5352-3.3-12 to -18, the cache of a pool user, and 5352-6.5.1-01.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need curl tcpdump
need_python

start_registrar
for n in 1 2 3; do
	start_web "web$n" DownloadPool "800$n"
done
wait_for 10 has_elements DownloadPool 3 || fail "three servers, not registered"

# series NAME PARALLEL TTL: 300 runs, 100 for each, and what they cost the
# registrar when an answer lives TTL milliseconds
series()
{
	local asked begin end allowed n

	no_marks
	capture "$1" 3863
	begin=$(now_ms)
	seq 300 | xargs -P "$2" -n 1 sh -c '
		exec rsp-run curl -fsS http://DownloadPool.pool.alt/name' sh \
		>"$T/$1.got" 2>"$T/$1.log" || fail "$1: a run failed"
	end=$(now_ms)
	end_capture "$1"
	for n in 1 2 3; do
		check "$1: 100 of 300 runs by web$n" \
			[ "$(count "^web$n\$" "$T/$1.got")" = 100 ]
	done
	asked=$(asap_messages "$1" | grep -c ' > resolution ')
	# Those that start at once find no cache.
	allowed=$(((end - begin) / $3 + $2))
	say "$1: $asked resolutions in $((end - begin)) ms"
	check "$1: no more than one for each $3 ms" [ "$asked" -le "$allowed" ]
	check "$1: and some" [ "$asked" -ge $(((end - begin) / $3 / 4)) ]
}

series one-after-another 1 5000
series four-at-once 4 5000
export RSP_CACHE_TTL=0.3
series short-lived 2 300
unset RSP_CACHE_TTL
[ ! -s "$T/one-after-another.log" ] || fail "curl or the shim had to say something"
for n in 1 2 3; do
	check "the log of web$n agrees: 300 requests" \
		[ "$(count '"GET /name HTTP/1.1" 200' "$T/web$n.log")" = 300 ]
done
