#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exports.sh - librsp exports rsp_* and nothing else
. "$(dirname "$0")/../lib/lib.sh"
setup shared

library=$top_builddir/.libs/librsp.so
[ -e "$library" ] || fail "$library was not built"
nm -D --defined-only "$library" | awk '{ print $NF }' >"$T/names"
check "librsp exports something" grep -q '^rsp_' "$T/names"
grep -v '^rsp_[^_]' "$T/names" >"$T/foreign.log"
check "librsp exports only names that begin with rsp_" \
	test ! -s "$T/foreign.log"

# Every function that an installed header declares is there to be linked.
cd "$top_srcdir" || exit 99
headers=$(sed -n 's/^nobase_rspinclude_HEADERS = //p' "$top_builddir/Makefile")
check "headers are installed" test -n "$headers"
for header in $(sed -n '/^nobase_rspinclude_HEADERS/,/[^\\]$/p' \
	"$top_builddir/Makefile" | grep -o 'rsp/core/[a-z_/]*\.h'); do
	${CC:-cc} -E -P -I. "$header"
done | sed -n '/^static inline/,/^{/d; /^typedef/d
	s/^[a-z][A-Za-z_0-9 ]*[ *]\(rsp_[a-z][a-z0-9_]*\)(.*/\1/p' |
	sort -u >"$T/declared"
check "they declare functions" test -s "$T/declared"
sort -u "$T/names" | comm -23 "$T/declared" - >"$T/missing.log"
check "librsp has all that its headers declare" test ! -s "$T/missing.log"
