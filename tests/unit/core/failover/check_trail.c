/* SPDX-License-Identifier: Apache-2.0 */
/* check_trail.c - claims about digests along a run of bytes: a difference is
 * found while the bytes come */
#include "rsp/core/failover/trail.h"

#include <stdlib.h>

#include "tests/lib/suite.h"

#define STEP ((size_t)RSP_TRAIL_STEP)
#define SIZE (((size_t)5 << 20) + 100)

static uint8_t *first, *again;
static struct rsp_trail trail;
static struct rsp_digest whole;

static void
begin(size_t step)
{
	size_t n;

	first = malloc(SIZE);
	again = malloc(SIZE);
	ck_assert(first != NULL && again != NULL);
	for (size_t i = 0; i < SIZE; i++)
		first[i] = again[i] = (uint8_t)(i * 31 ^ i >> 8);
	rsp_digest_init(&whole);
	for (size_t at = 0; at < SIZE; at += n) {
		n = step < SIZE - at ? step : SIZE - at;
		rsp_trail_add(&trail, &whole, first + at, n);
	}
}

/* How many bytes of `again` are taken before a difference is seen. */
static size_t
follow(size_t step)
{
	struct rsp_digest d;
	size_t at, n;

	rsp_digest_init(&d);
	for (at = 0; at < SIZE; at += n) {
		n = step < SIZE - at ? step : SIZE - at;
		if (!rsp_trail_follow(&trail, &d, again + at, n))
			return at + n;
	}
	ck_assert_uint_eq(d.at, SIZE);
	return rsp_digest_equal(&whole, &d) ? SIZE : SIZE + 1;
}

static const size_t steps[] = { 1000, 4096, STEP, 3 * STEP + 1, SIZE };

START_TEST(what_is_the_same_passes)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		begin(steps[i]);
		for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++)
			ck_assert_uint_eq(follow(steps[k]), SIZE);
		free(first);
		free(again);
	}
}
END_TEST

/* Wherever it lies, and however the bytes come. */
START_TEST(a_difference_is_found_soon)
{
	size_t found, at, late;

	begin(10000);
	for (at = 0; at < SIZE - SIZE / 16 - STEP; at += 99991) {
		again[at] ^= 1;
		found = follow(4096);
		late = found - at;
		ck_assert_uint_gt(found, at);
		ck_assert_msg(late <= STEP + 4096 || late <= at / 16 + 4096,
		    "at %zu, seen %zu bytes later", at, late);
		again[at] ^= 1;
	}
	ck_assert_uint_gt(at, SIZE / 2);
	ck_assert_uint_eq(follow(4096), SIZE);
	free(first);
	free(again);
}
END_TEST

/* Behind the last mark the digest tells. */
START_TEST(a_late_difference_is_found_in_the_end)
{
	begin(10000);
	again[SIZE - 1] ^= 1;
	ck_assert_uint_eq(follow(4096), SIZE + 1);
	free(first);
	free(again);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("trail");
	TCase *t = tcase_create("trail");

	tcase_add_test(t, what_is_the_same_passes);
	tcase_add_test(t, a_difference_is_found_soon);
	tcase_add_test(t, a_late_difference_is_found_in_the_end);
	suite_add_tcase(s, t);
	return run_suite(s);
}
