/* SPDX-License-Identifier: Apache-2.0 */
/* given.c - the pools that this process knows by name, so that datagrams to
 * them are redirected */
#include "shim/given.h"

#include "rsp/user/given.h"
#include "rsp/user/recall.h"
#include "rsp/core/base/error.h"
#include "shim/settings.h"
#include "shim/explain.h"

/* How long it is believed that no ancestor has been given an address. */
#define BELIEF_MS 5000
#define WORD_BITS 64

/* A bit for each slot of the cache. */
static uint64_t given[RSP_CACHE_SLOTS / WORD_BITS];

static struct {
	uint32_t index;
	rsp_time until;
} refused; /* the last refused pool; a torn value costs one more look */

static uint64_t *
word_of(const struct rsp_user_pool *pool, uint64_t *bit)
{
	unsigned slot = pool->index % RSP_CACHE_SLOTS;

	*bit = UINT64_C(1) << slot % WORD_BITS;
	return &given[slot / WORD_BITS];
}

/* True for the first thread that sets it. */
static bool
set(const struct rsp_user_pool *pool)
{
	uint64_t bit, *word = word_of(pool, &bit);

	return (__atomic_load_n(word, __ATOMIC_RELAXED) & bit) == 0 &&
	       (__atomic_fetch_or(word, bit, __ATOMIC_RELAXED) & bit) == 0;
}

/* Only datagrams depend on this, so other pools need not be noted for other
 * processes. */
void
given_note(const struct rsp_user_pool *pool)
{
	if (set(pool) && (pool->transport == RSP_PARAM_UDP ||
			     pool->transport == RSP_PARAM_UDPLITE))
		rsp_user_note_given(pool_user(), pool);
}

bool
given_is(const struct rsp_user_pool *pool)
{
	uint64_t bit, *word = word_of(pool, &bit);
	rsp_time now;

	if ((__atomic_load_n(word, __ATOMIC_RELAXED) & bit) != 0)
		return true;
	now = rsp_user_now();
	if (__atomic_load_n(&refused.index, __ATOMIC_RELAXED) == pool->index &&
	    now < __atomic_load_n(&refused.until, __ATOMIC_RELAXED))
		return false;
	if (rsp_user_was_given(pool_user(), pool)) {
		set(pool);
		return true;
	}
	__atomic_store_n(&refused.index, pool->index, __ATOMIC_RELAXED);
	__atomic_store_n(&refused.until, now + BELIEF_MS, __ATOMIC_RELAXED);
	explain_multicast(pool);
	return false;
}

bool
given_pool(int fd, const struct rsp_address *a, struct rsp_user_pool *pool)
{
	enum conn_kind kind;
	int err = rsp_user_by_address(pool_user(), a, pool);

	if (err == RSP_OK)
		return true;
	if (!conn_kind_of(fd, &kind) || kind != CONN_STREAM)
		return false;
	err = rsp_user_recall(pool_user(), a, pool);
	if (err == RSP_ENOENT || err == RSP_EEXIST)
		explain_address(a, err == RSP_EEXIST);
	return err == RSP_OK;
}
