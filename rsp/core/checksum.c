/* SPDX-License-Identifier: Apache-2.0 */
/* checksum.c - words are big-endian, as they would stand in a message */
#include "rsp/core/checksum.h"

uint32_t
rsp_checksum_handle(struct rsp_span handle)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < handle.len; i++)
		sum += i % 2 == 0 ? (uint32_t)handle.at[i] << 8 : handle.at[i];
	return sum;
}
