/* SPDX-License-Identifier: Apache-2.0 */
/* check_resolver.c - claims about handle resolution by a pool user, on virtual
 * time
 *
 * Proves 5352-3.3-02, -06 (T1), -07, -08, -09, -10; 5352-4-02 (ASAP_ERROR);
 * 5352-3.5-01 (the report's encoding).
 */
#include "tests/lib/suite.h"

#include <string.h>

#include "rsp/core/user/resolver.h"

#define WEB ((struct rsp_span){ (const uint8_t *)"Web", 3 })

static uint8_t in[4096], out[4096];
static struct rsp_resolver_config config;
static struct rsp_resolver resolver;
static struct rsp_resolver_step step;
static rsp_time now;

static void
setup(void)
{
	now = 1000;
	config = (struct rsp_resolver_config){ .n_turns = 2,
		.turns = { 7, 5 },
		.t1_ms = 100,
		.deadline = 1150,
		.handle = WEB,
		.items = 128,
		.out = out,
		.in = in,
		.out_size = sizeof(out),
		.in_size = sizeof(in) };
}

static void
start(void)
{
	ck_assert_int_eq(rsp_resolver_init(&resolver, &config, now), RSP_OK);
}

static enum rsp_resolver_kind
next(void)
{
	return rsp_resolver_step(&resolver, now, &step);
}

/* Until the question is sent. */
static void
send_question(unsigned registrar)
{
	ck_assert_int_eq(next(), RSP_STEP_CONNECT);
	ck_assert_uint_eq(step.registrar, registrar);
	rsp_resolver_connected(&resolver);
	while (next() == RSP_STEP_SEND)
		rsp_resolver_sent(&resolver, step.bytes.len);
	ck_assert_int_eq(next(), RSP_STEP_WAIT);
}

static size_t
make_response(uint8_t *bytes, size_t size, struct rsp_span handle,
    unsigned n_elements, int cause, int second)
{
	uint8_t room[1024], causes[16];
	struct rsp_builder b = rsp_builder_into(bytes, size);
	struct rsp_builder e = rsp_builder_into(room, sizeof(room));
	struct rsp_builder c = rsp_builder_into(causes, sizeof(causes));
	struct rsp_span none = { NULL, 0 };
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_RESOLUTION_RESPONSE);
	m.has_handle = true;
	m.handle = handle;
	for (unsigned i = 0; i < n_elements; i++) {
		struct rsp_pe pe = { .id = i + 1,
			.life = 90,
			.policy = { .type = 1 } };

		pe.user = (struct rsp_transport){ .type = RSP_PARAM_TCP,
			.port = 80,
			.n_addresses = 1,
			.addresses = { { 4, { 10, 0, 0, 1 } } } };
		rsp_put_pe(&e, &pe);
	}
	m.elements = rsp_builder_span(&e);
	if (cause >= 0)
		rsp_put_cause(&c, (uint16_t)cause, none);
	if (second >= 0)
		rsp_put_cause(&c, (uint16_t)second, none);
	m.has_error = cause >= 0;
	m.causes = rsp_builder_span(&c);
	rsp_message_encode(&b, &m);
	ck_assert(!b.overflow);
	return b.len;
}

static void
receive(const uint8_t *bytes, size_t len)
{
	ck_assert_int_eq(next(), RSP_STEP_WAIT);
	ck_assert_uint_ge(step.room_size, len);
	memcpy(step.room, bytes, len);
	rsp_resolver_received(&resolver, now, len);
}

static void
respond(struct rsp_span handle, unsigned n_elements, int cause)
{
	uint8_t bytes[2048];

	receive(bytes,
	    make_response(bytes, sizeof(bytes), handle, n_elements, cause, -1));
}

/* Proves hropt-2.1-01, 5356-5.1-08, 5356-5.3-08, delay-3.3-02. */
START_TEST(the_question_holds_handle_items_and_any_case)
{
	struct rsp_message m;

	config.any_case = _i == 1;
	start();
	ck_assert_int_eq(next(), RSP_STEP_CONNECT);
	ck_assert_int_eq(next(), RSP_STEP_CONNECT);
	rsp_resolver_connected(&resolver);
	ck_assert_int_eq(next(), RSP_STEP_SEND);
	ck_assert_int_eq(rsp_message_decode(RSP_ASAP, step.bytes, &m, NULL),
	    RSP_OK);
	ck_assert_uint_eq(m.type, RSP_ASAP_RESOLUTION);
	ck_assert(rsp_span_equal(m.handle, WEB));
	ck_assert_uint_eq(m.items, 128);
	ck_assert_int_eq(m.any_case, _i == 1);
	ck_assert_uint_eq(m.flags, 0);
}
END_TEST

START_TEST(a_question_may_leave_the_number_open)
{
	struct rsp_message m;

	config.items = (uint32_t)_i;
	start();
	next();
	rsp_resolver_connected(&resolver);
	ck_assert_int_eq(next(), RSP_STEP_SEND);
	ck_assert_int_eq(rsp_message_decode(RSP_ASAP, step.bytes, &m, NULL),
	    RSP_OK);
	ck_assert_int_eq(m.has_items, _i > 0);
	ck_assert_uint_eq(m.items, (unsigned)_i);
}
END_TEST

/* Proves 5352-2.2.6-13. */
START_TEST(an_answer_ends_it)
{
	start();
	send_question(7);
	respond(WEB, 3, -1);
	ck_assert_int_eq(next(), RSP_STEP_DONE);
	ck_assert_int_eq(resolver.result, RSP_RESOLVER_FOUND);
	ck_assert(rsp_span_equal(resolver.handle, WEB));
	ck_assert_uint_eq(resolver.policy.type, 1);
	ck_assert_uint_gt(resolver.elements.len, 3 * 20);
	ck_assert_uint_eq(resolver.answered, 0);
	now += 10000;
	ck_assert_int_eq(next(), RSP_STEP_DONE);
	ck_assert_int_eq(resolver.result, RSP_RESOLVER_FOUND);
}
END_TEST

START_TEST(sending_goes_on_where_it_stopped)
{
	uint8_t sent[100];
	size_t len = 0;
	struct rsp_message m;

	start();
	next();
	rsp_resolver_connected(&resolver);
	while (next() == RSP_STEP_SEND) {
		sent[len++] = step.bytes.at[0];
		rsp_resolver_sent(&resolver, 1);
		ck_assert_uint_lt(len, sizeof(sent));
	}
	ck_assert_int_eq(rsp_message_decode(RSP_ASAP,
			     (struct rsp_span){ sent, len }, &m, NULL),
	    RSP_OK);
}
END_TEST

START_TEST(reports_go_first)
{
	uint8_t reports[256];
	struct rsp_builder b = rsp_builder_into(reports, sizeof(reports));
	struct rsp_message m;

	rsp_resolver_put_report(&b, WEB, 0x1234);
	config.reports = rsp_builder_span(&b);
	if (_i == 1)
		config.handle.len = 0;
	start();
	next();
	rsp_resolver_connected(&resolver);
	ck_assert_int_eq(next(), RSP_STEP_SEND);
	ck_assert_int_eq(rsp_message_decode(RSP_ASAP, step.bytes, &m, NULL),
	    RSP_OK);
	ck_assert_uint_eq(m.type, RSP_ASAP_UNREACHABLE);
	ck_assert_uint_eq(m.pe_id, 0x1234);
	rsp_resolver_sent(&resolver, step.bytes.len);
	if (_i == 0) {
		ck_assert_int_eq(next(), RSP_STEP_SEND);
		ck_assert_int_eq(rsp_message_decode(RSP_ASAP, step.bytes, &m,
				     NULL),
		    RSP_OK);
		ck_assert_uint_eq(m.type, RSP_ASAP_RESOLUTION);
		return;
	}
	/* and alone, when nothing is asked */
	ck_assert_int_eq(next(), RSP_STEP_DONE);
	ck_assert_int_eq(resolver.result, RSP_RESOLVER_REPORTED);
}
END_TEST

START_TEST(nothing_at_all_is_done_once_connected)
{
	config.handle.len = 0;
	start();
	ck_assert_int_eq(next(), RSP_STEP_CONNECT);
	rsp_resolver_connected(&resolver);
	ck_assert_int_eq(next(), RSP_STEP_DONE);
	ck_assert_int_eq(resolver.result, RSP_RESOLVER_REPORTED);
}
END_TEST

/* Proves 5352-2.2.6-06, 5356-4.1-01, 5356-4.1-02. */
START_TEST(an_answer_without_a_policy_is_round_robin)
{
	uint8_t bytes[64];

	start();
	send_question(7);
	receive(bytes, hex("06000034 00090007 57656200"
			   "000a0028 00000001 00000001 0000005a"
			   "00050010 00500000 00010008 0a000001"
			   "00080008 00000003",
			   bytes));
	ck_assert_int_eq(next(), RSP_STEP_DONE);
	ck_assert_int_eq(resolver.result, RSP_RESOLVER_FOUND);
	ck_assert_uint_eq(resolver.policy.type, 1);
}
END_TEST

/* Proves 5352-3.7.2-04: after the last one's silence the question has failed.
 */
START_TEST(t1_gives_the_next_its_turn_until_the_deadline)
{
	start();
	send_question(7);
	ck_assert_int_eq(step.deadline, 1100);
	now = 1099;
	ck_assert_int_eq(next(), RSP_STEP_WAIT);
	now = 1100;
	ck_assert_int_eq(next(), RSP_STEP_CONNECT);
	ck_assert_uint_eq(step.registrar, 5);
	ck_assert_int_eq(step.deadline, 1150);
	now = 1150;
	ck_assert_int_eq(next(), RSP_STEP_DONE);
	ck_assert_int_eq(resolver.result, RSP_RESOLVER_NOBODY);
	ck_assert_int_eq(resolver.turns[0].turn, RSP_TURN_SILENT);
	ck_assert_int_eq(resolver.turns[1].turn, RSP_TURN_SILENT);
}
END_TEST

START_TEST(a_failed_connection_gives_the_next_its_turn)
{
	start();
	next();
	rsp_resolver_failed(&resolver, 111);
	ck_assert_int_eq(resolver.turns[0].turn, RSP_TURN_FAILED);
	ck_assert_int_eq(resolver.turns[0].why, 111);
	send_question(5);
	rsp_resolver_failed(&resolver, 0);
	ck_assert_int_eq(next(), RSP_STEP_DONE);
	ck_assert_int_eq(resolver.result, RSP_RESOLVER_NOBODY);
}
END_TEST

START_TEST(without_registrars_nobody_answers)
{
	config.n_turns = 0;
	start();
	ck_assert_int_eq(next(), RSP_STEP_DONE);
	ck_assert_int_eq(resolver.result, RSP_RESOLVER_NOBODY);
}
END_TEST

START_TEST(an_unknown_pool_is_doubted_for_a_moment)
{
	start();
	send_question(7);
	respond(WEB, 0, RSP_CAUSE_HANDLE);
	ck_assert_int_eq(next(), RSP_STEP_CONNECT);
	ck_assert_uint_eq(step.registrar, 5);
	ck_assert_int_eq(step.deadline, 1000 + RSP_RESOLVER_DOUBT_MS);
	if (_i == 0) { /* the second knows better */
		send_question(5);
		respond(WEB, 1, -1);
	} else if (_i == 1) { /* or not either */
		send_question(5);
		respond(WEB, 0, RSP_CAUSE_HANDLE);
	} else /* or says nothing */
		now += RSP_RESOLVER_DOUBT_MS;
	ck_assert_int_eq(next(), RSP_STEP_DONE);
	ck_assert_int_eq(resolver.result,
	    _i == 0 ? RSP_RESOLVER_FOUND : RSP_RESOLVER_UNKNOWN);
}
END_TEST

START_TEST(an_answer_without_elements_is_an_unknown_pool)
{
	config.n_turns = 1;
	start();
	send_question(7);
	respond(WEB, 0, -1);
	ck_assert_int_eq(next(), RSP_STEP_DONE);
	ck_assert_int_eq(resolver.result, RSP_RESOLVER_UNKNOWN);
}
END_TEST

static const struct {
	const char *name;
	const char *bytes;
	enum rsp_resolver_turn turn;
	int why;
} errors[] = {
	{ "length below header", "0600 0003", RSP_TURN_BAD, 0 },
	{ "longer than the room", "0600 ffff 0000", RSP_TURN_BAD, 0 },
	{ "response without a handle", "0600 0004", RSP_TURN_BAD, 0 },
	{ "response with half a parameter", "0600 0008 0009 0009", RSP_TURN_BAD,
	    0 },
	{ "ASAP_ERROR", "0e00 000c 000c 0008 0006 0004", RSP_TURN_REFUSED, 6 },
	{ "lack of resources",
	    "0600 0014 0009 0007 5765 6200 000c 0008 0006 0004",
	    RSP_TURN_REFUSED, 6 },
	{ "an unspecified error",
	    "0600 0014 0009 0007 5765 6200 000c 0008 0000 0004",
	    RSP_TURN_REFUSED, 0 },
};

START_TEST(what_is_no_answer_gives_the_next_its_turn)
{
	uint8_t bytes[64];
	size_t len = hex(errors[_i].bytes, bytes);

	start();
	send_question(7);
	receive(bytes, len);
	ck_assert_msg(resolver.turns[0].turn == errors[_i].turn, "%s: %d",
	    errors[_i].name, (int)resolver.turns[0].turn);
	ck_assert_msg(resolver.turns[0].why == errors[_i].why, "%s: %d",
	    errors[_i].name, resolver.turns[0].why);
	ck_assert_int_eq(next(), RSP_STEP_CONNECT);
	ck_assert_uint_eq(step.registrar, 5);
}
END_TEST

static const char *const others[] = {
	"0700 0010 0000 0001 0009 0007 5765 6200",	     /* a keep-alive */
	"0600 0014 0009 0008 4f74 6865 000c 0008 0009 0004", /* another pool */
	"1f00 0004", /* unknown, class 00 */
};

START_TEST(what_nobody_asked_for_is_passed_over)
{
	uint8_t bytes[2048];
	size_t len = hex(others[_i], bytes);

	start();
	send_question(7);
	len += make_response(bytes + len, sizeof(bytes) - len, WEB, 2, -1, -1);
	for (size_t i = 0; i < len; i++)
		receive(bytes + i, 1);
	ck_assert_int_eq(next(), RSP_STEP_DONE);
	ck_assert_int_eq(resolver.result, RSP_RESOLVER_FOUND);
}
END_TEST

START_TEST(passed_over_messages_leave_room_for_ever)
{
	uint8_t bytes[16];
	size_t len = hex(others[0], bytes);

	start();
	send_question(7);
	for (int i = 0; i < 1000; i++)
		receive(bytes, len);
	ck_assert_int_eq(next(), RSP_STEP_WAIT);
	ck_assert_uint_eq(step.room_size, sizeof(in));
}
END_TEST

START_TEST(a_real_handle_may_differ_in_case_if_that_was_asked)
{
	struct rsp_span real = { (const uint8_t *)"wEB", 3 };
	struct rsp_span other = { (const uint8_t *)"wEC", 3 };

	config.any_case = _i == 1;
	start();
	send_question(7);
	respond(other, 1, -1);
	ck_assert_int_eq(next(), RSP_STEP_WAIT);
	respond(real, 1, -1);
	ck_assert_int_eq(next(), _i == 1 ? RSP_STEP_DONE : RSP_STEP_WAIT);
	if (_i == 1)
		ck_assert(rsp_span_equal(resolver.handle, real));
}
END_TEST

START_TEST(several_pools_that_differ_in_case_are_told)
{
	uint8_t bytes[64];
	size_t len = make_response(bytes, sizeof(bytes), WEB, 0,
	    RSP_CAUSE_HANDLE, RSP_CAUSE_INVALID);

	config.any_case = _i == 1;
	config.n_turns = 1;
	start();
	send_question(7);
	receive(bytes, len);
	ck_assert_int_eq(next(), RSP_STEP_DONE);
	ck_assert_int_eq(resolver.result,
	    _i == 1 ? RSP_RESOLVER_SEVERAL : RSP_RESOLVER_UNKNOWN);
}
END_TEST

START_TEST(a_question_that_does_not_fit_is_refused)
{
	config.out_size = 10;
	ck_assert_int_eq(rsp_resolver_init(&resolver, &config, now),
	    RSP_ESPACE);
	ck_assert_int_eq(next(), RSP_STEP_DONE);
	ck_assert_int_eq(resolver.result, RSP_RESOLVER_NOBODY);
}
END_TEST

START_TEST(events_that_make_no_sense_change_nothing)
{
	config.n_turns = 200;
	start();
	ck_assert_uint_eq(resolver.config.n_turns, RSP_RESOLVER_TURNS);
	rsp_resolver_connected(&resolver);
	rsp_resolver_failed(&resolver, 1);
	rsp_resolver_sent(&resolver, 1);
	rsp_resolver_received(&resolver, now, 1);
	ck_assert_int_eq(next(), RSP_STEP_CONNECT);
	rsp_resolver_connected(&resolver);
	ck_assert_int_eq(next(), RSP_STEP_SEND);
	rsp_resolver_sent(&resolver, step.bytes.len + 1);
	ck_assert_int_eq(next(), RSP_STEP_SEND);
	rsp_resolver_received(&resolver, now, sizeof(in) + 1);
	ck_assert_int_eq(next(), RSP_STEP_SEND);
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

int
main(void)
{
	Suite *s = suite_create("resolver");
	TCase *t = tcase_create("resolver");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, a_question_may_leave_the_number_open, 0, 3);
	tcase_add_loop_test(t, the_question_holds_handle_items_and_any_case, 0,
	    2);
	tcase_add_test(t, an_answer_ends_it);
	tcase_add_test(t, an_answer_without_a_policy_is_round_robin);
	tcase_add_test(t, sending_goes_on_where_it_stopped);
	tcase_add_loop_test(t, reports_go_first, 0, 2);
	tcase_add_test(t, nothing_at_all_is_done_once_connected);
	tcase_add_test(t, t1_gives_the_next_its_turn_until_the_deadline);
	tcase_add_test(t, a_failed_connection_gives_the_next_its_turn);
	tcase_add_test(t, without_registrars_nobody_answers);
	tcase_add_loop_test(t, an_unknown_pool_is_doubted_for_a_moment, 0, 3);
	tcase_add_test(t, an_answer_without_elements_is_an_unknown_pool);
	tcase_add_loop_test(t, what_is_no_answer_gives_the_next_its_turn, 0,
	    COUNT(errors));
	tcase_add_loop_test(t, what_nobody_asked_for_is_passed_over, 0,
	    COUNT(others));
	tcase_add_test(t, passed_over_messages_leave_room_for_ever);
	tcase_add_loop_test(t,
	    a_real_handle_may_differ_in_case_if_that_was_asked, 0, 2);
	tcase_add_loop_test(t, several_pools_that_differ_in_case_are_told, 0,
	    2);
	tcase_add_test(t, a_question_that_does_not_fit_is_refused);
	tcase_add_test(t, events_that_make_no_sense_change_nothing);
	suite_add_tcase(s, t);
	return run_suite(s);
}
