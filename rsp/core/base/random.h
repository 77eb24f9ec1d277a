/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - uniform random numbers in a range, made from a caller's source of
 * 32 random bits */
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

/* Uniform in 0 .. bound - 1 by a product (Lemire), which hardly ever needs a
 * second draw. */
static inline uint32_t
rsp_random_below_32(rsp_random_fn *random, void *ctx, uint32_t bound)
{
	uint64_t product = (uint64_t)random(ctx) * bound;

	if ((uint32_t)product < bound)
		while ((uint32_t)product < -bound % bound)
			product = (uint64_t)random(ctx) * bound;
	return (uint32_t)(product >> 32);
}

/* Uniform in 0 .. bound - 1; `bound` is not 0.  For a large bound, numbers are
 * drawn until one is below it: less than two draws on average. */
static inline uint64_t
rsp_random_below(rsp_random_fn *random, void *ctx, uint64_t bound)
{
	uint64_t mask = bound - 1, v;

	if (bound <= UINT32_MAX)
		return rsp_random_below_32(random, ctx, (uint32_t)bound);
	for (unsigned shift = 1; shift < 64; shift *= 2)
		mask |= mask >> shift;
	do
		v = rsp_random_u64(random, ctx);
	while ((v &= mask) >= bound);
	return v;
}

#endif
