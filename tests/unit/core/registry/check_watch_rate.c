/* SPDX-License-Identifier: Apache-2.0 */
/* check_watch_rate.c - claims about strangers who have an element asked again
 * and again whether it is there: how often it has to answer, and that it is
 * missed all the same when it has gone
 */
#include "tests/lib/suite.h"

#include <stdio.h>

#include "tests/lib/registry_driver.h"

#define REPORTERS 8
#define REST 1000 /* from an answer to the next question in doubt */

static struct talk_end *element, *strangers[REPORTERS];

/* Element 1 of "P" at 10.0.0.1, and strangers each of whose words counts, as if
 * every one came from another address. */
static void
begin(void)
{
	char from[16];

	talk_init();
	talk.config.report_interval = 1;
	talk_start();
	element = talk_tcp("10.0.0.1");
	talk_join(element, "P", 1);
	for (unsigned i = 0; i < REPORTERS; i++) {
		snprintf(from, sizeof(from), "10.0.1.%u", i + 1);
		strangers[i] = talk_tcp(from);
	}
}

static void
report(unsigned i)
{
	struct rsp_message m;

	talk_request(&m, RSP_ASAP_UNREACHABLE, "P", 1);
	talk_say(strangers[i], &m);
}

/* Wants the element's place for itself. */
static void
claim(unsigned i)
{
	struct rsp_message m;
	char address[16];

	snprintf(address, sizeof(address), "10.0.1.%u", i + 1);
	talk_registration(&m, "P", 1, address);
	ck_assert_int_eq(talk_register(strangers[i], &m), RSP_CAUSE_PE_ID);
}

/* The keep-alives that have come, answered or not. */
static unsigned
asked(bool answers)
{
	struct rsp_message m, ack;
	unsigned n = 0;

	while (talk_hear(element, &m)) {
		if (m.type != RSP_ASAP_KEEP_ALIVE)
			continue;
		n++;
		talk_request(&ack, RSP_ASAP_KEEP_ALIVE_ACK, "P", 1);
		if (answers)
			talk_say(element, &ack);
	}
	return n;
}

static void (*const doubt[])(unsigned i) = { report, claim };

/* Proves 5355-2.14-01, 5355-3-10, 5353-6.1-09, 5353-6.2-34: without the limit
 * it would be asked 2000 times. */
START_TEST(an_element_is_asked_once_a_second_at_most)
{
	unsigned n = 0;

	begin();
	for (unsigned ms = 0; ms < 10000; ms += 40) {
		for (unsigned i = 0; i < REPORTERS; i++) {
			doubt[_i](i);
			n += asked(true);
		}
		talk_wait(40);
	}
	ck_assert_uint_ge(n, 9);
	ck_assert_uint_le(n, 11);
	ck_assert_uint_eq(talk_elements(), 1);
	/* When they are done it is asked as often as any other. */
	talk_wait(2 * REST);
	asked(true);
	talk_wait(talk.config.keep_alive_interval / 2 - REST);
	ck_assert_uint_eq(asked(true), 0);
	talk_join(element, "P", 1);
	talk_wait(talk.config.keep_alive_interval * 3 / 2);
	ck_assert_uint_ge(asked(true), 1);
	talk_end();
}
END_TEST

/* A doubt that comes while it rests is looked into when it has rested. */
START_TEST(who_has_just_answered_can_be_missed)
{
	begin();
	doubt[_i](0);
	ck_assert_uint_eq(asked(true), 1);
	talk_wait(1);
	for (unsigned i = 0; i < REPORTERS; i++)
		doubt[_i](i);
	ck_assert_uint_eq(asked(true), 0);
	talk_wait(REST - 2);
	ck_assert_uint_eq(asked(true), 0);
	talk_wait(1);
	ck_assert_uint_eq(asked(false), 1);
	talk_wait(talk.config.keep_alive_timeout - 1);
	ck_assert_uint_eq(talk_elements(), 1);
	talk_wait(1);
	ck_assert_uint_eq(talk_elements(), 0);
	talk_end();
}
END_TEST

/* Nor does a rest without doubts change anything. */
START_TEST(who_has_rested_is_asked_in_its_turn)
{
	begin();
	report(0);
	ck_assert_uint_eq(asked(true), 1);
	talk_wait(REST + talk.config.keep_alive_interval / 2 - 100);
	ck_assert_uint_eq(asked(true), 0);
	talk_join(element, "P", 1); /* its life */
	report(0);
	ck_assert_uint_eq(asked(true), 1);
	talk_wait(REST + 1);
	report(0); /* at once again */
	ck_assert_uint_eq(asked(true), 1);
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("watch_rate");
	TCase *t = tcase_create("watch_rate");

	tcase_add_loop_test(t, an_element_is_asked_once_a_second_at_most, 0, 2);
	tcase_add_loop_test(t, who_has_just_answered_can_be_missed, 0, 2);
	tcase_add_test(t, who_has_rested_is_asked_in_its_turn);
	suite_add_tcase(s, t);
	return run_suite(s);
}
