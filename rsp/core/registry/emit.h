/* SPDX-License-Identifier: Apache-2.0 */
/* emit.h - what the registry says: messages, errors, events of ENRP */
#ifndef RSP_EMIT_H
#define RSP_EMIT_H

#include "rsp/core/wire/builder.h"
#include "rsp/core/wire/message.h"
#include "rsp/core/registry/registry.h"

struct peer;
struct rsp_entry;

/* How far away the other end is, in milliseconds; 0 if nobody knows. */
uint32_t registry_distance(const struct rsp_registry *r,
    const struct rsp_assoc *a);

/* The association that an entry was registered over; NULL when it is gone. */
struct rsp_assoc *registry_assoc_of(const struct rsp_registry *r,
    const struct rsp_entry *e);

/* Of a peer's association nothing more is read, and nothing sent. */
void registry_hang_up(struct rsp_registry *r, struct rsp_assoc *a);

/* Queues a message.  Without memory for it the association is ended: its far
 * end would wait for ever. */
void registry_send(struct rsp_registry *r, struct rsp_assoc *to,
    const struct rsp_message *m);

void registry_sent(struct rsp_registry *r, struct rsp_assoc *to,
    const struct rsp_builder *b);

/* An ASAP_ERROR about a message, if there are causes for it. */
void registry_error(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m, struct rsp_span causes);

void enrp_begin(struct rsp_registry *r, struct rsp_message *m, uint8_t type,
    uint32_t receiver);
void enrp_event(struct rsp_registry *r, enum rsp_registry_event event,
    const struct peer *p, uint32_t other, uint64_t n, const char *reason);

/* For the log, of an element; ADDED and UPDATED take its values along.  Nothing
 * follows from it: that is registry_changed() (change.h). */
void registry_event(struct rsp_registry *r, enum rsp_registry_event event,
    struct rsp_assoc *from, const struct rsp_entry *e, const char *reason);

#endif
