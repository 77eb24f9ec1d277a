#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# http-bad.sh - a server dies in the middle of a download, and the next one is
# good, or odd, or lies: the client gets the file, or its plain error behind a
# true beginning, and never a wrong byte
#
# The first server dies after 300000 of 600000 bytes.  RSP_SOAK=1: by Python,
# too.
TEST_TIMEOUT=${RSP_SOAK:+900}
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need curl
need_python

start_registrar
element Web 127.0.0.1 8001 lu:0
element Web 127.0.0.1 8002 lu:50
web=$top_srcdir/tests/lib/http_server.py
url=http://Web.pool.alt/1/600000
PYTHONDONTWRITEBYTECODE=1 python3 -c '
import sys
sys.path.insert(0, sys.argv[1])
import http_server as web
sys.stdout.buffer.write(web.content("/1/600000"))' "$top_srcdir/tests/lib" >"$T/want"
clients=curl
[ -n "${RSP_SOAK:-}" ] && clients='curl urllib'

get()
{
	case $1 in
	curl) RSP_FAILOVER=$mode run curl -sS -o "$T/got" $url ;;
	urllib) RSP_FAILOVER=$mode run python3 "$top_srcdir/tests/shim/http_clients.py" urllib \
		$url >"$T/got" ;;
	esac
}

# row WANTED NAME FIRST SECOND: WANTED is whole, error, or cut (a short file
# that the client cannot know to be short).
failed=''
row()
{
	local client status size

	for client in $clients; do
		start first python3 "$web" 8001 $3
		first=$pid
		start second python3 "$web" 8002 log="$T/second" $4
		second=$pid
		wait_for 10 listening tcp 8001 && wait_for 10 listening tcp 8002 ||
			fail "no servers"
		no_marks
		rm -f "$T/got" "$T/second"
		touch "$T/got"
		get $client >"$T/client.log" 2>&1
		status=$?
		size=$(stat -c %s "$T/got")
		verdict=ok
		cmp -s -n "$size" "$T/got" "$T/want" || verdict='WRONG BYTES'
		case $1 in
		whole) [ $status = 0 ] && [ "$size" = 600000 ] || verdict='NOT WHOLE' ;;
		error) [ $status != 0 ] && [ $status != 124 ] || verdict='NO ERROR' ;;
		cut) [ $status = 0 ] && [ "$size" = 300000 ] || verdict='NOT CUT' ;;
		esac
		say "$client, $1: $2: $verdict (exit $status, $size bytes)"
		if [ "$verdict" != ok ]; then
			failed="$failed; $2"
			sed 's/^/    /' "$T/client.log" "$T/second"
		fi
		stop "$first" KILL
		stop "$second" KILL
	done
}

d=die_after=300000
tag='etag="two"' old='modified=Sun,_06_Nov_1994_08:49:36_GMT'
none='etag= modified='
epoch='modified=Thu,_01_Jan_1970_00:00:01_GMT'
html='add=Content-Type:text/html' plain='add=Content-Type:text/plain'
events='add=Content-Type:text/event-stream'
mode=auto

row whole 'a range' "ranges=yes $d" ranges=yes
row whole 'a reset' "ranges=yes $d reset=yes" ranges=yes
row whole 'the connection alone ends' "ranges=yes cut@1=300000" ranges=yes
row whole 'no ranges' "$d" ''
row whole 'HTTP/1.0' "$d http10=yes" http10=yes
row whole 'HTTP/1.0, then 1.1' "$d http10=yes" ranges=yes
row whole 'chunks, then a length' "chunked=7777 $d" ''
row whole 'chunks, then a range' "chunked=7777 $d" ranges=yes
row whole 'chunks, then chunks' "chunked=7777 $d" chunked=30000
row whole 'chunks, then a range in chunks' "chunked=7777 $d" 'chunked=999 ranges=yes'
row whole 'a length, then chunks' "$d" chunked=10000
row whole 'a length, then a range in chunks' "$d" 'chunked=10000 ranges=yes'
row whole 'until close, in return' "$d" until_close=yes
row whole 'If-Range ignored, the same' "$d" ranges=blind
row whole 'an inode in the tag' "$d" "$tag ranges=yes"
row whole 'weak tags' "$d etag=W/\"x\"" 'etag=W/"x" ranges=yes'
row whole 'a date alone' "$d etag=" 'etag= ranges=yes'
row whole 'the same tag under an epoch' "$d $epoch" "$epoch ranges=yes"
row whole 'the same type' "$d $html" "$html ranges=yes"
row whole 'interim responses' "$d interim=1" 'interim=2 ranges=yes'
row whole 'an interim response, then death' \
	'interim=1 die_in_head=28' interim=2

row error 'other validators' "$d" "$tag modified=Mon xor=1 ranges=yes"
row error 'other validators, whatever is asked' "$d" "$tag modified=Mon xor=1 ranges=blind"
row error 'no validators' "$d $none" "$none ranges=yes"
row error 'no validators, chunks' "$d $none chunked=7777" "$none chunked=7777"
row error 'weak tags alone' "$d etag=W/\"x\" modified=" 'etag=W/"x" modified='
row error 'another tag under an epoch' "$d $epoch" "$tag $epoch xor=1 xor_from=400000"
row error 'an epoch alone' "$d $epoch etag=" "$epoch etag= ranges=yes"
row error 'another type' "$d $html" "$plain ranges=yes"
row error 'events' "$d $events chunked=7777" "$events chunked=7777"
row error 'another tag' "$d modified=" "$tag modified= xor=1"
row error 'another tag, whatever is asked' "$d modified=" "$tag modified= ranges=blind"
row error 'another date' "$d etag=" "etag= modified=Mon ranges=yes"
row error 'a difference in the overlap' "$d" 'ranges=yes xor=1 xor_from=299999'
row error 'a shorter file' "$d" 'ranges=yes shorter=1'
row error 'a much shorter file' "$d" 'ranges=blind shorter=400000'
row error 'a shorter file, whole' "$d" 'shorter=1'
row error 'chunks, then less than was announced' "chunked=350000 $d" 'shorter=280000'
row error '404' "$d" status=404
row error '500' "$d" status=500
row error '302' "$d" status=302
row error '304' "$d" status=304
row error 'a range from elsewhere' "$d" 'ranges=yes range_first=1'
row error 'a range of something longer' "$d" 'ranges=yes range_total=1'
row error 'a range of something shorter' "$d" 'ranges=yes range_last=-1'
row error 'no Content-Range' "$d" 'ranges=yes status=206'
row error 'coded' "$d" 'ranges=yes add=Content-Encoding:gzip'
row error 'not HTTP' "$d" 'head=hello\n\n'
row error 'half a head, then death' "$d" 'ranges=yes die_in_head=60'
row error 'half a head, and a reset' "$d" 'ranges=yes die_in_head=60 reset=yes'
row cut 'until close, at first' "until_close=yes $d" until_close=yes

# Somebody vouches for the pool: without validators the overlap is enough.
mode=auto,Web=same
row whole 'vouched for: no validators' "$d $none" "$none ranges=yes"
row whole 'vouched for: no validators, chunks' "$d $none chunked=7777" "$none chunked=999"
row error 'vouched for: a difference before' "$d $none" "$none xor=1 xor_from=299999"
row error 'vouched for: other tags' "$d modified=" "$tag modified="
row error 'vouched for: another type' "$d $none $html" "$none $plain"
row error 'vouched for: a shorter file' "$d $none" "$none shorter=1"
row error 'vouched for: events' "$d $none $events chunked=7777" "$none $events chunked=7777"
[ -z "$failed" ] || fail "$failed"
