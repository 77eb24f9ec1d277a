# SPDX-License-Identifier: Apache-2.0
"""strange_peers.py - other registrars, and users, that a registrar may meet

    strange_peers.py twice ASAP ENRP      a peer's two associations outlive a crowd
    strange_peers.py flood ENRP PID       questions for the table, unread
    strange_peers.py unread ASAP N        users who ask and do not read
    strange_peers.py many POOL N          so many elements, held until the end
"""
import os
import socket
import struct
import sys
import time

from asap import (HANDLE, ITEMS, REGISTRATION, RESOLUTION, element, message,
                  param)

PRESENCE, TABLE = 1, 2
KIND, CHECKSUM = 0xBF02, 15
LOCALHOST = "127.0.0.1"


def connect(port):
    return socket.create_connection((LOCALHOST, int(port)), 10)


def presence(who):
    return message(PRESENCE, struct.pack("!II", who, 0), param(KIND, b""),
                   param(CHECKSUM, b"\xff\xff"))


def is_open(s):
    """Reads what there is; false at the end."""
    s.setblocking(False)
    try:
        while s.recv(65536):
            pass
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def resolution(pool):
    return message(RESOLUTION, param(HANDLE, pool), param(
        ITEMS, struct.pack("!I", 0xFFFFFFFF)))


def twice(asap, enrp):
    who = 0xFFFFFFF0  # greater: the registrar lets both be
    peers = [connect(enrp) for _ in range(2)]
    for s in peers:
        s.sendall(presence(who))
        s.recv(1)
    crowd = []
    for i in range(60):
        s = connect(asap)
        s.sendall(resolution(b"None"))
        s.settimeout(5)
        s.recv(100)
        crowd.append(s)
        for peer in peers:
            peer.setblocking(True)
            peer.sendall(presence(who))
            if not is_open(peer):
                sys.exit("association %d is closed after %d users" % (
                    peers.index(peer) + 1, i + 1))
    if all(is_open(s) for s in crowd):
        sys.exit("nobody had to give way")
    print("both are open")


def rss(pid):
    with open("/proc/%s/status" % pid) as f:
        return next(int(line.split()[1]) // 1024 for line in f
                    if line.startswith("VmRSS"))


def flood(enrp, pid):
    before, most, kept = rss(pid), 0, []
    for i in range(16):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect((LOCALHOST, int(enrp)))
        s.settimeout(2)
        me = struct.pack("!II", 0x10000 + i, 0)
        try:
            s.sendall(presence(0x10000 + i) + message(TABLE, me) * 950)
        except OSError:
            pass
        kept.append(s)
    stop = time.monotonic() + 2
    while time.monotonic() < stop:
        most = max(most, rss(pid) - before)
        time.sleep(.02)
    print("%d MB more" % most)
    sys.exit(most > 40)


def unread(asap, n):
    kept = []
    for _ in range(int(n)):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect((LOCALHOST, int(asap)))
        s.setblocking(False)
        try:
            s.send(resolution(b"Big") * 200)
        except OSError:
            pass
        kept.append(s)
    print("asked", flush=True)
    time.sleep(1000)


def many(pool, n):
    s = connect(3863)
    for i in range(int(n)):
        s.sendall(message(REGISTRATION, param(HANDLE, pool.encode()), element(
            i + 1, LOCALHOST, 1000 + i)))
        s.recv(65536)
    print("registered", flush=True)
    time.sleep(1000)


globals()[sys.argv[1]](*sys.argv[2:])
