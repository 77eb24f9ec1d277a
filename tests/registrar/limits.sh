#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limits.sh - hostile input is the normal case: what ends the
# connection that it comes over ends nothing else, and keeps nobody out
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3
ulimit -n "$(ulimit -Hn)"
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

asap()
{
	"$top_builddir/tests/lib/asap_client" "$@"
}

crowd()
{
	python3 "$top_srcdir/tests/registrar/registrar_crowd.py" "$@"
}

logged() # PATTERN
{
	grep -qE -- "$1" "$T/registrar.log"
}

up()
{
	rm -f "$T/registrar.log"
	start registrar "$@"
	registrar_pid=$pid
	wait_for 10 logged '^rsp-registrar: ready' || fail "not ready"
}

down()
{
	stop "$registrar_pid" TERM 5
	wait "$registrar_pid"
	check "it lived to its orderly end" [ $? = 0 ]
}

served()
{
	asap 127.0.0.1 'resolve Web' | grep -q '^handle-resolution-response Web'
}

# hold NAME COMMAND...: an asap client that stays until release NAME.
hold()
{
	local name="$1"

	shift
	mkfifo "$T/$name.in"
	asap "$@" - <"$T/$name.in" >"$T/$name.log" 2>&1 &
}

# Time.  Who sends no message, or half of one, is closed; who is quiet between
# messages is not, be it an element or a user.
up rsp-registrar --message-timeout 0.5
asap 127.0.0.1 'silent 0.3' 'closed 2' >/dev/null ||
	fail "a connection without a message is kept"
check "a connection without a message is closed" logged \
	'connection ended: .*reason="no message in time"'
asap 127.0.0.1 'raw 05' 'closed 2' >/dev/null || fail "half a header is kept"
asap 127.0.0.1 'raw 0500000c0009' 'closed 2' >/dev/null ||
	fail "half a message is kept"
asap 127.0.0.1 'resolve Web' 'silent 1' 'resolve Web' 'raw 0500000c' \
	'closed 2' >/dev/null || fail "an idle user, then half a message"
check "half a message ends a user" logged 'reason="message not whole in time"'
asap 127.0.0.1 'register Web 1 127.0.0.1 1' 'silent 1' 'resolve Web' \
	'raw 0500000c00' 'closed 2' >/dev/null ||
	fail "an idle element, then half a message"
say "ok: an idle element and an idle user stay, half a message ends them"
crowd deaf 127.0.0.1 >"$T/deaf.log" || fail "a deaf one is never cut"
say "ok: a reader too slow is cut: $(cat "$T/deaf.log")"
check "and named" logged 'reason="does not read its answers"'
down

# Size.
up rsp-registrar --max-message-size 100
asap 127.0.0.1 'raw 05000068' 'closed 1' >/dev/null ||
	fail "a message over the limit is waited for"
check "a message over the limit is refused by its header" logged \
	'reason="message too long"'
down

# Pieces.
up rsp-registrar
count=100
[ -n "${RSP_SOAK:-}" ] && count=1000
check "one byte at a time, $count connections" crowd drip 127.0.0.1 $count

# Garbage.
seed=${RSP_SEED:-1}
count=1000
[ -n "${RSP_SOAK:-}" ] && count=10000
check "$count random streams, seed $seed" \
	crowd garbage 127.0.0.1 $count "$seed"
check "all else goes on" served
lines=$(grep -c 'connection ended' "$T/registrar.log")
check "what strangers do does not flood the log ($lines lines)" \
	[ "$lines" -le 500 ]

# Many questions before an answer is read, more than may wait at once.
hold many 127.0.0.1 'register Web 1 127.0.0.1 8001'
exec 8>"$T/many.in"
wait_for 5 grep -q Web "$T/many.log" || fail "no element"
python3 - <<'END' || fail "pipelined questions"
import socket, threading
n = 200000
s = socket.create_connection(("127.0.0.1", 3863), 20)
q = bytes.fromhex("0500000c00090007") + b"Web\0"
threading.Thread(target=lambda: s.sendall(q * n)).start()
first = s.recv(4)
length = (first[2] << 8 | first[3]) + 3 & ~3
left = n * length - 4
while left:
    got = len(s.recv(1 << 20))
    assert got, "closed with %d bytes missing" % left
    left -= got
END
say "ok: 200000 questions at once have 200000 answers"
# Answers to a user that has said that it will send no more.
asap 127.0.0.1 'repeat 1000 resolve Web' shut 'closed 5' >"$T/answers.log"
check "answers reach one who only listens on" \
	[ "$(grep -c 'resolution-response Web.*0x1=' "$T/answers.log")" = 1000 ]
rm -f "$T/answers.log"
exec 8>&-
down

# A log reader that has stopped stops nobody.
mkfifo "$T/log"
exec 7<>"$T/log"
rsp-registrar -v 2>"$T/log" &
registrar_pid=$!
wait_for 10 listening tcp 3863 || fail "not ready"
check "a log that nobody reads: 1000 connections" crowd drip 127.0.0.1 1000
check "a log that nobody reads: and 1000 more" crowd drip 127.0.0.1 1000
check "a log that nobody reads: served" served
down
exec 7>&-

# Connections: from one address, and of all.
ip addr add 10.9.8.7/32 dev lo || fail "no address"
up rsp-registrar --listen tcp://0.0.0.0 --max-connections-per-address 3
for i in 1 2 3; do
	hold "c$i" 10.9.8.7 'resolve Web'
done
exec 5>"$T/c1.in" 6>"$T/c2.in" 7>"$T/c3.in"
wait_for 5 eval '[ "$(cat "$T"/c?.log | wc -l)" = 3 ]' || fail "not served"
asap 10.9.8.7 'closed 2' >/dev/null || fail "a fourth is kept"
check "one too many from an address" logged 'max-connections-per-address'
check "other addresses are served" served
exec 5>&-
check "one that leaves makes room" wait_for 5 \
	asap 10.9.8.7 'resolve Web'
exec 6>&- 7>&-
down
rm -f "$T"/c?.in "$T"/c?.log
up rsp-registrar --max-connections 3
for i in 1 2 3; do
	hold "c$i" 127.0.0.1 "register Web $i 127.0.0.1 1"
done
exec 5>"$T/c1.in" 6>"$T/c2.in" 7>"$T/c3.in"
wait_for 5 eval '[ "$(cat "$T"/c?.log | wc -l)" = 3 ]' || fail "not served"
asap 127.0.0.1 'closed 2' >/dev/null || fail "a fourth is kept"
check "elements do not give way" logged 'reason="max-connections is reached"'
exec 5>&- 6>&- 7>&-
wait_for 5 served || fail "no room"
down
rm -f "$T"/c?.in "$T"/c?.log
up rsp-registrar --max-connections 3
for i in 1 2 3; do
	hold "c$i" 127.0.0.1 'resolve Web'
done
exec 5>"$T/c1.in" 6>"$T/c2.in" 7>"$T/c3.in"
wait_for 5 eval '[ "$(cat "$T"/c?.log | wc -l)" = 3 ]' || fail "not served"
check "a fourth user is served" served
check "one gave way to it, and no more" \
	[ "$(grep -c 'gives way' "$T/registrar.log")" = 1 ]
exec 5>&- 6>&- 7>&-
down

# A host that falls silent: the kernel's probes notice it, and its elements go.
unshare -n sleep 60 &
far=$!
wait_for 5 eval '[ "$(readlink /proc/$far/ns/net)" != \
	"$(readlink /proc/self/ns/net)" ]' || fail "no second namespace"
far_do()
{
	nsenter -t $far -n "$@"
}
ip link add near type veth peer name far netns $far || fail "no link"
ip addr add 10.7.7.1/24 dev near
ip link set near up
far_do ip addr add 10.7.7.2/24 dev far
far_do ip link set far up
up rsp-registrar --listen tcp://10.7.7.1 --tcp-keep-alive 1 \
	--lifeline-grace 0.1 --keep-alive-interval 3600
mkfifo "$T/far.in"
far_do "$top_builddir/tests/lib/asap_client" 10.7.7.1 \
	'register Web 1 10.7.7.2 8001' - <"$T/far.in" >"$T/far.log" 2>&1 &
exec 5>"$T/far.in"
wait_for 10 grep -q 'Web 0x1' "$T/far.log" || fail "no far element"
far_do ip route add blackhole 10.7.7.1/32
check "a silent host's element is removed" wait_for 5 logged \
	'element removed: pool=Web id=0x00000001'
exec 5>&-
down
kill $far

# Descriptors: a crowd that says nothing, and comes again whenever it is thrown
# out, keeps nobody out; and no element is thrown out for it.
up prlimit --nofile=64:64 rsp-registrar
hold element 127.0.0.1 'register Web 7 127.0.0.1 8001'
exec 5>"$T/element.in"
wait_for 5 grep -q Web "$T/element.log" || fail "no element"
mkfifo "$T/crowd.in"
crowd silent 127.0.0.1 500 <"$T/crowd.in" >"$T/crowd.log" 2>&1 &
exec 6>"$T/crowd.in"
wait_for 20 grep -q open "$T/crowd.log" || fail "no crowd"
n=0
while [ $n -lt 8 ]; do
	begin=$(now_ms)
	served || fail "kept out by a crowd that says nothing"
	[ $(($(now_ms) - begin)) -lt 2000 ] || fail "served too late"
	n=$((n + 1))
done
say "ok: 500 silent connections on 64 descriptors keep nobody out"
check "the crowd gives way" logged 'reason="gives way to a newer one"'
check "the element is there" eval \
	'asap 127.0.0.1 "resolve Web" | grep -q 0x7=127.0.0.1:8001'
check "and was all the time" eval '! logged "element removed"'
exec 6>&-

# All descriptors are elements': newcomers are told so, nobody hangs, and the
# registrar does not spin.
i=0
while [ $i -lt 60 ]; do
	hold "e$i" 127.0.0.1 "register Full $i 127.0.0.1 1" 'closed 60'
	: >"$T/e$i.in" &
	i=$((i + 1))
done
check "newcomers are turned away" wait_for 10 logged \
	'connection refused: .*no descriptor is left'
before=$(awk '{ print $14 + $15 }' "/proc/$registrar_pid/stat")
asap 127.0.0.1 'closed 2' >/dev/null || fail "a newcomer hangs"
happens_within 1 false
after=$(awk '{ print $14 + $15 }' "/proc/$registrar_pid/stat")
check "without spinning" [ $((after - before)) -lt 20 ]
exec 5>&-
down
