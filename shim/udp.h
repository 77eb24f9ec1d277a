/* SPDX-License-Identifier: Apache-2.0 */
/* udp.h - datagrams to pools
 *
 * A connected socket stays with its element until an ICMP error says that
 * nobody is there; then it is connected to the next one.  An unconnected socket
 * keeps an element per pool, until it has sent nothing to the pool for 30 s or
 * the element is known to be dead.  Nothing is sent twice.  What arrives from a
 * pool's element seems to come from the synthetic address and the port that the
 * program named.
 */
#ifndef RSP_SHIM_UDP_H
#define RSP_SHIM_UDP_H

#include "shim/conn.h"

/* Connects a prepared connection to its first candidate that can be reached; 0
 * or the error. */
int udp_connect(struct conn *c);

/* The first datagram from the element has arrived. */
void udp_answered(int fd);

/* A call on the connected socket failed.  True: it was an ICMP error, the
 * socket is connected to another element now. */
bool udp_move(int fd, int error);

/* Where a datagram goes that the program sends to *sa: *to with *to_len, or as
 * it is when *to_len is 0.  False: nowhere, and errno says why. */
bool udp_target(int fd, const struct sockaddr *sa, socklen_t len,
    union conn_address *to, socklen_t *to_len);

/* The source of a datagram as the program is to see it; `len` is what the
 * kernel said, `size` what there was room for. */
void udp_source(int fd, struct sockaddr *sa, socklen_t len, socklen_t size);

#endif
