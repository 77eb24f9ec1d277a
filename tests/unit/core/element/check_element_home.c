/* SPDX-License-Identifier: Apache-2.0 */
/* check_element_home.c - claims about the one home that an element has: however
 * it came to another one, the former has no part in its life any more
 */
#include "tests/lib/element_fixture.h"

/* Everything goes over this link and no other, for as long as two
 * re-registrations take. */
static void
expect_home(unsigned link)
{
	ck_assert_int_eq(rsp_element_home(element), (int)link);
	for (unsigned i = 0; i < 2; i++) {
		unsigned before = sent_of[RSP_ASAP_REGISTRATION];

		pass(); /* T4 */
		ck_assert_uint_eq(sent_of[RSP_ASAP_REGISTRATION], before + 1);
		ck_assert_uint_eq(sent_link, link);
		ck_assert_int_eq(rsp_element_home(element), (int)link);
		grant();
		ck_assert(rsp_element_is_member(element));
	}
}

/* What the link that was home says of the element. */
static void
say_at(unsigned link, uint8_t type, uint8_t flags, int cause)
{
	unsigned lost = events[RSP_ELEMENT_LOST], n = n_sent;
	unsigned rejected = events[RSP_ELEMENT_REJECTED];

	respond(link, type, flags, cause);
	ck_assert_uint_eq(n_sent, n);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], lost);
	ck_assert_uint_eq(events[RSP_ELEMENT_REJECTED], rejected);
	ck_assert(rsp_element_is_member(element));
}

static void
expect_deaf_to(unsigned link)
{
	say_at(link, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, -1);
	say_at(link, RSP_ASAP_REGISTRATION_RESPONSE, RSP_FLAG_REJECT, 6);
	say_at(link, RSP_ASAP_REGISTRATION_RESPONSE, 0, -1);
}

/* It is asked for over another link, and its home is silent. */
static void
take_over(unsigned link)
{
	int home = rsp_element_home(element);

	respond(link, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, -1);
	ck_assert_int_eq(rsp_element_home(element), home);
	pass(); /* a while after the home was heard: it is asked */
	ck_assert_uint_eq(sent.type, RSP_ASAP_REGISTRATION);
	ck_assert_uint_eq(sent_link, (unsigned)home);
	pass(); /* T2 */
	ck_assert_int_eq(rsp_element_home(element), (int)link);
}

/* Proves 5352-1.1-02: of two that claim it, one after the other, the last is
 * home, and the only one. */
START_TEST(who_takes_over_is_the_only_home)
{
	become_member(3);
	expect_home(RSP_LINK_OUT);
	opened(1);
	opened(2);
	expect_deaf_to(1);
	take_over(1);
	ck_assert_uint_eq(hangups[RSP_LINK_OUT], 1);
	grant();
	expect_home(1);
	expect_deaf_to(RSP_LINK_OUT);
	take_over(2);
	ck_assert_uint_eq(hangups[1], 1);
	grant();
	expect_home(2);
	expect_deaf_to(1);
	/* Two links are gone, and that is nothing to the element. */
	ck_assert(!shell_up[RSP_LINK_OUT] && !shell_up[1]);
	ck_assert_uint_eq(events[RSP_ELEMENT_LOST], 0);
	ck_assert_uint_eq(n_connects, 1);
	leave();
	ck_assert_uint_eq(sent.type, RSP_ASAP_DEREGISTRATION);
	ck_assert_uint_eq(sent_link, 2);
	ck_assert_uint_eq(sent_of[RSP_ASAP_DEREGISTRATION], 1);
	finish();
}
END_TEST

/* Proves 5352-1.1-02, 5352-3.6-22: with a home that it has lost, too. */
START_TEST(who_is_found_is_the_only_home)
{
	become_member(2);
	opened(1);
	closed(RSP_LINK_OUT);
	ck_assert_int_eq(rsp_element_home(element), RSP_LINK_NONE);
	ck_assert_uint_eq(connects[1], 1);
	opened(RSP_LINK_OUT);
	grant();
	expect_home(RSP_LINK_OUT);
	expect_deaf_to(1);
	/* a keep-alive without H is answered there and moves nothing */
	respond(1, RSP_ASAP_KEEP_ALIVE, 0, -1);
	ck_assert_uint_eq(sent.type, RSP_ASAP_KEEP_ALIVE_ACK);
	ck_assert_uint_eq(sent_link, 1);
	expect_home(RSP_LINK_OUT);
	closed(1);
	ck_assert(rsp_element_is_member(element));
	leave();
	ck_assert_uint_eq(sent.type, RSP_ASAP_DEREGISTRATION);
	ck_assert_uint_eq(sent_link, RSP_LINK_OUT);
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("element_home");
	TCase *t = tcase_create("element_home");

	tcase_add_test(t, who_takes_over_is_the_only_home);
	tcase_add_test(t, who_is_found_is_the_only_home);
	suite_add_tcase(s, t);
	return run_suite(s);
}
