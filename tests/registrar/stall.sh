#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# stall.sh - a registrar that stands still for a while loses nobody:
# whoever has hung up and registered anew meanwhile is in its pool a second after
# the registrar goes on, and stays there
. "$(dirname "$0")/../lib/lib.sh"
. "$(dirname "$0")/../lib/pools.sh"
setup
need_python
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
if [ -n "${RSP_SOAK:-}" ]; then
	pauses="1 3 8 20 33 60"
else
	pauses="1 4 8"
fi

start registrar rsp-registrar --listen tcp://127.0.0.1 \
	--listen "unix://$T/asap" --enrp off
registrar_pid=$pid
wait_for 10 grep -q 'ready' "$T/registrar.log" || fail "not ready"

# By hand: the connection that is over and the one that lives, both unread.
for endpoint in tcp://127.0.0.1:3863 "unix://$T/asap"; do
	for n in 1 40 300; do
		python3 "$top_srcdir/tests/lib/stalled.py" "$endpoint" \
			"$registrar_pid" $n 4 >"$T/stalled.log" 2>&1 ||
			fail "${endpoint%%:*}: $n come back during a pause"
		say "ok: ${endpoint%%:*}: $n come back during a pause"
		wait_for 10 has_elements Stall 0 || fail "they stay for ever"
	done
done

# rsp-register, whose patience ends during the pause.

all=6
for i in 1 2 3 4 5 6; do
	endpoint=tcp://127.0.0.1
	[ $i -gt 3 ] && endpoint=unix://$T/asap
	start "server$i" rsp-register -v --lifetime 6 --registrar "$endpoint" \
		--pool Wrap -- \
		python3 -c 'import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(1000)' $((8000 + i))
done
wait_for 10 has_elements Wrap $all || fail "they do not register"
for pause in $pauses; do
	kill -STOP "$registrar_pid"
	sleep "$pause" # what is tried
	kill -CONT "$registrar_pid"
	end=$(($(now_ms) + 1000))
	while [ "$(now_ms)" -lt "$end" ]; do
		has_elements Wrap $all && break
	done
	end=$(($(now_ms) + 6000))
	looks=0
	while [ "$(now_ms)" -lt "$end" ]; do
		has_elements Wrap $all ||
			fail "$pause s: $(elements Wrap) of $all"
		looks=$((looks + 1))
	done
	check "a pause of $pause s: all there, $looks looks" test $looks -gt 5
done
check "they have hung up and come back" grep -q 'connection lost\|no answer\|lost' \
	"$T"/server*.log
check "nobody's lifetime was over when the registrar went on" \
	eval '! grep "life expired" "$T/registrar.log"'
