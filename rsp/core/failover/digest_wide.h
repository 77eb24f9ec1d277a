/* SPDX-License-Identifier: Apache-2.0 */
/* digest_wide.h - hash functions of digest.c on registers twice as wide (AVX2)
 *
 * They give the same numbers in less than half the time, where the processor
 * has AVX2.  So a digest that has begun one way may go on the other.
 */
#ifndef RSP_DIGEST_WIDE_H
#define RSP_DIGEST_WIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libc has asked the processor already; to ask it again, as the compiler's
 * builtin does in every process, takes 50 us in a virtual machine. */
#if defined(__x86_64__) && defined(__GNUC__) && __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
#define RSP_DIGEST_HAS_WIDE 1

/* Has this processor such registers, and may they be used? */
static inline bool
rsp_digest_is_wide(void)
{
	return CPU_FEATURE_ACTIVE(AVX2);
}

/* XXH3_64bits() and XXH3_64bits_update() of an XXH3_state_t; only if it
 * has. */
uint64_t rsp_digest_wide_hash(const void *bytes, size_t n);
void rsp_digest_wide_update(void *state, const void *bytes, size_t n);

#endif
#endif
