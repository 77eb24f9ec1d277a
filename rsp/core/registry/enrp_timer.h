/* SPDX-License-Identifier: Apache-2.0 */
/* enrp_timer.h - ENRP's deadlines: a heap of timers, each of one kind */
#ifndef RSP_ENRP_TIMER_H
#define RSP_ENRP_TIMER_H

#include "rsp/core/base/heap.h"
#include "rsp/core/base/time.h"

struct rsp_registry;

/* What a timer is for; enrp.c has what follows from each. */
enum enrp_timer_kind {
	ENRP_TIMER_HEARTBEAT,  /* the next round of presences */
	ENRP_TIMER_HUNT,       /* the hunt for a mentor */
	ENRP_TIMER_INHERITED,  /* inherited elements to be called */
	ENRP_TIMER_RETIRE,     /* the next element to be given away */
	ENRP_TIMER_PEER,       /* what a peer's state waits for */
	ENRP_TIMER_CALL,       /* the next attempt to call a peer */
	ENRP_TIMER_FETCH,      /* the answer to a table request */
	ENRP_TIMER_SESSION,    /* the next request of a downloading peer */
	ENRP_TIMER_CONFIGURED, /* the next attempt to call a configured peer */
};

struct enrp_timer {
	struct rsp_heap_node node;
	enum enrp_timer_kind kind;
};

/* Does what a timer that is over was set for. */
typedef void enrp_timer_due_fn(struct rsp_registry *r, rsp_time now,
    struct enrp_timer *timer);

/* A timer needs room before it is set; then setting it cannot fail.  RSP_NEVER
 * stops it. */
int enrp_timer_reserve(struct rsp_registry *r, unsigned n);
void enrp_timer_release(struct rsp_registry *r, unsigned n);
void enrp_timer_set(struct rsp_registry *r, struct enrp_timer *timer,
    rsp_time at);
bool enrp_timer_is_set(const struct enrp_timer *timer);
rsp_time enrp_timer_first(const struct rsp_registry *r);
void enrp_timer_run(struct rsp_registry *r, rsp_time now, unsigned *left,
    enrp_timer_due_fn *due);

#endif
