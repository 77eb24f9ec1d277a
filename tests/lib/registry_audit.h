/* SPDX-License-Identifier: Apache-2.0 */
/* registry_audit.h - audit of a registry: what must be true of it whatever came
 * in */
#ifndef RSP_REGISTRY_AUDIT_H
#define RSP_REGISTRY_AUDIT_H

#include "rsp/core/registry/registry.h"

/* Aborts with a message that names what is not true. */
void registry_audit(const struct rsp_registry *r);

#endif
