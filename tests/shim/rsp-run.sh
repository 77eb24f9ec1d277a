#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rsp-run.sh - the launcher: what it sets, what it refuses and why, how it ends
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/shim-lib.sh"
setup
cd "$T" || exit 99

# status N COMMAND...: it ends so; output in $T/out, errors in $T/err
status()
{
	local expected="$1" got

	shift
	"$@" >"$T/out" 2>"$T/err" </dev/null
	got=$?
	[ "$got" = "$expected" ] || {
		cat "$T/out" "$T/err" >&2
		fail "$*: exit status $got, not $expected"
	}
	say "ok: $* ends with $got"
}

says()
{
	grep -q -- "$1" "$T/err" || {
		cat "$T/err" >&2
		fail "no word of: $1"
	}
	[ "$(grep -vc '^profiling:' "$T/err")" = 1 ] || fail "not one line"
}

status 0 rsp-run --help
check "the usage is shown" grep -q '^usage: rsp-run ' out
status 0 rsp-run -h
status 0 rsp-run --version
check "the version is shown" grep -q '^rsp-run .*[0-9]' out
status 2 rsp-run
says 'rsp-run: no command'
status 2 rsp-run --no-such-option true
says 'no-such-option'
status 2 rsp-run --registrar
status 0 rsp-run true
status 7 rsp-run sh -c 'exit 7'
status 0 rsp-run -- true
status 127 rsp-run no-such-command
says 'no-such-command: command not found'
status 127 rsp-run ./no-such-file
touch not-executable
status 126 rsp-run ./not-executable
says 'Permission denied'
status 126 rsp-run "$T"
says 'it is a directory'

# refuses OPTION VALUE...: each is a usage error, said before anything runs
refuses()
{
	local option="$1" value

	shift
	for value; do
		status 2 rsp-run "$option" "$value" touch started
		says "rsp-run: $option $value: "
		[ ! -e started ] || fail "the command ran"
	done
}
refuses --registrar http://x tcp:// '' tcp://a,ftp://b
refuses --failover foo auto,Web auto,Web=foo ,auto auto, =off
for option in --failover-timeout --dead-after --answer-timeout --cache-ttl \
	--cache-ttl-adaptive; do
	refuses $option x -1 '' 5y
done
refuses --connect-timeout x 0
refuses --cache no
refuses --replay-limit x -1 5k
refuses --log loud
refuses --runtime-dir ''
refuses --log-file ''
status 0 rsp-run --failover Web=off,Mail=idle true
status 0 rsp-run --domain '' true
status 1 rsp-run env -i false
says 'env -i drops LD_PRELOAD'
printf '#!/bin/sh\nexit 3\n' >sudo
chmod +x sudo
status 3 rsp-run ./sudo
says 'write sudo rsp-run'

# What is set, and what is kept
expect_variable() # NAME VALUE OPTION...
{
	local name="$1" value="$2" got

	shift 2
	got=$(rsp-run "$@" printenv "$name")
	check "$* sets $name" [ "$got" = "$value" ]
}
expect_variable RSP_REGISTRARS tcp://a,tcp://b --registrar tcp://a \
	--registrar=tcp://b
RSP_REGISTRARS=tcp://old expect_variable RSP_REGISTRARS tcp://new \
	--registrar tcp://new
expect_variable RSP_FAILOVER off,Cache=idle --failover off,Cache=idle
expect_variable RSP_STICK Data,Speed --stick Data,Speed
expect_variable RSP_CONNECT_TIMEOUT 0.5 --connect-timeout 0.5
expect_variable RSP_FAILOVER_TIMEOUT 3 --failover-timeout 3
expect_variable RSP_DEAD_AFTER 4 --dead-after 4
expect_variable RSP_ANSWER_TIMEOUT 5 --answer-timeout 5
expect_variable RSP_CACHE private --cache private
expect_variable RSP_CACHE_TTL 6 --cache-ttl 6
expect_variable RSP_CACHE_TTL_ADAPTIVE 7 --cache-ttl-adaptive 7
expect_variable RSP_REPLAY_LIMIT 8 --replay-limit 8
expect_variable RSP_DOMAIN pool.test --domain pool.test
expect_variable RSP_RUNTIME_DIR "$T/run" --runtime-dir "$T/run"
expect_variable RSP_LOG error --log error
expect_variable RSP_LOG_FILE "$T/log" --log-file "$T/log"
expect_variable RSP_LOG info -v
expect_variable RSP_LOG debug -vv
check "options of the command are the command's" \
	[ "$(rsp-run echo --log x)" = "--log x" ]

# Under a sanitizer the library alone cannot be loaded.
[ "$(shim_preload)" = "$SHIM" ] || {
	say "instrumented: no further"
	exit 0
}
check "the library comes first" [ "$(rsp-run printenv LD_PRELOAD)" = "$SHIM" ]
check "what is there is kept" \
	[ "$(LD_PRELOAD=libc.so.6 rsp-run printenv LD_PRELOAD)" = \
		"$SHIM:libc.so.6" ]
check "a library whose name begins like its is another one" \
	[ "$(LD_PRELOAD=$SHIM.old rsp-run printenv LD_PRELOAD 2>/dev/null)" = \
		"$SHIM:$SHIM.old" ]
check "within itself it adds nothing" \
	[ "$(rsp-run rsp-run printenv LD_PRELOAD)" = "$SHIM" ]

# What a preload cannot reach
if ${CC:-cc} -static -o static -xc - <<<'int main(void) { return 0; }' \
	2>/dev/null; then
	status 126 rsp-run ./static
	says 'static'
	printf '#!%s\n' "$T/static" >script
	chmod +x script
	status 126 rsp-run ./script
	says 'static'
else
	say "SKIP: no static programs can be made here"
fi
cp "$(type -P true)" foreign
printf '\001' | dd of=foreign bs=1 seek=4 conv=notrunc 2>/dev/null
status 126 rsp-run ./foreign
says '32-bit'
cp "$(type -P true)" foreign
printf '\377' | dd of=foreign bs=1 seek=18 conv=notrunc 2>/dev/null
status 126 rsp-run ./foreign
says 'another machine'
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	other()
	{
		setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	}
	chmod 755 "$T"
	cp "$(type -P true)" setuid
	chmod 4755 setuid
	if other true 2>/dev/null && other test -x "$SHIM"; then
		PATH=$PATH status 126 other "$(command -v rsp-run)" ./setuid
		says 'setuid'
		chmod 2755 setuid
		status 126 other "$(command -v rsp-run)" ./setuid
		says 'setgid'
		chmod 755 setuid
		if command -v setcap >/dev/null &&
			setcap cap_net_raw+ep setuid 2>/dev/null; then
			status 126 other "$(command -v rsp-run)" ./setuid
			says 'capabilities'
		fi
	fi
	chown 0 setuid
	chmod 4755 setuid
	status 0 rsp-run ./setuid # its owner gains nothing by it
fi

# Scripts
printf '#!/bin/sh\nexit 5\n' >script
chmod +x script
status 5 rsp-run ./script
printf '#!/usr/bin/env bash\nexit 6\n' >script
status 6 rsp-run ./script
printf 'exit 4\n' >script # as shells have it, without an interpreter
status 4 rsp-run ./script
printf '#!/no/such/interpreter\n' >script
status 127 rsp-run ./script

# --check
status 1 rsp-run --check
check "the library is active" grep -q '^library  *active' out
check "no registrar answers" grep -q '127.0.0.1: DOES NOT ANSWER' out
check "and what to do is said" grep -q 'rsp-registrar' out
shim_peers
status 0 rsp-run --check
check "a registrar answers" grep -q '127.0.0.1: answers' out
rsp-run getent ahostsv4 Live.pool.alt >lookup || fail "no lookup"
status 0 rsp-run --check
check "the cache's pools are shown" grep -q '^pool  *Live: 1 element' out
LD_PRELOAD=$SHIM status 0 rsp-run --check
RSP_CACHE=private status 0 rsp-run --check
check "a private cache is called so" grep -q 'private' out
cp "$(command -v rsp-run)" "$T/lonely"
status 127 ./lonely true
says 'librspshim.so'
