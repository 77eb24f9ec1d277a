/* SPDX-License-Identifier: Apache-2.0 */
/* holders.h - who else holds an element
 *
 * An element's life line is the association that it registered over last.  The
 * one before it is still up sometimes: the element has come back before its old
 * connection was known to be lost, or, after a pause of this registrar's, the
 * two were read the wrong way round.  Which of them leads to somebody shows
 * only when one of them ends.  So the other one is remembered as a holder: it
 * gets the element back when the life line is lost, and is told when the
 * element is removed, for at its far end there may be somebody who believes to
 * be registered.
 */
#ifndef RSP_HOLDERS_H
#define RSP_HOLDERS_H

#include "rsp/core/pool/handlespace.h"
#include "rsp/core/registry/registry.h"

/* Of one element, at once: more are strangers at play, or a server that hangs
 * up very often. */
#define RSP_HOLDERS_MAX 4

struct holders {
	struct rsp_hash by_element; /* key: the identifier */
};

/* RSP_ENOMEM. */
int holders_init(struct rsp_registry *r);
void holders_fini(struct rsp_registry *r);

/* The life line goes from `from`, which is up, to another one. */
void holders_add(struct rsp_registry *r, const struct rsp_entry *e,
    struct rsp_assoc *from);

bool holders_has(const struct rsp_registry *r, const struct rsp_entry *e,
    const struct rsp_assoc *a);

/* `a` has become the life line, or has let go. */
void holders_drop(struct rsp_registry *r, const struct rsp_entry *e,
    const struct rsp_assoc *a);

/* The life line is lost: the newest holder has it, and is asked whether it is
 * there.  False: there is none. */
bool holders_reclaim(struct rsp_registry *r, rsp_time now, struct rsp_entry *e);

/* The element is no more, or at home elsewhere: its holders are told. */
void holders_dismiss(struct rsp_registry *r, const struct rsp_entry *e);

/* The association ends. */
void holders_leave(struct rsp_registry *r, struct rsp_assoc *a);

#endif
