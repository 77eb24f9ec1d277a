/* SPDX-License-Identifier: Apache-2.0 */
/* select.h - order of selection of one pool: the registrar's half of a policy
 * (RFC 5356)
 *
 * It says which element is named first when the pool is asked for.
 *
 * A small pool, which most are, is one short array (select_small.h).  When it
 * has grown large, each selection has one structure that every element is in:
 *
 *	RR	a ring, in the order of joining; its head moves on by one per
 *		answer
 *	WRR	select_wrr.h
 *	RANKED	a heap by rank; equal ranks by a number that an element gets
 *		anew each time that it has had its turn
 *	RANDOM	an array with sums
 *
 * An answer is made in two steps.  Listing changes nothing.  When it is known
 * how many of the list fit into the answer, these are counted as selected.
 */
#ifndef RSP_SELECT_H
#define RSP_SELECT_H

#include "rsp/core/base/heap.h"
#include "rsp/core/base/list.h"
#include "rsp/core/pool/select_random.h"
#include "rsp/core/pool/policy.h"
#include "rsp/core/pool/select_wrr.h"

/* Small: the count only. */
struct rsp_select_node {
	union {
		struct rsp_list ring; /* or WRR: list of the idle */
		struct {
			struct rsp_heap_node place; /* in a heap or the array */
			uint32_t tie;	/* RANKED: turn among equal ranks;
					 * WRR: of joining */
			uint32_t count; /* RANKED: selections; WRR: fraction
					 * of a turn */
		};
	};
};

/* Reads the words of a node's own policy parameter.  Returns the node's
 * identifier. */
typedef uint32_t rsp_select_words_fn(const struct rsp_select_node *node,
    uint32_t words[RSP_POLICY_WORDS]);

struct rsp_select {
	const struct rsp_policy_def *def;
	rsp_select_words_fn *words;
	/* The node that the next list begins with; NULL when that is not
	 * known. */
	struct rsp_select_node *first;
	union {
		void *small;	       /* its array */
		struct rsp_list *head; /* RR */
		struct rsp_heap *ranks;
		struct rsp_select_wrr *wrr;
		struct rsp_select_random *random;
	};
	uint32_t n;
	uint32_t next_tie; /* RANKED */
	bool large;
	bool has_turns;	    /* small: the array has WRR's columns */
	bool draws;	    /* at random: `first` anew with each list */
	uint8_t room, turn; /* small: of the array; RR: the next place */
};

void rsp_select_init(struct rsp_select *o, const struct rsp_policy_def *def,
    rsp_select_words_fn *words);

/* The nodes stay the owner's. */
void rsp_select_fini(struct rsp_select *o);

/* On RSP_ENOMEM nothing has changed. */
int rsp_select_add(struct rsp_select *o, struct rsp_select_node *node);
void rsp_select_remove(struct rsp_select *o, struct rsp_select_node *node);

/* The element has registered again.  Its counters start anew (RFC 5356 section
 * 5.2.2), and it finds its place if its words have changed. */
void rsp_select_renew(struct rsp_select *o, struct rsp_select_node *node,
    const uint32_t old_words[RSP_POLICY_WORDS]);

/* `node`, a copy of `old`, takes its place. */
void rsp_select_replace(struct rsp_select *o, const struct rsp_select_node *old,
    struct rsp_select_node *node);

/* Walks all nodes, in no order that means anything: the first after NULL, NULL
 * behind the last. */
struct rsp_select_node *rsp_select_next(const struct rsp_select *o,
    const struct rsp_select_node *node);

/* Room for one list of up to RSP_SELECT_MAX elements: more than a message of
 * 65535 bytes can hold. */
#define RSP_SELECT_MAX 2400

struct rsp_select_list {
	uint32_t n;
	struct rsp_heap_node *nodes[RSP_SELECT_MAX];
	uint32_t scratch[RSP_HEAP_SCRATCH(RSP_SELECT_MAX)];
};

static inline struct rsp_select_node *
rsp_select_listed(const struct rsp_select_list *list, uint32_t i)
{
	return RSP_CONTAINER(list->nodes[i], struct rsp_select_node, place);
}

/* The weight that a node's own words give it, for WRR and RANDOM. */
static inline uint32_t
rsp_select_weight(const struct rsp_select *o,
    const struct rsp_select_node *node)
{
	uint32_t words[RSP_POLICY_WORDS];

	if (o->def->weight == NULL)
		return 1;
	o->words(node, words);
	return o->def->weight(words);
}

/* The node behind `node` in a list that ends at `end`, or NULL. */
static inline struct rsp_select_node *
rsp_select_after(const struct rsp_list *node, const struct rsp_list *end)
{
	return node->next == end
		   ? NULL
		   : RSP_CONTAINER(node->next, struct rsp_select_node, ring);
}

/* Lists up to `max` elements, first choice first, none twice. */
void rsp_select_list(struct rsp_select *o, uint32_t max,
    struct rsp_select_list *list, rsp_random_fn *random, void *ctx);

/* The first `n` of the list that the call before made go out in an answer. */
void rsp_select_selected(struct rsp_select *o,
    const struct rsp_select_list *list, uint32_t n);

#endif
