/* SPDX-License-Identifier: Apache-2.0 */
/* check_element_leave.c - claims about a pool element that leaves: it tells a
 * registrar, another one if need be, and that ends */
#include "tests/lib/element_fixture.h"

/* 5352-3.2-01, -04 to -08, -11, 5352-2.2.2-01 to -03
 * Proves 5352-6.2-01, 5352-6.2-02, 5352-4-05. */
START_TEST(leaves_by_deregistration)
{
	become_member(1);
	leave();
	ck_assert_uint_eq(sent.type, RSP_ASAP_DEREGISTRATION);
	ck_assert_uint_eq(sent_link, RSP_LINK_OUT);
	ck_assert(rsp_span_equal(sent.handle, config.handle));
	ck_assert_uint_eq(sent.pe_id, PE_ID);
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 0);
	ck_assert_uint_eq(hangups[RSP_LINK_OUT], 0);
	respond(RSP_LINK_OUT, RSP_ASAP_KEEP_ALIVE, 0, -1);
	ck_assert_uint_eq(sent_of[RSP_ASAP_KEEP_ALIVE_ACK], 0);
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 1);
	ck_assert_ptr_null(last_reason);
	ck_assert_uint_eq(hangups[RSP_LINK_OUT], 1);
	ck_assert_int_eq(rsp_element_deadline(element), RSP_NEVER);
	finish();
}
END_TEST

/* 5352-3.2-09, -10: T3, the hunt, the deregistration at the next registrar */
START_TEST(deregistration_goes_on_elsewhere)
{
	become_member(2);
	leave();
	ck_assert_int_eq(pass(), config.t3_deregistration);
	ck_assert_uint_eq(n_connects, 2);
	ck_assert_uint_eq(connects[1], 1);
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(sent_of[RSP_ASAP_DEREGISTRATION], 2);
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 1);
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 1);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 0);
	finish();
}
END_TEST

START_TEST(leaving_ends_also_without_a_registrar)
{
	become_member(2);
	leave();
	closed(RSP_LINK_OUT);
	closed(RSP_LINK_OUT);
	closed(RSP_LINK_OUT);
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 1);
	ck_assert_uint_eq(n_connects, 3);
	ck_assert(!shell_up[RSP_LINK_OUT]);
	finish();
}
END_TEST

START_TEST(leaving_is_immediate_before_anything_was_registered)
{
	start(1);
	leave();
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 1);
	join();
	leave();
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 2);
	ck_assert_uint_eq(hangups[RSP_LINK_OUT], 1);
	ck_assert_uint_eq(n_sent, 0);
	finish();
}
END_TEST

START_TEST(leaving_between_two_attempts_asks_everybody_once)
{
	become_member(2);
	closed(RSP_LINK_OUT);
	closed(RSP_LINK_OUT);
	closed(RSP_LINK_OUT); /* a pause */
	ck_assert_uint_eq(n_connects, 3);
	leave();
	leave(); /* once is enough */
	ck_assert_uint_eq(n_connects, 4);
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(sent.type, RSP_ASAP_DEREGISTRATION);
	/* An answer to what was asked before says nothing any more. */
	respond(RSP_LINK_OUT, RSP_ASAP_REGISTRATION_RESPONSE, 0, -1);
	ck_assert(!rsp_element_is_member(element));
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 1);
	finish();
}
END_TEST

START_TEST(joins_again_after_leaving)
{
	become_member(1);
	leave();
	join();
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	ck_assert_uint_eq(events[RSP_ELEMENT_DEREGISTERED], 1);
	ck_assert_uint_eq(n_connects, 2);
	opened(RSP_LINK_OUT);
	grant();
	ck_assert(rsp_element_is_member(element));
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("element_leave");
	TCase *t = tcase_create("element_leave");

	tcase_add_test(t, leaves_by_deregistration);
	tcase_add_test(t, deregistration_goes_on_elsewhere);
	tcase_add_test(t, leaving_ends_also_without_a_registrar);
	tcase_add_test(t, leaving_is_immediate_before_anything_was_registered);
	tcase_add_test(t, leaving_between_two_attempts_asks_everybody_once);
	tcase_add_test(t, joins_again_after_leaving);
	suite_add_tcase(s, t);
	return run_suite(s);
}
