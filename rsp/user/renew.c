/* SPDX-License-Identifier: Apache-2.0 */
/* renew.c - the present cache, and the change from a full one to the next
 *
 * A program may hold addresses and connections from before for as long as it
 * lives, so the last few blocks stay mapped: what is not found in the present
 * one is looked for there, by its address, and found again by its name.
 */
#include "rsp/user/cachefile.h"
#include "rsp/net/log.h"
#include "rsp/user/room.h"
#include "rsp/net/sys.h"
#include "rsp/user/user_inner.h"
#include "rsp/core/base/error.h"

/* No call uses a block for this long after it has been left. */
#define LEFT_MS 300000

_Static_assert(RSP_ANSWER_WORDS * sizeof(uint64_t) <= RSP_ROOM_BYTES,
    "any answer is one room");

/* A place is kept for the threads in the block before, and nothing else uses
 * it. */
static void
remember(struct rsp_user *u, struct rsp_cache *old)
{
	rsp_time now = rsp_user_now(), since;
	unsigned i =
	    __atomic_fetch_add(&u->left, 1, __ATOMIC_RELAXED) % RSP_USER_BEFORE;
	struct rsp_cache *oldest =
	    __atomic_exchange_n(&u->before[i], old, __ATOMIC_ACQ_REL);

	since = __atomic_exchange_n(&u->since[i], now, __ATOMIC_RELAXED);
	if (oldest != NULL && now - since >= LEFT_MS)
		rsp_cachefile_close(oldest);
}

static struct rsp_cache *
private_copy(struct rsp_user *u, struct rsp_cache *old)
{
	struct rsp_cache *c = rsp_cachefile_private(&u->id);
	void *room = c != NULL ? rsp_room_open() : NULL;
	struct rsp_answer scratch = { room, RSP_ANSWER_WORDS, 0 };

	if (room != NULL)
		rsp_cache_renew(c, old, rsp_user_now(), &scratch);
	rsp_room_close(room);
	return c;
}

struct rsp_cache *
rsp_user_renew(struct rsp_user *u, struct rsp_cache *old)
{
	const char *why = "";
	struct rsp_cache *c = NULL, *present = old;

	if (atomic_load(&u->shared)) {
		c = rsp_cachefile_renew(u->config.runtime_dir, &u->id, old,
		    &why);
		if (c == NULL && atomic_exchange(&u->shared, false))
			rsp_log(RSP_LOG_INFO,
			    "the shared cache in %s is full and cannot be "
			    "renewed: %s",
			    u->config.runtime_dir, why);
	}
	if (c == NULL)
		c = private_copy(u, old);
	if (c == NULL)
		return old;
	if (__atomic_compare_exchange_n(&u->cache, &present, c, false,
		__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		remember(u, old);
		return c;
	}
	rsp_cachefile_close(c); /* another thread was faster */
	return present;
}

static int
slot_before(struct rsp_user *u, struct rsp_cache *c, struct rsp_cache *before,
    uint32_t index)
{
	struct rsp_span handle = { NULL, 0 };
	struct rsp_scratch *s;
	int old, slot = RSP_ENOENT;

	if (!rsp_cachefile_is_whole(before, &u->id))
		return RSP_ENOENT;
	old = rsp_cache_by_index(before, index);
	if (old < 0 || (s = rsp_scratch_open()) == NULL)
		return RSP_ENOENT;
	handle.at = s->handle;
	handle.len =
	    rsp_cache_handle(before, old, s->handle, sizeof(s->handle));
	if (handle.len > 0 && handle.len <= sizeof(s->handle))
		slot = rsp_cache_claim(c, handle);
	rsp_scratch_close(s);
	return slot;
}

int
rsp_user_slot(struct rsp_user *u, struct rsp_cache *c, uint32_t index)
{
	int slot = rsp_cache_by_index(c, index);
	unsigned left = __atomic_load_n(&u->left, __ATOMIC_RELAXED);

	for (unsigned i = 1; slot < 0 && i <= left && i <= RSP_USER_BEFORE;
	     i++) {
		struct rsp_cache *before =
		    __atomic_load_n(&u->before[(left - i) % RSP_USER_BEFORE],
			__ATOMIC_ACQUIRE);

		if (before != NULL)
			slot = slot_before(u, c, before, index);
	}
	return slot;
}

/* Every call comes through here, and again after it has waited for a registrar.
 * A file that was truncated meanwhile is replaced by private memory at the same
 * address.  That harms no thread that is reading it, because nothing that is
 * read there is trusted anyway. */
struct rsp_cache *
rsp_user_cache(struct rsp_user *u)
{
	struct rsp_cache *c = __atomic_load_n(&u->cache, __ATOMIC_ACQUIRE);

	if (atomic_load(&u->shared) && !rsp_cachefile_is_whole(c, &u->id) &&
	    rsp_cachefile_replace(c, &u->id) &&
	    atomic_exchange(&u->shared, false))
		rsp_log(RSP_LOG_WARN,
		    "the shared cache in %s was destroyed: this process goes "
		    "on with a private one",
		    u->config.runtime_dir);
	return rsp_cache_is_retired(c) ? rsp_user_renew(u, c) : c;
}
