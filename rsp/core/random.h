/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - numbers from somebody else's source of 32 uniform bits */
#ifndef RSP_RANDOM_H
#define RSP_RANDOM_H

#include <stdint.h>

typedef uint32_t rsp_random_fn(void *ctx);

static inline uint64_t
rsp_random_u64(rsp_random_fn *random, void *ctx)
{
	uint64_t high = random(ctx);

	return high << 32 | random(ctx);
}

/* Uniform in 0 .. bound - 1; `bound` is not 0.  Draws until the number is below
 * the bound, less than twice on average. */
static inline uint64_t
rsp_random_below(rsp_random_fn *random, void *ctx, uint64_t bound)
{
	uint64_t mask = bound - 1, v;

	for (unsigned shift = 1; shift < 64; shift *= 2)
		mask |= mask >> shift;
	do
		v = mask > UINT32_MAX ? rsp_random_u64(random, ctx)
				      : random(ctx);
	while ((v &= mask) >= bound);
	return v;
}

#endif
