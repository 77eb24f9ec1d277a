/* SPDX-License-Identifier: Apache-2.0 */
/* update_send.h - updates to the peers */
#ifndef RSP_UPDATE_SEND_H
#define RSP_UPDATE_SEND_H

#include "rsp/core/wire/builder.h"
#include "rsp/core/wire/message.h"
#include "rsp/core/registry/peer.h"

/* To all peers, or to `only`. */
void update_send(struct rsp_registry *r, const struct rsp_entry *e,
    enum rsp_update action, uint8_t flags, struct peer *only);
/* Asks the home of a peer's element to see whether it is there. */
void update_doubt(struct rsp_registry *r, const struct rsp_entry *e);
/* To those who need to hear it again and again. */
void update_refresh(struct rsp_registry *r, const struct rsp_entry *e);
/* The parameter as a peer (NULL: of our kind) may see it. */
void update_put_pe(const struct rsp_registry *r, struct rsp_builder *b,
    const struct rsp_entry *e, const struct peer *p);
bool update_suits(const struct rsp_registry *r, const struct peer *p,
    const struct rsp_entry *e);
bool update_is_rsplib(const struct rsp_registry *r, const struct peer *p);

#endif
