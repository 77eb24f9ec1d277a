/* SPDX-License-Identifier: Apache-2.0 */
/* replace.h - an IPv6 socket in place of an IPv4 one
 *
 * The one thing that cannot be done in place: an AF_INET socket that is to
 * reach an IPv6 pool element.  A new socket takes the descriptor by dup3; what
 * the program has set on the old one, and its epoll registrations, are
 * repeated.
 */
#ifndef RSP_SHIM_REPLACE_H
#define RSP_SHIM_REPLACE_H

#include "shim/conn.h"

/* False: it cannot be done without the program noticing (the socket is bound,
 * or has another descriptor, or there is no IPv6 here). */
bool replace_by_v6(struct conn *c);

#endif
