/* SPDX-License-Identifier: Apache-2.0 */
/* select_ranked.c - selection by lowest rank: the ascending array of a small
 * pool, the heap of a large one
 *
 * Equal ranks take turns: an element that has had its turn goes behind its
 * equals, in the heap by a number that it gets anew each time.
 */
#include <stdlib.h>

#include "rsp/core/base/error.h"
#include "rsp/core/pool/select_ops.h"
#include "rsp/core/pool/select_small.h"

/* The place behind all elements that are not worse. */
static void
small_insert(struct rsp_select *o, const struct rsp_select_small *f,
    const struct rsp_select_slot *s)
{
	uint32_t i = 0;

	while (i < o->n && f->keys[i] <= s->key)
		i++;
	rsp_select_small_insert(o, f, i, s);
}

static void
small_move(struct rsp_select *o, const struct rsp_select_small *f, uint32_t i,
    uint64_t rank)
{
	struct rsp_select_slot s = rsp_select_small_take_out(o, f, i);

	s.key = rank;
	small_insert(o, f, &s);
}

static void
small_add(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t words[RSP_POLICY_WORDS];
	struct rsp_select_slot s = rsp_select_small_slot(o, node, words);

	s.key = o->def->rank(words, node->count);
	small_insert(o, &f, &s);
	rsp_select_small_settle(o, &f);
}

static void
small_renew(struct rsp_select *o, struct rsp_select_node *node,
    const uint32_t *old_words)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t words[RSP_POLICY_WORDS], i = rsp_select_small_index(&f, node);
	uint64_t rank;

	(void)old_words;
	o->words(node, words);
	node->count = 0;
	rank = o->def->rank(words, 0);
	if (f.keys[i] == rank)
		return;
	small_move(o, &f, i, rank);
	rsp_select_small_settle(o, &f);
}

/* The first of every run of equals moves behind the others.  A run that is only
 * partly in the answer takes turns too. */
static void
small_selected(struct rsp_select *o, const struct rsp_select_list *list,
    uint32_t n)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint64_t last = 0;

	if (!o->def->rotates)
		return;
	for (uint32_t k = 0; k < n; k++) {
		struct rsp_select_node *node = rsp_select_listed(list, k);
		uint32_t words[RSP_POLICY_WORDS],
		    i = rsp_select_small_index(&f, node);
		uint64_t rank = f.keys[i], new_rank = rank;
		bool turn = k == 0 || rank != last;

		last = rank;
		if (o->def->counts && node->count < UINT32_MAX) {
			node->count++;
			o->words(node, words);
			new_rank = o->def->rank(words, node->count);
		}
		/* behind its equals; often there are none */
		if (new_rank == rank &&
		    (!turn || i + 1 == o->n || f.keys[i + 1] != rank))
			continue;
		small_move(o, &f, i, new_rank);
	}
	rsp_select_small_settle(o, &f);
}

static struct rsp_select_node *
node_at(const struct rsp_heap_node *place)
{
	return RSP_CONTAINER(place, struct rsp_select_node, place);
}

static bool
tie_before(const struct rsp_heap_node *a, const struct rsp_heap_node *b)
{
	return node_at(a)->tie < node_at(b)->tie;
}

static uint64_t
rank_now(const struct rsp_select *o, const struct rsp_select_node *node)
{
	uint32_t words[RSP_POLICY_WORDS];

	o->words(node, words);
	return o->def->rank(words, node->count);
}

/* Numbers run out after 2^32 answers.  Then all elements get new ones, in the
 * order that they are in. */
static uint32_t
new_tie(struct rsp_select *o)
{
	if (o->next_tie == UINT32_MAX) {
		o->next_tie = 0;
		rsp_heap_sort(o->ranks);
		for (uint32_t i = 0; i < o->ranks->n; i++)
			node_at(o->ranks->entries[i].node)->tie = o->next_tie++;
	}
	return o->next_tie++;
}

static void
heap_fini(struct rsp_select *o)
{
	rsp_heap_fini(o->ranks);
	free(o->ranks);
}

static int
heap_reserve(struct rsp_select *o, uint32_t n)
{
	return rsp_heap_reserve(o->ranks, n);
}

static int
heap_init(struct rsp_select *o, uint32_t n)
{
	o->ranks = calloc(1, sizeof(*o->ranks));
	if (o->ranks == NULL)
		return RSP_ENOMEM;
	o->ranks->before = tie_before;
	if (heap_reserve(o, n) == RSP_OK)
		return RSP_OK;
	heap_fini(o);
	return RSP_ENOMEM;
}

static void
heap_add(struct rsp_select *o, struct rsp_select_node *node)
{
	o->n++;
	node->place.slot = 0;
	node->tie = new_tie(o);
	rsp_heap_add(o->ranks, &node->place, rank_now(o, node));
}

static void
heap_remove(struct rsp_select *o, struct rsp_select_node *node)
{
	o->n--;
	rsp_heap_remove(o->ranks, &node->place);
}

static void
heap_renew(struct rsp_select *o, struct rsp_select_node *node,
    const uint32_t *old_words)
{
	(void)old_words;
	node->count = 0;
	rsp_heap_move(o->ranks, &node->place, rank_now(o, node));
}

static void
heap_replace(struct rsp_select *o, const struct rsp_select_node *old,
    struct rsp_select_node *node)
{
	(void)old;
	rsp_heap_replace(o->ranks, &node->place);
}

static struct rsp_select_node *
heap_next(const struct rsp_select *o, const struct rsp_select_node *node)
{
	uint32_t i = node == NULL ? 0 : node->place.slot;

	return i < o->ranks->n ? node_at(o->ranks->entries[i].node) : NULL;
}

static void
heap_list(struct rsp_select *o, uint32_t max, struct rsp_select_list *list,
    rsp_random_fn *random, void *ctx)
{
	struct rsp_heap_node *first = rsp_heap_first(o->ranks);

	(void)random;
	(void)ctx;
	if (max == 1 && first != NULL)
		list->nodes[list->n++] = first;
	else
		list->n =
		    rsp_heap_list(o->ranks, max, list->nodes, list->scratch);
}

/* As small_selected(). */
static void
heap_selected(struct rsp_select *o, const struct rsp_select_list *list,
    uint32_t n)
{
	uint64_t last = 0;

	if (!o->def->rotates)
		return;
	for (uint32_t i = 0; i < n; i++) {
		struct rsp_select_node *node = rsp_select_listed(list, i);
		uint64_t rank = rsp_heap_key(o->ranks, &node->place);

		if (i == 0 || rank != last)
			node->tie = new_tie(o);
		last = rank;
		if (o->def->counts && node->count < UINT32_MAX) {
			node->count++;
			rank = rank_now(o, node);
		}
		rsp_heap_move(o->ranks, &node->place, rank);
	}
}

static void
heap_sort(struct rsp_select *o, struct rsp_select_node **nodes, uint32_t n)
{
	rsp_heap_sort(o->ranks);
	for (uint32_t i = 0; i < n; i++)
		nodes[i] = node_at(o->ranks->entries[i].node);
}

const struct rsp_select_algorithm rsp_select_ranked = {
	.small = { .init = rsp_select_small_reserve,
	    .fini = rsp_select_small_fini,
	    .reserve = rsp_select_small_reserve,
	    .add = small_add,
	    .remove = rsp_select_small_remove,
	    .renew = small_renew,
	    .replace = rsp_select_small_replace,
	    .next = rsp_select_small_next,
	    .list = rsp_select_small_list,
	    .selected = small_selected },
	.large = { .init = heap_init,
	    .fini = heap_fini,
	    .reserve = heap_reserve,
	    .add = heap_add,
	    .remove = heap_remove,
	    .renew = heap_renew,
	    .replace = heap_replace,
	    .next = heap_next,
	    .list = heap_list,
	    .selected = heap_selected,
	    .sort = heap_sort },
};
