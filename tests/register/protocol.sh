#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# protocol.sh - what rsp-register says to a registrar, and when
#
# The registrar is a stand-in that writes down what it gets (lib/scripted_registrar.py), so
# that claims are about the order of things and about a registrar that
# misbehaves.
#
# Proves 5352-3.2-13, -20: a server serves on after it has left its pool.
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

# registrar NAME PORT [MODE]: a stand-in; log in $T/NAME.log, its process ID in
# $pid, commands go to it by: tell NAME COMMAND.
registrar()
{
	: >>"$T/$1.commands"
	start "$1" python3 "$top_srcdir/tests/lib/scripted_registrar.py" "$2" \
		"$T/$1.commands" ${3:+"$3"}
	wait_for 10 grep -q ready "$T/$1.log" || fail "stand-in $1 is not ready"
}

tell()
{
	local name="$1"

	shift
	echo "$*" >>"$T/$name.commands"
	wait_for 5 grep -q "obeyed $*" "$T/$name.log" ||
		fail "stand-in $name does not obey"
}

# wrap NAME OPTION... -- HABIT...: a servant under rsp-register; $pid is the
# wrapper's.  Its log is $T/NAME.log, the servant's $T/NAME.servant.
wrap()
{
	local name="$1" option command=

	shift
	for option; do
		shift
		set -- "$@" "$option"
		[ "$option" = -- ] && [ -z "$command" ] && command=yes &&
			set -- "$@" python3 "$top_srcdir/tests/lib/odd_server.py" \
				"$T/$name.servant"
	done
	start "$name" rsp-register "$@"
}

# seen LOG PATTERN COUNT: that many lines in $T/LOG, at least.
seen()
{
	[ "$(grep -c "$2" "$T/$1" 2>/dev/null)" -ge "$3" ]
}

expect() # LOG PATTERN [COUNT [SECONDS]]
{
	wait_for "${4:-20}" seen "$1" "$2" "${3:-1}" ||
		fail "$1 has no ${3:-1} lines with: $2"
}

# when LOG PATTERN: the time of its last such line, in ms.
when()
{
	grep "$2" "$T/$1" | tail -n 1 | sed 's/ .*//; s/\.//'
}

count()
{
	grep -c "$2" "$T/$1"
}

# The servant's process ID.
servant()
{
	sed -n 's/.* //p' "$T/$1.servant" | tail -n 1
}

# ends PID STATUS: one of our children ends, and with that status.
ends()
{
	local status=0

	wait "$1" || status=$?
	[ "$status" -eq "$2" ]
}

registrar a 3863
registrar_a=$pid

### Registration when the server listens, and not before.
wrap late --pool Late --drain 0 -- wait=1 tcp=127.0.0.1:8001
expect late.servant settled
expect a.log 'register Late .* 127.0.0.1:8001/tcp life=90'
check "it is registered after it listens" \
	test "$(when a.log 'register Late')" -ge "$(when late.servant serves)"
check "and within seconds of that" test \
	"$(when a.log 'register Late')" -le "$(($(when late.servant serves) + 5000))"
check "once" test "$(count a.log 'register Late')" -eq 1

### Keep-alives: 5352-3.4-03 to -07; a stopped server leaves the pool, and comes
### back when it goes on.
tell a keep-alive
expect a.log 'ack Late'
tell a foreign
kill -STOP "$(servant late)"
wait_for 5 grep -q 'State:.T' "/proc/$(servant late)/status" ||
	fail "the server is not stopped"
expect a.log 'deregister Late'
check "no answer for another pool" test "$(count a.log 'ack Late')" -eq 1
check "it is said why" grep -q 'port 8001 is not well: all its processes are' \
	"$T/late.log"
kill -CONT "$(servant late)"
expect a.log 'register Late .* 127.0.0.1:8001/tcp' 2
tell a keep-alive
expect a.log 'ack Late' 2

### A registration that ends is renewed (5352-3.2-03).
before=$(date +%s%3N)
tell a expire
expect a.log 'register Late' 4
check "renewed within a second" \
	test "$(($(when a.log 'register Late') - before))" -lt 1100

### A registrar that takes over calls (5352-3.4-08).
port=$(sed -n 's/.*register Late.*from=//p' "$T/a.log" | tail -n 1)
tell a mode calls
tell a call 127.0.0.1 "$port"
expect a.log 'register Late.*from=call'
tell a mode grant
expect a.log "closed $port"
expect late.log 'has taken over'

### Leaving: deregistration, then the signal (5352-3.2-01).
kill -TERM "$pid"
check "the exit status is the server's" ends "$pid" 0
expect a.log 'deregister Late' 2
check "deregistered before the server got the signal" test \
	"$(when a.log deregister)" -le "$(when late.servant SIGTERM)"

### The drain, and a second signal that hurries.
wrap drain --pool Drain --drain 1 -- tcp=127.0.0.1:8001
expect drain.log registered
kill -TERM "$pid"
check "a drained server ends well" ends "$pid" 0
check "the server had its second" test "$(($(when drain.servant SIGTERM) - \
	$(when a.log 'deregister Drain')))" -ge 900
wrap hurry --pool Hurry -- tcp=127.0.0.1:8001
expect hurry.log registered
kill -TERM "$pid"
expect a.log 'deregister Hurry'
kill -TERM "$pid"
before=$(date +%s%3N)
check "a server that was hurried ends as well" ends "$pid" 0
check "at once" test "$(($(date +%s%3N) - before))" -lt 1500
# sh has set SIGINT to be ignored in what it starts in the background.
wrap ignore --pool Ignore --drain 0 -- tcp=127.0.0.1:8001
expect ignore.log registered
kill -INT "$pid"
tell a keep-alive
expect a.log 'ack Ignore'
check "a signal that was ignored from the start is ignored" \
	test "$(count a.log 'deregister Ignore')" -eq 0
stop "$pid"

### A server that does not want to end.
wrap stubborn --pool Stubborn --drain 0 --stop-timeout 0.5 -- \
	stubborn tcp=127.0.0.1:8001
expect stubborn.log registered
kill -TERM "$pid"
check "killed in the end: 137" ends "$pid" 137

### SIGHUP is for the server if it knows what to do with it.
wrap hup --pool Hup --drain 0 -- hup tcp=127.0.0.1:8001
expect hup.log registered
kill -HUP "$pid"
expect hup.servant SIGHUP
tell a keep-alive
expect a.log 'ack Hup'
check "a server that reloads stays in the pool" \
	test "$(count a.log 'deregister Hup')" -eq 0
stop "$pid"

### Ports: several, late, closed, opened again, of workers.
wrap ports --pool Web --pool Admin=8003 --drain 0 -- tcp=127.0.0.1:8001 \
	fork=3 wait=0.5 tcp=[::1]:8002 tcp=127.0.0.1:8003
servants=$pid
expect a.log 'register Web .*127.0.0.1:8001/tcp'
expect a.log 'register Web .*::1:8002/tcp'
expect a.log 'register Admin .*127.0.0.1:8003/tcp'
sleep 0.5
check "one element for each port" test "$(count a.log 'register [WA]')" -eq 3
check "workers do not make it more, and one pool takes its own port" \
	test "$(count a.log 'register Web .*:8003')" -eq 0
stop "$servants"

wrap close --pool Close --drain 0 -- tcp=127.0.0.1:8001
expect close.log registered
kill -USR1 "$pid"
expect a.log 'deregister Close'
kill -USR2 "$pid"
expect a.log 'register Close' 2
check "a port that comes back keeps its ID" test "$(sed -n \
	's/.*register \(Close 0x[0-9a-f]*\).*/\1/p' "$T/a.log" |
	sort -u | wc -l)" -eq 1
stop "$pid"

### Dual stack, wildcard, UDP.
wrap dual --pool Dual --drain 0 -- tcp=[::]:8001
expect a.log 'register Dual .*:8001/tcp'
check "a wildcard listener has one element" \
	test "$(count a.log 'register Dual')" -eq 1
stop "$pid"
wrap udp --pool DNS=5353/udp --drain 0 -- udp=127.0.0.1:5353
expect a.log 'register DNS .*127.0.0.1:5353/udp'
stop "$pid"
wrap given --pool Given --drain 0 --address 10.1.2.3 --address fd00::3 -- \
	tcp=0.0.0.0:8001
expect a.log 'register Given .*10.1.2.3:8001/tcp'
expect a.log 'register Given .*fd00::3:8001/tcp'
stop "$pid"

### A daemon that forks away: followed, signalled, its end noticed.
wrap daemon --pool Daemon --drain 0 -- daemon tcp=127.0.0.1:8001
expect a.log 'register Daemon'
kill -TERM "$pid"
check "a daemon's status" ends "$pid" 0
expect daemon.servant SIGTERM
wrap daemon2 --pool Daemon2 --drain 0 -- daemon tcp=127.0.0.1:8001
expect a.log 'register Daemon2'
kill -9 "$(servant daemon2)"
check "a daemon that is killed: 137" ends "$pid" 137

### kill -9 of the server: deregistered at once.
wrap killed --pool Killed -- tcp=127.0.0.1:8001
expect a.log 'register Killed'
before=$(date +%s%3N)
kill -9 "$(servant killed)"
check "a server that is killed: 137" ends "$pid" 137
check "deregistered at once" \
	test "$(($(when a.log 'deregister Killed') - before))" -lt 500

### kill -9 of rsp-register: the registration goes, the server stays.
wrap orphan --pool Orphan -- tcp=127.0.0.1:8001
expect a.log 'register Orphan'
port=$(sed -n 's/.*register Orphan.*from=//p' "$T/a.log")
kill -9 "$pid"
expect a.log "closed $port"
server=$(servant orphan)
happens_within 1 gone "$server" && fail "the server dies with rsp-register"
check "the server serves on" listening tcp 8001
### ... and what runs already is registered without a command.
start running rsp-register --pool Running=8001 --pool Later=8002
wrapper=$pid
expect a.log 'register Running .*127.0.0.1:8001/tcp'
kill -9 "$server"
expect a.log 'deregister Running'
start late2 python3 "$top_srcdir/tests/lib/odd_server.py" "$T/late2.servant" \
	tcp=127.0.0.1:8002
expect a.log 'register Later .*127.0.0.1:8002/tcp'
kill -9 "$pid"
kill -TERM "$wrapper"
check "without a command the status is 0" ends "$wrapper" 0

### The server's descriptors are those that it would have without us.
python3 -c 'import os; print(sorted(os.listdir("/proc/self/fd")))' \
	</dev/null >"$T/alone" 2>/dev/null
rsp-register --pool Fd -- \
	python3 -c 'import os; print(sorted(os.listdir("/proc/self/fd")))' \
	</dev/null >"$T/wrapped" 2>/dev/null
check "no descriptor leaks into the server" cmp "$T/alone" "$T/wrapped"
grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status >"$T/alone"
rsp-register --pool Fd -- grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status \
	>"$T/wrapped" 2>/dev/null
check "its signals are as they were" cmp "$T/alone" "$T/wrapped"

### IDs.
wrap id1 --pool Id --id 0x1234 --drain 0 -- tcp=127.0.0.1:8001
expect a.log 'register Id 0x00001234'
stop "$pid"
for round in 1 2; do
	wrap "idf$round" --pool Idf --id-file "$T/ids" --drain 0 -- \
		tcp=127.0.0.1:8001
	expect a.log 'register Idf' "$round"
	stop "$pid"
done
check "--id-file keeps the ID" test "$(sed -n \
	's/.*register Idf \(0x[0-9a-f]*\).*/\1/p' "$T/a.log" |
	sort -u | wc -l)" -eq 1

### Rejections (5352-3.1-21).
tell a mode reject:5
wrap rejected --pool Rejected --drain 0 -- tcp=127.0.0.1:8001
expect rejected.log 'rejected: inconsistent pooling policy'
sleep 1.5
check "it is not tried again before 10 s" test "$(count a.log 'register Rejected')" -eq 1
stop "$pid"
tell a mode reject:4
wrap unique --pool Unique --drain 0 -- tcp=127.0.0.1:8001
expect a.log 'register Unique' 2
tell a mode grant
expect unique.log registered
check "another ID is drawn for one that is taken" test "$(sed -n \
	's/.*register Unique \(0x[0-9a-f]*\).*/\1/p' "$T/a.log" |
	sort -u | wc -l)" -ge 2
stop "$pid"

### Its own registrar goes: the next one within 2 s.
registrar b 3864
wrap two --pool Two --drain 0 --registrar tcp://127.0.0.1 \
	--registrar tcp://127.0.0.1:3864 -- tcp=127.0.0.1:8001
expect a.log 'register Two'
before=$(date +%s%3N)
kill -9 "$registrar_a"
expect b.log 'register Two'
check "at the next registrar within 2 s" \
	test "$(($(when b.log 'register Two') - before))" -lt 2000
stop "$pid"

### Restarts of the only one: back within a second, from the same port.
rounds=5
[ -n "${RSP_SOAK:-}" ] && rounds=50
registrar a 3863
registrar_a=$pid
wrap again --pool Again --drain 0 -- tcp=127.0.0.1:8001
wrapper=$pid
expect a.log 'register Again'
while [ "$rounds" -gt 0 ]; do
	rounds=$((rounds - 1))
	kill -9 "$registrar_a"
	wait "$registrar_a" 2>/dev/null
	registrar a 3863
	registrar_a=$pid
	expect a.log 'register Again'
	late=$(($(when a.log 'register Again') - $(when a.log ready)))
	[ "$late" -le 1100 ] || fail "back only after $late ms"
done
check "restarts are noticed each time" test "$(count again.log lost)" -ge 5
grep 'Cannot assign' "$T/again.log" && fail "a port got stuck"
stop "$wrapper"

### A registrar that hangs is left for the next one.
tell a mode silent
wrap hang --pool Hang --drain 0 --registrar tcp://127.0.0.1 \
	--registrar tcp://127.0.0.1:3864 -- tcp=127.0.0.1:8001
expect a.log 'register Hang'
expect b.log 'register Hang'
check "a silent registrar costs a second" test \
	"$(($(when b.log 'register Hang') - $(when a.log 'register Hang')))" \
	-lt 1300
stop "$pid"

### One that hangs up at once is not besieged.
tell a mode hangup
wrap besiege --pool Besiege --drain 0 -v -- tcp=127.0.0.1:8001
expect besiege.log 'no registrar answers'
stop "$pid"
