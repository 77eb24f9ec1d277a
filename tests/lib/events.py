# SPDX-License-Identifier: Apache-2.0
"""Server-sent events without an end: events.py PORT NAME

A line "data: NAME N" each 50 ms, to all who ask, each from the beginning.
"""
import socket
import sys
import threading
import time


def serve(guest):
    while b"\r\n\r\n" not in guest.recv(65536):
        pass
    guest.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                  b"Transfer-Encoding: chunked\r\n\r\n")
    n = 0
    while True:
        n += 1
        event = b"data: %s %d\n\n" % (sys.argv[2].encode(), n)
        guest.sendall(b"%x\r\n%s\r\n" % (len(event), event))
        time.sleep(0.05)


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(10)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],),
                     daemon=True).start()
