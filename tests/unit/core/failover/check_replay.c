/* SPDX-License-Identifier: Apache-2.0 */
/* check_replay.c - claims about moving connections whose protocol is unknown
 *
 * A story is a line of steps: ">text" is sent, "+text" is the rest of it,
 * "<text" received, "~" the program is about to send and has not read
 * everything.
 */
#include "tests/lib/suite.h"

#include <string.h>

#include "rsp/core/failover/replay.h"

static uint8_t room[16];

static const struct row {
	const char *name;
	enum rsp_replay_kind kind;
	const char *steps[6];
	bool sending;
	enum rsp_repeat move;
	const char *repeated;
} rows[] = {
	{ "idle: between exchanges, sending", RSP_REPLAY_IDLE,
	    { ">ask", "<answer" }, true, RSP_REPEAT_IDLE, "" },
	{ "idle: between exchanges, reading", RSP_REPLAY_IDLE,
	    { ">ask", "<answer" }, false, RSP_REPEAT_STAY, "" },
	{ "idle: a question is out", RSP_REPLAY_IDLE, { ">ask" }, false,
	    RSP_REPEAT_STAY, "" },
	{ "idle: the second question is out", RSP_REPLAY_IDLE,
	    { ">ask", "<answer", ">again" }, false, RSP_REPEAT_STAY, "" },
	{ "idle: the server has spoken", RSP_REPLAY_IDLE, { "<hello" }, true,
	    RSP_REPEAT_IDLE, "" },
	{ "idle: two questions, something comes", RSP_REPLAY_IDLE,
	    { ">a", ">b", "<A" }, true, RSP_REPEAT_STAY, "" },
	{ "idle: two questions, all comes", RSP_REPLAY_IDLE,
	    { ">a", ">b", "<A", "<B" }, true, RSP_REPEAT_STAY, "" },
	{ "idle: two questions, later", RSP_REPLAY_IDLE,
	    { ">a", ">b", "<AB", ">c", "<C" }, true, RSP_REPEAT_STAY, "" },
	{ "idle: two questions after an exchange", RSP_REPLAY_IDLE,
	    { ">a", "<A", ">b", ">c", "<B" }, true, RSP_REPEAT_STAY, "" },
	{ "idle: a question in pieces", RSP_REPLAY_IDLE,
	    { ">as", "+k", "<answer" }, true, RSP_REPEAT_IDLE, "" },
	{ "idle: an answer before the question's end", RSP_REPLAY_IDLE,
	    { ">as", "<answer", "+k", "<more" }, true, RSP_REPEAT_STAY, "" },
	{ "idle: the next question before the answer is read", RSP_REPLAY_IDLE,
	    { ">ask", "<ans", "~", ">b", "<wer" }, true, RSP_REPEAT_STAY, "" },
	{ "idle: the first one before a greeting is read", RSP_REPLAY_IDLE,
	    { "~", ">ask", "<hello" }, true, RSP_REPEAT_STAY, "" },
	{ "replay: two questions are out", RSP_REPLAY_ALL, { ">a", ">b" },
	    false, RSP_REPEAT_REQUEST, "ab" },
	{ "replay: two questions, something comes", RSP_REPLAY_ALL,
	    { ">a", ">b", "<A" }, false, RSP_REPEAT_STAY, "" },
	{ "replay: the same, sending", RSP_REPLAY_ALL, { ">a", ">b", "<A" },
	    true, RSP_REPEAT_STAY, "" },
	{ "replay: the next question before the answer is read", RSP_REPLAY_ALL,
	    { ">ask", "<ans", "~", ">b" }, false, RSP_REPEAT_STAY, "" },
	{ "replay: a question is out", RSP_REPLAY_ALL, { ">ask" }, false,
	    RSP_REPEAT_REQUEST, "ask" },
	{ "replay: a question in pieces", RSP_REPLAY_ALL, { ">as", ">k" },
	    false, RSP_REPEAT_REQUEST, "ask" },
	{ "replay: in the answer", RSP_REPLAY_ALL, { ">ask", "<ans" }, false,
	    RSP_REPEAT_REQUEST, "ask" },
	{ "replay: the answer was all, the next begins", RSP_REPLAY_ALL,
	    { ">ask", "<answer" }, true, RSP_REPEAT_IDLE, "" },
	{ "replay: only the last question", RSP_REPLAY_ALL,
	    { ">ask", "<answer", ">again" }, false, RSP_REPEAT_REQUEST,
	    "again" },
	{ "replay: as long as the room", RSP_REPLAY_ALL,
	    { ">0123456789abcdef" }, false, RSP_REPEAT_REQUEST,
	    "0123456789abcdef" },
	{ "replay: longer than the room", RSP_REPLAY_ALL,
	    { ">0123456789", ">abcdefg" }, false, RSP_REPEAT_STAY, "" },
	{ "replay: a short one after a long one", RSP_REPLAY_ALL,
	    { ">0123456789", "+abcdefg", "<answer", ">ask" }, false,
	    RSP_REPEAT_REQUEST, "ask" },
	{ "greeting: repeated", RSP_REPLAY_GREETING, { ">SSH-2.0-a\r\n" },
	    false, RSP_REPEAT_REQUEST, "SSH-2.0-a\r\n" },
	{ "greeting: not once the server has spoken", RSP_REPLAY_GREETING,
	    { ">SSH-2.0-a\r\n", "<SSH" }, false, RSP_REPEAT_STAY, "" },
	{ "greeting: not with more behind it", RSP_REPLAY_GREETING,
	    { ">SSH-2.0-a\r\n", ">x" }, false, RSP_REPEAT_STAY, "" },
};

static void
play(struct rsp_replay *r, const char *const *steps)
{
	for (; *steps != NULL; steps++) {
		if (**steps == '~')
			rsp_replay_unread(r);
		if (**steps == '+')
			rsp_replay_more(r);
		if (**steps == '>' || **steps == '+')
			rsp_replay_sent(r, *steps + 1, strlen(*steps + 1));
		else if (**steps == '<')
			rsp_replay_received(r, *steps + 1, strlen(*steps + 1));
	}
}

START_TEST(the_move_depends_on_who_spoke_last)
{
	const struct row *row = &rows[_i];
	const char *steps[7] = { NULL };
	struct rsp_replay r;
	struct rsp_span out;

	memcpy(steps, row->steps, sizeof(row->steps));
	rsp_replay_init(&r, row->kind, room, sizeof(room));
	play(&r, steps);
	ck_assert_msg(rsp_replay_may_move(&r, row->sending) == row->move, "%s",
	    row->name);
	if (row->move == RSP_REPEAT_STAY)
		return;
	rsp_replay_begin(&r, row->move);
	out = rsp_replay_output(&r);
	ck_assert_msg(out.len == strlen(row->repeated) &&
			  memcmp(out.at, row->repeated, out.len) == 0,
	    "%s", row->name);
	rsp_replay_output_sent(&r, out.len);
	ck_assert_uint_eq(rsp_replay_output(&r).len, 0);
}
END_TEST

/* What has been delivered is taken and compared, in any pieces. */
START_TEST(the_answer_must_come_again_equal)
{
	const char *again = _i == 0 ? "answer" : "antwort";
	static const char *const steps[] = { ">ask", "<answ", NULL };
	struct rsp_replay r;
	size_t limit, at = 0, n;

	rsp_replay_init(&r, RSP_REPLAY_ALL, room, sizeof(room));
	play(&r, steps);
	rsp_replay_begin(&r, rsp_replay_may_move(&r, false));
	while (rsp_replay_next(&r, &limit) == RSP_SPLICE_TAKE) {
		n = limit < 3 ? limit : 3;
		ck_assert_uint_eq(rsp_replay_peeked(&r, again + at, n), n);
		at += n;
	}
	ck_assert_uint_eq(at, 4);
	if (_i == 0) {
		ck_assert_int_eq(rsp_replay_next(&r, &limit), RSP_SPLICE_FLOW);
		ck_assert_uint_eq(limit, SIZE_MAX);
		/* the rest flows, and it may break once more */
		rsp_replay_received(&r, "er", 2);
		ck_assert_int_eq(rsp_replay_may_move(&r, false),
		    RSP_REPEAT_REQUEST);
		rsp_replay_begin(&r, RSP_REPEAT_REQUEST);
		ck_assert_int_eq(rsp_replay_next(&r, &limit), RSP_SPLICE_TAKE);
		ck_assert_uint_eq(limit, 6);
	} else {
		ck_assert_int_eq(rsp_replay_next(&r, &limit),
		    RSP_SPLICE_REFUSED);
		ck_assert_int_eq(rsp_replay_may_move(&r, false),
		    RSP_REPEAT_STAY);
	}
}
END_TEST

static const struct {
	const char *bytes;
	bool greeting;
} firsts[] = {
	{ "SSH-2.0-OpenSSH_9.2\r\n", true },
	{ "SSH-2.0-x\n", true },
	{ "SSH-2.0-x", false },
	{ "SSH-2.0-x\r\nmore", false },
	{ "SSH-2.0-x\r\nmore\r\n", false },
	{ "SSH\n", false },
	{ "GET / HTTP/1.1\r\n", false },
	{ "\n", false },
};

START_TEST(a_greeting_is_one_line)
{
	ck_assert_msg(rsp_replay_is_greeting(firsts[_i].bytes,
			  strlen(firsts[_i].bytes)) == firsts[_i].greeting,
	    "%s", firsts[_i].bytes);
}
END_TEST

/* RFC 4253: 255 bytes with its CR LF, and no more. */
START_TEST(a_greeting_has_its_length)
{
	char line[300];

	memset(line, 'x', sizeof(line));
	memcpy(line, "SSH-2.0-", 8);
	for (size_t n = 250; n < 260; n++) {
		line[n - 1] = '\n';
		ck_assert_int_eq(rsp_replay_is_greeting(line, n), n <= 255);
		line[n - 1] = 'x';
	}
}
END_TEST

START_TEST(what_went_by_unseen_ends_it)
{
	static const char *const steps[] = { ">ask", NULL };
	struct rsp_replay r;

	rsp_replay_init(&r, RSP_REPLAY_ALL, room, sizeof(room));
	play(&r, steps);
	ck_assert(!rsp_replay_is_over(&r));
	rsp_replay_lose(&r);
	ck_assert(rsp_replay_is_over(&r));
	ck_assert_int_eq(rsp_replay_may_move(&r, true), RSP_REPEAT_STAY);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("replay");
	TCase *t = tcase_create("replay");

	tcase_add_loop_test(t, the_move_depends_on_who_spoke_last, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(t, the_answer_must_come_again_equal, 0, 2);
	tcase_add_loop_test(t, a_greeting_is_one_line, 0,
	    (int)(sizeof(firsts) / sizeof(firsts[0])));
	tcase_add_test(t, a_greeting_has_its_length);
	tcase_add_test(t, what_went_by_unseen_ends_it);
	suite_add_tcase(s, t);
	return run_suite(s);
}
