/* SPDX-License-Identifier: Apache-2.0 */
/* select_user.c - selection of pool elements by the pool user: its half of each
 * policy
 *
 * Each gives every element a key and sorts by it; what differs is the key.
 *
 * Weighted turns: in a round of length 1, an element of weight w has its turns
 * at the times (k + phase) / w, k = 0 .. w - 1.  That makes w turns per round,
 * evenly spread; phases that differ keep elements from having theirs all at
 * once.  The turn at a position is found by bisection over the time, so no
 * round is ever written down, however large the weights.
 */
#include "rsp/core/pool/select_user.h"

/* Times are fractions of a round in 1/2^32. */
#define ROUND (UINT64_C(1) << 32)

struct sorted {
	uint8_t *order;
	unsigned n;
	const struct rsp_choice *list;
	uint64_t keys[RSP_CHOICE_MAX]; /* by index in the list */
};

static bool
comes_before(const struct sorted *s, unsigned a, unsigned b)
{
	if (s->keys[a] != s->keys[b])
		return s->keys[a] < s->keys[b];
	return s->list[a].pe_id < s->list[b].pe_id;
}

/* Adds an index to the order.  Entries are bytes, so a move is a memmove of two
 * cache lines at most. */
static void
insert(struct sorted *s, unsigned index)
{
	unsigned low = 0, high = s->n;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (comes_before(s, index, s->order[middle]))
			high = middle;
		else
			low = middle + 1;
	}
	memmove(s->order + low + 1, s->order + low, s->n - low);
	s->order[low] = (uint8_t)index;
	s->n++;
}

/* Rotates `n` entries so that number `first` comes first. */
static void
rotate(uint8_t *order, unsigned n, unsigned first)
{
	uint8_t head[RSP_CHOICE_MAX];

	memcpy(head, order, first);
	memmove(order, order + first, n - first);
	memcpy(order + n - first, head, first);
}

/* Rotates every run of equal keys, so that equals take turns. */
static void
rotate_equals(struct sorted *s, uint64_t position)
{
	for (unsigned start = 0, end; start < s->n; start = end) {
		uint64_t key = s->keys[s->order[start]];

		for (end = start + 1; end < s->n; end++)
			if (s->keys[s->order[end]] != key)
				break;
		rotate(s->order + start, end - start,
		    (unsigned)(position % (end - start)));
	}
}

/* The function of a row.  It leaves unused what it does not need. */
typedef unsigned choose_fn(const struct rsp_policy_def *def, struct sorted *s,
    unsigned n, uint64_t position, rsp_random_fn *random, void *ctx);

static unsigned
choose_rr(const struct rsp_policy_def *def, struct sorted *s, unsigned n,
    uint64_t position, rsp_random_fn *random, void *ctx)
{
	(void)def;
	(void)random;
	(void)ctx;
	for (unsigned i = 0; i < n; i++) {
		s->keys[i] = 0;
		insert(s, i);
	}
	rotate_equals(s, position);
	return s->n;
}

/* The answer's own order is kept.  The registrar knows how often it has already
 * counted a selection; the pool user does not.  So a rank is at least that of
 * the element listed before. */
static unsigned
choose_ranked(const struct rsp_policy_def *def, struct sorted *s, unsigned n,
    uint64_t position, rsp_random_fn *random, void *ctx)
{
	uint64_t least = 0;

	(void)random;
	(void)ctx;
	for (unsigned i = 0; i < n; i++) {
		const uint32_t *words = s->list[i].words;
		uint64_t rank = def->rank(words, 0);

		if (!def->rotates)
			least = 0;
		if (rank > least)
			least = rank;
		s->keys[i] = least;
		if (def->counts)
			s->keys[i] +=
			    s->list[i].uses * (def->rank(words, 1) - rank);
		insert(s, i);
	}
	if (def->rotates)
		rotate_equals(s, position);
	return s->n;
}

static uint32_t
weight_of(const struct rsp_policy_def *def, const struct rsp_choice *c)
{
	return def->weight == NULL ? 1 : def->weight(c->words);
}

static unsigned
choose_random(const struct rsp_policy_def *def, struct sorted *s, unsigned n,
    uint64_t position, rsp_random_fn *random, void *ctx)
{
	uint8_t left[RSP_CHOICE_MAX];
	unsigned n_left = 0;
	uint64_t sum = 0;

	(void)position;
	for (unsigned i = 0; i < n; i++) {
		uint32_t weight = weight_of(def, &s->list[i]);

		if (weight > 0)
			left[n_left++] = (uint8_t)i;
		sum += weight;
	}
	while (n_left > 0) {
		uint64_t lot = rsp_random_below(random, ctx, sum);
		unsigned at = 0;
		uint32_t weight;

		while (lot >= (weight = weight_of(def, &s->list[left[at]]))) {
			lot -= weight;
			at++;
		}
		s->order[s->n++] = left[at];
		left[at] = left[--n_left];
		sum -= weight;
	}
	return s->n;
}

struct share {
	uint8_t index;
	uint32_t weight;
	uint32_t phase; /* in 1/2^32 of the distance between its turns */
};

/* How many turns the element has before `time`. */
static uint64_t
turns_before(const struct share *s, uint64_t time)
{
	return (time * s->weight + (UINT32_MAX - s->phase)) >> 32;
}

static uint64_t
all_turns_before(const struct share *shares, unsigned n, uint64_t time)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += turns_before(&shares[i], time);
	return sum;
}

static uint64_t
time_of_turn(const struct share *s, uint64_t number)
{
	return ((number << 32) + s->phase) / s->weight;
}

/* The last instant with no more than `turns` turns before it. */
static uint64_t
instant_of(const struct share *shares, unsigned n, uint64_t turns)
{
	uint64_t low = 0, high = ROUND;

	while (high - low > 1) {
		uint64_t middle = (low + high) / 2;

		if (all_turns_before(shares, n, middle) <= turns)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Collects the elements that serve, in the order of their identifiers, with
 * phases that divide the distance between turns evenly.  Returns their number;
 * `sum` is the sum of their weights. */
static unsigned
make_shares(const struct rsp_policy_def *def, struct sorted *s, unsigned n,
    struct share *shares, uint64_t *sum)
{
	*sum = 0;
	for (unsigned i = 0; i < n; i++) {
		s->keys[i] = 0;
		if (weight_of(def, &s->list[i]) > 0)
			insert(s, i);
	}
	for (unsigned i = 0; i < s->n; i++) {
		shares[i].index = s->order[i];
		shares[i].weight = weight_of(def, &s->list[s->order[i]]);
		shares[i].phase = (uint32_t)((2 * i + 1) * (ROUND / 2) / s->n);
		*sum += shares[i].weight;
	}
	return s->n;
}

static unsigned
choose_wrr(const struct rsp_policy_def *def, struct sorted *s, unsigned n,
    uint64_t position, rsp_random_fn *random, void *ctx)
{
	struct share shares[RSP_CHOICE_MAX];
	uint64_t sum, now, turns;
	unsigned n_shares = make_shares(def, s, n, shares, &sum), due = 0;

	(void)random;
	(void)ctx;
	if (n_shares == 0)
		return 0;
	position %= sum;
	now = instant_of(shares, n_shares, position);
	position -= all_turns_before(shares, n_shares, now);
	/* Of several turns in the same instant, the first to be due. */
	while ((turns = turns_before(&shares[due], now + 1) -
			turns_before(&shares[due], now)) <= position) {
		position -= turns;
		due++;
	}
	s->n = 0;
	for (unsigned i = 0; i < n_shares; i++) {
		/* The elements before it have had theirs in this instant. */
		uint64_t number = turns_before(&shares[i], now + (i < due));

		s->keys[shares[i].index] = time_of_turn(&shares[i], number);
		insert(s, shares[i].index);
	}
	return s->n;
}

static choose_fn *const choosers[] = {
	[RSP_SELECT_RR] = choose_rr,
	[RSP_SELECT_WRR] = choose_wrr,
	[RSP_SELECT_RANKED] = choose_ranked,
	[RSP_SELECT_RANDOM] = choose_random,
};

unsigned
rsp_choose(uint32_t type, const struct rsp_choice *list, unsigned n,
    uint64_t position, rsp_random_fn *random, void *ctx,
    uint8_t order[RSP_CHOICE_MAX])
{
	const struct rsp_policy_def *def = rsp_policy_def(type);
	struct sorted s;

	s.order = order;
	s.n = 0;
	s.list = list;
	if (n > RSP_CHOICE_MAX)
		n = RSP_CHOICE_MAX;
	return choosers[def->selection](def, &s, n, position, random, ctx);
}
