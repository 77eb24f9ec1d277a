/* SPDX-License-Identifier: Apache-2.0 */
/* liveness.c - what is heard of elements: answers, reports, lost associations
 */
#include "rsp/core/registry/liveness.h"

#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/enrp.h"
#include "rsp/core/registry/holders.h"
#include "rsp/core/registry/inherit.h"
#include "rsp/core/registry/keep_alive.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/removal.h"

static struct rsp_entry *
find(const struct rsp_registry *r, const struct rsp_message *m)
{
	const struct rsp_pool *pool = rsp_pool_find(&r->space, m->handle);

	return pool == NULL ? NULL : rsp_entry_find(&r->space, pool, m->pe_id);
}

/* Only from the element itself. */
void
registry_acknowledged(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    const struct rsp_message *m)
{
	struct rsp_entry *e = find(r, m);

	if (e != NULL && e->owner->kind == OWNER_PEER && a->call != NULL)
		inherit_adopt(r, now, a, e);
	if (e == NULL || registry_assoc_of(r, e) != a)
		return;
	keep_alive_answered(r, now, e);
}

/* A report that the same host has made a moment ago has no effect at all. */
void
registry_unreachable(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    const struct rsp_message *m)
{
	struct rsp_entry *e = find(r, m);

	if (e == NULL || keep_alive_is_asked(r, e) ||
	    !report_is_new(r, now, a, e))
		return;
	r->counts.reports++;
	registry_event(r, RSP_EVENT_REPORT, a, e, "reported unreachable");
	/* Only an element's home can judge: removed here alone it would come
	 * back with the next audit. */
	if (e->owner->home != &r->home)
		return;
	if (e->keep_alive != KEEP_ALIVE_RESTING && e->reports < UINT8_MAX)
		e->reports++;
	if (e->reports > r->config.max_bad_pe_report)
		registry_remove(r, e, "reported unreachable too often", false);
	else if (e->owner->kind == OWNER_ORPHAN)
		registry_remove(r, e, "reported unreachable, and gone", false);
	else
		registry_question(r, now, e);
}

/* SCTP's own end of an association is proof enough (RFC 5352 section 3.5); a
 * TCP connection may be lost without its element, and what this registrar ends
 * itself, at its own end for example, proves nothing. */
void
registry_orphan(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a)
{
	RSP_LIST_EACH(l, &a->owner.entries)
	{
		struct rsp_entry *e = RSP_CONTAINER(l, struct rsp_entry, owned);

		if (inherit_reclaim(r, now, a, e) || holders_reclaim(r, now, e))
			continue;
		registry_leave_alone(r, now, e,
		    a->call == NULL ? r->config.lifeline_grace
				    : r->config.inherited_grace);
		/* One that was called may have another home already. */
		if (a->type == RSP_PARAM_SCTP && a->call == NULL && !a->cut)
			registry_remove(r, e, "association lost", false);
	}
}
