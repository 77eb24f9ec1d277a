/* SPDX-License-Identifier: Apache-2.0 */
/* marked_answer.h - answers that carry their writer's mark in every element, so
 * that a mixture of two is noticed; for the tests that torture the cache */
#ifndef RSP_MARKED_ANSWER_H
#define RSP_MARKED_ANSWER_H

#include "rsp/core/user/cache.h"

/* "pool 7" */
struct rsp_span marked_handle(unsigned pool, char text[20]);

/* An answer of generation `g` with 1 + g % 100 elements. */
void marked_make(struct rsp_answer *a, unsigned pool, uint32_t g);

/* NULL when it is whole; else what is wrong with it. */
const char *marked_verify(const struct rsp_answer *a, unsigned pool);

/* The generator of all seeded tests here; *state is not 0. */
uint32_t draw(uint64_t *state);

#endif
