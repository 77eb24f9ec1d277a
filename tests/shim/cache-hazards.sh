#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cache-hazards.sh - whatever is wrong with the cache's file or its place, an
# unmodified client works on
#
# The unit tests have each kind of broken file; here are the file systems that
# they cannot make, and a real program that runs while its file is spoilt.
. "$(dirname "$0")/../lib/lib.sh"
setup mounts
need curl mount
command -v python3 >/dev/null || skip "python3 is not installed"

start_registrar
start_web one Web 8001
start_web two Web 8002
wait_for 10 has_elements Web 2 || fail "the servers are not registered"

fetch() # [COMMAND-PREFIX...]
{
	RSP_LOG=info "$@" rsp-run curl -fsS http://Web.pool.alt/name \
		>"$T/got" 2>"$T/fetch.log"
}

works() # CLAIM PREFIX...
{
	local claim="$1"

	shift
	fetch "$@" || fail "$claim: exit $?"
	grep -Eq '^(one|two)$' "$T/got" || fail "$claim: got $(cat "$T/got")"
	say "ok: $claim"
}

# ... and says that it keeps to itself, or that it does not
alone()
{
	works "$@"
	grep -q 'no shared cache in' "$T/fetch.log" ||
		fail "$1: it shares a cache all the same"
}

shared()
{
	works "$@"
	! grep -q 'no shared cache in' "$T/fetch.log" ||
		fail "$1: $(cat "$T/fetch.log")"
}

shared "as it should be"
file=$(echo "$RSP_RUNTIME_DIR"/*)
check "one file, the user's alone" [ "$(stat -c %a "$file")" = 600 ]

# File systems.
mkdir "$T/small" "$T/large"
mount -t tmpfs -o size=64k none "$T/small" || skip "no tmpfs may be mounted"
mount -t tmpfs -o size=8m none "$T/large"
alone "a file system too small for it" env RSP_RUNTIME_DIR="$T/small/rsp"
check "nothing is left there" [ -z "$(ls -A "$T/small/rsp")" ]
shared "a file system with room" env RSP_RUNTIME_DIR="$T/large/rsp"
dd if=/dev/zero of="$T/large/fill" bs=64k 2>/dev/null
for _ in 1 2 3 4 5 6 7 8; do
	shared "that is full by now" \
		env RSP_CACHE_TTL=0 RSP_RUNTIME_DIR="$T/large/rsp"
done
mount -o remount,bind,ro "$T/large" # as an ordinary user may
alone "that is read-only by now" env RSP_RUNTIME_DIR="$T/large/rsp"
umount "$T/large" "$T/small"

# Limits of the process.
alone "a limit on the size of files" sh -c 'ulimit -f 1
	RSP_RUNTIME_DIR=$1/limited; export RSP_RUNTIME_DIR; shift
	exec "$@"' sh "$T"
shared "the same limit, where the file is there" sh -c 'ulimit -f 1; exec "$@"' sh

# Others' files and places.
if [ "$(id -u)" = 0 ]; then
	mkdir -m 700 "$T/foreign"
	chown 65534 "$T/foreign" 2>/dev/null &&
		alone "another owner's directory" \
			env RSP_RUNTIME_DIR="$T/foreign"
	chown 65534 "$file" 2>/dev/null && alone "another owner's file"
	chown 0 "$file"
fi
ln -s "$RSP_RUNTIME_DIR" "$T/link"
alone "a symbolic link" env RSP_RUNTIME_DIR="$T/link"
chmod 755 "$RSP_RUNTIME_DIR"
alone "a directory that others may read"
chmod 700 "$RSP_RUNTIME_DIR"
printf 'another boot, another boot, another boot' |
	dd of="$file" bs=1 seek=16 conv=notrunc 2>/dev/null
shared "a file of another boot is replaced"
check "by one of its size" [ "$(stat -c %s "$file")" -gt 1000000 ]

# A program that runs while its file is spoilt.  The time between two uses is
# long, so that this happens there; what a truncation in mid-use does, no
# mapping of a file can help.
cat >"$T/loop.py" <<'END'
import sys, time, urllib.request
while True:
    name = urllib.request.urlopen("http://Web.pool.alt/name").read()
    print(name.decode().strip(), flush=True)
    time.sleep(0.05)
END
loop()
{
	: >"$T/loop.log"
	start loop rsp-run python3 "$T/loop.py"
	loop_pid=$pid
	goes_on || fail "the program does not begin"
}

goes_on()
{
	local before

	before=$(wc -l <"$T/loop.log")
	wait_for 10 eval "[ \$(wc -l <\$T/loop.log) -gt $((before + 5)) ]"
}

loop
truncate -s 0 "$file"
check "truncated under a program: it goes on" goes_on
check "and says so once" [ "$(grep -c 'was destroyed' "$T/loop.log")" = 1 ]
shared "and the next makes a new file"
kill "$loop_pid"

loop
truncate -s 4096 "$file"
check "cut to a page under a program: it goes on" goes_on
kill "$loop_pid"
shared "and the next makes a new file"

loop
head -c "$(stat -c %s "$file")" /dev/urandom |
	dd of="$file" conv=notrunc 2>/dev/null
check "overwritten with noise under a program: it goes on" goes_on
kill "$loop_pid"
shared "and the next makes a new file"

loop
rm "$file"
check "removed under a program: it goes on" goes_on
kill -STOP "$loop_pid"
works "with that program stopped, others go on"
kill "$loop_pid"
kill -CONT "$loop_pid"

loop
kill -STOP "$loop_pid"
began=$(now_ms)
for _ in 1 2 3 4 5; do
	shared "with a program stopped, others go on" env RSP_CACHE_TTL=0
done
check "without waiting for it" [ $(($(now_ms) - began)) -lt 5000 ]
kill -CONT "$loop_pid"
check "and it, when it is woken" goes_on
kill "$loop_pid"
