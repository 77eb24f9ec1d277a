/* SPDX-License-Identifier: Apache-2.0 */
/* select_small.c - order of a small pool: one short array, and the functions
 * that are the same for every algorithm
 *
 * Only rsp_select_small_insert() and rsp_select_small_take_out() move slots.
 */
#include "rsp/core/pool/select_small.h"

#include <stdlib.h>

#include "rsp/core/base/error.h"

/* An array that a pool has outgrown is a hole in memory until some other pool
 * grows into it.  So there are only a few sizes: 4, 10, 16. */
#define LEAST_ROOM 4
#define STEP 6

#define CACHE_LINE 64

static bool
has_keys(const struct rsp_policy_def *def)
{
	return def->rank != NULL || def->weight != NULL;
}

static struct rsp_select_small
view(const struct rsp_select *o, void *array, uint32_t room)
{
	struct rsp_select_small f = { .nodes = array };
	void *end = f.nodes + room;

	if (has_keys(o->def)) {
		f.keys = end;
		end = f.keys + room;
	}
	if (o->has_turns) {
		f.clock = end;
		f.lengths = (uint32_t *)(void *)(f.clock + 1);
		end = f.lengths + room;
	}
	f.ids = end;
	return f;
}

struct rsp_select_small
rsp_select_small_view(const struct rsp_select *o)
{
	return view(o, o->small, o->room);
}

static size_t
size_of(const struct rsp_select *o, size_t room)
{
	size_t slot = sizeof(void *) + sizeof(uint32_t);

	if (has_keys(o->def))
		slot += sizeof(uint64_t);
	if (o->has_turns)
		slot += sizeof(uint32_t);
	return room * slot +
	       (o->has_turns ? sizeof(struct rsp_select_wrr_clock) : 0);
}

void
rsp_select_small_fetch(const struct rsp_select *o)
{
	const char *array = o->small;
	size_t size = size_of(o, o->room);

	for (size_t at = 0; at < size; at += CACHE_LINE)
		__builtin_prefetch(array + at);
}

static void
copy(const struct rsp_select *o, const struct rsp_select_small *to)
{
	struct rsp_select_small from = rsp_select_small_view(o);

	memcpy(to->nodes, from.nodes, o->n * sizeof(*to->nodes));
	memcpy(to->ids, from.ids, o->n * sizeof(*to->ids));
	if (to->keys != NULL)
		memcpy(to->keys, from.keys, o->n * sizeof(*to->keys));
	if (to->lengths == NULL)
		return;
	memcpy(to->lengths, from.lengths, o->n * sizeof(*to->lengths));
	*to->clock = *from.clock;
}

int
rsp_select_small_reserve(struct rsp_select *o, uint32_t n)
{
	uint32_t room = LEAST_ROOM;
	struct rsp_select_small f;
	void *array;

	if (n <= o->room)
		return RSP_OK;
	while (room < n)
		room += STEP;
	array = malloc(size_of(o, room));
	if (array == NULL)
		return RSP_ENOMEM;
	f = view(o, array, room);
	if (o->small != NULL)
		copy(o, &f);
	else if (f.clock != NULL)
		*f.clock = (struct rsp_select_wrr_clock){ 0 };
	free(o->small);
	o->small = array;
	o->room = (uint8_t)room;
	return RSP_OK;
}

void
rsp_select_small_fini(struct rsp_select *o)
{
	free(o->small);
	o->small = NULL;
	o->room = 0;
}

/* Moves the slots from `i` on by one place, to or from `i` + 1. */
static void
shift(const struct rsp_select_small *f, uint32_t i, uint32_t n, bool up)
{
	uint32_t to = i + up, from = i + !up;

	memmove(f->nodes + to, f->nodes + from, n * sizeof(*f->nodes));
	memmove(f->ids + to, f->ids + from, n * sizeof(*f->ids));
	if (f->keys != NULL)
		memmove(f->keys + to, f->keys + from, n * sizeof(*f->keys));
	if (f->lengths != NULL)
		memmove(f->lengths + to, f->lengths + from,
		    n * sizeof(*f->lengths));
}

struct rsp_select_slot
rsp_select_small_slot(const struct rsp_select *o, struct rsp_select_node *node,
    uint32_t words[RSP_POLICY_WORDS])
{
	return (struct rsp_select_slot){ .node = node,
		.id = o->words(node, words) };
}

void
rsp_select_small_insert(struct rsp_select *o, const struct rsp_select_small *f,
    uint32_t i, const struct rsp_select_slot *s)
{
	shift(f, i, o->n++ - i, true);
	f->nodes[i] = s->node;
	f->ids[i] = s->id;
	if (f->keys != NULL)
		f->keys[i] = s->key;
	if (f->lengths != NULL)
		f->lengths[i] = (uint32_t)(s->length - 1);
}

struct rsp_select_slot
rsp_select_small_take_out(struct rsp_select *o,
    const struct rsp_select_small *f, uint32_t i)
{
	struct rsp_select_slot s = { .node = f->nodes[i], .id = f->ids[i] };

	if (f->keys != NULL)
		s.key = f->keys[i];
	if (f->lengths != NULL)
		s.length = f->lengths[i] + UINT64_C(1);
	shift(f, i, --o->n - i, false);
	return s;
}

void
rsp_select_small_settle(struct rsp_select *o, const struct rsp_select_small *f)
{
	o->first = o->n == 0 ? NULL : f->nodes[o->turn];
}

void
rsp_select_small_remove(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t i = rsp_select_small_index(&f, node);

	rsp_select_small_take_out(o, &f, i);
	if (i < o->turn)
		o->turn--;
	if (o->turn == o->n)
		o->turn = 0;
	rsp_select_small_settle(o, &f);
}

void
rsp_select_small_replace(struct rsp_select *o,
    const struct rsp_select_node *old, struct rsp_select_node *node)
{
	struct rsp_select_small f = rsp_select_small_view(o);

	f.nodes[rsp_select_small_index(&f, old)] = node;
	rsp_select_small_settle(o, &f);
}

struct rsp_select_node *
rsp_select_small_next(const struct rsp_select *o,
    const struct rsp_select_node *node)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t i = node == NULL ? 0 : rsp_select_small_index(&f, node) + 1;

	return i < o->n ? f.nodes[i] : NULL;
}

struct rsp_select_node *
rsp_select_small_find(const struct rsp_select *o, uint32_t id)
{
	struct rsp_select_small f = rsp_select_small_view(o);

	for (uint32_t i = 0; i < o->n; i++)
		if (f.ids[i] == id)
			return f.nodes[i];
	return NULL;
}

void
rsp_select_small_list(struct rsp_select *o, uint32_t max,
    struct rsp_select_list *list, rsp_random_fn *random, void *ctx)
{
	struct rsp_select_small f = rsp_select_small_view(o);

	(void)random;
	(void)ctx;
	list->n = o->n < max ? o->n : max;
	for (uint32_t i = 0, at = o->turn; i < list->n; i++, at++) {
		if (at == o->n)
			at = 0;
		list->nodes[i] = &f.nodes[at]->place;
	}
}

void
rsp_select_small_name(const struct rsp_select_small *f, const uint32_t *order,
    uint32_t n, uint32_t max, struct rsp_select_list *list)
{
	list->n = n < max ? n : max;
	for (uint32_t i = 0; i < list->n; i++)
		list->nodes[i] = &f->nodes[order[i]]->place;
}
