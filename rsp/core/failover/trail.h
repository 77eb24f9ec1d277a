/* SPDX-License-Identifier: Apache-2.0 */
/* trail.h - digests along a run of bytes, to find the place where another run
 * departs from it while it comes
 *
 * A digest says at the end whether all was the same.  A trail notes what the
 * digest was on the way.  So a server that sends the same again is found out
 * soon behind the first difference: at marks, which lie 16 KiB apart up to 512
 * KiB and a sixteenth of the way apart from there on.  So a trail has one size
 * however long the run is.
 */
#ifndef RSP_TRAIL_H
#define RSP_TRAIL_H

#include "rsp/core/failover/digest.h"

#define RSP_TRAIL_STEP (2 * RSP_DIGEST_BLOCK)
#define RSP_TRAIL_MARKS (32 + 16 * 28) /* up to 128 TiB */

struct rsp_trail {
	uint64_t next; /* mark, once something has come */
	uint32_t marks[RSP_TRAIL_MARKS];
};

/* Adds bytes to `d`; a trail begins with the first ones. */
void rsp_trail_reach(struct rsp_trail *t, struct rsp_digest *d,
    const void *bytes, size_t n);

static inline void
rsp_trail_add(struct rsp_trail *t, struct rsp_digest *d, const void *bytes,
    size_t n)
{
	if (d->at > 0 && n < t->next - d->at)
		rsp_digest_add(d, bytes, n);
	else
		rsp_trail_reach(t, d, bytes, n);
}

/* The same for `again`, which has no more bytes than the first one has.  False:
 * they differ, and the digest is of no further use. */
bool rsp_trail_follow(const struct rsp_trail *t, struct rsp_digest *again,
    const void *bytes, size_t n);

#endif
