/* SPDX-License-Identifier: Apache-2.0 */
/* quotas.h - how much one of many may take
 *
 * Who speaks counts as one by its user where the kernel says that, else by its
 * IPv4 address or IPv6 /64: elements on its associations, pools that it was the
 * first in, and changes in a time.  Whoever speaks over loopback, and users
 * whom the shell trusts, are not counted.
 */
#ifndef RSP_QUOTAS_H
#define RSP_QUOTAS_H

#include "rsp/core/pool/handlespace.h"
#include "rsp/core/registry/registry.h"

struct quotas {
	struct rsp_hash by_key;	 /* of those who are counted */
	struct rsp_hash by_pool; /* the founders of pools; key: its number */
	struct rsp_list idle;	 /* without an association; the longest first */
};

/* RSP_ENOMEM. */
int quotas_init(struct rsp_registry *r);
void quotas_fini(struct rsp_registry *r);

/* An association comes up, and ends. */
void quotas_open(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    const struct rsp_assoc_info *info);
void quotas_close(struct rsp_registry *r, struct rsp_assoc *a);

/* May one more element be registered over `a`, in a pool that is there or
 * not? */
bool quotas_allow(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    bool has_pool);

/* It has been, or an element has got other values; the first in its pool. */
void quotas_changed(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_entry *e);

/* The pool's last element goes. */
void quotas_pool_ends(struct rsp_registry *r, const struct rsp_pool *pool);

#endif
