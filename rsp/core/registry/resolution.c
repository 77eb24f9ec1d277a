/* SPDX-License-Identifier: Apache-2.0 */
/* resolution.c - handle resolution (RFC 5352 section 3.3; the number of
 * items is of draft asap-hropt) */
#include "rsp/core/registry/resolution.h"

#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/response.h"
#include "rsp/core/registry/subscription.h"

void
registry_resolve(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m)
{
	struct rsp_pool *pool;
	uint8_t flags = 0;
	int err = RSP_OK;

	r->counts.resolutions++;
	if (m->any_case)
		err = rsp_pool_find_any_case(&r->space, m->handle, &pool);
	else
		pool = rsp_pool_find(&r->space, m->handle);
	if (pool == NULL) {
		r->counts.unknown_handles++;
		/* Of several that differ in case only, none is meant: the
		 * handle is unknown, and its value is why. */
		registry_refuse_handle(r, a, 0, m->handle, RSP_CAUSE_HANDLE,
		    err == RSP_EEXIST ? RSP_CAUSE_INVALID : 0);
		return;
	}
	/* A positive answer holds an element at least (RFC 5352 section
	 * 2.2.6), so a pool of weights 0 has none to give. */
	if (subscribe(r, a, pool, m))
		flags = RSP_FLAG_ACCEPT_UPDATES;
	if (registry_answer(r, a, pool, registry_items(r, m), flags, true))
		return;
	unsubscribe(r, a, pool);
	registry_refuse_handle(r, a, 0, m->handle, RSP_CAUSE_RESOURCES, 0);
}
