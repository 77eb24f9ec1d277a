/* SPDX-License-Identifier: Apache-2.0 */
/* check_user_dead.c - claims about elements that are dead or leave: which is
 * chosen instead, and which registrars are told
 *
 * Proves 5352-3.5-01, -04.
 */
#include "tests/lib/user_fixture.h"

#include <stdio.h>
#include <unistd.h>

#include "rsp/user/local_notice.h"

/* Proves 5352-2.2.9-01, 5352-3.5-02, 5352-6.9-01, 5352-9.1-08. */
START_TEST(the_dead_are_left_out_and_reported)
{
	uint16_t dead;

	find_web();
	rsp_user_choose(&user, &pool, list, 128);
	dead = list[0].port;
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_REFUSED);
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_REFUSED);
	reopen(); /* another process */
	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 2);
		ck_assert_uint_ne(list[0].port, dead);
		ck_assert_uint_ne(list[1].port, dead);
	}
	rsp_user_report(&user, 200);
	for (int i = 0; i < 100 && fake->reports == 0; i++)
		usleep(1000);
	ck_assert_uint_eq(fake->reports, 1);
	ck_assert_uint_eq(fake->last_reported, dead - 1001u + 100);
}
END_TEST

START_TEST(who_leaves_is_not_chosen_whatever_cache_it_is_in)
{
	struct rsp_candidate gone;

	find_web();
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	gone = list[1];
	/* another set of registrars: another cache */
	use_registrar(1, "127.0.0.1:9");
	config.n_registrars = 2;
	reopen();
	find_web();
	for (int both = 0; both < 2; both++) {
		rsp_local_notice_leaves(directory, WEB, &gone);
		ck_assert(rsp_user_is_dead(&user, &pool, &gone));
		for (int i = 0; i < 6; i++) {
			ck_assert_int_eq(rsp_user_choose(&user, &pool, list,
					     128),
			    2);
			ck_assert_uint_ne(list[0].pe_id, gone.pe_id);
			ck_assert_uint_ne(list[1].pe_id, gone.pe_id);
		}
		rsp_local_notice_serves(directory, WEB, &gone);
		ck_assert(!rsp_user_is_dead(&user, &pool, &gone));
		ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
		config.n_registrars = 1;
		reopen();
		find_web();
	}
	rsp_user_report(&user, 200);
	ck_assert_uint_eq(fake->reports, 0); /* it left, nobody missed it */
}
END_TEST

START_TEST(a_notice_makes_nothing_where_nothing_is)
{
	struct rsp_candidate e = { 1, RSP_PARAM_TCP, 80, { 4, { 127 } },
		false };
	char none[80], path[80];

	snprintf(none, sizeof(none), "%s/none", directory);
	rsp_local_notice_leaves(none, WEB, &e);
	ck_assert_int_ne(access(none, F_OK), 0);
	find_web(); /* and what is no cache is left alone */
	snprintf(path, sizeof(path), "%s/pu-0123456789abcdeX", directory);
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	snprintf(path, sizeof(path), "%s/pu-0123456789abcdef", directory);
	ck_assert_int_eq(symlink("/dev/zero", path), 0);
	rsp_local_notice_leaves(directory, (struct rsp_span){ WEB.at, 2 }, &e);
	rsp_local_notice_leaves(directory, WEB, &e);
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
}
END_TEST

START_TEST(the_turns_of_the_dead_go_to_all_others_alike)
{
	unsigned counts[3] = { 0 };

	find_web();
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_TIMEOUT);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 2);
		counts[list[0].port - 1001]++;
	}
	for (int i = 0; i < 3; i++)
		ck_assert_msg(counts[i] == 0 || counts[i] == 50, "%u of 100",
		    counts[i]);
}
END_TEST

START_TEST(all_dead_are_all_tried_and_the_list_is_renewed)
{
	find_web();
	rsp_user_choose(&user, &pool, list, 128);
	for (int i = 0; i < 3; i++) {
		rsp_user_outcome(&user, &pool, &list[i], RSP_OUTCOME_REFUSED);
		ck_assert(rsp_user_is_dead(&user, &pool, &list[i]));
	}
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	ck_assert_uint_eq(fake->resolutions, 1);
	fake->first_id = 200; /* they came back elsewhere */
	fake->port = 2001;
	usleep(510000);
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	ck_assert_uint_ge(list[0].port, 2001);
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_TIMEOUT);
	rsp_user_outcome(&user, &pool, &list[1], RSP_OUTCOME_OWN_FAULT);
	ck_assert(rsp_user_is_dead(&user, &pool, &list[0]));
	ck_assert(!rsp_user_is_dead(&user, &pool, &list[1]));
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_ALIVE);
	ck_assert(!rsp_user_is_dead(&user, &pool, &list[0]));
}
END_TEST

START_TEST(an_element_that_left_is_not_listed)
{
	config.ttl_ms = 20;
	reopen();
	fake->n_elements = _i == 0 ? 3 : 128;
	find_web();
	rsp_user_choose(&user, &pool, list, 128);
	for (int i = 0; i < 3; i++)
		ck_assert(rsp_user_is_listed(&user, &pool, &list[i]));
	fake->first_id = 200;
	ck_assert(rsp_user_is_listed(&user, &pool, &list[0]));
	usleep(21000);
	ck_assert(!rsp_user_is_listed(&user, &pool, &list[0]));
	rsp_user_choose(&user, &pool, list, 128);
	ck_assert(rsp_user_is_listed(&user, &pool, &list[0]));
	list[0].port++;
	ck_assert(!rsp_user_is_listed(&user, &pool, &list[0]));
}
END_TEST

START_TEST(a_report_waits_for_a_registrar)
{
	find_web();
	rsp_user_choose(&user, &pool, list, 128);
	fake_stop(fake);
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_REFUSED);
	rsp_user_report(&user, 50);
	ck_assert(fake_restart(fake));
	usleep(1010000); /* the registrar's own mark ends */
	rsp_user_report(&user, 200);
	for (int i = 0; i < 100 && fake->reports == 0; i++)
		usleep(1000);
	ck_assert_uint_eq(fake->reports, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("user_dead");
	TCase *t = tcase_create("user_dead");

	tcase_add_checked_fixture(t, user_setup, user_teardown);
	tcase_set_timeout(t, 20);
	tcase_add_test(t, the_dead_are_left_out_and_reported);
	tcase_add_test(t, who_leaves_is_not_chosen_whatever_cache_it_is_in);
	tcase_add_test(t, a_notice_makes_nothing_where_nothing_is);
	tcase_add_test(t, the_turns_of_the_dead_go_to_all_others_alike);
	tcase_add_test(t, all_dead_are_all_tried_and_the_list_is_renewed);
	tcase_add_loop_test(t, an_element_that_left_is_not_listed, 0, 2);
	tcase_add_test(t, a_report_waits_for_a_registrar);
	suite_add_tcase(s, t);
	return run_suite(s);
}
