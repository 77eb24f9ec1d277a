#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# patience.sh - a program whose own connect timeout is shorter than ours does not
# meet the same silent element each time
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
. "$(dirname "$0")/shim-lib.sh"
setup
need curl
need_python
shim_network

start_registrar --third-party
start web python3 -c '
import socket
s = socket.create_server(("127.0.0.1", 4201), backlog=100)
while True:
    c, _ = s.accept()
    c.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nalive\n")
    c.close()'
wait_for 10 listening tcp 4201 || fail "no web server"
# The policy names the silent ones first, each time.
element Shy 192.0.2.9 8001 lu:0
element Shy 192.0.2.10 8002 lu:1
element Shy 127.0.0.1 4201 lu:50
wait_for 10 has_elements Shy 3 || fail "no pool"

cat >"$T/client.py" <<'END'
"""client.py HOW: 12 tries, a letter for each: - no connection, + one"""
import errno, os, socket, struct, sys
how = sys.argv[1]
where = socket.getaddrinfo("Shy.pool.alt", 80, socket.AF_INET)[0][4]
def attempt():
    s = socket.socket()
    if how == "SO_SNDTIMEO":
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO,
                     struct.pack("ll", 0, 200000))
    else:
        s.settimeout(0.2)
    try:
        s.connect(where)
        return "+"
    except OSError as e:
        assert e.errno in (None, errno.EINPROGRESS, errno.EAGAIN), e
        if how == "shutdown":
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        elif how == "other":  # the same socket goes elsewhere
            s.connect_ex(("127.0.0.1", 1))
        return "-"
    finally:
        s.close()
print("".join(attempt() for n in range(12)))
END

for how in close shutdown other SO_SNDTIMEO; do
	no_marks
	got=$(run python3 "$T/client.py" $how 2>"$T/client.log")
	check "$how: two tries for two silent elements, then the third" \
		[ "$got" = "--++++++++++" ]
	check "$how: other processes have not learnt of it" \
		[ "$(rsp-resolve --local Shy | grep -c 'dead$')" = 0 ]
done
no_marks
got=$(run curl -s --connect-timeout 0.3 --retry 3 --retry-all-errors \
	--retry-delay 1 http://Shy.pool.alt/name 2>"$T/client.log")
check "curl --connect-timeout 0.3 --retry 3" [ "$got" = alive ]
