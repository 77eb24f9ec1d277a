#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# preload-company.sh - the shim beside others that replace parts of libc:
# jemalloc and mimalloc, before and after it in the list, and ASan programs
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need curl redis-cli redis-server
need_python

start_registrar
start_web web1 Web 8001
start_redis 6379
served Cache 6379
wait_for 10 has_elements Web 1 || fail "no server"
dead_element Half lu:0
element Half 127.0.0.1 8001 lu:50

asyncio='import asyncio
async def main():
    r, w = await asyncio.open_connection("pool:Half", 80)
    w.write(b"GET /name HTTP/1.0\r\n\r\n")
    print((await r.read()).split()[-1].decode())
asyncio.run(main())'

# all "claim" RUN...: programs of three makes, RUN before each
all()
{
	local claim="$1" got

	shift
	no_marks
	got=$("$@" curl -fsS http://Half.pool.alt/name 2>"$T/company.log")
	check "$claim: curl" [ "$got" = web1 ]
	no_marks
	got=$("$@" python3 -c "$asyncio" 2>>"$T/company.log")
	check "$claim: asyncio" [ "$got" = web1 ]
	got=$("$@" redis-cli -h pool:Cache ping 2>>"$T/company.log")
	check "$claim: redis-cli" [ "$got" = PONG ]
	[ ! -s "$T/company.log" ] || fail "$claim: somebody complained"
}

all "alone" rsp-run
found=0
for lib in libjemalloc.so.2 libmimalloc.so.2; do
	# A shim with ASan in it brings an allocator of its own.
	[ -z "${ASAN_OPTIONS:-}" ] || continue
	LD_PRELOAD=$lib /bin/true 2>&1 | grep -q . && continue
	found=1
	all "$lib, put in by the user" env LD_PRELOAD=$lib rsp-run
	all "$lib before the shim" env "LD_PRELOAD=$lib:$SHIM"
	all "$lib after the shim" env "LD_PRELOAD=$SHIM:$lib"
done
[ $found = 1 ] || say "SKIP: no jemalloc, no mimalloc, or a build with ASan"

# A program of ASan's: its runtime, if that is a library (gcc), wants to be first
# in the list.
cat >"$T/asan.c" <<'EOF'
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>

int
main(int argc, char **argv)
{
	static const char get[] = "GET /name HTTP/1.0\r\n\r\n";
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *ai;
	char answer[2000], *last;
	ssize_t n, got = 0;
	int fd;

	if (argc < 2 || getaddrinfo(argv[1], "80", &hints, &ai) != 0)
		return 1;
	fd = socket(ai->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, ai->ai_addr, ai->ai_addrlen) != 0)
		return 2;
	freeaddrinfo(ai);
	if (write(fd, get, sizeof(get) - 1) < 0)
		return 3;
	while ((n = read(fd, answer + got, sizeof(answer) - 1 - (size_t)got)) > 0)
		got += n;
	answer[got] = '\0';
	last = strstr(answer, "\r\n\r\n");
	fputs(last == NULL ? answer : last + 4, stdout);
	return close(fd);
}
EOF
for cc in gcc clang; do
	command -v $cc >/dev/null || continue
	# Two runtimes of different makes do not go together.
	[ $cc = gcc ] || [ -z "${ASAN_OPTIONS:-}" ] || continue
	$cc -g -fsanitize=address,undefined -o "$T/asan-$cc" "$T/asan.c" \
		2>"$T/$cc.log" || continue
	no_marks
	runtime=$(ldd "$T/asan-$cc" | sed -n 's/.*=> \(.*asan.*\) (.*/\1/p')
	got=$(env LD_PRELOAD="${runtime:+$runtime:}$SHIM" "$T/asan-$cc" \
		Half.pool.alt 2>"$T/asan.log")
	check "a program built with $cc and ASan" [ "$got" = web1 ]
	[ ! -s "$T/asan.log" ] || fail "ASan or the shim complained"
done
