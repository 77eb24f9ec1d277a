/* SPDX-License-Identifier: Apache-2.0 */
/* table_apply.h - a peer's handlespace as it comes in */
#ifndef RSP_TABLE_APPLY_H
#define RSP_TABLE_APPLY_H

#include "rsp/core/wire/message.h"
#include "rsp/core/registry/peer.h"

void table_fetch_input(struct rsp_registry *r, rsp_time now,
    struct rsp_assoc *a, const struct rsp_message *m);
void table_fetch_stop(struct rsp_registry *r, rsp_time now, struct peer *p);
void table_fetch_due(struct rsp_registry *r, rsp_time now,
    struct enrp_timer *t);

#endif
