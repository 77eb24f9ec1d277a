#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# files.sh - files that keep who opens them, and files that several share
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3 fuser pgrep

start_registrar

### A FIFO in the place of the load's file.
mkfifo "$T/fifo"
start Fifo rsp-register --pool Fifo --drain 0 --policy "lu:auto:file:$T/fifo" \
	-- python3 -m http.server --bind 127.0.0.1 8001
check "a load that nobody tells keeps no server from its pool" \
	wait_for 10 has_elements Fifo 1
check "and is said" wait_for 10 grep -q "file cannot be read in time" \
	"$T/Fifo.log"
kill -TERM "$pid"
check "nor from its end" wait_for 5 gone "$pid"
check "and whoever was reading has gone, too" wait_for 5 eval \
	'! fuser "$T/fifo" 2>/dev/null'

# Whoever reads it has nothing of ours open.
start Killed rsp-register --pool Killed --drain 0 \
	--policy "lu:auto:file:$T/fifo" -- \
	python3 -m http.server --bind 127.0.0.1 8004
wait_for 10 has_elements Killed 1 || fail "not registered"
two_children()
{
	[ "$(pgrep -P "$pid" | wc -l)" = 2 ]
}
wait_for 10 two_children || fail "nobody reads the file"
kill -KILL "$pid"
check "a life line ends with its process" wait_for 4 has_elements Killed 0

### In that of the identifiers.
start Ids rsp-register --pool Ids --drain 0 --id-file "$T/fifo" -- \
	python3 -m http.server --bind 127.0.0.1 8002
ids=$pid
check "a FIFO holds no identifiers" wait_for 5 gone "$ids"
check "that is said" grep -q "id-file $T/fifo: " "$T/Ids.log"

### A file that is never through with (a mount whose server is gone).
if command -v strace >/dev/null && strace -o /dev/null -e trace=flock \
	-e inject=flock:delay_enter=1 true 2>/dev/null; then
	# leaks are not looked for below a tracer
	start Slow env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
		strace -f -o /dev/null -e trace=flock \
		-e inject=flock:delay_enter=20000000 rsp-register --pool Slow \
		--drain 0 --id-file "$T/slow" -- \
		python3 -m http.server --bind 127.0.0.1 8003
	slow=$pid
	check "it keeps no server from its pool" \
		wait_for 6 has_elements Slow 1
	kill -TERM "$(cat "/proc/$slow/task/$slow/children")"
	check "nor from leaving it" wait_for 2 has_elements Slow 0
else
	say "no strace: a file that blocks is not tried"
fi

### Many processes keep theirs in one file, each all of its own.
: >"$T/pids"
n=0
while [ $n -lt 12 ]; do
	rsp-register --pool "Shared$n" --drain 0 --id-file "$T/ids" -- \
		python3 -m http.server --bind 127.0.0.1 $((8100 + n)) \
		>>"$T/shared.log" 2>&1 </dev/null &
	echo $! >>"$T/pids"
	n=$((n + 1))
done
all_kept()
{
	[ "$(grep -c ' tcp 81[01][0-9] 0 Shared' "$T/ids")" = 12 ]
}
check "12 processes and one file of identifiers" wait_for 20 all_kept
kill $(cat "$T/pids")
check "is said to be kept" eval '! grep -q "not kept" "$T/shared.log"'
