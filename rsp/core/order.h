/* SPDX-License-Identifier: Apache-2.0 */
/* order.h - the registrar's half of a policy: the elements of one pool, and who
 * is named first when the pool is asked for (RFC 5356)
 *
 * Each discipline has one structure that every element is in:
 *
 *	RING	a ring, in the order of joining; its head moves on by one per
 *		answer
 *	SHARES	two heaps: elements whose next turn has begun, by when it ends,
 *		and the others, by when it begins (virtual time, below); who
 *		cannot serve (weight 0) is in a list of the idle
 *	RANKED	a heap by rank; equal ranks by a number that one gets anew each
 *		time that it has had its turn
 *	LOTS	an array with sums
 *
 * An answer is made in two steps.  Listing changes nothing; when it is known
 * how many of the list fit into the answer, these are counted as selected.
 */
#ifndef RSP_ORDER_H
#define RSP_ORDER_H

#include "rsp/core/heap.h"
#include "rsp/core/list.h"
#include "rsp/core/lots.h"
#include "rsp/core/policy.h"

struct rsp_order_node {
	union {
		struct rsp_list ring; /* or the idle */
		struct {
			struct rsp_heap_node place; /* in a heap or the lots */
			uint32_t tie; /* RANKED: turn among equal ranks;
				       * SHARES: of joining */
			uint32_t count; /* RANKED: selections; SHARES: fraction
					 * of a turn */
		};
	};
};

struct rsp_order {
	const struct rsp_policy_def *def;
	/* The words of a node's own policy parameter. */
	void (*words)(const struct rsp_order_node *node,
	    uint32_t words[RSP_POLICY_WORDS]);
	uint32_t n;
	uint32_t next_tie;
	struct rsp_heap ready; /* RANKED, SHARES */
	union {
		struct rsp_list *head; /* NULL when empty */
		struct rsp_lots lots;
		struct {
			struct rsp_list idle;
			struct rsp_heap waiting;
			uint64_t now;	   /* virtual time */
			uint64_t fraction; /* of its unit, in 1/sum */
			uint64_t sum;	   /* of weights */
			uint64_t length, rest; /* a round divided by it */
		} shares;
	};
};

void rsp_order_init(struct rsp_order *o, const struct rsp_policy_def *def,
    void (*words)(const struct rsp_order_node *, uint32_t *));

/* The nodes are the owner's. */
void rsp_order_fini(struct rsp_order *o);

/* RSP_ENOMEM, and then nothing has changed. */
int rsp_order_add(struct rsp_order *o, struct rsp_order_node *node);
void rsp_order_remove(struct rsp_order *o, struct rsp_order_node *node);

/* The element has registered again: counters start anew (RFC 5356 section
 * 5.2.2), and it finds its place if its words have changed. */
void rsp_order_renew(struct rsp_order *o, struct rsp_order_node *node,
    const uint32_t old_words[RSP_POLICY_WORDS]);

/* `node`, a copy of `old`, takes its place. */
void rsp_order_replace(struct rsp_order *o, const struct rsp_order_node *old,
    struct rsp_order_node *node);

/* All of them, in no order that means anything, the first after NULL; NULL
 * behind the last. */
struct rsp_order_node *rsp_order_next(const struct rsp_order *o,
    const struct rsp_order_node *node);

/* Room for one list of up to RSP_ORDER_MAX elements: more than a message of
 * 65535 bytes can hold. */
#define RSP_ORDER_MAX 2400

struct rsp_order_list {
	uint32_t n;
	struct rsp_heap_node *nodes[RSP_ORDER_MAX];
	uint32_t scratch[RSP_HEAP_SCRATCH(RSP_ORDER_MAX)];
};

static inline struct rsp_order_node *
rsp_order_listed(const struct rsp_order_list *list, uint32_t i)
{
	return RSP_CONTAINER(list->nodes[i], struct rsp_order_node, place);
}

/* Lists up to `max` elements, first choice first, none twice. */
void rsp_order_list(struct rsp_order *o, uint32_t max,
    struct rsp_order_list *list, rsp_random_fn *random, void *ctx);

/* The first `n` of the list, made by the call before, go out in an answer. */
void rsp_order_selected(struct rsp_order *o, const struct rsp_order_list *list,
    uint32_t n);

#endif
