#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# units.sh - the units for systemd: they name what is installed, systemd has
# nothing to say against them, and they are hardened
. "$(dirname "$0")/../lib/lib.sh"
setup
need systemd-analyze

for unit in registrar/rsp-registrar.service 'rsp/register/rsp-register@.service'; do
	name=$(basename "$unit")
	start=$(sed -n 's/^ExecStart=//p' "$top_builddir/$unit")
	check "$name starts an absolute path" \
		test "${start#/}" != "$start"
	program=$(basename "${start%% *}")
	check "$name starts a program of ours" test -n "$(find \
		"$top_builddir/registrar" "$top_builddir/rsp" -name "$program")"
	exposure=$(systemd-analyze security --offline=true --no-pager \
		"$top_builddir/$unit" 2>"$T/security.log" |
		sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
	say "$name: exposure $exposure"
	check "$name is hardened" test "$(printf %s "$exposure" | tr -d .)" -lt 20
	# A file that systemd can verify: an instance, and a program that is there.
	made=$T/$(echo "$name" | sed 's/@/@web/')
	sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|; /^Documentation/d' \
		"$top_builddir/$unit" >"$made"
	check "$name is understood" systemd-analyze verify --man=no "$made" \
		2>"$T/verify.log"
	check "$name without a remark" \
		eval '! grep -F "$(basename "$made")" "$T/verify.log"'
done

# Every option that a unit gives exists.
check "the options are rsp-register's" eval \
	'rsp-register --help | grep -q -- --id-file'
