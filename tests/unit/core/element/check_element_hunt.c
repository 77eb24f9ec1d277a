/* SPDX-License-Identifier: Apache-2.0 */
/* check_element_hunt.c - claims about how a pool element finds a home, and the
 * next one when that is silent or gone
 */
#include "tests/lib/element_fixture.h"

START_TEST(t4_and_pauses_are_spread)
{
	start(1);
	dice = UINT32_MAX;
	join();
	closed(RSP_LINK_OUT);
	ck_assert_int_ge(rsp_element_deadline(element) - now, 50);
	ck_assert_int_le(rsp_element_deadline(element) - now, 100);
	dice = 50;
	pass();
	opened(RSP_LINK_OUT);
	dice = 1875;
	grant();
	ck_assert_int_eq(rsp_element_deadline(element) - now, 30000 - 1875);
	finish();
}
END_TEST

/* 5352-3.6-10, -11, -17, -20, -21, and the pauses of ours */
START_TEST(hunts_in_turn_and_pauses_longer_each_round)
{
	static const int64_t pauses[] = { 100, 200, 400, 800, 1000, 1000 };
	unsigned i;

	start(3);
	join();
	for (i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		closed(RSP_LINK_OUT);
		closed(RSP_LINK_OUT);
		ck_assert_uint_eq(n_connects, 3 * i + 3);
		ck_assert_uint_eq(connects[3 * i], 0);
		ck_assert_uint_eq(connects[3 * i + 1], 1);
		ck_assert_uint_eq(connects[3 * i + 2], 2);
		closed(RSP_LINK_OUT);
		ck_assert_uint_eq(n_connects, 3 * i + 3);
		ck_assert_int_eq(pass(), pauses[i]);
	}
	/* 5352-3.1-27, -28: said once, after MAX-REG-ATTEMPT was exceeded */
	ck_assert_uint_eq(events[RSP_ELEMENT_NO_REGISTRAR], 1);
	finish();
}
END_TEST

/* 5352-3.6-14, -19 */
START_TEST(attempt_is_given_up_after_half_a_second)
{
	start(2);
	join();
	ck_assert_int_eq(pass(), 500);
	ck_assert_uint_eq(hangups[RSP_LINK_OUT], 1);
	ck_assert_uint_eq(n_connects, 2);
	ck_assert_uint_eq(connects[1], 1);
	finish();
}
END_TEST

/* 5352-3.1-15, -17, -18: T2, the hunt, and registration from the start
 * Proves 5352-3.7.1-05. */
START_TEST(silent_registrar_is_left_after_t2)
{
	start(2);
	join();
	opened(RSP_LINK_OUT);
	ck_assert_int_eq(pass(), config.t2_registration);
	ck_assert_uint_eq(hangups[RSP_LINK_OUT], 1);
	ck_assert_uint_eq(n_connects, 2);
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
	/* T2 doubles while nobody answers: a busy registrar gets its time. */
	ck_assert_int_eq(pass(), 2 * config.t2_registration);
	ck_assert_uint_eq(n_connects, 2);
	pass(); /* the pause */
	ck_assert_uint_eq(n_connects, 3);
	opened(RSP_LINK_OUT);
	grant();
	ck_assert(rsp_element_is_member(element));
	pass();
	ck_assert_int_eq(pass(), config.t2_registration); /* short again */
	finish();
}
END_TEST

START_TEST(silence_is_waited_for_half_a_minute_at_most)
{
	unsigned i;

	start(1);
	join();
	for (i = 0; i < 8; i++) {
		opened(RSP_LINK_OUT);
		pass(); /* T2 */
		pass(); /* the pause */
	}
	opened(RSP_LINK_OUT);
	ck_assert_int_eq(pass(), config.t2_registration_max);
	finish();
}
END_TEST

/* 5352-3.7.1-01, -02, -03: within 2 s at the next registrar
 * Proves 5352-3.6-22. */
START_TEST(lost_home_is_replaced_at_once)
{
	rsp_time then;

	become_member(3);
	then = now;
	closed(RSP_LINK_OUT);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 1);
	ck_assert(!rsp_element_is_member(element));
	ck_assert_uint_eq(n_connects, 2);
	ck_assert_uint_eq(connects[1], 1);
	pass(); /* that one is silent */
	ck_assert_uint_eq(connects[2], 2);
	opened(RSP_LINK_OUT);
	grant();
	ck_assert(rsp_element_is_member(element));
	ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 2);
	ck_assert_int_le(now - then, 2000);
	finish();
}
END_TEST

START_TEST(registrar_that_hangs_up_at_once_is_no_busy_loop)
{
	unsigned i;
	rsp_time then;

	start(1);
	then = now;
	join();
	for (i = 0; i < 20; i++) {
		opened(RSP_LINK_OUT);
		grant();
		closed(RSP_LINK_OUT);
		ck_assert_uint_eq(n_connects, i + 1);
		pass();
	}
	ck_assert_int_ge(now - then, 15000);
	finish();
}
END_TEST

START_TEST(restarted_registrar_has_it_back_within_a_second)
{
	become_member(1);
	closed(RSP_LINK_OUT);
	ck_assert_uint_eq(n_connects, 2);
	closed(RSP_LINK_OUT);
	while (n_connects < 12) { /* it stays away for a while */
		ck_assert_int_le(pass(), 1000);
		closed(RSP_LINK_OUT);
	}
	ck_assert_int_le(pass(), 1000);
	opened(RSP_LINK_OUT);
	grant();
	ck_assert(rsp_element_is_member(element));
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("element_hunt");
	TCase *t = tcase_create("element_hunt");

	tcase_add_test(t, t4_and_pauses_are_spread);
	tcase_add_test(t, hunts_in_turn_and_pauses_longer_each_round);
	tcase_add_test(t, attempt_is_given_up_after_half_a_second);
	tcase_add_test(t, silent_registrar_is_left_after_t2);
	tcase_add_test(t, silence_is_waited_for_half_a_minute_at_most);
	tcase_add_test(t, lost_home_is_replaced_at_once);
	tcase_add_test(t, registrar_that_hangs_up_at_once_is_no_busy_loop);
	tcase_add_test(t, restarted_registrar_has_it_back_within_a_second);
	suite_add_tcase(s, t);
	return run_suite(s);
}
