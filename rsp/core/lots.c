/* SPDX-License-Identifier: Apache-2.0 */
/* lots.c - sums[i] is the weight of the nodes (i - lowest bit of i, i], which
 * makes both a sum and a search a walk over the bits of i */
#include "rsp/core/lots.h"

#include <stdlib.h>

#include "rsp/core/error.h"

#define LEAST_SIZE 4

static uint32_t
low_bit(uint32_t i)
{
	return i & -i;
}

void
rsp_lots_fini(struct rsp_lots *l)
{
	free(l->nodes);
	free(l->sums);
	*l = (struct rsp_lots){ .equal = l->equal };
}

int
rsp_lots_reserve(struct rsp_lots *l, uint32_t n)
{
	uint32_t size = l->size < LEAST_SIZE ? LEAST_SIZE : l->size;
	struct rsp_heap_node **nodes;
	uint64_t *sums;

	if (n < l->size)
		return RSP_OK;
	while (size <= n)
		size = size > UINT32_MAX / 2 ? UINT32_MAX : size * 2;
	nodes = realloc(l->nodes, size * sizeof(struct rsp_heap_node *));
	if (nodes == NULL)
		return RSP_ENOMEM;
	l->nodes = nodes;
	if (!l->equal) {
		sums = realloc(l->sums, size * sizeof(*sums));
		if (sums == NULL)
			return RSP_ENOMEM;
		l->sums = sums;
	}
	l->size = size;
	return RSP_OK;
}

/* The weight of the node at `i` is what its sum has above those of its
 * children. */
static uint64_t
children_of(const struct rsp_lots *l, uint32_t i)
{
	uint64_t sum = 0;

	for (uint32_t bit = 1; bit < low_bit(i); bit *= 2)
		sum += l->sums[i - bit];
	return sum;
}

static uint32_t
weight_at(const struct rsp_lots *l, uint32_t i)
{
	return l->equal ? 1 : (uint32_t)(l->sums[i] - children_of(l, i));
}

static void
set_at(struct rsp_lots *l, uint32_t i, uint32_t weight)
{
	/* Modulo 2^64, so a difference below zero does what it should. */
	uint64_t change = (uint64_t)weight - weight_at(l, i);

	if (l->equal || change == 0)
		return;
	for (; i <= l->n; i += low_bit(i))
		l->sums[i] += change;
}

void
rsp_lots_add(struct rsp_lots *l, struct rsp_heap_node *node, uint32_t weight)
{
	uint32_t i = ++l->n;

	l->nodes[i] = node;
	node->slot = i;
	if (!l->equal)
		l->sums[i] = children_of(l, i) + weight;
}

void
rsp_lots_remove(struct rsp_lots *l, struct rsp_heap_node *node)
{
	uint32_t i = node->slot;

	if (i == 0)
		return;
	/* The last one moves into the gap. */
	if (i != l->n) {
		set_at(l, i, weight_at(l, l->n));
		l->nodes[i] = l->nodes[l->n];
		l->nodes[i]->slot = i;
	}
	l->n--;
	node->slot = 0;
}

void
rsp_lots_set(struct rsp_lots *l, struct rsp_heap_node *node, uint32_t weight)
{
	set_at(l, node->slot, weight);
}

uint32_t
rsp_lots_weight(const struct rsp_lots *l, const struct rsp_heap_node *node)
{
	return weight_at(l, node->slot);
}

uint64_t
rsp_lots_sum(const struct rsp_lots *l)
{
	uint64_t sum = 0;

	if (l->equal)
		return l->n;
	for (uint32_t i = l->n; i > 0; i -= low_bit(i))
		sum += l->sums[i];
	return sum;
}

/* The node whose share of the sum holds `lot`. */
static uint32_t
find(const struct rsp_lots *l, uint64_t lot)
{
	uint32_t at = 0, step = 1;

	if (l->equal)
		return (uint32_t)lot + 1;
	while (step <= l->n / 2)
		step *= 2;
	for (; step > 0; step /= 2) {
		if (step > l->n - at || l->sums[at + step] > lot)
			continue;
		at += step;
		lot -= l->sums[at];
	}
	return at + 1;
}

static void
swap(struct rsp_lots *l, uint32_t a, uint32_t b)
{
	struct rsp_heap_node *node = l->nodes[a];

	l->nodes[a] = l->nodes[b];
	l->nodes[b] = node;
	l->nodes[a]->slot = a;
	l->nodes[b]->slot = b;
}

/* Shuffles the first `max` places only. */
static uint32_t
draw_equal(struct rsp_lots *l, uint32_t max, struct rsp_heap_node **drawn,
    rsp_random_fn *random, void *ctx)
{
	uint32_t n = max < l->n ? max : l->n;

	if (n == 1) { /* nothing to be kept from coming twice */
		drawn[0] =
		    l->nodes[1 + rsp_random_below(random, ctx, l->n)];
		return 1;
	}
	for (uint32_t i = 1; i <= n; i++) {
		swap(l, i,
		    i + (uint32_t)rsp_random_below(random, ctx, l->n - i + 1));
		drawn[i - 1] = l->nodes[i];
	}
	return n;
}

uint32_t
rsp_lots_draw(struct rsp_lots *l, uint32_t max, struct rsp_heap_node **drawn,
    uint32_t *weights, rsp_random_fn *random, void *ctx)
{
	uint64_t sum = rsp_lots_sum(l);
	uint32_t n = 0;

	if (l->equal)
		return draw_equal(l, max, drawn, random, ctx);
	while (n < max && sum > 0) {
		uint32_t i = find(l, rsp_random_below(random, ctx, sum));

		drawn[n] = l->nodes[i];
		weights[n] = weight_at(l, i);
		sum -= weights[n++];
		if (n < max) /* a single draw leaves all as it is */
			set_at(l, i, 0);
	}
	for (uint32_t i = 0; i < n && max > 1; i++)
		rsp_lots_set(l, drawn[i], weights[i]);
	return n;
}

void
rsp_lots_replace(struct rsp_lots *l, struct rsp_heap_node *node)
{
	if (node->slot != 0)
		l->nodes[node->slot] = node;
}
