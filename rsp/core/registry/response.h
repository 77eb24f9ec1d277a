/* SPDX-License-Identifier: Apache-2.0 */
/* response.h - answers to handle resolutions, and refusals of them */
#ifndef RSP_RESPONSE_H
#define RSP_RESPONSE_H

#include "rsp/core/wire/message.h"
#include "rsp/core/registry/registry.h"

struct rsp_pool;

/* How many elements the question asks for. */
uint32_t registry_items(const struct rsp_registry *r,
    const struct rsp_message *m);

/* The pool's list; false when nobody in it can serve.  It selects, when what
 * round robin and other policies remember of selections is to change. */
bool registry_answer(struct rsp_registry *r, struct rsp_assoc *a,
    struct rsp_pool *pool, uint32_t items, uint8_t flags, bool selects);

void registry_refuse_resolution(struct rsp_registry *r, struct rsp_assoc *a,
    struct rsp_span handle, struct rsp_span causes);

/* `second`: another cause, or 0. */
void registry_refuse_handle(struct rsp_registry *r, struct rsp_assoc *a,
    uint8_t flags, struct rsp_span handle, uint16_t cause, uint16_t second);

#endif
