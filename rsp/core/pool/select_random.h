/* SPDX-License-Identifier: Apache-2.0 */
/* select_random.h - selection at random, by weight: draws in O(log n) and
 * without copies
 *
 * An array of intrusive nodes.  Beside it lie their weights and a tree of sums
 * over groups of them, whose levels are arrays, too: five bytes a node.  With
 * equal weights both are left out.
 */
#ifndef RSP_SELECT_RANDOM_H
#define RSP_SELECT_RANDOM_H

#include <stdbool.h>

#include "rsp/core/base/heap.h"
#include "rsp/core/base/random.h"

/* All zero is empty. */
struct rsp_select_random {
	struct rsp_heap_node **nodes; /* a node's slot is its place + 1 */
	uint32_t *weights;
	uint64_t *sums; /* all levels */
	uint64_t sum;
	uint32_t n, size;
	uint32_t levels[8]; /* where they begin, from the bottom */
	unsigned n_levels;
	bool equal; /* every node weighs 1; set while empty */
};

void rsp_select_random_fini(struct rsp_select_random *l);

/* Makes room for `n` nodes in all; RSP_ENOMEM.  Adding below that never
 * fails. */
int rsp_select_random_reserve(struct rsp_select_random *l, uint32_t n);

void rsp_select_random_add(struct rsp_select_random *l,
    struct rsp_heap_node *node, uint32_t weight);

/* No effect on a node that is not in. */
void rsp_select_random_remove(struct rsp_select_random *l,
    struct rsp_heap_node *node);

void rsp_select_random_set(struct rsp_select_random *l,
    struct rsp_heap_node *node, uint32_t weight);

uint32_t rsp_select_random_weight(const struct rsp_select_random *l,
    const struct rsp_heap_node *node);
uint64_t rsp_select_random_sum(const struct rsp_select_random *l);

/* Draws up to `max` different nodes, each by weight from those left.  Nodes of
 * weight 0 are never drawn.  `first`, unless NULL, has been drawn already.
 * `weights` is scratch for `max` numbers.  Returns how many were drawn.  The
 * weights are the same afterwards. */
uint32_t rsp_select_random_draw(struct rsp_select_random *l, uint32_t max,
    struct rsp_heap_node *first, struct rsp_heap_node **drawn,
    uint32_t *weights, rsp_random_fn *random, void *ctx);

/* `node`, a copy of one that is in, takes its place. */
void rsp_select_random_replace(struct rsp_select_random *l,
    struct rsp_heap_node *node);

#endif
