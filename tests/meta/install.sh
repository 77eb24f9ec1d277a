#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install.sh - what make install puts there works, and goes again
#
# A program builds against the installed library by pkg-config and runs; every
# program says its version; make uninstall leaves nothing.
. "$(dirname "$0")/../lib/lib.sh"
setup shared
need pkg-config

install() # install or uninstall
{
	(cd "$top_builddir" && unset MAKEFLAGS MFLAGS MAKELEVEL &&
		exec "${MAKE:-make}" -s "$1" DESTDIR="$T/stage") >"$T/$1.log" 2>&1
}

flags() # PKG-CONFIG-OPTION
{
	PKG_CONFIG_SYSROOT_DIR=$T/stage PKG_CONFIG_PATH=$(dirname "$pc") \
		PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
		pkg-config "$1" rsp
}

check "make install" install install
check "no unit is installed unasked" \
	eval '[ -z "$(find "$T/stage" -name "*.service")" ]'
pc=$(find "$T/stage" -name rsp.pc)
check "there is a pkg-config file" test -n "$pc"
prefix=$(cd "$(dirname "$pc")/../.." && pwd)

# The stranger is the example of the manual page.
sed -n '/^\.Bd/,/^\.Ed/{/^\./d;s/\\e/\\/gp;t
	p;}' "$top_srcdir/man/librsp.3" >"$T/stranger.c"
check "librsp(3) has an example" grep -q '^main' "$T/stranger.c"
version=$(flags --modversion)
check "pkg-config knows librsp" test -n "$version"
# shellcheck disable=SC2046
check "a stranger's program compiles against the installed librsp" \
	${CC:-cc} $(grep -o -e '-fsanitize=[a-z,]*' "$top_builddir/config.log" |
		head -n 1) "$T/stranger.c" -o "$T/stranger" \
	$(flags --cflags) $(flags --libs)
check "it runs and says what it should" test \
	"$(LD_LIBRARY_PATH=$prefix/lib "$T/stranger")" = \
	"20 bytes, no error: handle-resolution for DownloadPool"

for program in "$prefix"/bin/* "$prefix"/sbin/*; do
	[ -x "$program" ] || continue
	name=$(basename "$program")
	check "$name says its version" \
		test "$("$program" -V 2>&1)" = "$name (RSPool) $version"
done

check "make uninstall" install uninstall
find "$T/stage" ! -type d >"$T/left.log"
check "make uninstall leaves nothing" test ! -s "$T/left.log"
