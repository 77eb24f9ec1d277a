/* SPDX-License-Identifier: Apache-2.0 */
/* digest_wide.c - hash library of digest.c once more, compiled for AVX2
 *
 * Its own choice at run time is an object of its static library, which is not
 * made to be linked into a shared one.
 */
#if defined(__x86_64__) && defined(__GNUC__) && __has_include(<sys/platform/x86.h>)
#include <immintrin.h>
#include <stdlib.h>
#include <string.h>

/* Nothing here runs where rsp_digest_is_wide() is false. */
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))),                  \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
#define XXH_VECTOR XXH_AVX2
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "rsp/core/failover/digest_wide.h"

uint64_t
rsp_digest_wide_hash(const void *bytes, size_t n)
{
	return XXH3_64bits(bytes, n);
}

void
rsp_digest_wide_update(void *state, const void *bytes, size_t n)
{
	XXH3_64bits_update(state, bytes, n);
}

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#else
typedef int rsp_digest_has_nothing_wide;
#endif
