#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sctp_talk.py - a stranger who knows SCTP better than manners

Speaks to the registrar at HOST over SCTP, for sctp-limits.sh.  The messages are
asap.py's.

    sctp_talk.py HOST protocols        other payload protocols are passed over
    sctp_talk.py HOST enrp             ENRP has a protocol identifier of its own
    sctp_talk.py HOST garbage          what is no message ends nothing
    sctp_talk.py HOST parts            a message in pieces is one all the same
    sctp_talk.py HOST long             one over the limit ends the association
    sctp_talk.py HOST crowd COUNT      so many associations, all silent; says
                                       how many are left, 0 within 25 s
    sctp_talk.py HOST deaf POOL        asks for ever and reads no answer
    sctp_talk.py HOST late POOL        asks much, reads later, misses nothing
    sctp_talk.py HOST many POOL COUNT  so many elements over one association
    sctp_talk.py HOST offer POOL ADDRESS...
                                       an SCTP element with these addresses;
                                       says "granted" or "refused"
"""
import select
import socket
import struct
import sys
import time

import asap

SCTP = 132
SCTP_RECVRCVINFO, SCTP_DEFAULT_SNDINFO, SCTP_RCVINFO = 32, 34, 3
SCTP_NODELAY = 3
ASAP, ENRP = 11, 12

host = sys.argv[1]


def connect(timeout=10, port=3863):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP)
    s.setsockopt(SCTP, SCTP_RECVRCVINFO, 1)
    s.setsockopt(SCTP, SCTP_NODELAY, 1)
    s.settimeout(timeout)
    s.connect((host, port))
    return s


def send(s, data, protocol=ASAP):
    s.setsockopt(SCTP, SCTP_DEFAULT_SNDINFO, struct.pack(
        "=HHIIi", 0, 0, socket.htonl(protocol), 0, 0))
    s.send(data)


def receive(s):
    """A message with its payload protocol; an empty one at the end."""
    data, control, _, _ = s.recvmsg(70000, 200)
    for level, kind, value in control:
        if (level, kind) == (SCTP, SCTP_RCVINFO):
            _, _, _, number = struct.unpack("=HHHxxI", value[:12])
            return data, socket.ntohl(number)
    return data, None


def question(pool, items=1):
    return asap.message(
        asap.RESOLUTION, asap.param(asap.HANDLE, pool.encode()),
        asap.param(asap.ITEMS, struct.pack("!I", items)))


def expect_answer(s, pool):
    data, protocol = receive(s)
    assert data[0] == asap.RESOLVED and pool.encode() in data, data.hex()
    assert protocol == ASAP, protocol


def ends(s):
    try:
        return s.recv(65536) == b""
    except ConnectionResetError:
        return True


def protocols():
    s = connect()
    for number in (0, 12, 47, 11 << 24):
        send(s, question("Wrong%d" % number), number)
    send(s, question("Right"))
    expect_answer(s, "Right")


def enrp():
    """A presence that wants a reply gets one, unless it comes as ASAP."""
    s = connect(port=9901)
    presence = bytes.fromhex("0101000c 00000099 00000000")
    send(s, presence, ASAP)
    send(s, presence, ENRP)
    data, protocol = receive(s)
    assert protocol == ENRP, protocol
    assert data[0] in (1, 2, 5), data.hex()  # presence, or what it wants


def garbage():
    s = connect()
    for data in (b"\1", b"\5\0\0\0", b"\5\0\377\377abcd", bytes(4000),
                 b"\5\0\0\10\0\11\1\220"):
        send(s, data)
    send(s, question("StillHere"))
    answers = 0
    while True:
        data, _ = receive(s)
        assert data, "the association has ended"
        if data[0] == asap.RESOLVED and b"StillHere" in data:
            break
        answers += 1
        assert answers <= 5, data.hex()


def parts():
    """A handle of 4000 bytes in a path of 1500 is several DATA chunks."""
    s = connect()
    pool = "x" * 4000
    for _ in range(50):
        send(s, question(pool))
    for _ in range(50):
        expect_answer(s, pool)


def long():
    s = connect()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 500000)
    send(s, b"\5\0\377\377" + bytes(150000))
    assert ends(s), "the association goes on"


def crowd(count):
    crowd = []
    for _ in range(count):
        try:
            crowd.append(connect(2))
        except OSError:
            pass
    end = time.monotonic() + 25
    while crowd and time.monotonic() < end:
        ready, _, _ = select.select(crowd, [], [], 1)
        crowd = [s for s in crowd if s not in ready or not ends(s)]
    print("left:", len(crowd), flush=True)


def deaf(pool):
    s = connect()
    try:
        while True:
            send(s, question(pool, 128))
    except (ConnectionResetError, BrokenPipeError):
        print("cut", flush=True)


def late(pool):
    """Asks until the registrar takes no more, and one question more."""
    s = connect()
    asked = 0
    s.settimeout(0.5)
    try:
        while asked < 3000:
            send(s, question(pool, 128))
            asked += 1
    except TimeoutError:
        pass
    s.settimeout(10)
    for _ in range(asked):
        expect_answer(s, pool)
    print(asked)


def many(pool, count):
    s = connect()
    handle = asap.param(asap.HANDLE, pool.encode())
    own = s.getsockname()[0]
    for number in range(1, count + 1):
        send(s, asap.message(asap.REGISTRATION, handle,
                             asap.element(number, own, number)))
        data, _ = receive(s)
        assert data[:2] == bytes([asap.REGISTERED, 0]), data.hex()
    print("registered", flush=True)
    s.settimeout(None)
    while True:
        data, _ = receive(s)
        if not data:
            break
        if data[0] == asap.KEEP_ALIVE:
            for number in range(1, count + 1):
                send(s, asap.message(
                    asap.KEEP_ALIVE_ACK, handle,
                    asap.param(asap.PE_ID, struct.pack("!I", number))))


def offer(pool, *addresses):
    s = connect()
    transport = asap.param(4, struct.pack("!HH", 7, 0) + b"".join(
        asap.param(asap.IPV4, socket.inet_aton(a)) for a in addresses))
    send(s, asap.message(
        asap.REGISTRATION, asap.param(asap.HANDLE, pool.encode()),
        asap.param(asap.PE, struct.pack("!IIi", 1, 0, 90) + transport
                   + asap.param(asap.POLICY, asap.policy("rr")))))
    data, _ = receive(s)
    assert data[0] == asap.REGISTERED, data.hex()
    print("refused" if data[1] & 1 else "granted", flush=True)
    s.settimeout(60)
    receive(s)


arguments = [int(a) if a.isdigit() else a for a in sys.argv[3:]]
{f.__name__: f for f in (protocols, enrp, garbage, parts, long, crowd, deaf,
                         late, many, offer)}[sys.argv[2]](*arguments)
