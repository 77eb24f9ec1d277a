/* SPDX-License-Identifier: Apache-2.0 */
/* peer_assoc.h - calling a peer, and which of its associations is spoken over
 */
#ifndef RSP_PEER_ASSOC_H
#define RSP_PEER_ASSOC_H

#include "rsp/core/registry/peer.h"

void peer_prefer(struct rsp_registry *r, rsp_time now, struct peer *p);
void peer_call(struct rsp_registry *r, rsp_time now, struct peer *p);
void peer_call_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *t);
/* Another association is the one to speak over; NULL: none. */
void peer_switch_to(struct rsp_registry *r, rsp_time now, struct peer *p,
    struct rsp_assoc *a);

#endif
