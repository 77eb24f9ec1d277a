/* SPDX-License-Identifier: Apache-2.0 */
/* select_small.h - the order of a pool of small elements: one small array for
 *every selection
 *
 * Most pools are small, and there may be very many of them: what costs is the
 * memory, and each piece of it that is far from the one before.  So there are
 *no trees and no numbers in the elements: pointers stand side by side, then
 *what the selection goes by, then identifiers, and all of that is looked
 *through.
 *
 *	RR	in the order of joining, the head a number
 *	WRR	in the order of joining, when the next turn begins, and its
 *		length
 *	RANKED	ascending ranks; whoever has had its turn goes behind its equals
 *	RANDOM	any order, weights
 *
 * Between RSP_SELECT_SMALL_LEAST and RSP_SELECT_SMALL_MAX a pool stays what it
 *was, small or many.
 */
#ifndef RSP_SELECT_SMALL_H
#define RSP_SELECT_SMALL_H

#include "rsp/core/pool/select.h"

#define RSP_SELECT_SMALL_MAX 16
#define RSP_SELECT_SMALL_LEAST 8

/* The array, as it stands in one piece of memory; NULL, what the selection
 * does without. */
struct rsp_select_small {
	struct rsp_select_node **nodes;
	uint64_t *keys; /* WRR: beginnings; RANKED: ranks; RANDOM: weights */
	struct rsp_select_wrr_clock *clock;
	uint32_t *lengths; /* WRR: of turns, less 1 */
	uint32_t *ids;
};

struct rsp_select_small rsp_select_small_view(const struct rsp_select *o);

/* Fetches it: it is far from the pool, and about to be looked through. */
void rsp_select_small_fetch(const struct rsp_select *o);

/* WRR: the beginning of no turn, for who cannot serve. */
#define RSP_SELECT_SMALL_IDLE UINT64_MAX

static inline uint32_t
rsp_select_small_index(const struct rsp_select_small *f,
    const struct rsp_select_node *node)
{
	uint32_t i = 0;

	while (f->nodes[i] != node)
		i++;
	return i;
}

/* WRR: of a turn. */
static inline uint64_t
rsp_select_small_end(const struct rsp_select_small *f, uint32_t i)
{
	return f->keys[i] + f->lengths[i] + 1;
}

/* Makes room for `n`; RSP_ENOMEM. */
int rsp_select_small_reserve(struct rsp_select *o, uint32_t n);
void rsp_select_small_fini(struct rsp_select *o);

/* As in select.h. */
void rsp_select_small_add(struct rsp_select *o, struct rsp_select_node *node);
void rsp_select_small_remove(struct rsp_select *o,
    struct rsp_select_node *node);
void rsp_select_small_renew(struct rsp_select *o, struct rsp_select_node *node,
    const uint32_t *old_words);
void rsp_select_small_replace(struct rsp_select *o,
    const struct rsp_select_node *old, struct rsp_select_node *node);
struct rsp_select_node *rsp_select_small_next(const struct rsp_select *o,
    const struct rsp_select_node *node);
struct rsp_select_node *rsp_select_small_find(const struct rsp_select *o,
    uint32_t id);
void rsp_select_small_list(struct rsp_select *o, uint32_t max,
    struct rsp_select_list *list, rsp_random_fn *random, void *ctx);
struct rsp_select_node *rsp_select_small_draw(const struct rsp_select *o,
    rsp_random_fn *random, void *ctx);
void rsp_select_small_selected(struct rsp_select *o,
    const struct rsp_select_list *list, uint32_t n);

/* Of many that become small: the next one in their order, at the end; WRR:
 * with the turn that begins at `start`. */
void rsp_select_small_append(struct rsp_select *o, struct rsp_select_node *node,
    uint64_t start);

/* When all are in. */
void rsp_select_small_settle(struct rsp_select *o);

#endif
