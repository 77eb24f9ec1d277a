/* SPDX-License-Identifier: Apache-2.0 */
/* quota.h - how many connections each far address has
 *
 * An IPv6 host has a whole /64 to call from, so its /64 is what counts.
 * Loopback is not counted: all of the own host would share it.
 */
#ifndef RSP_REGISTRAR_QUOTA_H
#define RSP_REGISTRAR_QUOTA_H

#include <stdint.h>

#include "rsp/core/wire/param.h"

struct quota {
	void *root; /* of a search tree */
};

/* One more, unless there are `max` already (RSP_ELIMIT) or memory is out
 * (RSP_ENOMEM).  RSP_OK wants a quota_drop() later.  Starts all zero. */
int quota_take(struct quota *q, const struct rsp_address *a, int64_t max);
void quota_drop(struct quota *q, const struct rsp_address *a);

#endif
