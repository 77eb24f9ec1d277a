/* SPDX-License-Identifier: Apache-2.0 */
/* promise.h - what the shells of the fuzz targets share: claims, and numbers
 * that are the same in each run */
#ifndef RSP_FUZZ_PROMISE_H
#define RSP_FUZZ_PROMISE_H

#include <stdbool.h>
#include <stdint.h>

/* Aborts, with `what` on standard error, when it was not kept. */
void promise(bool kept, const char *what);

/* The next number behind *state, a uint32_t. */
uint32_t fuzz_random(void *state);

#endif
