# SPDX-License-Identifier: Apache-2.0
# lib.sh - what every integration script shares
#
# A script is a POSIX sh (or bash) program that begins with
#
#	. "$(dirname "$0")/../lib/lib.sh"
#	setup
#
# and from there on has a network namespace of its own (so the default ports
# are free, and nothing leaks), a directory $T that vanishes, our programs in
# PATH, $SHIM, and an end at which no process of it is left, whatever happened.
# It ends by falling off its end (success), by fail, or by skip.
#
# Nothing here sleeps for a fixed time to let something happen: wait_for polls
# a condition against a deadline.

set -u
LC_ALL=C
export LC_ALL

top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
if [ -z "${top_builddir:-}" ]; then
	top_builddir=$top_srcdir/build
	[ -e ./config.status ] && top_builddir=$PWD
fi
export top_srcdir top_builddir

# The programs: of the build tree, or of an installation when RSP_TEST_PREFIX
# names one.  Programs link convenience libraries only, so those of the build
# tree are real ones and not wrapper scripts of libtool.
if [ -n "${RSP_TEST_INSIDE:-}" ]; then
	: # PATH and SHIM are set
elif [ -n "${RSP_TEST_PREFIX:-}" ]; then
	PATH=$RSP_TEST_PREFIX/bin:$RSP_TEST_PREFIX/sbin:$PATH
	SHIM=$RSP_TEST_PREFIX/lib/rspool/librspshim.so
else
	PATH=$top_builddir/registrar:$top_builddir/rsp/register:$top_builddir/rsp/tools:$top_builddir/shim/run:$PATH
	SHIM=$top_builddir/shim/.libs/librspshim.so
fi
[ -n "${RSP_TEST_INSIDE:-}" ] || PATH=$PATH:/usr/sbin:/sbin
export PATH SHIM

say()
{
	printf '%s: %s\n' "$(basename "$0" .sh)" "$*"
}

# Ends the script as failed; the logs' ends say why.
fail()
{
	local log

	say "FAILED: $*" >&2
	for log in "${T:-/nonexistent}"/*.log; do
		[ -s "$log" ] || continue
		printf -- '--- %s\n' "${log##*/}" >&2
		tail -n 25 "$log" >&2
	done
	exit 1
}

# Ends the script as skipped: skip "needs a kernel with SCTP"
skip()
{
	say "SKIP: $*"
	exit 77
}

# need curl redis-server: the programs that this script runs, or a skip.
need()
{
	local program

	for program; do
		command -v "$program" >/dev/null 2>&1 ||
			skip "$program is not installed"
	done
}

# Root's way to run servers that refuse to be root: before their command.
NOBODY='unshare -U --map-user=65534 --map-group=65534'

need_nobody()
{
	$NOBODY true 2>/dev/null ||
		skip "no user namespace may be made here (in a chroot, say)"
}

# check "claim" COMMAND [ARG...]: the claim holds, or the script ends failed.
check()
{
	local claim="$1"

	shift
	"$@" || fail "$claim (not so: $*)"
	say "ok: $claim"
}

# wait_for SECONDS COMMAND [ARG...]: until the command succeeds; false if it did
# not within that time, or three times as long: SECONDS is what an idle machine
# needs, and the tests run beside each other.  A shell text is a command, too:
# wait_for 5 eval '...'
wait_for()
{
	local limit=$(($1 * 3))

	shift
	happens_within "$limit" "$@"
}

# happens_within SECONDS COMMAND [ARG...]: the same with exactly that time, for
# what shall not happen.
happens_within()
{
	local end

	end=$(($(now_ms) + $1 * 1000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(now_ms)" -lt "$end" ] || return 1
		sleep 0.05
	done
}

now_ms()
{
	date +%s%3N
}

# start NAME COMMAND [ARG...]: in the background, output in $T/NAME.log, process
# ID in $pid.
start()
{
	local log="$T/$1.log"

	shift
	# Before it is in the background: nobody shall read what the last one of
	# that name wrote.
	: >"$log"
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
}

# gone PID: no such process (one that waits for its parent's wait counts so, when
# its other threads have ended, and with them its connections).
gone()
{
	local state

	state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) || return 0
	case $state in
	Z*) [ "$(ls "/proc/$1/task" 2>/dev/null | wc -l)" -le 1 ] ;;
	'' | X*) return 0 ;;
	*) return 1 ;;
	esac
}

# stop PID [SIGNAL [SECONDS]]: sends it (TERM) and waits for the end.
stop()
{
	kill "-${2:-TERM}" "$1" 2>/dev/null
	wait_for "${3:-10}" gone "$1" || fail "process $1 outlives SIG${2:-TERM}"
}

# listening tcp|udp PORT [ADDRESS-IN-HEX]: somebody has that port.
listening()
{
	local state=0A

	[ "$1" = udp ] && state=07
	cat "/proc/net/$1" "/proc/net/${1}6" 2>/dev/null |
		awk -v port="$(printf '%04X' "$2")" -v state=$state '
		{ n = split($2, a, ":") }
		a[n] == port && $4 == state { found = 1 }
		END { exit !found }'
}

# free_port: prints a TCP port that nobody has; for scripts that share the
# host's network.
free_port()
{
	local port

	while :; do
		port=$(awk 'BEGIN { srand(); print int(20000 + rand() * 12000) }' \
			</dev/null)
		port=$((20000 + (port + $(od -An -N2 -tu2 /dev/urandom)) % 12000))
		listening tcp "$port" || break
	done
	echo "$port"
}

# start_registrar [OPTION...]: on the default endpoints, ready when it returns;
# $registrar_pid.  The log is $T/registrar.log.
start_registrar()
{
	start registrar rsp-registrar "$@"
	registrar_pid=$pid
	wait_for 10 listening tcp 3863 || fail "rsp-registrar is not ready"
}

# start_web NAME POOL PORT [OPTION...]: python3's own web server on 127.0.0.1,
# in a pool, with options for rsp-register.  GET /name says NAME.  The
# wrapper's process ID is in $pid; web_pid NAME prints the server's.
start_web()
{
	local name="$1" pool="$2" port="$3"

	shift 3
	mkdir -p "$T/$name"
	echo "$name" >"$T/$name/name"
	start "$name" rsp-register --pool "$pool" "$@" -- sh -c \
		'echo $$ >"$1"; exec python3 -m http.server --bind 127.0.0.1 -d "$2" "$3"' \
		sh "$T/$name.pid" "$T/$name" "$port"
}

web_pid()
{
	cat "$T/$1.pid"
}

# elements POOL: how many a registrar knows (0 when it knows no such pool).
elements()
{
	rsp-resolve --json "$1" 2>/dev/null | grep -o '"id"' | wc -l
}

has_elements() # POOL COUNT
{
	[ "$(elements "$1")" -eq "$2" ]
}

# Every program that the script started, its children's children too, carries
# RSP_TEST_MARK in its environment; what has it at the end is killed.  A part of
# the script itself that runs in the background (a subshell) has the environment
# of the script's beginning: it is found by the network that it shares with the
# script and with nobody else.
marked()
{
	local net

	grep -lszx "RSP_TEST_MARK=$T" /proc/[0-9]*/environ
	[ "${own_network:-no}" = yes ] || return 0
	net=$(readlink /proc/self/ns/net | sed 's/[][]/\\&/g')
	find /proc/[0-9]*/ns/net -maxdepth 0 -lname "$net" 2>/dev/null
}

kill_marked()
{
	local file left=1 pid

	while [ "$left" = 1 ]; do
		left=0
		for file in $(marked); do
			pid=${file#/proc/}
			pid=${pid%%/*}
			[ "$pid" = $$ ] && continue
			gone "$pid" && continue
			kill -9 "$pid" 2>/dev/null && left=1
		done
	done
}

# A build with sanitizers: what they say of any process goes to files that
# finish looks at, and $SANITIZED is not empty.  In a stranger's process ASan's
# runtime comes late, as what our library needs, and is told that this is meant:
# put first in LD_PRELOAD it hangs curl and psql (gcc 12).  A few programs (with
# a malloc of their own) cannot bear it late and get it first.  It has no signal
# stack of its own: it stumbles over that when a thread is cancelled.
use_sanitizers()
{
	local runtime name program

	SANITIZED=
	UBSAN_OPTIONS=print_stacktrace=1:log_path=$T/sanitizer
	export UBSAN_OPTIONS
	runtime=$(ldd "$SHIM" 2>/dev/null | sed -n 's/.*=> \(.*libasan[^ ]*\).*/\1/p')
	[ -n "$runtime" ] || return 0
	SANITIZED=yes
	ASAN_OPTIONS=verify_asan_link_order=0:use_sigaltstack=0:log_path=$T/sanitizer
	export ASAN_OPTIONS
	mkdir "$T/bin"
	for name in node dig; do
		program=$(command -v $name) || continue
		cat >"$T/bin/$name" <<-END
			#!/bin/sh
			ASAN_OPTIONS=\$ASAN_OPTIONS:detect_leaks=0
			LD_PRELOAD=$runtime\${LD_PRELOAD:+:\$LD_PRELOAD}
			export ASAN_OPTIONS LD_PRELOAD
			exec $program "\$@"
		END
		chmod +x "$T/bin/$name"
	done
	PATH=$T/bin:$PATH
}

finish()
{
	local status=$?

	trap - EXIT INT TERM HUP
	kill_marked
	if ls "$T"/sanitizer.* >/dev/null 2>&1; then
		cat "$T"/sanitizer.* >&2
		say "FAILED: a sanitizer has found something" >&2
		[ "$status" = 0 ] && status=1
	fi
	if [ -n "${KEEP:-}" ]; then
		say "kept: $T"
	else
		rm -rf "$T"
	fi
	exit "$status"
}

# in_guest [MODULE...]: before setup; the script runs under a kernel with SCTP,
# in a guest where this one has none (tests/lib/guest).  TEST_TIMEOUT counts for it.
in_guest()
{
	[ -z "${RSP_TEST_INSIDE:-}" ] && [ -z "${SCTP_GUEST:-}" ] &&
		[ ! -e /proc/net/sctp ] || return 0
	if ldd "$SHIM" 2>/dev/null | grep -q libasan; then
		skip "the guest's address space is too small for ASan"
	fi
	exec "$top_srcdir/tests/lib/guest/sctp-guest" -t "${TEST_TIMEOUT:-300}" \
		-M "$*" "$(test_shell)" "$0"
}

# setup [shared|mounts]: see the top.  With `shared` the script stays in the
# host's network; with `mounts` it may mount, too, and nobody else sees it.
# TEST_TIMEOUT (seconds, 300) bounds the whole script.
setup()
{
	local flags=-n variable

	if [ -z "${RSP_TEST_INSIDE:-}" ]; then
		RSP_TEST_INSIDE=1
		export RSP_TEST_INSIDE
		if [ "${1:-}" = shared ]; then
			exec timeout -k 5 "${TEST_TIMEOUT:-300}" \
				"$(test_shell)" "$0"
		fi
		[ "$(id -u)" = 0 ] || flags=-rn
		[ "${1:-}" = mounts ] && flags=${flags}m
		unshare $flags true 2>/dev/null ||
			skip "no network namespace may be made here"
		exec timeout -k 5 "${TEST_TIMEOUT:-300}" unshare $flags \
			"$(test_shell)" "$0"
	fi
	unset RSP_TEST_INSIDE
	if [ "${1:-}" != shared ]; then
		own_network=yes
		ip link set lo up ||
			skip "ip (iproute2) cannot bring up the loopback interface"
	fi

	for variable in $(env | sed -n 's/^\(RSP_[A-Z_]*\)=.*/\1/p') \
		http_proxy https_proxy all_proxy no_proxy \
		HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY NOTIFY_SOCKET; do
		case $variable in
		RSP_SOAK | RSP_SEED | RSP_TEST_*) ;;
		*) unset "$variable" ;;
		esac
	done
	T=$(mktemp -d "${TMPDIR:-/tmp}/rsp-test.XXXXXX") || exit 99
	trap finish EXIT
	trap 'exit 130' INT
	trap 'say "ended from outside (out of time?)" >&2; exit 1' TERM HUP
	RSP_TEST_MARK=$T
	RSP_RUNTIME_DIR=$T/run
	mkdir -m 700 "$RSP_RUNTIME_DIR"
	export T RSP_TEST_MARK RSP_RUNTIME_DIR
	use_sanitizers
}

test_shell()
{
	if [ -n "${BASH_VERSION:-}" ]; then
		echo bash
	else
		echo sh
	fi
}
