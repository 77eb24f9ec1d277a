#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""registrar_crowd.py - many who misbehave, at one registrar

    registrar_crowd.py silent HOST COUNT    opens COUNT connections, says
                                            "open", then opens a new one for
                                            each that is closed, until its
                                            standard input ends
    registrar_crowd.py garbage HOST COUNT SEED   random streams, one after the
                                            other; every one must be closed
    registrar_crowd.py drip HOST COUNT      a resolution, one byte at a time,
                                            over COUNT connections at once;
                                            each must be answered
    registrar_crowd.py deaf HOST            asks and never reads; says "cut"
                                            when the registrar ends it
"""
import random
import select
import socket
import sys
import time

RESOLUTION = bytes.fromhex("0500000c 00090007 576562 00")  # of "Web"


def connect(host):
    return socket.create_connection((host, 3863), 10)


def silent(host, count):
    crowd = {}
    poll = select.poll()

    def one_more():
        try:
            s = connect(host)
        except OSError:
            return
        crowd[s.fileno()] = s
        poll.register(s, select.POLLIN)

    for _ in range(count):
        one_more()
    print("open", flush=True)
    poll.register(sys.stdin, select.POLLIN)
    while True:
        for fd, _ in poll.poll():
            if fd == sys.stdin.fileno():
                return
            poll.unregister(fd)
            crowd.pop(fd).close()
            one_more()


def garbage(host, count, seed):
    rng = random.Random(seed)
    for n in range(count):
        data = rng.randbytes(rng.choice((1, 3, 4, 20, 300, 5000)))
        if rng.random() < 0.5:  # a type and a length that are believed
            data = bytes((rng.randrange(16), rng.randrange(256),
                          len(data) >> 8, len(data) & 255)) + data[4:]
        with connect(host) as s:
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                while s.recv(65536):
                    pass
            except ConnectionError:
                pass
            except socket.timeout:
                sys.exit("stream %d of seed %d is kept" % (n, seed))


def drip(host, count):
    crowd = [connect(host) for _ in range(count)]
    for n in range(len(RESOLUTION)):
        for s in crowd:
            s.sendall(RESOLUTION[n:n + 1])
    for s in crowd:
        if not s.recv(65536):
            sys.exit("no answer")


def deaf(host):
    s = connect(host)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    begin = time.monotonic()
    try:
        while time.monotonic() < begin + 60:
            s.sendall(RESOLUTION * 1000)
    except ConnectionError:
        print("cut after %.1f s" % (time.monotonic() - begin), flush=True)
        return
    except socket.timeout:
        pass
    sys.exit("never cut")


globals()[sys.argv[1]](sys.argv[2], *map(int, sys.argv[3:]))
