# SPDX-License-Identifier: Apache-2.0
"""quitter.py PORT LOG HOW - a server that serves nobody

It adds its port to LOG, a line for each connection.  HOW:
at-once   each connection is ended as soon as it stands (tcpwrappers)
says-why  each is told a line first (the MaxStartups of sshd)
dies      the first that says something ends the server, without an answer
resets    the same, with a reset
"""
import os
import socket
import struct
import sys

port, how = int(sys.argv[1]), sys.argv[3]
log = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
here = socket.socket()
here.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
here.bind(("127.0.0.1", port))
here.listen(16)
while True:
    there, _ = here.accept()
    os.write(log, b"%d\n" % port)
    if how == "says-why":
        there.send(b"Exceeded MaxStartups\r\n")
    elif how != "at-once":
        text = there.recv(4096)
        if text:
            if how == "resets":
                there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 struct.pack("ii", 1, 0))
            os._exit(0)
    there.close()
