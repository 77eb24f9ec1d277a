/* SPDX-License-Identifier: Apache-2.0 */
/* check_holders.c - claims about an element with several connections: which of
 * them is its life line, and who is told what when that one ends
 */
#include "tests/lib/suite.h"

#include "tests/lib/registry_driver.h"

#define GRACE 2000

static const struct talk_end *ending;

static bool
is_ending(void *ctx, void *user)
{
	(void)ctx;
	return user == ending;
}

static void
begin(void)
{
	ending = NULL;
	talk_init();
	talk.config.is_ending = is_ending;
	talk_start();
}

/* Hears what asks for a sign of life, and gives it. */
static bool
answer_keep_alive(struct talk_end *e)
{
	struct rsp_message m;

	while (talk_hear(e, &m))
		if (m.type == RSP_ASAP_KEEP_ALIVE) {
			talk_request(&m, RSP_ASAP_KEEP_ALIVE_ACK, "Web", 7);
			m.has_pe_id = true;
			talk_say(e, &m);
			return true;
		}
	return false;
}

static bool
is_dismissed(struct talk_end *e)
{
	struct rsp_message m;

	while (talk_hear(e, &m))
		if (m.type == RSP_ASAP_DEREGISTRATION_RESPONSE && m.pe_id == 7)
			return true;
	return false;
}

/* The element hung up the first connection and made the second one, and of
 * the two the second was read first: what the first one says is older. */
START_TEST(last_words_of_a_dead_connection_change_nothing)
{
	struct talk_end *dead, *alive;
	struct rsp_message m;

	begin();
	dead = talk_tcp("10.0.0.1");
	alive = talk_tcp("10.0.0.1");
	talk_join(alive, "Web", 7);
	ending = dead;
	talk_registration(&m, "Web", 7, NULL);
	m.pe.life = 1;
	talk_say(dead, &m);
	ck_assert(!talk_hear(dead, &m));
	talk_close(dead);
	talk_wait(GRACE + 1000);
	ck_assert_uint_eq(talk_elements(), 1);
	ck_assert_int_eq(talk_only_element(alive, "Web").life, 90);
	talk_end();
}
END_TEST

/* The same when nobody knows yet that the first one is at its end. */
START_TEST(life_line_goes_back_to_who_is_left)
{
	struct talk_end *dead, *alive;

	begin();
	dead = talk_tcp("10.0.0.1");
	alive = talk_tcp("10.0.0.1");
	talk_join(alive, "Web", 7);
	talk_join(dead, "Web", 7);
	ck_assert_uint_eq(rsp_assoc_elements(alive->assoc), 1);
	talk_close(dead);
	ck_assert(answer_keep_alive(alive));
	talk_wait(GRACE + 10000);
	ck_assert_uint_eq(talk_elements(), 1);
	/* and now it is the only one */
	talk_close(alive);
	talk_wait(GRACE + 10);
	ck_assert_uint_eq(talk_elements(), 0);
	talk_end();
}
END_TEST

START_TEST(silent_life_line_gives_way)
{
	struct talk_end *silent, *alive;

	begin();
	silent = talk_tcp("10.0.0.1");
	alive = talk_tcp("10.0.0.1");
	talk_join(alive, "Web", 7);
	talk_join(silent, "Web", 7);
	for (int i = 0; i < 60; i++) {
		talk_wait(1000);
		if (answer_keep_alive(alive))
			break;
		ck_assert_uint_eq(talk_elements(), 1);
	}
	ck_assert(is_dismissed(silent));
	talk_wait(6000);
	ck_assert_uint_eq(talk_elements(), 1);
	talk_end();
}
END_TEST

/* A holder that does not answer either is no life line. */
START_TEST(nobody_answers)
{
	struct talk_end *one, *other;

	begin();
	one = talk_tcp("10.0.0.1");
	other = talk_tcp("10.0.0.1");
	talk_join(one, "Web", 7);
	talk_join(other, "Web", 7);
	talk_wait(45000 + 5000 + 5000);
	ck_assert_uint_eq(talk_elements(), 0);
	ck_assert(is_dismissed(one));
	talk_end();
}
END_TEST

START_TEST(every_holder_is_told_of_the_end)
{
	struct talk_end *first, *second;

	begin();
	first = talk_tcp("10.0.0.1");
	second = talk_tcp("10.0.0.1");
	talk_join(first, "Web", 7);
	talk_join(second, "Web", 7);
	ck_assert(!is_dismissed(first));
	ck_assert_int_eq(talk_deregister(second, "Web", 7), NO_CAUSE);
	ck_assert_uint_eq(talk_elements(), 0);
	ck_assert(is_dismissed(first));
	ck_assert_uint_eq(rsp_assoc_elements(first->assoc), 0);
	talk_end();
}
END_TEST

/* Any number of connections: the memory for them is bounded, and who is not
 * remembered is told. */
START_TEST(few_holders_are_remembered)
{
	struct talk_end *ends[12];
	unsigned held = 0, told = 0;
	struct rsp_message m;

	begin();
	for (int i = 0; i < 12; i++) {
		ends[i] = talk_tcp("10.0.0.1");
		talk_join(ends[i], "Web", 7);
	}
	for (int i = 0; i < 11; i++) {
		held += rsp_assoc_elements(ends[i]->assoc);
		told += is_dismissed(ends[i]);
	}
	ck_assert_uint_eq(held, 4);
	ck_assert_uint_eq(told, 7);
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 12; i++) {
			while (talk_hear(ends[i], &m))
				;
			talk_registration(&m, "Web", 7, NULL);
			ck_assert_int_eq(talk_register(ends[i], &m), NO_CAUSE);
		}
	talk_wait(GRACE);
	for (int i = 0; i < 12; i++)
		talk_close(ends[i]);
	talk_wait(GRACE + 10);
	ck_assert_uint_eq(talk_elements(), 0);
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("holders");
	TCase *c = tcase_create("holders");

	tcase_add_test(c, last_words_of_a_dead_connection_change_nothing);
	tcase_add_test(c, life_line_goes_back_to_who_is_left);
	tcase_add_test(c, silent_life_line_gives_way);
	tcase_add_test(c, nobody_answers);
	tcase_add_test(c, every_holder_is_told_of_the_end);
	tcase_add_test(c, few_holders_are_remembered);
	suite_add_tcase(s, c);
	return run_suite(s);
}
