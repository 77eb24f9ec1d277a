/* SPDX-License-Identifier: Apache-2.0 */
/* registration.h - registration and deregistration (RFC 5352 sections 3.1
 * and 3.2) */
#ifndef RSP_REGISTRATION_H
#define RSP_REGISTRATION_H

#include "rsp/core/wire/message.h"
#include "rsp/core/registry/registry.h"

/* Changes `m`: what is registered may differ from what was asked for. */
void registry_register(struct rsp_registry *r, rsp_time now,
    struct rsp_assoc *a, struct rsp_message *m);

void registry_deregister(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m);

#endif
