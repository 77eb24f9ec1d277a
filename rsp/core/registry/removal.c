/* SPDX-License-Identifier: Apache-2.0 */
/* removal.c - how an element's registration ends here */
#include "rsp/core/registry/removal.h"

#include "rsp/core/registry/change.h"
#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/holders.h"
#include "rsp/core/registry/keep_alive.h"
#include "rsp/core/registry/owners.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/update_send.h"

void
registry_remove(struct rsp_registry *r, struct rsp_entry *e, const char *reason,
    bool asked)
{
	struct rsp_assoc *a = registry_assoc_of(r, e);

	if (!asked && a != NULL)
		registry_dismiss(r, a, e);
	holders_dismiss(r, e);
	owners_drop(r, e);
	update_send(r, e, RSP_UPDATE_DEL, 0, NULL);
	registry_changed(r, e, RSP_EVENT_PE_REMOVED, a, reason);
	r->counts.removals++;
	rsp_heap_remove(&r->timers, &e->timer);
	rsp_entry_remove(&r->space, e);
}

void
removal_of_silent(struct rsp_registry *r, rsp_time now, struct rsp_entry *e)
{
	struct rsp_assoc *silent = registry_assoc_of(r, e);

	if (!holders_reclaim(r, now, e)) {
		registry_remove(r, e, "keep-alive not answered", false);
		return;
	}
	if (silent != NULL)
		registry_dismiss(r, silent, e);
}
