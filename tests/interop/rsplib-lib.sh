# SPDX-License-Identifier: Apache-2.0
# rsplib-lib.sh - RSPLIB's registrars, pool elements and pool users, beside ours
#
# For scripts that run in_guest, read after lib.sh and setup.  RSPLIB wants
# addresses that are not loopback, and takes an element's only if they are its
# association's: 10.99.0.1 to .3 are on this host.

need python3 curl tcpdump tshark rspregistrar rspserver rspterminal \
	pingpongclient ip
PYTHONDONTWRITEBYTECODE=1
RSP_CACHE=off
export PYTHONDONTWRITEBYTECODE RSP_CACHE
ip link add dummy0 type dummy 2>/dev/null
for n in 1 2 3; do
	ip addr add 10.99.0.$n/24 dev dummy0
done
ip link set dummy0 up
registrar=10.99.0.1
rsplib="-asapannounce=off -logcolor=off -loglevel=4"

sctp_listening() # ADDRESS PORT
{
	awk -v address="$1" -v port="$2" '$6 == port && $9 == address {
		found = 1 } END { exit !found }' /proc/net/sctp/eps
}

resolves() # POOL COUNT [REGISTRAR]
{
	[ "$(rsp-resolve --registrar sctp://${3:-$registrar} --json "$1" \
		2>"$T/resolve.log" | grep -o '"id"' | wc -l)" = "$2" ]
}

shows() # POOL PATTERN: rsp-resolve has a line like that
{
	rsp-resolve --registrar sctp://$registrar "$1" 2>&1 | grep -qE -- "$2"
}

says() # LOG PATTERN
{
	grep -qE -- "$2" "$T/$1.log"
}

# Waits that long, in which the condition must hold.
holds_for() # SECONDS COMMAND [ARG...]
{
	local end

	end=$(($(now_ms) + $1 * 1000))
	shift
	while [ "$(now_ms)" -lt "$end" ]; do
		"$@" || return 1
		sleep 0.3
	done
}

start_rspregistrar() # NAME ADDRESS ID [OPTION...]
{
	local name="$1" address="$2" id="$3"

	shift 3
	start "$name" rspregistrar -identifier="$id" -asap="$address:3863" \
		-enrp="$address:9901" -asapannounce=off -enrpannounce=off \
		-disable-ipv6 -logcolor=off -loglevel=4 \
		-endpointkeepalivetransmissioninterval=1000 \
		-endpointkeepalivetimeoutinterval=1000 \
		-mentordiscoverytimeout=1500 \
		-logfile="$T/$name.rsplib.log" "$@"
	wait_for 20 sctp_listening "$address" 3863 ||
		fail "$name is not ready"
}

start_rspserver() # NAME POOL ID [OPTION...]: the service is one of them
{
	local name="$1" pool="$2" id="$3"

	shift 3
	# shellcheck disable=SC2086
	start "$name" rspserver -poolhandle="$pool" -identifier="$id" \
		-local=$registrar -registrar=$registrar:3863 $rsplib \
		-logfile="$T/$name.rsplib.log" "$@"
}

# rspterminal talks to whatever element it gets; it ends by a signal only.
echoes() # POOL ID WORD
{
	local terminal status

	rm -f "$T/fifo"
	mkfifo "$T/fifo"
	# shellcheck disable=SC2086
	stdbuf -o0 rspterminal -poolhandle="$1" -registrar=$registrar:3863 \
		$rsplib -logfile="$T/terminal.rsplib.log" \
		<"$T/fifo" >"$T/terminal.log" 2>&1 &
	terminal=$!
	exec 4>"$T/fifo"
	echo "$3" >&4
	wait_for 30 says terminal "from PE .0$2> $3"
	status=$?
	exec 4>&-
	kill $terminal
	wait_for 10 gone $terminal || kill -9 $terminal
	return $status
}

pings() # POOL
{
	local client status

	# shellcheck disable=SC2086
	stdbuf -o0 pingpongclient -poolhandle="$1" -interval=200 \
		-registrar=$registrar:3863 $rsplib \
		-logfile="$T/pingpong.rsplib.log" </dev/null \
		>"$T/pingpong.log" 2>&1 &
	client=$!
	wait_for 30 eval '[ "$(grep -c Ack "$T/pingpong.log")" -ge 3 ]'
	status=$?
	kill $client
	wait_for 10 gone $client || kill -9 $client
	return $status
}

rsplib_user() # COMMAND [ARG...]
{
	timeout 40 python3 "$top_srcdir/tests/interop/rsplib_user.py" \
		$registrar:3863 "$@"
}

# An unmodified program says a word to an element, and prints what comes back.
tcp_client() # REGISTRAR POOL WORD
{
	timeout 60 rsp-run --registrar "$1" python3 -c '
import socket, sys
s = socket.create_connection((sys.argv[1] + ".pool.alt", 1), 40)
s.sendall(sys.argv[2].encode())
print(s.recv(1000).decode())' "$2" "$3"
}

sctp_talk() # COMMAND [ARG...]
{
	timeout 60 python3 "$top_srcdir/tests/lib/sctp_talk.py" "$@"
}

# What a host says to itself goes over its loopback interface.
start_sctp_capture() # NAME
{
	: >"$T/$1.pcap"
	chmod 666 "$T/$1.pcap"
	start "$1-tcpdump" tcpdump -Z root -i lo -U -s 0 -w "$T/$1.pcap" sctp
	capture_pid=$pid
	wait_for 10 says "$1-tcpdump" 'listening on' || fail "tcpdump"
}

stop_sctp_capture()
{
	sleep 0.3	# what is in tcpdump's buffer shows by nothing
	stop "$capture_pid" INT
}

# The capture's ASAP messages as lines: type, flags, PE identifiers.
messages() # NAME
{
	tshark -r "$T/$1.pcap" -Y asap -T fields -e asap.message_type \
		-e asap.message_flags -e asap.pe_identifier \
		-e asap.pool_element_pe_identifier 2>/dev/null
}

# At least so many messages of a type.
has_messages() # NAME TYPE COUNT
{
	[ "$(messages "$1" | grep -cE "^$2	")" -ge "$3" ]
}

# Wireshark has nothing to say against the ASAP of a capture.  One complaint is
# a bug of its own: cause 5 without the policy, which RSPLIB sends.  What SCTP's
# dissector remarks is not ours to judge.
check_capture() # NAME
{
	messages "$1" | cut -f 1 | sort -n | uniq -c | sed 's/^/    /'
	tshark -r "$T/$1.pcap" -Y 'asap && (_ws.malformed || _ws.expert)' \
		-T fields -e frame.number -e _ws.col.Protocol \
		-e _ws.expert.message -e asap.cause_code 2>/dev/null |
		grep -vE 'Malformed.*	(0x0+)?5$|	(Retransm|Duplicate|Missing|Unknown chunk)' \
		>"$T/$1-complaints.log"
	check "Wireshark dislikes nothing of $1" \
		[ ! -s "$T/$1-complaints.log" ]
}
