# SPDX-License-Identifier: Apache-2.0
"""A client that says and hears as it is told: answers.py HOST STEP...

    WORD        it sends a line, by one call
    A+B+C       a line, by a call for each part
    A_B_C       a line in pieces, by one call
    GET:/WORD   it sends an HTTP request, in calls and pieces as above
    *A*B        it sends commands of Redis's protocol, by one call
    <           it receives a line, or an answer in HTTP or Redis's protocol, of
                which the last line is printed
    child<      a child of it does
    %           in a word: a blank
    dead        it waits until the server at port 8001 is dead

What it hears is printed, in a line; an error or an end is the last word.
"""
import os
import socket
import sys
import time


def line_of(read):
    got = b""
    while not got.endswith(b"\n") or got.startswith(b"HTTP") and \
            b":/" not in got or got.startswith(b"$") and \
            got.count(b"\n") < 2:
        some = read(1)
        if not some:
            raise EOFError(got.decode())
        got += some
    return got.decode().strip().split("\n")[-1]


def in_child(here):
    pid = os.fork()
    if pid == 0:
        line_of(lambda n: os.read(here.fileno(), n))
        os._exit(0)
    if os.waitpid(pid, 0)[1] != 0:
        sys.exit("the child heard nothing")
    return "(child)"


def await_death():
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", 8001)).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.01)
    sys.exit("the server lives")


def say(here, step):
    line = step.replace("%", " ") + "\n"
    if ":/" in step:
        line = step.replace(":", " ") + " HTTP/1.1\r\nHost: pool\r\n\r\n"
    if step.startswith("*"):
        line = "".join("*1\r\n$%d\r\n%s\r\n" % (len(word), word)
                       for word in step[1:].split("*"))
    parts = line.encode()
    if b"+" in parts:
        for part in parts.split(b"+"):
            here.sendall(part)
    else:
        here.sendmsg(parts.split(b"_"))


here = socket.create_connection((sys.argv[1], 80))
here.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
heard = []
try:
    for step in sys.argv[2:]:
        if step == "<":
            heard.append(line_of(here.recv))
        elif step == "child<":
            heard.append(in_child(here))
        elif step == "dead":
            await_death()
        else:
            say(here, step)
except EOFError as e:
    heard.append(str(e) + "(end)")
except OSError:
    heard.append("(error)")
print(" ".join(heard))
