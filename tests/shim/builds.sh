#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# builds.sh - the shim at every optimisation, and beside allocators
#
# A preload library is where compilers show what they are free to do: a dlsym
# in tail position once crashed every program at -O2 only.  So it is built from
# its sources at -O0, -O2 and -O3, and the quick ones of the hazards run with each;
# then with allocators that call libc while they are set up themselves.
TEST_TIMEOUT=600
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/shim-lib.sh"
setup
[ -z "${RSP_TEST_PREFIX:-}" ] || skip "there are no sources in an installation"
shim_network
shim_peers
# The tests that need no silent host, one of each kind.
quick()
{
	local test

	preload=$(shim_preload)
	for test in \
		shim_connect:blocking_connect_goes_on \
		shim_connect:nonblocking_connect_goes_on_in_poll \
		shim_connect:connect_is_repeated_as_redis_does \
		shim_connect:all_dead_is_seen_in_poll \
		shim_wait:epoll_level_refused shim_wait:epoll_edge_refused \
		shim_wait:epoll_once_refused shim_wait:select_refused \
		shim_wait:ppoll_refused shim_wait:thread_in_epoll_edge \
		shim_fds:copies_share_the_connection \
		shim_fds:number_is_used_again_after_close \
		shim_fds:child_uses_the_connection shim_fds:vfork_child_closes \
		shim_options:options_survive_refusals \
		shim_options:v4_socket_in_epoll_edge_reaches_v6 \
		shim_threads:threads_connect_at_once \
		shim_threads:fork_among_threads \
		shim_signals:mask_is_kept \
		shim_names:every_family_and_hint shim_names:hosts_by_name \
		shim_udp:connected_socket_moves_on \
		shim_udp:unconnected_socket_keeps_an_element; do
		hazard "${test%:*}" "${test#*:}"
	done
}

built=$SHIM
for level in -O0 -O2 -O3; do
	version=
	[ $level != -O3 ] || version=-DRSP_CACHE_VERSION=99u
	shim_build $level $level $version
	SHIM=$T/build$level/librspshim.so
	check "/bin/true at $level" env LD_PRELOAD="$SHIM" /bin/true
	quick
	say "ok: quick hazards at $level"
done

# The last one is of another version, too: neither touches the other's cache.
versions()
{
	local shim

	mkdir -m 700 "$T/versions"
	for shim in "$built" "$SHIM" "$built" "$SHIM"; do
		env LD_PRELOAD="$(SHIM=$shim shim_preload)" \
			RSP_RUNTIME_DIR="$T/versions" timeout 20 \
			bash -c 'exec 3<>/dev/tcp/pool:Live/7' || return 1
		ls -i "$T/versions" >>"$T/versions.txt"
	done
	[ "$(sort -u "$T/versions.txt" | wc -l)" = 2 ]
}
check "two versions have a cache each" versions
SHIM=$built

case $(shim_preload) in
*:*) say "instrumented: no other allocators" ;;
*)
	for library in libjemalloc.so.2 libmimalloc.so.2; do
		LD_PRELOAD=$library /bin/true 2>&1 | grep -q . && {
			say "SKIP: no $library"
			continue
		}
		hazard_preload=$library
		quick
		say "ok: quick hazards before $library"
		hazard_preload=
		SHIM=$library:$built
		preload=$SHIM
		shim_preload()
		{
			echo "$SHIM"
		}
		quick
		say "ok: quick hazards after $library"
		SHIM=$built
	done
	;;
esac
