/* SPDX-License-Identifier: Apache-2.0 */
/* checksum.c - PE checksum of RFC 5353 section 3.6.2: the sums.  Words are
 * big-endian, as they would stand in a message. */
#include "rsp/core/pool/checksum.h"

uint32_t
rsp_checksum_handle(struct rsp_span handle)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < handle.len; i++)
		sum += i % 2 == 0 ? (uint32_t)handle.at[i] << 8 : handle.at[i];
	return sum;
}

uint32_t
rsp_checksum_handle_swapped(struct rsp_span handle)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < handle.len; i++)
		sum += i % 2 == 1 ? (uint32_t)handle.at[i] << 8 : handle.at[i];
	return sum;
}

bool
rsp_checksum_is(uint16_t checksum, uint64_t sum, uint64_t swapped, bool lenient)
{
	uint16_t other = (uint16_t)(checksum << 8 | checksum >> 8);

	if (checksum == rsp_checksum_fold(sum))
		return true;
	return lenient && (checksum == rsp_checksum_fold((uint32_t)sum) ||
			      other == rsp_checksum_fold((uint32_t)swapped));
}
