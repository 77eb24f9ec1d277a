/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c - digest of a growing run of bytes, by blocks
 *
 * A block that comes whole is hashed in one go; the streaming hash, which
 * copies, is for those that come in pieces.
 */
#include "rsp/core/failover/digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "rsp/core/failover/digest_wide.h"

_Static_assert(sizeof(XXH3_state_t) <= RSP_DIGEST_STATE, "no room for a state");
_Static_assert(_Alignof(XXH3_state_t) <= RSP_DIGEST_ALIGN, "badly aligned");

#define WIDE_MIN 256 /* fewer bytes are hashed without such registers */

static XXH3_state_t *
state_of(struct rsp_digest *d)
{
	return (void *)d->open;
}

static uint64_t
open_hash(const struct rsp_digest *d)
{
	const void *state = d->open;

	return XXH3_64bits_digest(state);
}

static uint64_t
hash(const void *bytes, size_t n)
{
#ifdef RSP_DIGEST_HAS_WIDE
	if (n >= WIDE_MIN && rsp_digest_is_wide())
		return rsp_digest_wide_hash(bytes, n);
#endif
	return XXH3_64bits(bytes, n);
}

static void
update(XXH3_state_t *state, const void *bytes, size_t n)
{
#ifdef RSP_DIGEST_HAS_WIDE
	if (n >= WIDE_MIN && rsp_digest_is_wide()) {
		rsp_digest_wide_update(state, bytes, n);
		return;
	}
#endif
	XXH3_64bits_update(state, bytes, n);
}

void
rsp_digest_init(struct rsp_digest *d)
{
	d->at = d->chain = d->last = 0;
	XXH3_64bits_reset(state_of(d));
}

static void
close_block(struct rsp_digest *d, uint64_t hash)
{
	d->chain = (d->chain ^ hash) * 0x9e3779b97f4a7c15u;
	d->chain ^= d->chain >> 32;
	d->last = hash;
}

void
rsp_digest_add(struct rsp_digest *d, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	while (n > 0) {
		size_t filled = (size_t)(d->at % RSP_DIGEST_BLOCK);
		size_t some = RSP_DIGEST_BLOCK - filled;

		if (some > n)
			some = n;
		if (some == RSP_DIGEST_BLOCK)
			close_block(d, hash(p, some));
		else
			update(state_of(d), p, some);
		d->at += some;
		p += some;
		n -= some;
		if (some < RSP_DIGEST_BLOCK && d->at % RSP_DIGEST_BLOCK == 0) {
			close_block(d, open_hash(d));
			XXH3_64bits_reset(state_of(d));
		}
	}
}

uint64_t
rsp_digest_overlap(const struct rsp_digest *d)
{
	uint64_t blocks = d->at / RSP_DIGEST_BLOCK;

	return blocks == 0 ? 0 : (blocks - 1) * RSP_DIGEST_BLOCK;
}

static bool
same_open_block(const struct rsp_digest *a, const struct rsp_digest *b)
{
	return open_hash(a) == open_hash(b);
}

bool
rsp_digest_equal(const struct rsp_digest *a, const struct rsp_digest *b)
{
	return a->at == b->at && a->chain == b->chain && same_open_block(a, b);
}

bool
rsp_digest_ends(const struct rsp_digest *whole, const struct rsp_digest *end)
{
	return end->at == whole->at - rsp_digest_overlap(whole) &&
	       end->last == whole->last && same_open_block(whole, end);
}
