/* SPDX-License-Identifier: Apache-2.0 */
/* check_skip.c - claims about bytes that a program has already: they are
 * compared while they come again, and not for ever */
#include "tests/lib/http_fixture.h"

#include "rsp/core/failover/replay.h"
#include "tests/lib/suite.h"

#define HAS 1000000 /* that the program has */
#define STEP ((size_t)4096)
#define SOON (RSP_TRAIL_STEP + STEP)

static uint8_t body[HAS + 100];
static uint8_t question_room[64];

static void
fill(void)
{
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 31 ^ i >> 8);
}

/* A body of which all that is there was read, and a server that sends all. */
static void
begin_http(void)
{
	fill();
	rsp_http_init(&http, room, sizeof(room));
	sent(GET);
	received(OK("Content-Length: 1000100\r\n" WEAK DATED OLD));
	rsp_http_received(&http, body, HAS);
	ck_assert(!rsp_http_is_skipping(&http));
	ck_assert(rsp_http_begin(&http));
	ck_assert(rsp_http_is_skipping(&http));
	rsp_http_peeked(&http, OK("Content-Length: 1000100\r\n" WEAK DATED OLD),
	    strlen(OK("Content-Length: 1000100\r\n" WEAK DATED OLD)));
	ck_assert(rsp_http_is_skipping(&http));
}

/* How much of it is taken before something else is to be done. */
static size_t
skip_http(enum rsp_splice_step *next)
{
	struct rsp_span bytes;
	size_t at = 0, limit;

	while (
	    (*next = rsp_http_next(&http, &limit, &bytes)) == RSP_SPLICE_TAKE) {
		limit = limit < STEP ? limit : STEP;
		ck_assert_uint_eq(rsp_http_peeked(&http, body + at, limit),
		    limit);
		at += limit;
	}
	return at;
}

START_TEST(the_same_is_skipped)
{
	enum rsp_splice_step next;

	begin_http();
	ck_assert_uint_eq(skip_http(&next), HAS);
	ck_assert_int_eq(next, RSP_SPLICE_FLOW);
	ck_assert(!rsp_http_is_skipping(&http));
}
END_TEST

static const size_t differences[] = { 0, 100, 20000, 200000 };

START_TEST(something_else_is_refused_soon)
{
	enum rsp_splice_step next;
	size_t at = differences[_i], seen;

	begin_http();
	body[at] ^= 1;
	seen = skip_http(&next);
	ck_assert_int_eq(next, RSP_SPLICE_REFUSED);
	ck_assert_uint_gt(seen, at);
	ck_assert_uint_le(seen, at + SOON);
}
END_TEST

START_TEST(a_skip_can_be_ended)
{
	struct rsp_span bytes;
	size_t limit;

	begin_http();
	rsp_http_peeked(&http, body, STEP);
	rsp_http_refuse(&http);
	ck_assert(!rsp_http_is_skipping(&http));
	ck_assert_int_eq(rsp_http_next(&http, &limit, &bytes),
	    RSP_SPLICE_REFUSED);
}
END_TEST

/* The same where nothing is known of the protocol. */
START_TEST(another_answer_is_refused_soon)
{
	size_t at = differences[_i], seen = 0, limit;
	struct rsp_replay r;

	fill();
	rsp_replay_init(&r, RSP_REPLAY_ALL, question_room,
	    sizeof(question_room));
	rsp_replay_sent(&r, "ask", 3);
	rsp_replay_received(&r, body, HAS);
	ck_assert_int_eq(rsp_replay_may_move(&r, false), RSP_REPEAT_REQUEST);
	rsp_replay_begin(&r, RSP_REPEAT_REQUEST);
	body[at] ^= 1;
	while (rsp_replay_next(&r, &limit) == RSP_SPLICE_TAKE) {
		limit = limit < STEP ? limit : STEP;
		seen += rsp_replay_peeked(&r, body + seen, limit);
	}
	ck_assert_int_eq(rsp_replay_next(&r, &limit), RSP_SPLICE_REFUSED);
	ck_assert_uint_gt(seen, at);
	ck_assert_uint_le(seen, at + SOON);
}
END_TEST

START_TEST(a_repeated_answer_can_be_ended)
{
	struct rsp_replay r;
	size_t limit;

	fill();
	rsp_replay_init(&r, RSP_REPLAY_ALL, question_room,
	    sizeof(question_room));
	rsp_replay_sent(&r, "ask", 3);
	rsp_replay_received(&r, body, HAS);
	rsp_replay_begin(&r, RSP_REPEAT_REQUEST);
	rsp_replay_peeked(&r, body, STEP);
	rsp_replay_refuse(&r);
	ck_assert_int_eq(rsp_replay_next(&r, &limit), RSP_SPLICE_REFUSED);
	ck_assert_int_eq(rsp_replay_may_move(&r, false), RSP_REPEAT_STAY);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("skip");
	TCase *t = tcase_create("skip");

	tcase_add_test(t, the_same_is_skipped);
	tcase_add_loop_test(t, something_else_is_refused_soon, 0,
	    COUNT(differences));
	tcase_add_test(t, a_skip_can_be_ended);
	tcase_add_loop_test(t, another_answer_is_refused_soon, 0,
	    COUNT(differences));
	tcase_add_test(t, a_repeated_answer_can_be_ended);
	suite_add_tcase(s, t);
	return run_suite(s);
}
