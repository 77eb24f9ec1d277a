/* SPDX-License-Identifier: Apache-2.0 */
/* check_select_rr.c - claims about selection by round robin: one place on per
 * answer */
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

/* Proves 5356-4.1-03, 5356-4.1-05. */
START_TEST(the_ring_of_a_large_pool_turns_as_the_array_of_a_small_one)
{
	start(RSP_POLICY_RR);
	for (unsigned i = 0; i < 20; i++)
		join(i, 0, 0);
	ck_assert(order.large);
	expect(20, "abcdefghijklmnopqrst");
	expect(3, "bcd");
	leave(2); /* the head itself */
	expect(2, "de");
	join(2, 0, 0); /* at the end of the round that goes on */
	expect(20, "efghijklmnopqrstabdc");
	for (unsigned i = 8; i < 20; i++)
		leave(i);
	ck_assert(!order.large);
	expect(8, "fghabdce"); /* nobody has lost a turn */
	rsp_select_fini(&order);
}
END_TEST

START_TEST(a_newcomer_is_the_last_of_the_round_that_goes_on)
{
	start(RSP_POLICY_RR);
	for (unsigned i = 0; i < 3; i++)
		join(i, 0, 0);
	expect(1, "a");
	join(3, 0, 0);
	expect(5, "bcad");
	expect(5, "cadb");
	rsp_select_fini(&order);
}
END_TEST

START_TEST(registering_again_is_no_turn)
{
	uint32_t words[RSP_POLICY_WORDS] = { 0 };

	start(RSP_POLICY_RR);
	for (unsigned i = 0; i < (_i == 0 ? 3u : 20u); i++)
		join(i, 0, 0);
	expect(3, "abc");
	rsp_select_renew(&order, &members[1].node, words);
	expect(1, "b");
	rsp_select_renew(&order, &members[1].node, words);
	expect(1, "c");
	rsp_select_fini(&order);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("select_rr");
	TCase *t = tcase_create("select_rr");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, round_robin_turns_its_ring_by_one_per_answer);
	tcase_add_test(t,
	    the_ring_of_a_large_pool_turns_as_the_array_of_a_small_one);
	tcase_add_test(t, a_newcomer_is_the_last_of_the_round_that_goes_on);
	tcase_add_loop_test(t, registering_again_is_no_turn, 0, 2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
