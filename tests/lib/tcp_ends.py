#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tcp_ends.py CAPTURE PORT - how the connections to a server's port ended

Prints, for connections that the server's kernel had accepted (the handshake was
answered): how many there were, and how many of them broke, that is, ended in a
reset by the server's side, or with fewer bytes from it than most (all asked for
the same).
"""
import collections
import sys

from asap_messages import RST, SYN, segments

answers, first, broken = {}, {}, set()
for _, client, up, seq, flags, payload in segments(sys.argv[1],
                                                   int(sys.argv[2])):
    if up:
        continue
    if flags & SYN:
        answers[client], first[client] = 0, seq + 1
    elif client in answers:
        if flags & RST:
            broken.add(client)
        end = (seq + len(payload) - first[client]) & 0xFFFFFFFF
        if payload:
            answers[client] = max(answers[client], end)
whole = collections.Counter(answers.values()).most_common(1)[0][0]
broken.update(c for c, n in answers.items() if n < whole)
print(len(answers), len(broken))
