/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_asap.c - fuzz target: any bytes as one ASAP message */
#include "tests/fuzz/fuzz_codec.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_codec(RSP_ASAP, (struct rsp_span){ data, size });
	return 0;
}
