/* SPDX-License-Identifier: Apache-2.0 */
/* select_random.c - selection at random, by weight: the weights of a small
 * pool, the tree of sums of a large one
 *
 * Group g of a level has its sum at place g of the level above, up to the level
 * that is one group.  A draw reads a cache line or two per level.
 */
#include "rsp/core/pool/select_random.h"

#include <stdlib.h>
#include <string.h>

#include "rsp/core/base/error.h"
#include "rsp/core/pool/select_ops.h"
#include "rsp/core/pool/select_small.h"

#define LEAST_SIZE 4
#define GROUP 16

static uint32_t
groups(uint32_t n)
{
	return n / GROUP + (n % GROUP != 0);
}

void
rsp_select_random_fini(struct rsp_select_random *l)
{
	free(l->nodes);
	free(l->weights);
	free(l->sums);
	*l = (struct rsp_select_random){ .equal = l->equal };
}

static void
add_to_sums(struct rsp_select_random *l, uint32_t i, uint64_t change)
{
	l->sum += change;
	for (unsigned k = 0; k < l->n_levels; k++) {
		i /= GROUP;
		l->sums[l->levels[k] + i] += change;
	}
}

static int
reserve_weights(struct rsp_select_random *l, uint32_t size)
{
	uint32_t *weights = realloc(l->weights, size * sizeof(*weights));
	uint32_t total = 0;
	uint64_t *sums;

	if (weights == NULL)
		return RSP_ENOMEM;
	l->weights = weights;
	for (uint32_t n = size; n > GROUP; n = groups(n))
		total += groups(n);
	sums = calloc(total + 1, sizeof(*sums));
	if (sums == NULL)
		return RSP_ENOMEM;
	free(l->sums);
	l->sums = sums;
	l->sum = 0;
	l->n_levels = 0;
	total = 0;
	for (uint32_t n = size; n > GROUP; n = groups(n)) {
		l->levels[l->n_levels++] = total;
		total += groups(n);
	}
	for (uint32_t i = 0; i < l->n; i++)
		add_to_sums(l, i, weights[i]);
	return RSP_OK;
}

int
rsp_select_random_reserve(struct rsp_select_random *l, uint32_t n)
{
	uint32_t size = l->size < LEAST_SIZE ? LEAST_SIZE : l->size;
	struct rsp_heap_node **nodes;

	if (n <= l->size)
		return RSP_OK;
	while (size < n)
		size = size > UINT32_MAX / 2 ? UINT32_MAX : size * 2;
	nodes = realloc(l->nodes, size * sizeof(struct rsp_heap_node *));
	if (nodes == NULL)
		return RSP_ENOMEM;
	l->nodes = nodes;
	if (!l->equal && reserve_weights(l, size) != RSP_OK)
		return RSP_ENOMEM;
	l->size = size;
	return RSP_OK;
}

static void
set_at(struct rsp_select_random *l, uint32_t i, uint32_t weight)
{
	/* Sums are modulo 2^64, so a difference below zero does what it
	 * should. */
	uint64_t change;

	if (l->equal || l->weights[i] == weight)
		return;
	change = (uint64_t)weight - l->weights[i];
	l->weights[i] = weight;
	add_to_sums(l, i, change);
}

void
rsp_select_random_add(struct rsp_select_random *l, struct rsp_heap_node *node,
    uint32_t weight)
{
	uint32_t i = l->n++;

	l->nodes[i] = node;
	node->slot = i + 1;
	if (l->equal)
		return;
	l->weights[i] = 0;
	set_at(l, i, weight);
}

void
rsp_select_random_remove(struct rsp_select_random *l,
    struct rsp_heap_node *node)
{
	uint32_t i = node->slot - 1, last = l->n - 1;

	if (node->slot == 0)
		return;
	/* The last node moves into the gap. */
	if (i != last) {
		if (!l->equal)
			set_at(l, i, l->weights[last]);
		l->nodes[i] = l->nodes[last];
		l->nodes[i]->slot = i + 1;
	}
	set_at(l, last, 0);
	l->n = last;
	node->slot = 0;
}

void
rsp_select_random_set(struct rsp_select_random *l, struct rsp_heap_node *node,
    uint32_t weight)
{
	set_at(l, node->slot - 1, weight);
}

uint32_t
rsp_select_random_weight(const struct rsp_select_random *l,
    const struct rsp_heap_node *node)
{
	return l->equal ? 1 : l->weights[node->slot - 1];
}

uint64_t
rsp_select_random_sum(const struct rsp_select_random *l)
{
	return l->equal ? l->n : l->sum;
}

/* The node whose share of the sum holds `lot`. */
static uint32_t
find(const struct rsp_select_random *l, uint64_t lot)
{
	uint32_t i = 0;

	if (l->equal)
		return (uint32_t)lot;
	for (unsigned k = l->n_levels; k-- > 0; i *= GROUP)
		for (const uint64_t *sums = l->sums + l->levels[k];
		     lot >= sums[i]; i++)
			lot -= sums[i];
	for (; lot >= l->weights[i]; i++)
		lot -= l->weights[i];
	return i;
}

static void
swap(struct rsp_select_random *l, uint32_t a, uint32_t b)
{
	struct rsp_heap_node *node = l->nodes[a];

	l->nodes[a] = l->nodes[b];
	l->nodes[b] = node;
}

/* Shuffles the first `max` places only and then undoes that, so that no node is
 * looked at. */
static uint32_t
draw_equal(struct rsp_select_random *l, uint32_t max,
    const struct rsp_heap_node *first, struct rsp_heap_node **drawn,
    uint32_t *places, rsp_random_fn *random, void *ctx)
{
	uint32_t n = max < l->n ? max : l->n;

	for (uint32_t i = 0; i < n; i++) {
		places[i] =
		    i == 0 && first != NULL
			? first->slot - 1
			: i + (uint32_t)rsp_random_below(random, ctx, l->n - i);
		__builtin_prefetch(&l->nodes[places[i]]);
	}
	for (uint32_t i = 0; i < n; i++) {
		swap(l, i, places[i]);
		drawn[i] = l->nodes[i];
	}
	for (uint32_t i = n; i-- > 0;)
		swap(l, i, places[i]);
	return n;
}

/* Draws one node, so none can come twice. */
static uint32_t
draw_one(const struct rsp_select_random *l, struct rsp_heap_node *first,
    struct rsp_heap_node **drawn, rsp_random_fn *random, void *ctx)
{
	uint64_t sum = rsp_select_random_sum(l);

	if (first == NULL && sum == 0)
		return 0;
	drawn[0] = first != NULL
		       ? first
		       : l->nodes[find(l, rsp_random_below(random, ctx, sum))];
	return 1;
}

uint32_t
rsp_select_random_draw(struct rsp_select_random *l, uint32_t max,
    struct rsp_heap_node *first, struct rsp_heap_node **drawn,
    uint32_t *weights, rsp_random_fn *random, void *ctx)
{
	uint64_t sum = rsp_select_random_sum(l);
	uint32_t n = 0;

	if (max == 1)
		return draw_one(l, first, drawn, random, ctx);
	if (l->equal)
		return draw_equal(l, max, first, drawn, weights, random, ctx);
	while (n < max && sum > 0) {
		uint32_t i = n == 0 && first != NULL
				 ? first->slot - 1
				 : find(l, rsp_random_below(random, ctx, sum));

		drawn[n] = l->nodes[i];
		weights[n] = l->weights[i];
		sum -= weights[n++];
		set_at(l, i, 0);
	}
	for (uint32_t i = 0; i < n; i++)
		rsp_select_random_set(l, drawn[i], weights[i]);
	return n;
}

void
rsp_select_random_replace(struct rsp_select_random *l,
    struct rsp_heap_node *node)
{
	if (node->slot != 0)
		l->nodes[node->slot - 1] = node;
}

/* The small array: in any order. */

static void
small_add(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t words[RSP_POLICY_WORDS];
	struct rsp_select_slot s = rsp_select_small_slot(o, node, words);

	if (f.keys != NULL)
		s.key = o->def->weight(words);
	rsp_select_small_insert(o, &f, o->n, &s);
}

static void
small_remove(struct rsp_select *o, struct rsp_select_node *node)
{
	rsp_select_small_remove(o, node);
	o->first = NULL;
}

static void
small_renew(struct rsp_select *o, struct rsp_select_node *node,
    const uint32_t *old_words)
{
	struct rsp_select_small f = rsp_select_small_view(o);

	(void)old_words;
	if (f.keys == NULL)
		return;
	f.keys[rsp_select_small_index(&f, node)] = rsp_select_weight(o, node);
	o->first = NULL;
}

static void
small_replace(struct rsp_select *o, const struct rsp_select_node *old,
    struct rsp_select_node *node)
{
	rsp_select_small_replace(o, old, node);
	o->first = NULL;
}

/* The node that holds a lot below the sum of weights. */
static uint32_t
holder(const uint64_t *weights, uint64_t lot)
{
	uint32_t i = 0;

	for (; lot >= weights[i]; i++)
		lot -= weights[i];
	return i;
}

/* Returns the sum. */
static uint64_t
get_weights(const struct rsp_select_small *f, uint32_t n,
    uint64_t weights[RSP_SELECT_SMALL_MAX])
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n; i++) {
		weights[i] = f->keys == NULL ? 1 : f->keys[i];
		sum += weights[i];
	}
	return sum;
}

/* Draws by weight from those left, `max` at most.  The first may have been
 * drawn already. */
static void
small_list(struct rsp_select *o, uint32_t max, struct rsp_select_list *list,
    rsp_random_fn *random, void *ctx)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t order[RSP_SELECT_SMALL_MAX], drawn = 0, i;
	uint64_t weights[RSP_SELECT_SMALL_MAX];
	uint64_t sum = get_weights(&f, o->n, weights);

	while (drawn < max && sum > 0) {
		i = drawn == 0 && o->first != NULL
			? rsp_select_small_index(&f, o->first)
			: holder(weights, rsp_random_below(random, ctx, sum));
		order[drawn++] = i;
		sum -= weights[i];
		weights[i] = 0;
	}
	rsp_select_small_name(&f, order, drawn, max, list);
}

static struct rsp_select_node *
small_draw(const struct rsp_select *o, rsp_random_fn *random, void *ctx)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint64_t weights[RSP_SELECT_SMALL_MAX], sum;

	if (f.keys == NULL)
		return f.nodes[rsp_random_below(random, ctx, o->n)];
	sum = get_weights(&f, o->n, weights);
	return sum == 0 ? NULL
			: f.nodes[holder(weights,
			      rsp_random_below(random, ctx, sum))];
}

static void
selected(struct rsp_select *o, const struct rsp_select_list *list, uint32_t n)
{
	(void)o;
	(void)list;
	(void)n;
}

/* The tree of sums of a large pool. */

static struct rsp_select_node *
node_at(const struct rsp_heap_node *place)
{
	return RSP_CONTAINER(place, struct rsp_select_node, place);
}

static void
sums_fini(struct rsp_select *o)
{
	rsp_select_random_fini(o->random);
	free(o->random);
}

static int
sums_reserve(struct rsp_select *o, uint32_t n)
{
	return rsp_select_random_reserve(o->random, n);
}

static int
sums_init(struct rsp_select *o, uint32_t n)
{
	o->random = calloc(1, sizeof(*o->random));
	if (o->random == NULL)
		return RSP_ENOMEM;
	o->random->equal = o->def->weight == NULL;
	if (sums_reserve(o, n) == RSP_OK)
		return RSP_OK;
	sums_fini(o);
	return RSP_ENOMEM;
}

static void
sums_add(struct rsp_select *o, struct rsp_select_node *node)
{
	o->n++;
	rsp_select_random_add(o->random, &node->place,
	    rsp_select_weight(o, node));
}

static void
sums_remove(struct rsp_select *o, struct rsp_select_node *node)
{
	o->n--;
	rsp_select_random_remove(o->random, &node->place);
}

static void
sums_renew(struct rsp_select *o, struct rsp_select_node *node,
    const uint32_t *old_words)
{
	(void)old_words;
	if (o->random->equal)
		return;
	o->first = NULL;
	rsp_select_random_set(o->random, &node->place,
	    rsp_select_weight(o, node));
}

static void
sums_replace(struct rsp_select *o, const struct rsp_select_node *old,
    struct rsp_select_node *node)
{
	(void)old;
	rsp_select_random_replace(o->random, &node->place);
}

static struct rsp_select_node *
sums_next(const struct rsp_select *o, const struct rsp_select_node *node)
{
	uint32_t i = node == NULL ? 0 : node->place.slot;

	return i < o->random->n ? node_at(o->random->nodes[i]) : NULL;
}

static void
sums_list(struct rsp_select *o, uint32_t max, struct rsp_select_list *list,
    rsp_random_fn *random, void *ctx)
{
	list->n = rsp_select_random_draw(o->random, max,
	    o->first == NULL ? NULL : &o->first->place, list->nodes,
	    list->scratch, random, ctx);
}

static struct rsp_select_node *
sums_draw(const struct rsp_select *o, rsp_random_fn *random, void *ctx)
{
	struct rsp_heap_node *drawn;

	return rsp_select_random_draw(o->random, 1, NULL, &drawn, NULL, random,
		   ctx) == 0
		   ? NULL
		   : node_at(drawn);
}

const struct rsp_select_algorithm rsp_select_random = {
	.small = { .init = rsp_select_small_reserve,
	    .fini = rsp_select_small_fini,
	    .reserve = rsp_select_small_reserve,
	    .add = small_add,
	    .remove = small_remove,
	    .renew = small_renew,
	    .replace = small_replace,
	    .next = rsp_select_small_next,
	    .list = small_list,
	    .draw = small_draw,
	    .selected = selected },
	.large = { .init = sums_init,
	    .fini = sums_fini,
	    .reserve = sums_reserve,
	    .add = sums_add,
	    .remove = sums_remove,
	    .renew = sums_renew,
	    .replace = sums_replace,
	    .next = sums_next,
	    .list = sums_list,
	    .draw = sums_draw,
	    .selected = selected },
};
