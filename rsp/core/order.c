/* SPDX-License-Identifier: Apache-2.0 */
/* order.c - the four disciplines
 *
 * SHARES: a round is one unit of virtual time long, in which an element of
 * weight w has w turns, each 1/w long.  A turn may be taken once it has begun;
 * of those that have, the one that ends first is taken (worst-case fair
 * weighted fair queueing).  Each answer moves the time on by 1/sum of weights,
 * so that a round has as many answers as turns.  No copies, no lists of turns:
 * every step is O(log n).  What integer division leaves over is carried along,
 * so rounds are exact for ever.
 */
#include "rsp/core/order.h"

#define ROUND (UINT64_C(1) << 32)
#define TIME_LIMIT (UINT64_C(1) << 62)

static struct rsp_order_node *
node_at(const struct rsp_heap_node *place)
{
	return RSP_CONTAINER(place, struct rsp_order_node, place);
}

static bool
tie_before(const struct rsp_heap_node *a, const struct rsp_heap_node *b)
{
	return node_at(a)->tie < node_at(b)->tie;
}

void
rsp_order_init(struct rsp_order *o, const struct rsp_policy_def *def,
    void (*words)(const struct rsp_order_node *, uint32_t *))
{
	memset(o, 0, sizeof(*o));
	o->def = def;
	o->words = words;
	o->ready.before = tie_before;
	if (def->discipline == RSP_SHARES) {
		o->shares.waiting.before = tie_before;
		rsp_list_init(&o->shares.idle);
	}
	if (def->discipline == RSP_LOTS)
		o->lots.equal = def->weight == NULL;
}

void
rsp_order_fini(struct rsp_order *o)
{
	rsp_heap_fini(&o->ready);
	if (o->def->discipline == RSP_SHARES)
		rsp_heap_fini(&o->shares.waiting);
	if (o->def->discipline == RSP_LOTS)
		rsp_lots_fini(&o->lots);
}

static uint32_t
weight_of(const struct rsp_order *o, const uint32_t *words)
{
	return o->def->weight == NULL ? 1 : o->def->weight(words);
}

static uint32_t
weight_now(const struct rsp_order *o, const struct rsp_order_node *node)
{
	uint32_t words[RSP_POLICY_WORDS];

	o->words(node, words);
	return weight_of(o, words);
}

static uint64_t
rank_now(const struct rsp_order *o, const struct rsp_order_node *node)
{
	uint32_t words[RSP_POLICY_WORDS];

	o->words(node, words);
	return o->def->rank(words, node->count);
}

static void
number_anew(struct rsp_order *o, struct rsp_heap *h)
{
	rsp_heap_sort(h);
	for (uint32_t i = 0; i < h->n; i++)
		node_at(h->entries[i].node)->tie = o->next_tie++;
}

/* Numbers run out after 2^32 answers; then all get new ones, in the order that
 * they are in. */
static uint32_t
new_tie(struct rsp_order *o)
{
	if (o->next_tie == UINT32_MAX) {
		o->next_tie = 0;
		number_anew(o, &o->ready);
		if (o->def->discipline == RSP_SHARES)
			number_anew(o, &o->shares.waiting);
	}
	return o->next_tie++;
}

/* The length of its next turn. */
static uint64_t
turn(struct rsp_order_node *node, uint32_t weight)
{
	uint64_t fraction = (uint64_t)node->count + ROUND % weight;
	uint64_t length = ROUND / weight;

	if (fraction >= weight) {
		fraction -= weight;
		length++;
	}
	node->count = (uint32_t)fraction;
	return length;
}

/* Gives a node that is in no heap the turn that begins at `start`. */
static void
share_place(struct rsp_order *o, struct rsp_order_node *node, uint32_t weight,
    uint64_t start)
{
	if (start > o->shares.now)
		rsp_heap_add(&o->shares.waiting, &node->place, start);
	else
		rsp_heap_add(&o->ready, &node->place,
		    start + turn(node, weight));
}

/* Turns that have begun become ready.  There is always one: when all have been
 * ahead of the time (somebody heavy has left), the time jumps. */
static void
share_catch_up(struct rsp_order *o)
{
	struct rsp_heap *waiting = &o->shares.waiting;
	struct rsp_heap_node *place;

	if (o->ready.n == 0 && waiting->n > 0 &&
	    rsp_heap_first_key(waiting) > o->shares.now)
		o->shares.now = rsp_heap_first_key(waiting);
	while ((place = rsp_heap_first(waiting)) != NULL) {
		uint64_t start = rsp_heap_first_key(waiting);

		if (start > o->shares.now)
			break;
		rsp_heap_remove(waiting, place);
		share_place(o, node_at(place), weight_now(o, node_at(place)),
		    start);
	}
}

static void
share_tick(struct rsp_order *o)
{
	o->shares.now += o->shares.length;
	o->shares.fraction += o->shares.rest;
	if (o->shares.fraction >= o->shares.sum) {
		o->shares.fraction -= o->shares.sum;
		o->shares.now++;
	}
}

static void
share_set_sum(struct rsp_order *o, uint64_t sum)
{
	o->shares.sum = sum;
	o->shares.fraction = 0;
	if (sum == 0)
		return;
	o->shares.length = ROUND / sum;
	o->shares.rest = ROUND % sum;
}

/* Sets all times back before they overflow. */
static void
share_restart(struct rsp_order *o)
{
	uint64_t base = o->shares.now;

	if (base < TIME_LIMIT)
		return;
	if (rsp_heap_first_key(&o->ready) < base)
		base = rsp_heap_first_key(&o->ready);
	if (rsp_heap_first_key(&o->shares.waiting) < base)
		base = rsp_heap_first_key(&o->shares.waiting);
	o->shares.now -= base;
	rsp_heap_shift(&o->ready, base);
	rsp_heap_shift(&o->shares.waiting, base);
}

static void
share_selected(struct rsp_order *o, struct rsp_order_node *node)
{
	uint64_t end;

	if (o->ready.n == 0 || rsp_heap_first(&o->ready) != &node->place)
		return;
	share_restart(o);
	end = rsp_heap_first_key(&o->ready);
	share_tick(o);
	if (end <= o->shares.now) { /* its next turn has begun */
		rsp_heap_move(&o->ready, &node->place,
		    end + turn(node, weight_now(o, node)));
		return;
	}
	rsp_heap_remove(&o->ready, &node->place);
	rsp_heap_add(&o->shares.waiting, &node->place, end);
}

static void
share_add(struct rsp_order *o, struct rsp_order_node *node)
{
	uint32_t weight = weight_now(o, node);

	share_set_sum(o, o->shares.sum + weight);
	if (weight == 0)
		rsp_list_add(&o->shares.idle, &node->ring);
	else
		share_place(o, node, weight, o->shares.now);
}

/* Slots are numbered per heap, so the one that has it is the one that says so.
 */
static const struct rsp_heap *
heap_with(const struct rsp_order *o, const struct rsp_order_node *node)
{
	uint32_t slot = node->place.slot;

	if (slot > 0 && slot <= o->ready.n &&
	    o->ready.entries[slot - 1].node == &node->place)
		return &o->ready;
	return &o->shares.waiting;
}

static struct rsp_heap *
heap_of(struct rsp_order *o, const struct rsp_order_node *node)
{
	return heap_with(o, node) == &o->ready ? &o->ready :
						 &o->shares.waiting;
}

/* Takes a node out; returns when its next turn would have begun. */
static uint64_t
share_remove(struct rsp_order *o, struct rsp_order_node *node, uint32_t weight)
{
	uint64_t start = o->shares.now;

	share_set_sum(o, o->shares.sum - weight);
	if (weight == 0) {
		rsp_list_remove(&node->ring);
		return start;
	}
	if (heap_of(o, node) == &o->shares.waiting)
		start = rsp_heap_key(&o->shares.waiting, &node->place);
	rsp_heap_remove(heap_of(o, node), &node->place);
	return start;
}

/* With another weight a turn that has not begun begins no later than a new
 * element's second one would. */
static void
share_renew(struct rsp_order *o, struct rsp_order_node *node,
    const uint32_t *old_words)
{
	uint32_t old = weight_of(o, old_words), weight = weight_now(o, node);
	uint64_t start, latest;

	if (old == weight)
		return;
	start = share_remove(o, node, old);
	if (old == 0)
		node->tie = new_tie(o);
	node->count = 0;
	if (weight == 0) {
		share_add(o, node);
		return;
	}
	share_set_sum(o, o->shares.sum + weight);
	latest = o->shares.now + ROUND / weight;
	share_place(o, node, weight, start < latest ? start : latest);
}

static void
ring_add(struct rsp_order *o, struct rsp_list *node)
{
	rsp_list_init(node);
	if (o->head == NULL)
		o->head = node;
	else
		rsp_list_add(o->head, node);
}

static void
ring_remove(struct rsp_order *o, struct rsp_list *node)
{
	if (o->head == node)
		o->head = rsp_list_is_empty(node) ? NULL : node->next;
	rsp_list_remove(node);
}

/* Alone in the ring, a copy points to the original. */
static void
ring_replace(struct rsp_order *o, const struct rsp_list *old,
    struct rsp_list *node)
{
	if (o->head == old)
		o->head = node;
	if (node->next == old)
		rsp_list_init(node);
	else
		rsp_list_replace(node);
}

static int
reserve(struct rsp_order *o, uint32_t n)
{
	int err;

	switch (o->def->discipline) {
	case RSP_RING:
		return RSP_OK;
	case RSP_LOTS:
		return rsp_lots_reserve(&o->lots, n);
	case RSP_SHARES:
		err = rsp_heap_reserve(&o->shares.waiting, n);
		return err == RSP_OK ? rsp_heap_reserve(&o->ready, n) : err;
	case RSP_RANKED:
		return rsp_heap_reserve(&o->ready, n);
	}
	return RSP_OK;
}

int
rsp_order_add(struct rsp_order *o, struct rsp_order_node *node)
{
	int err = reserve(o, o->n + 1);

	if (err != RSP_OK)
		return err;
	if (o->def->discipline != RSP_RING) {
		node->place.slot = 0;
		node->count = 0;
		node->tie = new_tie(o);
	}
	o->n++;
	switch (o->def->discipline) {
	case RSP_RING:
		ring_add(o, &node->ring);
		break;
	case RSP_SHARES:
		share_add(o, node);
		break;
	case RSP_RANKED:
		rsp_heap_add(&o->ready, &node->place, rank_now(o, node));
		break;
	case RSP_LOTS:
		rsp_lots_add(&o->lots, &node->place, weight_now(o, node));
		break;
	}
	return RSP_OK;
}

void
rsp_order_remove(struct rsp_order *o, struct rsp_order_node *node)
{
	switch (o->def->discipline) {
	case RSP_RING:
		ring_remove(o, &node->ring);
		break;
	case RSP_SHARES:
		share_remove(o, node, weight_now(o, node));
		break;
	case RSP_RANKED:
		rsp_heap_remove(&o->ready, &node->place);
		break;
	case RSP_LOTS:
		rsp_lots_remove(&o->lots, &node->place);
		break;
	}
	o->n--;
}

void
rsp_order_renew(struct rsp_order *o, struct rsp_order_node *node,
    const uint32_t old_words[RSP_POLICY_WORDS])
{
	switch (o->def->discipline) {
	case RSP_RING:
		break;
	case RSP_SHARES:
		share_renew(o, node, old_words);
		break;
	case RSP_RANKED:
		node->count = 0;
		rsp_heap_move(&o->ready, &node->place, rank_now(o, node));
		break;
	case RSP_LOTS:
		rsp_lots_set(&o->lots, &node->place, weight_now(o, node));
		break;
	}
}

void
rsp_order_replace(struct rsp_order *o, const struct rsp_order_node *old,
    struct rsp_order_node *node)
{
	switch (o->def->discipline) {
	case RSP_RING:
		ring_replace(o, &old->ring, &node->ring);
		break;
	case RSP_SHARES:
		if (weight_now(o, node) == 0)
			rsp_list_replace(&node->ring);
		else
			rsp_heap_replace(heap_of(o, old), &node->place);
		break;
	case RSP_RANKED:
		rsp_heap_replace(&o->ready, &node->place);
		break;
	case RSP_LOTS:
		rsp_lots_replace(&o->lots, &node->place);
		break;
	}
}

static struct rsp_order_node *
next_in_list(const struct rsp_list *node, const struct rsp_list *end)
{
	return node->next == end ?
	    NULL :
	    RSP_CONTAINER(node->next, struct rsp_order_node, ring);
}

/* Behind the place with this number, counted from 1, through both heaps. */
static struct rsp_order_node *
next_in_shares(const struct rsp_order *o, uint32_t i)
{
	if (i < o->ready.n)
		return node_at(o->ready.entries[i].node);
	i -= o->ready.n;
	if (i < o->shares.waiting.n)
		return node_at(o->shares.waiting.entries[i].node);
	return next_in_list(&o->shares.idle, &o->shares.idle);
}

static struct rsp_order_node *
after_share(const struct rsp_order *o, const struct rsp_order_node *node)
{
	if (node == NULL)
		return next_in_shares(o, 0);
	if (weight_now(o, node) == 0)
		return next_in_list(&node->ring, &o->shares.idle);
	if (heap_with(o, node) == &o->ready)
		return next_in_shares(o, node->place.slot);
	return next_in_shares(o, o->ready.n + node->place.slot);
}

struct rsp_order_node *
rsp_order_next(const struct rsp_order *o, const struct rsp_order_node *node)
{
	uint32_t i = node == NULL ? 0 : node->place.slot;

	switch (o->def->discipline) {
	case RSP_RING:
		if (node != NULL)
			return next_in_list(&node->ring, o->head);
		return o->head == NULL ?
		    NULL :
		    RSP_CONTAINER(o->head, struct rsp_order_node, ring);
	case RSP_SHARES:
		return after_share(o, node);
	case RSP_RANKED:
		return i < o->ready.n ? node_at(o->ready.entries[i].node) :
					NULL;
	case RSP_LOTS:
		return i < o->lots.n ? node_at(o->lots.nodes[i]) : NULL;
	}
	return NULL;
}

static void
list_shares(struct rsp_order *o, uint32_t max, struct rsp_order_list *list)
{
	share_catch_up(o);
	list->n = rsp_heap_list(&o->ready, max, list->nodes, list->scratch);
	list->n += rsp_heap_list(&o->shares.waiting, max - list->n,
	    list->nodes + list->n, list->scratch);
}

static void
list_ring(const struct rsp_order *o, uint32_t max, struct rsp_order_list *list)
{
	struct rsp_list *l = o->head;

	for (; l != NULL && list->n < max; l = l->next) {
		if (l == o->head && list->n > 0)
			break;
		list->nodes[list->n++] =
		    &RSP_CONTAINER(l, struct rsp_order_node, ring)->place;
	}
}

void
rsp_order_list(struct rsp_order *o, uint32_t max, struct rsp_order_list *list,
    rsp_random_fn *random, void *ctx)
{
	list->n = 0;
	if (max > RSP_ORDER_MAX)
		max = RSP_ORDER_MAX;
	switch (o->def->discipline) {
	case RSP_RING:
		list_ring(o, max, list);
		break;
	case RSP_SHARES:
		list_shares(o, max, list);
		break;
	case RSP_RANKED:
		list->n = rsp_heap_list(&o->ready, max, list->nodes,
		    list->scratch);
		break;
	case RSP_LOTS:
		list->n = rsp_lots_draw(&o->lots, max, list->nodes,
		    list->scratch, random, ctx);
		break;
	}
}

/* The first of every run of equals moves behind those: a run that is only
 * partly in the answer takes turns too. */
static void
ranked_selected(struct rsp_order *o, const struct rsp_order_list *list,
    uint32_t n)
{
	uint64_t last = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct rsp_order_node *node = rsp_order_listed(list, i);
		uint64_t rank = rsp_heap_key(&o->ready, &node->place);

		if (i == 0 || rank != last)
			node->tie = new_tie(o);
		last = rank;
		if (o->def->counts && node->count < UINT32_MAX) {
			node->count++;
			rank = rank_now(o, node);
		}
		rsp_heap_move(&o->ready, &node->place, rank);
	}
}

void
rsp_order_selected(struct rsp_order *o, const struct rsp_order_list *list,
    uint32_t n)
{
	if (n == 0)
		return;
	switch (o->def->discipline) {
	case RSP_RING:
		o->head = o->head->next;
		break;
	case RSP_SHARES:
		share_selected(o, rsp_order_listed(list, 0));
		break;
	case RSP_RANKED:
		if (o->def->rotates)
			ranked_selected(o, list, n);
		break;
	case RSP_LOTS:
		break;
	}
}
