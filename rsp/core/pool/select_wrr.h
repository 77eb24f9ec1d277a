/* SPDX-License-Identifier: Apache-2.0 */
/* select_wrr.h - turns by weight, in virtual time
 *
 * A round is one unit of virtual time long, in which an element of weight w has
 * w turns, each 1/w long.  A turn may be taken once it has begun; of those that
 * have, the one that ends first is taken (worst-case fair weighted fair
 * queueing).  Each answer moves the time on by 1/sum of weights, so that a
 * round has as many answers as turns.  No copies, no lists of turns.  What
 * integer division leaves over is carried along, so rounds are exact for ever.
 *
 * A pool of many is in two heaps: elements whose next turn has begun, by when
 * it ends, and the others, by when it begins; of equals, by who came first, for
 * which the low bits of the key are.  Who cannot serve (weight 0) is in a list
 * of the idle.  A pool of small (select_small.h) has the clock and the turns
 * only.
 */
#ifndef RSP_SELECT_WRR_H
#define RSP_SELECT_WRR_H

#include "rsp/core/base/heap.h"
#include "rsp/core/base/list.h"

struct rsp_select;
struct rsp_select_list;
struct rsp_select_node;

#define RSP_SHARE_ROUND (UINT64_C(1) << 32)

struct rsp_select_wrr_clock {
	uint64_t now;
	uint64_t fraction; /* of its unit, in 1/sum */
	uint64_t sum;	   /* of weights */
};

/* Times are set back before they fill the bits that a pool of many has for
 * them. */
#define RSP_SHARE_TIME_BITS 36

static inline bool
rsp_select_wrr_is_late(const struct rsp_select_wrr_clock *c)
{
	return c->now >=
	       (UINT64_C(1) << RSP_SHARE_TIME_BITS) - 2 * RSP_SHARE_ROUND;
}

static inline void
rsp_select_wrr_set_sum(struct rsp_select_wrr_clock *c, uint64_t sum)
{
	c->sum = sum;
	c->fraction = 0;
}

/* One answer. */
void rsp_select_wrr_tick(struct rsp_select_wrr_clock *c);

/* The length of a node's next turn, at least 1 and at most a round, of which
 * the node counts the fraction. */
uint64_t rsp_select_wrr_turn(struct rsp_select_node *node, uint32_t weight);

/* The same, back to before that turn. */
uint64_t rsp_select_wrr_turn_back(struct rsp_select_node *node,
    uint32_t weight);

struct rsp_select_wrr {
	struct rsp_select_wrr_clock clock;
	struct rsp_heap ready, waiting;
	struct rsp_list idle;
	uint32_t next_tie; /* of joining, below RSP_SHARE_TIES */
};

#define RSP_SHARE_TIES (UINT32_C(1) << (64 - RSP_SHARE_TIME_BITS))

void rsp_select_wrr_init(struct rsp_select_wrr *s);
void rsp_select_wrr_fini(struct rsp_select_wrr *s);
int rsp_select_wrr_reserve(struct rsp_select_wrr *s, uint32_t n);

/* The pool's words tell the weight. */
void rsp_select_wrr_add(struct rsp_select *o, struct rsp_select_node *node);
void rsp_select_wrr_remove(struct rsp_select *o, struct rsp_select_node *node);
void rsp_select_wrr_renew(struct rsp_select *o, struct rsp_select_node *node,
    uint32_t old_weight);
void rsp_select_wrr_replace(struct rsp_select *o,
    const struct rsp_select_node *old, struct rsp_select_node *node);

struct rsp_select_node *rsp_select_wrr_next(const struct rsp_select *o,
    const struct rsp_select_node *node);

/* Between small and many: to and from a node whose turns are counted up to
 * `start`; its weight is in the sum. */
void rsp_select_wrr_put(struct rsp_select *o, struct rsp_select_node *node,
    uint64_t start);
uint64_t rsp_select_wrr_take(struct rsp_select *o,
    struct rsp_select_node *node);

void rsp_select_wrr_list(struct rsp_select *o, uint32_t max,
    struct rsp_select_list *list);
void rsp_select_wrr_selected(struct rsp_select *o,
    struct rsp_select_node *node);

#endif
