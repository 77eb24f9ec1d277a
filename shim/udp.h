/* SPDX-License-Identifier: Apache-2.0 */
/* udp.h - datagrams to pools
 *
 * A connected socket stays with its element until an ICMP error says that
 * nothing listens there; then it is connected to the next one.  An unconnected
 * socket keeps an element per pool, until nothing was exchanged with it for 30
 * s or it is known to be dead; it is watched for ICMP errors (udp_watch.h).
 * Nothing is sent twice.  What arrives from a pool's element seems to come from
 * the synthetic address and the port that the program named.  What comes from
 * another port of the element (TFTP) is left as it is; when the program sends
 * to the pool's address and that port, it goes there.
 */
#ifndef RSP_SHIM_UDP_H
#define RSP_SHIM_UDP_H

#include "shim/conn.h"

/* Connects a prepared connection to its first candidate that can be reached; 0
 * or the error. */
int udp_connect(struct conn *c);

/* The first datagram from the element has arrived. */
void udp_answered(int fd);

/* Something has arrived on a socket, from any sender.  An unconnected one that
 * has a single element has used it. */
void udp_heard(int fd);

/* A call on the connected socket failed.  True: it was an ICMP error, the
 * socket is connected to another element now. */
bool udp_move(int fd, int error);

/* The address to which a datagram for *sa must go: *to with *to_len, or *sa
 * itself when *to_len is 0.  False: nowhere, and errno says why. */
bool udp_target(int fd, const struct sockaddr *sa, socklen_t len,
    union conn_address *to, socklen_t *to_len);

/* The form in which the socket needs an address outside of pools now; *to is
 * room for it. */
const struct sockaddr *udp_plain(int fd, const struct sockaddr *sa,
    socklen_t *len, union conn_address *to);

/* The source of a datagram, whole, as the program is to see it. */
void udp_source(int fd, union conn_address *from, socklen_t *len);

/* Does an IPv4 program have an IPv6 socket in place of its own? */
bool udp_was_v4(int fd);

#endif
