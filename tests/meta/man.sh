#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# man.sh - the manual says what the programs say, no more and no less
#
# Every page passes mandoc's lint; every option that a program's --help shows
# is in its page and the other way round; so is every variable RSP_* that the
# sources read.
. "$(dirname "$0")/../lib/lib.sh"
setup shared
need mandoc
man=$top_srcdir/man

# both "claim" FILE FILE: the same lines in both
both()
{
	sort -u "$2" >"$T/a"
	sort -u "$3" >"$T/b"
	diff "$T/a" "$T/b" >"$T/difference.log"
	check "$1" test ! -s "$T/difference.log"
}

# options FILE: the long ones of a --help text, without the dashes
options()
{
	grep -oE -e '--[a-z][a-z0-9-]*' "$1" | sed 's/^--//'
}

# page_options PAGE: what it marks as a long option
page_options()
{
	grep -oE '(Fl|,) -[a-z][a-z0-9-]*' "$1" | sed 's/^[^-]*-//'
}

for page in "$man"/*.[1-8]; do
	# what else is installed here is no fault of the page
	mandoc -T lint "$page" 2>&1 | grep -v -e 'referenced manual not found' \
		-e 'mandoc.db' >"$T/lint.log"
	check "$(basename "$page") passes lint" test ! -s "$T/lint.log"
	grep -nE '^[^.].*[.!?]  *[A-Z]' "$page" >"$T/lint.log"
	check "$(basename "$page") has one sentence per line" test ! -s "$T/lint.log"
	grep -n 'Sh' "$page" | grep -cE 'EXAMPLES|STANDARDS|SEE ALSO' >"$T/sections"
	check "$(basename "$page") has EXAMPLES, STANDARDS and SEE ALSO" \
		grep -qx 3 "$T/sections"
done

for program in rsp-registrar rsp-register rsp-resolve rsp-run rsp-status; do
	page=$(echo "$man/$program".[18])
	check "$program has a page" test -f "$page"
	for section in 'EXIT STATUS' FILES ENVIRONMENT; do
		check "$program's page has $section" grep -q "^.Sh $section" "$page"
	done
	"$program" --help >"$T/help" 2>&1 || fail "$program --help fails"
	options "$T/help" >"$T/options"
	check "$program --help shows options" test -s "$T/options"
	page_options "$page" >"$T/page"
	both "$program's options are those of its page" "$T/options" "$T/page"
done

grep -ohE 'Ev RSP_[A-Z_]+' "$man"/*.[1-8] | sed 's/.* //' >"$T/page"
find "$top_srcdir"/rsp "$top_srcdir"/shim "$top_srcdir"/registrar -name '*.[ch]' \
	-exec grep -ohE '"RSP_[A-Z_]+' {} + | sed 's/"//' >"$T/read"
check "the sources read variables" test -s "$T/read"
both "the variables RSP_* are those of the manual" "$T/read" "$T/page"
