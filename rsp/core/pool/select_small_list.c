/* SPDX-License-Identifier: Apache-2.0 */
/* select_small_list.c - who of small is listed, and in which order: looks, and
 * moves nothing */
#include "rsp/core/pool/select_small.h"

static bool
due_before(const struct rsp_select_small *f, uint32_t a, uint32_t b)
{
	bool a_begun = f->keys[a] <= f->clock->now;
	bool b_begun = f->keys[b] <= f->clock->now;
	uint64_t a_key = a_begun ? rsp_select_small_end(f, a) : f->keys[a];
	uint64_t b_key = b_begun ? rsp_select_small_end(f, b) : f->keys[b];

	if (a_begun != b_begun)
		return a_begun;
	return a_key != b_key ? a_key < b_key : a < b;
}

/* Those whose turns have begun by when they end, the others by when they
 * begin; returns how many can serve. */
static uint32_t
list_wrr(const struct rsp_select_small *f, uint32_t n,
    uint32_t order[RSP_SELECT_SMALL_MAX])
{
	uint32_t able = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = able;

		if (f->keys[i] == RSP_SELECT_SMALL_IDLE)
			continue;
		for (; at > 0 && due_before(f, i, order[at - 1]); at--)
			order[at] = order[at - 1];
		order[at] = i;
		able++;
	}
	return able;
}

/* Who holds a lot below the sum of weights. */
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
get_weights(const struct rsp_select *o, uint64_t weights[RSP_SELECT_SMALL_MAX])
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint64_t sum = 0;

	for (uint32_t i = 0; i < o->n; i++) {
		weights[i] = f.keys == NULL ? 1 : f.keys[i];
		sum += weights[i];
	}
	return sum;
}

/* Draws by weight from those left, `max` at most; the first may have been drawn
 * already. */
static uint32_t
list_random(const struct rsp_select *o, uint32_t max,
    uint32_t order[RSP_SELECT_SMALL_MAX], rsp_random_fn *random, void *ctx)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint64_t weights[RSP_SELECT_SMALL_MAX], sum = get_weights(o, weights);
	uint32_t drawn = 0, i;

	while (drawn < max && sum > 0) {
		i = drawn == 0 && o->first != NULL
			? rsp_select_small_index(&f, o->first)
			: holder(weights, rsp_random_below(random, ctx, sum));
		order[drawn++] = i;
		sum -= weights[i];
		weights[i] = 0;
	}
	return drawn;
}

struct rsp_select_node *
rsp_select_small_draw(const struct rsp_select *o, rsp_random_fn *random,
    void *ctx)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint64_t weights[RSP_SELECT_SMALL_MAX], sum;

	if (f.keys == NULL)
		return f.nodes[rsp_random_below(random, ctx, o->n)];
	sum = get_weights(o, weights);
	return sum == 0 ? NULL
			: f.nodes[holder(weights,
			      rsp_random_below(random, ctx, sum))];
}

void
rsp_select_small_list(struct rsp_select *o, uint32_t max,
    struct rsp_select_list *list, rsp_random_fn *random, void *ctx)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t order[RSP_SELECT_SMALL_MAX], n = o->n;

	switch (o->def->selection) {
	case RSP_SELECT_RR:
	case RSP_SELECT_RANKED:
		for (uint32_t i = 0; i < n; i++)
			order[i] = (i + o->turn) % n;
		break;
	case RSP_SELECT_WRR:
		n = list_wrr(&f, n, order);
		break;
	case RSP_SELECT_RANDOM:
		n = list_random(o, max, order, random, ctx);
		break;
	}
	list->n = n < max ? n : max;
	for (uint32_t i = 0; i < list->n; i++)
		list->nodes[i] = &f.nodes[order[i]]->place;
}
