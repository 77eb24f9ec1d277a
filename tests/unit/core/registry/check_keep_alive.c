/* SPDX-License-Identifier: Apache-2.0 */
/* check_keep_alive.c - claims about time: registration life, keep-alives, lost
 * associations, reports */
#include "tests/lib/suite.h"

#include <stdio.h>

#include "tests/lib/registry_driver.h"

#define TCP RSP_PARAM_TCP
#define SCTP RSP_PARAM_SCTP

/* Element `id` of "P" at 10.0.0.1 with this life. */
static void
join(struct talk_end *e, uint32_t id, int32_t life)
{
	struct rsp_message m;

	talk_registration(&m, "P", id, NULL);
	m.pe.life = life;
	ck_assert_int_eq(talk_register(e, &m), 0);
}

static struct talk_end *
element(void)
{
	return talk_open(TCP, "10.0.0.1", false);
}

/* Answers keep-alives that have come; their number. */
static unsigned
answer(struct talk_end *e)
{
	struct rsp_message m, ack;
	unsigned n = 0;

	while (talk_hear(e, &m)) {
		if (m.type != RSP_ASAP_KEEP_ALIVE)
			continue;
		ck_assert_uint_eq(m.flags, 0); /* 5352-2.2.7-05, 5352-3.5-07 */
		ck_assert_uint_eq(m.server, talk.config.server_id);
		talk_request(&ack, RSP_ASAP_KEEP_ALIVE_ACK, "P", m.pe_id);
		talk_say(e, &ack);
		n++;
	}
	return n;
}

static void
report(struct talk_end *user, uint32_t id)
{
	struct rsp_message m;

	talk_request(&m, RSP_ASAP_UNREACHABLE, "P", id);
	talk_say(user, &m);
}

/* Asserts that an element has gone and why, and what it was told last. */
static void
expect_removed(const char *reason)
{
	const struct talk_event *event, *last = NULL;

	while ((event = talk_event()) != NULL)
		last = event;
	ck_assert_ptr_nonnull(last);
	ck_assert_uint_eq(last->event, RSP_EVENT_PE_REMOVED);
	ck_assert_str_eq(last->reason, reason);
}

static bool
told_of_the_end(struct talk_end *e)
{
	struct rsp_message m;
	bool told = false;

	while (talk_hear(e, &m))
		if (m.type == RSP_ASAP_DEREGISTRATION_RESPONSE) {
			ck_assert(!m.has_error);
			told = true;
		}
	return told;
}

/* RSPLIB counts milliseconds; only --interop says who does. */
static const struct {
	bool interop;
	uint16_t type;
	int32_t life, seconds;
} lives[] = {
	{ false, RSP_PARAM_SCTP, 90000, 90000 },
	{ true, RSP_PARAM_SCTP, 90000, 90 },
	{ true, RSP_PARAM_SCTP, 90001, 91 },
	{ true, RSP_PARAM_SCTP, 1, 1 },
	{ true, RSP_PARAM_SCTP, INT32_MAX, 2147484 },
	{ true, RSP_PARAM_SCTP, -1, -1 },
	{ true, RSP_PARAM_TCP, 90, 90 },
	{ true, 0, 90, 90 },
};

START_TEST(life_of_rsplibs_elements_is_in_milliseconds)
{
	struct rsp_message m;
	struct talk_end *e;

	talk_init();
	talk.config.interop_rsplib = lives[_i].interop;
	talk.config.keep_alive_interval = 0;
	talk_start();
	e = lives[_i].type == 0 ? talk_open(0, "", true)
				: talk_open(lives[_i].type, "10.0.0.1", false);
	talk_registration(&m, "P", 1, lives[_i].type == 0 ? "127.0.0.1" : NULL);
	m.pe.life = lives[_i].life;
	ck_assert_int_eq(talk_register(e, &m), 0);
	ck_assert_int_eq(talk_event()->life, lives[_i].seconds);
	if (lives[_i].seconds > 0) {
		talk_wait((int64_t)lives[_i].seconds * 1000 - 1);
		ck_assert_uint_eq(talk_elements(), 1);
		talk_wait(1);
		ck_assert_uint_eq(talk_elements(), 0);
	}
	talk_end();
}
END_TEST

/* Proves 5352-3.1-08, 5352-3.2-03, 5352-2.2.4-01, 5354-3.10-05.
 * Proves 5352-3.2-02. */
START_TEST(registration_ends_with_its_life)
{
	struct talk_end *e;

	talk_begin();
	e = element();
	join(e, 1, 2);
	join(e, 2, -1);
	talk_wait(1999);
	ck_assert_uint_eq(talk_elements(), 2);
	join(e, 1, 2); /* anew */
	talk_wait(1999);
	ck_assert_uint_eq(talk_elements(), 2);
	talk_wait(1);
	ck_assert_uint_eq(talk_elements(), 1);
	expect_removed("life expired");
	ck_assert(told_of_the_end(e));
	talk_end();
}
END_TEST

START_TEST(life_for_ever_outlives_everything)
{
	struct talk_end *e;

	talk_init();
	talk.config.keep_alive_interval = 0; /* none at all */
	talk_start();
	e = element();
	join(e, 1, -1);
	ck_assert(rsp_registry_deadline(talk.registry) == RSP_NEVER);
	join(e, 2, INT32_MAX);
	talk_wait(INT64_C(1000) * INT32_MAX - 1);
	ck_assert_uint_eq(talk_elements(), 2);
	talk_wait(1);
	ck_assert_uint_eq(talk_elements(), 1);
	talk_end();
}
END_TEST

/* Proves 5352-3.5-13, 5352-3.5-17, 5352-3.5-18, 5352-2.2.7-04.
 * Proves 5352-3.5-16. */
START_TEST(keep_alives_are_spread_around_their_interval)
{
	struct talk_end *e;
	unsigned seconds[61] = { 0 }, n = 0;

	talk_begin();
	e = element();
	for (uint32_t id = 0; id < 1000; id++)
		join(e, id, -1);
	for (unsigned s = 1; s <= 45; s++) {
		talk_wait(1000);
		seconds[s] = answer(e);
		if (s < 15)
			ck_assert_uint_eq(seconds[s], 0);
		if (s > 15 && s <= 30)
			ck_assert_msg(seconds[s] > 15 && seconds[s] < 80,
			    "%u in second %u", seconds[s], s);
		n += seconds[s];
	}
	ck_assert_uint_ge(n, 1000);
	ck_assert_uint_eq(talk_elements(), 1000);
	talk_end();
}
END_TEST

/* Those whose turn is near are asked with the one that is due. */
START_TEST(elements_of_an_association_are_asked_together)
{
	struct talk_end *many, *one;
	struct rsp_message m;
	unsigned n = 0, alone = 0, wakes = 0;
	int64_t end;

	talk_begin();
	many = element();
	one = talk_open(TCP, "10.0.0.2", false);
	for (uint32_t id = 1; id <= 100; id++)
		join(many, id, -1);
	talk_registration(&m, "P", 101, "10.0.0.2");
	m.pe.life = -1;
	ck_assert_int_eq(talk_register(one, &m), 0);
	for (end = talk.now + 45000; talk.now < end;) {
		unsigned some;

		talk_wait(rsp_registry_deadline(talk.registry) - talk.now);
		some = answer(many);
		n += some;
		wakes += some > 0;
		alone += answer(one);
	}
	ck_assert_uint_ge(n, 100);
	ck_assert_uint_le(n, 250);
	ck_assert_uint_le(wakes, 25);
	ck_assert_uint_ge(alone, 1);
	ck_assert_uint_le(alone, 3);
	ck_assert_uint_eq(talk_elements(), 101);
	talk_end();
}
END_TEST

/* Proves 5352-3.4-01, 5352-3.5-14, 5352-3.5-15. */
START_TEST(element_that_does_not_answer_is_removed_and_told)
{
	struct talk_end *e;

	talk_begin();
	e = element();
	join(e, 1, -1);
	talk_wait(45000 + talk.config.keep_alive_timeout);
	ck_assert_uint_eq(talk_elements(), 0);
	expect_removed("keep-alive not answered");
	ck_assert(told_of_the_end(e));
	talk_end();
}
END_TEST

START_TEST(only_the_element_itself_can_answer)
{
	struct talk_end *e, *other;
	struct rsp_message ack;

	talk_begin();
	e = element();
	other = element();
	join(e, 1, -1);
	report(other, 1);
	talk_request(&ack, RSP_ASAP_KEEP_ALIVE_ACK, "P", 1);
	talk_say(other, &ack);
	talk_request(&ack, RSP_ASAP_KEEP_ALIVE_ACK, "Q", 1);
	talk_say(e, &ack);
	talk_request(&ack, RSP_ASAP_KEEP_ALIVE_ACK, "P", 2);
	talk_say(e, &ack);
	talk_wait(talk.config.keep_alive_timeout);
	ck_assert_uint_eq(talk_elements(), 0);
	talk_end();
}
END_TEST

START_TEST(registering_again_is_a_sign_of_life)
{
	struct rsp_message m;
	struct talk_end *e;

	talk_begin();
	e = element();
	join(e, 1, -1);
	for (int i = 0; i < 10; i++) {
		talk_wait(15000 - 1); /* never silent for half an interval */
		join(e, 1, -1);
	}
	ck_assert_uint_eq(answer(e), 0);
	report(e, 1);
	ck_assert(talk_hear(e, &m));
	ck_assert_uint_eq(m.type, RSP_ASAP_KEEP_ALIVE);
	join(e, 1, -1); /* stands for the answer */
	talk_wait(talk.config.keep_alive_timeout);
	ck_assert_uint_eq(talk_elements(), 1);
	talk_end();
}
END_TEST

START_TEST(lost_connection_has_its_grace)
{
	struct talk_end *e, *unix_end;
	struct rsp_message m;

	talk_begin();
	e = element();
	unix_end = talk_open(0, "", true);
	join(e, 1, -1);
	talk_registration(&m, "P", 2, "127.0.0.1");
	ck_assert_int_eq(talk_register(unix_end, &m), 0);
	talk_close(e);
	talk_close(unix_end);
	talk_wait(1999);
	ck_assert_uint_eq(talk_elements(), 2);
	talk_wait(1);
	ck_assert_uint_eq(talk_elements(), 0);
	expect_removed("connection lost");
	talk_end();
}
END_TEST

/* Proves 5352-3.5-09, 5352-3.5-15 (an SCTP association's end is the proof). */
START_TEST(lost_sctp_association_has_none)
{
	struct talk_end *e;
	struct rsp_message m;

	talk_begin();
	e = talk_open(SCTP, "10.0.0.1", false);
	for (uint32_t id = 1; id <= 3; id++) {
		talk_registration(&m, "P", id, NULL);
		m.pe.user.type = SCTP;
		ck_assert_int_eq(talk_register(e, &m), 0);
	}
	talk_close(e);
	ck_assert_uint_eq(talk_elements(), 0);
	expect_removed("association lost");
	talk_end();
}
END_TEST

START_TEST(element_that_comes_back_in_time_stays)
{
	struct talk_end *e;

	talk_begin();
	e = element();
	join(e, 1, -1);
	for (int i = 0; i < 5; i++) {
		talk_close(e);
		talk_wait(1999);
		e = element();
		join(e, 1, -1);
	}
	talk_wait(10000);
	ck_assert_uint_eq(talk_elements(), 1);
	ck_assert_uint_eq(talk.n_events, 1); /* added, and never changed */
	talk_end();
}
END_TEST

/* Proves 5352-3.5-06, 5352-3.5-10.
 * Proves 5352-2.2.7-01. */
START_TEST(report_has_the_element_asked_at_once)
{
	struct talk_end *e, *user;

	talk_begin();
	e = element();
	user = talk_open(TCP, "10.0.0.7", false);
	join(e, 1, -1);
	report(user, 1);
	ck_assert_uint_eq(talk.events[1].event, RSP_EVENT_REPORT);
	ck_assert_uint_eq(answer(e), 1);
	talk_wait(talk.config.keep_alive_timeout);
	ck_assert_uint_eq(talk_elements(), 1);
	talk_end();
}
END_TEST

/* Proves 5352-3.5-11, 5352-3.5-12: with a limit of 0 the first one is beyond
 * it. */
START_TEST(reports_beyond_the_limit_remove)
{
	struct talk_end *e;

	talk_init();
	talk.config.max_bad_pe_report = 0;
	talk_start();
	e = element();
	join(e, 1, -1);
	report(talk_open(TCP, "10.0.0.7", false), 1);
	ck_assert_uint_eq(talk_elements(), 0);
	expect_removed("reported unreachable too often");
	ck_assert(told_of_the_end(e));
	talk_end();
}
END_TEST

/* Eight hosts in one turn: it is asked, and its answer counts for more. */
START_TEST(no_burst_of_reports_removes_who_answers)
{
	struct talk_end *e;

	talk_begin();
	e = element();
	join(e, 1, -1);
	for (int i = 0; i < 8; i++) {
		char from[24];

		snprintf(from, sizeof(from), "10.0.0.%d", 20 + i);
		report(talk_open(TCP, from, false), 1);
	}
	ck_assert_uint_eq(talk_elements(), 1);
	ck_assert_uint_eq(answer(e), 1);
	talk_wait(10000);
	ck_assert_uint_eq(talk_elements(), 1);
	talk_end();
}
END_TEST

/* All of an IPv6 network is one host. */
START_TEST(a_network_counts_once_per_interval)
{
	struct talk_end *e;
	unsigned asked = 0;

	talk_begin();
	e = element();
	join(e, 1, -1);
	for (int i = 0; i < 8; i++) {
		char from[32];

		snprintf(from, sizeof(from), "2001:db8::%d:1", i);
		report(talk_open(TCP, from, false), 1);
		asked += answer(e);
	}
	ck_assert_uint_eq(asked, 1);
	talk_wait(1000); /* until doubts have it asked again */
	report(talk_open(TCP, "2001:db8:0:1::1", false), 1);
	ck_assert_uint_eq(answer(e), 1);
	talk_end();
}
END_TEST

/* Proves 5352-9.1-09.
 * Proves 5355-2.13-01, 5355-3-09 on the server's side. */
START_TEST(answers_clear_the_count_and_a_host_counts_once_per_interval)
{
	struct talk_end *e, *users[4];
	const char *from[] = { "10.0.0.7", "10.0.0.8", "10.0.0.9",
		"10.0.0.10" };
	unsigned asked = 0;

	talk_begin();
	e = element();
	join(e, 1, -1);
	for (int i = 0; i < 4; i++)
		users[i] = talk_open(TCP, from[i], false);
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < 4; i++) {
			report(users[i], 1);
			asked += answer(e);
		}
		talk_wait(100);
	}
	ck_assert_uint_eq(asked, 2); /* in the ten seconds */
	ck_assert_uint_eq(talk_elements(), 1);
	report(users[0], 1);
	ck_assert_uint_eq(answer(e), 1);
	talk_end();
}
END_TEST

START_TEST(a_keep_alive_under_way_is_not_repeated)
{
	struct talk_end *e, *users[3];
	const char *from[] = { "10.0.0.7", "10.0.0.8", "2001:db8::1" };

	talk_begin();
	e = element();
	join(e, 1, -1);
	for (int i = 0; i < 3; i++) {
		users[i] = talk_open(TCP, from[i], false);
		report(users[i], 1);
	}
	ck_assert_uint_eq(answer(e), 1);
	talk_end();
}
END_TEST

/* Proves 5352-3.5-08: nothing can be sent to it. */
START_TEST(report_about_an_orphan_removes_it)
{
	struct talk_end *e, *user;

	talk_begin();
	e = element();
	user = talk_open(0, "", true);
	join(e, 1, -1);
	talk_close(e);
	report(user, 2); /* about nobody */
	ck_assert_uint_eq(talk_elements(), 1);
	report(user, 1);
	ck_assert_uint_eq(talk_elements(), 0);
	expect_removed("reported unreachable, and gone");
	talk_end();
}
END_TEST

START_TEST(everything_due_is_done_in_parts)
{
	struct talk_end *e;
	unsigned ticks = 0;

	talk_begin();
	e = element();
	for (uint32_t id = 0; id < 3000; id++)
		join(e, id, 1);
	talk.now += 1000;
	while (rsp_registry_deadline(talk.registry) <= talk.now) {
		rsp_registry_tick(talk.registry, talk.now);
		ticks++;
	}
	ck_assert_uint_gt(ticks, 2);
	ck_assert_uint_eq(talk_elements(), 0);
	talk_end();
}
END_TEST

START_TEST(what_waits_for_a_closed_association_is_dropped)
{
	struct rsp_out out;
	struct talk_end *e;
	unsigned events = 0;

	talk_begin();
	e = element();
	join(e, 1, 1);
	talk.now += 1000;
	rsp_registry_tick(talk.registry, talk.now);
	rsp_registry_close(talk.registry, talk.now, e->assoc);
	while (rsp_registry_output(talk.registry, &out)) {
		ck_assert_int_eq(out.kind, RSP_OUT_EVENT);
		ck_assert_ptr_null(out.assoc);
		ck_assert_ptr_null(out.user);
		events++;
	}
	ck_assert_uint_eq(events, 1);
	talk_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("watch");
	TCase *t = tcase_create("watch");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, registration_ends_with_its_life);
	tcase_add_loop_test(t, life_of_rsplibs_elements_is_in_milliseconds, 0,
	    (int)(sizeof(lives) / sizeof(lives[0])));
	tcase_add_test(t, life_for_ever_outlives_everything);
	tcase_add_test(t, keep_alives_are_spread_around_their_interval);
	tcase_add_test(t, elements_of_an_association_are_asked_together);
	tcase_add_test(t, element_that_does_not_answer_is_removed_and_told);
	tcase_add_test(t, only_the_element_itself_can_answer);
	tcase_add_test(t, registering_again_is_a_sign_of_life);
	tcase_add_test(t, lost_connection_has_its_grace);
	tcase_add_test(t, lost_sctp_association_has_none);
	tcase_add_test(t, element_that_comes_back_in_time_stays);
	tcase_add_test(t, report_has_the_element_asked_at_once);
	tcase_add_test(t, reports_beyond_the_limit_remove);
	tcase_add_test(t, no_burst_of_reports_removes_who_answers);
	tcase_add_test(t, a_network_counts_once_per_interval);
	tcase_add_test(t,
	    answers_clear_the_count_and_a_host_counts_once_per_interval);
	tcase_add_test(t, a_keep_alive_under_way_is_not_repeated);
	tcase_add_test(t, report_about_an_orphan_removes_it);
	tcase_add_test(t, everything_due_is_done_in_parts);
	tcase_add_test(t, what_waits_for_a_closed_association_is_dropped);
	suite_add_tcase(s, t);
	return run_suite(s);
}
