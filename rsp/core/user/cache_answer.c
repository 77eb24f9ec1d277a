/* SPDX-License-Identifier: Apache-2.0 */
/* cache_answer.c - answers of the shared cache: the ring that holds them, and
 * how long they count
 *
 * The head of an answer (RSP_ANSWER_HEAD words):
 *   words in all; checksum of all other words; position; key of the slot
 *
 * A position only grows; its place is the position modulo the ring.  An answer
 * at position P is whole as long as the ring's position is at most P + ring.
 */
#include "rsp/core/user/cache_block.h"

/* An answer that is further back than this is copied forward, ... */
#define AGE_TO_COPY (RING_WORDS / 2)
/* ... a look at which is due when the position passes a multiple of this. */
#define STRIDE (RING_WORDS / 16)
/* At most this much is copied at a time: when there are more live answers than
 * the ring can carry, they are lost one by one instead of being moved around
 * for ever. */
#define COPY_BUDGET (RING_WORDS / 8)

/* Answers of an unknown pool count as uninterrupted if no longer apart than
 * this, ... */
#define UNKNOWN_GAP_MS 60000
/* ... or at any distance, if the pool was known this long ago. */
#define LONG_AGO_MS 600000

/* No lease is longer. */
#define LEASE_MAX_MS 60000

static uint64_t
checksum(const uint64_t *words, unsigned n)
{
	uint64_t h = n;

	for (unsigned i = 0; i < n; i++) {
		if (i == 1)
			continue;
		h = (h ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}

static word *
at(struct rsp_cache *c, uint64_t position)
{
	return &c->ring[position % RING_WORDS];
}

static bool
is_whole(const struct rsp_cache *c, uint64_t position, unsigned n)
{
	uint64_t passed = cache_load(&c->reserved) - position;

	return passed >= n && passed <= RING_WORDS;
}

/* Copies what is at `position`; the head is not yet judged. */
static int
copy_out(struct rsp_cache *c, uint64_t position, struct rsp_answer *a)
{
	uint64_t n = cache_load(at(c, position));

	if (n < RSP_ANSWER_HEAD || n > RSP_ANSWER_WORDS ||
	    !is_whole(c, position, (unsigned)n))
		return RSP_ENOENT;
	a->n = (unsigned)n;
	if (n > a->size)
		return RSP_ESPACE;
	for (unsigned i = 0; i < a->n; i++)
		a->words[i] = cache_peek(at(c, position + i));
	atomic_thread_fence(memory_order_acquire);
	if (!is_whole(c, position, a->n) || a->words[0] != n ||
	    a->words[1] != checksum(a->words, a->n) || a->words[2] != position)
		return RSP_ENOENT;
	return RSP_OK;
}

int
rsp_cache_read(struct rsp_cache *c, int slot, struct rsp_answer *a)
{
	struct rsp_cache_slot *s = cache_slot(c, slot);
	uint64_t position, again = cache_load(&s->answer);
	int err;

	/* Try a few times, for the answer may be replaced or copied forward
	 * while we read.  A writer that does so for ever cannot hold us up. */
	for (int tries = 0; tries < 4; tries++) {
		position = again;
		if (position == 0)
			break;
		err = copy_out(c, position, a);
		if (err == RSP_OK && a->words[3] != cache_load(&s->key))
			err = RSP_ENOENT;
		if (err != RSP_ENOENT)
			return err;
		again = cache_load(&s->answer);
		if (again == position)
			break;
	}
	a->n = 0;
	return RSP_ENOENT;
}

bool
rsp_cache_has_answer(struct rsp_cache *c, int slot)
{
	return cache_load(&cache_slot(c, slot)->answer) != 0;
}

/* Writes an answer into words of its own; its position, 0 when the ring went
 * around over it meanwhile. */
static uint64_t
write_words(struct rsp_cache *c, struct rsp_answer *a, uint64_t key)
{
	uint64_t position = cache_add(&c->reserved, a->n);

	a->words[0] = a->n;
	a->words[2] = position;
	a->words[3] = key;
	a->words[1] = checksum(a->words, a->n);
	for (unsigned i = 0; i < a->n; i++) {
		word *w = at(c, position + i);
		uint64_t before = cache_load(w);

		/* A process that was stopped here must not write over a later
		 * answer.  It does not if the ring went around before the look
		 * at its position, and hardly if after, for then there is
		 * another word by now. */
		if (!is_whole(c, position, a->n) ||
		    !cache_swap(w, before, a->words[i]))
			return 0;
	}
	return position;
}

/* Copies answers in use forward that a further lap would write over. */
static void
copy_forward(struct rsp_cache *c, struct rsp_answer *scratch)
{
	unsigned budget = COPY_BUDGET;

	for (int slot = 0; slot < (int)RSP_CACHE_SLOTS; slot++) {
		struct rsp_cache_slot *s = &c->slots[slot];
		uint64_t old = cache_load(&s->answer), position;

		if (old == 0 || cache_load(&c->reserved) - old <= AGE_TO_COPY ||
		    rsp_cache_read(c, slot, scratch) != RSP_OK)
			continue;
		if (scratch->n > budget)
			return;
		budget -= scratch->n;
		position = write_words(c, scratch, cache_load(&s->key));
		if (position != 0)
			cache_swap(&s->answer, old, position);
	}
}

static void
confirm(struct rsp_cache_slot *s, rsp_time received, rsp_time now)
{
	uint64_t before = cache_load(&s->confirmed);

	/* never backwards, but a time that is still to come is nonsense */
	while ((before < (uint64_t)received || before > (uint64_t)now) &&
	       !cache_swap(&s->confirmed, before, (uint64_t)received))
		before = cache_load(&s->confirmed);
	cache_store(&s->unknown_since, 0);
}

void
rsp_cache_publish(struct rsp_cache *c, int slot, struct rsp_answer *a,
    rsp_time received, rsp_time now, struct rsp_answer *scratch)
{
	struct rsp_cache_slot *s = cache_slot(c, slot);
	uint64_t old, start = cache_load(&c->reserved), position;
	rsp_time confirmed;

	if (start / STRIDE != (start + a->n) / STRIDE)
		copy_forward(c, scratch);
	old = cache_load(&s->answer);
	if (rsp_cache_read(c, slot, scratch) == RSP_OK) {
		if (rsp_answer_equal(a, scratch)) {
			confirm(s, received, now);
			return;
		}
		confirmed = rsp_cache_confirmed(c, slot, now);
		if (confirmed != RSP_NEVER && confirmed > received)
			return;
		rsp_answer_continue(a, scratch, cache_load(&s->position));
	}
	position = write_words(c, a, cache_load(&s->key));
	/* the process that published meanwhile knows as much as we */
	if (position != 0 && cache_swap(&s->answer, old, position))
		confirm(s, received, now);
}

void
cache_put_answer(struct rsp_cache *c, int slot, struct rsp_answer *a)
{
	struct rsp_cache_slot *s = cache_slot(c, slot);

	cache_store(&s->answer, write_words(c, a, cache_load(&s->key)));
}

rsp_time
rsp_cache_confirmed(struct rsp_cache *c, int slot, rsp_time now)
{
	uint64_t t = cache_load(&cache_slot(c, slot)->confirmed);

	return t == 0 || t > (uint64_t)now ? RSP_NEVER : (rsp_time)t;
}

bool
rsp_cache_unknown(struct rsp_cache *c, int slot, rsp_time now)
{
	struct rsp_cache_slot *s = cache_slot(c, slot);
	uint64_t t = (uint64_t)now, since = cache_load(&s->unknown_since);
	uint64_t last = cache_load(&s->unknown_last);
	uint64_t answer = cache_load(&s->answer);
	rsp_time confirmed = rsp_cache_confirmed(c, slot, now);
	int64_t age = confirmed == RSP_NEVER ? RSP_NEVER : now - confirmed;

	if (answer == 0)
		return true;
	if (since == 0 || since > t || last > t ||
	    (t - last > UNKNOWN_GAP_MS && age < LONG_AGO_MS)) {
		since = t;
		cache_store(&s->unknown_since, t);
	}
	cache_store(&s->unknown_last, t);
	if (t - since < RSP_UNKNOWN_MS || age < RSP_UNKNOWN_MS)
		return false;
	cache_store(&s->unknown_since, 0);
	return cache_swap(&s->answer, answer, 0);
}

void
rsp_cache_nobody(struct rsp_cache *c, int slot)
{
	cache_store(&cache_slot(c, slot)->unknown_since, 0);
}

bool
rsp_cache_lease(struct rsp_cache *c, int slot, rsp_time now, int64_t for_ms,
    uint64_t *token)
{
	word *lease = &cache_slot(c, slot)->lease;
	uint64_t end = cache_load(lease), t = (uint64_t)now;

	if (for_ms > LEASE_MAX_MS)
		for_ms = LEASE_MAX_MS;
	*token = t + (uint64_t)for_ms;
	if (end > t && end - t <= LEASE_MAX_MS)
		return false;
	return cache_swap(lease, end, *token);
}

void
rsp_cache_hold(struct rsp_cache *c, int slot, uint64_t token, rsp_time until)
{
	cache_swap(&cache_slot(c, slot)->lease, token, (uint64_t)until);
}

uint64_t
rsp_cache_advance(struct rsp_cache *c, int slot)
{
	return cache_add(&cache_slot(c, slot)->position, 1);
}
