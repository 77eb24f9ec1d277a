/* SPDX-License-Identifier: Apache-2.0 */
/* check_element_call.c - claims about registrars that call a pool element: for
 * keep-alives, and to be its home from now on
 */
#include "tests/lib/element_fixture.h"

/* 5352-2.2.7-03, -04, 5352-2.2.8-01, -02, 5352-3.4-02, -04 to -07 */
START_TEST(keep_alive_is_answered_on_its_link)
{
	become_member(1);
	respond(RSP_LINK_OUT, RSP_ASAP_KEEP_ALIVE, 0, -1);
	ck_assert_uint_eq(sent.type, RSP_ASAP_KEEP_ALIVE_ACK);
	ck_assert_uint_eq(sent_link, RSP_LINK_OUT);
	ck_assert(rsp_span_equal(sent.handle, config.handle));
	ck_assert_uint_eq(sent.pe_id, PE_ID);
	opened(2);
	respond(2, RSP_ASAP_KEEP_ALIVE, 0, -1);
	ck_assert_uint_eq(sent_of[RSP_ASAP_KEEP_ALIVE_ACK], 2);
	ck_assert_uint_eq(sent_link, 2);
	ck_assert_int_eq(rsp_element_home(element), RSP_LINK_OUT);
	finish();
}
END_TEST

/* 5352-3.4-03 */
START_TEST(keep_alive_for_another_pool_gets_silence)
{
	struct rsp_message m;

	become_member(1);
	m = answer(RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME);
	m.handle = (struct rsp_span){ (const uint8_t *)"web", 3 };
	input_message(RSP_LINK_OUT, &m);
	opened(1);
	input_message(1, &m);
	m = answer(RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME);
	m.pe_id++;
	input_message(1, &m);
	ck_assert_uint_eq(n_sent, 1);
	ck_assert_int_eq(rsp_element_home(element), RSP_LINK_OUT);
	m.has_pe_id = false; /* as RFC 5352 has it */
	input_message(RSP_LINK_OUT, &m);
	ck_assert_uint_eq(n_sent, 2);
	finish();
}
END_TEST

START_TEST(unhealthy_element_is_silent_and_comes_back)
{
	become_member(1);
	rsp_element_set_healthy(element, now, false);
	respond(RSP_LINK_OUT, RSP_ASAP_KEEP_ALIVE, 0, -1);
	ck_assert_uint_eq(sent_of[RSP_ASAP_KEEP_ALIVE_ACK], 0);
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 1);
	ck_assert_int_eq(rsp_element_deadline(element), RSP_NEVER);
	rsp_element_set_healthy(element, now, true);
	drain();
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
	grant();
	ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 2);
	finish();
}
END_TEST

/* A member that is called to be a registrar's whose home is there. */
static void
become_called(void)
{
	become_member(2);
	opened(1);
	respond(1, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, -1);
	ck_assert_uint_eq(sent_of[RSP_ASAP_KEEP_ALIVE_ACK], 1);
	ck_assert_int_eq(rsp_element_home(element), RSP_LINK_OUT);
	ck_assert_uint_eq(hangups[RSP_LINK_OUT], 0);
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
	ck_assert_uint_eq(sent.type, RSP_ASAP_REGISTRATION);
	ck_assert_uint_eq(sent_link, RSP_LINK_OUT);
}

/* 5352-2.2.7-02, 5352-3.4-08
 * Proves 5352-1.1-03. */
START_TEST(registrar_that_takes_over_becomes_home)
{
	become_called();
	ck_assert_int_eq(pass(), 1000); /* T2, and the home is silent */
	ck_assert_int_eq(rsp_element_home(element), 1);
	ck_assert_uint_eq(hangups[RSP_LINK_OUT], 1);
	ck_assert_uint_eq(sent.type, RSP_ASAP_REGISTRATION);
	ck_assert_uint_eq(sent_link, 1);
	grant();
	ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 2);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 0);
	/* Once more from home changes nothing. */
	respond(1, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, -1);
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 3);
	now += 2000;
	closed(1);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 1);
	ck_assert_uint_eq(n_connects, 2);
	finish();
}
END_TEST

START_TEST(home_that_closes_is_followed_by_who_called)
{
	become_called();
	closed(RSP_LINK_OUT);
	ck_assert_int_eq(rsp_element_home(element), 1);
	ck_assert_uint_eq(sent_link, 1);
	ck_assert_uint_eq(n_connects, 1);
	finish();
}
END_TEST

/* It is about to end, has told its peers to call its elements, and hears from
 * them that they have. */
START_TEST(home_that_lets_it_go_is_left_for_who_called)
{
	become_called();
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	ck_assert_int_eq(rsp_element_home(element), 1);
	ck_assert_uint_eq(sent_link, 1);
	grant();
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 0);
	finish();
	/* Also before it has been asked. */
	become_called();
	grant();
	respond(1, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, -1);
	respond(RSP_LINK_OUT, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	ck_assert_int_eq(rsp_element_home(element), 1);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 0);
	finish();
}
END_TEST

/* One message of a stranger must not cost the home. */
START_TEST(home_that_answers_is_kept)
{
	become_called();
	grant();
	ck_assert_int_eq(rsp_element_home(element), RSP_LINK_OUT);
	ck_assert_int_eq(rsp_element_deadline(element), now + 30000);
	ck_assert_uint_eq(events[RSP_ELEMENT_REGISTERED], 1);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 0);
	/* The caller's own answer is none of the home's. */
	respond(1, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, -1);
	respond(1, RSP_ASAP_REGISTRATION_RESPONSE, 0, -1);
	ck_assert_int_eq(rsp_element_home(element), RSP_LINK_OUT);
	finish();
}
END_TEST

/* Nor makes a stranger the element flood its home. */
START_TEST(home_is_asked_once_in_a_while)
{
	unsigned i;

	become_called();
	grant();
	for (i = 0; i < 100; i++) {
		respond(1, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, -1);
		now += 5;
	}
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 2);
	ck_assert_int_eq(pass(), 500);
	ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], 3);
	ck_assert_uint_eq(sent_link, RSP_LINK_OUT);
	ck_assert_int_eq(pass(), 1000);
	ck_assert_int_eq(rsp_element_home(element), 1);
	finish();
}
END_TEST

START_TEST(caller_is_remembered_as_long_as_its_link)
{
	become_called();
	grant();
	closed(1);
	closed(RSP_LINK_OUT);
	ck_assert_int_eq(rsp_element_home(element), RSP_LINK_NONE);
	ck_assert_uint_eq(n_connects, 2);
	finish();
	become_called();
	grant();
	now += 10000;
	closed(RSP_LINK_OUT);
	ck_assert_int_eq(rsp_element_home(element), 1);
	finish();
}
END_TEST

START_TEST(takeover_ends_a_hunt)
{
	become_member(2);
	closed(RSP_LINK_OUT);
	opened(2);
	respond(2, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, -1);
	ck_assert_int_eq(rsp_element_home(element), 2);
	ck_assert(!shell_up[RSP_LINK_OUT]);
	grant();
	ck_assert(rsp_element_is_member(element));
	finish();
}
END_TEST

START_TEST(stranger_cannot_call_an_element_into_a_pool)
{
	start(1);
	join();
	opened(1);
	respond(1, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, -1);
	ck_assert_uint_eq(n_sent, 0);
	ck_assert_int_eq(rsp_element_home(element), RSP_LINK_NONE);
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("element_call");
	TCase *t = tcase_create("element_call");

	tcase_add_test(t, keep_alive_is_answered_on_its_link);
	tcase_add_test(t, keep_alive_for_another_pool_gets_silence);
	tcase_add_test(t, unhealthy_element_is_silent_and_comes_back);
	tcase_add_test(t, registrar_that_takes_over_becomes_home);
	tcase_add_test(t, home_that_closes_is_followed_by_who_called);
	tcase_add_test(t, home_that_lets_it_go_is_left_for_who_called);
	tcase_add_test(t, home_that_answers_is_kept);
	tcase_add_test(t, home_is_asked_once_in_a_while);
	tcase_add_test(t, caller_is_remembered_as_long_as_its_link);
	tcase_add_test(t, takeover_ends_a_hunt);
	tcase_add_test(t, stranger_cannot_call_an_element_into_a_pool);
	suite_add_tcase(s, t);
	return run_suite(s);
}
