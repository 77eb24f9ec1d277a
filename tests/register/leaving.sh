#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# leaving.sh - an element that leaves its pool: programs of its user on its host
# do not choose it any more from that moment on, others when their answers are
# old; connections in use go on; and who comes back is chosen again
. "$(dirname "$0")/../lib/lib.sh"
setup
need curl pgrep python3

visit() # clients of this host, whose answers do not grow old
{
	RSP_CACHE_TTL=600 rsp-run curl -fsS http://Web.pool.alt/name
}

# The same user's programs on another host: a cache that nobody tells anything.
visit_from_afar()
{
	RSP_CACHE_TTL=2 RSP_RUNTIME_DIR=$T/afar \
		rsp-run curl -fsS http://Web.pool.alt/name
}

only() # NAME COMMAND: all of a dozen get to it
{
	local i=0

	while [ $i -lt 12 ]; do
		[ "$($2)" = "$1" ] || return 1
		i=$((i + 1))
	done
}

both() # COMMAND: two in turn, whoever begins
{
	[ "$($1; $1)" = "one
two" ] || [ "$($1; $1)" = "two
one" ]
}

# Two requests on one connection; the second when told to.
cat >"$T/keep.py" <<'END'
import http.client, os, sys, time
there = http.client.HTTPConnection("Web.pool.alt")
for go in "first", "second":
    while not os.path.exists(sys.argv[1] + "/go-" + go):
        time.sleep(0.02)
    there.request("GET", "/name")
    with open(sys.argv[1] + "/got-" + go, "wb") as f:
        f.write(there.getresponse().read())
END

# HTTP/1.1, so that connections stay; one thread for each
cat >"$T/web.py" <<'END'
import functools, http.server, sys
handler = http.server.SimpleHTTPRequestHandler
handler.protocol_version = "HTTP/1.1"
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])),
    functools.partial(handler, directory=sys.argv[2])).serve_forever()
END
web() # NAME PORT
{
	mkdir -p "$T/$1"
	echo "$1" >"$T/$1/name"
	start "$1" rsp-register --pool Web --id-file "$T/$1.id" --drain 8 -- \
		python3 "$T/web.py" "$2" "$T/$1"
	eval "wrapper_$1=$pid"
}

mkdir -m 700 "$T/afar"
start_registrar
web one 8001
web two 8002
check "two servers join" wait_for 10 has_elements Web 2
check "a client of this host goes to both" both visit
check "one from afar, too" both visit_from_afar
RSP_CACHE_TTL=600 start keep rsp-run python3 "$T/keep.py" "$T"
keep=$pid
: >"$T/go-first"
wait_for 10 test -s "$T/got-first" || fail "no connection"
leaver=$(cat "$T/got-first")
case $leaver in
one) stayer=two ;;
two) stayer=one ;;
*) fail "who is $leaver?" ;;
esac
eval "kill -TERM \$wrapper_$leaver"
wait_for 5 has_elements Web 1 || fail "$leaver does not deregister"
begun=$(now_ms)
check "who drains is not chosen on its host, however old an answer may be" \
	only "$stayer" visit
check "and not from afar when its answer is old" \
	wait_for 10 only "$stayer" visit_from_afar
say "that was after $(($(now_ms) - begun)) ms of 2000"
: >"$T/go-second"
wait_for 10 test -s "$T/got-second" || fail "the connection did not go on"
check "the connection in use goes on with who drains" \
	[ "$(cat "$T/got-second")" = "$leaver" ]
wait_for 5 gone "$keep" || fail "the client does not end"
rsp-resolve --local Web >"$T/local"
check "rsp-resolve --local shows the mark" grep -q ', 1 known to be dead;' \
	"$T/local"
eval "wait_for 20 gone \$wrapper_$leaver" || fail "$leaver does not end"
[ "$leaver" = one ] && web one 8001 || web two 8002
check "it is back" wait_for 10 has_elements Web 2
check "and is chosen again at once" both visit

### Killed: its rsp-register says so.
kill -9 "$(pgrep -P "$pid")"
wait_for 5 has_elements Web 1 || fail "the registrar still has it"
check "who was killed is not even tried on its host" only "$stayer" visit
check "nobody had to report it" \
	eval '! grep -q unreachable "$T/registrar.log"'
