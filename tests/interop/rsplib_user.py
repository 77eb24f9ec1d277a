#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rsplib_user.py - a pool user of RSPLIB, by its library's basic calls

RSPLIB's own users want SCTP servers; the library itself resolves any pool.

    rsplib_user.py REGISTRAR resolve POOL [ITEMS]   a line per element: ID,
                                                    protocol, ADDRESS:PORT
    rsplib_user.py REGISTRAR fetch POOL PATH        by HTTP from the first one
    rsplib_user.py REGISTRAR fail POOL ID [TIMES]   reports it unreachable

REGISTRAR is ADDRESS:PORT; ends with 1 when there is no such pool.
"""
import ctypes
import socket
import struct
import sys
import time
import urllib.request


class AddrInfo(ctypes.Structure):
    """struct rsp_addrinfo of RSPLIB 3."""


AddrInfo._fields_ = [
    ("family", ctypes.c_int), ("kind", ctypes.c_int),
    ("protocol", ctypes.c_int), ("length", ctypes.c_size_t),
    ("count", ctypes.c_size_t), ("address", ctypes.c_void_p),
    ("next", ctypes.POINTER(AddrInfo)), ("id", ctypes.c_uint32)]

lib = ctypes.CDLL("librsplib.so.3")
lib.rsp_getaddrinfo.argtypes = [
    ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(ctypes.POINTER(AddrInfo)),
    ctypes.c_size_t, ctypes.c_uint]
lib.rsp_pe_failure.argtypes = [
    ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint32]


def start(registrar):
    info = ctypes.create_string_buffer(8192)  # more than its struct rsp_info
    lib.rsp_initinfo(info)
    for option in ("-registrar=" + registrar, "-asapannounce=off",
                   "-loglevel=0"):
        assert lib.rsp_initarg(info, option.encode()) == 1, option
    assert lib.rsp_initialize(info) == 0


def resolve(pool, items="5"):
    """(ID, protocol, address, port) of each element."""
    first = ctypes.POINTER(AddrInfo)()
    handle = pool.encode()
    lib.rsp_getaddrinfo(handle, len(handle), ctypes.byref(first), int(items),
                        0)
    found = []
    while first:
        one = first.contents
        raw = ctypes.string_at(one.address, 16)
        assert one.family == socket.AF_INET, one.family
        found.append((one.id, one.protocol, socket.inet_ntoa(raw[4:8]),
                      struct.unpack("!H", raw[2:4])[0]))
        first = one.next
    return found


def show(pool, items="5"):
    found = resolve(pool, items)
    for identifier, protocol, address, port in found:
        print("0x%08x %s %s:%d" % (
            identifier, {6: "tcp", 17: "udp", 132: "sctp"}[protocol],
            address, port), flush=True)
    return 0 if found else 1


def fetch(pool, path):
    found = resolve(pool, "1")
    if not found:
        return 1
    with urllib.request.urlopen("http://%s:%d%s" % (*found[0][2:], path),
                                timeout=20) as answer:
        sys.stdout.write(answer.read().decode())
    return 0


def fail(pool, identifier, times="1"):
    handle = pool.encode()
    for _ in range(int(times)):
        lib.rsp_pe_failure(handle, len(handle), int(identifier, 0))
        time.sleep(0.5)  # it is sent by a thread, and nothing says when
    return 0


if __name__ == "__main__":
    start(sys.argv[1])
    status = {"resolve": show, "fetch": fetch, "fail": fail}[sys.argv[2]](
        *sys.argv[3:])
    sys.stdout.flush()
    lib.rsp_cleanup()
    sys.exit(status)
