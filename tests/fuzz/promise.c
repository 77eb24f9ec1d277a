/* SPDX-License-Identifier: Apache-2.0 */
/* promise.c - what the shells of the fuzz targets share */
#include "tests/fuzz/promise.h"

#include <stdio.h>
#include <stdlib.h>

void
promise(bool kept, const char *what)
{
	if (kept)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

uint32_t
fuzz_random(void *state)
{
	uint32_t *n = state;

	*n = *n * 1664525 + 1013904223;
	return *n;
}
