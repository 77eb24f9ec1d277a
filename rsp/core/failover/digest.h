/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h - digest of a growing run of bytes, and of its end
 *
 * Two servers that are said to have the same file are compared by what they
 * send: over all that was delivered, or over its end alone.  The bytes are
 * hashed in blocks (XXH3, several GB/s).  The blocks' hashes make a chain, for
 * the whole.  The last block and the open block make the end.  So the end of a
 * run is compared from a block's boundary on, without keeping its bytes.
 *
 * The hash has no key: it finds differences, but it proves nothing against
 * a person who made them.
 */
#ifndef RSP_DIGEST_H
#define RSP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RSP_DIGEST_BLOCK 8192
#define RSP_DIGEST_STATE 576
#define RSP_DIGEST_ALIGN 64

struct rsp_digest {
	uint64_t at;	/* bytes so far */
	uint64_t chain; /* of all whole blocks */
	uint64_t last;	/* of the last whole one */
	/* Of the open block: the state of the hash library, which no other file
	 * knows. */
	_Alignas(RSP_DIGEST_ALIGN) unsigned char open[RSP_DIGEST_STATE];
};

void rsp_digest_init(struct rsp_digest *d);
void rsp_digest_add(struct rsp_digest *d, const void *bytes, size_t n);

/* Where a comparison of the end begins: less than two blocks back, at 0 for a
 * short run. */
uint64_t rsp_digest_overlap(const struct rsp_digest *d);

/* Are all bytes the same, as far as hashes can tell? */
bool rsp_digest_equal(const struct rsp_digest *a, const struct rsp_digest *b);

/* `end` was fed from rsp_digest_overlap(whole) on: are these bytes the same,
 * and as many? */
bool rsp_digest_ends(const struct rsp_digest *whole,
    const struct rsp_digest *end);

#endif
