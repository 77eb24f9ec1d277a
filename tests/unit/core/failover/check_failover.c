/* SPDX-License-Identifier: Apache-2.0 */
/* check_failover.c - one exchange, told to each kind through its table
 */
#include <string.h>

#include "rsp/core/failover/http.h"
#include "rsp/core/failover/replay.h"
#include "tests/lib/suite.h"

#define ASK "GET / HTTP/1.1\r\n\r\n"
#define HALF ((size_t)9)
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd"

static union {
	struct rsp_http http;
	struct rsp_replay replay;
} object;
static uint8_t room[256];
static const struct rsp_failover_ops *ops;

/* The kinds know nothing of each other; each begins anew. */
static void
begin(int kind)
{
	memset(&object, 0xff, sizeof(object));
	ops = kind == 0 ? &rsp_http_ops : &rsp_replay_ops;
	if (kind == 0)
		rsp_http_init(&object.http, room, sizeof(room));
	else
		rsp_replay_init(&object.replay, RSP_REPLAY_ALL, room,
		    sizeof(room));
}

static void
ask(void)
{
	ck_assert_uint_eq(ops->sent(&object, ASK, HALF), HALF);
	ops->more(&object);
	ck_assert_uint_eq(ops->sent(&object, &ASK[HALF], strlen(ASK) - HALF),
	    strlen(ASK));
}

START_TEST(no_place_is_empty)
{
	void (*const *function)(void);
	size_t n = sizeof(*ops) / sizeof(*function);

	begin(_i);
	function = (void (*const *)(void))(const void *)ops;
	ck_assert_uint_gt(n, 10);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(function[i] != NULL, "function %zu", i);
}
END_TEST

START_TEST(a_question_moves_until_it_is_answered)
{
	begin(_i);
	ask();
	ck_assert_int_eq(ops->may_move(&object, false), RSP_REPEAT_REQUEST);
	ck_assert(!ops->wants_look(&object, 'P'));
	ops->received(&object, ANSWER, strlen(ANSWER));
	ck_assert_int_eq(ops->may_move(&object, true), RSP_REPEAT_IDLE);
	ck_assert(ops->wants_look(&object, 'P'));
	ck_assert(!ops->is_over(&object));
	ops->lose(&object);
	ck_assert(ops->is_over(&object));
	ck_assert_int_eq(ops->may_move(&object, true), RSP_REPEAT_STAY);
}
END_TEST

/* What may go into the void is known of HTTP only, and so is whose turn it is
 * to speak. */
START_TEST(only_http_knows_its_words)
{
	begin(_i);
	ask();
	ck_assert(ops->is_waiting(&object) == (_i == 0));
	ops->received(&object, ANSWER, strlen(ANSWER));
	ck_assert(!ops->is_waiting(&object));
	ck_assert(ops->wants_look(&object, 'G') == (_i != 0));
}
END_TEST

START_TEST(the_question_is_sent_again)
{
	struct rsp_span out;
	size_t left = strlen(ASK), limit;

	begin(_i);
	ask();
	ck_assert_uint_eq(ops->unsent(&object, false), left);
	ck_assert(ops->begin(&object, RSP_REPEAT_REQUEST));
	out = ops->output(&object);
	ck_assert_uint_eq(out.len, left);
	ck_assert_mem_eq(out.at, ASK, left);
	ops->output_sent(&object, HALF);
	ck_assert_uint_eq(ops->unsent(&object, true), left - HALF);
	ops->output_sent(&object, left - HALF);
	ck_assert_uint_eq(ops->output(&object).len, 0);
	ck_assert(!ops->is_moving(&object));
	ck_assert_int_eq(ops->next(&object, &limit, &out), RSP_SPLICE_FLOW);
	ck_assert_uint_eq(limit, SIZE_MAX);
}
END_TEST

/* In the middle of an answer, where its head says what it is of. */
START_TEST(half_an_answer_is_passed_over_or_refused)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
				   "ETag: \"1\"\r\n\r\nab";
	struct rsp_span bytes;
	size_t limit;

	begin(_i);
	ask();
	ops->received(&object, head, strlen(head));
	ck_assert_uint_eq(ops->delivered(&object), _i == 0 ? 2 : strlen(head));
	ck_assert(ops->begin(&object, ops->may_move(&object, false)));
	ck_assert(ops->is_moving(&object));
	ck_assert(ops->is_skipping(&object));
	ck_assert_uint_gt(ops->peeked(&object, head, HALF), 0);
	ops->refuse(&object);
	ck_assert(!ops->is_skipping(&object));
	ck_assert_int_eq(ops->next(&object, &limit, &bytes),
	    RSP_SPLICE_REFUSED);
}
END_TEST

START_TEST(what_was_not_read_ends_the_unknown)
{
	begin(_i);
	ask();
	ops->received(&object, ANSWER, strlen(ANSWER));
	ops->unread(&object);
	ck_assert(ops->is_over(&object) == (_i != 0));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("failover");
	TCase *t = tcase_create("failover");

	tcase_add_loop_test(t, no_place_is_empty, 0, 2);
	tcase_add_loop_test(t, a_question_moves_until_it_is_answered, 0, 2);
	tcase_add_loop_test(t, only_http_knows_its_words, 0, 2);
	tcase_add_loop_test(t, the_question_is_sent_again, 0, 2);
	tcase_add_loop_test(t, half_an_answer_is_passed_over_or_refused, 0, 2);
	tcase_add_loop_test(t, what_was_not_read_ends_the_unknown, 0, 2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
