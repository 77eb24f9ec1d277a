/* SPDX-License-Identifier: Apache-2.0 */
/* select_random.c - group g of a level has its sum at place g of the level
 * above, up to the level that is one group; a cache line or two per level are
 * read */
#include "rsp/core/pool/select_random.h"

#include <stdlib.h>
#include <string.h>

#include "rsp/core/base/error.h"

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
	/* Modulo 2^64, so a difference below zero does what it should. */
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
	/* The last one moves into the gap. */
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

/* Shuffles the first `max` places only, and then undoes that, so that no node
 * is looked at. */
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

/* Nothing is to be kept from coming twice. */
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
