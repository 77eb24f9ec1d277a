/* SPDX-License-Identifier: Apache-2.0 */
/* check_element_shell.c - claims about a pool element and its shell: input that
 * is not expected, outputs that are not taken */
#include "tests/lib/element_fixture.h"

/* 5352-2.2.14-01 to -04, 5354-4: what is unknown is reported by its class */
START_TEST(unknown_messages_are_reported_by_their_class)
{
	static const struct {
		const char *name;
		uint8_t bytes[8];
		unsigned errors;
	} rows[] = {
		{ "class 00", { 0x3f, 0, 0, 4 }, 0 },
		{ "class 01", { 0x7f, 0, 0, 4 }, 1 },
		{ "known, but not for us", { 0x0b, 0, 0, 8, 0, 13, 0, 4 }, 0 },
	};
	unsigned i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		become_member(1);
		ck_assert_msg(rsp_element_input(element, now, RSP_LINK_OUT,
				  (struct rsp_span){ rows[i].bytes,
				      rows[i].bytes[3] }) == RSP_OK,
		    "%s", rows[i].name);
		drain();
		ck_assert_msg(sent_of[RSP_ASAP_ERROR] == rows[i].errors, "%s",
		    rows[i].name);
		ck_assert(rsp_element_is_member(element));
		finish();
	}
}
END_TEST

START_TEST(garbage_ends_the_link)
{
	static const uint8_t bytes[] = { 7, 0, 0, 16, 0, 0, 0, 1, 0, 9, 0, 99,
		1, 2, 3, 4 };
	int err;

	become_member(1);
	err = rsp_element_input(element, now, RSP_LINK_OUT,
	    (struct rsp_span){ bytes, sizeof(bytes) });
	ck_assert_int_ne(err, RSP_OK);
	drain();
	closed(RSP_LINK_OUT);
	ck_assert_uint_eq(n_connects, 2);
	finish();
}
END_TEST

/* 5352-4-06 */
START_TEST(error_message_is_told_and_not_answered)
{
	become_member(1);
	respond(RSP_LINK_OUT, RSP_ASAP_ERROR, 0, RSP_CAUSE_RESOURCES);
	ck_assert_uint_eq(events[RSP_ELEMENT_WARNED], 1);
	ck_assert_uint_eq(last_cause, RSP_CAUSE_RESOURCES);
	ck_assert_uint_eq(n_sent, 1);
	finish();
}
END_TEST

START_TEST(what_comes_over_no_link_is_ignored)
{
	start(1);
	join();
	respond(RSP_LINK_OUT, RSP_ASAP_KEEP_ALIVE, 0, -1);
	respond(2, RSP_ASAP_KEEP_ALIVE, RSP_FLAG_HOME, -1);
	ck_assert_uint_eq(n_sent, 0);
	rsp_element_tick(element, now); /* nothing is due */
	drain();
	ck_assert_uint_eq(n_connects, 1);
	finish();
}
END_TEST

START_TEST(shell_that_does_not_drain_loses_the_oldest)
{
	struct rsp_message m;
	struct rsp_element_out o;
	uint8_t bytes[256];
	struct rsp_builder b = rsp_builder_into(bytes, sizeof(bytes));
	unsigned i, n = 0;

	become_member(1);
	m = answer(RSP_ASAP_KEEP_ALIVE, 0);
	rsp_message_encode(&b, &m);
	for (i = 0; i < 1000; i++)
		rsp_element_input(element, now, RSP_LINK_OUT,
		    rsp_builder_span(&b));
	while (rsp_element_output(element, &o)) {
		ck_assert_uint_eq(o.kind, RSP_ELEMENT_SEND);
		ck_assert_uint_gt(o.bytes.len, 0);
		n++;
	}
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_lt(n, 1000);
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("element_shell");
	TCase *t = tcase_create("element_shell");

	tcase_add_test(t, unknown_messages_are_reported_by_their_class);
	tcase_add_test(t, garbage_ends_the_link);
	tcase_add_test(t, error_message_is_told_and_not_answered);
	tcase_add_test(t, what_comes_over_no_link_is_ignored);
	tcase_add_test(t, shell_that_does_not_drain_loses_the_oldest);
	suite_add_tcase(s, t);
	return run_suite(s);
}
