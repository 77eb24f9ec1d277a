#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# headers.sh - every header compiles alone, and twice, with gcc and clang
. "$(dirname "$0")/../lib/lib.sh"
setup shared

warnings='-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Werror'

# alone COMPILER HEADER
alone()
{
	local more=-Wpedantic

	case $2 in
	tests/*) more= ;; # Check's macros
	esac
	# shellcheck disable=SC2086
	printf '#include "%s"\n#include "%s"\nextern int rsp_unused;\n' "$2" "$2" |
		"$1" -std=gnu11 $warnings $more -I"$top_srcdir" \
			-I"$top_builddir" -include config.h \
			-fsyntax-only -x c -
}

printf 'static inline size_t f(void);\n' >"$T/bad.h"
cd "$top_srcdir" || exit 99
compilers=
for compiler in gcc clang; do
	command -v $compiler >/dev/null && compilers="$compilers $compiler"
done
[ -n "$compilers" ] || compilers=${CC:-cc}
for compiler in $compilers; do
	if alone "$compiler" "$T/bad.h" 2>/dev/null; then
		fail "a header that needs another goes unnoticed"
	fi
	n=0
	for header in $(find rsp registrar shim tests -name '*.h'); do
		alone "$compiler" "$header" ||
			fail "$compiler: $header does not compile alone"
		n=$((n + 1))
	done
	say "ok: $n headers compile alone with $compiler"
done
