/* SPDX-License-Identifier: Apache-2.0 */
/* select_wrr.c - selection by weighted round robin: small and large pools
 *
 * The length of a turn is known when it begins.  That it has begun is found out
 * when the pool is asked for.  So every step of a large pool is O(log n).
 */
#include "rsp/core/pool/select_wrr.h"

#include <stdlib.h>

#include "rsp/core/base/error.h"
#include "rsp/core/pool/select_ops.h"
#include "rsp/core/pool/select_small.h"

static struct rsp_select_node *
node_at(const struct rsp_heap_node *place)
{
	return RSP_CONTAINER(place, struct rsp_select_node, place);
}

/* Times stay below the limit plus two rounds: a turn begins within a round, and
 * is no longer than one. */
static uint64_t
key_of(uint64_t time, const struct rsp_select_node *node)
{
	return time * RSP_SELECT_WRR_TIES + node->tie;
}

static uint64_t
time_of(uint64_t key)
{
	return key / RSP_SELECT_WRR_TIES;
}

static uint64_t
first_time(const struct rsp_heap *h)
{
	return time_of(rsp_heap_first_key(h));
}

/* The small array: in the order of joining. */

/* The beginning of a turn that never comes, for an element that cannot
 * serve. */
#define IDLE UINT64_MAX

/* When the turn at place `i` ends. */
static uint64_t
end_of(const struct rsp_select_small *f, uint32_t i)
{
	return f->keys[i] + f->lengths[i] + 1;
}

/* Of the turns that have begun, the one that ends first; of equals, the one of
 * the element that came first.  `n` when there is none. */
static uint32_t
first_due(const struct rsp_select_small *f, uint32_t n)
{
	uint32_t first = n;

	for (uint32_t i = 0; i < n; i++)
		if (f->keys[i] <= f->clock->now &&
		    (first == n || end_of(f, i) < end_of(f, first)))
			first = i;
	return first;
}

/* There is always one.  When all have been ahead of the time (a heavy element
 * has left), the time jumps. */
static struct rsp_select_node *
next_due(const struct rsp_select_small *f, uint32_t n)
{
	uint32_t first = first_due(f, n);
	uint64_t start = IDLE;

	for (uint32_t i = 0; first == n && i < n; i++)
		if (f->keys[i] < start)
			start = f->keys[i];
	if (first == n && start == IDLE)
		return NULL;
	if (first == n) {
		f->clock->now = start;
		first = first_due(f, n);
	}
	return f->nodes[first];
}

/* The turn of the node of `s` that begins at `start`. */
static void
set_turn(struct rsp_select_slot *s, uint32_t weight, uint64_t start)
{
	s->key = weight == 0 ? IDLE : start;
	s->length = weight == 0 ? 1 : rsp_select_wrr_turn(s->node, weight);
}

static void
small_add(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t words[RSP_POLICY_WORDS];
	struct rsp_select_slot s = rsp_select_small_slot(o, node, words);
	uint32_t weight = o->def->weight(words);

	rsp_select_wrr_set_sum(f.clock, f.clock->sum + weight);
	set_turn(&s, weight, f.clock->now);
	rsp_select_small_insert(o, &f, o->n, &s);
	o->first = next_due(&f, o->n);
}

static void
small_remove(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_select_small f = rsp_select_small_view(o);

	rsp_select_wrr_set_sum(f.clock,
	    f.clock->sum - rsp_select_weight(o, node));
	rsp_select_small_remove(o, node);
	o->first = next_due(&f, o->n);
}

/* With another weight, a turn that has not begun begins no later than the
 * second turn of a new element would. */
static void
small_renew(struct rsp_select *o, struct rsp_select_node *node,
    const uint32_t *old_words)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t old = o->def->weight(old_words);
	uint32_t weight = rsp_select_weight(o, node);
	uint32_t i = rsp_select_small_index(&f, node);
	uint64_t now = f.clock->now, start = now, latest;
	struct rsp_select_slot s;

	if (old == weight)
		return;
	s = rsp_select_small_take_out(o, &f, i);
	rsp_select_wrr_set_sum(f.clock, f.clock->sum - old + weight);
	node->count = 0;
	if (old > 0 && weight > 0 && s.key > now) {
		latest = now + RSP_SELECT_WRR_ROUND / weight;
		start = s.key < latest ? s.key : latest;
	}
	set_turn(&s, weight, start);
	/* An element that can serve again joins at the end of the round. */
	rsp_select_small_insert(o, &f, old == 0 ? o->n : i, &s);
	o->first = next_due(&f, o->n);
}

static void
small_replace(struct rsp_select *o, const struct rsp_select_node *old,
    struct rsp_select_node *node)
{
	struct rsp_select_small f = rsp_select_small_view(o);

	rsp_select_small_replace(o, old, node);
	o->first = next_due(&f, o->n);
}

static bool
due_before(const struct rsp_select_small *f, uint32_t a, uint32_t b)
{
	bool a_begun = f->keys[a] <= f->clock->now;
	bool b_begun = f->keys[b] <= f->clock->now;
	uint64_t a_key = a_begun ? end_of(f, a) : f->keys[a];
	uint64_t b_key = b_begun ? end_of(f, b) : f->keys[b];

	if (a_begun != b_begun)
		return a_begun;
	return a_key != b_key ? a_key < b_key : a < b;
}

/* Turns that have begun are ordered by when they end, the others by when they
 * begin. */
static void
small_list(struct rsp_select *o, uint32_t max, struct rsp_select_list *list,
    rsp_random_fn *random, void *ctx)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t order[RSP_SELECT_SMALL_MAX], able = 0;

	(void)random;
	(void)ctx;
	for (uint32_t i = 0; i < o->n; i++) {
		uint32_t at = able;

		if (f.keys[i] == IDLE)
			continue;
		for (; at > 0 && due_before(&f, i, order[at - 1]); at--)
			order[at] = order[at - 1];
		order[at] = i;
		able++;
	}
	rsp_select_small_name(&f, order, able, max, list);
}

/* Times are set back before they grow too large. */
static void
small_restart(const struct rsp_select_small *f, uint32_t n, uint64_t base)
{
	for (uint32_t i = 0; i < n; i++)
		if (f->keys[i] < base)
			base = f->keys[i];
	f->clock->now -= base;
	for (uint32_t i = 0; i < n; i++)
		if (f->keys[i] != IDLE)
			f->keys[i] -= base;
}

static void
small_selected(struct rsp_select *o, const struct rsp_select_list *list,
    uint32_t n)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	struct rsp_select_node *node = rsp_select_listed(list, 0);
	uint64_t then = f.clock->now;
	uint32_t i;

	(void)n;
	if (node == o->first) {
		i = rsp_select_small_index(&f, node);
		rsp_select_wrr_tick(f.clock);
		f.keys[i] = end_of(&f, i);
		f.lengths[i] = (uint32_t)(rsp_select_wrr_turn(node,
					      rsp_select_weight(o, node)) -
					  1);
		if (rsp_select_wrr_is_late(f.clock))
			small_restart(&f, o->n, then);
	}
	o->first = next_due(&f, o->n);
}

/* The two heaps of a large pool. */

static void
heaps_fini(struct rsp_select *o)
{
	rsp_heap_fini(&o->wrr->ready);
	rsp_heap_fini(&o->wrr->waiting);
	free(o->wrr);
}

static int
heaps_reserve(struct rsp_select *o, uint32_t n)
{
	int err = rsp_heap_reserve(&o->wrr->waiting, n);

	return err == RSP_OK ? rsp_heap_reserve(&o->wrr->ready, n) : err;
}

static int
heaps_init(struct rsp_select *o, uint32_t n)
{
	o->wrr = calloc(1, sizeof(*o->wrr));
	if (o->wrr == NULL)
		return RSP_ENOMEM;
	rsp_list_init(&o->wrr->idle);
	if (heaps_reserve(o, n) == RSP_OK)
		return RSP_OK;
	heaps_fini(o);
	return RSP_ENOMEM;
}

static void
number_anew(struct rsp_select_wrr *s, struct rsp_heap *h)
{
	rsp_heap_sort(h);
	for (uint32_t i = 0; i < h->n; i++) {
		struct rsp_select_node *node = node_at(h->entries[i].node);

		node->tie = s->next_tie++;
		h->entries[i].key = key_of(time_of(h->entries[i].key), node);
	}
}

/* When numbers have run out, all nodes get new ones, in the order that they are
 * in. */
static uint32_t
new_tie(struct rsp_select_wrr *s)
{
	if (s->next_tie >= RSP_SELECT_WRR_TIES) {
		s->next_tie = 0;
		number_anew(s, &s->ready);
		number_anew(s, &s->waiting);
	}
	return s->next_tie++;
}

/* A turn that ends now began a round ago at the earliest. */
static void
restart(struct rsp_select_wrr *s)
{
	uint64_t base = s->clock.now;

	if (!rsp_select_wrr_is_late(&s->clock))
		return;
	if (s->ready.n > 0 && first_time(&s->ready) < base)
		base = first_time(&s->ready);
	if (s->waiting.n > 0 && first_time(&s->waiting) < base)
		base = first_time(&s->waiting);
	if (base <= RSP_SELECT_WRR_ROUND)
		return;
	base -= RSP_SELECT_WRR_ROUND;
	s->clock.now -= base;
	rsp_heap_shift(&s->ready, base * RSP_SELECT_WRR_TIES);
	rsp_heap_shift(&s->waiting, base * RSP_SELECT_WRR_TIES);
}

static void
make_ready(struct rsp_select_wrr *s, struct rsp_select_node *node,
    uint32_t weight, uint64_t start)
{
	uint64_t end = start + rsp_select_wrr_turn(node, weight);

	rsp_heap_add(&s->ready, &node->place, key_of(end, node));
}

/* Gives a node that is in no heap the turn that begins at `start`. */
static void
place(struct rsp_select_wrr *s, struct rsp_select_node *node, uint32_t weight,
    uint64_t start)
{
	if (start <= s->clock.now)
		make_ready(s, node, weight, start);
	else
		rsp_heap_add(&s->waiting, &node->place, key_of(start, node));
}

/* Gives a turn to a node whose weight is in the sum. */
static void
put(struct rsp_select *o, struct rsp_select_node *node, uint64_t start)
{
	uint32_t weight = rsp_select_weight(o, node);

	node->tie = new_tie(o->wrr);
	if (weight == 0)
		rsp_list_add(&o->wrr->idle, &node->ring);
	else
		place(o->wrr, node, weight, start);
}

static void
heaps_add(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_select_wrr_clock *c = &o->wrr->clock;

	restart(o->wrr);
	rsp_select_wrr_set_sum(c, c->sum + rsp_select_weight(o, node));
	o->n++;
	node->place.slot = 0;
	put(o, node, c->now);
}

/* Slots are numbered per heap, so a node is in the heap that has it at its
 * slot. */
static struct rsp_heap *
heap_of(struct rsp_select_wrr *s, const struct rsp_select_node *node)
{
	uint32_t slot = node->place.slot;

	if (slot > 0 && slot <= s->ready.n &&
	    s->ready.entries[slot - 1].node == &node->place)
		return &s->ready;
	return &s->waiting;
}

/* Takes a node out.  Returns when its next turn would have begun. */
static uint64_t
take(struct rsp_select_wrr *s, struct rsp_select_node *node, uint32_t weight)
{
	uint64_t start = s->clock.now;

	if (weight == 0) {
		rsp_list_remove(&node->ring);
		return start;
	}
	if (heap_of(s, node) == &s->waiting)
		start = time_of(rsp_heap_key(&s->waiting, &node->place));
	rsp_heap_remove(heap_of(s, node), &node->place);
	return start;
}

/* Takes a node out.  A turn that has begun will begin anew where it did. */
static uint64_t
take_back(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_select_wrr *s = o->wrr;
	uint32_t weight = rsp_select_weight(o, node);
	uint64_t end;

	if (weight == 0 || heap_of(s, node) == &s->waiting)
		return take(s, node, weight);
	end = time_of(rsp_heap_key(&s->ready, &node->place));
	take(s, node, weight);
	return end - rsp_select_wrr_turn_back(node, weight);
}

static void
heaps_remove(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_select_wrr_clock *c = &o->wrr->clock;
	uint32_t weight = rsp_select_weight(o, node);

	o->n--;
	rsp_select_wrr_set_sum(c, c->sum - weight);
	take(o->wrr, node, weight);
}

/* As small_renew(). */
static void
heaps_renew(struct rsp_select *o, struct rsp_select_node *node,
    const uint32_t *old_words)
{
	struct rsp_select_wrr_clock *c = &o->wrr->clock;
	uint32_t weight = rsp_select_weight(o, node);
	uint32_t old = o->def->weight(old_words);
	uint64_t start, latest;

	o->first = NULL;
	if (old == weight)
		return;
	restart(o->wrr);
	start = take(o->wrr, node, old);
	rsp_select_wrr_set_sum(c, c->sum - old + weight);
	if (old == 0)
		node->tie = new_tie(o->wrr);
	node->count = 0;
	if (weight == 0) {
		rsp_list_add(&o->wrr->idle, &node->ring);
		return;
	}
	latest = c->now + RSP_SELECT_WRR_ROUND / weight;
	if (start > latest)
		start = latest;
	place(o->wrr, node, weight, start > c->now ? start : c->now);
}

static void
heaps_replace(struct rsp_select *o, const struct rsp_select_node *old,
    struct rsp_select_node *node)
{
	if (rsp_select_weight(o, node) == 0)
		rsp_list_replace(&node->ring);
	else
		rsp_heap_replace(heap_of(o->wrr, old), &node->place);
}

/* The node behind the place with this number, counted from 1, through both
 * heaps. */
static struct rsp_select_node *
next_place(const struct rsp_select_wrr *s, uint32_t i)
{
	if (i < s->ready.n)
		return node_at(s->ready.entries[i].node);
	i -= s->ready.n;
	if (i < s->waiting.n)
		return node_at(s->waiting.entries[i].node);
	return rsp_select_after(&s->idle, &s->idle);
}

static struct rsp_select_node *
heaps_next(const struct rsp_select *o, const struct rsp_select_node *node)
{
	struct rsp_select_wrr *s = o->wrr;

	if (node == NULL)
		return next_place(s, 0);
	if (rsp_select_weight(o, node) == 0)
		return rsp_select_after(&node->ring, &s->idle);
	if (heap_of(s, node) == &s->ready)
		return next_place(s, node->place.slot);
	return next_place(s, s->ready.n + node->place.slot);
}

/* Turns that have begun become ready.  There is always one: when all have been
 * ahead of the time (a heavy element has left), the time jumps. */
static void
catch_up(struct rsp_select *o)
{
	struct rsp_select_wrr *s = o->wrr;
	struct rsp_heap_node *first;

	if (s->ready.n == 0 && s->waiting.n > 0 &&
	    first_time(&s->waiting) > s->clock.now)
		s->clock.now = first_time(&s->waiting);
	while ((first = rsp_heap_first(&s->waiting)) != NULL) {
		uint64_t start = first_time(&s->waiting);

		if (start > s->clock.now)
			break;
		rsp_heap_remove(&s->waiting, first);
		make_ready(s, node_at(first),
		    rsp_select_weight(o, node_at(first)), start);
	}
}

static void
heaps_list(struct rsp_select *o, uint32_t max, struct rsp_select_list *list,
    rsp_random_fn *random, void *ctx)
{
	struct rsp_select_wrr *s = o->wrr;

	(void)random;
	(void)ctx;
	catch_up(o);
	list->n = rsp_heap_list(&s->ready, max, list->nodes, list->scratch);
	list->n += rsp_heap_list(&s->waiting, max - list->n,
	    list->nodes + list->n, list->scratch);
}

static void
heaps_selected(struct rsp_select *o, const struct rsp_select_list *list,
    uint32_t n)
{
	struct rsp_select_node *node = rsp_select_listed(list, 0);
	struct rsp_select_wrr *s = o->wrr;
	uint64_t end;

	(void)n;
	if (s->ready.n == 0 || rsp_heap_first(&s->ready) != &node->place)
		return;
	restart(s);
	end = first_time(&s->ready);
	rsp_select_wrr_tick(&s->clock);
	rsp_heap_remove(&s->ready, &node->place);
	place(s, node, rsp_select_weight(o, node), end);
	catch_up(o);
	o->first = node_at(rsp_heap_first(&s->ready));
}

/* Sorts by when the elements joined. */
static void
heaps_sort(struct rsp_select *o, struct rsp_select_node **nodes, uint32_t n)
{
	(void)o;
	for (uint32_t i = 1, at; i < n; i++) {
		struct rsp_select_node *node = nodes[i];

		for (at = i; at > 0 && node->tie < nodes[at - 1]->tie; at--)
			nodes[at] = nodes[at - 1];
		nodes[at] = node;
	}
}

/* The clock goes with the turns.  While they are not all here yet it may jump.
 * That does not matter, for it is set again with the next one. */
static void
small_adopt(struct rsp_select *o, struct rsp_select *old,
    struct rsp_select_node *node)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t words[RSP_POLICY_WORDS];
	struct rsp_select_slot s = rsp_select_small_slot(o, node, words);

	*f.clock = old->wrr->clock;
	set_turn(&s, o->def->weight(words), take_back(old, node));
	rsp_select_small_insert(o, &f, o->n, &s);
	o->first = next_due(&f, o->n);
}

static void
heaps_adopt(struct rsp_select *o, struct rsp_select *old,
    struct rsp_select_node *node)
{
	struct rsp_select_small f = rsp_select_small_view(old);
	uint32_t weight = rsp_select_weight(o, node);

	o->n++;
	o->wrr->clock = *f.clock;
	node->place.slot = 0;
	if (weight > 0)
		rsp_select_wrr_turn_back(node, weight);
	put(o, node, f.keys[rsp_select_small_index(&f, node)]);
}

const struct rsp_select_algorithm rsp_select_wrr = {
	.small = { .init = rsp_select_small_reserve,
	    .fini = rsp_select_small_fini,
	    .reserve = rsp_select_small_reserve,
	    .add = small_add,
	    .remove = small_remove,
	    .renew = small_renew,
	    .replace = small_replace,
	    .next = rsp_select_small_next,
	    .list = small_list,
	    .selected = small_selected,
	    .adopt = small_adopt },
	.large = { .init = heaps_init,
	    .fini = heaps_fini,
	    .reserve = heaps_reserve,
	    .add = heaps_add,
	    .remove = heaps_remove,
	    .renew = heaps_renew,
	    .replace = heaps_replace,
	    .next = heaps_next,
	    .list = heaps_list,
	    .selected = heaps_selected,
	    .sort = heaps_sort,
	    .adopt = heaps_adopt },
	.has_turns = true,
};
