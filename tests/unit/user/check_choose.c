/* SPDX-License-Identifier: Apache-2.0 */
/* check_choose.c - claims about which elements a connection tries, and what
 * becomes of them */
#include "tests/lib/user_fixture.h"

#include <string.h>
#include <unistd.h>

#include "rsp/core/base/error.h"

static int
choose(unsigned max)
{
	return rsp_user_choose(&user, &pool, list, max);
}

static void
all_fail(void)
{
	struct rsp_candidate all[3];

	ck_assert_int_eq(choose(3), 3);
	memcpy(all, list, sizeof(all));
	for (int i = 0; i < 3; i++)
		rsp_user_outcome(&user, &pool, &all[i], RSP_OUTCOME_TIMEOUT);
}

START_TEST(each_connection_begins_with_the_next)
{
	uint32_t first[6];

	find_web();
	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(choose(128), 3);
		first[i] = list[0].pe_id;
		ck_assert(!list[0].marked);
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_ne(first[i], first[(i + 1) % 3]);
		ck_assert_uint_eq(first[i], first[i + 3]);
	}
	ck_assert_uint_eq(fake->resolutions, 1);
}
END_TEST

START_TEST(no_more_than_there_is_room_for)
{
	find_web();
	list[2].pe_id = 77;
	ck_assert_int_eq(choose(2), 2);
	ck_assert_uint_eq(list[2].pe_id, 77);
}
END_TEST

START_TEST(the_dead_are_left_out_and_are_the_rest)
{
	struct rsp_candidate dead;

	find_web();
	ck_assert_int_eq(choose(128), 3);
	dead = list[0];
	rsp_user_outcome(&user, &pool, &dead, RSP_OUTCOME_TIMEOUT);
	ck_assert(rsp_user_is_dead(&user, &pool, &dead));
	ck_assert_int_eq(choose(128), 2);
	ck_assert_int_eq(rsp_user_choose_rest(&user, &pool, list, 2, 2), 2);
	ck_assert_int_eq(rsp_user_choose_rest(&user, &pool, list, 2, 128), 3);
	ck_assert_uint_eq(list[2].pe_id, dead.pe_id);
	ck_assert(list[2].marked);
	ck_assert_uint_eq(fake->resolutions, 1);
}
END_TEST

START_TEST(when_all_are_dead_all_are_tried)
{
	find_web();
	all_fail();
	ck_assert_int_eq(choose(128), 3);
	for (int i = 0; i < 3; i++)
		ck_assert(list[i].marked);
}
END_TEST

START_TEST(who_answers_is_alive_again)
{
	find_web();
	all_fail();
	rsp_user_outcome(&user, &pool, &list[1], RSP_OUTCOME_ALIVE);
	ck_assert(!rsp_user_is_dead(&user, &pool, &list[1]));
	ck_assert_int_eq(choose(128), 1);
}
END_TEST

START_TEST(what_is_our_own_fault_is_nobodys)
{
	find_web();
	ck_assert_int_eq(choose(128), 3);
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_OWN_FAULT);
	ck_assert(!rsp_user_is_dead(&user, &pool, &list[0]));
	ck_assert(!rsp_cache_has_reports(rsp_user_cache(&user)));
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_REFUSED);
	ck_assert(rsp_cache_has_reports(rsp_user_cache(&user)));
}
END_TEST

START_TEST(a_failure_is_reported_once_and_within_its_budget)
{
	struct rsp_candidate dead;

	find_web();
	ck_assert_int_eq(choose(128), 3);
	dead = list[0];
	rsp_user_outcome(&user, &pool, &dead, RSP_OUTCOME_REFUSED);
	rsp_user_outcome(&user, &pool, &dead, RSP_OUTCOME_REFUSED);
	rsp_user_report(&user, 0); /* there is no time for it */
	ck_assert(rsp_cache_has_reports(rsp_user_cache(&user)));
	rsp_user_report(&user, 5000);
	ck_assert(!rsp_cache_has_reports(rsp_user_cache(&user)));
	/* it is sent by now, and read when the registrar comes to it */
	for (int i = 0; i < 30000 && fake->reports == 0; i++)
		usleep(1000);
	ck_assert_uint_eq(fake->reports, 1);
	ck_assert_uint_eq(fake->last_reported, dead.pe_id);
}
END_TEST

START_TEST(an_element_is_listed_or_not)
{
	struct rsp_candidate stranger;
	struct rsp_user_pool nowhere = { .index = 0x3ffff };

	find_web();
	ck_assert_int_eq(choose(128), 3);
	ck_assert(rsp_user_is_listed(&user, &pool, &list[2]));
	stranger = list[2];
	stranger.port++;
	ck_assert(!rsp_user_is_listed(&user, &pool, &stranger));
	/* nobody can tell */
	ck_assert(rsp_user_is_listed(&user, &nowhere, &stranger));
}
END_TEST

START_TEST(a_candidate_has_an_address_at_least)
{
	struct rsp_address addresses[4];
	struct rsp_candidate stranger;

	find_web();
	ck_assert_int_eq(choose(128), 3);
	stranger = list[0];
	stranger.pe_id ^= 0x5555;
	stranger.address.bytes[3] = 9;
	ck_assert_uint_eq(rsp_user_addresses(&user, &pool, &list[0], addresses,
			      4),
	    1);
	ck_assert_uint_eq(addresses[0].bytes[3], 1);
	ck_assert_uint_eq(rsp_user_addresses(&user, &pool, &stranger, addresses,
			      4),
	    1);
	ck_assert_uint_eq(addresses[0].bytes[3], 9);
}
END_TEST

START_TEST(a_pool_that_nobody_gave_out_has_none)
{
	struct rsp_user_pool nowhere = { .index = 0x3ffff };

	ck_assert_int_eq(rsp_user_choose(&user, &nowhere, list, 128),
	    RSP_ENOENT);
	ck_assert_int_eq(rsp_user_choose_rest(&user, &nowhere, list, 0, 128),
	    0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("choose");
	TCase *t = tcase_create("choose");

	tcase_add_checked_fixture(t, user_setup, user_teardown);
	tcase_add_test(t, each_connection_begins_with_the_next);
	tcase_add_test(t, no_more_than_there_is_room_for);
	tcase_add_test(t, the_dead_are_left_out_and_are_the_rest);
	tcase_add_test(t, when_all_are_dead_all_are_tried);
	tcase_add_test(t, who_answers_is_alive_again);
	tcase_add_test(t, what_is_our_own_fault_is_nobodys);
	tcase_add_test(t, a_failure_is_reported_once_and_within_its_budget);
	tcase_add_test(t, an_element_is_listed_or_not);
	tcase_add_test(t, a_candidate_has_an_address_at_least);
	tcase_add_test(t, a_pool_that_nobody_gave_out_has_none);
	suite_add_tcase(s, t);
	return run_suite(s);
}
