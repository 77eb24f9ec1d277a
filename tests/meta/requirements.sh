#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# requirements.sh - every demand of the standards is proved by a test that
# names it, or is in requirements.left with the reason why not
. "$(dirname "$0")/../lib/lib.sh"
setup shared
need python3

tests=$top_srcdir/tests
python3 "$tests/meta/requirements.py" "$tests" >"$T/found" ||
	fail "demands without proof or reason: $(cat "$T/found")"
say "ok: $(tail -n 1 "$T/found")"

# The tests that rsplib.txt names, as FILE or FILE:TEST.
for name in $(grep -v '^#' "$tests/data/rsplib.txt" | tr -d '\n' |
	grep -o '\[[^]]*\]' | tr -d '[]'); do
	case $name in
	*:*) grep -q "START_TEST(${name#*:})" \
		"$(find "$tests" -name "${name%%:*}.c")" ;;
	*) [ -n "$(find "$tests" -path "*/$name")" ] ;;
	esac || fail "rsplib.txt: there is no test $name"
done
check "rsplib.txt has all 32 of RSPLIB's deviations" \
	[ "$(grep -cE '^[0-9]+ (harmless|always|told apart|switch|enrp): ' \
		"$tests/data/rsplib.txt")" = 32 ]

# The judge is awake.
mkdir -p "$T/bad/data"
printf '%s\n' '5352-1-01 MUST any  a' '5352-1-02 MUST any  b' \
	'5352-1-03 MUST any  c' '5352-1.1-01 MUST any  d' '5352-2-01 MUST any  e' \
	'5352-2-02 MUST any  f' '5354-1-01 MUST any  g' >"$T/bad/data/requirements.txt"
printf '%s\n' '# a remark' '5352-1-03: left, for a good reason.' \
	'5352-2-01, 5354-1-01:' '  otherwise, for another.' \
	>"$T/bad/data/requirements.left"
printf '%s\n' 'Proves 5352-1-01 (first), -02 and 1.1-01; 5352-2-01' \
	' * to -02.' >"$T/bad/test"
check "all is proved or excepted in a small example" \
	python3 "$tests/meta/requirements.py" "$T/bad"
complains() # PATTERN
{
	! python3 "$tests/meta/requirements.py" "$T/bad" >"$T/found" &&
		grep -q "$1" "$T/found"
}
echo '5352-3-01 MUST any  h' >>"$T/bad/data/requirements.txt"
check "a demand that nobody names is found" complains '5352-3-01 has no proof'
echo 'Proves 5352-1-03, 5352-3-01.' >>"$T/bad/test"
check "and one that is left but proved" complains '5352-1-03 is proved'
echo 'Proves 5352-3-02.' >>"$T/bad/test"
check "and a proof of what nobody demands" complains '5352-3-02, named in test'
