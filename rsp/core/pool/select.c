/* SPDX-License-Identifier: Apache-2.0 */
/* select.c - the four disciplines of many; of few it is select_small.c
 *
 * become_many() and become_few() carry the order over as it is, so that nobody
 * gains or loses a turn by it.
 */
#include "rsp/core/pool/select.h"

#include <stdlib.h>

#include "rsp/core/pool/select_small.h"

static struct rsp_order_node *
node_at(const struct rsp_heap_node *place)
{
	return RSP_CONTAINER(place, struct rsp_order_node, place);
}

static bool
tie_before(const struct rsp_heap_node *a, const struct rsp_heap_node *b)
{
	return node_at(a)->tie < node_at(b)->tie;
}

void
rsp_order_init(struct rsp_order *o, const struct rsp_policy_def *def,
    rsp_order_words_fn *words)
{
	*o = (struct rsp_order){ .def = def, .words = words };
}

/* What a discipline of many is kept in. */
static void
fini_many(struct rsp_order *o)
{
	switch (o->def->discipline) {
	case RSP_RING:
		return;
	case RSP_SHARES:
		rsp_shares_fini(o->shares);
		free(o->shares);
		return;
	case RSP_RANKED:
		rsp_heap_fini(o->ranks);
		free(o->ranks);
		return;
	case RSP_LOTS:
		rsp_lots_fini(o->lots);
		free(o->lots);
		return;
	}
}

void
rsp_order_fini(struct rsp_order *o)
{
	if (o->many)
		fini_many(o);
	else
		rsp_few_fini(o);
}

uint32_t
rsp_order_weight(const struct rsp_order *o, const struct rsp_order_node *node)
{
	uint32_t words[RSP_POLICY_WORDS];

	if (o->def->weight == NULL)
		return 1;
	o->words(node, words);
	return o->def->weight(words);
}

static uint64_t
rank_now(const struct rsp_order *o, const struct rsp_order_node *node)
{
	uint32_t words[RSP_POLICY_WORDS];

	o->words(node, words);
	return o->def->rank(words, node->count);
}

/* Numbers run out after 2^32 answers; then all get new ones, in the order that
 * they are in. */
static uint32_t
new_tie(struct rsp_order *o)
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
ring_add(struct rsp_order *o, struct rsp_list *node)
{
	rsp_list_init(node);
	if (o->head == NULL)
		o->head = node;
	else
		rsp_list_add(o->head, node);
}

static void
ring_remove(struct rsp_order *o, struct rsp_list *node)
{
	if (o->head == node)
		o->head = rsp_list_is_empty(node) ? NULL : node->next;
	rsp_list_remove(node);
}

static int
reserve(struct rsp_order *o, uint32_t n)
{
	switch (o->def->discipline) {
	case RSP_RING:
		return RSP_OK;
	case RSP_LOTS:
		return rsp_lots_reserve(o->lots, n);
	case RSP_SHARES:
		return rsp_shares_reserve(o->shares, n);
	case RSP_RANKED:
		return rsp_heap_reserve(o->ranks, n);
	}
	return RSP_OK;
}

static void *
new_many(struct rsp_order *o)
{
	switch (o->def->discipline) {
	case RSP_RING:
		break;
	case RSP_SHARES:
		o->shares = malloc(sizeof(*o->shares));
		if (o->shares != NULL)
			rsp_shares_init(o->shares);
		return o->shares;
	case RSP_RANKED:
		o->ranks = calloc(1, sizeof(*o->ranks));
		if (o->ranks != NULL)
			o->ranks->before = tie_before;
		return o->ranks;
	case RSP_LOTS:
		o->lots = calloc(1, sizeof(*o->lots));
		if (o->lots != NULL)
			o->lots->equal = o->def->weight == NULL;
		return o->lots;
	}
	o->head = NULL;
	return o;
}

/* An empty structure for many, with room for `n`. */
static int
init_many(struct rsp_order *o, uint32_t n)
{
	if (new_many(o) == NULL)
		return RSP_ENOMEM;
	if (reserve(o, n) == RSP_OK)
		return RSP_OK;
	fini_many(o);
	return RSP_ENOMEM;
}

/* Behind all that are in already. */
static void
add_one_of_many(struct rsp_order *o, struct rsp_order_node *node)
{
	node->place.slot = 0;
	switch (o->def->discipline) {
	case RSP_RING:
		ring_add(o, &node->ring);
		break;
	case RSP_SHARES:
		rsp_shares_add(o, node);
		break;
	case RSP_RANKED:
		node->tie = new_tie(o);
		rsp_heap_add(o->ranks, &node->place, rank_now(o, node));
		break;
	case RSP_LOTS:
		rsp_lots_add(o->lots, &node->place, rsp_order_weight(o, node));
		break;
	}
}

static int
become_many(struct rsp_order *o)
{
	struct rsp_few few = rsp_few_view(o);
	struct rsp_order old = *o;
	int err = init_many(o, o->n + 1);

	if (err != RSP_OK) {
		*o = old;
		return err;
	}
	o->many = true;
	o->first = NULL;
	o->next_tie = o->room = o->turn = 0;
	if (few.clock != NULL)
		o->shares->clock = *few.clock;
	for (uint32_t i = 0; i < o->n; i++) {
		struct rsp_order_node *node =
		    few.nodes[(i + old.turn) % o->n];

		if (few.clock == NULL) {
			add_one_of_many(o, node);
			continue;
		}
		if (rsp_order_weight(o, node) > 0)
			rsp_share_turn_back(node, rsp_order_weight(o, node));
		rsp_shares_put(o, node, few.keys[i]);
	}
	rsp_few_fini(&old);
	return RSP_OK;
}

/* In the order that few are in; SHARES: by when they came. */
static uint32_t
gather(struct rsp_order *o, struct rsp_order_node *nodes[RSP_FEW_MAX])
{
	struct rsp_order_node *node = NULL;
	uint32_t n = 0, at;

	if (o->def->discipline == RSP_RANKED)
		rsp_heap_sort(o->ranks);
	while ((node = rsp_order_next(o, node)) != NULL) {
		for (at = n++; o->def->discipline == RSP_SHARES && at > 0 &&
		     node->tie < nodes[at - 1]->tie; at--)
			nodes[at] = nodes[at - 1];
		nodes[at] = node;
	}
	return n;
}

/* Without memory it stays one of many. */
static void
become_few(struct rsp_order *o)
{
	struct rsp_order few = *o;
	struct rsp_order_node *nodes[RSP_FEW_MAX];
	uint32_t n;

	few.few = NULL;
	few.n = few.room = few.turn = 0;
	few.many = false;
	if (rsp_few_reserve(&few, RSP_FEW_LEAST) != RSP_OK)
		return;
	n = gather(o, nodes);
	if (o->def->discipline == RSP_SHARES)
		*rsp_few_view(&few).clock = o->shares->clock;
	for (uint32_t i = 0; i < n; i++)
		rsp_few_append(&few, nodes[i],
		    o->def->discipline == RSP_SHARES ?
			rsp_shares_take(o, nodes[i]) :
			0);
	fini_many(o);
	*o = few;
	rsp_few_settle(o);
}

int
rsp_order_add(struct rsp_order *o, struct rsp_order_node *node)
{
	int err = RSP_OK;

	if (!o->many && o->n == RSP_FEW_MAX)
		err = become_many(o);
	else if (!o->many)
		err = rsp_few_reserve(o, o->n + 1);
	else
		err = reserve(o, o->n + 1);
	if (err != RSP_OK)
		return err;
	if (!o->many) {
		rsp_few_add(o, node);
		return RSP_OK;
	}
	o->n++;
	o->first = NULL;
	node->count = 0;
	add_one_of_many(o, node);
	return RSP_OK;
}

void
rsp_order_remove(struct rsp_order *o, struct rsp_order_node *node)
{
	if (!o->many) {
		rsp_few_remove(o, node);
		return;
	}
	o->first = NULL;
	switch (o->def->discipline) {
	case RSP_RING:
		ring_remove(o, &node->ring);
		break;
	case RSP_SHARES:
		rsp_shares_remove(o, node);
		break;
	case RSP_RANKED:
		rsp_heap_remove(o->ranks, &node->place);
		break;
	case RSP_LOTS:
		rsp_lots_remove(o->lots, &node->place);
		break;
	}
	if (--o->n <= RSP_FEW_LEAST)
		become_few(o);
}

void
rsp_order_renew(struct rsp_order *o, struct rsp_order_node *node,
    const uint32_t old_words[RSP_POLICY_WORDS])
{
	if (!o->many) {
		rsp_few_renew(o, node, old_words);
		return;
	}
	if (o->def->weight != NULL)
		o->first = NULL;
	switch (o->def->discipline) {
	case RSP_RING:
		break;
	case RSP_SHARES:
		rsp_shares_renew(o, node, o->def->weight(old_words));
		break;
	case RSP_RANKED:
		node->count = 0;
		rsp_heap_move(o->ranks, &node->place, rank_now(o, node));
		break;
	case RSP_LOTS:
		rsp_lots_set(o->lots, &node->place, rsp_order_weight(o, node));
		break;
	}
}

/* Alone in the ring, a copy points to the original. */
static void
ring_replace(struct rsp_order *o, const struct rsp_list *old,
    struct rsp_list *node)
{
	if (o->head == old)
		o->head = node;
	if (node->next == old)
		rsp_list_init(node);
	else
		rsp_list_replace(node);
}

void
rsp_order_replace(struct rsp_order *o, const struct rsp_order_node *old,
    struct rsp_order_node *node)
{
	if (!o->many) {
		rsp_few_replace(o, old, node);
		return;
	}
	o->first = NULL;
	switch (o->def->discipline) {
	case RSP_RING:
		ring_replace(o, &old->ring, &node->ring);
		break;
	case RSP_SHARES:
		rsp_shares_replace(o, old, node);
		break;
	case RSP_RANKED:
		rsp_heap_replace(o->ranks, &node->place);
		break;
	case RSP_LOTS:
		rsp_lots_replace(o->lots, &node->place);
		break;
	}
}

struct rsp_order_node *
rsp_order_next(const struct rsp_order *o, const struct rsp_order_node *node)
{
	uint32_t i = node == NULL ? 0 : node->place.slot;

	if (!o->many)
		return rsp_few_next(o, node);
	switch (o->def->discipline) {
	case RSP_RING:
		if (node != NULL)
			return rsp_order_after(&node->ring, o->head);
		return o->head == NULL ?
		    NULL :
		    RSP_CONTAINER(o->head, struct rsp_order_node, ring);
	case RSP_SHARES:
		return rsp_shares_next(o, node);
	case RSP_RANKED:
		return i < o->ranks->n ? node_at(o->ranks->entries[i].node) :
					 NULL;
	case RSP_LOTS:
		return i < o->lots->n ? node_at(o->lots->nodes[i]) : NULL;
	}
	return NULL;
}

static void
list_ring(const struct rsp_order *o, uint32_t max, struct rsp_order_list *list)
{
	struct rsp_list *l = o->head;

	for (; l != NULL && list->n < max; l = l->next) {
		if (l == o->head && list->n > 0)
			break;
		list->nodes[list->n++] =
		    &RSP_CONTAINER(l, struct rsp_order_node, ring)->place;
	}
}

static void
list_now(struct rsp_order *o, uint32_t max, struct rsp_order_list *list,
    rsp_random_fn *random, void *ctx)
{
	if (!o->many) {
		rsp_few_list(o, max, list, random, ctx);
		return;
	}
	switch (o->def->discipline) {
	case RSP_RING:
		list_ring(o, max, list);
		break;
	case RSP_SHARES:
		rsp_shares_list(o, max, list);
		break;
	case RSP_RANKED:
		list->n = rsp_heap_list(o->ranks, max, list->nodes,
		    list->scratch);
		break;
	case RSP_LOTS:
		list->n = rsp_lots_draw(o->lots, max,
		    o->first == NULL ? NULL : &o->first->place, list->nodes,
		    list->scratch, random, ctx);
		break;
	}
}

/* One for the next list.  That it is known so early makes no difference but
 * that it is in the cache by then. */
static struct rsp_order_node *
draw(struct rsp_order *o, rsp_random_fn *random, void *ctx)
{
	struct rsp_heap_node *drawn;

	if (!o->many)
		return rsp_few_draw(o, random, ctx);
	return rsp_lots_draw(o->lots, 1, NULL, &drawn, NULL, random, ctx) == 0 ?
	    NULL :
	    node_at(drawn);
}

void
rsp_order_list(struct rsp_order *o, uint32_t max, struct rsp_order_list *list,
    rsp_random_fn *random, void *ctx)
{
	list->n = 0;
	if (max > RSP_ORDER_MAX)
		max = RSP_ORDER_MAX;
	if (max == 1 && o->first != NULL)
		list->nodes[list->n++] = &o->first->place;
	else
		list_now(o, max, list, random, ctx);
	if (o->def->discipline == RSP_LOTS && list->n > 0)
		o->first = draw(o, random, ctx);
}

/* The first of every run of equals moves behind those: a run that is only
 * partly in the answer takes turns too. */
static void
ranked_selected(struct rsp_order *o, const struct rsp_order_list *list,
    uint32_t n)
{
	uint64_t last = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct rsp_order_node *node = rsp_order_listed(list, i);
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

void
rsp_order_selected(struct rsp_order *o, const struct rsp_order_list *list,
    uint32_t n)
{
	if (n == 0)
		return;
	if (!o->many) {
		rsp_few_selected(o, list, n);
		return;
	}
	switch (o->def->discipline) {
	case RSP_RING:
		o->head = o->head->next;
		break;
	case RSP_SHARES:
		rsp_shares_selected(o, rsp_order_listed(list, 0));
		break;
	case RSP_RANKED:
		if (o->def->rotates)
			ranked_selected(o, list, n);
		break;
	case RSP_LOTS:
		break;
	}
}
