/* SPDX-License-Identifier: Apache-2.0 */
/* check_select_user.c - claims about selection of pool elements by the pool
 * user */
#include "tests/lib/suite.h"

#include "rsp/core/pool/select_user.h"
#include "tests/lib/repeatable.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);

static unsigned
choose(uint32_t type, const struct rsp_choice *list, unsigned n,
    uint64_t position, uint8_t *order)
{
	unsigned count =
	    rsp_choose(type, list, n, position, repeatable, &seed, order);
	bool seen[RSP_CHOICE_MAX] = { false };

	ck_assert_uint_le(count, n);
	for (unsigned i = 0; i < count; i++) {
		ck_assert_uint_lt(order[i], n);
		ck_assert_msg(!seen[order[i]], "%u twice", order[i]);
		seen[order[i]] = true;
	}
	return count;
}

static const uint32_t all_types[] = { 1, 2, 3, 4, 5, 0x40000001, 0x40000002,
	0x40000003, 0x40000004, 0x40000010, 0xb0002002, 0x12345678 };

START_TEST(nobody_is_left_out_and_an_empty_list_is_fine)
{
	struct rsp_choice list[RSP_CHOICE_MAX];
	uint8_t order[RSP_CHOICE_MAX];

	for (unsigned i = 0; i < RSP_CHOICE_MAX; i++)
		list[i] = (struct rsp_choice){ .pe_id = i * 2654435761u,
			.words = { i % 7 + 1, i % 5, i % 3 } };
	for (unsigned n = 0; n <= RSP_CHOICE_MAX; n++)
		ck_assert_uint_eq(choose(all_types[_i], list, n, 12345 + n,
				      order),
		    n);
	ck_assert_uint_eq(rsp_choose(all_types[_i], list, RSP_CHOICE_MAX + 1, 0,
			      repeatable, &seed, order),
	    RSP_CHOICE_MAX);
}
END_TEST

/* Proves 5356-4.1-07, 5356-4.1-08, 5352-6.5.2.1-01.
 * Proves 5352-6.5.1-07, 5352-6.5.2-01, 5352-6.5.2.1-02, 5356-1-01. */
START_TEST(round_robin_is_exact_however_the_answer_is_rotated)
{
	struct rsp_choice list[3];
	uint32_t ids[3] = { 77, 5, 0xfffffff0 };
	unsigned counts[3] = { 0 };
	uint32_t last = 0;
	uint8_t order[RSP_CHOICE_MAX];

	for (unsigned p = 0; p < 300; p++) {
		for (unsigned i = 0; i < 3; i++)
			list[i] =
			    (struct rsp_choice){ .pe_id =
						     ids[(i + p / 7) % 3] };
		ck_assert_uint_eq(choose(RSP_POLICY_RR, list, 3, 1000 + p,
				      order),
		    3);
		for (unsigned i = 0; i < 3; i++)
			counts[i] += list[order[0]].pe_id == ids[i];
		/* Whoever is tried second is first at the next turn. */
		if (p > 0)
			ck_assert_uint_eq(last, list[order[0]].pe_id);
		last = list[order[1]].pe_id;
	}
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(counts[i], 100);
}
END_TEST

/* The longest run is that of the heaviest; `run` is the best possible one. */
static const struct {
	const char *name;
	unsigned n;
	uint32_t weights[6];
	unsigned run;
} shares[] = {
	{ "one", 1, { 7 }, 7 * 2 },
	{ "equal ones are round robin", 3, { 1, 1, 1 }, 1 },
	{ "equal weights are round robin", 3, { 40, 40, 40 }, 1 },
	{ "3 1 1: never three in a row", 3, { 3, 1, 1 }, 2 },
	{ "5 1 1", 3, { 5, 1, 1 }, 3 },
	{ "2 1", 2, { 2, 1 }, 2 },
	{ "1 2 3 4 5 6", 6, { 1, 2, 3, 4, 5, 6 }, 2 },
	{ "100 1", 2, { 100, 1 }, 100 },
	{ "zero does not serve", 3, { 0, 2, 1 }, 2 },
	{ "97 101 103", 3, { 97, 101, 103 }, 2 },
};

/* Proves 5356-4.2-01, 5356-4.2-05 (and 4.2-03, 4.2-04 at the pool user). */
START_TEST(weighted_round_robin_is_exact_over_a_round_and_smooth)
{
	struct rsp_choice list[6];
	unsigned counts[6] = { 0 }, sum = 0, run = 0;
	int last = -1;
	uint8_t order[RSP_CHOICE_MAX];

	for (unsigned i = 0; i < shares[_i].n; i++) {
		list[i] = (struct rsp_choice){ .pe_id = 9 - i,
			.words = { shares[_i].weights[i] } };
		sum += shares[_i].weights[i];
	}
	for (unsigned p = 0; p < 2 * sum; p++) {
		choose(RSP_POLICY_WRR, list, shares[_i].n, 5 + p, order);
		counts[order[0]]++;
		run = order[0] == last ? run + 1 : 1;
		last = order[0];
		ck_assert_msg(run <= shares[_i].run, "%s: %u in a row",
		    shares[_i].name, run);
	}
	for (unsigned i = 0; i < shares[_i].n; i++)
		ck_assert_msg(counts[i] == 2 * shares[_i].weights[i],
		    "%s: element %u %u times", shares[_i].name, i, counts[i]);
}
END_TEST

START_TEST(weighted_round_robin_takes_the_largest_weights)
{
	struct rsp_choice list[RSP_CHOICE_MAX];
	uint8_t order[RSP_CHOICE_MAX];
	unsigned light = 0;

	for (unsigned i = 0; i < RSP_CHOICE_MAX; i++)
		list[i] =
		    (struct rsp_choice){ .pe_id = i, .words = { 0xffffffff } };
	list[17].words[0] = 1;
	for (unsigned p = 0; p < 300; p++) {
		ck_assert_uint_eq(choose(RSP_POLICY_WRR, list, RSP_CHOICE_MAX,
				      (uint64_t)p << 40, order),
		    RSP_CHOICE_MAX);
		light += order[0] == 17;
	}
	ck_assert_uint_le(light, 1);
	ck_assert_uint_eq(choose(RSP_POLICY_WRR, list, RSP_CHOICE_MAX,
			      UINT64_MAX, order),
	    RSP_CHOICE_MAX);
}
END_TEST

START_TEST(nobody_serves_when_all_weights_are_zero)
{
	struct rsp_choice list[2] = { { .pe_id = 1 }, { .pe_id = 2 } };
	uint8_t order[RSP_CHOICE_MAX];

	ck_assert_uint_eq(choose(RSP_POLICY_WRR, list, 2, 3, order), 0);
	ck_assert_uint_eq(choose(RSP_POLICY_WRAND, list, 2, 3, order), 0);
}
END_TEST

/* Shares of 10000 choices that the first and the second place must have, in
 * percent.  Proves 5356-3.2-02, 5356-4.3-04, 5356-4.4-05, 5356-5.4-03. */
static const struct {
	const char *name;
	uint32_t type;
	uint32_t words[3];
	unsigned first[3], second[3];
} lots[] = {
	{ "random", 3, { 0 }, { 33, 33, 33 }, { 33, 33, 33 } },
	{ "weights 1 2 7", 4, { 1, 2, 7 }, { 10, 20, 70 }, { 26, 48, 26 } },
	{ "weight 0", 4, { 0, 1, 3 }, { 0, 25, 75 }, { 0, 75, 25 } },
	{ "loads 0 50 75", 0x40000004, { 0, 0x80000000, 0xc0000000 },
	    { 57, 29, 14 }, { 32, 43, 25 } },
	{ "all at full load", 0x40000004,
	    { 0xffffffff, 0xffffffff, 0xffffffff }, { 33, 33, 33 },
	    { 33, 33, 33 } },
};

START_TEST(lots_fall_by_weight)
{
	struct rsp_choice list[3];
	unsigned first[3] = { 0 }, second[3] = { 0 };
	uint8_t order[RSP_CHOICE_MAX];
	const int runs = 10000;

	for (unsigned i = 0; i < 3; i++)
		list[i] = (struct rsp_choice){ .pe_id = i,
			.words = { lots[_i].words[i] } };
	for (int p = 0; p < runs; p++) {
		choose(lots[_i].type, list, 3, 0, order);
		first[order[0]]++;
		second[order[1]]++;
	}
	for (unsigned i = 0; i < 3; i++) {
		int f = (int)first[i] - (int)lots[_i].first[i] * runs / 100;
		int s = (int)second[i] - (int)lots[_i].second[i] * runs / 100;

		ck_assert_msg(abs(f) < runs / 50, "%s: %u first %u times",
		    lots[_i].name, i, first[i]);
		ck_assert_msg(abs(s) < runs / 50, "%s: %u second %u times",
		    lots[_i].name, i, second[i]);
	}
}
END_TEST

/* Proves 5356-4.5-04, 5356-5.1-07, 5356-5.2-07, 5356-5.3-07, delay-3.3-01. */
static const struct {
	const char *name;
	uint32_t type;
	uint64_t position;
	unsigned n;
	struct rsp_choice list[4];
	uint32_t ids[4]; /* in the order wanted */
} orders[] = {
	{ "highest priority first", 5, 0, 3,
	    { { 1, { 1 }, 0 }, { 2, { 9 }, 0 }, { 3, { 5 }, 0 } },
	    { 2, 3, 1 } },
	{ "equal priorities do not rotate", 5, 1, 3,
	    { { 3, { 5 }, 0 }, { 2, { 5 }, 0 }, { 1, { 0 }, 0 } },
	    { 2, 3, 1 } },
	{ "load as listed", 0x40000001, 5, 3,
	    { { 3, { 1 }, 0 }, { 1, { 2 }, 0 }, { 2, { 3 }, 0 } },
	    { 3, 1, 2 } },
	{ "equal loads rotate, others stay", 0x40000001, 1, 4,
	    { { 9, { 1 }, 0 }, { 3, { 2 }, 0 }, { 2, { 2 }, 0 },
		{ 1, { 7 }, 0 } },
	    { 9, 3, 2, 1 } },
	{ "equal loads at the next position", 0x40000001, 2, 4,
	    { { 9, { 1 }, 0 }, { 3, { 2 }, 0 }, { 2, { 2 }, 0 },
		{ 1, { 7 }, 0 } },
	    { 9, 2, 3, 1 } },
	{ "degradation: order given is kept", 0x40000002, 0, 3,
	    { { 3, { 9, 5 }, 0 }, { 2, { 4, 5 }, 0 }, { 1, { 10, 5 }, 0 } },
	    { 2, 3, 1 } },
	{ "degradation: own uses count", 0x40000002, 0, 3,
	    { { 1, { 10, 5 }, 3 }, { 2, { 12, 5 }, 1 }, { 3, { 20, 5 }, 0 } },
	    { 2, 3, 1 } },
	{ "priority least used: uses do not count", 0x40000003, 0, 2,
	    { { 1, { 10, 5 }, 99 }, { 2, { 12, 5 }, 0 } }, { 1, 2 } },
	{ "distance breaks ties", 0x40000010, 1, 2,
	    { { 2, { 10, 0, 5 }, 0 }, { 1, { 10, 0, 9 }, 0 } }, { 2, 1 } },
	{ "unknown policies take turns", 0x99999999, 1, 3,
	    { { 3, { 1 }, 0 }, { 1, { 2 }, 0 }, { 2, { 3 }, 0 } },
	    { 2, 3, 1 } },
};

START_TEST(order_is_as_the_policy_says)
{
	uint8_t order[RSP_CHOICE_MAX];

	ck_assert_uint_eq(choose(orders[_i].type, orders[_i].list, orders[_i].n,
			      orders[_i].position, order),
	    orders[_i].n);
	for (unsigned i = 0; i < orders[_i].n; i++)
		ck_assert_msg(orders[_i].list[order[i]].pe_id ==
				  orders[_i].ids[i],
		    "%s: place %u has %u", orders[_i].name, i,
		    orders[_i].list[order[i]].pe_id);
}
END_TEST

START_TEST(random_below_stays_below_and_reaches_all)
{
	static const uint64_t bounds[] = { 1, 2, 3, 7, 1000,
		UINT64_C(0x100000000), UINT64_C(0x100000001),
		UINT64_C(0xffffffff00000000), UINT64_MAX };
	unsigned seen[7] = { 0 };

	for (int b = 0; b < COUNT(bounds); b++)
		for (int i = 0; i < 200; i++)
			ck_assert_uint_lt(rsp_random_below(repeatable, &seed,
					      bounds[b]),
			    bounds[b]);
	for (int i = 0; i < 7000; i++)
		seen[rsp_random_below(repeatable, &seed, 7)]++;
	for (int i = 0; i < 7; i++)
		ck_assert_uint_gt(seen[i], 800);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("choice");
	TCase *t = tcase_create("choice");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, nobody_is_left_out_and_an_empty_list_is_fine, 0,
	    COUNT(all_types));
	tcase_add_test(t, round_robin_is_exact_however_the_answer_is_rotated);
	tcase_add_loop_test(t,
	    weighted_round_robin_is_exact_over_a_round_and_smooth, 0,
	    COUNT(shares));
	tcase_add_test(t, weighted_round_robin_takes_the_largest_weights);
	tcase_add_test(t, nobody_serves_when_all_weights_are_zero);
	tcase_add_loop_test(t, lots_fall_by_weight, 0, COUNT(lots));
	tcase_add_loop_test(t, order_is_as_the_policy_says, 0, COUNT(orders));
	tcase_add_test(t, random_below_stays_below_and_reaches_all);
	suite_add_tcase(s, t);
	return run_suite(s);
}
