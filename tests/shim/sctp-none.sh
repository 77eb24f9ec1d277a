#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sctp-none.sh - a kernel without SCTP says so, and loses nothing else
TEST_TIMEOUT=60
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3 curl
[ ! -e /proc/net/sctp ] || skip "this kernel has SCTP"

# --- What asks for it is told.
refuses() # COMMAND [ARG...]
{
	timeout 30 "$@" >"$T/refusal.log" 2>&1
	[ $? = 2 ] && grep -q "SCTP" "$T/refusal.log"
}
rsp-resolve --registrar sctp://127.0.0.1 Web >"$T/refusal.log" 2>&1
check "rsp-resolve says that it cannot ask over SCTP" \
	grep -q "this kernel has no SCTP" "$T/refusal.log"
check "rsp-register refuses such an endpoint" \
	refuses rsp-register --registrar sctp://127.0.0.1 --pool Web -- true
check "... a pool of SCTP elements, too" \
	refuses rsp-register --pool Web=/sctp -- sleep 100
check "... also with a port" refuses rsp-register --pool Web=8001/sctp
rsp-registrar --listen sctp://127.0.0.1 >"$T/refusal.log" 2>&1
check "a registrar does not start without what it shall listen on" \
	grep -q "SCTP" "$T/refusal.log"

# --- A pool of SCTP elements, which this host cannot reach.
start_registrar
check "the registrar's default is without SCTP" [ -z "$(grep -i sctp \
	"$T/registrar.log")" ]
mkfifo "$T/fifo"
exec 4<>"$T/fifo"
registration=$(tr -d '[:space:]' <<-END
	01000034
	00090007 46617200
	000a0028 0000004d 00000000 0000005a
		00040010 1b590000 00010008 7f000001
		00080008 00000001
END
)
"$top_builddir/tests/lib/asap_client" tcp://127.0.0.1 "raw $registration" expect - \
	<"$T/fifo" >"$T/element.log" 2>&1 &
check "others have a pool of SCTP" wait_for 20 has_elements Far 1
check "which rsp-resolve shows" eval \
	'rsp-resolve Far | grep -q "sctp 127.0.0.1:7001"'
says_why()
{
	grep -q \
		'pool Far: its elements speak SCTP, which this kernel does not have' \
		"$T/client.log"
}
RSP_CACHE=off timeout 30 rsp-run curl -sS http://Far.pool.alt/ \
	>"$T/client.log" 2>&1
check "curl cannot connect" [ $? = 7 ]
check "... and a line says why" says_why
check "nor can an IPv6 socket" eval 'RSP_CACHE=off timeout 30 rsp-run python3 -c "
import errno, socket
to = socket.getaddrinfo(\"Far.pool.alt\", 80, socket.AF_INET6)[0][4]
s = socket.socket(socket.AF_INET6)
assert s.connect_ex(to) == errno.EPROTONOSUPPORT" >"$T/client.log" 2>&1'
check "... and a line says why, too" says_why
check "getaddrinfo() does not name SCTP" timeout 30 rsp-run python3 -c '
import socket
info = socket.getaddrinfo("Far.pool.alt", 80, type=socket.SOCK_STREAM)
assert {i[2] for i in info} == {socket.IPPROTO_TCP}, info'
start_web web Web 8001
wait_for 20 has_elements Web 1 || fail "web is not there"
check "a pool of TCP is as ever" \
	[ "$(rsp-run curl -sS http://Web.pool.alt/name)" = web ]
