#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""unsubscribed.py - a registrar that does not know subscriptions

    unsubscribed.py PORT REGISTRAR-PORT

It stands before a real one on 127.0.0.1 and clears the S bit of every
resolution on its way; "question FLAGS" is a line for each.
"""
import select
import socket
import struct
import sys


def relay(client, port):
    server = socket.create_connection(("127.0.0.1", port))
    held = b""
    while True:
        ready, _, _ = select.select([client, server], [], [])
        if server in ready:
            data = server.recv(65536)
            if not data:
                return
            client.sendall(data)
        if client in ready:
            data = client.recv(65536)
            if not data:
                return
            held += data
            while len(held) >= 4:
                kind, flags, length = struct.unpack("!BBH", held[:4])
                length += -length % 4
                if len(held) < length:
                    break
                if kind == 5:
                    print("question", flags, flush=True)
                    flags = 0
                server.sendall(bytes([kind, flags]) + held[2:length])
                held = held[length:]


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    print("ready", flush=True)
    while True:
        client, _ = listener.accept()
        relay(client, int(sys.argv[2]))
        client.close()


main()
