/* SPDX-License-Identifier: Apache-2.0 */
/* select_small.c - insert() and take_out() are the only functions that move
 * slots; settle() finds out who is next, after every change */
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
is_shared(const struct rsp_select *o)
{
	return o->def->selection == RSP_SELECT_WRR;
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
	if (is_shared(o)) {
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
	if (is_shared(o))
		slot += sizeof(uint32_t);
	return room * slot +
	       (is_shared(o) ? sizeof(struct rsp_select_wrr_clock) : 0);
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

struct slot {
	struct rsp_select_node *node;
	uint64_t key;
	uint64_t length;
	uint32_t id;
};

/* Moves the slots from `i` on by one, to or from `i` + 1. */
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

static void
insert(struct rsp_select *o, const struct rsp_select_small *f, uint32_t i,
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
take_out(struct rsp_select *o, const struct rsp_select_small *f, uint32_t i)
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
insert_ranked(struct rsp_select *o, const struct rsp_select_small *f,
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
first_due(const struct rsp_select_small *f, uint32_t n)
{
	uint32_t first = n;

	for (uint32_t i = 0; i < n; i++)
		if (f->keys[i] <= f->clock->now &&
		    (first == n || rsp_select_small_end(f, i) <
				       rsp_select_small_end(f, first)))
			first = i;
	return first;
}

/* There is always one: when all have been ahead of the time (somebody heavy has
 * left), the time jumps. */
static struct rsp_select_node *
next_due(const struct rsp_select_small *f, uint32_t n)
{
	uint32_t first = first_due(f, n);
	uint64_t start = RSP_SELECT_SMALL_IDLE;

	for (uint32_t i = 0; first == n && i < n; i++)
		if (f->keys[i] < start)
			start = f->keys[i];
	if (first == n && start == RSP_SELECT_SMALL_IDLE)
		return NULL;
	if (first == n) {
		f->clock->now = start;
		first = first_due(f, n);
	}
	return f->nodes[first];
}

void
rsp_select_small_settle(struct rsp_select *o)
{
	struct rsp_select_small f = rsp_select_small_view(o);

	o->first = NULL;
	if (o->n == 0)
		return;
	switch (o->def->selection) {
	case RSP_SELECT_RR:
		o->first = f.nodes[o->turn];
		break;
	case RSP_SELECT_WRR:
		o->first = next_due(&f, o->n);
		break;
	case RSP_SELECT_RANKED:
		o->first = f.nodes[0];
		break;
	case RSP_SELECT_RANDOM:
		break;
	}
}

/* A turn of the node of `s` that begins at `start`. */
static void
set_turn(struct slot *s, uint32_t weight, uint64_t start)
{
	s->key = weight == 0 ? RSP_SELECT_SMALL_IDLE : start;
	s->length = weight == 0 ? 1 : rsp_select_wrr_turn(s->node, weight);
}

static uint32_t
weight_of(const struct rsp_select *o, const uint32_t *words)
{
	return o->def->weight == NULL ? 1 : o->def->weight(words);
}

void
rsp_select_small_add(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t words[RSP_POLICY_WORDS];
	struct slot s = { .node = node, .id = o->words(node, words) };

	node->count = 0;
	switch (o->def->selection) {
	case RSP_SELECT_RR: /* the last of the round that goes on */
		insert(o, &f, o->turn == 0 ? o->n : o->turn++, &s);
		break;
	case RSP_SELECT_WRR:
		rsp_select_wrr_set_sum(f.clock,
		    f.clock->sum + weight_of(o, words));
		set_turn(&s, weight_of(o, words), f.clock->now);
		insert(o, &f, o->n, &s);
		break;
	case RSP_SELECT_RANKED:
		s.key = o->def->rank(words, 0);
		insert_ranked(o, &f, &s);
		break;
	case RSP_SELECT_RANDOM:
		s.key = weight_of(o, words);
		insert(o, &f, o->n, &s);
		break;
	}
	rsp_select_small_settle(o);
}

void
rsp_select_small_append(struct rsp_select *o, struct rsp_select_node *node,
    uint64_t start)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t words[RSP_POLICY_WORDS];
	struct slot s = { .node = node, .id = o->words(node, words) };

	if (is_shared(o))
		set_turn(&s, weight_of(o, words), start);
	else if (o->def->selection == RSP_SELECT_RANKED)
		s.key = o->def->rank(words, node->count);
	else
		s.key = weight_of(o, words);
	insert(o, &f, o->n, &s);
}

void
rsp_select_small_remove(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t i = rsp_select_small_index(&f, node);

	if (is_shared(o))
		rsp_select_wrr_set_sum(f.clock,
		    f.clock->sum - rsp_select_weight(o, node));
	take_out(o, &f, i);
	if (i < o->turn)
		o->turn--;
	if (o->turn == o->n)
		o->turn = 0;
	rsp_select_small_settle(o);
}

/* With another weight a turn that has not begun begins no later than a new
 * element's second one would. */
static void
renew_share(struct rsp_select *o, const struct rsp_select_small *f, uint32_t i,
    uint32_t old, uint32_t weight)
{
	uint64_t now = f->clock->now, start = now, latest;
	struct slot s;

	if (old == weight)
		return;
	s = take_out(o, f, i);
	rsp_select_wrr_set_sum(f->clock, f->clock->sum - old + weight);
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
rsp_select_small_renew(struct rsp_select *o, struct rsp_select_node *node,
    const uint32_t *old_words)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t words[RSP_POLICY_WORDS], i;
	struct slot s;

	if (f.keys == NULL)
		return;
	o->words(node, words);
	i = rsp_select_small_index(&f, node);
	switch (o->def->selection) {
	case RSP_SELECT_RR:
		return;
	case RSP_SELECT_WRR:
		renew_share(o, &f, i, weight_of(o, old_words),
		    weight_of(o, words));
		break;
	case RSP_SELECT_RANKED:
		node->count = 0;
		if (f.keys[i] == o->def->rank(words, 0))
			return;
		s = take_out(o, &f, i);
		s.key = o->def->rank(words, 0);
		insert_ranked(o, &f, &s);
		break;
	case RSP_SELECT_RANDOM:
		f.keys[i] = weight_of(o, words);
		break;
	}
	rsp_select_small_settle(o);
}

void
rsp_select_small_replace(struct rsp_select *o,
    const struct rsp_select_node *old, struct rsp_select_node *node)
{
	struct rsp_select_small f = rsp_select_small_view(o);

	f.nodes[rsp_select_small_index(&f, old)] = node;
	rsp_select_small_settle(o);
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

static void
share_selected(struct rsp_select *o, const struct rsp_select_small *f,
    struct rsp_select_node *node)
{
	uint32_t i = rsp_select_small_index(f, node);
	uint64_t base = f->clock->now;

	if (node != o->first)
		return;
	rsp_select_wrr_tick(f->clock);
	f->keys[i] = rsp_select_small_end(f, i);
	f->lengths[i] =
	    (uint32_t)(rsp_select_wrr_turn(node, rsp_select_weight(o, node)) -
		       1);
	if (!rsp_select_wrr_is_late(f->clock))
		return;
	for (i = 0; i < o->n; i++)
		if (f->keys[i] < base)
			base = f->keys[i];
	f->clock->now -= base;
	for (i = 0; i < o->n; i++)
		if (f->keys[i] != RSP_SELECT_SMALL_IDLE)
			f->keys[i] -= base;
}

/* The first of every run of equals moves behind those: a run that is only
 * partly in the answer takes turns too. */
static void
ranked_selected(struct rsp_select *o, const struct rsp_select_small *f,
    const struct rsp_select_list *list, uint32_t n)
{
	uint64_t last = 0;

	for (uint32_t k = 0; k < n; k++) {
		struct rsp_select_node *node = rsp_select_listed(list, k);
		uint32_t words[RSP_POLICY_WORDS],
		    i = rsp_select_small_index(f, node);
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
rsp_select_small_selected(struct rsp_select *o,
    const struct rsp_select_list *list, uint32_t n)
{
	struct rsp_select_small f = rsp_select_small_view(o);

	switch (o->def->selection) {
	case RSP_SELECT_RR:
		o->turn = (uint8_t)((o->turn + 1u) % o->n);
		break;
	case RSP_SELECT_WRR:
		share_selected(o, &f, rsp_select_listed(list, 0));
		break;
	case RSP_SELECT_RANKED:
		if (!o->def->rotates)
			return;
		ranked_selected(o, &f, list, n);
		break;
	case RSP_SELECT_RANDOM:
		return;
	}
	rsp_select_small_settle(o);
}
