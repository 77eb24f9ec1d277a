/* SPDX-License-Identifier: Apache-2.0 */
/* checksum.h - PE checksum of RFC 5353 section 3.6.2
 *
 * The Internet checksum (RFC 1071) over one block per pool element: the pool
 * handle, padded with zeros to a multiple of 4, and the PE identifier.  The
 * plain sum of the 16-bit words is kept: elements are added to it and
 * subtracted from it in any order, exactly.  It is folded when it is asked for.
 * 64 bits hold more elements than memory does.
 */
#ifndef RSP_CHECKSUM_H
#define RSP_CHECKSUM_H

#include <stdbool.h>

#include "rsp/core/base/span.h"

/* The handle's part of a block's sum. */
uint32_t rsp_checksum_handle(struct rsp_span handle);

/* The same with the bytes of every word swapped, for rsp_checksum_is(). */
uint32_t rsp_checksum_handle_swapped(struct rsp_span handle);

static inline uint32_t
rsp_checksum_block(uint32_t handle_sum, uint32_t pe_id)
{
	return handle_sum + (pe_id >> 16) + (pe_id & 0xffff);
}

static inline uint32_t
rsp_checksum_block_swapped(uint32_t handle_swapped, uint32_t pe_id)
{
	return handle_swapped + (pe_id >> 24) + (pe_id >> 8 & 0xff00) +
	       (pe_id >> 8 & 0xff) + (pe_id << 8 & 0xff00);
}

/* 0xffff for no element at all. */
static inline uint16_t
rsp_checksum_fold(uint64_t sum)
{
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

/* Says whether a peer's checksum is that of these sums.  RSPLIB lets its sum
 * overflow at 32 bits: from some 25000 elements on it differs from RFC 1071's,
 * and between hosts of different byte order.  `lenient` takes these too. */
bool rsp_checksum_is(uint16_t checksum, uint64_t sum, uint64_t swapped,
    bool lenient);

#endif
