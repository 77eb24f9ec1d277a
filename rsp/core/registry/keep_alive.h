/* SPDX-License-Identifier: Apache-2.0 */
/* keep_alive.h - keep-alives and registration lifetimes (RFC 5352 section 3.4)
 */
#ifndef RSP_KEEP_ALIVE_H
#define RSP_KEEP_ALIVE_H

#include "rsp/core/wire/builder.h"
#include "rsp/core/pool/handlespace.h"
#include "rsp/core/registry/registry.h"

/* What an entry's deadline is for, when it comes before the end of its
 * registration: its `watch`. */
enum {
	KEEP_ALIVE_IDLE,    /* the next keep-alive */
	KEEP_ALIVE_WAITING, /* the answer to one */
	KEEP_ALIVE_GRACE,   /* the end of an orphan */
	KEEP_ALIVE_REMOTE,  /* not armed: inherited from another host */
	KEEP_ALIVE_RESTING, /* doubted, and has answered: may be asked again */
};

/* The entry has shown that it lives: its life begins anew, and the next
 * keep-alive is far. */
void registry_alive(struct rsp_registry *r, rsp_time now, struct rsp_entry *e,
    int32_t life);

/* False when the host behind `a` has had this element asked a moment ago:
 * strangers are not to have elements called without end (RFC 5352 section 9.1).
 */
bool report_is_new(struct rsp_registry *r, rsp_time now,
    const struct rsp_assoc *a, const struct rsp_entry *e);

/* The same with the H flag, over a new association. */
void registry_claim(struct rsp_registry *r, rsp_time now, struct rsp_entry *e);

/* The end of an element without an association. */
void registry_leave_to(struct rsp_registry *r, rsp_time now,
    struct rsp_entry *e, struct rsp_owner *owner, int64_t grace);

void registry_leave_alone(struct rsp_registry *r, rsp_time now,
    struct rsp_entry *e, int64_t grace);

/* Tells an element over `a` that its registration here has ended. */
void registry_dismiss(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_entry *e);

void registry_put_keep_alive(struct rsp_registry *r, struct rsp_builder *b,
    const struct rsp_entry *e, uint8_t flags);

/* Sends a keep-alive, whatever was waited for. */
void registry_ask(struct rsp_registry *r, rsp_time now, struct rsp_entry *e);

/* The same unless one is under way. */
void registry_probe(struct rsp_registry *r, rsp_time now, struct rsp_entry *e);

/* Is one under way to it? */
bool keep_alive_is_asked(const struct rsp_registry *r,
    const struct rsp_entry *e);

/* Sends one because somebody doubts that it is there: at once, or later if it
 * has proved it a moment ago. */
void registry_question(struct rsp_registry *r, rsp_time now,
    struct rsp_entry *e);

/* The element says that it lives. */
void keep_alive_answered(struct rsp_registry *r, rsp_time now,
    struct rsp_entry *e);

/* The entry's deadline, what for, and when: not after the end of its life. */
void keep_alive_arm(struct rsp_registry *r, struct rsp_entry *e, uint8_t what,
    rsp_time at);
/* When the next one to an element is due, that has just shown that it lives. */
rsp_time keep_alive_next(const struct rsp_registry *r, rsp_time now);

#endif
