#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""udp_echo.py NAME PORT - answers each datagram with NAME and what it said"""
import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", int(sys.argv[2])))
while True:
    data, peer = s.recvfrom(65536)
    print("%s from port %d" % (data.strip().decode(), peer[1]),
          file=sys.stderr, flush=True)
    s.sendto(sys.argv[1].encode() + b" " + data.strip() + b"\n", peer)
