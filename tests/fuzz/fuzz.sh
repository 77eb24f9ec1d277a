#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh - what `make fuzz` runs for one target: fuzz.sh TARGET SECONDS DICT
#
# New inputs stay in the build tree (TARGET.corpus, to be merged into
# tests/fuzz/corpus by hand: TARGET -set_cover_merge=1 tests/fuzz/corpus/NAME TARGET.corpus); one
# that breaks a promise is TARGET.crash-*, and the run has failed.
set -eu
target=$1 seconds=$2 dict=$3
name=${target##*/fuzz_}
corpus=$top_srcdir/tests/fuzz/corpus/$name
mkdir -p "$target.corpus"
echo "fuzz: $name for $seconds s"
"$target" -max_total_time="$seconds" -dict="$dict" -print_final_stats=1 \
	-artifact_prefix="$target.crash-" "$target.corpus" "$corpus" \
	>"$target.out" 2>&1 || { tail -n 60 "$target.out"; exit 1; }
grep -E 'DONE|stat::(number_of_executed_units|new_units_added)' "$target.out"
