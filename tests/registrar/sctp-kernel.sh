#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sctp-kernel.sh - the kernel that the tests of SCTP get has what they need
. "$(dirname "$0")/../lib/lib.sh"
in_guest
setup

check "an SCTP socket listens and is reached" timeout 20 python3 -c '
import socket
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)
listener.bind(("127.0.0.1", 0))
listener.listen()
caller = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)
caller.connect(listener.getsockname())
caller.send(b"hello")
assert listener.accept()[0].recv(100) == b"hello"
'
