/* SPDX-License-Identifier: Apache-2.0 */
/* check_element.c - claims about a pool element's registration: what it says,
 * when it says it again, and what the answers do to it
 */
#include "tests/lib/element_fixture.h"

/* 5352-3.1-03, -05, -06, -08, -10, -13, -14, -16, 5352-2.2.1-02
 * Proves 5352-2.2.1-01, 5352-6.1-05. */
START_TEST(registers_over_the_link_that_came_up)
{
	start(1);
	join();
	ck_assert_uint_eq(n_connects, 1);
	ck_assert_uint_eq(n_sent, 0);
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(n_sent, 1);
	ck_assert_uint_eq(sent.type, RSP_ASAP_REGISTRATION);
	ck_assert_uint_eq(sent_link, RSP_LINK_OUT);
	ck_assert(rsp_span_equal(sent.handle, config.handle));
	ck_assert_uint_eq(sent.pe.id, PE_ID);
	ck_assert_int_eq(sent.pe.life, 90);
	ck_assert_uint_eq(sent.pe.home, 0);
	ck_assert_uint_eq(sent.pe.asap.type, 0);
	ck_assert(rsp_transport_equal(&sent.pe.user, &pe.user));
	ck_assert(rsp_policy_equal(&sent.pe.policy, &pe.policy));
	ck_assert(!rsp_element_is_member(element));
	grant();
	ck_assert(rsp_element_is_member(element)); /* 5352-3.1-20 */
	ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 1);
	finish();
}
END_TEST

/* 5352-3.1-09, -19, -24, -25, -26, 5352-7.1-04 */
START_TEST(registers_again_before_its_life_ends)
{
	static const struct {
		int32_t life;
		int64_t t4;
	} rows[] = { { 90, 30000 }, { 60, 30000 }, { 40, 20000 }, { 30, 10000 },
		{ 20, 10000 }, { 2, 1000 }, { RSP_LIFE_FOREVER, 30000 } };
	unsigned i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(1);
		pe.life = rows[i].life;
		ck_assert_int_eq(rsp_element_change(element, now, &pe), RSP_OK);
		join();
		opened(RSP_LINK_OUT);
		grant();
		ck_assert_msg(pass() == rows[i].t4, "life %d",
		    (int)rows[i].life);
		ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
		ck_assert_uint_eq(sent.pe.id, PE_ID);
		grant();
		ck_assert_int_eq(pass(), rows[i].t4);
		ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 3);
		ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 1);
		ck_assert_uint_eq(n_connects, 1);
		finish();
	}
}
END_TEST

/* RSPLIB's registrars read milliseconds; when to register again is no matter of
 * theirs. */
static const struct {
	bool interop;
	int32_t life, sent;
} lives[] = {
	{ false, 90, 90 },
	{ true, 90, 90000 },
	{ true, -1, -1 },
	{ true, 2147483, 2147483000 },
	{ true, 2147484, INT32_MAX },
};

START_TEST(rsplibs_registrars_are_told_milliseconds)
{
	start(1);
	rsp_element_free(element);
	config.interop_rsplib = lives[_i].interop;
	pe.life = lives[_i].life;
	element = rsp_element_new(&config, &pe);
	join();
	opened(RSP_LINK_OUT);
	ck_assert_int_eq(sent.pe.life, lives[_i].sent);
	respond(RSP_LINK_OUT, RSP_ASAP_REGISTRATION_RESPONSE, 0, -1);
	ck_assert_int_eq(pass(), 30000); /* T4 */
	ck_assert_int_eq(sent.pe.life, lives[_i].sent);
	finish();
}
END_TEST

/* 5352-3.1-21, 5352-2.2.3-03 */
START_TEST(rejected_element_tries_again_when_corrected)
{
	start(1);
	join();
	opened(RSP_LINK_OUT);
	respond(RSP_LINK_OUT, RSP_ASAP_REGISTRATION_RESPONSE, RSP_FLAG_REJECT,
	    RSP_CAUSE_POLICY);
	ck_assert_uint_eq(events[RSP_ELEMENT_REJECTED], 1);
	ck_assert_uint_eq(last_cause, RSP_CAUSE_POLICY);
	ck_assert(!shell_up[RSP_LINK_OUT]);
	join();
	ck_assert_int_eq(rsp_element_change(element, now, &pe), RSP_OK);
	drain();
	ck_assert_uint_eq(n_connects, 1);
	pe.policy.type = 3;
	ck_assert_int_eq(rsp_element_change(element, now, &pe), RSP_OK);
	drain();
	ck_assert_uint_eq(n_connects, 2);
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(sent.pe.policy.type, 3);
	finish();
}
END_TEST

START_TEST(rejected_id_may_be_replaced)
{
	start(1);
	join();
	opened(RSP_LINK_OUT);
	pe.id++;
	ck_assert_int_eq(rsp_element_change(element, now, &pe), RSP_ESTATE);
	respond(RSP_LINK_OUT, RSP_ASAP_REGISTRATION_RESPONSE, RSP_FLAG_REJECT,
	    RSP_CAUSE_PE_ID);
	ck_assert_int_eq(rsp_element_change(element, now, &pe), RSP_OK);
	drain();
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(sent.pe.id, PE_ID + 1);
	finish();
}
END_TEST

/* 5352-2.2.3-05 */
START_TEST(warning_leaves_it_a_member)
{
	start(1);
	join();
	opened(RSP_LINK_OUT);
	respond(RSP_LINK_OUT, RSP_ASAP_REGISTRATION_RESPONSE, 0,
	    RSP_CAUSE_INVALID);
	ck_assert_uint_eq(events[RSP_ELEMENT_WARNED], 1);
	ck_assert(rsp_element_is_member(element));
	finish();
}
END_TEST

START_TEST(error_message_instead_of_an_answer_is_a_refusal)
{
	start(1);
	join();
	opened(RSP_LINK_OUT);
	respond(RSP_LINK_OUT, RSP_ASAP_ERROR, 0, RSP_CAUSE_PARAM);
	ck_assert_uint_eq(events[RSP_ELEMENT_WARNED], 1);
	ck_assert_uint_eq(events[RSP_ELEMENT_REJECTED], 0);
	respond(RSP_LINK_OUT, RSP_ASAP_ERROR, 0, 0x11); /* RSPLIB's */
	ck_assert_uint_eq(events[RSP_ELEMENT_REJECTED], 1);
	ck_assert_uint_eq(last_cause, 0x11);
	ck_assert_int_eq(rsp_element_deadline(element), now + 15000);
	finish();
}
END_TEST

START_TEST(answers_to_others_are_ignored)
{
	struct rsp_message m;

	start(1);
	join();
	opened(RSP_LINK_OUT);
	m = answer(RSP_ASAP_REGISTRATION_RESPONSE, 0);
	m.pe_id++;
	input_message(RSP_LINK_OUT, &m);
	m = answer(RSP_ASAP_REGISTRATION_RESPONSE, 0);
	m.handle.len--;
	input_message(RSP_LINK_OUT, &m);
	opened(1);
	m = answer(RSP_ASAP_REGISTRATION_RESPONSE, 0);
	input_message(1, &m);
	ck_assert(!rsp_element_is_member(element));
	finish();
}
END_TEST

/* 5352-3.1-23
 * Proves 5352-6.5.2-04. */
START_TEST(changed_values_are_registered_at_once)
{
	become_member(1);
	ck_assert_int_eq(rsp_element_change(element, now, &pe), RSP_OK);
	drain();
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 1);
	pe.policy.n_words = 1;
	pe.policy.words[0] = 7;
	rsp_element_change(element, now, &pe);
	drain();
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
	ck_assert_uint_eq(sent.pe.policy.words[0], 7);
	pe.user.addresses[0].bytes[3] = 9; /* while that one is under way */
	rsp_element_change(element, now, &pe);
	drain();
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
	grant();
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 3);
	ck_assert(rsp_transport_equal(&sent.pe.user, &pe.user));
	grant();
	ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 1);
	finish();
}
END_TEST

START_TEST(unhealthy_element_does_not_register)
{
	start(1);
	rsp_element_set_healthy(element, now, false);
	join();
	opened(RSP_LINK_OUT);
	ck_assert_uint_eq(n_sent, 0);
	rsp_element_set_healthy(element, now, true);
	drain();
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 1);
	finish();
}
END_TEST

/* 5352-2.2.4-01, 5352-3.2-03 */
START_TEST(ended_registration_is_renewed_within_a_second)
{
	become_member(1);
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 1);
	ck_assert_int_le(pass(), 1000);
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
	grant();
	ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 2);
	ck_assert_uint_eq(n_connects, 1);
	finish();
}
END_TEST

/* 5352-2.2.4-03 */
START_TEST(unasked_response_with_an_error_ends_nothing)
{
	become_member(1);
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0,
	    RSP_CAUSE_UNSPECIFIED);
	ck_assert(rsp_element_is_member(element));
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 0);
	finish();
}
END_TEST

START_TEST(registration_that_ends_again_and_again_is_renewed_seldom)
{
	unsigned i;
	rsp_time then;

	become_member(1);
	then = now;
	for (i = 0; i < 20; i++) {
		respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
		ck_assert_int_le(pass(), 1000);
		grant();
	}
	ck_assert_int_ge(now - then, 15000);
	finish();
}
END_TEST

START_TEST(no_element_is_freed_without_harm)
{
	rsp_element_free(NULL);
	start(1);
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("element");
	TCase *t = tcase_create("element");

	tcase_add_test(t, registers_over_the_link_that_came_up);
	tcase_add_test(t, registers_again_before_its_life_ends);
	tcase_add_loop_test(t, rsplibs_registrars_are_told_milliseconds, 0,
	    (int)(sizeof(lives) / sizeof(lives[0])));
	tcase_add_test(t, rejected_element_tries_again_when_corrected);
	tcase_add_test(t, rejected_id_may_be_replaced);
	tcase_add_test(t, warning_leaves_it_a_member);
	tcase_add_test(t, error_message_instead_of_an_answer_is_a_refusal);
	tcase_add_test(t, answers_to_others_are_ignored);
	tcase_add_test(t, changed_values_are_registered_at_once);
	tcase_add_test(t, unhealthy_element_does_not_register);
	tcase_add_test(t, ended_registration_is_renewed_within_a_second);
	tcase_add_test(t, unasked_response_with_an_error_ends_nothing);
	tcase_add_test(t,
	    registration_that_ends_again_and_again_is_renewed_seldom);
	tcase_add_test(t, no_element_is_freed_without_harm);
	suite_add_tcase(s, t);
	return run_suite(s);
}
