#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# layers.sh - the rooms of the house stand above each other, and no files in a
# circle
#
# Reads from the built objects which file uses a symbol of which other file.  A
# room (folder) may use those in its row of the table below and no other; files
# may not use each other in a circle, but for the one that is named with its
# reason.  Names of libc's that the shim defines are libc's, and no other program
# links the shim: what it defines counts within it only.
. "$(dirname "$0")/../lib/lib.sh"
setup shared
[ -z "${RSP_TEST_PREFIX:-}" ] || skip "there are no objects in an installation"

cat >"$T/table" <<'END'
rsp/core/base
rsp/core/wire: base
rsp/core/pool: base wire
rsp/core/registry: base wire pool
rsp/core/element: base wire pool
rsp/core/user: base wire pool
rsp/core/failover: base
rsp/net: base wire pool user-core
rsp/user: base wire pool user-core net
rsp/register: base wire pool element user-core net user
rsp/tools: base wire pool user-core net user
shim: base wire pool user-core failover net user
shim/hooks: base wire pool user-core failover net user shim
shim/run: base wire pool user-core net user
registrar: base wire pool registry net
END
sed -i 's|user-core|rsp/core/user|g; s/ \(base\|wire\|pool\|element\|registry\|failover\)\b/ rsp\/core\/\1/g; s/ \(net\|user\)\b/ rsp\/\1/g; s/://' \
	"$T/table"

# What files of one circle share: the pair below is the protocol's own.  A peer's
# death begins a takeover, and what a takeover learns is about a peer's life.
circle_allowed='rsp/core/registry/peer_life rsp/core/registry/takeover'

# symbols DIRECTORY: "FILE U|D NAME" for each global symbol of each object whose
# source is in the tree.
symbols()
{
	(cd "$1" && find rsp shim registrar -name '*.o' | while read -r object; do
		file=$(echo "${object%.o}" |
			sed 's|\.libs/||; s|/lib[a-z]*_la-|/|')
		[ -e "$top_srcdir/$file.c" ] || [ -n "${2:-}" ] || continue
		nm "$object" | awk -v file="$file" 'NF >= 2 {
			type = $(NF - 1); name = $NF
			if (type == "U") print file, "U", name
			else if (type ~ /[TDBRVWC]/) print file, "D", name }'
	done) | sort -u
}

# arrows SYMBOLS: "FILE FILE NAME" for each use of another file's symbol.
arrows()
{
	awk -v hooks="$top_srcdir/shim/shim.sym" '
	BEGIN { while ((getline name < hooks) > 0) libc[name] = 1 }
	libc[$3] { next }
	function key(file, name) { return (file ~ /^shim\//) " " name }
	$2 == "D" { k = key($1, $3); owner[k] = owner[k] " " $1 }
	$2 == "U" { uses[++n] = $1 " " $3 }
	END { for (i = 1; i <= n; i++) { split(uses[i], u, " ")
		m = split(owner[key(u[1], u[2])], o, " ")
		if (m == 0) m = split(owner["0 " u[2]], o, " ")
		if (m == 1 && o[1] != u[1]) print u[1], o[1], u[2] } }' "$1"
}

# wrong_arrows ARROWS: those that the table does not have.
wrong_arrows()
{
	awk -v table="$T/table" '
	function room(file) { sub(/\/[^\/]*$/, "", file); return file }
	BEGIN { while ((getline line < table) > 0) { n = split(line, row, " ")
		known[row[1]] = 1
		for (i = 2; i <= n; i++) may[row[1], row[i]] = 1 } }
	{ a = room($1); b = room($2)
		if (!(a in known)) print a ": no row in the table"
		else if (a != b && !((a, b) in may)) print $1 " -> " $2 ": " $3 }' \
		"$1" | sort -u
}

# circles ARROWS: a line for each circle, its files in order.
circles()
{
	awk '{ print $1, $2 }' "$1" | sort -u | awk '
	{ to[$1] = to[$1] " " $2; file[$1]; file[$2] }
	function reach(from, at,   m, next_one, i) {
		m = split(to[at], next_one, " ")
		for (i = 1; i <= m; i++) if (!((from, next_one[i]) in reached)) {
			reached[from, next_one[i]] = 1; reach(from, next_one[i]) } }
	END { for (f in file) reach(f, f)
		for (f in file) if ((f, f) in reached) { line = ""
			for (g in file) if ((f, g) in reached && (g, f) in reached)
				line = line " " g
			print line } }' |
		while read -r line; do
			printf '%s\n' $line | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//'
			echo
		done | sort -u
}

# The judge is awake.
printf '%s\n' 'rsp/core/base/a D x' 'rsp/core/base/a U y' 'rsp/core/wire/b D y' \
	'rsp/core/wire/b U x' >"$T/planted"
arrows "$T/planted" >"$T/found"
check "a planted arrow upwards is noticed" \
	eval 'wrong_arrows "$T/found" | grep -q "base/a -> rsp/core/wire/b: y"'
check "a planted circle is noticed" test \
	"$(circles "$T/found")" = 'rsp/core/base/a rsp/core/wire/b'

symbols "$top_builddir" >"$T/symbols"
arrows "$T/symbols" >"$T/arrows"
check "the build has objects" test "$(wc -l <"$T/arrows")" -gt 500
for room in $(cut -d ' ' -f 1 "$T/table"); do
	check "$room is there" grep -q "^$room/[a-z_]* " "$T/symbols"
done
wrong_arrows "$T/arrows" >"$T/wrong.log"
check "no arrow but those of the table" test ! -s "$T/wrong.log"
circles "$T/arrows" >"$T/circles.log"
check "no circle but the one that is the protocol's own" \
	test "$(cat "$T/circles.log")" = "$circle_allowed"
