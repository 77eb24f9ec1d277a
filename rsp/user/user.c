/* SPDX-License-Identifier: Apache-2.0 */
/* user.c - the pool user: its cache, and lookups from handles to pools and
 * back */
#include "rsp/user/user.h"

#include <string.h>

#include "rsp/user/cachefile.h"
#include "rsp/net/log.h"
#include "rsp/user/room.h"
#include "rsp/user/user_inner.h"
#include "rsp/core/base/error.h"

static uint64_t
scope_of(const struct rsp_user_config *c)
{
	uint64_t sum = 0;

	/* in whatever order: the same registrars know the same pools */
	for (unsigned i = 0; i < c->n_registrars; i++)
		sum += rsp_user_registrar_key(&c->registrars[i]);
	return sum;
}

int
rsp_user_init(struct rsp_user *u, const struct rsp_user_config *config)
{
	const char *why = "the system does not give an identifier of this boot";
	struct rsp_cache *c = NULL;
	bool known;

	memset(u, 0, sizeof(*u));
	u->config = *config;
	known = rsp_cachefile_id(&u->id, scope_of(config));
	if (config->cache == RSP_CACHE_SHARED) {
		if (known)
			c = rsp_cachefile_open(config->runtime_dir, &u->id,
			    &why);
		if (c == NULL)
			rsp_log(RSP_LOG_INFO, "no shared cache in %s: %s",
			    config->runtime_dir, why);
	}
	u->shared = c != NULL;
	if (c == NULL)
		c = rsp_cachefile_private(&u->id);
	u->cache = c;
	return c != NULL ? RSP_OK : RSP_ENOMEM;
}

void
rsp_user_fini(struct rsp_user *u)
{
	rsp_cachefile_close(u->cache);
	u->cache = NULL;
}

static void
fill_pool(struct rsp_cache *c, int slot, const struct rsp_answer *a,
    struct rsp_user_pool *pool)
{
	pool->index = rsp_cache_index(c, slot);
	pool->transport = rsp_answer_transport(a);
	pool->has_ipv4 = rsp_answer_has_family(a, 4);
	pool->has_ipv6 = rsp_answer_has_family(a, 6);
}

/* What the cache knows of a handle. */
static void
look_up(struct rsp_user *u, struct rsp_cache *c, rsp_time now,
    struct rsp_wanted *w)
{
	rsp_time since;
	int target;

	w->slot = rsp_cache_lookup(c, w->handle);
	if (!w->any_case || (w->slot >= 0 && rsp_cache_has_answer(c, w->slot)))
		return;
	target = rsp_cache_alias(c, w->handle, now, &since);
	if (target < 0 || !rsp_cache_has_answer(c, target))
		return;
	w->slot = target;
	w->alias = true;
	w->stale = since > now || now - since >= u->config.ttl_ms;
}

/* The answer of the cache, if it will do. */
static int
look_into(struct rsp_user *u, struct rsp_cache *c, const struct rsp_wanted *w,
    rsp_time now, struct rsp_answer *a)
{
	int err = w->slot < 0 ? RSP_ENOENT : rsp_cache_read(c, w->slot, a);

	if (err != RSP_OK)
		return err;
	return !w->stale && rsp_user_is_fresh(u, c, w->slot, a, now)
		   ? RSP_OK
		   : RSP_ENOENT;
}

/* No registrar knows the handle as it was asked for.  But the cache may still
 * have it in another case, from an earlier answer. */
static int
find_nocase(struct rsp_user *u, struct rsp_cache *c, struct rsp_scratch *s,
    struct rsp_wanted *w, struct rsp_answer *a, int err)
{
	struct rsp_wanted real = { { s->handle, 0 }, false, -1, false, false };
	rsp_time now = rsp_user_now();

	real.slot = rsp_cache_lookup_nocase(c, w->handle);
	if (real.slot < 0)
		return real.slot == RSP_EEXIST ? RSP_EEXIST : err;
	real.handle.len =
	    rsp_cache_handle(c, real.slot, s->handle, sizeof(s->handle));
	if (real.handle.len == 0 || rsp_span_equal(real.handle, w->handle))
		return err;
	*a = (struct rsp_answer){ s->answer, RSP_ANSWER_WORDS, 0 };
	err = look_into(u, c, &real, now, a);
	if (err != RSP_OK)
		err = rsp_user_refresh(u, c, s, &real, a);
	if (err != RSP_OK)
		return err;
	w->slot = real.slot;
	rsp_cache_set_alias(c, w->handle, real.slot, now);
	return RSP_OK;
}

static int
find_slowly(struct rsp_user *u, struct rsp_cache *c, struct rsp_wanted *w,
    rsp_time now, bool last, struct rsp_user_pool *pool)
{
	struct rsp_scratch *s = rsp_scratch_open();
	struct rsp_answer a;
	int err;

	if (s == NULL)
		return RSP_ENOMEM;
	a = (struct rsp_answer){ s->answer, RSP_ANSWER_WORDS, 0 };
	err = look_into(u, c, w, now, &a); /* a large one */
	if (err == RSP_OK)
		rsp_cache_count(c, w->slot, RSP_CACHE_HITS);
	else
		err = rsp_user_refresh(u, c, s, w, &a);
	if (w->any_case && !w->alias &&
	    (err == RSP_ENOENT || err == RSP_ETIMEOUT))
		err = find_nocase(u, c, s, w, &a, err);
	if (err == RSP_OK) {
		rsp_cache_used(c, w->slot, now);
		fill_pool(c, w->slot, &a, pool);
	} else if (err != RSP_ELIMIT || last)
		rsp_user_complain(u, s, w->handle, err);
	rsp_scratch_close(s);
	return err;
}

static int
find(struct rsp_user *u, struct rsp_cache *c, struct rsp_wanted *w, bool last,
    struct rsp_user_pool *pool)
{
	void *words = rsp_room_open();
	struct rsp_answer a = { words, RSP_SMALL_WORDS, 0 };
	rsp_time now = rsp_user_now();
	bool found;

	if (words == NULL)
		return RSP_ENOMEM;
	look_up(u, c, now, w);
	found = look_into(u, c, w, now, &a) == RSP_OK;
	if (found) {
		rsp_cache_count(c, w->slot, RSP_CACHE_HITS);
		rsp_cache_used(c, w->slot, now);
		fill_pool(c, w->slot, &a, pool);
	}
	rsp_room_close(words);
	return found ? RSP_OK : find_slowly(u, c, w, now, last, pool);
}

int
rsp_user_find(struct rsp_user *u, struct rsp_span handle, bool any_case,
    struct rsp_user_pool *pool)
{
	struct rsp_cache *c = rsp_user_cache(u);
	struct rsp_wanted w = { handle, any_case, -1, false, false };
	int err;

	memset(pool, 0, sizeof(*pool));
	err = find(u, c, &w, handle.len > RSP_CACHE_HANDLE_MAX, pool);
	if (err != RSP_ELIMIT || handle.len > RSP_CACHE_HANDLE_MAX)
		return err;
	/* no room for one more pool */
	w = (struct rsp_wanted){ handle, any_case, -1, false, false };
	return find(u, rsp_user_renew(u, c), &w, true, pool);
}

void
rsp_user_synthetic(const struct rsp_user_pool *pool, int family4or6,
    struct rsp_address *a)
{
	uint32_t index = pool->index;
	uint8_t *low = a->bytes + (family4or6 == 4 ? 1 : 13);

	memset(a, 0, sizeof(*a));
	a->family = (uint8_t)family4or6;
	low[0] = (uint8_t)(index >> 16);
	low[1] = (uint8_t)(index >> 8);
	low[2] = (uint8_t)index;
	if (family4or6 == 4) {
		a->bytes[0] = 239;
		a->bytes[1] |= 192;
	} else {
		a->bytes[0] = 0xff;
		a->bytes[1] = 0x18;
	}
}

/* Of the IPv6 block only the addresses that rsp_user_synthetic() makes count.
 */
static bool
index_of(const struct rsp_address *a, uint32_t *index)
{
	static const uint8_t v6[13] = { 0xff, 0x18 };
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const uint8_t *low = a->bytes;

	if (a->family == 6 && memcmp(low, v6, sizeof(v6)) == 0) {
		*index = (uint32_t)(low[13] << 16 | low[14] << 8 | low[15]);
		return *index < 1u << 18;
	}
	if (a->family == 6) {
		if (memcmp(low, mapped, sizeof(mapped)) != 0)
			return false;
		low += 12;
	} else if (a->family != 4)
		return false;
	*index = (uint32_t)((low[1] & 3) << 16 | low[2] << 8 | low[3]);
	return low[0] == 239 && (low[1] & 0xfc) == 192;
}

bool
rsp_user_index(const struct rsp_address *a, uint32_t *index)
{
	return index_of(a, index);
}

bool
rsp_user_is_synthetic(const struct rsp_address *a)
{
	uint32_t index;

	return index_of(a, &index);
}

int
rsp_user_by_address(struct rsp_user *u, const struct rsp_address *a,
    struct rsp_user_pool *pool)
{
	struct rsp_cache *c = rsp_user_cache(u);
	struct rsp_answer answer = { NULL, RSP_SMALL_WORDS, 0 };
	struct rsp_scratch *s = NULL;
	uint32_t index;
	void *words;
	int slot;

	memset(pool, 0, sizeof(*pool));
	slot = index_of(a, &index) ? rsp_user_slot(u, c, index) : RSP_ENOENT;
	if (slot < 0)
		return RSP_ENOENT;
	answer.words = words = rsp_room_open();
	if (words != NULL && rsp_cache_read(c, slot, &answer) == RSP_ESPACE &&
	    (s = rsp_scratch_open()) != NULL) {
		answer = (struct rsp_answer){ s->answer, RSP_ANSWER_WORDS, 0 };
		rsp_cache_read(c, slot, &answer);
	}
	/* even without an answer it is that pool's address */
	fill_pool(c, slot, &answer, pool);
	rsp_scratch_close(s);
	rsp_room_close(words);
	return RSP_OK;
}

size_t
rsp_user_handle(struct rsp_user *u, const struct rsp_user_pool *pool,
    void *buffer, size_t size)
{
	struct rsp_cache *c = rsp_user_cache(u);
	int slot = rsp_user_slot(u, c, pool->index);

	return slot < 0 ? 0 : rsp_cache_handle(c, slot, buffer, size);
}
