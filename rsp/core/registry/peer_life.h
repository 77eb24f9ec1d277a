/* SPDX-License-Identifier: Apache-2.0 */
/* peer_life.h - what becomes of a peer: heard, suspected, dead, forgotten */
#ifndef RSP_PEER_LIFE_H
#define RSP_PEER_LIFE_H

#include "rsp/core/registry/peer.h"

void peer_forget(struct rsp_registry *r, rsp_time now, struct peer *p,
    const char *reason);
void peer_heard(struct rsp_registry *r, rsp_time now, struct peer *p);
/* It must prove that it lives. */
void peer_suspect(struct rsp_registry *r, rsp_time now, struct peer *p,
    const char *reason);
/* There is proof that it does not. */
void peer_dead(struct rsp_registry *r, rsp_time now, struct peer *p);
/* What the state waited for did not come. */
void peer_state_due(struct rsp_registry *r, rsp_time now,
    struct enrp_timer *timer);

#endif
