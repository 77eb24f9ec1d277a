/* SPDX-License-Identifier: Apache-2.0 */
/* select.c - order of selection of one pool: the registrar's half of a policy
 *
 * A pool's order is small or large, and follows the algorithm of its policy.
 * convert() carries the order over as it is, so that no element gains or loses
 * a turn by it.
 */
#include "rsp/core/pool/select.h"

#include "rsp/core/base/error.h"
#include "rsp/core/pool/select_ops.h"
#include "rsp/core/pool/select_small.h"

static const struct rsp_select_algorithm *const algorithms[] = {
	[RSP_SELECT_RR] = &rsp_select_rr,
	[RSP_SELECT_WRR] = &rsp_select_wrr,
	[RSP_SELECT_RANKED] = &rsp_select_ranked,
	[RSP_SELECT_RANDOM] = &rsp_select_random,
};

static const struct rsp_select_ops *
ops_of(const struct rsp_select *o)
{
	const struct rsp_select_algorithm *a = algorithms[o->def->selection];

	return o->large ? &a->large : &a->small;
}

void
rsp_select_init(struct rsp_select *o, const struct rsp_policy_def *def,
    rsp_select_words_fn *words)
{
	const struct rsp_select_algorithm *a = algorithms[def->selection];

	*o = (struct rsp_select){ .def = def,
		.words = words,
		.has_turns = a->has_turns,
		.draws = a->small.draw != NULL };
}

void
rsp_select_fini(struct rsp_select *o)
{
	ops_of(o)->fini(o);
}

/* Converts from small to large or back, with room for `room`. There are no more
 * than RSP_SELECT_SMALL_MAX elements. */
static int
convert(struct rsp_select *o, bool large, uint32_t room)
{
	const struct rsp_select_ops *from = ops_of(o), *to;
	struct rsp_select_node *nodes[RSP_SELECT_SMALL_MAX], *node = NULL;
	struct rsp_select new;
	uint32_t n = 0;
	int err;

	rsp_select_init(&new, o->def, o->words);
	new.large = large;
	to = ops_of(&new);
	err = to->init(&new, room);
	if (err != RSP_OK)
		return err;
	while ((node = from->next(o, node)) != NULL)
		nodes[n++] = node;
	if (from->sort != NULL)
		from->sort(o, nodes, n);
	for (uint32_t i = 0; i < n; i++) {
		if (to->adopt != NULL)
			to->adopt(&new, o, nodes[i]);
		else
			to->add(&new, nodes[i]);
	}
	from->fini(o);
	*o = new;
	return RSP_OK;
}

int
rsp_select_add(struct rsp_select *o, struct rsp_select_node *node)
{
	int err = !o->large && o->n == RSP_SELECT_SMALL_MAX
		      ? convert(o, true, o->n + 1)
		      : ops_of(o)->reserve(o, o->n + 1);

	if (err != RSP_OK)
		return err;
	o->first = NULL;
	node->count = 0;
	ops_of(o)->add(o, node);
	return RSP_OK;
}

void
rsp_select_remove(struct rsp_select *o, struct rsp_select_node *node)
{
	o->first = NULL;
	ops_of(o)->remove(o, node);
	/* Without memory the order stays large. */
	if (o->large && o->n <= RSP_SELECT_SMALL_LEAST)
		(void)convert(o, false, RSP_SELECT_SMALL_LEAST);
}

void
rsp_select_renew(struct rsp_select *o, struct rsp_select_node *node,
    const uint32_t old_words[RSP_POLICY_WORDS])
{
	ops_of(o)->renew(o, node, old_words);
}

void
rsp_select_replace(struct rsp_select *o, const struct rsp_select_node *old,
    struct rsp_select_node *node)
{
	o->first = NULL;
	ops_of(o)->replace(o, old, node);
}

struct rsp_select_node *
rsp_select_next(const struct rsp_select *o, const struct rsp_select_node *node)
{
	return ops_of(o)->next(o, node);
}

/* Makes a list.  Its first element may be known already. */
static inline void
list_now(struct rsp_select *o, uint32_t max, struct rsp_select_list *list,
    rsp_random_fn *random, void *ctx)
{
	if (max == 1 && o->first != NULL)
		list->nodes[list->n++] = &o->first->place;
	else
		ops_of(o)->list(o, max, list, random, ctx);
}

void
rsp_select_list(struct rsp_select *o, uint32_t max,
    struct rsp_select_list *list, rsp_random_fn *random, void *ctx)
{
	list->n = 0;
	if (max > RSP_SELECT_MAX)
		max = RSP_SELECT_MAX;
	if (!o->draws) {
		list_now(o, max, list, random, ctx);
		return;
	}
	list_now(o, max, list, random, ctx);
	if (list->n > 0)
		o->first = ops_of(o)->draw(o, random, ctx);
}

void
rsp_select_selected(struct rsp_select *o, const struct rsp_select_list *list,
    uint32_t n)
{
	if (n > 0)
		ops_of(o)->selected(o, list, n);
}
