/* SPDX-License-Identifier: Apache-2.0 */
/* table_fetch.h - requests for a peer's handlespace, and the audit of what is
 * known of it */
#ifndef RSP_TABLE_FETCH_H
#define RSP_TABLE_FETCH_H

#include "rsp/core/registry/peer.h"

/* For whoever downloads: as many times MAX-TIME-NO-RESPONSE for the next
 * request, for there may be much to do with what came. */
#define ENRP_PATIENCE 5

void table_fetch_begin(struct rsp_registry *r, rsp_time now, struct peer *p,
    enum table_fetch what);
void table_fetch_audit(struct rsp_registry *r, rsp_time now, struct peer *p,
    uint16_t checksum);
/* The last answer said that there is more, or it was not the last. */
void table_fetch_request(struct rsp_registry *r, rsp_time now, struct peer *p);
/* Not heard here, though others hear it: what a table of all elements says of
 * its ones is as good as its own word. */
bool table_fetch_is_second_hand(const struct peer *p);

#endif
