/* SPDX-License-Identifier: Apache-2.0 */
/* subscription.h - who is told when a pool changes (RFC 5352 sections
 * 2.2.5 and 2.2.6, the S and A bits)
 *
 * A resolution with S set subscribes its association to the pool, if that
 * exists and limits allow it: the answer has A set.  From then on each change
 * is followed by a further response with the list as it is now, as many
 * elements as were asked for then.  It ends with the association, with a
 * resolution of the same pool without S, or with the pool, which is said by a
 * negative response without A.
 *
 * A change costs next to nothing: the pool is put in a list.  The next tick,
 * which is due at once, tells all its subscribers, and then the pool rests for
 * update_interval: whatever happens meanwhile is told together when it is over.
 * A subscriber whose output waits to be read (rsp_registry_hold()) is owed one
 * list, not one for each change, until it reads again.
 */
#ifndef RSP_SUBSCRIPTION_H
#define RSP_SUBSCRIPTION_H

#include "rsp/core/base/list.h"
#include "rsp/core/registry/registry.h"

struct rsp_entry;
struct rsp_pool;

/* In the registry. */
struct subscriptions {
	struct rsp_list changed; /* pools to be told of */
	struct rsp_list resting; /* pools told of lately, in that order */
	struct rsp_list owed;	 /* subscriptions */
	uint32_t n;
};

/* In an association. */
struct subscriber {
	struct rsp_list all; /* its subscriptions */
	struct rsp_list
	    owed; /* those to be told when it is not held any more */
	uint32_t n;
	bool held;
};

/* Of a pool, from its first subscription to the last: few pools have any. */
struct subscribed {
	struct rsp_pool *pool;
	struct rsp_list all;  /* subscriptions */
	struct rsp_list turn; /* in `changed` or `resting`, or alone */
	uint32_t n;
	bool resting, dirty;
	rsp_time told;
};

void subscriptions_init(struct subscriptions *s);
void subscriber_init(struct subscriber *s);

/* What a resolution of this pool means for subscriptions; true: it has one now,
 * and nothing is owed to it.  To be followed by the answer. */
bool subscribe(struct rsp_registry *r, struct rsp_assoc *a,
    struct rsp_pool *pool, const struct rsp_message *m);

void unsubscribe(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_pool *pool);

/* All that the association has. */
void subscriber_fini(struct rsp_registry *r, struct rsp_assoc *a);

/* The pool is not as it was, or is about to be. */
void subscribed_changed(struct rsp_registry *r, struct rsp_pool *pool);

void subscriptions_run(struct rsp_registry *r, rsp_time now);
rsp_time subscriptions_first(const struct rsp_registry *r);

/* What its pool's subscribers hear of a change (change.h). */
void subscribed_event(struct rsp_registry *r, enum rsp_registry_event event,
    const struct rsp_entry *e);

#endif
