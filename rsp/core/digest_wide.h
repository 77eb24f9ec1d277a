/* SPDX-License-Identifier: Apache-2.0 */
/* digest_wide.h - the hashes of digest.h by registers twice as wide
 *
 * The same numbers in less than half the time, where the processor has AVX2; so
 * who has begun one way may go on the other.
 */
#ifndef RSP_DIGEST_WIDE_H
#define RSP_DIGEST_WIDE_H

#include "rsp/core/digest.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define RSP_DIGEST_HAS_WIDE 1

/* Has this processor such registers?  False also before constructors run. */
static inline bool
rsp_digest_is_wide(void)
{
	return __builtin_cpu_supports("avx2");
}

/* XXH3_64bits() and XXH3_64bits_update(); only if it has. */
uint64_t rsp_digest_wide_hash(const void *bytes, size_t n);
void rsp_digest_wide_update(XXH3_state_t *state, const void *bytes, size_t n);

#endif
#endif
