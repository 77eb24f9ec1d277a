#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile.py - bytes that no good peer sends, to a registrar's port

    hostile.py malformed [SEED]   each case on a connection of its own
    hostile.py half-open COUNT    opens COUNT connections, says "open", and
                                  holds them until its input ends

`malformed` ends with 0 if every case's connection was ended by the other side
or answered with an error, within the time that one incomplete message is
granted, and with a line for each case that was not.
"""
import os
import random
import select
import socket
import struct
import sys
import time

import asap

PATIENCE = 8  # 5 s for an incomplete message, and some


def connect():
    place = os.environ.get("RSP_REGISTRARS", "tcp://127.0.0.1")
    host, _, port = place.removeprefix("tcp://").partition(":")
    return socket.create_connection((host, int(port or 3863)), 10)


def cases(rng):
    good = asap.message(asap.REGISTRATION, asap.param(asap.HANDLE, b"P"),
                        asap.element(7, "127.0.0.1", 9))
    resolve = asap.message(asap.RESOLUTION, asap.param(asap.HANDLE, b"P"))
    yield "length 0", b"\x05\0\0\0"
    yield "length 3", b"\x05\0\0\3"
    yield "HTTP", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    yield "TLS", bytes.fromhex("16030100c8010000c40303") + bytes(64)
    yield "half a header", b"\x05"
    yield "half a message", resolve[:6]
    yield "the longest message, never sent whole", b"\x05\0\xff\xff" + bytes(99)
    yield "zeros", bytes(4096)
    yield "ones", b"\xff" * 4096
    yield "handle with length 3", b"\x05\0\0\x08\0\x09\0\3"
    yield "handle beyond the message", b"\x05\0\0\x08\0\x09\0\xff"
    yield "resolution without a handle", b"\x05\0\0\4"
    yield "registration without an element", good[:2] + b"\0\x0c" + good[4:12]
    yield "element of no length", b"\1\0\0\x10\0\x09\0\5P\0\0\0\0\x0a\0\4"
    yield "type 0", b"\0\0\0\4"
    yield "type 255", b"\xff\0\0\4"
    yield "a response to nobody", asap.message(asap.REGISTERED)
    for n in range(200):
        yield "random %d" % n, rng.randbytes(rng.randrange(1, 2000))
    for n in range(200):
        bad = bytearray(rng.choice((good, resolve)))
        for _ in range(rng.randrange(1, 4)):
            bad[rng.randrange(len(bad))] = rng.randrange(256)
        yield "bent %d" % n, bytes(bad)
    for n in range(50):
        yield "cut %d" % n, good[:rng.randrange(1, len(good))]


def malformed(seed="1"):
    rng = random.Random(int(seed))
    waiting, answered, spared, total = {}, set(), [], 0
    for name, data in cases(rng):
        s = connect()
        total += 1
        try:
            s.sendall(data)
        except OSError:
            continue
        waiting[s] = name
    end = time.monotonic() + PATIENCE
    while waiting and time.monotonic() < end:
        for s in select.select(list(waiting), [], [], 0.2)[0]:
            try:
                if s.recv(65536):
                    answered.add(s)
                    continue
            except OSError:
                pass
            waiting.pop(s)
            s.close()
    # What differs from a good message in its values only may stay, and so may
    # what is skipped by its type.
    for s, name in waiting.items():
        if s not in answered and name.split()[0] not in ("bent", "type", "a"):
            spared.append(name)
    print("%d of %d connections still open, %d of them answered" % (
        len(waiting), total, len(answered & set(waiting))))
    return spared


def half_open(count):
    held = []
    refused = 0
    for n in range(int(count)):
        try:
            s = connect()
            if n % 2:
                s.sendall(b"\x05\0\0\x40")
            held.append(s)
        except OSError:
            refused += 1
    print("open", len(held), "refused", refused, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    bad = {"malformed": malformed, "half-open": half_open}[sys.argv[1]](
        *sys.argv[2:])
    for name in bad or ():
        print("not ended:", name)
    sys.exit(1 if bad else 0)
