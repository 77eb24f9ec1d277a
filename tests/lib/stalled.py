# SPDX-License-Identifier: Apache-2.0
"""stalled.py - elements that come back while their registrar stands still

    stalled.py ENDPOINT PID ELEMENTS SECONDS

Stops the registrar with that process ID, registers each element over a
connection that is then reset, and again over one that stays, lets the registrar
go on, and looks at the pool "Stall" until SECONDS later.  Status 0: from 1 s
after the pause on none of them was missing, ever.  ENDPOINT: tcp://HOST:PORT or
unix:///PATH.
"""
import os
import signal
import socket
import struct
import sys
import threading
import time

from asap import (HANDLE, ITEMS, KEEP_ALIVE, KEEP_ALIVE_ACK, PE, PE_ID,
                  REGISTRATION, RESOLUTION, element, message, param, params)

POOL = param(HANDLE, b"Stall")


def connect(endpoint):
    scheme, _, where = endpoint.partition("://")
    if scheme == "unix":
        s = socket.socket(socket.AF_UNIX)
        s.connect(where)
        return s
    host, _, port = where.rpartition(":")
    return socket.create_connection((host, int(port)), 10)


def register(s, pe_id):
    s.sendall(message(REGISTRATION, POOL, element(
        pe_id, "127.0.0.1", 1000 + pe_id)))


def hang_up(s):
    if s.family != socket.AF_UNIX:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))
    s.close()


def messages(s):
    held = b""
    while True:
        while len(held) >= 4:
            kind, _, length = struct.unpack("!BBH", held[:4])
            whole = length + -length % 4
            if len(held) < whole:
                break
            yield kind, held[4:length]
            held = held[whole:]
        data = s.recv(65536)
        if not data:
            return
        held += data


def live(s, pe_id, told):
    """An element's part: answers what it is asked."""
    s.settimeout(None)
    for kind, _ in messages(s):
        if kind == KEEP_ALIVE:
            s.sendall(message(KEEP_ALIVE_ACK, POOL, param(
                PE_ID, struct.pack("!I", pe_id))))
        elif kind == 4:
            told.append(pe_id)


def known(s, heard):
    s.sendall(message(RESOLUTION, POOL, param(
        ITEMS, struct.pack("!I", 0xFFFFFFFF))))
    _, value = next(heard)
    return {struct.unpack("!I", data[:4])[0]
            for kind, data in params(value) if kind == PE}


def main(endpoint, pid, count, seconds):
    ids, told, alive = range(1, int(count) + 1), [], []
    user = connect(endpoint)
    heard = messages(user)
    os.kill(int(pid), signal.SIGSTOP)
    try:
        for pe_id in ids:
            dead = connect(endpoint)
            register(dead, pe_id)
            hang_up(dead)
            alive.append(connect(endpoint))
            register(alive[-1], pe_id)
    finally:
        os.kill(int(pid), signal.SIGCONT)
    begin = time.monotonic()
    for pe_id, s in zip(ids, alive):
        threading.Thread(target=live, args=(s, pe_id, told),
                         daemon=True).start()
    looks = 0
    while (passed := time.monotonic() - begin) < float(seconds):
        missing = set(ids) - known(user, heard)
        looks += passed >= 1
        if missing and passed >= 1:
            sys.exit("%.2f s after the pause %d of %s are missing, %d told" % (
                passed, len(missing), count, len(told)))
        time.sleep(.05)
    print("never missing: looks=%d" % looks)
    if looks < 5:
        sys.exit("too few looks")


main(*sys.argv[1:])
