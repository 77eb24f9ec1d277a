/* SPDX-License-Identifier: Apache-2.0 */
/* heap.h - heap of intrusive nodes, for deadlines and for orders of selection
 *
 * Keys live in the heap's array beside the pointers, four children side by
 * side, so that sifting seldom touches the nodes.  A node knows its slot; hence
 * it can be removed or given another key at any time, which costs little on
 * average, for most nodes are near the bottom.
 */
#ifndef RSP_HEAP_H
#define RSP_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rsp_heap_node {
	uint32_t slot; /* from 1; 0: in no heap */
};

struct rsp_heap_entry {
	uint64_t key;
	struct rsp_heap_node *node;
};

/* All zero is an empty heap. */
struct rsp_heap {
	struct rsp_heap_entry *entries;
	uint32_t n, size;
	/* Says which of two nodes with equal keys comes first.  NULL: either
	 * may. */
	bool (*before)(const struct rsp_heap_node *a,
	    const struct rsp_heap_node *b);
};

void rsp_heap_fini(struct rsp_heap *h);

/* Makes room for `n` nodes in all; RSP_ENOMEM.  Adding below that never
 * fails. */
int rsp_heap_reserve(struct rsp_heap *h, uint32_t n);

/* Room must have been reserved. */
void rsp_heap_add(struct rsp_heap *h, struct rsp_heap_node *node, uint64_t key);

/* No effect on a node that is in no heap. */
void rsp_heap_remove(struct rsp_heap *h, struct rsp_heap_node *node);

/* Gives a node another key, or the same when what `before` looks at has
 * changed. */
void rsp_heap_move(struct rsp_heap *h, struct rsp_heap_node *node,
    uint64_t key);

/* NULL when empty. */
static inline struct rsp_heap_node *
rsp_heap_first(const struct rsp_heap *h)
{
	return h->n == 0 ? NULL : h->entries[0].node;
}

/* UINT64_MAX when empty. */
static inline uint64_t
rsp_heap_first_key(const struct rsp_heap *h)
{
	return h->n == 0 ? UINT64_MAX : h->entries[0].key;
}

static inline uint64_t
rsp_heap_key(const struct rsp_heap *h, const struct rsp_heap_node *node)
{
	return h->entries[node->slot - 1].key;
}

/* `node`, a copy of one that is in the heap, takes its place. */
void rsp_heap_replace(struct rsp_heap *h, struct rsp_heap_node *node);

/* The first `max` nodes in their order, without changing the heap.  `scratch`
 * has room for RSP_HEAP_SCRATCH(max).  Returns their number. */
#define RSP_HEAP_SCRATCH(max) (3 * (max) + 1)
uint32_t rsp_heap_list(const struct rsp_heap *h, uint32_t max,
    struct rsp_heap_node **list, uint32_t *scratch);

/* Subtracts from all keys; none may be smaller. */
void rsp_heap_shift(struct rsp_heap *h, uint64_t by);

/* Sorts the entries from the first to the last.  The result is a heap, too. */
void rsp_heap_sort(struct rsp_heap *h);

#endif
