/* SPDX-License-Identifier: Apache-2.0 */
/* check_select_wrr.c - claims about selection by weighted round robin: turns
 * that are exact in every round, and even */
#include "tests/lib/select_fixture.h"

#include "tests/lib/suite.h"

static const struct {
	const char *name;
	unsigned n;
	uint32_t weights[6];
	unsigned run; /* longest allowed */
} shares[] = {
	{ "one", 1, { 7 }, 1000 },
	{ "all 1", 3, { 1, 1, 1 }, 1 },
	{ "all 40", 3, { 40, 40, 40 }, 1 },
	{ "3 1 1: never three in a row", 3, { 3, 1, 1 }, 2 },
	{ "5 1 1", 3, { 5, 1, 1 }, 3 },
	{ "2 1", 2, { 2, 1 }, 2 },
	{ "1 2 3 4 5 6", 6, { 1, 2, 3, 4, 5, 6 }, 2 },
	{ "100 1", 2, { 100, 1 }, 100 },
	{ "zero does not serve", 3, { 0, 2, 1 }, 2 },
	{ "97 101 103", 3, { 97, 101, 103 }, 2 },
	{ "3 3 7 (thirds and sevenths)", 3, { 3, 3, 7 }, 2 },
};

/* Of the shares. */
static struct rsp_select_wrr_clock *
clock_of_order(void)
{
	ck_assert_int_eq(rsp_select_small_reserve(&order, order.large ? 0 : 1),
	    RSP_OK);
	return order.large ? &order.wrr->clock
			   : rsp_select_small_view(&order).clock;
}

/* Proves 5356-3.2-02, 5356-4.2-01 to 5356-4.2-04.  Every other loop begins
 * where virtual time is about to be set back; the later half is of many. */
START_TEST(weighted_round_robin_is_exact_in_every_round_and_even)
{
	unsigned counts[6] = { 0 }, run = 0;
	uint32_t sum = 0;
	int last = -1;

	start(RSP_POLICY_WRR);
	if (_i >= 2 * COUNT(shares))
		fill(0);
	if (_i / COUNT(shares) % 2 == 1)
		clock_of_order()->now = (UINT64_C(1) << 62) - 4321;
	_i %= COUNT(shares);
	for (unsigned i = 0; i < shares[_i].n; i++) {
		join(i, shares[_i].weights[i], 0);
		sum += shares[_i].weights[i];
	}
	for (unsigned p = 1; p <= 12 * sum; p++) {
		int first = ask(p % 7);

		if (first < 0)
			first = ask(1); /* asked for none: nobody's turn */
		counts[first]++;
		run = first == last ? run + 1 : 1;
		last = first;
		ck_assert_msg(run <= shares[_i].run, "%s: %u in a row",
		    shares[_i].name, run);
		for (unsigned i = 0; p % sum == 0 && i < shares[_i].n; i++)
			ck_assert_msg(counts[i] ==
					  p / sum * shares[_i].weights[i],
			    "%s: %u has %u turns after %u", shares[_i].name, i,
			    counts[i], p);
	}
	ck_assert_uint_lt(clock_of_order()->now, UINT64_C(1) << 62);
	rsp_select_fini(&order);
}
END_TEST

/* Proves 5356-4.2-01, 5356-4.2-02. */
START_TEST(weighted_round_robin_of_equals_lists_as_round_robin_does)
{
	start(RSP_POLICY_WRR);
	if (_i == 1)
		fill(0);
	for (unsigned i = 0; i < 3; i++)
		join(i, 1, 0);
	for (unsigned round = 0; round < 5; round++) {
		expect(5, "abc");
		expect(5, "bca");
		expect(5, "cab");
	}
	rsp_select_fini(&order);
}
END_TEST

START_TEST(weights_may_change_and_elements_come_and_go)
{
	unsigned counts[3] = { 0 };
	uint32_t old[RSP_POLICY_WORDS] = { 1 };

	start(RSP_POLICY_WRR);
	if (_i == 1)
		fill(0);
	join(0, 1, 0);
	join(1, 0, 0);
	expect(5, "a");
	members[1].words[0] = 0xffffffff; /* from nothing to everything */
	rsp_select_renew(&order, &members[1].node,
	    (uint32_t[RSP_POLICY_WORDS]){ 0 });
	for (int p = 0; p < 1000; p++)
		counts[ask(1)]++;
	ck_assert_uint_le(counts[0], 1);
	leave(1);
	expect(5, "a"); /* however far ahead its turn was */
	join(1, 1, 0);
	rsp_select_renew(&order, &members[1].node, old); /* as it was */
	join(2, 2, 0);
	counts[0] = counts[1] = 0;
	for (int p = 0; p < 4000; p++)
		counts[ask(1)]++;
	for (int i = 0; i < 3; i++)
		ck_assert_int_le(abs((int)counts[i] - (i == 2 ? 2000 : 1000)),
		    2);
	/* Whoever registers again and again with another weight gets no more.
	 */
	counts[0] = counts[1] = counts[2] = 0;
	for (uint32_t p = 0; p < 4000; p++) {
		old[0] = members[2].words[0];
		members[2].words[0] = 1 + p % 2;
		rsp_select_renew(&order, &members[2].node, old);
		counts[ask(1)]++;
	}
	ck_assert_uint_lt(counts[2], 2100);
	old[0] = members[2].words[0];
	members[2].words[0] = 0;
	rsp_select_renew(&order, &members[2].node, old);
	leave(0);
	leave(1);
	expect(5, "");
	rsp_select_fini(&order);
}
END_TEST

/* 2^28 newcomers are many, so the number is set to where it runs out. */
START_TEST(newcomers_go_on_when_their_numbers_run_out)
{
	start(RSP_POLICY_WRR);
	fill(0); /* small pools have no numbers */
	for (unsigned i = 0; i < 3; i++)
		join(i, 1, 0);
	order.wrr->next_tie = RSP_SELECT_WRR_TIES - 5;
	for (int p = 0; p < 30; p++) {
		if (p % 3 == 0) {
			leave(1);
			join(1, 1, 0);
		}
		ask(3);
		ck_assert_uint_eq(list.n, 3);
	}
	ck_assert_uint_lt(order.wrr->next_tie, 100);
	rsp_select_fini(&order);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("select_wrr");
	TCase *t = tcase_create("select_wrr");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t,
	    weighted_round_robin_is_exact_in_every_round_and_even, 0,
	    4 * COUNT(shares));
	tcase_add_loop_test(t,
	    weighted_round_robin_of_equals_lists_as_round_robin_does, 0, 2);
	tcase_add_loop_test(t, weights_may_change_and_elements_come_and_go, 0,
	    2);
	tcase_add_test(t, newcomers_go_on_when_their_numbers_run_out);
	suite_add_tcase(s, t);
	return run_suite(s);
}
