/* SPDX-License-Identifier: Apache-2.0 */
/* select_small.c - insert() and take_out() are the only functions that move slots;
 * settle() finds out who is next, after every change */
#include "rsp/core/pool/select_small.h"

#include <stdlib.h>

#include "rsp/core/base/error.h"

/* Arrays that were grown out of are holes in memory until some other pool grows
 * into them, so there are not many sizes: 4, 10, 16. */
#define LEAST_ROOM 4
#define STEP 6

#define CACHE_LINE 64

static bool
has_keys(const struct rsp_policy_def *def)
{
	return def->rank != NULL || def->weight != NULL;
}

static bool
is_shared(const struct rsp_order *o)
{
	return o->def->discipline == RSP_SHARES;
}

static struct rsp_few
view(const struct rsp_order *o, void *array, uint32_t room)
{
	struct rsp_few f = { .nodes = array };
	void *end = f.nodes + room;

	if (has_keys(o->def)) {
		f.keys = end;
		end = f.keys + room;
	}
	if (is_shared(o)) {
		f.clock = end;
		f.lengths = (uint32_t *)(void *)(f.clock + 1);
		end = f.lengths + room;
	}
	f.ids = end;
	return f;
}

struct rsp_few
rsp_few_view(const struct rsp_order *o)
{
	return view(o, o->few, o->room);
}

static size_t
size_of(const struct rsp_order *o, size_t room)
{
	size_t slot = sizeof(void *) + sizeof(uint32_t);

	if (has_keys(o->def))
		slot += sizeof(uint64_t);
	if (is_shared(o))
		slot += sizeof(uint32_t);
	return room * slot + (is_shared(o) ? sizeof(struct rsp_share_clock) : 0);
}

void
rsp_few_fetch(const struct rsp_order *o)
{
	const char *array = o->few;
	size_t size = size_of(o, o->room);

	for (size_t at = 0; at < size; at += CACHE_LINE)
		__builtin_prefetch(array + at);
}

static void
copy(const struct rsp_order *o, const struct rsp_few *to)
{
	struct rsp_few from = rsp_few_view(o);

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
rsp_few_reserve(struct rsp_order *o, uint32_t n)
{
	uint32_t room = LEAST_ROOM;
	struct rsp_few f;
	void *array;

	if (n <= o->room)
		return RSP_OK;
	while (room < n)
		room += STEP;
	array = malloc(size_of(o, room));
	if (array == NULL)
		return RSP_ENOMEM;
	f = view(o, array, room);
	if (o->few != NULL)
		copy(o, &f);
	else if (f.clock != NULL)
		*f.clock = (struct rsp_share_clock){ 0 };
	free(o->few);
	o->few = array;
	o->room = (uint8_t)room;
	return RSP_OK;
}

void
rsp_few_fini(struct rsp_order *o)
{
	free(o->few);
	o->few = NULL;
	o->room = 0;
}

struct slot {
	struct rsp_order_node *node;
	uint64_t key;
	uint64_t length;
	uint32_t id;
};

/* Moves the slots from `i` on by one, to or from `i` + 1. */
static void
shift(const struct rsp_few *f, uint32_t i, uint32_t n, bool up)
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

static void
insert(struct rsp_order *o, const struct rsp_few *f, uint32_t i,
    const struct slot *s)
{
	shift(f, i, o->n++ - i, true);
	f->nodes[i] = s->node;
	f->ids[i] = s->id;
	if (f->keys != NULL)
		f->keys[i] = s->key;
	if (f->lengths != NULL)
		f->lengths[i] = (uint32_t)(s->length - 1);
}

static struct slot
take_out(struct rsp_order *o, const struct rsp_few *f, uint32_t i)
{
	struct slot s = { .node = f->nodes[i], .id = f->ids[i] };

	if (f->keys != NULL)
		s.key = f->keys[i];
	if (f->lengths != NULL)
		s.length = f->lengths[i] + UINT64_C(1);
	shift(f, i, --o->n - i, false);
	return s;
}

/* Behind all that are not worse. */
static void
insert_ranked(struct rsp_order *o, const struct rsp_few *f,
    const struct slot *s)
{
	uint32_t i = 0;

	while (i < o->n && f->keys[i] <= s->key)
		i++;
	insert(o, f, i, s);
}

/* Of the turns that have begun the one that ends first, of equals the one of
 * who came first; `n` when there is none. */
static uint32_t
first_due(const struct rsp_few *f, uint32_t n)
{
	uint32_t first = n;

	for (uint32_t i = 0; i < n; i++)
		if (f->keys[i] <= f->clock->now &&
		    (first == n || rsp_few_end(f, i) < rsp_few_end(f, first)))
			first = i;
	return first;
}

/* There is always one: when all have been ahead of the time (somebody heavy has
 * left), the time jumps. */
static struct rsp_order_node *
next_due(const struct rsp_few *f, uint32_t n)
{
	uint32_t first = first_due(f, n);
	uint64_t start = RSP_FEW_IDLE;

	for (uint32_t i = 0; first == n && i < n; i++)
		if (f->keys[i] < start)
			start = f->keys[i];
	if (first == n && start == RSP_FEW_IDLE)
		return NULL;
	if (first == n) {
		f->clock->now = start;
		first = first_due(f, n);
	}
	return f->nodes[first];
}

void
rsp_few_settle(struct rsp_order *o)
{
	struct rsp_few f = rsp_few_view(o);

	o->first = NULL;
	if (o->n == 0)
		return;
	switch (o->def->discipline) {
	case RSP_RING:
		o->first = f.nodes[o->turn];
		break;
	case RSP_SHARES:
		o->first = next_due(&f, o->n);
		break;
	case RSP_RANKED:
		o->first = f.nodes[0];
		break;
	case RSP_LOTS:
		break;
	}
}

/* A turn of the node of `s` that begins at `start`. */
static void
set_turn(struct slot *s, uint32_t weight, uint64_t start)
{
	s->key = weight == 0 ? RSP_FEW_IDLE : start;
	s->length = weight == 0 ? 1 : rsp_share_turn(s->node, weight);
}

static uint32_t
weight_of(const struct rsp_order *o, const uint32_t *words)
{
	return o->def->weight == NULL ? 1 : o->def->weight(words);
}

void
rsp_few_add(struct rsp_order *o, struct rsp_order_node *node)
{
	struct rsp_few f = rsp_few_view(o);
	uint32_t words[RSP_POLICY_WORDS];
	struct slot s = { .node = node, .id = o->words(node, words) };

	node->count = 0;
	switch (o->def->discipline) {
	case RSP_RING: /* the last of the round that goes on */
		insert(o, &f, o->turn == 0 ? o->n : o->turn++, &s);
		break;
	case RSP_SHARES:
		rsp_share_set_sum(f.clock,
		    f.clock->sum + weight_of(o, words));
		set_turn(&s, weight_of(o, words), f.clock->now);
		insert(o, &f, o->n, &s);
		break;
	case RSP_RANKED:
		s.key = o->def->rank(words, 0);
		insert_ranked(o, &f, &s);
		break;
	case RSP_LOTS:
		s.key = weight_of(o, words);
		insert(o, &f, o->n, &s);
		break;
	}
	rsp_few_settle(o);
}

void
rsp_few_append(struct rsp_order *o, struct rsp_order_node *node, uint64_t start)
{
	struct rsp_few f = rsp_few_view(o);
	uint32_t words[RSP_POLICY_WORDS];
	struct slot s = { .node = node, .id = o->words(node, words) };

	if (is_shared(o))
		set_turn(&s, weight_of(o, words), start);
	else if (o->def->discipline == RSP_RANKED)
		s.key = o->def->rank(words, node->count);
	else
		s.key = weight_of(o, words);
	insert(o, &f, o->n, &s);
}

void
rsp_few_remove(struct rsp_order *o, struct rsp_order_node *node)
{
	struct rsp_few f = rsp_few_view(o);
	uint32_t i = rsp_few_index(&f, node);

	if (is_shared(o))
		rsp_share_set_sum(f.clock,
		    f.clock->sum - rsp_order_weight(o, node));
	take_out(o, &f, i);
	if (i < o->turn)
		o->turn--;
	if (o->turn == o->n)
		o->turn = 0;
	rsp_few_settle(o);
}

/* With another weight a turn that has not begun begins no later than a new
 * element's second one would. */
static void
renew_share(struct rsp_order *o, const struct rsp_few *f, uint32_t i,
    uint32_t old, uint32_t weight)
{
	uint64_t now = f->clock->now, start = now, latest;
	struct slot s;

	if (old == weight)
		return;
	s = take_out(o, f, i);
	rsp_share_set_sum(f->clock, f->clock->sum - old + weight);
	s.node->count = 0;
	if (old > 0 && weight > 0 && s.key > now) {
		latest = now + RSP_SHARE_ROUND / weight;
		start = s.key < latest ? s.key : latest;
	}
	set_turn(&s, weight, start);
	/* Who comes back from idleness is the last to have come. */
	insert(o, f, old == 0 ? o->n : i, &s);
}

void
rsp_few_renew(struct rsp_order *o, struct rsp_order_node *node,
    const uint32_t *old_words)
{
	struct rsp_few f = rsp_few_view(o);
	uint32_t words[RSP_POLICY_WORDS], i;
	struct slot s;

	if (f.keys == NULL)
		return;
	o->words(node, words);
	i = rsp_few_index(&f, node);
	switch (o->def->discipline) {
	case RSP_RING:
		return;
	case RSP_SHARES:
		renew_share(o, &f, i, weight_of(o, old_words),
		    weight_of(o, words));
		break;
	case RSP_RANKED:
		node->count = 0;
		if (f.keys[i] == o->def->rank(words, 0))
			return;
		s = take_out(o, &f, i);
		s.key = o->def->rank(words, 0);
		insert_ranked(o, &f, &s);
		break;
	case RSP_LOTS:
		f.keys[i] = weight_of(o, words);
		break;
	}
	rsp_few_settle(o);
}

void
rsp_few_replace(struct rsp_order *o, const struct rsp_order_node *old,
    struct rsp_order_node *node)
{
	struct rsp_few f = rsp_few_view(o);

	f.nodes[rsp_few_index(&f, old)] = node;
	rsp_few_settle(o);
}

struct rsp_order_node *
rsp_few_next(const struct rsp_order *o, const struct rsp_order_node *node)
{
	struct rsp_few f = rsp_few_view(o);
	uint32_t i = node == NULL ? 0 : rsp_few_index(&f, node) + 1;

	return i < o->n ? f.nodes[i] : NULL;
}

struct rsp_order_node *
rsp_few_find(const struct rsp_order *o, uint32_t id)
{
	struct rsp_few f = rsp_few_view(o);

	for (uint32_t i = 0; i < o->n; i++)
		if (f.ids[i] == id)
			return f.nodes[i];
	return NULL;
}

static void
share_selected(struct rsp_order *o, const struct rsp_few *f,
    struct rsp_order_node *node)
{
	uint32_t i = rsp_few_index(f, node);
	uint64_t base = f->clock->now;

	if (node != o->first)
		return;
	rsp_share_tick(f->clock);
	f->keys[i] = rsp_few_end(f, i);
	f->lengths[i] =
	    (uint32_t)(rsp_share_turn(node, rsp_order_weight(o, node)) - 1);
	if (!rsp_share_is_late(f->clock))
		return;
	for (i = 0; i < o->n; i++)
		if (f->keys[i] < base)
			base = f->keys[i];
	f->clock->now -= base;
	for (i = 0; i < o->n; i++)
		if (f->keys[i] != RSP_FEW_IDLE)
			f->keys[i] -= base;
}

/* The first of every run of equals moves behind those: a run that is only
 * partly in the answer takes turns too. */
static void
ranked_selected(struct rsp_order *o, const struct rsp_few *f,
    const struct rsp_order_list *list, uint32_t n)
{
	uint64_t last = 0;

	for (uint32_t k = 0; k < n; k++) {
		struct rsp_order_node *node = rsp_order_listed(list, k);
		uint32_t words[RSP_POLICY_WORDS], i = rsp_few_index(f, node);
		uint64_t rank = f->keys[i], new_rank = rank;
		bool turn = k == 0 || rank != last;
		struct slot s;

		last = rank;
		if (o->def->counts && node->count < UINT32_MAX) {
			node->count++;
			o->words(node, words);
			new_rank = o->def->rank(words, node->count);
		}
		/* behind its equals; often there are none */
		if (new_rank == rank &&
		    (!turn || i + 1 == o->n || f->keys[i + 1] != rank))
			continue;
		s = take_out(o, f, i);
		s.key = new_rank;
		insert_ranked(o, f, &s);
	}
}

void
rsp_few_selected(struct rsp_order *o, const struct rsp_order_list *list,
    uint32_t n)
{
	struct rsp_few f = rsp_few_view(o);

	switch (o->def->discipline) {
	case RSP_RING:
		o->turn = (uint8_t)((o->turn + 1u) % o->n);
		break;
	case RSP_SHARES:
		share_selected(o, &f, rsp_order_listed(list, 0));
		break;
	case RSP_RANKED:
		if (!o->def->rotates)
			return;
		ranked_selected(o, &f, list, n);
		break;
	case RSP_LOTS:
		return;
	}
	rsp_few_settle(o);
}
