#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# many.sh - many rsp-register on one host at one registrar: what each of
# them costs while nothing happens
TEST_TIMEOUT=${RSP_SOAK:+1200}
. "$(dirname "$0")/../lib/lib.sh"
setup
need busybox python3

count=40 seconds=5
[ -n "${RSP_SOAK:-}" ] && count=500 seconds=600
ulimit -n "$(ulimit -Hn)"
start_registrar
mkdir "$T/www"
: >"$T/pids"
n=0
while [ $n -lt $count ]; do
	rsp-register --pool Many -- busybox httpd -f \
		-p "127.0.0.1:$((10000 + n))" -h "$T/www" </dev/null \
		>>"$T/many.log" 2>&1 &
	echo $! >>"$T/pids"
	n=$((n + 1))
done
check "$count servers are registered" wait_for 60 has_elements Many $count

# Looks become seldom in the first seconds after a port was found.
happens_within 10 false
cat >"$T/cost.py" <<'END'
import os, sys, time
pids = [int(p) for p in open(sys.argv[1])]
def ticks(pid):
    f = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
    return int(f[11]) + int(f[12])
before, start = sum(map(ticks, pids)), time.monotonic()
time.sleep(float(sys.argv[2]))
spent = (sum(map(ticks, pids)) - before) / os.sysconf("SC_CLK_TCK")
share = 100 * spent / (time.monotonic() - start) / len(pids)
private = 0
for pid in pids:
    for line in open("/proc/%d/smaps_rollup" % pid):
        if line.startswith("Private_"):
            private += int(line.split()[1])
fds = max(len(os.listdir("/proc/%d/fd" % pid)) for pid in pids)
print("each: %.4f %% of a core, %d KiB of private memory, %d descriptors"
      % (share, private / len(pids), fds))
sys.exit(private / len(pids) > int(sys.argv[3]))
END
# AddressSanitizer has a memory of its own.
memory=1536
ldd "$SHIM" | grep -q libasan && memory=65536
check "less than $memory KiB of private memory each" \
	python3 "$T/cost.py" "$T/pids" $seconds $memory
kill $(cat "$T/pids")
kill $(cat "$T/pids") 2>/dev/null
check "and all of them leave" wait_for 60 has_elements Many 0
