#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sniff.py FILE BYTES PORT... - tcpdump's stand-in in a user namespace

There tcpdump cannot run: as root it insists on becoming another user.  Takes
what goes over loopback from or to one of the ports (TCP, UDP) into a pcap file,
until SIGINT; says how much was lost in tcpdump's words.
"""
import mmap
import select
import signal
import socket
import struct
import sys

SOL_PACKET, RX_RING, STATISTICS, VERSION, TPACKET_V2 = 263, 5, 6, 10, 1
OUTGOING, IN_USE_BY_US = 4, 1

path, size, ports = sys.argv[1], int(sys.argv[2]), set(map(int, sys.argv[3:]))
slot = 1 << (size + 127).bit_length()
slots = (64 << 20) // slot
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
s.setsockopt(SOL_PACKET, VERSION, TPACKET_V2)
# A ring of the kernel's: no limit on socket buffers holds for it.
s.setsockopt(SOL_PACKET, RX_RING,
             struct.pack("IIII", 1 << 20, 64, slot, slots))
ring = mmap.mmap(s.fileno(), 64 << 20)
s.bind(("lo", 3))


def wanted(frame):
    kind = frame[12:14]
    if kind == b"\x08\0":
        protocol, at = frame[23], 14 + (frame[14] & 15) * 4
    elif kind == b"\x86\xdd":
        protocol, at = frame[20], 54
    else:
        return False
    return protocol in (6, 17) and not ports.isdisjoint(
        struct.unpack("!HH", frame[at:at + 4].ljust(4, b"\0")))


def stop(*_):
    global running
    running = False


running = True
signal.signal(signal.SIGINT, stop)
with open(path, "wb", buffering=0) as out:
    out.write(struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, size, 1))
    print("listening on lo", flush=True)
    at = 0
    while True:
        status, whole, held, mac, _, sec, nsec = struct.unpack_from(
            "IIIHHII", ring, at)
        if not status & IN_USE_BY_US:
            if not running:
                break
            select.select([s], [], [], 0.1)
            continue
        frame = ring[at + mac:at + mac + min(held, size)]
        # Loopback shows everything twice.  The sender's type is in the
        # sockaddr_ll behind the header of 32 bytes.
        if ring[at + 32 + 10] != OUTGOING and wanted(frame):
            out.write(struct.pack("<IIII", sec, nsec, len(frame), whole)
                      + frame)
        struct.pack_into("I", ring, at, 0)
        at = (at + slot) % (64 << 20)
lost = struct.unpack("II", s.getsockopt(SOL_PACKET, STATISTICS, 8))[1]
print("%d packets dropped by kernel" % lost)
