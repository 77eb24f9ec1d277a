#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""announce.py - sends what pretends to be announcements

    announce.py GROUP INTERFACE what [COUNT [SOURCE]]

what: forged     a registrar that nobody is, at 192.0.2.1 (many IDs)
      loopback   one at 127.0.0.1:3863, said from outside
      garbage    bytes, cut messages, other messages, transports of no use
      unicast    a true one, to the host's own address instead of the group
"""
import os
import random
import socket
import struct
import sys

from asap import TCP, UDP, message, param, transport

ANNOUNCE = 10


def announce(server, *transports):
    return message(ANNOUNCE, struct.pack("!I", server), *transports)


def main():
    group, interface, what = sys.argv[1:4]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 100
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                 struct.pack("4s4si", bytes(4), bytes(4),
                             socket.if_nametoindex(interface)))
    if len(sys.argv) > 5:
        s.bind((sys.argv[5], 0))
    good = announce(7, transport(TCP, "192.0.2.1", 3863))
    rng = random.Random(int(os.environ.get("SEED", "1")))
    for i in range(count):
        if what == "forged":
            data = announce(1000 + i, transport(TCP, "192.0.2.1", 1 + i % 9))
        elif what == "loopback":
            data = announce(7, transport(TCP, "127.0.0.1", 3863))
        elif what == "unicast":
            data = good
        else:
            data = [rng.randbytes(rng.randrange(1400)),
                    good[:rng.randrange(8)],
                    message(5, param(9, b"x")),
                    announce(7, transport(UDP, "192.0.2.1", 1)),
                    announce(7, transport(TCP, "192.0.2.1", 0)),
                    announce(7, transport(TCP, "224.0.0.1", 9)),
                    good + rng.randbytes(9)][i % 7]
        s.sendto(data, (group, 3863))


main()
