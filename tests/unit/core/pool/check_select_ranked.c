/* SPDX-License-Identifier: Apache-2.0 */
/* check_select_ranked.c - claims about selection by rank: no better element is
 * left out, and equals take turns */
#include "tests/lib/select_fixture.h"

#include "tests/lib/suite.h"

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

	start(RSP_POLICY_LU);
	fill(9); /* small pools have no numbers */
	for (unsigned i = 0; i < 3; i++)
		join(i, 1, 0);
	order.next_tie = UINT32_MAX - 5;
	for (int p = 0; p < 30; p++)
		counts[ask(3)]++;
	ck_assert_uint_lt(order.next_tie, 100);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_le(abs((int)counts[i] - 10), 2);
	rsp_select_fini(&order);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("select_ranked");
	TCase *t = tcase_create("select_ranked");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, nobody_better_is_ever_left_out, 0,
	    COUNT(ranked));
	tcase_add_loop_test(t, equal_ranks_take_turns, 0, 2 * COUNT(ranked));
	tcase_add_loop_test(t,
	    equals_that_are_only_partly_listed_take_turns_too, 0, 2);
	tcase_add_loop_test(t,
	    degradation_counts_selections_until_registered_again, 0, 2);
	tcase_add_test(t, turns_go_on_when_their_numbers_run_out);
	suite_add_tcase(s, t);
	return run_suite(s);
}
