/* SPDX-License-Identifier: Apache-2.0 */
/* update_apply.h - what peers say about elements, and what of it is taken */
#ifndef RSP_UPDATE_APPLY_H
#define RSP_UPDATE_APPLY_H

#include "rsp/core/wire/message.h"
#include "rsp/core/registry/peer.h"

enum apply_from {
	APPLY_UPDATE,  /* its home has just said so */
	APPLY_TABLE,   /* its home's table */
	APPLY_HEARSAY, /* somebody else's table */
};
/* `from` says that `p` is home of that element. */
void apply_add(struct rsp_registry *r, struct peer *p, struct rsp_assoc *from,
    struct rsp_span handle, struct rsp_pe *pe, enum apply_from how);
void apply_update(struct rsp_registry *r, rsp_time now, struct peer *p,
    struct rsp_message *m);
/* A peer's element goes, and nobody is told. */
void apply_drop(struct rsp_registry *r, struct rsp_entry *e,
    struct rsp_assoc *from, const char *reason);
/* An own element of an earlier life, as others remember it. */
void apply_inherit(struct rsp_registry *r, struct rsp_span handle,
    struct rsp_pe *pe);

#endif
