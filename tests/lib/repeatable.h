/* SPDX-License-Identifier: Apache-2.0 */
/* repeatable.h - random numbers that are the same in every run (xorshift)
 *
 * The state is any number but 0.
 */
#ifndef RSP_REPEATABLE_H
#define RSP_REPEATABLE_H

#include <stdint.h>

static inline uint64_t
repeatable64(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

/* An rsp_random_fn; `state` points to one. */
static inline uint32_t
repeatable(void *state)
{
	return (uint32_t)(repeatable64(state) >> 32);
}

#endif
