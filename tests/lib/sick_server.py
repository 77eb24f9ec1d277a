# SPDX-License-Identifier: Apache-2.0
"""An HTTP server with moods, which files in a folder set

	sick_server.py PORT FOLDER

FOLDER/deaf: it accepts nobody.  FOLDER/ill: what is asked for under /health is
answered with 503.  FOLDER/log gets a line "TIME PATH" for each request, in
seconds of the real-time clock.
"""
import os
import selectors
import socket
import sys
import time

port, folder = int(sys.argv[1]), sys.argv[2]
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", port))
listener.listen(8)
listener.setblocking(False)
log = open(os.path.join(folder, "log"), "a", buffering=1)
selector = selectors.DefaultSelector()
guests = {}


def mood(name):
    return os.path.exists(os.path.join(folder, name))


def answer(guest, request):
    path = request.split(b" ")[1].decode()
    log.write("%.3f %s\n" % (time.time(), path))
    ill = path == "/health" and mood("ill")
    body = b"%d\n" % port
    guest.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n"
                  b"Connection: close\r\n\r\n%s"
                  % (b"503 Ill" if ill else b"200 OK", len(body), body))


def serve(guest):
    try:
        data = guest.recv(65536)
        guests[guest] += data
        if data and b"\r\n\r\n" not in guests[guest]:
            return
        if data:
            answer(guest, guests[guest])
    except OSError:
        pass
    selector.unregister(guest)
    del guests[guest]
    guest.close()


listens = False
while True:
    if mood("deaf") == listens:
        if listens:
            selector.unregister(listener)
        else:
            selector.register(listener, selectors.EVENT_READ)
        listens = not listens
    for key, _ in selector.select(0.05):
        if key.fileobj is not listener:
            serve(key.fileobj)
            continue
        try:
            guest = listener.accept()[0]
        except OSError:
            continue
        guests[guest] = b""
        selector.register(guest, selectors.EVENT_READ)
