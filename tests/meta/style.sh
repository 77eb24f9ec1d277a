#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# style.sh - the rules of HACKING that a machine can check
#
# clang-format is a guide and not checked here: tables keep their columns.  80
# columns are the aim, 100 the limit.  A function over 80 lines or a file over
# 600 is allowed when its opening comment holds a line that begins with "Long:"
# and says why.
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
		FNR == 1, /\*\/$/ && FNR > 1 { opening = opening $0 "\n" }
		/^{/ { start = FNR }
		/^}/ && start { if (FNR - start - 1 > 80)
			long[++n] = file ":" start ": function of " FNR - start - 1 " lines"
			start = 0 }
		{ gsub(/\t/, "        "); if (length($0) > 100)
			print file ":" FNR ": " length($0) " columns" }
		END {
			if (FNR > 600) long[++n] = file ": " FNR " lines"
			if (opening !~ /\n \* Long:/)
				for (i = 1; i <= n; i++) print long[i] " and no reason"
		}' "$file"
	done
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
notices check_comments a.c '/* SPDX */\nint x;\n'

# ... and finds none in the tree.
for rule in licence leftovers spaces guards lengths comments; do
	sources | "check_$rule" >"$T/$rule.log"
	check "$rule" test ! -s "$T/$rule.log"
	rm -f "$T/$rule.log"
done
