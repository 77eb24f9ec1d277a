#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# move-others.sh - connections in use that are no HTTP, in the mode auto: ssh
# reaches the next server when one dies before its banner; psql reports what it
# would report without us; who hangs up on everybody is not chased through the
# pool
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need psql ssh sshd
need_python

quitter() # PORT HOW
{
	start "quitter-$1" python3 "$top_srcdir/tests/lib/hangup_server.py" "$1" \
		"$T/came" "$2"
	wait_for 10 listening tcp "$1" || fail "no quitter"
}

came() # how many connections; to how many elements
{
	sort ${1:+-u} "$T/came" 2>/dev/null | grep -c .
}

start_registrar

### ssh: the server dies after the client's greeting, before its own
if start_sshd 2222; then
	element Shell 127.0.0.1 8101 priority:2
	element Shell 127.0.0.1 2222 priority:1
	for how in dies resets; do
		no_marks
		: >"$T/came"
		quitter 8101 $how
		RSP_LOG_FILE=$T/ssh-shim.txt run ssh -F none -i "$T/key" \
			-o BatchMode=yes -o StrictHostKeyChecking=no \
			-o UserKnownHostsFile=/dev/null root@Shell.pool.alt \
			echo alive >"$T/out" 2>"$T/ssh.log"
		check "ssh gets to the next server ($how)" \
			grep -qx alive "$T/out"
		check "the first had had its greeting" [ "$(came)" -ge 1 ]
		check "without a word" eval '! grep -v "^Warning: Permanently added\|store for future sessions\|post-quantum\|vulnerable\|upgraded" "$T/ssh.log" | grep -q .'
		check "but one in the log" \
			grep -q 'pool Shell: a connection moved' "$T/ssh-shim.txt"
		rm "$T/ssh-shim.txt"
	done
else
	say "ssh: SKIP: root cannot log in here"
fi

### psql: the server's process is killed in a query
start_postgres 5432
element Data 127.0.0.1 5432
element Data 127.0.0.1 5432 # the same again: there is where to go
sql()
{
	psql -h 127.0.0.1 -U postgres -Atc "$1"
}
sleeper()
{
	sql "select pid from pg_stat_activity where query = 'select pg_sleep(60)'"
}
# broken COMMAND...: what it says when its query's process is killed; $broken
broken()
{
	start psql "$@" -U postgres -Atc 'select pg_sleep(60)'
	client=$pid
	wait_for 10 eval '[ -n "$(sleeper)" ]' || fail "psql asks nothing"
	kill -9 "$(sleeper)"
	wait_for 20 gone "$client" || fail "psql does not end"
	wait "$client"
	echo "exit $?" >>"$T/psql.log"
	cp "$T/psql.log" "$T/$broken"
	# the others' connections were ended, too
	wait_for 20 sql 'select 1' || fail "PostgreSQL does not recover"
}
broken=direct broken psql -h 127.0.0.1
check "psql reports the loss" grep -q '^exit 2' "$T/direct"
for mode in auto idle; do
	broken=shim broken env RSP_FAILOVER=$mode RSP_LOG=error \
		rsp-run psql -h Data.pool.alt
	check "in the mode $mode it reports the same" \
		cmp "$T/direct" "$T/shim"
done

### Who hangs up on everybody
for port in 8201 8202 8203 8204 8205; do
	quitter $port at-once
	element Wall 127.0.0.1 $port
done
reads='import socket, sys
here = socket.create_connection((sys.argv[1], 80))
text = b""
while True:
    more = here.recv(100)
    if not more: break
    text += more
print(text)'
: >"$T/came"
run python3 -c "$reads" pool:Wall >"$T/out" 2>&1
check "who is hung up on sees the end" grep -qx "b''" "$T/out"
check "at the second element at the latest (was at $(came -u), $(came) times)" \
	[ "$(came -u)" -le 2 ]

quitter 8301 says-why
quitter 8302 says-why
element Full 127.0.0.1 8301
element Full 127.0.0.1 8302
: >"$T/came"
run python3 -c "$reads" pool:Full >"$T/out" 2>&1
check "who is told why reads it" grep -q Exceeded "$T/out"
check "and is not moved" [ "$(came)" = 1 ]
