#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sctp_server.py - servers that speak SCTP, one-to-one style

    sctp_server.py WHAT PORT [NAME [ADDRESS...]]

On all addresses, or bound to those given (sctp_bindx for more than one, of
both families); each association is served by a thread.  WHAT:

    echo    what comes goes back, message by message
    name    says NAME and hangs up
    http    GET /size/N: N bytes of a pattern; GET /name: NAME; PUT: the
            SHA-256 of the body
    sum     reads "LENGTH\\n" and so many bytes, answers their SHA-256
    chat    as name, with ASAP messages before, between and behind
    abort   reads something and aborts the association
"""
import hashlib
import socket
import struct
import sys
import threading

SCTP, SCTP_BINDX_ADD = 132, 100
what, port = sys.argv[1], int(sys.argv[2])
name = sys.argv[3] if len(sys.argv) > 3 else ""
addresses = sys.argv[4:]


def pack(address):
    if ":" in address:
        return struct.pack("=HHI", socket.AF_INET6, socket.htons(port), 0) + \
            socket.inet_pton(socket.AF_INET6, address) + bytes(4)
    return struct.pack("=HH", socket.AF_INET, socket.htons(port)) + \
        socket.inet_aton(address) + bytes(8)


def listen():
    six = not addresses or any(":" in a for a in addresses)
    s = socket.socket(socket.AF_INET6 if six else socket.AF_INET,
                      socket.SOCK_STREAM, SCTP)
    if six:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    if addresses:
        s.setsockopt(SCTP, SCTP_BINDX_ADD, b"".join(map(pack, addresses)))
    else:
        s.bind(("", port))
    s.listen(100)
    return s


def pattern(n):
    """Bytes that are never the same at a distance of a power of two."""
    block = b"".join(struct.pack("!I", i * 2654435761 % 2**32)
                     for i in range(16381))
    return (block * (n // len(block) + 1))[:n]


def echo(c):
    while data := c.recv(65536):
        c.sendall(data)


def http(c):
    f = c.makefile("rb")
    while line := f.readline():
        method, path, _ = line.decode().split()
        length = 0
        while (header := f.readline().strip()) != b"":
            if header.lower().startswith(b"content-length:"):
                length = int(header.split(b":")[1])
            if header.lower().startswith(b"expect:"):
                c.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if method in ("PUT", "POST"):
            body = hashlib.sha256(f.read(length)).hexdigest().encode()
        elif path.startswith("/size/"):
            body = pattern(int(path[6:]))
        else:
            body = name.encode() + b"\n"
        c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        # longer messages stall the kernel's own loopback association
        for at in range(0, len(body), 16000):
            c.sendall(body[at:at + 16000])


def total(c):
    f = c.makefile("rb")
    body = f.read(int(f.readline()))
    c.sendall(hashlib.sha256(body).hexdigest().encode() + b"\n")


def abort(c):
    c.recv(1000)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def say(c):
    c.sendall(name.encode() + b"\n")


def chat(c):
    for i in range(len(name)):
        for size in 8, 20000:  # a cookie; longer than what reads at once
            asap = struct.pack("!BBH", 12, 0, size) + bytes(size - 4)
            c.sendmsg([asap], [(SCTP, 2, struct.pack(  # SCTP_SNDINFO
                "=HHIIi", 0, 0, socket.htonl(11), 0, 0))])
        c.sendall(name[i:i + 1].encode())


def serve(c):
    try:
        {"echo": echo, "http": http, "sum": total, "abort": abort, "chat": chat,
         "name": say}[what](c)
    except (OSError, ValueError):
        pass
    c.close()


listener = listen()
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],),
                     daemon=True).start()
