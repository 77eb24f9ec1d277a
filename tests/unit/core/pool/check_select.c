/* SPDX-License-Identifier: Apache-2.0 */
/* check_select.c - claims about the registrar's half of the policies: exact
 * turns, nobody better left out, nobody twice (lots are check_select_random's)
 */
#include "tests/lib/select_fixture.h"

#include "tests/lib/suite.h"

/* Proves 5356-4.1-03, 5356-4.1-04, 5356-4.1-05, 5356-4.1-06. */
START_TEST(round_robin_turns_its_ring_by_one_per_answer)
{
	start(RSP_POLICY_RR);
	expect(5, "");
	join(0, 0, 0);
	expect(5, "a");
	join(1, 0, 0);
	join(2, 0, 0);
	expect(5, "abc");
	expect(2, "bc");
	expect(5, "cab");
	join(3, 0, 0); /* at the end of the round that goes on */
	expect(5, "abcd");
	leave(1);
	expect(5, "cda");
	leave(3); /* the head itself */
	expect(5, "ac");
	leave(0);
	leave(2);
	expect(5, "");
	rsp_select_fini(&order);
}
END_TEST

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

static uint64_t
rank_of(const struct member *m)
{
	return order.def->rank(m->words, m->selections);
}

/* Nobody outside the list is better than anybody in it, and it ascends. */
static void
check_ranked(uint32_t max)
{
	uint32_t in = 0;
	uint64_t last = 0;
	bool listed[MEMBERS] = { false };

	rsp_select_list(&order, max, &list, random32, NULL);
	for (uint32_t i = 0; i < list.n; i++) {
		ck_assert_uint_ge(rank_of(&members[index_of(i)]), last);
		last = rank_of(&members[index_of(i)]);
		listed[index_of(i)] = true;
	}
	for (unsigned i = 0; i < MEMBERS; i++) {
		in += members[i].in;
		if (list.n > 0 && members[i].in && !listed[i])
			ck_assert_uint_ge(rank_of(&members[i]), last);
	}
	ck_assert_uint_eq(list.n, max < in ? max : in);
	for (uint32_t i = 0; order.def->counts && i < list.n; i++)
		members[index_of(i)].selections++;
	rsp_select_selected(&order, &list, list.n);
}

static const uint32_t ranked[] = { RSP_POLICY_PRIO, RSP_POLICY_LU,
	RSP_POLICY_LUD, RSP_POLICY_PLU, RSP_POLICY_LU_DPF,
	RSP_POLICY_LU_DPF_PRIVATE };

static void
ranked_step(struct member *m)
{
	uint32_t old[RSP_POLICY_WORDS];
	unsigned i = (unsigned)(m - members);

	memcpy(old, m->words, sizeof(old));
	if (m->in && below(3) == 0) {
		leave(i);
		return;
	}
	/* Now small numbers, with many ties; now ones whose sums overflow. */
	m->words[0] = below(2) == 0 ? below(4) : random32(NULL);
	m->words[1] = below(2) == 0 ? below(4) : random32(NULL);
	m->words[2] = below(4);
	m->selections = 0;
	if (m->in)
		rsp_select_renew(&order, &m->node, old);
	else
		join(i, m->words[0], m->words[1]);
}

/* Proves 5356-4.5-01, 5356-4.5-02, 5356-5.1-02 to 5356-5.1-04, 5356-5.1-06,
 * 5356-5.2-02 to 5356-5.2-06, 5356-5.3-02 to 5356-5.3-04, 5356-5.3-06,
 * delay-3.2-01 to delay-3.2-04, delay-3.2-06. */
START_TEST(nobody_better_is_ever_left_out)
{
	start(ranked[_i]);
	for (int step = 0; step < 1500; step++) {
		ranked_step(&members[below(MEMBERS)]);
		check_ranked(below(MEMBERS + 2));
	}
	rsp_select_fini(&order);
}
END_TEST

/* Proves 5356-5.1-05, 5356-5.3-05, delay-3.2-05 (and 5356-5.2-05). */
START_TEST(equal_ranks_take_turns)
{
	bool many = _i >= COUNT(ranked);
	uint32_t all = many ? 3 : 5;

	start(ranked[_i % COUNT(ranked)]);
	if (many)
		fill(order.def->rotates ? 9 : 1);
	for (unsigned i = 0; i < 3; i++)
		join(i, 5, 0);
	expect(all, "abc");
	if (!order.def->rotates) { /* priority: 5356-4.5-03 */
		expect(all, "abc");
	} else {
		expect(all, "bca");
		expect(1, "c");
		expect(2, "ab");
		expect(all, "bca");
	}
	rsp_select_fini(&order);
}
END_TEST

START_TEST(equals_that_are_only_partly_listed_take_turns_too)
{
	start(RSP_POLICY_LU);
	if (_i == 1)
		fill(3);
	join(0, 1, 0);
	for (unsigned i = 1; i < 4; i++)
		join(i, 2, 0);
	expect(2, "ab");
	expect(2, "ac");
	expect(2, "ad");
	expect(4, "abcd");
	expect(4, "acdb");
	rsp_select_fini(&order);
}
END_TEST

/* Proves 5356-5.2-02, 5356-5.2-03, 5356-5.2-04. */
START_TEST(degradation_counts_selections_until_registered_again)
{
	start(RSP_POLICY_LUD);
	if (_i == 1)
		fill(99);
	join(0, 10, 3);
	join(1, 11, 3);
	expect(1, "a");	 /* 13 11 */
	expect(1, "b");	 /* 13 14 */
	expect(2, "ab"); /* 16 17 */
	ck_assert_uint_eq(members[0].node.count, 2);
	rsp_select_renew(&order, &members[1].node, members[1].words);
	expect(1, "b");
	members[0].node.count = UINT32_MAX; /* does not wrap */
	expect(2, "ba");
	ck_assert_uint_eq(members[0].node.count, UINT32_MAX);
	rsp_select_fini(&order);
}
END_TEST

/* 2^32 answers are many, so the number is set to where it runs out. */
START_TEST(turns_go_on_when_their_numbers_run_out)
{
	unsigned counts[3] = { 0 };
	uint32_t *next_tie;

	start(_i == 0 ? RSP_POLICY_LU : RSP_POLICY_WRR);
	fill(_i == 0 ? 9 : 0); /* few have no numbers */
	for (unsigned i = 0; i < 3; i++)
		join(i, 1, 0);
	next_tie = _i == 0 ? &order.next_tie : &order.wrr->next_tie;
	*next_tie = (_i == 0 ? UINT32_MAX : RSP_SHARE_TIES) - 5;
	for (int p = 0; p < 30; p++) {
		if (_i == 1 && p % 3 == 0) { /* there only newcomers get one */
			leave(1);
			join(1, 1, 0);
		}
		counts[ask(3)]++;
	}
	ck_assert_uint_lt(*next_tie, 100);
	for (unsigned i = 0; _i == 0 && i < 3; i++)
		ck_assert_int_le(abs((int)counts[i] - 10), 2);
	rsp_select_fini(&order);
}
END_TEST

static const uint32_t disciplines[] = { RSP_POLICY_RR, RSP_POLICY_WRR,
	RSP_POLICY_RAND, RSP_POLICY_WRAND, RSP_POLICY_LU };

/* Elements move in memory when their encoding grows. */
START_TEST(copies_take_the_place_of_their_originals)
{
	struct member *m = members;

	start(disciplines[_i]);
	for (unsigned i = 0; i < 4; i++)
		join(i, i + 1, 0);
	for (int step = 0; step < 200; step++) {
		/* From the first half of the array to the second and back. */
		unsigned i = below(4), to;

		to = m[i].in ? i + 4 : i;
		i = to == i ? i + 4 : i;
		m[to] = m[i];
		rsp_select_replace(&order, &m[i].node, &m[to].node);
		memset(&m[i], 0xaa, sizeof(m[i]));
		m[i].in = false;
		ask(3);
		ck_assert_uint_eq(list.n, 3);
	}
	for (unsigned i = 0; i < 8; i++)
		if (m[i].in)
			leave(i);
	expect(3, "");
	rsp_select_fini(&order);
}
END_TEST

/* Everything at once, under the sanitizers: no claim but that all serve. */
START_TEST(random_operations_leave_everybody_listed)
{
	unsigned in = 0;
	uint32_t old[RSP_POLICY_WORDS];

	start(disciplines[_i]);
	for (int step = 0; step < 3000; step++) {
		unsigned i = below(MEMBERS);
		struct member *m = &members[i];

		memcpy(old, m->words, sizeof(old));
		if (!m->in) {
			join(i, 1 + below(9), 0);
			in++;
		} else if (below(2) == 0) {
			leave(i);
			in--;
		} else {
			m->words[0] = 1 + below(1000);
			rsp_select_renew(&order, &m->node, old);
		}
		ask(below(5));
		rsp_select_list(&order, MEMBERS, &list, random32, NULL);
		ck_assert_uint_eq(list.n, in);
	}
	rsp_select_fini(&order);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("order");
	TCase *t = tcase_create("order");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, round_robin_turns_its_ring_by_one_per_answer);
	tcase_add_loop_test(t,
	    weighted_round_robin_is_exact_in_every_round_and_even, 0,
	    4 * COUNT(shares));
	tcase_add_loop_test(t,
	    weighted_round_robin_of_equals_lists_as_round_robin_does, 0, 2);
	tcase_add_loop_test(t, weights_may_change_and_elements_come_and_go, 0,
	    2);
	tcase_add_loop_test(t, nobody_better_is_ever_left_out, 0,
	    COUNT(ranked));
	tcase_add_loop_test(t, equal_ranks_take_turns, 0, 2 * COUNT(ranked));
	tcase_add_loop_test(t,
	    equals_that_are_only_partly_listed_take_turns_too, 0, 2);
	tcase_add_loop_test(t,
	    degradation_counts_selections_until_registered_again, 0, 2);
	tcase_add_loop_test(t, turns_go_on_when_their_numbers_run_out, 0, 2);
	tcase_add_loop_test(t, copies_take_the_place_of_their_originals, 0,
	    COUNT(disciplines));
	tcase_add_loop_test(t, random_operations_leave_everybody_listed, 0,
	    COUNT(disciplines));
	suite_add_tcase(s, t);
	return run_suite(s);
}
