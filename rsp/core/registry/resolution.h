/* SPDX-License-Identifier: Apache-2.0 */
/* resolution.h - handle resolution (RFC 5352 section 3.3) */
#ifndef RSP_RESOLUTION_H
#define RSP_RESOLUTION_H

#include "rsp/core/wire/message.h"
#include "rsp/core/registry/registry.h"

void registry_resolve(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m);

/* The answer to a message whose values could not be decoded. */
void registry_refuse(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m, struct rsp_span causes);

#endif
