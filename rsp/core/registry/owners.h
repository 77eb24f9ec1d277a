/* SPDX-License-Identifier: Apache-2.0 */
/* owners.h - whose an element is
 *
 * Over a unix socket the kernel says which user speaks.  An element that was
 * registered over one is that user's for as long as it is at home here, whether
 * or not its association is up: nobody else registers it again or takes it out.
 * Elements from elsewhere are nobody's.
 */
#ifndef RSP_OWNERS_H
#define RSP_OWNERS_H

#include "rsp/core/pool/handlespace.h"
#include "rsp/core/registry/registry.h"

struct owners {
	struct rsp_hash by_element; /* key: the identifier */
};

/* RSP_ENOMEM. */
int owners_init(struct rsp_registry *r);
void owners_fini(struct rsp_registry *r);

/* May whoever speaks over `a` change this element? */
bool owners_allow(const struct rsp_registry *r, const struct rsp_entry *e,
    const struct rsp_assoc *a);

/* It has been registered over `a`, and is its user's if it was nobody's.
 * RSP_ENOMEM. */
int owners_note(struct rsp_registry *r, const struct rsp_entry *e,
    const struct rsp_assoc *a);

/* The element is no more, or at home elsewhere. */
void owners_drop(struct rsp_registry *r, const struct rsp_entry *e);

#endif
