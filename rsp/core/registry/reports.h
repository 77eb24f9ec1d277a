/* SPDX-License-Identifier: Apache-2.0 */
/* reports.h - who has reported which pool element unreachable lately
 *
 * One IPv4 address or IPv6 /64 counts once per interval for one element, so
 * that a single host cannot talk a healthy element out of its pool.  The memory
 * is bounded: when it is full of recent reports, further ones do not count.
 * That errs on the side of the element; a dead one goes all the same, by its
 * keep-alive.
 */
#ifndef RSP_REPORTS_H
#define RSP_REPORTS_H

#include "rsp/core/base/hash.h"
#include "rsp/core/base/list.h"
#include "rsp/core/wire/param.h"
#include "rsp/core/base/time.h"

#define RSP_REPORTS_MAX 65536

struct rsp_reports {
	struct rsp_hash table;
	struct rsp_list by_age; /* oldest first */
	struct rsp_hash_seed seeds[2];
};

/* RSP_ENOMEM. */
int rsp_reports_init(struct rsp_reports *r, rsp_random_fn *random, void *ctx);
void rsp_reports_fini(struct rsp_reports *r);

/* True, and remembered, when this address has not reported this element (its
 * pool's number, its identifier) within the last `interval_ms`. */
bool rsp_reports_count(struct rsp_reports *r, rsp_time now, int64_t interval_ms,
    const struct rsp_address *reporter, uint32_t pool, uint32_t id);

#endif
