/* SPDX-License-Identifier: Apache-2.0 */
/* change.c - what follows from a change of an element */
#include "rsp/core/registry/change.h"

#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/subscription.h"

void
registry_changed(struct rsp_registry *r, const struct rsp_entry *e,
    enum rsp_registry_event what, struct rsp_assoc *from, const char *reason)
{
	subscribed_event(r, what, e);
	registry_event(r, what, from, e, reason);
}
