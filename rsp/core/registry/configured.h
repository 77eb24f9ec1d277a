/* SPDX-License-Identifier: Apache-2.0 */
/* configured.h - configured peers, and peers that were lost and may come back
 */
#ifndef RSP_CONFIGURED_H
#define RSP_CONFIGURED_H

#include "rsp/core/base/list.h"
#include "rsp/core/registry/connecting.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/registry/registry.h"

struct rsp_assoc;

struct peer;

/* A configured peer, or one that was lost and may come back. */
struct configured {
	struct rsp_list all;
	int number;	       /* below 0: not configured */
	rsp_time until;	       /* called; RSP_NEVER if configured */
	unsigned n_transports; /* if not configured */
	unsigned next_transport;
	struct rsp_transport transports[RSP_OWN_TRANSPORTS];
	struct connecting connecting;
	struct enrp_timer timer; /* the next attempt */
	rsp_time called;
	struct rsp_assoc *assoc;
	uint32_t id; /* who answered there last; 0: nobody yet */
	bool tried;  /* at least once to the end */
	bool is_self;
};

struct configured *configured_new(struct rsp_registry *r, int number);
/* The one that answered as `id` the last time, or NULL. */
struct configured *configured_of(const struct rsp_registry *r, uint32_t id);
void configured_call(struct rsp_registry *r, rsp_time now,
    struct configured *e);
/* Its attempt, or its association, has ended: again later. */
void configured_call_again(struct rsp_registry *r, struct configured *e);
void configured_due(struct rsp_registry *r, rsp_time now,
    struct enrp_timer *timer);
/* Some configured peer's answer is still to come. */
bool configured_is_pending(const struct rsp_registry *r);
/* A peer is forgotten, and called every now and then for a while. */
void configured_remember(struct rsp_registry *r, rsp_time now,
    const struct peer *p);
void configured_closed(struct rsp_registry *r, struct configured *e);
void configured_free(struct rsp_registry *r, struct configured *e);

#endif
