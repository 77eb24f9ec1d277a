/* SPDX-License-Identifier: Apache-2.0 */
/* change.h - an element was added, updated or is about to be removed: the log
 * and the pool's subscribers are told */
#ifndef RSP_CHANGE_H
#define RSP_CHANGE_H

#include "rsp/core/registry/registry.h"

struct rsp_entry;

/* `what` is RSP_EVENT_PE_ADDED or _UPDATED, after it has happened, or _REMOVED,
 * before. */
void registry_changed(struct rsp_registry *r, const struct rsp_entry *e,
    enum rsp_registry_event what, struct rsp_assoc *from, const char *reason);

#endif
