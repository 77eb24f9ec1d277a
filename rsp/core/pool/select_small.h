/* SPDX-License-Identifier: Apache-2.0 */
/* select_small.h - order of a small pool: one short array, whatever the
 * algorithm
 *
 * Most pools are small, and there may be very many of them.  Their cost is the
 * memory, and each piece of it that is far from the one before.  So there are
 * no trees, and no numbers in the elements: the array has the pointers side by
 * side, then what the selection goes by, then identifiers.  A search looks
 * through all of that.
 *
 *	RR	in the order of joining, the head a number
 *	WRR	in the order of joining, when the next turn begins, and its
 *		length
 *	RANKED	ascending ranks; an element that has had its turn goes behind
 *		its equals
 *	RANDOM	any order, weights
 *
 * Between RSP_SELECT_SMALL_LEAST and RSP_SELECT_SMALL_MAX a pool stays what it
 * was, small or large.
 */
#ifndef RSP_SELECT_SMALL_H
#define RSP_SELECT_SMALL_H

#include "rsp/core/pool/select.h"

#define RSP_SELECT_SMALL_MAX 16
#define RSP_SELECT_SMALL_LEAST 8

/* The array, in one piece of memory.  A column that the selection does without
 * is NULL. */
struct rsp_select_small {
	struct rsp_select_node **nodes;
	uint64_t *keys; /* WRR: beginnings; RANKED: ranks; RANDOM: weights */
	struct rsp_select_wrr_clock *clock;
	uint32_t *lengths; /* WRR: of turns, less 1 */
	uint32_t *ids;
};

struct rsp_select_small rsp_select_small_view(const struct rsp_select *o);

/* Prefetches the array: it is far from the pool, and is about to be looked
 * through. */
void rsp_select_small_fetch(const struct rsp_select *o);

static inline uint32_t
rsp_select_small_index(const struct rsp_select_small *f,
    const struct rsp_select_node *node)
{
	uint32_t i = 0;

	while (f->nodes[i] != node)
		i++;
	return i;
}

/* Makes room for `n`; RSP_ENOMEM. */
int rsp_select_small_reserve(struct rsp_select *o, uint32_t n);
void rsp_select_small_fini(struct rsp_select *o);

/* One column of everything. */
struct rsp_select_slot {
	struct rsp_select_node *node;
	uint64_t key;
	uint64_t length;
	uint32_t id;
};

/* The column values of a newcomer, whose words are written down, too.  Key and
 * length are left to the caller. */
struct rsp_select_slot rsp_select_small_slot(const struct rsp_select *o,
    struct rsp_select_node *node, uint32_t words[RSP_POLICY_WORDS]);

/* Elements behind place `i` move up; there is room.  Both functions keep
 * `o->n`. */
void rsp_select_small_insert(struct rsp_select *o,
    const struct rsp_select_small *f, uint32_t i,
    const struct rsp_select_slot *s);
struct rsp_select_slot rsp_select_small_take_out(struct rsp_select *o,
    const struct rsp_select_small *f, uint32_t i);

/* Functions that the algorithms' tables (select_ops.h) have in common.  They
 * take the next element to be the one at place `o->turn`, and a list goes on
 * from there.  So they fit where the array is in the order of the turns. */
void rsp_select_small_settle(struct rsp_select *o,
    const struct rsp_select_small *f);
void rsp_select_small_remove(struct rsp_select *o,
    struct rsp_select_node *node);
void rsp_select_small_replace(struct rsp_select *o,
    const struct rsp_select_node *old, struct rsp_select_node *node);
struct rsp_select_node *rsp_select_small_next(const struct rsp_select *o,
    const struct rsp_select_node *node);
void rsp_select_small_list(struct rsp_select *o, uint32_t max,
    struct rsp_select_list *list, rsp_random_fn *random, void *ctx);

/* Lists the nodes at the first of the `n` places of `order`. */
void rsp_select_small_name(const struct rsp_select_small *f,
    const uint32_t *order, uint32_t n, uint32_t max,
    struct rsp_select_list *list);

struct rsp_select_node *rsp_select_small_find(const struct rsp_select *o,
    uint32_t id);

#endif
