#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ftp.sh - FTP through a pool: the data connection goes to the element that the
# control connection is at, to the port that its reply has named
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need curl
need_python

# ftpd NAME ADDRESS PORT POOL [OPTION...]: one of our own, in a pool
ftpd()
{
	local name="$1" address="$2" port="$3" pool="$4"

	shift 4
	start "$name" python3 "$top_srcdir/tests/lib/ftpd.py" "$name" "$address" \
		"$port" "$@"
	eval "${name}_pid=$pid"
	wait_for 10 listening tcp "$port" || fail "$name does not listen"
	element "$pool" "$address" "$port"
}

# says "claim" TEXT COMMAND...: what the command prints
says()
{
	local claim="$1" want="$2" got

	shift 2
	got=$("$@" 2>"$T/client.log") || fail "$claim: exit status $?"
	[ "$got" = "$want" ] || fail "$claim: got \"$got\", not \"$want\""
	say "ok: $claim"
}

cat >"$T/client.py" <<'END'
"""client.py HOST FILES [PASV] [TLS]: by ftplib; each file by a session of its
own, all sessions open at once, and the files in turn twice"""
import ftplib, socket, ssl, sys
sessions = []
for n in range(int(sys.argv[2])):
    if "TLS" in sys.argv:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        f = ftplib.FTP_TLS(timeout=10, context=context)
    else:
        f = ftplib.FTP(timeout=10)
    f.connect(sys.argv[1], 21)
    f.login()
    if "TLS" in sys.argv:
        f.prot_p()
    if "PASV" not in sys.argv:  # EPSV, whatever the family
        f.makepasv = lambda f=f: (f.sock.getpeername()[0], ftplib.parse229(
            f.sendcmd("EPSV"), f.sock.getpeername())[1])
    sessions.append(f)
try:
    for f in sessions + sessions:
        lines = []
        f.retrlines("RETR f", lines.append)
        name = f.getwelcome().splitlines()[0][4:]
        assert lines == [name], "control: %s, data: %s" % (name, lines)
    print("equal")
except ConnectionRefusedError:
    print("refused")
END

start_registrar
ftpd one 127.0.0.1 2101 Ftp
ftpd two 127.0.0.2 2102 Ftp
wait_for 10 has_elements Ftp 2 || fail "no pool"

for how in '' --disable-epsv; do
	for n in 1 2 3 4; do
		run curl -sS -m 10 $how ftp://Ftp.pool.alt/f \
			>>"$T/curl$how" 2>>"$T/client.log" ||
			fail "curl $how: $?"
	done
	check "curl $how: two files of each server" \
		[ "$(count '^one$' "$T/curl$how") $(count '^two$' "$T/curl$how")" = "2 2" ]
done
# It reads and writes by stdio, where its replies cannot be read along.
if command -v tnftp >/dev/null; then
	for n in 1 2; do
		run tnftp -V -o "$T/tn$n" ftp://Ftp.pool.alt/f \
			>"$T/client.log" 2>&1 || fail "tnftp: $?"
	done
	check "tnftp: a file of each server" \
		[ "$(cat "$T/tn1" "$T/tn2" | sort | tr '\n' ' ')" = "one two " ]
fi
for mode in auto connect idle replay off; do
	export RSP_FAILOVER=$mode
	says "ftplib, EPSV, $mode, four sessions at once" equal \
		run python3 "$T/client.py" Ftp.pool.alt 4
	says "ftplib, PASV, $mode, four sessions at once" equal \
		run python3 "$T/client.py" Ftp.pool.alt 4 PASV
	unset RSP_FAILOVER
done

# Replies that come in pieces, and a server without EPSV.
ftpd three 127.0.0.1 2103 Cut cut reject
ftpd four 127.0.0.2 2104 Cut cut reject
wait_for 10 has_elements Cut 2 || fail "no pool"
says "replies that come byte by byte" equal \
	run python3 "$T/client.py" Cut.pool.alt 2 PASV
for n in 1 2; do
	run curl -sS -m 10 ftp://Cut.pool.alt/f >>"$T/cut" 2>>"$T/client.log" ||
		fail "curl, EPSV refused: $?"
done
check "curl, EPSV refused: a file of each server" \
	[ "$(sort "$T/cut" | tr '\n' ' ')" = "four three " ]

# What TLS hides: with one element it is known, with two it is not.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=x \
	-keyout "$T/key" -out "$T/cert" >"$T/openssl.log" 2>&1 ||
	fail "no certificate"
cat "$T/key" "$T/cert" >"$T/pem"
ftpd five 127.0.0.1 2105 Tls "tls=$T/pem"
wait_for 10 has_elements Tls 1 || fail "no pool"
says "FTPS, two sessions with one element" equal \
	run python3 "$T/client.py" Tls.pool.alt 2 TLS
ftpd six 127.0.0.2 2106 Tls "tls=$T/pem"
wait_for 10 has_elements Tls 2 || fail "no pool"
no_marks
for n in 1 2; do
	run curl -sSk -m 10 --ssl-reqd ftp://Tls.pool.alt/f >>"$T/tls" \
		2>>"$T/client.log" || fail "curl, FTPS: $?"
done
check "curl, FTPS: a file of each server" \
	[ "$(sort "$T/tls" | tr '\n' ' ')" = "five six " ]
no_marks
says "FTPS, sessions with two elements: refused, not misled" refused \
	run python3 "$T/client.py" Tls.pool.alt 2 TLS
check "and a line says why" in_log client "open to several elements"

# A server that names the port of something else: of the element itself at best.
cat >"$T/trap.py" <<'END'
"""trap.py ADDRESS PORT: says "a connection" for each"""
import socket, sys
s = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
while True:
    c, _ = s.accept()
    print("a connection", flush=True)
    c.sendall(b"trap\n")
    c.close()
END
for where in 127.0.0.1 127.0.0.3; do
	start "trap$where" python3 "$T/trap.py" $where 2222
	wait_for 10 in_log "trap$where" ready || fail "no trap"
done
ftpd evil 127.0.0.3 2107 Evil names=2222 host=127.0.0.1
wait_for 10 has_elements Evil 1 || fail "no pool"
run python3 "$T/client.py" Evil.pool.alt 1 PASV >"$T/evil.out" 2>&1
check "a reply that names another's port: only the element's own" \
	[ "$(count 'a connection' "$T/trap127.0.0.1.log") $(count 'a connection' "$T/trap127.0.0.3.log")" = "0 1" ]
# The control port is the pool's: nobody can draw the next session to it.
ftpd snare 127.0.0.3 2108 Snare names=21
dead_element Snare
wait_for 10 has_elements Snare 2 || fail "no pool"
run python3 -c '
import ftplib, socket
f = ftplib.FTP(timeout=10)
f.connect("Snare.pool.alt", 21)
f.login()
f.sendcmd("PASV")
g = ftplib.FTP(timeout=10)
g.connect("Snare.pool.alt", 21)
g.login()
print("logged in")' >"$T/snare" 2>"$T/client.log"
check "a reply that names the control port changes nothing" \
	grep -qx 'logged in' "$T/snare"

# A second port without FTP: the host is that of the connection that is open.
start second python3 -c '
import socket, sys, threading
def serve(address, port):
    s = socket.create_server((address, port))
    while True:
        c, _ = s.accept()
        c.sendall(b"%s %d\n" % (address.encode(), port))
        keep.append(c)
keep = []
for where in ("127.0.0.1", 3101), ("127.0.0.1", 3200), ("127.0.0.2", 3102), ("127.0.0.2", 3200):
    threading.Thread(target=serve, args=where).start()'
for n in 1 2; do
	wait_for 10 listening tcp 310$n || fail "no server"
	element Pair 127.0.0.$n 310$n
done
wait_for 10 has_elements Pair 2 || fail "no pool"
cat >"$T/pair.py" <<'END'
import socket
def dial(port):
    s = socket.create_connection(("Pair.pool.alt", port), 5)
    return s, s.makefile().readline().split()
for turn in range(4):
    first, one = dial(7)
    second, two = dial(3200)
    third, three = dial(3200)
    assert two == three == [one[0], "3200"], (one, two, three)
    first.close(); second.close(); third.close()
first, one = dial(7)  # and where nobody waits, the name is the pool's
for n in range(4):
    second, two = dial(3201)
    assert two[1] in ("3101", "3102"), two
print("beside it")
END
says "another port of the same host, four times" "beside it" \
	run python3 "$T/pair.py"
check "nobody is marked for a port that is not the pool's" \
	[ "$(rsp-resolve --local Pair | grep -c dead)" = 0 ]
