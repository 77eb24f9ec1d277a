/* SPDX-License-Identifier: Apache-2.0 */
/* takeover.h - arbitration over a dead peer */
#ifndef RSP_TAKEOVER_H
#define RSP_TAKEOVER_H

#include "rsp/core/registry/peer.h"

void takeover_begin(struct rsp_registry *r, rsp_time now, struct peer *p);
void takeover_due(struct rsp_registry *r, rsp_time now, struct peer *p);
void takeover_abort(struct rsp_registry *r, struct peer *p, const char *reason);
void takeover_asked(struct rsp_registry *r, rsp_time now, struct peer *by,
    uint32_t target);
void takeover_acknowledged(struct rsp_registry *r, rsp_time now,
    struct peer *by, uint32_t target);
void takeover_done(struct rsp_registry *r, rsp_time now, struct peer *by,
    uint32_t target);
/* Nobody waits for `p` any more. */
void takeover_forget(struct rsp_registry *r, rsp_time now,
    const struct peer *p);
/* The check that a contender waits for has ended badly for `p`. */
void takeover_concede(struct rsp_registry *r, rsp_time now, struct peer *p);

#endif
