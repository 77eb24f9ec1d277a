/* SPDX-License-Identifier: Apache-2.0 */
/* address.h - where clients reach a port
 *
 * A listener with an address of its own says it.  One on the wildcard address
 * says nothing, so the way to the registrar does, for it is clients like those
 * that the registrar has; unless that is the loopback interface, which only
 * this host knows.
 */
#ifndef RSP_ADDRESS_H
#define RSP_ADDRESS_H

#include "rsp/register/ports.h"

/* How useful an address is to clients: 0 is none; IPv6 link-local ones lead
 * nowhere without a zone, which nobody can register; loopback ones serve this
 * host; IPv4 link-local ones this link. */
unsigned address_rank(const struct rsp_address *a);

/* The address to register for a port: the listener's own, else the interface's
 * if one is named, else `local` (of the connection to the registrar; family 0:
 * none) unless loopback, else the one that the default route leaves from, else
 * loopback; of a family that the port serves.  false: the interface has none.
 */
bool address_choose(const struct port *p, const struct rsp_address *local,
    const char *interface, struct rsp_address *a);

/* The same for a multi-homed element: all that it is reached at.  Those that
 * the listener has, else the interface's, else `locals` (of the association to
 * the registrar, which the registrar takes them from), else the one address as
 * above.  Without the loopback addresses if there are others.  Returns their
 * number. */
unsigned address_choose_all(const struct port *p,
    const struct rsp_address *locals, unsigned n_locals,
    const struct rsp_address *local, const char *interface,
    struct rsp_address *list, unsigned max);

/* The address that packets to `to` leave from; nothing is sent.  0 or an errno
 * (then a->family is 0). */
int address_towards(const struct rsp_address *to, struct rsp_address *a);

/* A literal of either family; false for anything else. */
bool address_parse(const char *text, struct rsp_address *a);

#endif
