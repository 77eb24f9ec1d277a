# SPDX-License-Identifier: Apache-2.0
# shim-lib.sh - the network and the runner of the shim_*.c programs, after
# lib.sh

SHIM_PROGRAMS="shim_connect shim_io shim_wait shim_fds shim_options shim_threads \
	shim_signals shim_names shim_udp"

# Hosts that say nothing, without a packet filter: what is sent to them comes
# out of an interface that has no address.
shim_network()
{
	ip link add silence type veth peer name void 2>/dev/null ||
		skip "no veth pair can be made here"
	ip addr add 192.0.2.1/24 dev silence
	ip link set void up
	ip link set silence up
	for host in 9 10; do
		ip neigh add 192.0.2.$host lladdr 02:00:00:00:00:$host dev silence
	done
}

shim_peers()
{
	start peers "$top_builddir/tests/shim/shim_peers" \
		Live=127.0.0.1:8001 \
		Second=127.0.0.1:8002,127.0.0.1:8003,127.0.0.1:8001 \
		Dead=127.0.0.1:8002,127.0.0.1:8003 \
		Silent=192.0.2.9:8001,127.0.0.1:8001 \
		Mute=192.0.2.9:8001 \
		Quiet=192.0.2.9:8001,192.0.2.9:8002,192.0.2.9:8003,192.0.2.9:8004 \
		NoRoute=198.51.100.1:1,198.51.100.2:1,127.0.0.1:8001 \
		Nowhere=198.51.100.1:1,198.51.100.2:1 \
		Late=127.0.0.1:8002,192.0.2.10:8001 \
		Reset=127.0.0.1:8006,127.0.0.1:8001 \
		Six='[::1]:8002,[::1]:8001' \
		Mixed='127.0.0.1:8002,[::1]:8001' \
		Mapped='[::1]:8002,127.0.0.1:8001' \
		Udp=127.0.0.1:8002/udp,127.0.0.1:8003/udp,127.0.0.1:8001/udp \
		UdpDead=127.0.0.1:8002/udp,127.0.0.1:8003/udp \
		Udp2=127.0.0.1:8001/udp \
		Fresh=127.0.0.1:8101,127.0.0.1:8102 \
		Fresh6='[::1]:8101,[::1]:8102' \
		Greet=127.0.0.1:8101,127.0.0.1:8102 \
		Greet6='[::1]:8101,[::1]:8102' \
		Web=127.0.0.1:8101,127.0.0.1:8103 \
		Web6='[::1]:8101,[::1]:8103' \
		Only=127.0.0.1:8101 \
		Turns=127.0.0.1:8105,127.0.0.1:8107 \
		One=127.0.0.1:8105 \
		Three=127.0.0.1:8105,127.0.0.1:8107,127.0.0.1:8109 \
		Slow=127.0.0.1:8101,192.0.2.9:8001,192.0.2.9:8002,127.0.0.1:8103 \
		Deaf=127.0.0.1:8104,127.0.0.1:8104,127.0.0.1:8104,127.0.0.1:8103
	wait_for 10 listening tcp 8001 || fail "the peers do not listen"
	wait_for 10 listening tcp 3863 || fail "the registrar does not listen"
}

# The shim and, when it or the tests' programs are instrumented, the runtime:
# ASan's must come first, and TSan's after it, for it sees no locks in what its
# own functions call.
shim_preload()
{
	ldd "$SHIM" "$top_builddir/tests/shim/shim_wait" | awk -v list="$SHIM" '
		/libasan/ && !n++ { list = $3 ":" list }
		/libtsan/ && !n++ { list = list ":" $3 }
		END { print list }'
}

# hazard PROGRAM NAME: one test, with a cache of its own.
hazard()
{
	local status work="$T/$1"

	rm -rf "$work"
	mkdir -m 700 "$work"
	[ "$1" != shim_connect ] || ip addr del 192.0.2.10/32 dev lo 2>/dev/null
	env LD_PRELOAD="$preload${hazard_preload:+:$hazard_preload}" \
		RSP_RUNTIME_DIR="$work" RSP_CONNECT_TIMEOUT=1.5 \
		RSP_LOG=info RSP_LOG_FILE="$work/shim.txt" \
		RSP_FAILOVER=auto,Fresh=connect,Fresh6=connect,Greet=idle,Greet6=idle \
		ASAN_OPTIONS=detect_leaks=0:use_sigaltstack=0 \
		timeout "${hazard_timeout:-60}" "$top_builddir/tests/shim/$1" "$2" >"$work.log" 2>&1
	status=$?
	[ $status != 77 ] || say "SKIP: $1 $2"
	[ $status = 0 ] || [ $status = 77 ] || {
		echo "exit status $status" >>"$work.log"
		cat "$work/shim.txt" >>"$work.log" 2>/dev/null
		fail "$1 $2"
	}
	rm -f "$work.log"
}

# hazards PROGRAM [NAME]: all of a program, or one.
hazards()
{
	local name

	for name in ${2:-$("$top_builddir/tests/shim/$1" -l)}; do
		hazard "$1" "$name"
	done
	say "ok: $1${hazard_label:+ ($hazard_label)}"
}

# run_hazards [PROGRAM [NAME]]: side by side, for they wait most of their time.
run_hazards()
{
	local program pids= pid failed=0

	preload=$(shim_preload)
	for program in ${1:-$SHIM_PROGRAMS}; do
		(
			trap - EXIT
			hazards "$program" ${2:-}
		) &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || failed=1
	done
	[ $failed = 0 ] || exit 1
}

# shim_build NAME FLAG...: $T/buildNAME/librspshim.so, from the sources
shim_build()
{
	local name="$1" dir="$T/build$1" source extra

	shift
	CC=${CC:-cc}
	mkdir "$dir"
	{
		echo '{ global:'
		sed 's/$/;/' "$top_srcdir/shim/shim.sym"
		echo 'local: *; };'
	} >"$dir/map"
	for source in "$top_srcdir"/shim/*.c "$top_srcdir"/shim/hooks/*.c \
		"$top_srcdir"/rsp/net/*.c "$top_srcdir"/rsp/user/*.c \
		"$top_srcdir"/rsp/core/*/*.c; do
		extra=
		case ${source##*/} in
		listen.c | lookup.c | preload.c | target.c) continue ;;
		real.c) extra=-fno-optimize-sibling-calls ;;
		esac
		echo "$CC -std=gnu11 -D_GNU_SOURCE" \
			"-include $top_builddir/config.h" \
			"-I$top_srcdir -I$top_builddir -fPIC $* $extra" \
			"-fvisibility=hidden -ftls-model=initial-exec" \
			"-c $source -o $dir/$(echo "${source#"$top_srcdir"/}" |
				tr / _).o"
	done >"$dir/commands"
	xargs -d '\n' -P 2 -I {} sh -c '{} || exit 255' <"$dir/commands" \
		>"$dir/cc.log" 2>&1 || {
		tail -n 5 "$dir/cc.log" >&2
		fail "a source does not compile: $name"
	}
	$CC -shared "$@" -o "$dir/librspshim.so" "$dir"/*.o \
		-Wl,--version-script="$dir/map" -ldl >>"$dir/cc.log" 2>&1 ||
		fail "librspshim.so does not link: $name"
}
