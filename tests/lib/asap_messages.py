#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""asap_messages.py - the ASAP messages in a capture of TCP connections

    asap_messages.py CAPTURE [PORT]               one line per message
    asap_messages.py --write OUT CAPTURE [PORT]   and a capture for tshark
    asap_messages.py --enrp ...                   ENRP's, at port 9901

tshark's ASAP dissector knows SCTP only and cannot frame TCP.  So the streams
from and to PORT (3863) are put together again here, cut into messages by the
length in each header, and written as one SCTP DATA chunk with PPID 11 (ENRP's:
12) each.
A line: TIME CLIENT > or < TYPE LENGTH HANDLE.  What is no message, or left
over at the end of a stream that ended in order, is a line with "!".
"""
import argparse
import socket
import struct
import sys

NAMES = ("? registration deregistration registration-response "
         "deregistration-response resolution resolution-response keep-alive "
         "keep-alive-ack unreachable announce cookie cookie-echo "
         "business-card error").split()
ENRP_NAMES = ("? presence table-request table-response update list-request "
              "list-response init-takeover init-takeover-ack takeover-server "
              "error").split()
HANDLE = 9
FIN, SYN, RST = 1, 2, 4


def packets(path):
    """(time, link-layer frame) of a pcap file."""
    with open(path, "rb") as f:
        data = f.read()
    magic = data[:4]
    order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    nano = magic in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
    link = struct.unpack(order + "I", data[20:24])[0]
    at = 24
    while at + 16 <= len(data):
        sec, sub, held, _ = struct.unpack(order + "IIII", data[at:at + 16])
        frame = data[at + 16:at + 16 + held]
        if len(frame) < held:
            return  # the writer was interrupted
        at += 16 + held
        yield sec + sub / (1e9 if nano else 1e6), link, frame


def segments(path, port):
    """(time, (client, client port), to_registrar, seq, flags, payload)"""
    for time, link, frame in packets(path):
        skip, kind = {1: (14, 12), 276: (20, 0), 113: (16, 14)}[link]
        ether = struct.unpack("!H", frame[kind:kind + 2])[0]
        ip = frame[skip:]
        if ether == 0x0800 and ip[9] == 6:
            head, whole = (ip[0] & 15) * 4, struct.unpack("!H", ip[2:4])[0]
            src, dst = (socket.inet_ntop(socket.AF_INET, ip[i:i + 4])
                        for i in (12, 16))
        elif ether == 0x86DD and ip[6] == 6:
            head, whole = 40, 40 + struct.unpack("!H", ip[4:6])[0]
            src, dst = (socket.inet_ntop(socket.AF_INET6, ip[i:i + 16])
                        for i in (8, 24))
        else:
            continue
        tcp = ip[head:whole]
        sport, dport, seq, _, off, flags = struct.unpack("!HHIIBB", tcp[:14])
        payload = tcp[(off >> 4) * 4:]
        if dport == port:
            yield time, (src, sport, dst), True, seq, flags, payload
        elif sport == port:
            yield time, (dst, dport, src), False, seq, flags, payload


class Stream:
    """One direction of one connection, put in order."""

    def __init__(self):
        self.next = None
        self.early = {}
        self.held = b""
        self.lost = False

    def take(self, seq, flags, payload):
        if flags & SYN:
            self.__init__()
            self.next = (seq + 1) & 0xFFFFFFFF
            return
        if self.next is None:
            self.next = seq  # the capture began in mid-connection
        if payload:
            self.early[seq] = max(payload, self.early.get(seq, b""), key=len)
        moved = True
        while moved:
            moved = False
            for at in list(self.early):
                behind = (self.next - at) & 0xFFFFFFFF
                if behind >= 1 << 31:
                    continue
                data = self.early.pop(at)[behind:]
                self.held += data
                self.next = (self.next + len(data)) & 0xFFFFFFFF
                moved = True

    def messages(self):
        while len(self.held) >= 4 and not self.lost:
            length = struct.unpack("!H", self.held[2:4])[0]
            whole = length + (-length % 4)
            if length < 4:
                self.lost = True
            if length < 4 or len(self.held) < whole:
                return
            yield self.held[:whole]
            self.held = self.held[whole:]


def ids(message):
    """Of an ENRP message: its flags, sender and receiver."""
    return "%02x %08x>%08x" % ((message[1],) + struct.unpack(
        "!II", message[4:12].ljust(8, b"\0")))


def handle(message):
    at = 4
    if message[0] == 7:
        at = 8  # the keep-alive's server ID
    kind, length = struct.unpack("!HH", message[at:at + 4].ljust(4, b"\0"))
    if kind != HANDLE:
        return "-"
    text = message[at + 4:at + length]
    return "".join(chr(c) if 33 <= c < 127 and c != 37 else "%%%02X" % c
                   for c in text) or "-"


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Writer:
    """A capture of raw IPv4, each message in an SCTP packet of its own."""

    def __init__(self, path, ppid):
        self.ppid = ppid
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0,
                                    262144, 101))
        self.tsn = {}

    def write(self, time, src, sport, dst, dport, message):
        key = src, sport, dst, dport
        tsn = self.tsn.get(key, 0)
        self.tsn[key] = tsn + 1
        chunk = struct.pack("!BBHIHHI", 0, 3, 16 + len(message), tsn + 1, 0,
                            tsn & 0xFFFF, self.ppid) + message
        tag = 1 + hash(key) % 0xFFFFFFFE
        packet = struct.pack("!HHII", sport, dport, tag, 0) + chunk
        packet = (packet[:8] + struct.pack("<I", crc32c(packet)) + packet[12:])
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(packet), 0, 0, 64, 132,
                         0) + four(src) + four(dst)
        total = sum(struct.unpack("!10H", ip))
        total = (total & 0xFFFF) + (total >> 16)
        ip = ip[:10] + struct.pack("!H", ~total & 0xFFFF) + ip[12:]
        data = ip + packet
        self.file.write(struct.pack("<IIII", int(time), int(time % 1 * 1e6),
                                    len(data), len(data)) + data)


def four(address):
    """IPv6 is squeezed: only the connection's ends must be told apart."""
    if ":" in address:
        return socket.inet_pton(socket.AF_INET6, address)[-4:]
    return socket.inet_pton(socket.AF_INET, address)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--write", metavar="OUT")
    p.add_argument("--enrp", action="store_true")
    p.add_argument("capture")
    p.add_argument("port", nargs="?", type=int)
    o = p.parse_args()
    names, about, ppid = ((ENRP_NAMES, ids, 12) if o.enrp else
                          (NAMES, handle, 11))
    o.port = o.port or (9901 if o.enrp else 3863)
    streams, out, strange = {}, o.write and Writer(o.write, ppid), 0
    for time, client, up, seq, flags, payload in segments(o.capture, o.port):
        s = streams.setdefault((client, up), Stream())
        s.take(seq, flags, payload)
        for m in s.messages():
            name = names[m[0]] if m[0] < len(names) else "?"
            strange += name == "?"
            print("%.6f %s:%d %s %s %d %s" % (
                time, client[0], client[1], "<>"[up], name, len(m), about(m)))
            if out:
                src, sport, dst = client
                ends = (src, sport, dst, o.port)
                out.write(time, *(ends if up else ends[2:] + ends[:2]), m)
    for (client, up), s in streams.items():
        if s.held or s.early or s.lost:
            strange += 1
            print("! %s:%d %s left over: %s" % (
                client[0], client[1], "<>"[up], s.held[:64].hex()))
    return 1 if strange else 0


if __name__ == "__main__":
    sys.exit(main())
