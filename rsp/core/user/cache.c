/* SPDX-License-Identifier: Apache-2.0 */
/* cache.c - shared cache of pool users: the block, its slots and the handles
 * behind them */
#include "rsp/core/base/hash.h"
#include "rsp/core/user/cache_block.h"

/* How far from its place a handle may be.  There is no room when all these
 * places are in use, and a handle that is not there is not looked for
 * everywhere. */
#define PROBES (RSP_CACHE_SLOTS / 4)

struct handle {
	uint64_t hash;
	uint32_t len;
	uint32_t unused;
	uint8_t bytes[];
};

size_t
rsp_cache_size(void)
{
	return sizeof(struct rsp_cache);
}

void
rsp_cache_format(struct rsp_cache *c, const struct rsp_cache_id *id)
{
	c->magic = RSP_CACHE_MAGIC;
	c->version = RSP_CACHE_VERSION;
	c->size = sizeof(*c);
	c->id = *id;
	cache_store(&c->reserved, RING_WORDS);
}

uint64_t
rsp_cache_layout(void)
{
	return (uint64_t)RSP_CACHE_VERSION << 32 | sizeof(struct rsp_cache);
}

bool
rsp_cache_is_valid(const struct rsp_cache *c, const struct rsp_cache_id *id)
{
	return c->magic == RSP_CACHE_MAGIC && c->version == RSP_CACHE_VERSION &&
	       c->size == sizeof(*c) && c->id.scope == id->scope &&
	       memcmp(c->id.boot, id->boot, sizeof(id->boot)) == 0;
}

uint64_t
rsp_cache_hash(struct rsp_span bytes, uint64_t seed)
{
	uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < bytes.len; i++)
		h = (h ^ bytes.at[i]) * UINT64_C(0x100000001b3);
	h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
	h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 32;
}

static uint64_t
units_for(size_t len)
{
	return (sizeof(struct handle) + len + 7) / 8;
}

/* The handle behind a key; NULL when the key is none or makes no sense. */
static const struct handle *
handle_of(const struct rsp_cache *c, uint64_t key)
{
	uint64_t unit = (key & UINT32_MAX) - 1, left;
	const struct handle *h;

	if ((key & UINT32_MAX) == 0 || unit >= HANDLE_UNITS)
		return NULL;
	left = (HANDLE_UNITS - unit) * 8;
	h = (const struct handle *)&c->handles[unit];
	if (left < sizeof(*h) || h->len == 0 || h->len > left - sizeof(*h))
		return NULL;
	return h;
}

static bool
key_is(const struct rsp_cache *c, uint64_t key, uint64_t hash,
    struct rsp_span handle)
{
	const struct handle *h;

	if (key >> 32 != hash >> 32)
		return false;
	h = handle_of(c, key);
	return h != NULL && h->hash == hash && h->len == handle.len &&
	       memcmp(h->bytes, handle.at, handle.len) == 0;
}

/* The slot of the handle, or *empty where it would go (-1: nowhere).  Slots
 * that an earlier block had in use do not end the search: a handle behind them
 * has kept its place. */
static int
probe(const struct rsp_cache *c, uint64_t hash, struct rsp_span handle,
    int *empty)
{
	*empty = -1;
	for (unsigned i = 0; i < PROBES; i++) {
		int slot = (int)((hash + i) % RSP_CACHE_SLOTS);
		uint64_t key = cache_load(&c->slots[slot].key);

		if (key != 0 && key_is(c, key, hash, handle))
			return slot;
		if (key != 0)
			continue;
		if (*empty < 0 && c->gone[slot] != cache_gone(hash))
			*empty = slot;
		if (c->gone[slot] == 0)
			break;
	}
	return RSP_ENOENT;
}

int
rsp_cache_lookup(struct rsp_cache *c, struct rsp_span handle)
{
	int empty;

	return probe(c, rsp_cache_hash(handle, 0), handle, &empty);
}

/* Takes room for a handle and fills it in.  Returns its key, 0 when there is
 * none. */
static uint64_t
store_handle(struct rsp_cache *c, uint64_t hash, struct rsp_span handle)
{
	uint64_t need = units_for(handle.len), unit;
	struct handle *h;

	do {
		unit = cache_load(&c->handle_units);
		if (unit > HANDLE_UNITS || need > HANDLE_UNITS - unit)
			return 0;
	} while (!cache_swap(&c->handle_units, unit, unit + need));
	h = (struct handle *)&c->handles[unit];
	cache_step();
	h->hash = hash;
	h->len = (uint32_t)handle.len;
	cache_step();
	memcpy(h->bytes, handle.at, handle.len);
	return hash >> 32 << 32 | (unit + 1);
}

int
rsp_cache_claim(struct rsp_cache *c, struct rsp_span handle)
{
	uint64_t hash = rsp_cache_hash(handle, 0), key = 0, unit;
	int slot, empty;

	if (handle.len == 0 || handle.len > RSP_CACHE_HANDLE_MAX)
		return RSP_ELIMIT;
	for (;;) {
		slot = probe(c, hash, handle, &empty);
		if (slot >= 0)
			break;
		if (key == 0 && empty >= 0)
			key = store_handle(c, hash, handle);
		if (key == 0 || empty < 0)
			return RSP_ELIMIT;
		if (cache_swap(&c->slots[empty].key, 0, key))
			return empty;
	}
	/* another process was faster; give the room back if it is still the
	 * last */
	unit = (key & UINT32_MAX) - 1;
	if (key != 0)
		cache_swap(&c->handle_units, unit + units_for(handle.len),
		    unit);
	return slot;
}

static bool
same_nocase(const struct handle *h, struct rsp_span handle)
{
	return h != NULL &&
	       rsp_span_equal_fold((struct rsp_span){ h->bytes, h->len },
		   handle);
}

int
rsp_cache_lookup_nocase(struct rsp_cache *c, struct rsp_span handle)
{
	int found = RSP_ENOENT;

	for (int slot = 0; slot < (int)RSP_CACHE_SLOTS; slot++) {
		const struct rsp_cache_slot *s = &c->slots[slot];

		if (cache_load(&s->answer) == 0 ||
		    !same_nocase(handle_of(c, cache_load(&s->key)), handle))
			continue;
		if (found >= 0)
			return RSP_EEXIST;
		found = slot;
	}
	return found;
}

/* The slot's number, and six bits more of the hash, so that an address from
 * another block is seldom taken for one of this block. */
static uint32_t
index_of(uint64_t hash, unsigned slot)
{
	return (uint32_t)(hash / RSP_CACHE_SLOTS % 64 * RSP_CACHE_SLOTS + slot);
}

uint32_t
rsp_cache_index(struct rsp_cache *c, int slot)
{
	const struct handle *h =
	    handle_of(c, cache_load(&cache_slot(c, slot)->key));

	return index_of(h == NULL ? 0 : h->hash,
	    (unsigned)slot % RSP_CACHE_SLOTS);
}

int
rsp_cache_by_index(struct rsp_cache *c, uint32_t index)
{
	unsigned slot = index % RSP_CACHE_SLOTS;
	const struct handle *h = handle_of(c, cache_load(&c->slots[slot].key));

	if (h == NULL || index_of(h->hash, slot) != index)
		return RSP_ENOENT;
	return (int)slot;
}

size_t
rsp_cache_handle(struct rsp_cache *c, int slot, void *buffer, size_t size)
{
	const struct handle *h =
	    handle_of(c, cache_load(&cache_slot(c, slot)->key));
	size_t len;

	if (h == NULL)
		return 0;
	len = h->len; /* once: it may change under us */
	if (units_for(len) >
	    HANDLE_UNITS - (uint64_t)((const uint64_t *)h - c->handles))
		return 0;
	memcpy(buffer, h->bytes, len < size ? len : size);
	return len;
}

static word *
alias_of(struct rsp_cache *c, struct rsp_span handle, uint64_t *tag)
{
	uint64_t hash = rsp_cache_hash(handle, 6);

	*tag = hash >> 45;
	return &c->aliases[hash % ALIASES];
}

int
rsp_cache_alias(struct rsp_cache *c, struct rsp_span handle, rsp_time now,
    rsp_time *since)
{
	uint64_t tag, alias = cache_load(alias_of(c, handle, &tag));
	int target = (int)(alias >> 32 & 0x1fff) - 1;

	*since = now - (rsp_time)((uint32_t)now - (uint32_t)alias);
	if (alias >> 45 != tag || target < 0 ||
	    target >= (int)RSP_CACHE_SLOTS ||
	    !same_nocase(handle_of(c, cache_load(&c->slots[target].key)),
		handle))
		return RSP_ENOENT;
	return target;
}

void
rsp_cache_set_alias(struct rsp_cache *c, struct rsp_span handle, int target,
    rsp_time now)
{
	uint64_t tag;
	word *alias = alias_of(c, handle, &tag);

	cache_store(alias,
	    tag << 45 | (uint64_t)(target + 1) << 32 | (uint32_t)now);
}

uint64_t
cache_units(size_t handle_len)
{
	return units_for(handle_len);
}

bool
cache_handle_at(const struct rsp_cache *c, int slot, struct rsp_span *handle)
{
	const struct handle *h = handle_of(c, cache_load(&c->slots[slot].key));

	if (h == NULL)
		return false;
	*handle = (struct rsp_span){ h->bytes, h->len };
	return handle->len > 0 && handle->len <= RSP_CACHE_HANDLE_MAX &&
	       units_for(handle->len) <=
		   HANDLE_UNITS - (uint64_t)((const uint64_t *)h - c->handles);
}

bool
cache_place(struct rsp_cache *c, int slot, struct rsp_span handle)
{
	uint64_t key = store_handle(c, rsp_cache_hash(handle, 0), handle);

	cache_store(&c->slots[slot].key, key);
	return key != 0;
}
