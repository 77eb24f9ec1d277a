#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# handles.sh - a pool handle is any bytes: from rsp-register to rsp-resolve to a
# client, for 1, 32, 255 and 4096 of them, with NULs, colons, slashes, percent
# signs, dots, blanks and UTF-8 in them
#
# The x--HEX form is bound by the 253 bytes of a host name and by the 63 of a
# label (programs check both); the colon form by nothing.
# 5354-3.9: pool handle parameter.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need curl nc.openbsd redis-cli
need_python

start_registrar

# handle LENGTH KIND: its bytes in hex
cat >"$T/handle.py" <<'EOF'
import sys
n, kind = int(sys.argv[1]), sys.argv[2]
parts = {
    "plain": b"Abcdefghijklmnopqrstuvwxyz0123456789",
    "nul": b"a\0b\0\0c", "colon": b"x:y::z:8080", "slash": b"a/b//../c?d#e",
    "percent": b"100%25%%41%", "utf8": "Gr\u00f6\u00dfe-\u65e5\u672c-\U0001f600".encode(),
    "dots": b".a..b.pool.alt.", "blank": b" a\tb\nc\r ", "all": bytes(range(256)),
}
whole = (parts[kind] * (n // len(parts[kind]) + 1))[:n]
form = sys.argv[3]
print({"hex": whole.hex(),
       "percent": "".join("%%%02X" % c for c in whole),
       "colon": "pool:" + "".join("%%%02X" % c for c in whole),
       "x": "x--" + ".".join(whole.hex()[i:i + 58] for i in
                             range(0, 2 * n, 58)) + ".pool.alt",
       }[form])
EOF
form()
{
	python3 "$T/handle.py" "$@"
}

cat >"$T/get.py" <<'EOF'
import os, socket, sys
# As bytes, or Python's own rules for host names refuse what is long.
host = os.fsencode(sys.argv[1])
s = socket.create_connection((host, 80), 10)
s.sendall(b"GET /name HTTP/1.0\r\n\r\n")
print(s.makefile().read().split()[-1])
EOF

# No shell string holds a NUL, so what a handle is stands as %XX.
port=8100
for length in 1 32 255 4096; do
	for kind in plain nul colon slash percent utf8 dots blank all; do
		case $length.$kind in
		1.plain | 1.colon | 1.percent | 1.blank | 1.all) ;;
		1.*) continue ;; # begins like another, or is half a character
		4096.plain | 4096.all | 255.all | 255.plain | 32.*) ;;
		*) [ -n "${RSP_SOAK:-}" ] || continue ;;
		esac
		name=web-$length-$kind
		port=$((port + 1))
		start_web "$name" "$(form $length $kind percent)" $port
		echo "$length $kind $name $pid" >>"$T/rows"
	done
done

while read -r length kind name pid; do
	percent=$(form "$length" "$kind" percent)
	wait_for 10 has_elements "$percent" 1 ||
		fail "$length $kind: rsp-resolve sees no element"
	rsp-resolve --json "$percent" >"$T/json" 2>"$T/json.log"
	check "$length $kind: rsp-resolve --json is JSON" \
		python3 -m json.tool "$T/json" /dev/null
	got=$(rsp-run python3 "$T/get.py" "pool:$percent" 2>"$T/get.log")
	[ "$got" = "$name" ] ||
		fail "$length $kind, colon form: got \"$got\""
	got=$(printf 'GET /name HTTP/1.0\r\n\r\n' |
		timeout 10 rsp-run nc.openbsd "pool:$percent" 80 2>"$T/nc.log" |
		tail -n 1)
	[ "$got" = "$name" ] ||
		fail "$length $kind, colon form in nc: got \"$got\""
	if [ "$length" -le 110 ]; then
		x=$(form "$length" "$kind" x)
		got=$(rsp-run curl -fsS "http://$x/name" 2>"$T/x.log")
		[ "$got" = "$name" ] ||
			fail "$length $kind, $x: got \"$got\""
	elif [ "$length" -le 255 ]; then
		# Too long for the DNS's rules, not for getaddrinfo.
		got=$(rsp-run python3 "$T/get.py" "$(form $length $kind x)" \
			2>"$T/x.log")
		[ "$got" = "$name" ] ||
			fail "$length $kind, x form: got \"$got\""
	fi
	say "ok: $length bytes, $kind"
done <"$T/rows"

# One byte more than the longest is refused, in a line that says so.
rsp-resolve "$(form 4097 plain percent)" 2>"$T/long.log" &&
	fail "a handle of 4097 bytes was found"
say "4097 bytes: $(cat "$T/long.log")"
check "4097 bytes: one line" [ "$(wc -l <"$T/long.log")" = 1 ]
