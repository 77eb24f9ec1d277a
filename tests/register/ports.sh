#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ports.sh - a server that opens and closes ports for ever, and what is
# left of those that are gone
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3 ss

# Serves on one port after the other, each for as long as STEP.N is not there.
cat >"$T/moving.py" <<'END'
import os, socket, sys, time
first, count, step = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
last = None
for n in range(count):
    s = socket.create_server(("127.0.0.1", first + n))
    if last:
        last.close()
    last = s
    while not os.path.exists("%s.%d" % (step, n)):
        time.sleep(0.01)
time.sleep(600)
END

is_at() # POOL PORT
{
	rsp-resolve "$1" | grep -q ":$2\b"
}

# Sockets of a process.
sockets() # PID
{
	ls -l "/proc/$1/fd" | grep -c socket:
}

start_registrar
count=45
start moving sh -c 'ulimit -n 128; exec "$@"' sh rsp-register --drain 0 \
	--pool Moving -- python3 "$T/moving.py" 9000 $count "$T/step"
moving=$pid
n=0
while [ $n -lt $count ]; do
	wait_for 10 is_at Moving $((9000 + n)) ||
		fail "port $((n + 1)) of $count is not registered"
	[ $n -eq 0 ] && one=$(sockets "$moving")
	: >"$T/step.$n"
	n=$((n + 1))
done
say "ok: $count ports in turn, with a limit of 128 descriptors"
few_sockets()
{
	[ "$(sockets "$moving")" -le $((one + 2)) ]
}
check "nothing is left open for those that are gone" wait_for 5 few_sockets
check "and they are out of the pool" wait_for 5 has_elements Moving 1
stop "$moving"

### Descriptors that are all in use: no port is lost for that.
cat >"$T/many.py" <<'END'
import socket, time
ports = [socket.create_server(("127.0.0.1", 10000 + n)) for n in range(60)]
time.sleep(600)
END
start many prlimit --nofile=80:4096 rsp-register --drain 0 --pool Many -v -- \
	python3 "$T/many.py"
many=$pid
at_least() # POOL COUNT
{
	[ "$(elements "$1")" -ge "$2" ]
}
check "as many join as descriptors allow" wait_for 10 at_least Many 10
check "the others say why not" wait_for 5 grep -q 'Too many open files' \
	"$T/many.log"
now=$(elements Many)
! happens_within 4 eval '[ "$(elements Many)" -lt $now ]' ||
	fail "members are lost for want of descriptors"
prlimit --nofile=4096:4096 --pid "$many"
check "and join when there are more" wait_for 10 has_elements Many 60
prlimit --nofile=10:4096 --pid "$many"
check "a poll that fails is said" wait_for 10 grep -q 'cannot be waited for' \
	"$T/many.log"
check "the elements stay" has_elements Many 60
stop "$many"
check "and SIGTERM is heard" wait_for 5 has_elements Many 0

### A connection is one, in however many pools its port is, and open though
### its port is closed.
cat >"$T/once.py" <<'END'
import os, signal, socket, sys, time
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
s = socket.create_server(("127.0.0.1", 8001))
c, _ = s.accept()
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
s.close()
s = socket.create_server(("127.0.0.1", 8002))
print("moved", flush=True)
time.sleep(600)
END
start once rsp-register --drain 0.1 --pool One --pool Two -- \
	python3 "$T/once.py" "$T/move"
once=$pid
wait_for 10 has_elements Two 1 || fail "not registered"
start client python3 -c '
import socket, time
c = socket.create_connection(("127.0.0.1", 8001)); print("in", flush=True)
time.sleep(600)'
wait_for 10 grep -q in "$T/client.log" || fail "no client"
: >"$T/move"
wait_for 10 eval 'is_at One 8002 && ! is_at One 8001' || fail "it does not move"
stop "$once"
check "one connection to a port that has gone, in two pools, is one" \
	grep -q '1 connection is still open' "$T/once.log"
