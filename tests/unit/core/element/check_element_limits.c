/* SPDX-License-Identifier: Apache-2.0 */
/* check_element_limits.c - claims about an element at the ends of things:
 * rounds of registrars that all fail, answers that say less than they might,
 * outputs that nobody takes
 */
#include "tests/lib/element_fixture.h"

#define QUEUE 16 /* outputs that wait */

/* Every attempt fails, until so many rounds are over; how often it was said
 * that nobody answers. */
static unsigned
fail_rounds(unsigned rounds, unsigned n_endpoints)
{
	unsigned before = events[RSP_ELEMENT_NO_REGISTRAR];

	for (unsigned i = 0; i < rounds * n_endpoints; i++) {
		n_connects = 0; /* they are not looked at here */
		if (!shell_up[RSP_LINK_OUT])
			pass();
		closed(RSP_LINK_OUT);
	}
	return events[RSP_ELEMENT_NO_REGISTRAR] - before;
}

/* Proves 5352-3.1-27: two failures may be, the third is said; and as much is
 * granted after each success. */
START_TEST(each_outage_is_said_when_it_has_lasted)
{
	start(2);
	join();
	ck_assert_uint_eq(fail_rounds(2, 2), 0);
	ck_assert_uint_eq(fail_rounds(1, 2), 1);
	ck_assert_uint_eq(fail_rounds(3, 2), 0);
	pass();
	for (unsigned outage = 0; outage < 3; outage++) {
		opened(RSP_LINK_OUT);
		grant();
		ck_assert(rsp_element_is_member(element));
		now += 5000;
		closed(RSP_LINK_OUT);
		ck_assert_uint_eq(fail_rounds(2, 2), 0);
		ck_assert_uint_eq(fail_rounds(1, 2), 1);
		pass();
	}
	finish();
}
END_TEST

/* A rejection need not say why. */
START_TEST(a_rejection_without_a_cause_is_unspecified)
{
	start(1);
	join();
	opened(RSP_LINK_OUT);
	last_cause = 99;
	respond(RSP_LINK_OUT, RSP_ASAP_REGISTRATION_RESPONSE, RSP_FLAG_REJECT,
	    -1);
	ck_assert_uint_eq(events[RSP_ELEMENT_REJECTED], 1);
	ck_assert_uint_eq(last_cause, RSP_CAUSE_UNSPECIFIED);
	finish();
}
END_TEST

/* Of outputs that nobody takes the newest stay, in their order. */
START_TEST(the_oldest_outputs_are_lost)
{
	uint8_t causes[16], bytes[64];
	struct rsp_element_out out;
	struct rsp_message m;

	become_member(1);
	for (uint16_t k = 1; k <= 2 * QUEUE + 5; k++) {
		struct rsp_builder c = rsp_builder_into(causes, sizeof(causes));
		struct rsp_builder b = rsp_builder_into(bytes, sizeof(bytes));

		rsp_put_cause(&c, k, (struct rsp_span){ NULL, 0 });
		rsp_message_init(&m, RSP_ASAP, RSP_ASAP_ERROR);
		m.has_error = true;
		m.causes = rsp_builder_span(&c);
		rsp_message_encode(&b, &m);
		ck_assert_int_eq(rsp_element_input(element, now, RSP_LINK_OUT,
				     rsp_builder_span(&b)),
		    RSP_OK);
	}
	for (uint16_t k = QUEUE + 6; k <= 2 * QUEUE + 5; k++) {
		ck_assert(rsp_element_output(element, &out));
		ck_assert_int_eq(out.kind, RSP_ELEMENT_EVENT);
		ck_assert_int_eq(out.event, RSP_ELEMENT_WARNED);
		ck_assert_uint_eq(out.cause, k);
	}
	ck_assert(!rsp_element_output(element, &out));
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("element_limits");
	TCase *t = tcase_create("element_limits");

	tcase_add_test(t, each_outage_is_said_when_it_has_lasted);
	tcase_add_test(t, a_rejection_without_a_cause_is_unspecified);
	tcase_add_test(t, the_oldest_outputs_are_lost);
	suite_add_tcase(s, t);
	return run_suite(s);
}
