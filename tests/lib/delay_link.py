#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""delay_link.py - a link to another network namespace that is slow

    delay_link.py PID SECONDS OWN-ADDRESS ITS-ADDRESS

Makes a tunnel device here and one in the network namespace of process PID, gives
each its address (with a prefix), and carries packets between them, each SECONDS
later.  Says "up" when that is so.
"""
import collections
import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
CLONE_NEWNET = 0x40000000


def device(name, address):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    for words in ["addr", "add", address, "dev", name], ["link", "set", name, "up"]:
        subprocess.run(["ip", *words], check=True)
    return fd


def enter(path):
    fd = os.open(path, os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


def main():
    delay = float(sys.argv[2])
    a = device("slow0", sys.argv[3])
    enter("/proc/%s/ns/net" % sys.argv[1])
    b = device("slow1", sys.argv[4])
    print("up", flush=True)
    waiting = collections.deque()
    while True:
        left = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _, _ = select.select([a, b], [], [], left)
        now = time.monotonic()
        for fd in ready:
            try:
                packet = os.read(fd, 65536)
            except BlockingIOError:
                continue
            waiting.append((now + delay, b if fd == a else a, packet))
        while waiting and waiting[0][0] <= now:
            _, to, packet = waiting.popleft()
            try:
                os.write(to, packet)
            except OSError:
                pass


main()
