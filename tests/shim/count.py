# SPDX-License-Identifier: Apache-2.0
"""count.py - does anything arrive twice?

count.py server PORT LOG        a process for each connection, which writes the
                                number of each request that it has read to LOG
                                and then kills itself with SIGKILL, answers, or
                                does both in the middle of the answer
count.py client HOST N SEED     N requests, each with a number of its own, of
                                all kinds; what becomes of them does not matter
count.py judge LOG              arrivals by kind, and those that came twice
"""
import collections
import os
import random
import re
import signal
import socket
import sys

# What may be repeated is there, too, or the test could not fail.
KINDS = ["GET", "POST", "PUT", "DELETE", "PATCH", "line", "binary"]


def request(kind, n):
    name = "%s-%d" % (kind, n)
    if kind == "line":
        return "add to the list: %s;\n" % name
    if kind == "binary":
        return "\x01\x02%s;\x00\x00\x00" % name
    if kind in ("GET", "DELETE"):
        return "%s /%s; HTTP/1.1\r\nHost: x\r\n\r\n" % (kind, name)
    return ("%s /%s; HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
            "0123456789" % (kind, name))


def killed(log):
    os.write(log, b"killed\n")
    os.kill(os.getpid(), signal.SIGKILL)


def serve_one(there, log, dice):
    fate = dice.random()
    if fate < 0.1:
        killed(log)  # with the request unread: a reset
    text = b""
    while True:
        try:
            more = there.recv(65536)
        except OSError:
            os._exit(0)
        if not more:
            os._exit(0)
        text += more
        for name in re.findall(rb"([A-Za-z]+-[0-9]+);", text):
            os.write(log, name + b"\n")
            text = b""
            if fate < 0.5:
                killed(log)
            answer = (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"
                      b"abcdefghijklmnopqrst")
            if fate < 0.75:
                there.send(answer[:dice.randrange(len(answer))])
                killed(log)
            there.send(answer)
            if fate < 0.9:
                killed(log)
        if text.startswith(b"0123456789"):
            text = b""  # a body that came later


def server(port, log):
    log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    here = socket.socket()
    here.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    here.bind(("127.0.0.1", port))
    here.listen(128)
    seed = port
    while True:
        there, _ = here.accept()
        seed += 1000
        if os.fork() == 0:
            here.close()
            serve_one(there, log, random.Random(seed))
        there.close()


def one(address, kind, n, dice):
    """One connection, one or two requests, however it ends."""
    here = socket.socket()
    here.settimeout(5)
    try:
        here.connect(address)
        for i in range(dice.choice((1, 1, 2))):
            text = request(kind, 2 * n + i).encode()
            cut = dice.randrange(len(text)) if dice.random() < 0.3 else 0
            if cut > 0:
                here.sendall(text[:cut])
            here.sendall(text[cut:])
            if dice.random() < 0.2:
                here.shutdown(socket.SHUT_WR)
            if not here.recv(4096):
                break
    except OSError:
        pass
    here.close()


def client(host, count, seed):
    address = socket.getaddrinfo(host, 80, socket.AF_INET)[0][4]
    dice = random.Random(seed)
    for n in range(count):
        one(address, dice.choice(KINDS), n, dice)


def judge(log):
    with open(log) as f:
        arrived = collections.Counter(f.read().split())
    print("%d servers killed" % arrived.pop("killed", 0))
    kinds, twice = collections.Counter(), collections.Counter()
    for name, times in arrived.items():
        kind = name.split("-")[0]
        kinds[kind] += 1
        twice[kind] += times > 1
    for kind in KINDS:
        print("%s: %d arrived, %d twice" % (kind, kinds[kind], twice[kind]))
    bad = sum(twice[kind] for kind in KINDS if kind != "GET")
    return 0 if bad == 0 and twice["GET"] > 0 and all(
        kinds[kind] > 0 for kind in KINDS) else 1


if sys.argv[1] == "server":
    server(int(sys.argv[2]), sys.argv[3])
elif sys.argv[1] == "client":
    client(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
else:
    sys.exit(judge(sys.argv[2]))
