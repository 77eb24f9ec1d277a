/* SPDX-License-Identifier: Apache-2.0 */
/* select_wrr.h - selection by weighted round robin: turns by weight, in virtual
 * time
 *
 * A round is one unit of virtual time long.  In it an element of weight w has w
 * turns, each 1/w long.  A turn may be taken once it has begun.  Of those that
 * have, the one that ends first is taken (worst-case fair weighted fair
 * queueing).  Each answer moves the time on by 1/sum of weights, so that a
 * round has as many answers as turns.  There are no copies and no lists of
 * turns.  The remainder of each integer division is carried along, so rounds
 * are exact for ever.
 *
 * A large pool is in two heaps: elements whose next turn has begun, by when it
 * ends, and the others, by when it begins.  Of equals, the one that joined
 * first comes first, which the low bits of the key say.  Elements that cannot
 * serve (weight 0) are in a list of the idle.  A small pool (select_small.h)
 * has the clock and the turns only.
 */
#ifndef RSP_SELECT_WRR_H
#define RSP_SELECT_WRR_H

#include "rsp/core/base/heap.h"
#include "rsp/core/base/list.h"

struct rsp_select_node;

#define RSP_SELECT_WRR_ROUND (UINT64_C(1) << 32)

struct rsp_select_wrr_clock {
	uint64_t now;
	uint64_t fraction; /* of its unit, in 1/sum */
	uint64_t sum;	   /* of weights */
};

/* Times are set back before they fill the bits that a large pool has for
 * them. */
#define RSP_SELECT_WRR_TIME_BITS 36

static inline bool
rsp_select_wrr_is_late(const struct rsp_select_wrr_clock *c)
{
	return c->now >= (UINT64_C(1) << RSP_SELECT_WRR_TIME_BITS) -
			     2 * RSP_SELECT_WRR_ROUND;
}

static inline void
rsp_select_wrr_set_sum(struct rsp_select_wrr_clock *c, uint64_t sum)
{
	c->sum = sum;
	c->fraction = 0;
}

/* One answer. */
void rsp_select_wrr_tick(struct rsp_select_wrr_clock *c);

/* The length of a node's next turn, at least 1 and at most a round.  The node
 * counts the fraction of it. */
uint64_t rsp_select_wrr_turn(struct rsp_select_node *node, uint32_t weight);

/* The same, back to before that turn. */
uint64_t rsp_select_wrr_turn_back(struct rsp_select_node *node,
    uint32_t weight);

struct rsp_select_wrr {
	struct rsp_select_wrr_clock clock;
	struct rsp_heap ready, waiting;
	struct rsp_list idle;
	uint32_t next_tie; /* of joining, below RSP_SELECT_WRR_TIES */
};

#define RSP_SELECT_WRR_TIES (UINT32_C(1) << (64 - RSP_SELECT_WRR_TIME_BITS))

#endif
