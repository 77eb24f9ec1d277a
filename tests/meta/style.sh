#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# style.sh - the rules of HACKING that a machine can check
#
# The form is clang-format's, but for tables that keep their columns.  A function
# has at most 60 lines, a file 600; from a source to the last header that it
# includes there are at most nine steps.
. "$(dirname "$0")/../lib/lib.sh"
setup shared
cd "$top_srcdir" || exit 99

sources()
{
	find rsp registrar shim tests bootstrap .ci configure.ac Makefile.am \
		\( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -name local.mk \
		-o -name bootstrap -o -name run -o -name configure.ac \
		-o -name Makefile.am \) -type f
}

# The checks read file names from stdin and print one line per violation.
check_licence()
{
	grep -v "local\.mk$" | while read -r file; do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
			echo "$file: no SPDX line at the top"
	done
}

check_leftovers()
{
	xargs grep -nwE 'TO''DO|FIX''ME|X''XX' /dev/null
	return 0
}

check_spaces()
{
	xargs grep -nE '[ 	]+$' /dev/null
	return 0
}

check_guards()
{
	grep '\.h$' | while read -r file; do
		awk '/^#ifndef RSP_[A-Z0-9_]*_H$/ { guard = $2; next }
		guard { ok = $0 == "#define " guard; exit }
		END { exit !ok }' "$file" || echo "$file: no include guard RSP_..._H"
	done
}

check_lengths()
{
	grep '\.[ch]$' | while read -r file; do
		awk -v file="$file" '
		/^{/ { start = FNR }
		/^}/ && start { if (FNR - start - 1 > 60)
			print file ":" start ": function of " FNR - start - 1 " lines"
			start = 0 }
		{ gsub(/\t/, "        "); if (length($0) > 100)
			print file ":" FNR ": " length($0) " columns" }
		END { if (FNR > 600) print file ": " FNR " lines" }' "$file"
	done
}

check_form()
{
	grep '\.[ch]$' | xargs clang-format --dry-run 2>&1 |
		grep 'warning:' | cut -d : -f 1 | sort | uniq -c
	return 0
}

# The longest way down from a file, by headers of ours.
check_depth()
{
	xargs grep -H '^#include "' /dev/null | sed 's/:#include "/ /; s/"$//' | awk '
	{ to[$1] = to[$1] " " $2 }
	function depth(file,   list, n, i, d, most) {
		if (file in known) return known[file]
		n = split(to[file], list, " ")
		for (i = 1; i <= n; i++) if ((d = depth(list[i])) > most) most = d
		return known[file] = most + 1 }
	END { for (file in to) if (depth(file) > 10)
		print file ": " depth(file) - 1 " headers deep" }'
}

check_comments()
{
	grep '\.[ch]$' | while read -r file; do
		awk -v file="$file" 'FNR == 2 && !/^\/\* / {
			print file ": no opening comment after the SPDX line" }' "$file"
	done
}

# Each check notices a violation ...
notices() # CHECK NAME TEXT
{
	printf "$3" >"$T/$2"
	echo "$T/$2" | "$1" >"$T/noticed"
	check "$1 notices a violation" test -s "$T/noticed"
}
notices check_licence a.c 'int x;\n'
notices check_leftovers a.c '/* TO''DO later */\n'
notices check_spaces a.c 'int x; \n'
notices check_guards a.h '/* x */\nint x;\n'
notices check_lengths a.c "int\nf()\n{\n$(yes ';' | head -n 90 | tr '\n' '~' |
	sed 's/~/\\n/g')}\n"
notices check_form a.c 'int  x;\n'
for i in 1 2 3 4 5 6 7 8 9 10; do
	echo "#include \"$T/h$((i + 1)).h\"" >"$T/h$i.h"
done
echo 'int x;' >"$T/h11.h"
ls "$T"/h*.h | check_depth >"$T/noticed"
check "check_depth notices a violation" grep -q 'h1.h: 10 headers deep' "$T/noticed"
rm "$T"/h*.h
notices check_comments a.c '/* SPDX */\nint x;\n'

# ... and finds none in the tree.
need clang-format
for rule in licence leftovers spaces guards lengths form depth comments; do
	sources | "check_$rule" >"$T/$rule.log"
	check "$rule" test ! -s "$T/$rule.log"
	rm -f "$T/$rule.log"
done
