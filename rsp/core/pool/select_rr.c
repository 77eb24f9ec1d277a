/* SPDX-License-Identifier: Apache-2.0 */
/* select_rr.c - selection by round robin: the array of a small pool, the ring
 * of a large one, whose head moves on by one per answer */
#include "rsp/core/base/error.h"
#include "rsp/core/pool/select_ops.h"
#include "rsp/core/pool/select_small.h"

/* The last element of the present round. */
static void
small_add(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t words[RSP_POLICY_WORDS];
	struct rsp_select_slot s = rsp_select_small_slot(o, node, words);

	rsp_select_small_insert(o, &f, o->turn == 0 ? o->n : o->turn++, &s);
	rsp_select_small_settle(o, &f);
}

static void
renew_nothing(struct rsp_select *o, struct rsp_select_node *node,
    const uint32_t *old_words)
{
	(void)o;
	(void)node;
	(void)old_words;
}

static void
small_selected(struct rsp_select *o, const struct rsp_select_list *list,
    uint32_t n)
{
	struct rsp_select_small f = rsp_select_small_view(o);

	(void)list;
	(void)n;
	o->turn = (uint8_t)((o->turn + 1u) % o->n);
	rsp_select_small_settle(o, &f);
}

/* The element whose turn it is comes first. */
static void
small_sort(struct rsp_select *o, struct rsp_select_node **nodes, uint32_t n)
{
	struct rsp_select_small f = rsp_select_small_view(o);

	for (uint32_t i = 0; i < n; i++)
		nodes[i] = f.nodes[(i + o->turn) % n];
}

static int
ring_init(struct rsp_select *o, uint32_t n)
{
	(void)n;
	o->head = NULL;
	return RSP_OK;
}

static void
ring_fini(struct rsp_select *o)
{
	o->head = NULL;
}

static int
ring_reserve(struct rsp_select *o, uint32_t n)
{
	(void)o;
	(void)n;
	return RSP_OK;
}

static void
ring_add(struct rsp_select *o, struct rsp_select_node *node)
{
	o->n++;
	rsp_list_init(&node->ring);
	if (o->head == NULL)
		o->head = &node->ring;
	else
		rsp_list_add(o->head, &node->ring);
}

static void
ring_remove(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_list *place = &node->ring;

	o->n--;
	if (o->head == place)
		o->head = rsp_list_is_empty(place) ? NULL : place->next;
	rsp_list_remove(place);
}

/* A node that was alone in the ring was copied with a pointer to the
 * original. */
static void
ring_replace(struct rsp_select *o, const struct rsp_select_node *old,
    struct rsp_select_node *node)
{
	if (o->head == &old->ring)
		o->head = &node->ring;
	if (node->ring.next == &old->ring)
		rsp_list_init(&node->ring);
	else
		rsp_list_replace(&node->ring);
}

static struct rsp_select_node *
ring_next(const struct rsp_select *o, const struct rsp_select_node *node)
{
	if (node != NULL)
		return rsp_select_after(&node->ring, o->head);
	return o->head == NULL
		   ? NULL
		   : RSP_CONTAINER(o->head, struct rsp_select_node, ring);
}

static void
ring_list(struct rsp_select *o, uint32_t max, struct rsp_select_list *list,
    rsp_random_fn *random, void *ctx)
{
	struct rsp_list *l = o->head;

	(void)random;
	(void)ctx;
	for (; l != NULL && list->n < max; l = l->next) {
		if (l == o->head && list->n > 0)
			break;
		list->nodes[list->n++] =
		    &RSP_CONTAINER(l, struct rsp_select_node, ring)->place;
	}
}

static void
ring_selected(struct rsp_select *o, const struct rsp_select_list *list,
    uint32_t n)
{
	(void)list;
	(void)n;
	o->head = o->head->next;
}

const struct rsp_select_algorithm rsp_select_rr = {
	.small = { .init = rsp_select_small_reserve,
	    .fini = rsp_select_small_fini,
	    .reserve = rsp_select_small_reserve,
	    .add = small_add,
	    .remove = rsp_select_small_remove,
	    .renew = renew_nothing,
	    .replace = rsp_select_small_replace,
	    .next = rsp_select_small_next,
	    .list = rsp_select_small_list,
	    .selected = small_selected,
	    .sort = small_sort },
	.large = { .init = ring_init,
	    .fini = ring_fini,
	    .reserve = ring_reserve,
	    .add = ring_add,
	    .remove = ring_remove,
	    .renew = renew_nothing,
	    .replace = ring_replace,
	    .next = ring_next,
	    .list = ring_list,
	    .selected = ring_selected },
};
