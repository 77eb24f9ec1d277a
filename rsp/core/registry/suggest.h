/* SPDX-License-Identifier: Apache-2.0 */
/* suggest.h - what is said to elements that living peers suggest */
#ifndef RSP_SUGGEST_H
#define RSP_SUGGEST_H

#include "rsp/core/pool/handlespace.h"
#include "rsp/core/registry/registry.h"

struct call;

/* The call is up, or there is more to be said over it; or it ends. */
void suggest_say(struct rsp_registry *r, struct call *c);
void suggest_forget(struct rsp_registry *r, struct call *c);

/* Told a while ago; or about to be, when the call is up. */
bool suggest_is_told(struct rsp_registry *r, rsp_time now, struct call *c,
    const struct rsp_entry *e);

/* False: not to be told, for want of memory or because it is much already. */
bool suggest_note(struct rsp_registry *r, rsp_time now, struct call *c,
    const struct rsp_entry *e);

#endif
