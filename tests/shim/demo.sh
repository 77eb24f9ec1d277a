#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo.sh - unmodified servers in a pool, an unmodified curl, and death
#
# Run by ./bootstrap demo and make demo, and a test like the others: it ends
# with 1 when something was not as promised.  It has ports and a runtime
# directory of its own, so that it runs beside a real registrar, and needs no
# privilege.
. "$(dirname "$0")/../lib/lib.sh"
: "${TEST_TIMEOUT:=100}"
setup shared
need curl python3

URL=http://DownloadPool.pool.alt/name

say()
{
	printf '%s\n' "$*"
}

# Says a command as a person would type it.
show()
{
	printf '  $ %s\n' "$*"
}

promise() # TEXT COMMAND [ARG...]
{
	local text="$1"

	shift
	if "$@"; then
		say "  promised, and so: $text"
	else
		broken=$((broken + 1))
		say "  PROMISED, BUT NOT SO: $text"
	fi
}

registrar()
{
	start registrar rsp-registrar --listen "tcp://127.0.0.1:$port"
	registrar_pid=$pid
	wait_for 10 listening tcp "$port" || fail "the registrar does not start"
}

# web NUMBER PORT: a server in the pool; its wrapper's process ID in $pid.
web()
{
	show "rsp-register --pool DownloadPool -- python3 -m http.server $2"
	start_web "web$1" DownloadPool "$2"
}

# One request; the server's name, or "failed", goes into the series' file.
request() # SERIES
{
	rsp-run curl -sS --fail --max-time 20 "$URL" >"$T/answer" \
		2>>"$T/curl.log" || echo failed >"$T/answer"
	cat "$T/answer" >>"$T/$1"
}

series() # SERIES COUNT
{
	local n=0

	while [ $n -lt "$2" ]; do
		request "$1"
		n=$((n + 1))
	done
}

count() # SERIES ANSWER
{
	grep -cx "$2" "$T/$1"
}

counts() # SERIES
{
	printf '    web1 %3d   web2 %3d   web3 %3d   failed %d\n' \
		"$(count "$1" web1)" "$(count "$1" web2)" "$(count "$1" web3)" \
		"$(count "$1" failed)"
}

none_failed()
{
	[ "$(count "$1" failed)" = 0 ]
}

# Asks once more: was it this server?
serves_again() # SERVER
{
	request series-again
	[ "$(tail -n 1 "$T/series-again")" = "$1" ]
}

each_has() # SERIES COUNT
{
	[ "$(count "$1" web1)/$(count "$1" web2)/$(count "$1" web3)" = "$2/$2/$2" ]
}

seconds() # MILLISECONDS
{
	printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100))
}

total() # ANSWER
{
	cat "$T"/series-* | grep -cx "$1"
}

broken=0
begin=$(now_ms)
port=$(free_port)
RSP_REGISTRARS=tcp://127.0.0.1:$port
RSP_CACHE_TTL=1 # so that an outage of seconds is one
export RSP_REGISTRARS RSP_CACHE_TTL

say "1. A registrar and three web servers that know nothing of pools."
show "export RSP_REGISTRARS=$RSP_REGISTRARS RSP_CACHE_TTL=$RSP_CACHE_TTL"
show "rsp-registrar --listen $RSP_REGISTRARS"
registrar
web 1 "$(free_port)"
web 2 "$(free_port)"
web2_pid=$pid
web 3 "$(free_port)"
wait_for 10 has_elements DownloadPool 3 || fail "the servers do not register"
show "rsp-resolve DownloadPool"
rsp-resolve DownloadPool | sed 's/^/    /'

say
say "2. 30 runs of a curl that knows nothing of pools."
show "rsp-run curl $URL"
series series-spread 30
counts series-spread
promise "the pool's policy, round robin, spreads them evenly" \
	each_has series-spread 10

say
say "3. 60 runs; after the 20th, web2 and its rsp-register die."
series series-kill 20
show "kill -9 $(web_pid web2) $web2_pid"
kill -9 "$(web_pid web2)" "$web2_pid"
wait_for 5 gone "$(web_pid web2)" || fail "web2 does not die"
series series-kill 40
counts series-kill
promise "no request failed" none_failed series-kill
wait_for 10 has_elements DownloadPool 2
promise "the registrar has dropped it" has_elements DownloadPool 2
web 2 "$(free_port)"
wait_for 10 has_elements DownloadPool 3
promise "a new web2 joins, and clients come" wait_for 10 serves_again web2

say
say "4. The registrar dies; clients go on for three times the cache's lifetime."
show "kill -9 $registrar_pid"
kill -9 "$registrar_pid"
wait_for 5 gone "$registrar_pid" || fail "the registrar does not die"
(
	while [ ! -e "$T/enough" ]; do
		request series-outage
	done
) &
clients=$!
down=$(now_ms)
# A wait, not a condition: the outage itself is what is shown.
sleep 3.2
show "rsp-registrar --listen $RSP_REGISTRARS"
registrar
up=$(now_ms)
promise "all three servers come back by themselves" \
	wait_for 10 has_elements DownloadPool 3
say "    registered again within $(seconds $(($(now_ms) - up)))"
sleep 1.2 # and the clients notice: past the lifetime of what they know
: >"$T/enough"
wait "$clients"
counts series-outage
say "    the registrar was down for $(seconds $((up - down)))"
promise "no request failed" none_failed series-outage

say
say "Summary: $(cat "$T"/series-* | wc -l) requests, $(total failed) failed;" \
	"web1 $(total web1), web2 $(total web2), web3 $(total web3);" \
	"$((($(now_ms) - begin) / 1000)) s."
if [ "$broken" -gt 0 ] || [ "$(total failed)" -gt 0 ]; then
	fail "$broken promises broken"
fi
say "All as promised.  No process and no file is left behind."
