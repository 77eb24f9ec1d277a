# SPDX-License-Identifier: Apache-2.0
# pools.sh - what the scripts with real clients and servers share, after lib.sh
#
#	. "$(dirname "$0")/lib.sh"
#	. "$(dirname "$0")/../lib/pools.sh"
#	setup
#	need_python
#
# Servers that live are registered by rsp-register.  Those that are dead from
# the start are registered by asap.py, for rsp-register would not.

# Python itself comes first in PATH, not the script of a version manager.
need_python()
{
	local exe

	need python3
	exe=$(python3 -c 'import sys; print(sys.executable)')
	PATH=$(dirname "$exe"):$PATH
}

# run COMMAND [ARG...]: under the shim, and not for ever
run()
{
	timeout 20 rsp-run "$@"
}

# in_log NAME TEXT
in_log()
{
	grep -q -- "$2" "$T/$1.log"
}

# element POOL ADDRESS PORT [POLICY]: a PE that may not exist; $pid.
element()
{
	local name

	name=pe-$(printf %s "$1" | tr -c 'A-Za-z0-9' _)-$3
	start "$name" python3 "$top_srcdir/tests/lib/asap.py" register "$@"
	wait_for 10 in_log "$name" '^registered' || fail "no registration: $*"
}

# dead_element POOL [POLICY]: refuses every connection (port 9 of loopback).
dead_element()
{
	element "$1" 127.0.0.1 9 "${2:-rr}"
}

# served POOL PORT [OPTION...]: puts a server that listens already into a pool.
served()
{
	local pool="$1" port="$2"

	shift 2
	start "register-$pool-$port" rsp-register --pool "$pool=$port" "$@"
	wait_for 10 eval '[ "$(elements '"$pool"')" -ge 1 ]' ||
		fail "$pool has no element"
}

# capture NAME PORT...: tcpdump on loopback into $T/NAME.pcap, TCP and UDP;
# end_capture NAME ends it.  CAPTURE_BYTES of each packet; few make room for many
# packets.
capture()
{
	local name="$1" bytes="${CAPTURE_BYTES:-9000}" filter

	shift
	if [ "$(cat /proc/self/setgroups)" = allow ]; then
		filter=$(printf ' or port %s' "$@")
		start "capture-$name" tcpdump -i lo -s "$bytes" -B 32768 -U \
			--immediate-mode -Z root -w "$T/$name.pcap" "${filter# or }"
	else
		start "capture-$name" python3 "$top_srcdir/tests/lib/sniff.py" \
			"$T/$name.pcap" "$bytes" "$@"
	fi
	echo "$pid" >"$T/capture-$name.pid"
	wait_for 10 in_log "capture-$name" 'listening on' ||
		fail "tcpdump does not run"
}

end_capture()
{
	local size=-1 now

	# What was sent before this call has to be in it.
	while now=$(stat -c %s "$T/$1.pcap") && [ "$now" != "$size" ]; do
		size=$now
		sleep 0.1
	done
	stop "$(cat "$T/capture-$1.pid")" INT
	in_log "capture-$1" '^0 packets dropped by kernel' ||
		fail "tcpdump lost packets"
}

# captured NAME [TEXT]: how many packets (with that text in them) there are
captured()
{
	python3 -c '
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from asap_messages import packets
print(sum(sys.argv[3].encode() in p[2] for p in packets(sys.argv[2])))' \
		"$top_srcdir/tests/lib" "$T/$1.pcap" "${2:-}"
}

# broken NAME PORT: how many connections that a server's kernel had accepted
# ended in a reset or unanswered, as a capture shows.
broken()
{
	PYTHONDONTWRITEBYTECODE=1 python3 "$top_srcdir/tests/lib/tcp_ends.py" \
		"$T/$1.pcap" "$2" | cut -d ' ' -f 2
}

# asap_messages NAME [OPTION...]: what was said in a capture, line by line.
asap_messages()
{
	local name="$1"

	shift
	python3 "$top_srcdir/tests/lib/asap_messages.py" "$@" "$T/$name.pcap"
}

# count TEXT FILE...: lines that match, 0 if there is no file.
count()
{
	local text="$1"

	shift
	cat "$@" 2>/dev/null | grep -c -- "$text"
}

# within WHAT MILLISECONDS LIMIT: the limit is an idle machine's; a crowded one is
# given five times as much, and what it took is said.
within()
{
	[ "$2" -le $(($3 * 5)) ] || fail "$1: $2 ms, far over $3"
	if [ "$2" -le "$3" ]; then
		say "ok: $1: $2 ms (limit $3)"
	else
		say "slow: $1: $2 ms (limit $3)"
	fi
}

# no_marks: the next program starts with an empty cache.
no_marks()
{
	RSP_RUNTIME_DIR=$(mktemp -d "$T/run.XXXXXX")
	export RSP_RUNTIME_DIR
}

# start_postgres PORT: a real PostgreSQL server, which refuses to be root, so it
# runs in a user namespace as nobody.
start_postgres()
{
	local bin

	bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
	[ -x "$bin/initdb" ] || bin=$(dirname "$(command -v initdb)")
	need_nobody
	$NOBODY "$bin/initdb" -N -A trust -U postgres --no-instructions \
		-D "$T/pg" >"$T/initdb.log" 2>&1 || fail "initdb"
	start postgres $NOBODY "$bin/postgres" -F -D "$T/pg" -p "$1" -k "$T" \
		-c listen_addresses=127.0.0.1 -c autovacuum=off
	wait_for 20 psql -h 127.0.0.1 -p "$1" -U postgres -Atc 'select 1' ||
		fail "PostgreSQL does not start"
}

# start_redis PORT
start_redis()
{
	start redis redis-server --port "$1" --bind 127.0.0.1 --save '' \
		--dir "$T"
	wait_for 10 listening tcp "$1" || fail "redis-server does not start"
}

# start_sshd PORT: for user root with the key $T/key, if root can log in here
start_sshd()
{
	[ "$(cat /proc/self/setgroups)" = allow ] ||
		return 1
	ssh-keygen -q -t ed25519 -N '' -f "$T/key" &&
		ssh-keygen -q -t ed25519 -N '' -f "$T/hostkey" || return 1
	# Its place for privilege separation, if this system has not got it.
	[ -d /run/sshd ] || mkdir -m 755 /run/sshd || return 1
	cat >"$T/sshd_config" <<EOF
Port $1
ListenAddress 127.0.0.1
HostKey $T/hostkey
AuthorizedKeysFile $T/key.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
EOF
	# Its title overwrites the environment by which finish knows its own, so it
	# has to end with this shell.
	start sshd setpriv --pdeathsig KILL "$(command -v sshd)" -D -e \
		-f "$T/sshd_config"
	wait_for 10 listening tcp "$1"
}
