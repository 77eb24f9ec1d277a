/* SPDX-License-Identifier: Apache-2.0 */
/* discover.h - registrars that announce themselves (RFC 5352 section 3.6, the
 * client's side)
 *
 * A registrar of scheme RSP_MULTICAST stands for all that are announced to its
 * groups.  What was heard is kept in the cache, for all processes of the user.
 * Announcements are unprotected: any host on the link can make one, and is
 * believed; no more than that, for they do not come over routers unless both
 * ends want it (--announce-hops).
 */
#ifndef RSP_CLIENT_DISCOVER_H
#define RSP_CLIENT_DISCOVER_H

#include "rsp/net/endpoint.h"
#include "rsp/core/user/cache.h"
#include "rsp/core/base/time.h"

/* How long an announcement counts: T7-ENRPoutdate for a process that listens
 * all the time; the other for one that listens now and then, and has seen that
 * the registrar answers. */
#define RSP_T7_MS 5000
#define RSP_HEARD_MS 60000

/* What one announcement offers: the first transport of each kind that this host
 * can use, SCTP before TCP. */
#define RSP_ANNOUNCED_MAX 3
unsigned rsp_announced(struct rsp_span message, const struct rsp_address *from,
    uint16_t port, struct rsp_cache_registrar list[RSP_ANNOUNCED_MAX]);

/* Listens to the groups among these registrars, and puts what it hears into the
 * cache.  It ends at that time or, unless all is wanted, with the first
 * announcement heard; returns how many announcements there were.  `room`:
 * RSP_INTERFACES_ROOM bytes or more. */
unsigned rsp_discover(struct rsp_cache *c,
    const struct rsp_endpoint *registrars, unsigned n, rsp_time until, bool all,
    void *room, size_t size);

void rsp_discovered_endpoint(const struct rsp_cache_registrar *r,
    struct rsp_endpoint *e);

#endif
