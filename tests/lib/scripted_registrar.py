#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scripted_registrar.py - a registrar that does what a test tells it

    scripted_registrar.py PORT COMMANDS [silent|calls|reject:CAUSE|hangup]

It grants what pool elements ask for (or, by its mode, does not), and writes one
line with the time for each thing that happens:

    1700000000.123 register Web 0x1a2b3c4d 127.0.0.1:8001/tcp life=90 from=40001
    1700000000.123 deregister Web 0x1a2b3c4d
    1700000000.123 ack Web 0x1a2b3c4d
    1700000000.123 closed 40001

COMMANDS is a file to which a test appends lines: "keep-alive" to everybody,
"foreign" (a keep-alive for another pool), "expire" (an unasked deregistration
response), "mode MODE", "call HOST PORT" (a takeover: connects there and sends a
keep-alive with the H flag).  In mode "calls" it grants over such connections
only.
"""
import os
import select
import socket
import struct
import sys
import time

from asap import (DEREGISTERED, DEREGISTRATION, ERROR, HANDLE, KEEP_ALIVE,
                  KEEP_ALIVE_ACK, PE, PE_ID, REGISTERED, REGISTRATION, UDP,
                  message, param, params)

SERVER_ID = 0x51515151


def say(*words):
    print("%.3f" % time.time(), *words, flush=True)


class Link:
    def __init__(self, sock, name):
        self.sock, self.name, self.held = sock, name, b""
        self.handle, self.pe_id = b"", 0

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError as e:
            say("broken", self.name, e)

    def who(self):
        return "%s 0x%08x" % (self.handle.decode("latin-1"), self.pe_id)

    def answer(self, kind, flags=0, *more):
        self.send(message(kind, param(HANDLE, self.handle),
                          param(PE_ID, struct.pack("!I", self.pe_id)),
                          *more, flags=flags))

    def keep_alive(self, handle, flags=0):
        self.send(message(KEEP_ALIVE, struct.pack("!I", SERVER_ID),
                          param(HANDLE, handle), flags=flags))

    def messages(self, data):
        self.held += data
        while len(self.held) >= 4:
            kind, _, length = struct.unpack("!BBH", self.held[:4])
            whole = length + (-length % 4)
            if len(self.held) < whole:
                break
            value, self.held = self.held[4:length], self.held[whole:]
            yield kind, value


def describe(value):
    """A pool element parameter's ID, and the rest as text."""
    pe_id, _, life = struct.unpack("!IIi", value[:12])
    kind, transport = next(params(value[12:]))
    _, address = next(params(transport[4:]))
    family = socket.AF_INET if len(address) == 4 else socket.AF_INET6
    return pe_id, "%s:%d/%s life=%d" % (
        socket.inet_ntop(family, address),
        struct.unpack("!H", transport[:2])[0],
        "udp" if kind == UDP else "tcp", life)


class Registrar:
    def __init__(self, port, commands, mode="grant"):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.commands = open(commands, "a+")
        self.commands.seek(0, os.SEEK_END)
        self.mode, self.links = mode, {}

    def add(self, sock, name):
        self.links[sock] = Link(sock, name)

    def on_message(self, link, kind, value):
        parts = dict(params(value))
        link.handle = parts.get(HANDLE, link.handle)
        if kind == REGISTRATION:
            link.pe_id, text = describe(parts[PE])
            say("register", link.who(), text, "from=%s" % link.name)
            if self.mode.startswith("reject:"):
                cause = struct.pack("!HH", int(self.mode[7:]), 4)
                link.answer(REGISTERED, 1, param(ERROR, cause))
            elif self.mode == "grant" or (self.mode == "calls" and
                                          link.name == "call"):
                link.answer(REGISTERED)
        elif kind == DEREGISTRATION:
            say("deregister", link.who())
            if self.mode != "silent":
                link.answer(DEREGISTERED)
        elif kind == KEEP_ALIVE_ACK:
            link.pe_id, = struct.unpack("!I", parts[PE_ID])
            say("ack", link.who())
        else:
            say("message", kind, value.hex())

    def on_readable(self, link):
        try:
            data = link.sock.recv(65536)
        except OSError:
            data = b""
        for kind, value in link.messages(data):
            self.on_message(link, kind, value)
        if not data:
            say("closed", link.name)
            link.sock.close()
            del self.links[link.sock]

    def obey(self, words):
        if words[0] == "call":
            sock = socket.create_connection((words[1], int(words[2])), 5)
            self.add(sock, "call")
            for link in list(self.links.values()):
                if link.handle:
                    self.links[sock].keep_alive(link.handle, 1)
                    break
        for link in list(self.links.values()):
            if words[0] == "keep-alive":
                link.keep_alive(link.handle)
            elif words[0] == "foreign":
                link.keep_alive(b"Another")
            elif words[0] == "expire":
                link.answer(DEREGISTERED)
        if words[0] == "mode":
            self.mode = words[1]
        say("obeyed", *words)

    def run(self):
        say("ready")
        while True:
            ready, _, _ = select.select(
                [self.listener, *self.links], [], [], 0.02)
            for line in self.commands:
                self.obey(line.split())
            for sock in ready:
                if sock is not self.listener:
                    self.on_readable(self.links[sock])
                    continue
                new, peer = self.listener.accept()
                if self.mode == "hangup":
                    new.close()
                else:
                    self.add(new, peer[1])


if __name__ == "__main__":
    Registrar(int(sys.argv[1]), *sys.argv[2:]).run()
