/* SPDX-License-Identifier: Apache-2.0 */
/* check_random.c - claims about random numbers below a bound: none above, all
 * of them, equally often */
#include "rsp/core/base/random.h"
#include "tests/lib/repeatable.h"
#include "tests/lib/suite.h"

static uint64_t state;

static uint32_t
random32(void *ctx)
{
	(void)ctx;
	return repeatable(&state);
}

static uint32_t given[4];
static unsigned n_given;

static uint32_t
next_given(void *ctx)
{
	(void)ctx;
	ck_assert_uint_lt(n_given, 4);
	return given[n_given++];
}

START_TEST(every_number_comes_equally_often)
{
	static const uint64_t bounds[] = { 1, 2, 3, 7, 10, 16 };

	state = 12345;
	for (unsigned b = 0; b < sizeof(bounds) / sizeof(bounds[0]); b++) {
		int counts[16] = { 0 };

		for (int i = 0; i < 16000; i++) {
			uint64_t v =
			    rsp_random_below(random32, NULL, bounds[b]);

			ck_assert_uint_lt(v, bounds[b]);
			counts[v]++;
		}
		for (uint64_t v = 0; v < bounds[b]; v++)
			ck_assert_int_le(abs(counts[v] -
					     (int)(16000 / bounds[b])),
			    16000 / (int)bounds[b] / 4);
	}
}
END_TEST

START_TEST(large_bounds_reach_both_halves)
{
	uint64_t bound = (UINT64_C(1) << 40) + 1;
	unsigned upper = 0;

	state = 99;
	for (int i = 0; i < 1000; i++) {
		uint64_t v = rsp_random_below(random32, NULL, bound);

		ck_assert_uint_lt(v, bound);
		upper += v >= bound / 2;
	}
	ck_assert_uint_gt(upper, 400);
	ck_assert_uint_lt(upper, 600);
}
END_TEST

/* 2^32 is 1 more than a multiple of 3: one number has to be drawn again. */
START_TEST(what_would_come_too_often_is_drawn_again)
{
	given[0] = 0;
	given[1] = UINT32_MAX;
	n_given = 0;
	ck_assert_uint_eq(rsp_random_below(next_given, NULL, 3), 2);
	ck_assert_uint_eq(n_given, 2);
}
END_TEST

START_TEST(sixty_four_bits_are_two_numbers_the_first_above)
{
	given[0] = 1;
	given[1] = 2;
	n_given = 0;
	ck_assert_uint_eq(rsp_random_u64(next_given, NULL), 0x100000002);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("random");
	TCase *t = tcase_create("random");

	tcase_add_test(t, every_number_comes_equally_often);
	tcase_add_test(t, large_bounds_reach_both_halves);
	tcase_add_test(t, what_would_come_too_often_is_drawn_again);
	tcase_add_test(t, sixty_four_bits_are_two_numbers_the_first_above);
	suite_add_tcase(s, t);
	return run_suite(s);
}
