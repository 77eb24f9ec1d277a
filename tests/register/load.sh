#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# load.sh - the load of an unmodified server is found out and registered, and
# clients go where there is less of it
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need_python
need curl

# loads POOL: the elements' loads in percent, by port
loads()
{
	rsp-resolve --json "$1" 2>/dev/null | python3 -c '
import json, sys
for e in sorted(json.load(sys.stdin)["elements"], key=lambda e: e["port"]):
    print("%g" % e["policy"]["load"])'
}

# load_is POOL TEST: the first load, with a condition in $load
load_is()
{
	load=$(loads "$1" | head -n 1)
	[ -n "$load" ] && python3 -c "import sys; load = $load; sys.exit(not ($2))"
}

registrations()
{
	grep -c "pool element updated: pool=$1 " "$T/registrar.log"
}

start_registrar -v

### From a file.
echo 20 >"$T/load"
start_web file File 8001 --drain 0 --policy "lu:auto:file:$T/load"
check "a load from a file" wait_for 10 load_is File 'abs(load - 20) < 0.01'
echo 80% >"$T/load"
check "is followed" wait_for 15 load_is File 'abs(load - 80) < 2'
before=$(registrations File)
python3 - "$T/load" <<'END'
import sys, time
end, n = time.monotonic() + 3, 0
while time.monotonic() < end:
    open(sys.argv[1], "w").write(str(79 + n % 3))
    n += 1
    time.sleep(0.1)
END
# What is smoothed may still be on its way to 80, for once.
check "noise is not registered" \
	[ "$(registrations File)" -le $((before + 1)) ]
echo nonsense >"$T/load"
check "what is no percentage is said" wait_for 10 in_log file \
	"the load's file holds no percentage; the load stays as it was"
check "and changes nothing" load_is File 'abs(load - 80) < 3'
stop "$pid"

### From a command.
echo 33 >"$T/load"
start_web exec Exec 8002 --drain 0 --policy "lud:auto:exec:cat $T/load,10"
check "a load from a command" wait_for 10 load_is Exec 'abs(load - 33) < 0.01'
stop "$pid"

### Connections against a capacity.
start_web conn Conn 8003 --drain 0 --policy lu:auto:connections:10
wait_for 10 has_elements Conn 1 || fail "not registered"
mkfifo "$T/held"
python3 -c '
import socket, sys
held = [socket.create_connection(("127.0.0.1", 8003)) for _ in range(5)]
print("connected", flush=True)
sys.stdin.read()' <"$T/held" >"$T/held.log" &
exec 9>"$T/held"
check "five connections of ten are half the load" \
	wait_for 15 load_is Conn 'abs(load - 50) < 2'
exec 9>&-
check "and none are none" wait_for 15 load_is Conn 'load == 0'
stop "$pid"

### CPU of the server's processes, children included.
start cpu rsp-register --pool Cpu --drain 0 --stop-timeout 0.5 --policy lu:auto -- sh -c '
	taskset -pc "$(taskset -pc $$ | sed "s/.*: //; s/[,-].*//")" $$ >/dev/null
	python3 -m http.server --bind 127.0.0.1 8004 2>/dev/null &
	while [ ! -e "$1" ]; do sleep 0.1; done
	while [ -e "$1" ]; do :; done
	wait' sh "$T/busy"
check "an idle server has next to no load" wait_for 15 load_is Cpu 'load < 5'
: >"$T/busy"
check "a busy one has more" wait_for 30 load_is Cpu 'load > 8'
rm "$T/busy"
check "and less again" wait_for 30 load_is Cpu 'load < 5'
stop "$pid"

### Servers of different speed: the fast one gets more of the work than its turn.
# One request at a time, each some hundredths of a second of sleep.
cat >"$T/work.py" <<'END'
import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=200)
while True:
    c, _ = s.accept()
    c.recv(4096)
    time.sleep(float(sys.argv[2]))
    c.sendall(b"HTTP/1.0 200 OK\r\n\r\n%s\n" % sys.argv[1].encode())
    c.close()
END

# crowd POOL SECONDS: eight clients, one request after the other each; prints
# how many were served by each port, then by all.
crowd()
{
	local n=0 pids=

	while [ $n -lt 8 ]; do
		timeout "$2" sh -c 'while :; do
			rsp-run curl -fsS "http://$1.pool.alt/"; done' \
			sh "$1" >"$T/crowd.$n" 2>/dev/null &
		pids="$pids $!"
		n=$((n + 1))
	done
	wait $pids
	cat "$T"/crowd.* | sort | uniq -c | awk '{ print $2 ": " $1; n += $1 }
		END { print n }'
}

for policy in rr lu:auto:connections:8; do
	pool=Work-${policy%%:*}
	port=8010 wrappers=
	for delay in 0.02 0.08 0.32; do
		start "$pool-$port" rsp-register --pool "$pool" --drain 0 \
			--policy "$policy" -- \
			python3 "$T/work.py" "$port" "$delay"
		wrappers="$wrappers $pid"
		port=$((port + 1))
	done
	wait_for 10 has_elements "$pool" 3 || fail "$pool is not whole"
	RSP_CACHE_TTL_ADAPTIVE=0.2 crowd "$pool" "${RSP_SOAK:+2}5" >"$T/$pool.served"
	say "$policy: $(tr '\n' ' ' <"$T/$pool.served")"
	for wrapper in $wrappers; do
		stop "$wrapper"
	done
	wait_for 10 has_elements "$pool" 0
done
served_rr=$(tail -n 1 "$T/Work-rr.served")
served_lu=$(tail -n 1 "$T/Work-lu.served")
say "by load $((served_lu * 100 / served_rr)) % of round robin's throughput"
if ldd "$SHIM" | grep -q libasan; then
	# There the clients are the slowest part.
	say "SKIP: no throughput is compared under AddressSanitizer"
else
	check "a spread by load serves more than one in turn" \
		[ "$served_lu" -gt "$served_rr" ]
fi
fast=$(sed -n 's/^8010: //p' "$T/Work-lu.served")
slow=$(sed -n 's/^8012: //p' "$T/Work-lu.served")
check "the fast server gets more than the slow one" [ "$fast" -gt "${slow:-0}" ]
