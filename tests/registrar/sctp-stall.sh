#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sctp-stall.sh - a registrar that stands still loses nobody over SCTP either,
# where the end of an association ends its elements
TEST_TIMEOUT=240
. "$(dirname "$0")/../lib/lib.sh"
in_guest
setup
need python3

start registrar rsp-registrar --listen sctp://127.0.0.1 \
	--listen tcp://127.0.0.1 --enrp off
registrar_pid=$pid
wait_for 20 grep -q 'ready' "$T/registrar.log" || fail "not ready"
for i in 1 2 3 4; do
	start "server$i" rsp-register -v --lifetime 6 --registrar sctp://127.0.0.1 \
		--pool Wrap -- \
		python3 -S -c 'import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(1000)' $((8000 + i))
done
wait_for 30 has_elements Wrap 4 || fail "they do not register"
for pause in 3 8; do
	kill -STOP "$registrar_pid"
	sleep "$pause" # what is tried
	kill -CONT "$registrar_pid"
	end=$(($(now_ms) + 1000))
	while [ "$(now_ms)" -lt "$end" ]; do
		sleep 0.1
	done
	end=$(($(now_ms) + 6000))
	looks=0
	while [ "$(now_ms)" -lt "$end" ]; do
		has_elements Wrap 4 || fail "$pause s: $(elements Wrap) of 4"
		looks=$((looks + 1))
	done
	check "a pause of $pause s: all there, $looks looks" test $looks -gt 5
done
check "they have hung up and come back" \
	grep -q 'hangs up\|lost\|no answer' "$T"/server*.log
