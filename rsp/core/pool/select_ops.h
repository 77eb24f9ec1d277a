/* SPDX-License-Identifier: Apache-2.0 */
/* select_ops.h - what a selection algorithm consists of: one table of functions
 * for small pools and one for large pools
 *
 * A new algorithm is one file that fills in a struct rsp_select_algorithm, and
 * its row in select.c.  The pool user's half is a function with a row in
 * select_user.c.  Much of the small table is the same for all algorithms
 * (select_small.h).
 */
#ifndef RSP_SELECT_OPS_H
#define RSP_SELECT_OPS_H

#include "rsp/core/pool/select.h"

/* Functions that put a node in or take one out keep `o->n`. Those of the small
 * table leave the next node in `o->first`. Those of the large table need not:
 * select.c has cleared it, but for renew() and selected(). */
struct rsp_select_ops {
	/* An empty structure with room for `n`; RSP_ENOMEM, and then there is
	 * nothing to free.  Adding below that never fails. */
	int (*init)(struct rsp_select *o, uint32_t n);
	void (*fini)(struct rsp_select *o);
	int (*reserve)(struct rsp_select *o, uint32_t n);

	/* As in select.h; a newcomer's count is 0. */
	void (*add)(struct rsp_select *o, struct rsp_select_node *node);
	void (*remove)(struct rsp_select *o, struct rsp_select_node *node);
	void (*renew)(struct rsp_select *o, struct rsp_select_node *node,
	    const uint32_t *old_words);
	void (*replace)(struct rsp_select *o, const struct rsp_select_node *old,
	    struct rsp_select_node *node);
	struct rsp_select_node *(*next)(const struct rsp_select *o,
	    const struct rsp_select_node *node);
	void (*list)(struct rsp_select *o, uint32_t max,
	    struct rsp_select_list *list, rsp_random_fn *random, void *ctx);
	void (*selected)(struct rsp_select *o,
	    const struct rsp_select_list *list, uint32_t n);

	/* At random: draws one node for the next list, or NULL. The early draw
	 * makes no difference but that the node is in the cache when the list
	 * is made.  NULL: not at random. */
	struct rsp_select_node *(*draw)(const struct rsp_select *o,
	    rsp_random_fn *random, void *ctx);

	/* For a conversion between small and large.  The nodes, as next() has
	 * named them, get into the order that they are to be adopted in.  NULL:
	 * they are in it. */
	void (*sort)(struct rsp_select *o, struct rsp_select_node **nodes,
	    uint32_t n);
	/* Takes the next node over from `old`, which is the other of the two,
	 * with the turn that it has there.  NULL: add() does that. */
	void (*adopt)(struct rsp_select *o, struct rsp_select *old,
	    struct rsp_select_node *node);
};

struct rsp_select_algorithm {
	struct rsp_select_ops small, large;
	bool has_turns; /* small: what the array has columns for */
};

extern const struct rsp_select_algorithm rsp_select_rr;
extern const struct rsp_select_algorithm rsp_select_wrr;
extern const struct rsp_select_algorithm rsp_select_ranked;
extern const struct rsp_select_algorithm rsp_select_random;

#endif
