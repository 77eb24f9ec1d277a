#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# settings.sh - the variables of the shim, good and bad; and what a process
# under the shim never does because of it
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/shim-lib.sh"
setup
shim_network
shim_peers
preload=$(shim_preload)
export ASAN_OPTIONS=detect_leaks=0
cd "$T" || exit 99

# fresh: no marks, no answers, no position from before
fresh()
{
	rm -rf "$T/run" "$T/err"
	mkdir -m 700 "$T/run"
}

# dials POOL [VARIABLE=VALUE...]: bash connects, a blocking connect()
dials()
{
	local pool="$1"

	shift
	env LD_PRELOAD="$preload" "$@" timeout 20 bash -c \
		"exec 3<>/dev/tcp/pool:$pool/7" 2>"$T/err"
}

# refuses POOL [VARIABLE=VALUE...]
refuses()
{
	dials "$@" && return 1
	grep -q 'Connection refused\|timed out' "$T/err"
}

lines() # COUNT TEXT: so many lines of the shim's, all with that text
{
	[ "$(grep -c '^librspshim: ' "$T/err")" = "$1" ] &&
		[ "$(grep '^librspshim: ' "$T/err" | grep -c -- "$2")" = "$1" ]
}

fresh
check "failover is on by default" dials Second
check "and quiet" lines 0 ''
fresh
check "RSP_FAILOVER=off shows the first element's outcome" \
	refuses Second RSP_FAILOVER=off
fresh
check "RSP_FAILOVER=connect goes on" dials Second RSP_FAILOVER=connect
fresh
check "a pool's own mode" refuses Second RSP_FAILOVER=auto,Second=off
fresh
check "another pool's mode" dials Second RSP_FAILOVER=auto,Live=off
fresh
check "the default beside a pool's mode" dials Second \
	RSP_FAILOVER=off,Second=connect
for value in auto,Second=of Second=of auto,Second auto,=off; do
	fresh
	check "RSP_FAILOVER=$value is a line, and counts for nothing" \
		dials Second "RSP_FAILOVER=$value"
	check "... one line" lines 1 "RSP_FAILOVER=$value"
done
fresh
check "good items beside a bad one count" refuses Second \
	RSP_FAILOVER=auto,Live=idel,Second=off
check "... and the bad one is a line" [ "$(grep -c RSP_FAILOVER= "$T/err")" = 1 ]
fresh
check "a pool named by escapes" refuses Second RSP_FAILOVER=auto,%53econd=off

for variable in RSP_FAILOVER RSP_CONNECT_TIMEOUT RSP_FAILOVER_TIMEOUT \
	RSP_DEAD_AFTER RSP_ANSWER_TIMEOUT RSP_CACHE RSP_CACHE_TTL \
	RSP_CACHE_TTL_ADAPTIVE RSP_REPLAY_LIMIT RSP_LOG RSP_REGISTRARS; do
	fresh
	check "a bad $variable does no harm" dials Second "$variable=no:such:9x"
	check "and is one line that names it" lines 1 "$variable"
	fresh
	check "an empty $variable is none" dials Second "$variable="
	check "without a word" lines 0 ''
done

fresh
start=$(now_ms)
check "RSP_CONNECT_TIMEOUT is for one element" \
	dials Silent RSP_CONNECT_TIMEOUT=0.3
[ $(($(now_ms) - start)) -lt 1500 ] || fail "it took too long"
fresh
start=$(now_ms)
check "RSP_FAILOVER_TIMEOUT bounds the search" \
	refuses Quiet RSP_CONNECT_TIMEOUT=0.4 RSP_FAILOVER_TIMEOUT=0.6
[ $(($(now_ms) - start)) -lt 2500 ] || fail "it took too long"
check "all silent is one line that explains" lines 1 'rsp-resolve Quiet'
fresh
check "all dead is one line that explains" eval \
	'refuses Dead && lines 1 "pool Dead: no connection to any of 2 elements"'
fresh
check "RSP_LOG=error is quiet about it" eval \
	'refuses Dead RSP_LOG=error && lines 0 ""'
fresh
check "RSP_LOG=info names each element" eval \
	'dials Second RSP_LOG=info && lines 2 "pool Second: element 0x"'
fresh
check "RSP_LOG_FILE takes the lines" eval \
	'dials Second RSP_LOG=info RSP_LOG_FILE=$T/lines && lines 0 "" &&
	[ $(wc -l <$T/lines) = 2 ]'
fresh
check "a registrar may have a name" dials Second RSP_REGISTRARS=tcp://localhost
fresh
check "registrars are tried in turn" dials Second \
	RSP_REGISTRARS=tcp://127.0.0.1:1,tcp://127.0.0.1
fresh
dials Second RSP_REGISTRARS=tcp://127.0.0.1:1 && fail "nobody was asked"
check "no registrar is one line that says what to do" \
	lines 1 'tried tcp://127.0.0.1:1.*rsp-registrar'
check "and a temporary failure" grep -q 'Temporary failure' "$T/err"
fresh
dials Nobody && fail "there is no such pool"
check "an unknown pool is one line that says what to do" \
	lines 1 'Nobody.*rsp-register'
check "and an unknown name" grep -q 'Name or service not known' "$T/err"
fresh
LD_PRELOAD=$preload RSP_DOMAIN=.Pools.Test. getent ahostsv4 live.pools.test \
	>/dev/null || fail "RSP_DOMAIN"
say "ok: RSP_DOMAIN is obeyed"
for cache in shared private off; do
	fresh
	check "RSP_CACHE=$cache" dials Second RSP_CACHE=$cache
done

# What the program does to its surroundings
if command -v python3 >/dev/null; then
	cat >daemon.py <<'END'
import ctypes, os, socket, sys
libc = ctypes.CDLL(None)
mode = sys.argv[1]
if mode == "clearenv":          # like nginx and sshd, that show a title in ps
    libc.clearenv()
if mode == "daemon":            # descriptors 0 to 2 become sockets
    for fd in range(3):
        os.close(fd)
    pairs = [socket.socketpair() for i in range(2)]
if mode == "full":              # no descriptor is left but one
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
if mode == "chroot":            # no /proc, no cache directory
    os.mkdir("empty")
    os.chroot("empty")
    os.chdir("/")
s = socket.create_connection((b"pool:Second", 7), 5)
s.sendall(b"x")
assert s.recv(100) == b"alive:x"
if mode == "daemon":
    for a, b in pairs:
        for end in a, b:
            end.setblocking(False)
            try:
                sys.exit("a stranger's socket got: %r" % end.recv(100))
            except BlockingIOError:
                pass
END
	python=$(python3 -c 'import sys; print(sys.executable)')
	for mode in plain clearenv daemon full chroot; do
		[ $mode = chroot ] && [ "$(id -u)" != 0 ] && continue
		fresh
		rm -rf empty
		LD_PRELOAD=$preload RSP_LOG=info timeout 20 "$python" daemon.py \
			$mode >"$T/err" 2>&1 || {
			cat "$T/err" >&2
			fail "a process with $mode"
		}
		say "ok: a process with $mode"
	done
fi

# A process that has nothing to do with pools opens nothing and maps nothing.
if command -v strace >/dev/null && [ "$preload" = "$SHIM" ]; then
	fresh
	strace -f -o trace -E LD_PRELOAD="$SHIM" true
	strace -f -o plain true
	opens()
	{
		grep 'openat(' "$1" | grep -v -e ENOENT -e librspshim | wc -l
	}
	check "no file is opened for it" [ "$(opens trace)" = "$(opens plain)" ]
	check "no cache is made for it" [ -z "$(ls "$T/run")" ]
	check "no thread" eval '! grep -qE "(clone3?|fork)\(" trace'
fi
