/* SPDX-License-Identifier: Apache-2.0 */
/* removal.h - the end of an element's registration */
#ifndef RSP_REMOVAL_H
#define RSP_REMOVAL_H

#include "rsp/core/pool/handlespace.h"
#include "rsp/core/registry/registry.h"

/* Takes an entry out.  An element that did not ask for it is told, if it can
 * be (RFC 5352 section 3.2). */
void registry_remove(struct rsp_registry *r, struct rsp_entry *e,
    const char *reason, bool asked);

/* It has not answered.  Its life line is silent; where another association that
 * it had is not, that one gets it. */
void removal_of_silent(struct rsp_registry *r, rsp_time now,
    struct rsp_entry *e);

#endif
