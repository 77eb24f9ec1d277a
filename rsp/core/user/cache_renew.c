/* SPDX-License-Identifier: Apache-2.0 */
/* cache_renew.c - successor of a shared cache that is full: what is kept, and
 * in which slots
 *
 * Slots are never given back, for their numbers are in addresses that programs
 * hold.  When there is no room for one more pool a new block takes over.  Half
 * of the room is given to the pools that were used last, in the slots that they
 * had.  Those not used for a day are left out in any case.  A slot that is free
 * thereby remembers six bits of the pool that it had, and never takes one that
 * would get the same address.
 */
#include "rsp/core/user/cache_block.h"

#define DAY_MS (UINT64_C(24) * 3600 * 1000)
#define KEPT_SLOTS (RSP_CACHE_SLOTS / 2)
#define KEPT_UNITS (HANDLE_UNITS / 2)
/* A use is noted anew when it is this much later than the one noted. */
#define USE_MS 1000

void
rsp_cache_used(struct rsp_cache *c, int slot, rsp_time now)
{
	word *used = &cache_slot(c, slot)->used;
	uint64_t before = cache_load(used);

	if (before > (uint64_t)now || (uint64_t)now - before >= USE_MS)
		cache_store(used, (uint64_t)now);
}

bool
rsp_cache_retire(struct rsp_cache *c)
{
	return cache_swap(&c->retired, 0, 1);
}

bool
rsp_cache_is_retired(const struct rsp_cache *c)
{
	return cache_load(&c->retired) != 0;
}

static uint64_t
age_of(struct rsp_cache *c, int slot, rsp_time now)
{
	uint64_t used = cache_load(&cache_slot(c, slot)->used);

	return used > (uint64_t)now ? DAY_MS : (uint64_t)now - used;
}

/* How many slots were used less than `age` ago; more than there are slots if
 * their handles need too much room. */
static unsigned
count_younger(struct rsp_cache *c, uint64_t age, rsp_time now)
{
	unsigned n = 0;
	uint64_t units = 0;
	struct rsp_span handle;

	for (int slot = 0; slot < (int)RSP_CACHE_SLOTS; slot++)
		if (cache_handle_at(c, slot, &handle) &&
		    age_of(c, slot, now) < age) {
			n++;
			units += cache_units(handle.len);
		}
	return units > KEPT_UNITS ? RSP_CACHE_SLOTS + 1 : n;
}

static void
copy_words(word *to, const word *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cache_store(&to[i], cache_load(&from[i]));
}

static void
copy_slot(struct rsp_cache *to, struct rsp_cache *from, int slot,
    struct rsp_answer *scratch)
{
	struct rsp_cache_slot *s = &to->slots[slot];
	const struct rsp_cache_slot *old = &from->slots[slot];

	cache_store(&s->position, cache_load(&old->position));
	cache_store(&s->confirmed, cache_load(&old->confirmed));
	cache_store(&s->unknown_since, cache_load(&old->unknown_since));
	cache_store(&s->unknown_last, cache_load(&old->unknown_last));
	cache_store(&s->used, cache_load(&old->used));
	copy_words(s->counters, old->counters, RSP_CACHE_COUNTERS);
	if (rsp_cache_read(from, slot, scratch) == RSP_OK)
		cache_put_answer(to, slot, scratch);
}

/* Copies a pool into the same slot.  False: there is no room. */
static bool
take_over(struct rsp_cache *to, struct rsp_cache *from, int slot,
    struct rsp_span handle, struct rsp_answer *scratch)
{
	if (cache_load(&to->handle_units) + cache_units(handle.len) >
		KEPT_UNITS ||
	    !cache_place(to, slot, handle))
		return false;
	copy_slot(to, from, slot, scratch);
	return true;
}

void
rsp_cache_renew(struct rsp_cache *to, struct rsp_cache *from, rsp_time now,
    struct rsp_answer *scratch)
{
	uint64_t age = DAY_MS;
	unsigned kept = 0;
	struct rsp_span handle;

	copy_words(to->reports, from->reports, REPORTS);
	copy_words(to->hosts[0], from->hosts[0], (size_t)HOSTS * HOST_WORDS);
	copy_words(to->registrars[0], from->registrars[0],
	    (size_t)REGISTRARS * REGISTRAR_WORDS);
	copy_words(to->marks, from->marks, MARKS);
	copy_words(to->uses, from->uses, USES);
	copy_words(to->unknowns, from->unknowns, UNKNOWNS);
	copy_words(to->aliases, from->aliases, ALIASES);
	while (age > USE_MS && count_younger(from, age, now) > KEPT_SLOTS)
		age /= 2;
	for (int slot = 0; slot < (int)RSP_CACHE_SLOTS; slot++) {
		to->gone[slot] = from->gone[slot];
		if (!cache_handle_at(from, slot, &handle))
			continue;
		if (kept < KEPT_SLOTS && age_of(from, slot, now) < age &&
		    take_over(to, from, slot, handle, scratch))
			kept++;
		else
			to->gone[slot] = cache_gone(rsp_cache_hash(handle, 0));
	}
}
