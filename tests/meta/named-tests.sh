#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# named-tests.sh - every source leads to its test by folder and name
#
# A source x.c has a unit test check_x.c in the folder of the same name below
# tests/unit, or check_y.c when y is the first words of x (check_message is also
# message_decode's).  For the shim a program shim_x.c or a script x.sh in
# tests/shim will do, for the programs a script x.sh or x-*.sh in their folder.  What has
# none stands in data/untested.txt with the reason.
. "$(dirname "$0")/../lib/lib.sh"
setup shared

# is_tested ROOT SOURCE: is there a test of its name?
is_tested()
{
	folder=${2%/*} name=${2##*/}
	name=${name%.c}
	for words in $(prefixes "$name"); do
		[ ! -e "$1/tests/unit/${folder#rsp/}/check_$words.c" ] || return 0
		case $folder in
		shim*) set -- "$1" "$2" "$1/tests/shim/shim_$words.c" \
			"$1/tests/shim/$(dashes "$words").sh" ;;
		rsp/register|rsp/tools|registrar) set -- "$1" "$2" \
			"$1/tests/${folder#rsp/}/$(dashes "$words").sh" \
			"$1/tests/${folder#rsp/}/$(dashes "$words")"-*.sh ;;
		*) set -- "$1" "$2" ;;
		esac
		for test in "$@"; do
			case $test in
			*/tests/*) [ ! -e "$test" ] || return 0 ;;
			esac
		done
	done
	return 1
}

# prefixes a_b_c: "a_b_c a_b a".
prefixes()
{
	words=$1
	echo "$words"
	while [ "${words%_*}" != "$words" ]; do
		words=${words%_*}
		echo "$words"
	done
}

dashes()
{
	echo "$1" | tr _ -
}

# untested ROOT: the sources without a test of their name.
untested()
{
	(cd "$1" && find rsp shim registrar -name '*.c') | LC_ALL=C sort |
		while read -r source; do
			is_tested "$1" "$source" || echo "$source"
		done
}

# excepted FILE: what it names; a line is a source, a colon and a reason.
excepted()
{
	sed -n 's/^\([a-z_/]*\.c\): [a-zA-Z].*/\1/p' "$1" | LC_ALL=C sort
}

# The judge is awake.
small=$T/small
mkdir -p "$small/rsp/core/base" "$small/shim/hooks" "$small/registrar" \
	"$small/tests/unit/core/base" "$small/tests/shim" "$small/tests/registrar"
for source in rsp/core/base/a_b rsp/core/base/ab shim/hooks/c shim/d registrar/e \
	tests/unit/core/base/check_a tests/shim/shim_c; do
	: >"$small/$source.c"
done
: >"$small/tests/registrar/e-more.sh"
untested "$small" >"$T/found"
printf '%s\n' rsp/core/base/ab.c shim/d.c >"$T/expected"
check "a test counts for its name and for longer ones by whole words" \
	cmp -s "$T/found" "$T/expected"
printf '%s\n' '# words' 'shim/d.c: prints a table' 'shim/e.c:' >"$T/list"
check "an exception without a reason is none" \
	test "$(excepted "$T/list")" = shim/d.c

list=$top_srcdir/tests/data/untested.txt
untested "$top_srcdir" >"$T/untested"
excepted "$list" >"$T/excepted"
check "there are sources with tests" \
	test "$(cd "$top_srcdir" && find rsp -name '*.c' | wc -l)" -gt \
	"$(wc -l <"$T/untested")"
LC_ALL=C comm -23 "$T/untested" "$T/excepted" >"$T/missing.log"
check "every source has a test of its name or a reason" test ! -s "$T/missing.log"
LC_ALL=C comm -13 "$T/untested" "$T/excepted" >"$T/needless.log"
check "no reason is given for what has a test or is gone" \
	test ! -s "$T/needless.log"
