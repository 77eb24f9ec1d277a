#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# coverage.sh FOLDER FLOOR - line coverage per file, after a run of the tests
#
# Run by `make coverage` in a build configured with --enable-coverage.  Fails
# when the folder as a whole is below the floor, in per cent.
set -u
cd "$top_builddir" || exit 1
gcov=${GCOV:-gcov}
case ${CC:-gcc} in
*clang*) gcov='llvm-cov gcov' ;;
esac

counts=$(find "$1" -name '*.gcno' | while read -r notes; do
	$gcov -n -o "$(dirname "$notes")" "$notes" 2>/dev/null
done | awk -v folder="/$1/" '
/^File / { file = $2; gsub(/\047/, "", file) }
/^Lines executed:/ && index(file, folder) && file ~ /\.c$/ {
	sub(/^Lines executed:/, ""); split($0, a, "% of ")
	if (!(file in lines) || a[1] * a[2] / 100 > hit[file]) {
		lines[file] = a[2]; hit[file] = a[1] * a[2] / 100 }
}
END { for (f in lines) { n = f; sub(/.*\//, "", n)
	printf "%6.2f %6d %s\n", 100 * hit[f] / lines[f], lines[f], n } }' | sort -n)
[ -n "$counts" ] || {
	echo "coverage: nothing was counted (configure --enable-coverage)" >&2
	exit 1
}
echo "$counts" | awk -v folder="$1" -v floor="$2" '
{ printf "%6.2f %% of %5d lines  %s\n", $1, $2, $3; all += $2; hit += $1 * $2 / 100 }
END {
	printf "%6.2f %% of %5d lines  %s (at least %d %%)\n", 100 * hit / all, all, folder, floor
	exit 100 * hit / all < floor }'
