#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# mutate.sh - the judge of the unit tests (make mutate) is awake: it notices
# what tests notice, and says what they do not
. "$(dirname "$0")/../lib/lib.sh"
setup shared
need python3
need gcc
need gcov

tests=$top_srcdir/tests
tree=$T/tree
mkdir -p "$tree/rsp/core/part" "$tree/tests/data" "$tree/build/tests"

# Reached and looked at; reached and not looked at; not reached.
cat >"$tree/rsp/core/part/toy.c" <<'END'
#define FIRST 3
int toy_sum(int n);
int toy_careless(int n);
int toy_unused(int n);

int
toy_sum(int n)
{
	int sum = FIRST;

	while (n > 0) {
		sum += n + 1;
		n--;
	}
	return sum;
}

int
toy_careless(int n)
{
	int twice = n << 1;

	return twice;
}

int
toy_unused(int n)
{
	return n + 1;
}
END
cat >"$tree/tests/check_toy.c" <<'END'
int toy_sum(int n);
int toy_careless(int n);

int
main(void)
{
	toy_careless(1);
	return toy_sum(4) != 17 || toy_sum(0) != 3;
}
END
cat >"$tree/build/Makefile" <<'END'
check_PROGRAMS = tests/check_toy
tests_check_toy_OBJECTS = tests/check_toy.o
tests_check_toy_LDADD = librspcore.la
END
printf 'CC = gcc\n' >>"$tree/build/Makefile"
gcc -c -o "$tree/build/tests/check_toy.o" "$tree/tests/check_toy.c" ||
	fail "the example does not compile"

judge() # STATUS [OPTION...]
{
	local status

	timeout 300 python3 "$tests/meta/mutate.py" --floor 100 "$@" \
		"$tree" "$tree/build" >"$T/out" 2>&1
	status=$?
	sed 's/^/    /' "$T/out"
	return $status
}

says()
{
	grep -qF -- "$1" "$T/out"
}

check "what is not noticed is under the floor" eval '! judge'
check "nor is what no test reaches" says 'toy.c: return n + 1;'
check "and that is said" says 'no test comes here'
check "nor what no test looks at" says 'toy.c: int twice = n << 1;'
for line in 'int sum = FIRST;' 'while (n > 0) {' 'sum += n + 1;' 'n--;' \
	'return sum;' '#define FIRST 3'; do
	says "toy.c: $line" && fail "what a test notices counts as unnoticed: $line"
done
say "ok: what is noticed is not shown, an endless loop included"
check "the share is said" grep -q '^seed 1: [12][0-9] mistakes, [5-8]' "$T/out"
check "by folder" grep -q '^rsp/core/part  .* noticed' "$T/out"
cp "$T/out" "$T/first"
check "a seed gives the same sample" eval '! judge --count 5; \
	cp "$T/out" "$T/again"; ! judge --count 5; cmp -s "$T/out" "$T/again"'
check "what was shown can be tried again" eval '! judge --again "$T/first"; \
	grep -q ", 0.0 % noticed" "$T/out"'

# A reason does not make it noticed, but it is shown no more.
cat >"$tree/tests/data/mutants.left" <<'END'
# an example

toy.c: return n + 1;
-> *
toy.c: int twice = n << 1;
-> int twice = n >> 1;
because nobody looks at what these are.
END
judge
check "what has its reason is not shown" eval '! says "toy.c: return n + 1;" &&
	! says "int twice = n >> 1;" && says "int twice = n << 2;"'
printf '\ntoy.c: return n + 2;\n-> *\nbecause it was there once.\n' \
	>>"$tree/tests/data/mutants.left"
judge --floor 0
check "a reason for a line that is not there is said" \
	says 'mutants.left: toy.c has no line return n + 2;'

# What mistakes there are, and what would be none.
kinds() # TEXT
{
	printf 'void\nf(void)\n{\n%s\n}\n' "$1" >"$T/text"
	PYTHONPATH=$tests/meta PYTHONDONTWRITEBYTECODE=1 python3 -c '
import sys
from mutants import mutants
text = open(sys.argv[1]).read()
print(", ".join("%s %s" % (text[m.start:m.end], m.new)
                for m in mutants(text)))' "$T/text"
}
same() # TEXT MISTAKES
{
	[ "$(kinds "$1")" = "$2" ] || fail "$1: $(kinds "$1"), not $2"
}
same 'if (a < b) g();' 'a < b !(a < b), < <=, < >, g(); ;'
same 'int x = 0x10;' '0x10 0x11, 0x10 0xf'
same 'char room[8]; struct s *p = q; (void)p;' ''
same 'free(p); rsp_x_fini(p); a->b[1] = c;' 'a->b[1] = c; ;, 1 0, 1 2'
same 'h(*p, &q, -1);' 'h(*p, &q, -1); ;, 1 0, 1 2'
same 'x = A_ONE_P; y = A_ONE_Q; z = true; /* 1 < 2 */ s = "1";' \
	'x = A_ONE_P; ;, A_ONE_P A_ONE_Q, y = A_ONE_Q; ;, A_ONE_Q A_ONE_P, z = true; ;, true false, s = "1"; ;'
same 'return a == b;' 'a == b !(a == b), == !='
say "ok: mistakes are made where they can be"
