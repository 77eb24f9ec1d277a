#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exports.sh - librsp exports what its installed headers declare, no more and no
# less
. "$(dirname "$0")/../lib/lib.sh"
setup shared

library=$top_builddir/.libs/librsp.so
[ -e "$library" ] || fail "$library was not built"
nm -D --defined-only "$library" | awk '{ print $NF }' |
	LC_ALL=C sort -u >"$T/exported"
check "librsp exports something" grep -q '^rsp_' "$T/exported"

# What the headers declare, header by header, as a program includes them.
cd "$top_builddir" || exit 99
set -- include/rsp/*.h
check "headers are made to be installed" test -e "$1"
for header; do
	printf '#include <rsp/%s>\n' "${header##*/}" |
		${CC:-cc} -std=gnu11 -E -P -Iinclude -x c - ||
		fail "<rsp/${header##*/}> needs what is not installed"
done | sed -n '/^static inline/,/^{/d; /^typedef/d
	s/^[a-z][A-Za-z_0-9 ]*[ *]\(rsp_[a-z][a-z0-9_]*\)(.*/\1/p' |
	LC_ALL=C sort -u >"$T/declared"
check "they declare functions" test "$(wc -l <"$T/declared")" -gt 100
LC_ALL=C comm -3 "$T/declared" "$T/exported" >"$T/difference.log"
check "each is exported, and nothing else" test ! -s "$T/difference.log"
