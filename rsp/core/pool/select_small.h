/* SPDX-License-Identifier: Apache-2.0 */
/* select_small.h - the order of a pool of few elements: one small array for every
 * discipline
 *
 * Most pools are small, and there may be very many of them: what costs is the
 * memory, and each piece of it that is far from the one before.  So there are no
 * trees and no numbers in the elements: pointers stand side by side, then what
 * the discipline goes by, then identifiers, and all of that is looked through.
 *
 *	RING	in the order of joining, the head a number
 *	SHARES	in the order of joining, when the next turn begins, and its
 *		length
 *	RANKED	ascending ranks; whoever has had its turn goes behind its equals
 *	LOTS	any order, weights
 *
 * Between RSP_FEW_LEAST and RSP_FEW_MAX a pool stays what it was, few or many.
 */
#ifndef RSP_SELECT_SMALL_H
#define RSP_SELECT_SMALL_H

#include "rsp/core/pool/select.h"

#define RSP_FEW_MAX 16
#define RSP_FEW_LEAST 8

/* The array, as it stands in one piece of memory; NULL, what the discipline
 * does without. */
struct rsp_few {
	struct rsp_order_node **nodes;
	uint64_t *keys; /* SHARES: beginnings; RANKED: ranks; LOTS: weights */
	struct rsp_share_clock *clock;
	uint32_t *lengths; /* SHARES: of turns, less 1 */
	uint32_t *ids;
};

struct rsp_few rsp_few_view(const struct rsp_order *o);

/* Fetches it: it is far from the pool, and about to be looked through. */
void rsp_few_fetch(const struct rsp_order *o);

/* SHARES: the beginning of no turn, for who cannot serve. */
#define RSP_FEW_IDLE UINT64_MAX

static inline uint32_t
rsp_few_index(const struct rsp_few *f, const struct rsp_order_node *node)
{
	uint32_t i = 0;

	while (f->nodes[i] != node)
		i++;
	return i;
}

/* SHARES: of a turn. */
static inline uint64_t
rsp_few_end(const struct rsp_few *f, uint32_t i)
{
	return f->keys[i] + f->lengths[i] + 1;
}

/* Makes room for `n`; RSP_ENOMEM. */
int rsp_few_reserve(struct rsp_order *o, uint32_t n);
void rsp_few_fini(struct rsp_order *o);

/* As in select.h. */
void rsp_few_add(struct rsp_order *o, struct rsp_order_node *node);
void rsp_few_remove(struct rsp_order *o, struct rsp_order_node *node);
void rsp_few_renew(struct rsp_order *o, struct rsp_order_node *node,
    const uint32_t *old_words);
void rsp_few_replace(struct rsp_order *o, const struct rsp_order_node *old,
    struct rsp_order_node *node);
struct rsp_order_node *rsp_few_next(const struct rsp_order *o,
    const struct rsp_order_node *node);
struct rsp_order_node *rsp_few_find(const struct rsp_order *o, uint32_t id);
void rsp_few_list(struct rsp_order *o, uint32_t max,
    struct rsp_order_list *list, rsp_random_fn *random, void *ctx);
struct rsp_order_node *rsp_few_draw(const struct rsp_order *o,
    rsp_random_fn *random, void *ctx);
void rsp_few_selected(struct rsp_order *o, const struct rsp_order_list *list,
    uint32_t n);

/* Of many that become few: the next one in their order, at the end; SHARES:
 * with the turn that begins at `start`. */
void rsp_few_append(struct rsp_order *o, struct rsp_order_node *node,
    uint64_t start);

/* When all are in. */
void rsp_few_settle(struct rsp_order *o);

#endif
