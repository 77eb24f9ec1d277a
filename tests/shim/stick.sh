#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# stick.sh - RSP_STICK: a process's further connections go first to the element
# of one that is open
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need_python

start_registrar
cat >"$T/server.py" <<'END'
"""server.py NAME PORT: says NAME on each connection, and keeps it"""
import socket, sys
s, kept = socket.create_server(("127.0.0.1", int(sys.argv[2]))), []
while True:
    c, _ = s.accept()
    c.sendall(sys.argv[1].encode() + b"\n")
    kept.append(c)
END
for n in 1 2 3; do
	start server$n python3 "$T/server.py" $n 410$n
	eval "server${n}_pid=$pid"
	wait_for 10 listening tcp 410$n || fail "no server $n"
	element Three 127.0.0.1 410$n
done
wait_for 10 has_elements Three 3 || fail "no pool"

cat >"$T/client.py" <<'END'
import os, signal, socket, sys
def dial(block=True):
    s = socket.socket()
    s.setblocking(block)
    try:
        s.connect(("Three.pool.alt", 7))
    except BlockingIOError:
        pass
    s.settimeout(10)
    return s, s.makefile().readline().strip()
first, name = dial()
seen = [name]
for n in range(6):
    s, other = dial(n % 2 == 0)
    seen.append(other)
    s.close()
print(" ".join(seen))
if len(sys.argv) > 1:  # the server of the open one dies: the others serve
    os.kill(int(sys.argv[int(name)]), signal.SIGKILL)
    s, other = dial()
    assert other != name, other
    first.close()
    print("then " + other)
else:  # nothing is open any more: by the pool's policy
    first.close()
    seen = []
    for n in range(3):
        s, other = dial()
        s.close()
        seen.append(other)
    print(" ".join(sorted(seen)))
END

# one_and_three FILE: its first line is one name seven times, its second three
one_and_three()
{
	awk 'NR == 1 { same = NF == 7; for (i = 2; i <= NF; i++) same = same && $i == $1 }
	NR == 2 { all = $0 == "1 2 3" }
	END { exit !(same && all) }' "$1"
}
run --stick Three python3 "$T/client.py" >"$T/stuck" 2>"$T/client.log" ||
	fail "the client"
check "with RSP_STICK seven connections at one element, then three at three" \
	one_and_three "$T/stuck"
run --stick Other,three.pool.alt,Three python3 "$T/client.py" >"$T/stuck" \
	2>"$T/client.log" || fail "the client"
check "and with several pools" one_and_three "$T/stuck"
run --stick Other python3 "$T/client.py" >"$T/spread" 2>"$T/client.log" ||
	fail "the client"
check "without it they are spread" \
	[ "$(head -n 1 "$T/spread" | tr ' ' '\n' | sort -u | wc -l)" = 3 ]
run --stick %zz python3 "$T/client.py" >"$T/spread" 2>"$T/client.log"
check "a bad one is a line" in_log client RSP_STICK

if command -v iperf3 >/dev/null; then
	for n in 1 2; do
		start iperf$n iperf3 -s -p 520$n
		wait_for 10 listening tcp 520$n || fail "no iperf3 server"
		served Speed 520$n
	done
	wait_for 10 has_elements Speed 2 || fail "no pool Speed"
	for n in 1 2 3; do
		run --stick Speed iperf3 -c pool:Speed -n 4M -P 3 \
			>"$T/iperf.out" 2>&1
		check "iperf3 with two servers, run $n" \
			grep -q '^iperf Done' "$T/iperf.out"
	done
fi

# psql's cancel request: a second connection, made in a signal's handler.
asleep() # PORT: a query sleeps there
{
	[ "$(psql -h 127.0.0.1 -p "$1" -U postgres -Atc "select count(*) from
		pg_stat_activity where query like '%pg_sleep(60)%' and
		pid <> pg_backend_pid()")" = 1 ]
}
asleep_somewhere()
{
	asleep 5432 || asleep 5433
}
if command -v psql >/dev/null; then
	start_postgres 5432
	(T=$T/second && mkdir "$T" && chmod 777 "$T" && start_postgres 5433) ||
		fail "no second PostgreSQL"
	served Data 5432
	served Data 5433
	wait_for 10 has_elements Data 2 || fail "no pool Data"
	for n in 1 2; do
		start psql env RSP_STICK=Data rsp-run psql -h pool:Data \
			-U postgres -c 'select pg_sleep(60)'
		wait_for 10 asleep_somewhere || fail "no query"
		kill -INT "$pid"
		wait_for 5 gone "$pid" || fail "the cancel request went astray"
		check "psql's cancel request, run $n" \
			in_log psql 'canceling statement due to user request'
	done
fi

run --stick Three python3 "$T/client.py" "$server1_pid" "$server2_pid" \
	"$server3_pid" >"$T/dead" 2>"$T/client.log" || fail "the client"
check "when that element dies another one serves" grep -q '^then' "$T/dead"
