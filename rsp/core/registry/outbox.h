/* SPDX-License-Identifier: Apache-2.0 */
/* outbox.h - what a registry has to say, until its shell takes it
 *
 * Messages are encoded where they wait: open() gives a builder over the free
 * room, send() keeps what was written.  When all has been taken the room is
 * used again from its start, so a shell that takes everything after every call
 * costs no allocation.
 */
#ifndef RSP_OUTBOX_H
#define RSP_OUTBOX_H

#include "rsp/core/registry/registry.h"

struct rsp_outbox_item;

/* All zero is empty. */
struct rsp_outbox {
	struct rsp_outbox_item *items;
	size_t n, size; /* items */
	size_t next;	/* to be taken */
	uint8_t *bytes;
	size_t len, room;
	struct rsp_pe pe;		/* of the event taken last */
	struct rsp_transport transport; /* of the CONNECT taken last */
};

void rsp_outbox_fini(struct rsp_outbox *o);

/* A builder with room for one message.  Without memory it has no room, which
 * is an overflow when it is written to.  Ended by send(), or by nothing. */
struct rsp_builder rsp_outbox_open(struct rsp_outbox *o);

/* False when what was written overflowed. */
bool rsp_outbox_send(struct rsp_outbox *o, const struct rsp_builder *b,
    struct rsp_assoc *to);

/* Handle and parameter (an encoded Pool Element, or empty) are copied.  False
 * when out of memory. */
bool rsp_outbox_event(struct rsp_outbox *o, const struct rsp_out *event,
    struct rsp_span param);

/* A CONNECT; `transport` may be NULL.  False when out of memory. */
bool rsp_outbox_connect(struct rsp_outbox *o, const struct rsp_out *connect,
    const struct rsp_transport *transport);

/* What a builder of open() has written, to all of `protocol`'s multicast. */
bool rsp_outbox_announce(struct rsp_outbox *o, const struct rsp_builder *b,
    enum rsp_protocol protocol);

/* As rsp_registry_output(), but for `user`. */
bool rsp_outbox_next(struct rsp_outbox *o, struct rsp_out *out);

/* The association is no more: its messages go, its events stay. */
void rsp_outbox_forget(struct rsp_outbox *o, const struct rsp_assoc *a);

#endif
