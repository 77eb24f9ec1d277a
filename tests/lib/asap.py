#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""asap.py - ASAP read a second time, from RFC 5352 and 5354 alone

The integration tests need pool elements that do not exist (dead ones), and a
view of the registrar that shares no line with our C.  It knows only what the
tests use: registration, resolution, keep-alive, over TCP.

    asap.py register POOL ADDRESS PORT [POLICY]   holds the registration until
                                                  SIGTERM; says "registered"
    asap.py resolve POOL                          prints ADDRESS:PORT lines

POLICY: rr, random, wrr:WEIGHT, lu:PERCENT, priority:N; udp/ before the policy
registers a UDP element.  POOL knows %XX.  RSP_REGISTRARS=tcp://HOST:PORT.
"""
import os
import random
import socket
import struct
import sys
from urllib.parse import unquote_to_bytes

REGISTRATION, DEREGISTRATION, REGISTERED, DEREGISTERED = 1, 2, 3, 4
RESOLUTION, RESOLVED, KEEP_ALIVE, KEEP_ALIVE_ACK, UNREACHABLE = 5, 6, 7, 8, 9
IPV4, IPV6, TCP, UDP, POLICY, HANDLE, PE, ERROR, PE_ID, ITEMS = (
    1, 2, 5, 6, 8, 9, 10, 12, 14, 0x803F)


def param(kind, value):
    return (struct.pack("!HH", kind, 4 + len(value)) + value
            + bytes(-len(value) % 4))


def message(kind, *params, flags=0):
    body = b"".join(params)
    return struct.pack("!BBH", kind, flags, 4 + len(body)) + body


def params(data):
    """The (type, value) pairs in a message's or parameter's value."""
    while len(data) >= 4:
        kind, length = struct.unpack("!HH", data[:4])
        if length < 4 or length > len(data):
            raise ValueError("parameter length %d" % length)
        yield kind, data[4:length]
        data = data[length + (-length % 4):]


def policy(text):
    name, _, value = text.partition(":")
    if name == "lu":
        return struct.pack("!II", 0x40000001,
                           int(float(value) / 100 * 0xFFFFFFFF))
    number = {"rr": 1, "wrr": 2, "random": 3, "priority": 5}[name]
    words = [int(value)] if value else []
    return struct.pack("!%dI" % (1 + len(words)), number, *words)


def transport(kind, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return param(kind, struct.pack("!HH", port, 0) + param(
        IPV6 if ":" in address else IPV4, socket.inet_pton(family, address)))


def element(pe_id, address, port, kind=TCP, how="rr", life=90):
    return param(PE, struct.pack("!IIi", pe_id, 0, life)
                 + transport(kind, address, port)
                 + param(POLICY, policy(how)))


class Registrar:
    def __init__(self):
        place = os.environ.get("RSP_REGISTRARS", "tcp://127.0.0.1")
        host = place.split(",")[0].removeprefix("tcp://")
        host, _, port = host.partition(":")
        self.socket = socket.create_connection((host, int(port or 3863)), 10)
        self.held = b""

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """One message: (type, flags, value)."""
        while True:
            if len(self.held) >= 4:
                kind, flags, length = struct.unpack("!BBH", self.held[:4])
                whole = length + (-length % 4)
                if len(self.held) >= whole:
                    value = self.held[4:length]
                    self.held = self.held[whole:]
                    return kind, flags, value
            data = self.socket.recv(65536)
            if not data:
                raise EOFError("the registrar closed the connection")
            self.held += data


def register(pool, address, port, how="rr"):
    kind = TCP
    if how.startswith("udp/"):
        kind, how = UDP, how[4:]
    pe_id = random.getrandbits(32)
    handle = param(HANDLE, unquote_to_bytes(pool))
    r = Registrar()
    r.send(message(REGISTRATION, handle,
                   element(pe_id, address, int(port), kind, how, -1)))
    while True:
        kind, flags, value = r.receive()
        if kind == REGISTERED:
            if flags & 1:
                sys.exit("refused: " + value.hex())
            print("registered", flush=True)
            r.socket.settimeout(None)
        elif kind == KEEP_ALIVE:
            r.send(message(KEEP_ALIVE_ACK, handle,
                           param(PE_ID, struct.pack("!I", pe_id))))


def resolve(pool):
    r = Registrar()
    r.send(message(RESOLUTION, param(HANDLE, unquote_to_bytes(pool)),
                   param(ITEMS, struct.pack("!I", 0xFFFFFFFF))))
    kind, _, value = r.receive()
    assert kind == RESOLVED, kind
    for kind, data in params(value):
        if kind == ERROR:
            sys.exit("error: " + data.hex())
        if kind == PE:
            _, where = next(params(data[12:]))
            _, address = next(params(where[4:]))
            family = socket.AF_INET if len(address) == 4 else socket.AF_INET6
            print("%s:%d" % (socket.inet_ntop(family, address),
                             struct.unpack("!H", where[:2])[0]))


if __name__ == "__main__":
    {"register": register, "resolve": resolve}[sys.argv[1]](*sys.argv[2:])
