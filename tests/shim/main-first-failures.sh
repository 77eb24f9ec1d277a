#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# main-first-failures.sh - the first failure of every newcomer explains itself:
# one line that names what was tried, and what to do
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need curl busybox
need_python

# explains "claim" [-s STATUS] WORD[|WORD]... -- COMMAND [ARG...]: it fails, and
# one line of ours on stderr has every WORD in it.
explains()
{
	local claim="$1" want='' words='' status word line

	shift
	if [ "$1" = -s ]; then
		want=$2
		shift 2
	fi
	while [ "$1" != -- ]; do
		words="$words $1"
		shift
	done
	shift
	no_marks
	timeout 30 "$@" >"$T/out.log" 2>"$T/err.log"
	status=$?
	[ $status -ne 124 ] || fail "$claim: nothing after 30 s"
	[ $status -ne 0 ] || fail "$claim: it succeeded"
	[ -z "$want" ] || [ $status = "$want" ] ||
		fail "$claim: exit $status, not $want"
	grep '^\(rsp-\|rspshim\|librspshim\)' "$T/err.log" >"$T/ours"
	[ "$(wc -l <"$T/ours")" = 1 ] ||
		fail "$claim: $(wc -l <"$T/ours") lines of ours, not one"
	for word in $words; do
		grep -qiE -- "$word" "$T/ours" ||
			fail "$claim: nothing of \"$word\" in: $(cat "$T/ours")"
	done
	say "ok: $claim: $(cat "$T/ours")"
}

explains "no registrar: a client" 127.0.0.1 rsp-registrar -- \
	rsp-run curl -sS http://Web.pool.alt/
explains "no registrar: preload alone" 127.0.0.1 rsp-registrar -- \
	env LD_PRELOAD="$SHIM" curl -sS http://Web.pool.alt/
explains "no registrar: rsp-resolve" -s 3 127.0.0.1 rsp-registrar -- \
	rsp-resolve Web
explains "no registrar: two were tried" 127.0.0.1 127.0.0.1:99 -- \
	rsp-run --registrar 127.0.0.1 --registrar 127.0.0.1:99 \
	curl -sS http://Web.pool.alt/
explains "a registrar that is no endpoint" gopher -- \
	rsp-resolve --registrar gopher://127.0.0.1 Web
explains "no registrar at a socket" /nowhere/asap -- \
	rsp-resolve --registrar unix:///nowhere/asap Web
explains "the program is missing" no-such-program -- rsp-run no-such-program
explains "the program is static" busybox static -- \
	rsp-run "$(command -v busybox)" wget -O- http://Web.pool.alt/
explains "nothing to run" -s 2 'usage|help|command' -- rsp-run
explains "no pool" -s 2 'pool' -- rsp-register -- true
explains "a policy that is none" -s 2 fastest -- \
	rsp-register --pool Web --policy fastest -- true
if ! grep -q '^SCTP ' /proc/net/protocols; then
	explains "sctp without a kernel for it" sctp kernel -- \
		rsp-resolve --registrar sctp://127.0.0.1 Web
	explains "sctp to listen, without a kernel for it" sctp kernel -- \
		rsp-registrar --listen sctp://127.0.0.1
fi

# A server that needs no registrar to start: its rsp-register says once that
# there is none, goes on trying, and the server serves.
start early rsp-register --pool Early -- \
	python3 -m http.server --bind 127.0.0.1 8009
wait_for 10 in_log early '^rsp-register.*127.0.0.1.*rsp-registrar' ||
	fail "rsp-register says nothing of a registrar that is not there"
say "ok: no registrar: a server: $(grep ^rsp-register "$T/early.log")"
check "the server serves all the same" wait_for 5 listening tcp 8009

start_registrar
check "and is registered when there is one" wait_for 5 has_elements Early 1
check "with one line about the absence" \
	[ "$(count '^rsp-register: no registrar' "$T/early.log")" = 1 ]
explains "a second registrar" 127.0.0.1:3863 use -- rsp-registrar

start_web web Website 8001
wait_for 10 has_elements Website 1 || fail "no server"
explains "a misspelt pool: a client" Webside 127.0.0.1 -- \
	rsp-run curl -sS http://Webside.pool.alt/
explains "a misspelt pool: rsp-resolve" -s 1 Webside 127.0.0.1 -- \
	rsp-resolve Webside

# A server that listens nowhere: said while it runs, and when it ends.
start lazy rsp-register --pool Lazy -- sleep 60
wait_for 20 in_log lazy '^rsp-register.*listen' ||
	fail "rsp-register says nothing of a server that listens nowhere"
say "ok: a server that listens nowhere: $(grep ^rsp-register "$T/lazy.log")"
check "in one line" [ "$(count '^rsp-register' "$T/lazy.log")" = 1 ]
start nobody rsp-register --pool Nobody=4711
wait_for 20 in_log nobody '^rsp-register.*4711' ||
	fail "rsp-register says nothing of a port where nobody listens"
say "ok: a port where nobody listens: $(grep ^rsp-register "$T/nobody.log")"
explains "the server cannot be started" no-such-server -- \
	rsp-register --pool Web -- no-such-server

# All of a pool is dead: the program's own error, and one line that names whom
# the shim tried.
dead_element Ghosts
no_marks
rsp-run curl -sS http://Ghosts.pool.alt/ 2>"$T/ghosts.log"
check "a pool of the dead: curl says that it could not connect" [ $? = 7 ]
say "it said: $(cat "$T/ghosts.log")"
check "one line of ours" [ "$(count '^\(rsp\|librsp\)' "$T/ghosts.log")" = 1 ]
check "with the address tried" grep -q '127\.0\.0\.1:9' "$T/ghosts.log"
