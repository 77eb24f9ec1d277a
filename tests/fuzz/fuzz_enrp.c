/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_enrp.c - fuzz target: any bytes as one ENRP message */
#include "tests/fuzz/fuzz_codec.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_codec(RSP_ENRP, (struct rsp_span){ data, size });
	return 0;
}
