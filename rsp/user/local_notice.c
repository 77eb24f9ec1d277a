/* SPDX-License-Identifier: Apache-2.0 */
/* local_notice.c - notices from a server's side to the pool users of its own
 * host: marks in all caches of the user */
#include "rsp/user/local_notice.h"

#include "rsp/user/cachefile.h"
#include "rsp/user/user_inner.h"

struct notice {
	struct rsp_span handle;
	const struct rsp_candidate *e;
	bool leaves;
};

static void
put_mark(void *ctx, struct rsp_cache *c)
{
	const struct notice *n = ctx;
	int slot = rsp_cache_lookup(c, n->handle);
	uint64_t key;

	if (slot < 0)
		return;
	key = rsp_user_element_key(rsp_cache_index(c, slot), n->e);
	if (n->leaves)
		rsp_cache_mark_dead(c, key, rsp_user_now(),
		    RSP_CACHE_MARK_MAX_S, RSP_CACHE_MARK_MAX_S);
	else
		rsp_cache_mark_alive(c, key);
}

void
rsp_local_notice_leaves(const char *runtime_dir, struct rsp_span handle,
    const struct rsp_candidate *e)
{
	struct notice n = { handle, e, true };

	rsp_cachefile_each(runtime_dir, put_mark, &n);
}

void
rsp_local_notice_serves(const char *runtime_dir, struct rsp_span handle,
    const struct rsp_candidate *e)
{
	struct notice n = { handle, e, false };

	rsp_cachefile_each(runtime_dir, put_mark, &n);
}
