#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# resolve.sh - rsp-resolve: what it prints, for people and as JSON, how names
# are taken, and how it ends
. "$(dirname "$0")/../lib/lib.sh"
setup
command -v python3 >/dev/null || skip "python3 is not installed"

# ends STATUS COMMAND...: the command's exit status; its output is in $T/out
ends()
{
	local want="$1" status

	shift
	timeout 20 "$@" >"$T/out" 2>"$T/ends.log"
	status=$?
	[ "$status" = "$want" ] || fail "$*: exit $status, not $want"
}

one_line() # and it begins as it should
{
	[ "$(wc -l <"$T/ends.log")" = 1 ] && grep -q '^rsp-resolve: ' "$T/ends.log"
}

# json EXPRESSION: true of the JSON object `o` in $T/out
json()
{
	python3 - "$T/out" "$1" <<'END'
import json, sys
o = json.load(open(sys.argv[1]))
sys.exit(0 if eval("(" + sys.argv[2] + ")") else print(json.dumps(o)) or 1)
END
}

ends 3 rsp-resolve Web
check "no registrar: one line" one_line
check "which names the registrar and what to do" \
	grep -q 'tcp://127.0.0.1:3863 (connection refused).*rsp-registrar' \
	"$T/ends.log"

# Usage errors need no registrar.
for bad in '' 'pool:' 'a%2' '.pool.alt' 'x--5.pool.alt'; do
	ends 2 rsp-resolve "$bad"
	check "\"$bad\" is no name" one_line
done
ends 2 rsp-resolve
ends 2 rsp-resolve --no-such-option Web
check "an unknown option: one line" one_line
ends 2 rsp-resolve --registrar tls://127.0.0.1 Web
ends 0 rsp-resolve --help
check "the help is on standard output" grep -q -- --registrar "$T/out"
ends 0 rsp-resolve --version

start_registrar --listen tcp://127.0.0.1 --listen "unix://$T/asap"
start_web one Website 8001 --policy lu:12.5
wait_for 10 has_elements Website 1 || fail "the server is not registered"

ends 0 rsp-resolve Website
check "text: the pool" \
	grep -q '^Website: least-used, 1 element, from tcp://127.0.0.1:3863$' \
	"$T/out"
check "text: the element" \
	grep -Eq '^  0x[0-9a-f]{8}  tcp 127.0.0.1:8001  lu:12.5  home 0x[0-9a-f]{8}' \
	"$T/out"

ends 0 rsp-resolve --json Website
check "JSON: one line" [ "$(wc -l <"$T/out")" = 1 ]
check "JSON: the members, in order" json 'list(o) == ["pool", "policy",
	"registrar", "elements"]'
check "JSON: the pool" json '(o["pool"], o["policy"], o["registrar"]) ==
	("Website", "least-used", "tcp://127.0.0.1:3863")'
check "JSON: an element's members" json 'list(o["elements"][0]) == ["id",
	"home", "transport", "addresses", "port", "policy", "life"]'
check "JSON: an element" json '(lambda e: (e["transport"], e["addresses"],
	e["port"], e["policy"], e["life"] > 0, e["id"][:2], e["home"][:2]) ==
	("tcp", ["127.0.0.1"], 8001, {"type": "least-used", "load": 12.5},
	True, "0x", "0x"))(o["elements"][0])'

# The forms of a name.
for name in Website pool:Website website.pool.alt WEBSITE.Pool.Alt. \
	x--57656273697465.pool.alt x--57.65627369.7465.pool.alt Web%73ite; do
	ends 0 rsp-resolve --json "$name"
	check "$name leads to Website" json 'o["pool"] == "Website"'
done
ends 0 env RSP_DOMAIN=farm rsp-resolve website.farm
ends 1 rsp-resolve website
check "a bare handle is exact: one line" one_line
check "which says how to make it known" \
	grep -q 'rsp-register --pool website' "$T/ends.log"

# Where to ask.
ends 0 rsp-resolve --json --registrar "unix://$T/asap" Website
check "over a unix socket" json 'o["registrar"].startswith("unix:///")'
ends 0 rsp-resolve --json --registrar 127.0.0.1:9 --registrar 127.0.0.1 Website
check "the second when the first is not there" \
	json 'o["registrar"] == "tcp://127.0.0.1:3863"'
ends 0 env RSP_REGISTRARS="127.0.0.1:9,unix://$T/asap" rsp-resolve Website
ends 3 env RSP_REGISTRARS=127.0.0.1 rsp-resolve --registrar 127.0.0.1:9 Website

# Two that differ in case alone, next to an exact one.
start_web two webSITE 8002
wait_for 10 has_elements webSITE 1 || fail "the second is not registered"
ends 1 rsp-resolve website.pool.alt
check "an ambiguous name: one line that says so" \
	grep -q 'differ from it in case' "$T/ends.log"
ends 0 rsp-resolve --json webSITE.pool.alt
check "the exact one wins" json 'o["pool"] == "webSITE"'

# What the cache has.
ends 1 rsp-resolve --local Website
check "nothing, for rsp-resolve never fills it" \
	grep -q "not in the cache of $RSP_RUNTIME_DIR" "$T/ends.log"
command -v curl >/dev/null || skip "curl is not installed: no more is tried"
rsp-run curl -fsS http://x--57656273697465.pool.alt/name >"$T/name" ||
	fail "curl through the shim"
ends 0 rsp-resolve --local --json Website
check "--local: what a client left there" json 'o["registrar"] is None and
	o["age"] in (0, 1, 2) and o["asked"] == 1 and o["hits"] >= 1 and
	o["moves"] == 0 and o["lost"] == 0 and o["elements"][0]["dead"] is False and
	o["elements"][0]["policy"] == {"type": "least-used", "load": 12.5}'
ends 0 rsp-resolve --local Website
check "--local: as text" grep -Eq \
	'from the cache, [0-9.]+ s old; [0-9]+ hits?, 1 question, 0 moves, 0 failed moves$' \
	"$T/out"
stop "$registrar_pid"
ends 0 rsp-resolve --local website.pool.alt
kill -9 "$(web_pid one)"
# A mark lives a second, so it is made anew for each look.
shows_mark() # PATTERN [OPTION]
{
	rsp-run curl -sS http://x--57656273697465.pool.alt/name &&
		fail "a dead server answered"
	rsp-resolve --local ${2:+"$2"} Website | grep -q "$1"
}
check "--local: the mark of a dead one" \
	wait_for 10 shows_mark '"dead": true' --json
check "... as text" wait_for 10 shows_mark ' s old, 1 known to be dead; '
