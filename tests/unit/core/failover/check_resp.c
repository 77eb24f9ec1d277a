/* SPDX-License-Identifier: Apache-2.0 */
/* check_resp.c - claims about what is out on a connection that speaks Redis's
 * protocol
 *
 * A story is as in check_replay.c: ">" is sent, "<" received.
 */
#include "rsp/core/failover/resp.h"

#include <string.h>

#include "rsp/core/failover/replay.h"
#include "tests/lib/suite.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define A "*1\r\n$1\r\na\r\n"
#define B "*2\r\n$3\r\nGET\r\n$1\r\nb\r\n"
#define FOUR "*1\r\n*1\r\n*1\r\n*1\r\n"
#define EIGHT FOUR FOUR

/* clang-format off */
static const struct {
	const char *bytes;
	int count; /* of whole values; -1: no such protocol */
	bool between;
} streams[] = {
	{ "", 0, true },
	{ "+OK\r\n", 1, true },
	{ "-ERR what is that\r\n:-12\r\n", 2, true },
	{ "$5\r\nhello\r\n", 1, true },
	{ "$0\r\n\r\n", 1, true },
	{ "$-1\r\n*-1\r\n", 2, true },
	{ "$4\r\n\r\n\r\n\r\n", 1, true },
	{ "*0\r\n+a\r\n", 2, true },
	{ "*2\r\n:1\r\n*2\r\n+a\r\n$1\r\nb\r\n", 1, true },
	{ "*2\r\n*0\r\n*-1\r\n", 1, true },
	{ "%1\r\n+a\r\n:1\r\n", 1, true },
	{ "~2\r\n#t\r\n_\r\n,1.5\r\n(123\r\n=5\r\ntxt:a\r\n", 4, true },
	{ ">2\r\n+message\r\n+a\r\n", 0, true },
	{ "|1\r\n+a\r\n:1\r\n+b\r\n", 1, true },
	{ A B, 2, true },
	{ "$5\r\nhello", 0, false },
	{ "$5\r\nhello\r", 0, false },
	{ "*2\r\n+a\r\n", 0, false },
	{ "+O", 0, false },
	{ "|1\r\n+a\r\n", 0, false },
	{ "PING\r\n", -1, false },
	{ "$5\r\nhello!", -1, false },
	{ "$\r\n", -1, false },
	{ "$?\r\n", -1, false },
	{ "*-2\r\n", -1, false },
	{ "+a\r+", -1, false },
	{ EIGHT EIGHT EIGHT EIGHT "+a\r\n", 1, true },
	{ EIGHT EIGHT EIGHT EIGHT "*1\r\n", -1, false },
	{ "*99999999999999999999\r\n", -1, false },
};
/* clang-format on */

START_TEST(whole_values_are_counted)
{
	const char *p = streams[_i].bytes;
	size_t n = strlen(p), some;
	struct rsp_resp r;

	for (size_t step = 1; step < 60; step = step * 2 + 1) {
		rsp_resp_init(&r);
		for (size_t at = 0; at < n; at += some) {
			some = step < n - at ? step : n - at;
			rsp_resp_add(&r, p + at, some);
		}
		ck_assert_msg(r.bad == (streams[_i].count < 0), "%s", p);
		if (r.bad)
			continue;
		ck_assert_msg(r.count == (uint64_t)streams[_i].count, "%s: %d",
		    p, (int)r.count);
		ck_assert_msg(rsp_resp_is_between(&r) == streams[_i].between,
		    "%s", p);
	}
}
END_TEST

/* clang-format off */
static const struct {
	const char *name;
	enum rsp_replay_kind kind;
	const char *steps[6];
	bool sending;
	enum rsp_repeat move;
	const char *repeated;
} stories[] = {
	{ "two at once, both answered", RSP_REPLAY_IDLE, { ">" A B, "<+a\r\n+b\r\n" }, true,
	  RSP_REPEAT_IDLE, "" },
	{ "two at once, one answered", RSP_REPLAY_IDLE, { ">" A B, "<+a\r\n" }, true,
	  RSP_REPEAT_STAY, "" },
	{ "two by two calls, one answered", RSP_REPLAY_IDLE, { ">" A, ">" B, "<+a\r\n" }, true,
	  RSP_REPEAT_STAY, "" },
	{ "two by two calls, both answered", RSP_REPLAY_IDLE,
	  { ">" A, ">" B, "<+a\r\n", "<+b\r\n" }, true, RSP_REPEAT_IDLE, "" },
	{ "a part of an answer", RSP_REPLAY_IDLE, { ">" A, "<*2\r\n+a\r\n" }, true,
	  RSP_REPEAT_STAY, "" },
	{ "half a command", RSP_REPLAY_IDLE, { ">" A "*1\r\n", "<+a\r\n" }, true, RSP_REPEAT_STAY,
	  "" },
	{ "a command in pieces", RSP_REPLAY_IDLE, { ">*1\r\n", ">$1\r\na\r\n", "<+a\r\n" }, true,
	  RSP_REPEAT_IDLE, "" },
	{ "nobody asked", RSP_REPLAY_IDLE, { ">" A, "<+a\r\n+b\r\n" }, true, RSP_REPEAT_STAY, "" },
	{ "who reads may wait for more", RSP_REPLAY_IDLE, { ">" A, "<+a\r\n" }, false,
	  RSP_REPEAT_STAY, "" },
	{ "another protocol in return", RSP_REPLAY_IDLE, { ">" A, "<what\r\n" }, true,
	  RSP_REPEAT_STAY, "" },
	{ "the next before the last is answered", RSP_REPLAY_IDLE,
	  { ">" A, "<*2\r\n+a\r\n", ">" B, "<+a\r\n" }, true, RSP_REPEAT_STAY, "" },
	{ "replay: all that is out", RSP_REPLAY_ALL, { ">" A, ">" B, "<+a\r\n" }, false,
	  RSP_REPEAT_REQUEST, A B },
	{ "replay: and no more", RSP_REPLAY_ALL, { ">" A, "<+a\r\n", ">" B }, false,
	  RSP_REPEAT_REQUEST, B },
	{ "replay: an answer's rest is out, too", RSP_REPLAY_ALL,
	  { ">" A, "<*2\r\n+a\r\n", ">" B }, false, RSP_REPEAT_REQUEST, A B },
	{ "replay: nothing is out", RSP_REPLAY_ALL, { ">" A, "<+a\r\n" }, false, RSP_REPEAT_IDLE,
	  "" },
};
/* clang-format on */

START_TEST(what_is_out_is_known)
{
	const char *const *steps = stories[_i].steps;
	static uint8_t room[100];
	struct rsp_replay r;
	struct rsp_span out;

	rsp_replay_init(&r, stories[_i].kind, room, sizeof(room));
	for (; *steps != NULL; steps++) {
		if (**steps == '>')
			rsp_replay_sent(&r, *steps + 1, strlen(*steps + 1));
		else
			rsp_replay_received(&r, *steps + 1, strlen(*steps + 1));
	}
	ck_assert_msg(rsp_replay_may_move(&r, stories[_i].sending) ==
			  stories[_i].move,
	    "%s", stories[_i].name);
	if (stories[_i].move == RSP_REPEAT_STAY)
		return;
	rsp_replay_begin(&r, stories[_i].move);
	out = rsp_replay_output(&r);
	ck_assert_msg(out.len == strlen(stories[_i].repeated) &&
			  memcmp(out.at, stories[_i].repeated, out.len) == 0,
	    "%s", stories[_i].name);
}
END_TEST

/* Bytes that lie unread are the rest of an answer, or nobody's. */
START_TEST(unread_bytes_are_an_answers_or_nobodys)
{
	static uint8_t room[100];
	struct rsp_replay r;

	rsp_replay_init(&r, RSP_REPLAY_IDLE, room, sizeof(room));
	rsp_replay_sent(&r, A, strlen(A));
	rsp_replay_unread(&r);
	rsp_replay_sent(&r, B, strlen(B));
	rsp_replay_received(&r, "+a\r\n+b\r\n", 8);
	ck_assert_int_eq(rsp_replay_may_move(&r, true), RSP_REPEAT_IDLE);
	rsp_replay_unread(&r);
	ck_assert_int_eq(rsp_replay_may_move(&r, true), RSP_REPEAT_STAY);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("resp");
	TCase *t = tcase_create("resp");

	tcase_add_loop_test(t, whole_values_are_counted, 0, COUNT(streams));
	tcase_add_loop_test(t, what_is_out_is_known, 0, COUNT(stories));
	tcase_add_test(t, unread_bytes_are_an_answers_or_nobodys);
	suite_add_tcase(s, t);
	return run_suite(s);
}
