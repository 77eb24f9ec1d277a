/* SPDX-License-Identifier: Apache-2.0 */
/* liveness.h - answers to keep-alives, reports, and lost associations */
#ifndef RSP_LIVENESS_H
#define RSP_LIVENESS_H

#include "rsp/core/wire/message.h"
#include "rsp/core/registry/registry.h"

void registry_acknowledged(struct rsp_registry *r, rsp_time now,
    struct rsp_assoc *a, const struct rsp_message *m);

void registry_unreachable(struct rsp_registry *r, rsp_time now,
    struct rsp_assoc *a, const struct rsp_message *m);

/* The association of its elements is gone. */
void registry_orphan(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a);

#endif
