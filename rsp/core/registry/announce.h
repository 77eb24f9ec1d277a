/* SPDX-License-Identifier: Apache-2.0 */
/* announce.h - where this registrar is reached, for whoever listens
 * (RFC 5352 section 3.6, the server's side)
 *
 * Each of N + 1 registrars that hear each other announces itself every
 * (N + 1) * T6, so that together they do so about once in T6.  The time is
 * varied by an eighth, so that registrars that were started together drift
 * apart.
 */
#ifndef RSP_ANNOUNCE_H
#define RSP_ANNOUNCE_H

#include "rsp/core/registry/registry.h"

/* Others that count, two at most from one address: whoever forges announcements
 * makes ours no rarer than this. */
#define ANNOUNCERS_MAX 7

struct announcer {
	uint32_t id; /* 0: none */
	struct rsp_address from;
	rsp_time heard;
};

struct announcements {
	rsp_time next;
	unsigned n_own; /* transports */
	struct rsp_transport own[RSP_OWN_TRANSPORTS];
	struct announcer others[ANNOUNCERS_MAX];
};

void announce_set_transports(struct rsp_registry *r,
    const struct rsp_transport *t, unsigned n);

/* Another's announcement, or what pretends to be one. */
void announce_heard(struct rsp_registry *r, rsp_time now,
    const struct rsp_address *from, struct rsp_span message);

void announce_run(struct rsp_registry *r, rsp_time now);
rsp_time announce_first(const struct rsp_registry *r);

#endif
