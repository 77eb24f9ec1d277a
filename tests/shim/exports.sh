#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exports.sh - librspshim.so puts into a stranger's process what shim.sym
# lists and nothing else, and needs nothing but libc
. "$(dirname "$0")/../lib/lib.sh"
setup shared

[ -e "$SHIM" ] || fail "$SHIM was not built"
nm -D --defined-only "$SHIM" | awk '{ print $NF }' | LC_ALL=C sort >"$T/exported"
LC_ALL=C sort "$top_srcdir/shim/shim.sym" >"$T/listed"
diff "$T/listed" "$T/exported" >"$T/difference.log"
check "the exported names are those of shim.sym" test ! -s "$T/difference.log"

# Each of them is libc's: a name of our own could be some program's, too.
libc=$(ldd "$SHIM" | awk '/libc\.so/ { print $3 }')
nm -D --defined-only "$libc" | awk '{ sub(/@.*/, "", $NF); print $NF }' |
	LC_ALL=C sort -u >"$T/libc"
comm -23 "$T/exported" "$T/libc" >"$T/foreign.log"
check "libc has all of them" test ! -s "$T/foreign.log"

# A library more is a cost for each process that starts, and a risk.
case $(readelf -d "$SHIM") in
*asan* | *ubsan* | *gcov* | *tsan*) say "instrumented, needs more libraries" ;;
*)
	readelf -d "$SHIM" | awk '/NEEDED/ { gsub(/[][]/, "", $NF); print $NF }' |
		grep -v -e '^libc\.so' -e '^ld-' -e '^libdl' -e '^libpthread' \
			>"$T/needed.log"
	check "it needs libc only" test ! -s "$T/needed.log"
	;;
esac
