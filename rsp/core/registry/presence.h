/* SPDX-License-Identifier: Apache-2.0 */
/* presence.h - presences, heartbeats and lists of servers, on their way out */
#ifndef RSP_PRESENCE_H
#define RSP_PRESENCE_H

#include "rsp/core/wire/message.h"
#include "rsp/core/registry/peer.h"

/* presence.c */
void presence_send(struct rsp_registry *r, struct rsp_assoc *a,
    uint32_t receiver, bool reply);
void presence_to_all(struct rsp_registry *r);
/* To all that listen, by multicast. */
void presence_announce(struct rsp_registry *r);
/* Where `p` is reached: given by itself, from `addresses` where it says that it
 * listens on any. */
void presence_add_transport(struct peer *p, const struct rsp_transport *given,
    const struct rsp_address *addresses, unsigned n);
void presence_learn(struct peer *p, const struct rsp_message *m,
    const struct rsp_assoc *a);
void presence_learn_from(struct peer *p, const struct rsp_message *m,
    const struct rsp_transport *from);
void list_request(struct rsp_registry *r, struct peer *p);
void list_answer(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m);

#endif
