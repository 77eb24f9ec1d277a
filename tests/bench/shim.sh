#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shim.sh - what the shim costs a call, a name, a connection and a start,
# beside a preload library that only forwards, nscd and the kernel alone
TEST_TIMEOUT=120
. "$(dirname "$0")/../lib/lib.sh"
setup mounts
need nscd

bench=$top_builddir/tests/bench/bench_shim
forward=$top_builddir/tests/bench/.libs/null_preload.so
start peers "$top_builddir/tests/shim/shim_peers" \
	Three=127.0.0.1:8101,127.0.0.1:8102,127.0.0.1:8103
wait_for 10 listening tcp 3863 || fail "the registrar does not listen"

# Ten names of our own in the hosts file, and nothing else is asked.
for i in 1 2 3 4 5 6 7 8 9; do
	echo "192.0.2.$i host$i.example"
done >"$T/hosts"
echo 192.0.2.10 cached.example >>"$T/hosts"
echo 'hosts: files' >"$T/nsswitch.conf"
mount --bind "$T/hosts" /etc/hosts
mount --bind "$T/nsswitch.conf" /etc/nsswitch.conf

"$bench" starts "$forward" "$SHIM" || fail starts
LD_PRELOAD=$SHIM "$bench" calls "$forward" || fail calls
LD_PRELOAD=$SHIM "$bench" connects "$forward" || fail connects
LD_PRELOAD=$SHIM "$bench" "the hosts file" "$forward" || fail hosts

# nscd keeps its socket and its files in these places and no other.
mkdir "$T/nscd"
mkdir -p /var/run/nscd /var/cache/nscd
mount --bind "$T/nscd" /var/run/nscd
mount --bind "$T/nscd" /var/cache/nscd
cat >"$T/nscd.conf" <<END
server-user root
enable-cache hosts yes
positive-time-to-live hosts 3600
shared hosts yes
persistent hosts no
enable-cache passwd no
enable-cache group no
enable-cache services no
enable-cache netgroup no
END
start nscd nscd -F -f "$T/nscd.conf"
wait_for 10 test -S /var/run/nscd/socket || fail "no nscd"
LD_PRELOAD=$SHIM "$bench" "nscd's shared map" "$forward" || fail nscd
# the end of the servers is no news
disown -a
