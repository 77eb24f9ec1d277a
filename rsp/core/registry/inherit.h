/* SPDX-License-Identifier: Apache-2.0 */
/* inherit.h - what becomes of a dead peer's elements */
#ifndef RSP_INHERIT_H
#define RSP_INHERIT_H

#include "rsp/core/registry/peer.h"

/* An attempt to tell inherited or suggested elements at one address who is
 * their home now. */
struct call {
	struct rsp_hash_node by_transport;
	struct connecting connecting;
	struct rsp_owner owner; /* of those inherited */
	struct rsp_assoc *assoc;
	struct rsp_list words; /* for the others; the newest at the end */
	struct rsp_transport transport;
};

void inherit_take(struct rsp_registry *r, rsp_time now, struct peer *p);
void inherit_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *t);
void inherit_suggested(struct rsp_registry *r, rsp_time now,
    const struct peer *p, const struct rsp_entry *e);
void inherit_opened(struct rsp_registry *r, rsp_time now, struct call *c,
    struct rsp_assoc *a);
void inherit_failed(struct rsp_registry *r, rsp_time now, struct call *c);
void inherit_closed(struct rsp_registry *r, struct call *c);
/* An element's association is lost: is there a call of it?  Then that is its
 * life line. */
bool inherit_reclaim(struct rsp_registry *r, rsp_time now,
    const struct rsp_assoc *lost, struct rsp_entry *e);
/* A peer's element answers over a call: it is at home here now. */
void inherit_adopt(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    struct rsp_entry *e);
/* Is it about to end, and is there somebody who takes its elements? */
bool inherit_gives_away(const struct rsp_registry *r);
void inherit_retire_due(struct rsp_registry *r, rsp_time now,
    struct enrp_timer *t);
void call_free(struct rsp_registry *r, struct call *c);

#endif
