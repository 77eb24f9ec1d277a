# SPDX-License-Identifier: Apache-2.0
"""A server that answers lines, until it dies: teller.py PORT NAME [OPTION...]

A line WORD is answered with "NAME:WORD", an HTTP request for /WORD with that and
a slash before the word as its content, a command of Redis's protocol with that
in its form.

    die=WORD    it kills itself (-9) in the place of an answer to WORD
    after=WORD  ... or behind that answer
    half=WORD   ... or in the middle of it
"""
import os
import signal
import socket
import sys
import threading

name = sys.argv[2].encode()
options = dict(o.encode().split(b"=", 1) for o in sys.argv[3:])


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def serve(guest):
    lines = guest.makefile("rb")
    for line in lines:
        word, head = line.strip(), b""
        if word.startswith(b"*"):
            words = [lines.read(int(lines.readline()[1:]) + 2).strip()
                     for _ in range(int(word[1:]))]
            word = b" ".join(words)
            head = b"$%d\r\n" % (len(name) + 1 + len(word))
        if word.endswith(b" HTTP/1.1"):
            word = word.split()[1]
            while lines.readline().strip():
                pass
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (
                len(name) + 1 + len(word) + 1)
        answer = head + name + b":" + word + \
            (b"\r\n" if head.startswith(b"$") else b"\n")
        if word == options.get(b"die"):
            die()
        if word == options.get(b"half"):
            guest.sendall(answer[:-2])
            die()
        guest.sendall(answer)
        if word == options.get(b"after"):
            die()


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(10)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],),
                     daemon=True).start()
