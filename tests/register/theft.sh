#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# theft.sh - a stranger at an element's own port says that he is its home
. "$(dirname "$0")/../lib/lib.sh"
setup
need python3 ss
PYTHONDONTWRITEBYTECODE=1
PYTHONPATH=$top_srcdir/tests/lib
export PYTHONDONTWRITEBYTECODE PYTHONPATH

# Says so again and again, grants what is registered with it, and tells of that.
cat >"$T/thief.py" <<'END'
import socket, struct, sys, time
from asap import (HANDLE, KEEP_ALIVE, PE_ID, REGISTERED, REGISTRATION,
                  message, param)
c = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
c.settimeout(0.3)
me = param(HANDLE, b"Theft"), param(PE_ID, struct.pack("!I", int(sys.argv[2], 16)))
while True:
    try:
        c.sendall(message(KEEP_ALIVE, struct.pack("!I", 0xbad), *me, flags=1))
        data = c.recv(4096)
    except TimeoutError:
        continue
    except OSError:
        data = b""
    if not data:
        sys.exit("hung up")
    if data[0] == REGISTRATION:
        print("registered with", flush=True)
        c.sendall(message(REGISTERED, *me))
    else:
        print("answered", flush=True)
        time.sleep(0.1)
END
start_registrar
start web rsp-register --pool Theft --drain 0 -- python3 -m http.server \
	--bind 127.0.0.1 8001
web=$pid
wait_for 10 has_elements Theft 1 || fail "not registered"
asap=$(ss -tlnp | sed -n "s/.*127.0.0.1:\([0-9]*\) .*pid=$web,.*/\1/p")
id=$(sed -n 's/.* as 0x\([0-9a-f]*\) at .*/\1/p' "$T/web.log")
start thief python3 "$T/thief.py" "$asap" "$id"
thief=$pid
wait_for 10 grep -q answered "$T/thief.log" || fail "nobody hears the thief"
! happens_within 5 eval 'grep -q registered "$T/thief.log" ||
	has_elements Theft 0' || fail "the element is stolen"
say "ok: a home that is there keeps its element"

# What it is for: the home falls silent, and who calls takes over.
kill -STOP "$registrar_pid"
check "a home that has fallen silent does not" \
	wait_for 5 grep -q 'registered with' "$T/thief.log"
kill -CONT "$registrar_pid"
stop "$thief" KILL
check "a home that is lost is looked for" wait_for 10 has_elements Theft 1
