/* SPDX-License-Identifier: Apache-2.0 */
/* select.c - the four disciplines of many; of small it is select_small.c
 *
 * become_large() and become_small() carry the order over as it is, so that
 * nobody gains or loses a turn by it.
 */
#include "rsp/core/pool/select.h"

#include <stdlib.h>

#include "rsp/core/pool/select_small.h"

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

void
rsp_select_init(struct rsp_select *o, const struct rsp_policy_def *def,
    rsp_select_words_fn *words)
{
	*o = (struct rsp_select){ .def = def, .words = words };
}

/* What a selection of many is kept in. */
static void
fini_large(struct rsp_select *o)
{
	switch (o->def->selection) {
	case RSP_SELECT_RR:
		return;
	case RSP_SELECT_WRR:
		rsp_select_wrr_fini(o->wrr);
		free(o->wrr);
		return;
	case RSP_SELECT_RANKED:
		rsp_heap_fini(o->ranks);
		free(o->ranks);
		return;
	case RSP_SELECT_RANDOM:
		rsp_select_random_fini(o->random);
		free(o->random);
		return;
	}
}

void
rsp_select_fini(struct rsp_select *o)
{
	if (o->large)
		fini_large(o);
	else
		rsp_select_small_fini(o);
}

static uint64_t
rank_now(const struct rsp_select *o, const struct rsp_select_node *node)
{
	uint32_t words[RSP_POLICY_WORDS];

	o->words(node, words);
	return o->def->rank(words, node->count);
}

/* Numbers run out after 2^32 answers; then all get new ones, in the order that
 * they are in. */
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
rr_add(struct rsp_select *o, struct rsp_list *node)
{
	rsp_list_init(node);
	if (o->head == NULL)
		o->head = node;
	else
		rsp_list_add(o->head, node);
}

static void
rr_remove(struct rsp_select *o, struct rsp_list *node)
{
	if (o->head == node)
		o->head = rsp_list_is_empty(node) ? NULL : node->next;
	rsp_list_remove(node);
}

static int
reserve(struct rsp_select *o, uint32_t n)
{
	switch (o->def->selection) {
	case RSP_SELECT_RR:
		return RSP_OK;
	case RSP_SELECT_RANDOM:
		return rsp_select_random_reserve(o->random, n);
	case RSP_SELECT_WRR:
		return rsp_select_wrr_reserve(o->wrr, n);
	case RSP_SELECT_RANKED:
		return rsp_heap_reserve(o->ranks, n);
	}
	return RSP_OK;
}

static void *
new_large(struct rsp_select *o)
{
	switch (o->def->selection) {
	case RSP_SELECT_RR:
		break;
	case RSP_SELECT_WRR:
		o->wrr = malloc(sizeof(*o->wrr));
		if (o->wrr != NULL)
			rsp_select_wrr_init(o->wrr);
		return o->wrr;
	case RSP_SELECT_RANKED:
		o->ranks = calloc(1, sizeof(*o->ranks));
		if (o->ranks != NULL)
			o->ranks->before = tie_before;
		return o->ranks;
	case RSP_SELECT_RANDOM:
		o->random = calloc(1, sizeof(*o->random));
		if (o->random != NULL)
			o->random->equal = o->def->weight == NULL;
		return o->random;
	}
	o->head = NULL;
	return o;
}

/* An empty structure for many, with room for `n`. */
static int
init_large(struct rsp_select *o, uint32_t n)
{
	if (new_large(o) == NULL)
		return RSP_ENOMEM;
	if (reserve(o, n) == RSP_OK)
		return RSP_OK;
	fini_large(o);
	return RSP_ENOMEM;
}

/* Behind all that are in already. */
static void
add_one_of_large(struct rsp_select *o, struct rsp_select_node *node)
{
	node->place.slot = 0;
	switch (o->def->selection) {
	case RSP_SELECT_RR:
		rr_add(o, &node->ring);
		break;
	case RSP_SELECT_WRR:
		rsp_select_wrr_add(o, node);
		break;
	case RSP_SELECT_RANKED:
		node->tie = new_tie(o);
		rsp_heap_add(o->ranks, &node->place, rank_now(o, node));
		break;
	case RSP_SELECT_RANDOM:
		rsp_select_random_add(o->random, &node->place,
		    rsp_select_weight(o, node));
		break;
	}
}

static int
become_large(struct rsp_select *o)
{
	struct rsp_select_small small = rsp_select_small_view(o);
	struct rsp_select old = *o;
	int err = init_large(o, o->n + 1);

	if (err != RSP_OK) {
		*o = old;
		return err;
	}
	o->large = true;
	o->first = NULL;
	o->next_tie = o->room = o->turn = 0;
	if (small.clock != NULL)
		o->wrr->clock = *small.clock;
	for (uint32_t i = 0; i < o->n; i++) {
		struct rsp_select_node *node =
		    small.nodes[(i + old.turn) % o->n];

		if (small.clock == NULL) {
			add_one_of_large(o, node);
			continue;
		}
		if (rsp_select_weight(o, node) > 0)
			rsp_select_wrr_turn_back(node,
			    rsp_select_weight(o, node));
		rsp_select_wrr_put(o, node, small.keys[i]);
	}
	rsp_select_small_fini(&old);
	return RSP_OK;
}

/* In the order that small are in; WRR: by when they came. */
static uint32_t
gather(struct rsp_select *o,
    struct rsp_select_node *nodes[RSP_SELECT_SMALL_MAX])
{
	struct rsp_select_node *node = NULL;
	uint32_t n = 0, at;

	if (o->def->selection == RSP_SELECT_RANKED)
		rsp_heap_sort(o->ranks);
	while ((node = rsp_select_next(o, node)) != NULL) {
		for (at = n++; o->def->selection == RSP_SELECT_WRR && at > 0 &&
			       node->tie < nodes[at - 1]->tie;
		     at--)
			nodes[at] = nodes[at - 1];
		nodes[at] = node;
	}
	return n;
}

/* Without memory it stays one of many. */
static void
become_small(struct rsp_select *o)
{
	struct rsp_select small = *o;
	struct rsp_select_node *nodes[RSP_SELECT_SMALL_MAX];
	uint32_t n;

	small.small = NULL;
	small.n = small.room = small.turn = 0;
	small.large = false;
	if (rsp_select_small_reserve(&small, RSP_SELECT_SMALL_LEAST) != RSP_OK)
		return;
	n = gather(o, nodes);
	if (o->def->selection == RSP_SELECT_WRR)
		*rsp_select_small_view(&small).clock = o->wrr->clock;
	for (uint32_t i = 0; i < n; i++)
		rsp_select_small_append(&small, nodes[i],
		    o->def->selection == RSP_SELECT_WRR
			? rsp_select_wrr_take(o, nodes[i])
			: 0);
	fini_large(o);
	*o = small;
	rsp_select_small_settle(o);
}

int
rsp_select_add(struct rsp_select *o, struct rsp_select_node *node)
{
	int err = RSP_OK;

	if (!o->large && o->n == RSP_SELECT_SMALL_MAX)
		err = become_large(o);
	else if (!o->large)
		err = rsp_select_small_reserve(o, o->n + 1);
	else
		err = reserve(o, o->n + 1);
	if (err != RSP_OK)
		return err;
	if (!o->large) {
		rsp_select_small_add(o, node);
		return RSP_OK;
	}
	o->n++;
	o->first = NULL;
	node->count = 0;
	add_one_of_large(o, node);
	return RSP_OK;
}

void
rsp_select_remove(struct rsp_select *o, struct rsp_select_node *node)
{
	if (!o->large) {
		rsp_select_small_remove(o, node);
		return;
	}
	o->first = NULL;
	switch (o->def->selection) {
	case RSP_SELECT_RR:
		rr_remove(o, &node->ring);
		break;
	case RSP_SELECT_WRR:
		rsp_select_wrr_remove(o, node);
		break;
	case RSP_SELECT_RANKED:
		rsp_heap_remove(o->ranks, &node->place);
		break;
	case RSP_SELECT_RANDOM:
		rsp_select_random_remove(o->random, &node->place);
		break;
	}
	if (--o->n <= RSP_SELECT_SMALL_LEAST)
		become_small(o);
}

void
rsp_select_renew(struct rsp_select *o, struct rsp_select_node *node,
    const uint32_t old_words[RSP_POLICY_WORDS])
{
	if (!o->large) {
		rsp_select_small_renew(o, node, old_words);
		return;
	}
	if (o->def->weight != NULL)
		o->first = NULL;
	switch (o->def->selection) {
	case RSP_SELECT_RR:
		break;
	case RSP_SELECT_WRR:
		rsp_select_wrr_renew(o, node, o->def->weight(old_words));
		break;
	case RSP_SELECT_RANKED:
		node->count = 0;
		rsp_heap_move(o->ranks, &node->place, rank_now(o, node));
		break;
	case RSP_SELECT_RANDOM:
		rsp_select_random_set(o->random, &node->place,
		    rsp_select_weight(o, node));
		break;
	}
}

/* Alone in the ring, a copy points to the original. */
static void
rr_replace(struct rsp_select *o, const struct rsp_list *old,
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
rsp_select_replace(struct rsp_select *o, const struct rsp_select_node *old,
    struct rsp_select_node *node)
{
	if (!o->large) {
		rsp_select_small_replace(o, old, node);
		return;
	}
	o->first = NULL;
	switch (o->def->selection) {
	case RSP_SELECT_RR:
		rr_replace(o, &old->ring, &node->ring);
		break;
	case RSP_SELECT_WRR:
		rsp_select_wrr_replace(o, old, node);
		break;
	case RSP_SELECT_RANKED:
		rsp_heap_replace(o->ranks, &node->place);
		break;
	case RSP_SELECT_RANDOM:
		rsp_select_random_replace(o->random, &node->place);
		break;
	}
}

struct rsp_select_node *
rsp_select_next(const struct rsp_select *o, const struct rsp_select_node *node)
{
	uint32_t i = node == NULL ? 0 : node->place.slot;

	if (!o->large)
		return rsp_select_small_next(o, node);
	switch (o->def->selection) {
	case RSP_SELECT_RR:
		if (node != NULL)
			return rsp_select_after(&node->ring, o->head);
		return o->head == NULL ? NULL
				       : RSP_CONTAINER(o->head,
					     struct rsp_select_node, ring);
	case RSP_SELECT_WRR:
		return rsp_select_wrr_next(o, node);
	case RSP_SELECT_RANKED:
		return i < o->ranks->n ? node_at(o->ranks->entries[i].node)
				       : NULL;
	case RSP_SELECT_RANDOM:
		return i < o->random->n ? node_at(o->random->nodes[i]) : NULL;
	}
	return NULL;
}

static void
list_rr(const struct rsp_select *o, uint32_t max, struct rsp_select_list *list)
{
	struct rsp_list *l = o->head;

	for (; l != NULL && list->n < max; l = l->next) {
		if (l == o->head && list->n > 0)
			break;
		list->nodes[list->n++] =
		    &RSP_CONTAINER(l, struct rsp_select_node, ring)->place;
	}
}

static void
list_now(struct rsp_select *o, uint32_t max, struct rsp_select_list *list,
    rsp_random_fn *random, void *ctx)
{
	if (!o->large) {
		rsp_select_small_list(o, max, list, random, ctx);
		return;
	}
	switch (o->def->selection) {
	case RSP_SELECT_RR:
		list_rr(o, max, list);
		break;
	case RSP_SELECT_WRR:
		rsp_select_wrr_list(o, max, list);
		break;
	case RSP_SELECT_RANKED:
		list->n =
		    rsp_heap_list(o->ranks, max, list->nodes, list->scratch);
		break;
	case RSP_SELECT_RANDOM:
		list->n = rsp_select_random_draw(o->random, max,
		    o->first == NULL ? NULL : &o->first->place, list->nodes,
		    list->scratch, random, ctx);
		break;
	}
}

/* One for the next list.  That it is known so early makes no difference but
 * that it is in the cache by then. */
static struct rsp_select_node *
draw(struct rsp_select *o, rsp_random_fn *random, void *ctx)
{
	struct rsp_heap_node *drawn;

	if (!o->large)
		return rsp_select_small_draw(o, random, ctx);
	return rsp_select_random_draw(o->random, 1, NULL, &drawn, NULL, random,
		   ctx) == 0
		   ? NULL
		   : node_at(drawn);
}

void
rsp_select_list(struct rsp_select *o, uint32_t max,
    struct rsp_select_list *list, rsp_random_fn *random, void *ctx)
{
	list->n = 0;
	if (max > RSP_SELECT_MAX)
		max = RSP_SELECT_MAX;
	if (max == 1 && o->first != NULL)
		list->nodes[list->n++] = &o->first->place;
	else
		list_now(o, max, list, random, ctx);
	if (o->def->selection == RSP_SELECT_RANDOM && list->n > 0)
		o->first = draw(o, random, ctx);
}

/* The first of every run of equals moves behind those: a run that is only
 * partly in the answer takes turns too. */
static void
ranked_selected(struct rsp_select *o, const struct rsp_select_list *list,
    uint32_t n)
{
	uint64_t last = 0;

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

void
rsp_select_selected(struct rsp_select *o, const struct rsp_select_list *list,
    uint32_t n)
{
	if (n == 0)
		return;
	if (!o->large) {
		rsp_select_small_selected(o, list, n);
		return;
	}
	switch (o->def->selection) {
	case RSP_SELECT_RR:
		o->head = o->head->next;
		break;
	case RSP_SELECT_WRR:
		rsp_select_wrr_selected(o, rsp_select_listed(list, 0));
		break;
	case RSP_SELECT_RANKED:
		if (o->def->rotates)
			ranked_selected(o, list, n);
		break;
	case RSP_SELECT_RANDOM:
		break;
	}
}
