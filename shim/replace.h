/* SPDX-License-Identifier: Apache-2.0 */
/* replace.h - another socket in place of the program's
 *
 * What cannot be done in place: an AF_INET socket that is to reach an IPv6 pool
 * element, and an SCTP association for a program that made a TCP socket.  A new
 * socket takes the descriptor by dup3; what the program has set on the old one,
 * and its epoll registrations, are repeated.
 */
#ifndef RSP_SHIM_REPLACE_H
#define RSP_SHIM_REPLACE_H

#include "shim/conn.h"

/* False: it cannot be done without the program noticing (the socket is bound,
 * or has another descriptor, or there is no IPv6 here). */
bool replace_by_v6(struct conn *c);

/* The same with a socket of any family (IPv4 for IPv6 only back from such an
 * exchange) and of TCP or SCTP; a bound one's address is kept if the family
 * is. */
bool replace_socket(struct conn *c, int family, int protocol);

#endif
