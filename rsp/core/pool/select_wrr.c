/* SPDX-License-Identifier: Apache-2.0 */
/* select_wrr.c - a turn's length is known when it begins, and that it has begun
 * when somebody asks: every step is O(log n) */
#include "rsp/core/pool/select_wrr.h"

#include "rsp/core/pool/select.h"

static struct rsp_select_node *
node_at(const struct rsp_heap_node *place)
{
	return RSP_CONTAINER(place, struct rsp_select_node, place);
}

/* Times stay below the limit and two rounds: a turn begins within a round, and
 * is no longer than one. */
static uint64_t
key_of(uint64_t time, const struct rsp_select_node *node)
{
	return time * RSP_SHARE_TIES + node->tie;
}

static uint64_t
time_of(uint64_t key)
{
	return key / RSP_SHARE_TIES;
}

static uint64_t
first_time(const struct rsp_heap *h)
{
	return time_of(rsp_heap_first_key(h));
}

void
rsp_select_wrr_tick(struct rsp_select_wrr_clock *c)
{
	c->now += RSP_SHARE_ROUND / c->sum;
	c->fraction += RSP_SHARE_ROUND % c->sum;
	if (c->fraction >= c->sum) {
		c->fraction -= c->sum;
		c->now++;
	}
}

uint64_t
rsp_select_wrr_turn(struct rsp_select_node *node, uint32_t weight)
{
	uint64_t fraction = node->count + RSP_SHARE_ROUND % weight;
	uint64_t length = RSP_SHARE_ROUND / weight;

	if (fraction >= weight) {
		fraction -= weight;
		length++;
	}
	node->count = (uint32_t)fraction;
	return length;
}

uint64_t
rsp_select_wrr_turn_back(struct rsp_select_node *node, uint32_t weight)
{
	uint64_t rest = RSP_SHARE_ROUND % weight;
	uint64_t length = RSP_SHARE_ROUND / weight;

	if (node->count < rest) {
		node->count += (uint32_t)(weight - rest);
		return length + 1;
	}
	node->count -= (uint32_t)rest;
	return length;
}

void
rsp_select_wrr_init(struct rsp_select_wrr *s)
{
	*s = (struct rsp_select_wrr){ 0 };
	rsp_list_init(&s->idle);
}

void
rsp_select_wrr_fini(struct rsp_select_wrr *s)
{
	rsp_heap_fini(&s->ready);
	rsp_heap_fini(&s->waiting);
}

int
rsp_select_wrr_reserve(struct rsp_select_wrr *s, uint32_t n)
{
	int err = rsp_heap_reserve(&s->waiting, n);

	return err == RSP_OK ? rsp_heap_reserve(&s->ready, n) : err;
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

/* When numbers have run out, all get new ones, in the order that they are in.
 */
static uint32_t
new_tie(struct rsp_select_wrr *s)
{
	if (s->next_tie >= RSP_SHARE_TIES) {
		s->next_tie = 0;
		number_anew(s, &s->ready);
		number_anew(s, &s->waiting);
	}
	return s->next_tie++;
}

/* A turn that ends now has begun a round ago at the earliest. */
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
	if (base <= RSP_SHARE_ROUND)
		return;
	base -= RSP_SHARE_ROUND;
	s->clock.now -= base;
	rsp_heap_shift(&s->ready, base * RSP_SHARE_TIES);
	rsp_heap_shift(&s->waiting, base * RSP_SHARE_TIES);
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

void
rsp_select_wrr_put(struct rsp_select *o, struct rsp_select_node *node,
    uint64_t start)
{
	uint32_t weight = rsp_select_weight(o, node);

	node->tie = new_tie(o->wrr);
	if (weight == 0)
		rsp_list_add(&o->wrr->idle, &node->ring);
	else
		place(o->wrr, node, weight, start);
}

void
rsp_select_wrr_add(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_select_wrr_clock *c = &o->wrr->clock;

	restart(o->wrr);
	rsp_select_wrr_set_sum(c, c->sum + rsp_select_weight(o, node));
	node->place.slot = 0;
	node->count = 0;
	rsp_select_wrr_put(o, node, c->now);
}

/* Slots are numbered per heap, so the one that has it is the one that says so.
 */
static struct rsp_heap *
heap_of(struct rsp_select_wrr *s, const struct rsp_select_node *node)
{
	uint32_t slot = node->place.slot;

	if (slot > 0 && slot <= s->ready.n &&
	    s->ready.entries[slot - 1].node == &node->place)
		return &s->ready;
	return &s->waiting;
}

/* Takes a node out; returns when its next turn would have begun. */
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

uint64_t
rsp_select_wrr_take(struct rsp_select *o, struct rsp_select_node *node)
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

void
rsp_select_wrr_remove(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_select_wrr_clock *c = &o->wrr->clock;
	uint32_t weight = rsp_select_weight(o, node);

	rsp_select_wrr_set_sum(c, c->sum - weight);
	take(o->wrr, node, weight);
}

/* With another weight a turn that has not begun begins no later than a new
 * element's second one would. */
void
rsp_select_wrr_renew(struct rsp_select *o, struct rsp_select_node *node,
    uint32_t old)
{
	struct rsp_select_wrr_clock *c = &o->wrr->clock;
	uint32_t weight = rsp_select_weight(o, node);
	uint64_t start, latest;

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
	latest = c->now + RSP_SHARE_ROUND / weight;
	if (start > latest)
		start = latest;
	place(o->wrr, node, weight, start > c->now ? start : c->now);
}

void
rsp_select_wrr_replace(struct rsp_select *o, const struct rsp_select_node *old,
    struct rsp_select_node *node)
{
	if (rsp_select_weight(o, node) == 0)
		rsp_list_replace(&node->ring);
	else
		rsp_heap_replace(heap_of(o->wrr, old), &node->place);
}

/* Behind the place with this number, counted from 1, through both heaps. */
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

struct rsp_select_node *
rsp_select_wrr_next(const struct rsp_select *o,
    const struct rsp_select_node *node)
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
 * ahead of the time (somebody heavy has left), the time jumps. */
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

void
rsp_select_wrr_list(struct rsp_select *o, uint32_t max,
    struct rsp_select_list *list)
{
	struct rsp_select_wrr *s = o->wrr;

	catch_up(o);
	list->n = rsp_heap_list(&s->ready, max, list->nodes, list->scratch);
	list->n += rsp_heap_list(&s->waiting, max - list->n,
	    list->nodes + list->n, list->scratch);
}

void
rsp_select_wrr_selected(struct rsp_select *o, struct rsp_select_node *node)
{
	struct rsp_select_wrr *s = o->wrr;
	uint64_t end;

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
