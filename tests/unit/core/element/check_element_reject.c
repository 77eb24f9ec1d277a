/* SPDX-License-Identifier: Apache-2.0 */
/* check_element_reject.c - claims about a pool element that is rejected for a
 * while, and about registrars that are far away
 */
#include "tests/lib/element_fixture.h"

#include "rsp/core/pool/policy.h"

static void
reject(void)
{
	opened(RSP_LINK_OUT);
	respond(RSP_LINK_OUT, RSP_ASAP_REGISTRATION_RESPONSE, RSP_FLAG_REJECT,
	    RSP_CAUSE_RESOURCES);
	ck_assert(!shell_up[RSP_LINK_OUT] || n_connects > 1);
	ck_assert(!rsp_element_is_member(element));
}

/* 10 s at least and 60 s at most, each time longer. */
START_TEST(lone_registrar_is_asked_again)
{
	static const int64_t pauses[] = { 15000, 30000, 60000, 60000, 60000 };
	unsigned i;

	start(1);
	join();
	for (i = 0; i < 5; i++) {
		reject();
		ck_assert_uint_eq(n_connects, i + 1);
		ck_assert_int_eq(pass(), pauses[i]);
	}
	opened(RSP_LINK_OUT);
	grant();
	ck_assert_uint_eq(events[RSP_ELEMENT_REJECTED], 5);
	ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 1);
	ck_assert_uint_eq(events[RSP_ELEMENT_NO_REGISTRAR], 0);
	/* What has passed is forgotten. */
	now += 5000;
	closed(RSP_LINK_OUT);
	reject();
	ck_assert_int_eq(pass(), 15000);
	finish();
}
END_TEST

START_TEST(pauses_are_spread)
{
	start(1);
	dice = 5000;
	join();
	reject();
	ck_assert_int_eq(pass(), 10000);
	finish();
}
END_TEST

START_TEST(next_registrar_is_asked_first)
{
	start(3);
	join();
	reject();
	ck_assert_uint_eq(n_connects, 2);
	ck_assert_uint_eq(connects[1], 1);
	reject();
	ck_assert_uint_eq(connects[2], 2);
	opened(RSP_LINK_OUT);
	grant();
	ck_assert(rsp_element_is_member(element));
	finish();
}
END_TEST

/* One has rejected it, one is away for a moment: that one is asked again at its
 * usual pace, and the other one is not. */
START_TEST(registrar_that_comes_back_is_not_waited_for)
{
	unsigned i, asked[2] = { 0 };
	rsp_time begin;

	start(2);
	join();
	begin = now;
	closed(RSP_LINK_OUT); /* refused */
	reject();
	while (now < begin + 9000) {
		pass();
		if (shell_up[RSP_LINK_OUT])
			closed(RSP_LINK_OUT);
	}
	for (i = 2; i < n_connects; i++)
		asked[connects[i]]++;
	ck_assert_uint_eq(asked[1], 0);
	ck_assert_uint_ge(asked[0], 8);
	while (!shell_up[RSP_LINK_OUT])
		pass();
	opened(RSP_LINK_OUT);
	grant();
	ck_assert(rsp_element_is_member(element));
	finish();
}
END_TEST

START_TEST(load_alone_corrects_nothing)
{
	start(1);
	pe.policy.type = RSP_POLICY_LU;
	pe.policy.n_words = 1;
	ck_assert_int_eq(rsp_element_change(element, now, &pe), RSP_OK);
	join();
	reject();
	pe.policy.words[0] = 0x1000;
	ck_assert_int_eq(rsp_element_change(element, now, &pe), RSP_OK);
	drain();
	ck_assert_uint_eq(n_connects, 1);
	pass();
	ck_assert_uint_eq(n_connects, 2);
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(sent.pe.policy.words[0], 0x1000);
	finish();
}
END_TEST

START_TEST(change_during_a_rejection_is_tried_at_once)
{
	start(1);
	join();
	opened(RSP_LINK_OUT);
	pe.user.addresses[0].bytes[3] = 2;
	ck_assert_int_eq(rsp_element_change(element, now, &pe), RSP_OK);
	respond(RSP_LINK_OUT, RSP_ASAP_REGISTRATION_RESPONSE, RSP_FLAG_REJECT,
	    RSP_CAUSE_SECURITY);
	ck_assert_uint_eq(n_connects, 2);
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(sent.pe.user.addresses[0].bytes[3], 2);
	finish();
}
END_TEST

START_TEST(rejected_element_leaves_at_once)
{
	start(1);
	join();
	reject();
	leave();
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 1);
	ck_assert_int_eq(rsp_element_deadline(element), RSP_NEVER);
	join();
	ck_assert_uint_eq(n_connects, 1); /* it is asked when it is time to */
	ck_assert_int_eq(pass(), 15000);
	ck_assert_uint_eq(n_connects, 2);
	finish();
}
END_TEST

/* Far away. */

START_TEST(attempts_grow_until_one_is_long_enough)
{
	static const int64_t attempts[] = { 500, 1000, 2000, 4000, 8000 };
	unsigned i;

	start(1);
	join();
	for (i = 0; i < 5; i++) {
		ck_assert_int_eq(pass(), attempts[i]);
		pass();
	}
	now += 9000;
	opened(RSP_LINK_OUT);
	grant();
	now += 5000;
	closed(RSP_LINK_OUT);
	ck_assert_int_eq(pass(), 500);
	finish();
}
END_TEST

START_TEST(attempts_that_fail_at_once_do_not_grow)
{
	unsigned i;

	start(1);
	join();
	for (i = 0; i < 5; i++) {
		closed(RSP_LINK_OUT);
		pass();
	}
	ck_assert_int_eq(pass(), 500);
	finish();
}
END_TEST

/* Or it would be lost whenever it registers again. */
START_TEST(answer_may_take_as_long_as_it_did)
{
	start(1);
	join();
	opened(RSP_LINK_OUT);
	ck_assert_int_eq(pass(), 1000); /* T2 */
	pass();
	opened(RSP_LINK_OUT);
	now += 1200;
	grant();
	pass(); /* T4 */
	ck_assert_int_eq(rsp_element_deadline(element), now + 2400);
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("element_reject");
	TCase *t = tcase_create("element_reject");

	tcase_add_test(t, lone_registrar_is_asked_again);
	tcase_add_test(t, pauses_are_spread);
	tcase_add_test(t, next_registrar_is_asked_first);
	tcase_add_test(t, registrar_that_comes_back_is_not_waited_for);
	tcase_add_test(t, load_alone_corrects_nothing);
	tcase_add_test(t, change_during_a_rejection_is_tried_at_once);
	tcase_add_test(t, rejected_element_leaves_at_once);
	tcase_add_test(t, attempts_grow_until_one_is_long_enough);
	tcase_add_test(t, attempts_that_fail_at_once_do_not_grow);
	tcase_add_test(t, answer_may_take_as_long_as_it_did);
	suite_add_tcase(s, t);
	return run_suite(s);
}
