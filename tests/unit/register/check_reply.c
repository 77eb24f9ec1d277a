/* SPDX-License-Identifier: Apache-2.0 */
/* check_reply.c - claims about answers to a check by HTTP */
#include "tests/lib/suite.h"

#include <string.h>

#include "rsp/register/reply.h"

static const struct {
	const char *text;
	int status;
	enum reply_state state; /* before the end */
} replies[] = {
	{ "HTTP/1.1 200", 200, REPLY_HEAD },
	{ "HTTP/1.1 200 OK\r\n\r\n", 200, REPLY_BODY },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", 200, REPLY_BODY },
	{ "HTTP/1.1 200 OK\r\ncontent-LENGTH:3\r\n\r\nabc", 200, REPLY_WHOLE },
	{ "HTTP/1.1 200 OK\nContent-Length: 0\n\n", 200, REPLY_WHOLE },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked"
	  "\r\n\r\nabcdef",
	    200, REPLY_BODY },
	{ "HTTP/1.0 204 No\r\n\r\n", 204, REPLY_WHOLE },
	{ "HTTP/1.1 503 No\r\n\r\nx", 503, REPLY_BODY },
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n"
	  "HTTP/1.1 500 No\r\n",
	    500, REPLY_HEAD },
	{ "HTTP/1.1 101 Switching\r\n\r\n", 101, REPLY_BODY },
	{ "hello\r\n", 0, REPLY_FOREIGN },
	{ "<html>hello</html>", 0, REPLY_FOREIGN },
};
#define N_REPLIES (int)(sizeof(replies) / sizeof(replies[0]))

START_TEST(answer_is_read_in_pieces_of_any_size)
{
	const char *text = replies[_i].text;
	size_t len = strlen(text), step, at;

	for (step = 1; step <= len; step++) {
		struct reply r = { 0 };

		for (at = 0; at < len; at += step)
			reply_add(&r, text + at,
			    at + step > len ? len - at : step);
		ck_assert_int_eq(r.status, replies[_i].status);
		ck_assert_int_eq(r.state, replies[_i].state);
		reply_end(&r);
		ck_assert_int_eq(r.state,
		    r.status == 0 ? REPLY_FOREIGN : REPLY_WHOLE);
	}
}
END_TEST

START_TEST(interim_answer_alone_is_none)
{
	static const char text[] = "HTTP/1.1 103 Hints\r\n\r\n";
	struct reply r = { 0 };

	reply_add(&r, text, 15);
	reply_end(&r);
	ck_assert_int_eq(r.state, REPLY_FOREIGN);
	r = (struct reply){ 0 };
	reply_add(&r, text, sizeof(text) - 1);
	reply_end(&r);
	ck_assert_int_eq(r.state, REPLY_FOREIGN);
}
END_TEST

START_TEST(endless_answer_ends)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n\r\n";
	static char much[4096];
	struct reply r = { 0 };
	size_t n = 0;

	reply_add(&r, head, sizeof(head) - 1);
	for (; r.state == REPLY_BODY; n += sizeof(much))
		reply_add(&r, much, sizeof(much));
	ck_assert_uint_le(n, REPLY_MAX + sizeof(much));
	ck_assert_int_eq(r.state, REPLY_WHOLE);
	/* A status line, too. */
	r = (struct reply){ 0 };
	for (n = 0; r.state == REPLY_HEAD; n += sizeof(much))
		reply_add(&r, much, sizeof(much));
	ck_assert_int_eq(r.state, REPLY_FOREIGN);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reply");
	TCase *t = tcase_create("reply");

	tcase_add_loop_test(t, answer_is_read_in_pieces_of_any_size, 0,
	    N_REPLIES);
	tcase_add_test(t, interim_answer_alone_is_none);
	tcase_add_test(t, endless_answer_ends);
	suite_add_tcase(s, t);
	return run_suite(s);
}
