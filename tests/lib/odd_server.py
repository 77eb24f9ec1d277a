#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""servant.py - a server with the habits that rsp-register has to cope with

    odd_server.py LOG [HABIT...]

Habits: tcp=ADDRESS:PORT and udp=ADDRESS:PORT are served; wait=SECONDS comes
before the habits that follow it; daemon forks away; stubborn ignores SIGTERM;
hup takes SIGHUP for something to read its configuration at; fork=N has that
many workers.  SIGUSR1 closes all sockets, SIGUSR2 opens them again.  LOG gets a
line with the time for each thing that happens, and the process ID behind it.
"""
import os
import select
import signal
import socket
import sys
import time

LOG = sys.argv[1]
sockets, places = [], []


def say(*words, at=None):
    with open(LOG, "a") as f:
        print("%.3f" % (at or time.time()), *words, os.getpid(), file=f)


def serve(kind, place):
    host, _, port = place.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    how = socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM
    s = socket.socket(family, how)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # The time before, for rsp-register may know before the call returns.
    begin = time.time()
    s.bind((host.strip("[]"), int(port)))
    if kind == "tcp":
        s.listen(16)
    sockets.append(s)
    say("serves", kind, place, at=begin)


def on_signal(number, _):
    say("signal", signal.Signals(number).name)
    if number == signal.SIGUSR1:
        while sockets:
            sockets.pop().close()
    elif number == signal.SIGUSR2:
        for kind, place in places:
            serve(kind, place)
    elif number == signal.SIGTERM and "stubborn" not in sys.argv:
        sys.exit(0)


def main():
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, on_signal)
    if "hup" in sys.argv:
        signal.signal(signal.SIGHUP, on_signal)
    say("started")
    for habit in sys.argv[2:]:
        name, _, value = habit.partition("=")
        if name == "wait":
            time.sleep(float(value))
        elif name == "daemon":
            if os.fork() > 0:
                os._exit(0)
            os.setsid()
        elif name == "fork":
            for _ in range(int(value)):
                if os.fork() == 0:
                    break
        elif name in ("tcp", "udp"):
            places.append((name, value))
            serve(name, value)
    say("settled")
    while True:
        ready, _, _ = select.select(sockets, [], [], 0.1)
        for s in ready:
            if s.type == socket.SOCK_STREAM:
                s.accept()[0].close()
            else:
                s.recv(65536)


main()
