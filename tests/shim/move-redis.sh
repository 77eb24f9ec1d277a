#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# move-redis.sh - the modes idle and replay, with Redis: a server killed between
# two commands of redis-cli is not noticed, one killed during a command is, once;
# redis-benchmark runs through a kill
#
# RSP_SOAK=1: fifty kills for one.
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need redis-server redis-cli redis-benchmark
need_python

PORTS='8001 8002 8003'
broken='^Error: \(Server closed the connection\|Connection reset by peer\)'
redis() # PORT: starts it; its process ID is in $redis_PORT
{
	mkdir -p "$T/$1"
	start "redis-$1" redis-server --port "$1" --bind 127.0.0.1 --save '' \
		--dir "$T/$1" --enable-debug-command yes 9>&-
	eval "redis_$1=$pid"
	wait_for 10 listening tcp "$1" || fail "redis-server does not start"
	# who it is, under a key that all have
	redis-cli -p "$1" set who "$1" >"$T/set" && redis-cli -p "$1" set same \
		same >"$T/set" || fail "no redis at $1"
}

# kill_redis PORT: kill -9, and until its connections are ended
kill_redis()
{
	eval "stop \$redis_$1 KILL"
}

start_registrar
for port in $PORTS; do
	redis $port
	element Cache 127.0.0.1 $port
done
wait_for 10 has_elements Cache 3 || fail "three elements"

# begin MODE: redis-cli in its loop, commands by `ask`
begin()
{
	rm -f "$T/commands" "$T/answers"
	mkfifo "$T/commands"
	no_marks
	start cli env RSP_FAILOVER="$1" RSP_LOG_FILE="$T/shim.txt" \
		rsp-run sh -c 'exec redis-cli -h Cache.pool.alt <"$1"' sh \
		"$T/commands"
	cli=$pid
	exec 9>"$T/commands"
	lines=0
}

end()
{
	exec 9>&-
	wait_for 10 gone "$cli" || fail "redis-cli does not end"
}

give() # COMMAND
{
	echo "$1" >&9
	lines=$((lines + 1))
}

# ask COMMAND: its answer, one line (or two when an error comes first), in $got
ask()
{
	give "$1"
	answered
}

answered()
{
	wait_for 20 eval '[ "$(grep -c . "$T/cli.log")" -ge $lines ]' ||
		fail "no answer"
	got=$(grep . "$T/cli.log" | sed -n "${lines}p")
}

moves()
{
	rsp-resolve --local --json Cache |
		sed -n 's/.*"moves": *\([0-9]*\).*/\1/p'
}

### idle: between commands
begin auto,Cache=idle
ask 'get who'
check "redis-cli is served" eval '[ "$got" = 8001 ] || [ "$got" = 8002 ] ||
	[ "$got" = 8003 ]'
kills=1
[ -n "${RSP_SOAK:-}" ] && kills=50
n=0
while [ $n -lt $kills ]; do
	before=$got
	kill_redis "$before"
	ask 'get who'
	[ "$got" != "$before" ] || fail "$before is dead"
	redis "$before"
	n=$((n + 1))
done
say "answered by $got next"
check "kill -9 between commands is not noticed" \
	eval '! grep -qi error "$T/cli.log"'
check "but counted" [ "$(moves)" = $kills ]
check "and said, a line for each move" \
	[ "$(count 'pool Cache: a connection moved' "$T/shim.txt")" = $kills ]

### idle: a command in flight
before=$got
give 'debug sleep 20'
wait_for 10 eval '! timeout 0.3 redis-cli -p "$before" ping' ||
	fail "the command does not arrive"
kill_redis "$before"
answered
check "a command in flight reports its error" \
	eval 'echo "$got" | grep -q "$broken"'
ask 'get same'
check "once: the next one works" [ "$got" = same ]
end
check "no more than that" [ "$(count . "$T/cli.log")" = $lines ]
redis "$before"

### off: what redis-cli shows without a move
begin off
ask 'get who'
before=$got
kill_redis "$before"
ask 'get same'
check "without a move it is noticed" \
	eval 'echo "$got" | grep -q "$broken"'
end
redis "$before"

### replay: a benchmark runs through a kill
requests=60000
[ -n "${RSP_SOAK:-}" ] && requests=600000
no_marks
start bench env RSP_FAILOVER=replay RSP_LOG_FILE="$T/bench.txt" \
	rsp-run redis-benchmark -h Cache.pool.alt -t get -n $requests -c 9 -q
bench=$pid
: >"$T/bench.txt"
busy() # PORT
{
	[ "$(redis-cli -p "$1" info stats |
		sed -n 's/^total_commands_processed:\([0-9]*\).*/\1/p')" -gt 1000 ]
}
wait_for 20 busy 8002 || fail "the benchmark does not begin"
kill_redis 8002
wait_for 100 gone "$bench" || fail "the benchmark does not end"
wait "$bench"
check "redis-benchmark runs through a kill" [ $? = 0 ]
check "to its end" grep -q 'GET: .*requests per second' "$T/bench.log"
check "without an error" eval '! grep -qi error "$T/bench.log"'
check "its connections moved" \
	eval '[ "$(count "a connection moved" "$T/bench.txt")" -ge 1 ]'
say "$(count 'a connection moved' "$T/bench.txt") connections moved"
