/* SPDX-License-Identifier: Apache-2.0 */
/* check_http_splice.c - claims about the answer of another server: when it is
 * the same thing, and what the program gets of it */
#include "tests/lib/http_fixture.h"

#include <stdio.h>

#include "tests/lib/suite.h"

/* The body is 0123456789 everywhere, and the program has 012 of it (or of
 * the part 2-8: 234).  +: the servers are vouched for. */

#define FIRST OK(TEN TAG DATED OLD) "012"
#define FIRST_TAG OK(TEN TAG) "012"
#define FIRST_OLD OK(TEN DATED OLD) "012"
#define FIRST_NONE OK(TEN) "012"
#define FIRST_CHUNKED OK("Transfer-Encoding: chunked\r\n" TAG) "5\r\n012"
#define FIRST_PART PART "2-8/10\r\nContent-Length: 7\r\n" TAG "\r\n234"
#define FIRST_PART_OPEN PART "2-9/10\r\nContent-Length: 8\r\n" TAG "\r\n234"
#define ALL10 "0123456789"
#define CR10 PART "0-9/10\r\n" TEN
#define EPOCH "Last-Modified: Thu, 01 Jan 1970 00:00:01 GMT\r\n"
#define PACKED "Last-Modified: Sat, 26 Oct 1985 08:15:00 GMT\r\n"
#define OTHER_TIME "Last-Modified: Sun, 06 Nov 1994 08:49:35 GMT\r\n"

/* clang-format off */
static const struct {
	const char *name, *first, *answer;
	const char *then; /* what the program gets; NULL: refused */
} splices[] = {
	{ "206", FIRST, CR10 TAG OLD "\r\n" ALL10, "3456789" },
	{ "206 without a date", FIRST, CR10 TAG "\r\n" ALL10, "3456789" },
	{ "206 with another date", FIRST, CR10 TAG OTHER_TIME "\r\n" ALL10, NULL },
	{ "206 with another tag", FIRST, CR10 "ETag: \"y\"\r\n" OLD "\r\n" ALL10, NULL },
	{ "206 with a weak tag", FIRST, CR10 WEAK "\r\n" ALL10, NULL },
	{ "206 without a tag", FIRST, CR10 OLD "\r\n" ALL10, NULL },
	{ "206 to a date, without", FIRST_OLD, CR10 "\r\n" ALL10, NULL },
	{ "206 to a date, young there", FIRST_OLD, CR10 OLD
	  "Date: Sun, 06 Nov 1994 08:49:36 GMT\r\n\r\n" ALL10, NULL },
	{ "206 to a date, the same", FIRST_OLD, CR10 OLD "\r\n" ALL10, "3456789" },
	{ "206 to a date, written otherwise", FIRST_OLD, CR10
	  "Last-Modified: Sun, 6 Nov 1994 08:49:36 GMT\r\n\r\n" ALL10, "3456789" },
	{ "206 to a date, a tag as well", FIRST_OLD, CR10 TAG OLD "\r\n" ALL10, "3456789" },
	{ "206 to a date, only a tag", FIRST_OLD, CR10 TAG "\r\n" ALL10, NULL },
	{ "206 that begins later", FIRST, PART "3-9/10\r\nContent-Length: 7\r\n" TAG
	  "\r\n3456789", NULL },
	{ "206 that ends earlier", FIRST, PART "0-8/10\r\nContent-Length: 9\r\n" TAG
	  "\r\n012345678", NULL },
	{ "206 of something longer", FIRST, PART "0-10/11\r\nContent-Length: 11\r\n" TAG "\r\n"
	  ALL10 "a", NULL },
	{ "206 of something shorter", FIRST, PART "0-8/9\r\nContent-Length: 9\r\n" TAG
	  "\r\n012345678", NULL },
	{ "206 with a length that lies", FIRST, PART "0-9/10\r\nContent-Length: 9\r\n" TAG
	  "\r\n012345678", NULL },
	{ "206 without Content-Range", FIRST, "HTTP/1.1 206 P\r\n" TEN TAG "\r\n" ALL10, NULL },
	{ "206 of an unknown whole", FIRST, PART "0-9/*\r\n" TEN TAG "\r\n" ALL10, NULL },
	{ "206, a difference inside", FIRST, CR10 TAG "\r\n0023456789", NULL },
	{ "206, coded", FIRST, CR10 TAG "Content-Encoding: gzip\r\n\r\n" ALL10, NULL },
	{ "206, in chunks", FIRST, PART "0-9/10\r\nTransfer-Encoding: chunked\r\n" TAG
	  "\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n", "3456789" },
	{ "206, an early last chunk", FIRST, PART "0-9/10\r\nTransfer-Encoding: chunked\r\n"
	  TAG "\r\n5\r\n01234\r\n0\r\n\r\n", "34!" },
	{ "206, bad chunks", FIRST, PART "0-9/10\r\nTransfer-Encoding: chunked\r\n" TAG
	  "\r\n5\r\n01234\r\nx", "34!" },
	{ "206 after interim ones", FIRST, "HTTP/1.1 103 H\r\n\r\nHTTP/1.1 100 C\r\n\r\n"
	  CR10 TAG "\r\n" ALL10, "3456789" },
	{ "206 nobody asked for", FIRST_NONE, CR10 "\r\n" ALL10, NULL },
	{ "200", FIRST, OK(TEN TAG OLD) ALL10, "3456789" },
	{ "200, HTTP/1.0", FIRST_TAG, "HTTP/1.0 200 OK\r\n" TEN TAG "\r\n" ALL10, "3456789" },
	{ "200, an inode's tag", FIRST, OK(TEN OTHER_TAG DATED OLD) ALL10, "3456789" },
	{ "200, another tag, no clock", FIRST, OK(TEN OTHER_TAG OLD) ALL10, NULL },
	{ "200, another tag, no clock at first", OK(TEN TAG OLD) "012",
	  OK(TEN OTHER_TAG DATED OLD) ALL10, NULL },
	{ "200, another tag, a young date", FIRST, OK(TEN OTHER_TAG OLD
	  "Date: Sun, 06 Nov 1994 08:49:36 GMT\r\n") ALL10, NULL },
	{ "200, another tag, a young date at first", OK(TEN TAG DATED YOUNG) "012",
	  OK(TEN OTHER_TAG YOUNG "Date: Sun, 06 Nov 1994 08:49:40 GMT\r\n") ALL10, NULL },
	{ "200, another tag, an epoch", OK(TEN TAG DATED EPOCH) "012",
	  OK(TEN OTHER_TAG DATED EPOCH) ALL10, NULL },
	{ "200, the same tag, an epoch", OK(TEN TAG DATED EPOCH) "012",
	  OK(TEN TAG DATED EPOCH) ALL10, "3456789" },
	{ "200, another tag, a package", OK(TEN TAG DATED PACKED) "012",
	  OK(TEN OTHER_TAG DATED PACKED) ALL10, NULL },
	{ "200, weak tags", OK(TEN WEAK) "012", OK(TEN WEAK) ALL10, NULL },
	{ "200, weak tags and a date", OK(TEN WEAK DATED OLD) "012",
	  OK(TEN WEAK DATED OLD) ALL10, "3456789" },
	{ "200, a tag, then only a date", FIRST, OK(TEN DATED OLD) ALL10, "3456789" },
	{ "200, the same type", OK(TEN TAG "Content-Type: text/html\r\n") "012",
	  OK(TEN TAG "content-type:Text/HTML\r\n") ALL10, "3456789" },
	{ "200, another type", OK(TEN TAG "Content-Type: text/html\r\n") "012",
	  OK(TEN TAG "Content-Type: text/plain\r\n") ALL10, NULL },
	{ "200, no type any more", OK(TEN TAG "Content-Type: text/html\r\n") "012",
	  OK(TEN TAG) ALL10, NULL },
	{ "200, a type for none", FIRST, OK(TEN TAG OLD "Content-Type: text/html\r\n")
	  ALL10, NULL },
	{ "206, a type for none", FIRST, CR10 TAG "Content-Type: text/html\r\n\r\n" ALL10,
	  "3456789" },
	{ "206, no type any more", OK(TEN TAG "Content-Type: text/html\r\n") "012",
	  CR10 TAG "\r\n" ALL10, NULL },
	{ "206, another type", OK(TEN TAG "Content-Type: text/html\r\n") "012",
	  CR10 TAG "Content-Type: text/plain\r\n\r\n" ALL10, NULL },
	{ "200, another tag alone", FIRST_TAG, OK(TEN "ETag: \"y\"\r\n") ALL10, NULL },
	{ "200, another date", FIRST, OK(TEN TAG OTHER_TIME) ALL10, NULL },
	{ "200, no validator any more", FIRST, OK(TEN) ALL10, NULL },
	{ "200, no validator at all", FIRST_NONE, OK(TEN) ALL10, NULL },
	{ "+none", FIRST_NONE, OK(TEN) ALL10, "3456789" },
	{ "+none, a difference", FIRST_NONE, OK(TEN) "0113456789", NULL },
	{ "+none, another length", FIRST_NONE, OK("Content-Length: 11\r\n") ALL10 "a",
	  NULL },
	{ "+none, another type", FIRST_NONE, OK(TEN "Content-Type: a/b\r\n") ALL10,
	  NULL },
	{ "+a tag for none", FIRST_NONE, OK(TEN TAG) ALL10, "3456789" },
	{ "+weak tags", OK(TEN WEAK) "012", OK(TEN WEAK) ALL10, "3456789" },
	{ "+other tags", FIRST_TAG, OK(TEN OTHER_TAG) ALL10, NULL },
	{ "+other dates", FIRST_OLD, OK(TEN OTHER_TIME) ALL10, NULL },
	{ "200, shorter", FIRST, OK("Content-Length: 9\r\n" TAG) "012345678", NULL },
	{ "200, shorter than what is there", FIRST, OK("Content-Length: 2\r\n" TAG) "01", NULL },
	{ "200, longer", FIRST, OK("Content-Length: 11\r\n" TAG) ALL10 "a", NULL },
	{ "200, a difference", FIRST, OK(TEN TAG) "0113456789", NULL },
	{ "200, until close", FIRST, OK(TAG) ALL10, "3456789" },
	{ "200, until close, more", FIRST, OK(TAG) ALL10 "abc", "3456789" },
	{ "200, in chunks", FIRST, OK("Transfer-Encoding: chunked\r\n" TAG)
	  "1\r\n0\r\n9\r\n123456789\r\n0\r\n\r\n", "3456789" },
	{ "200, chunks end early", FIRST, OK("Transfer-Encoding: chunked\r\n" TAG)
	  "1\r\n0\r\n4\r\n1234\r\n0\r\n\r\n", "34!" },
	{ "200, chunks end too early", FIRST, OK("Transfer-Encoding: chunked\r\n" TAG)
	  "2\r\n01\r\n0\r\n\r\n", NULL },
	{ "200, coded", FIRST, OK(TEN TAG "Content-Encoding: br\r\n") ALL10, NULL },
	{ "200, a length and chunks", FIRST, OK(TEN TAG "Transfer-Encoding: chunked\r\n"
	  ) ALL10, NULL },
	{ "a chunk is filled", FIRST_CHUNKED, CR10 TAG "\r\n" ALL10,
	  "34\r\n5\r\n56789\r\n0\r\n\r\n" },
	{ "a chunk is filled from two", FIRST_CHUNKED, OK("Transfer-Encoding: chunked\r\n" TAG)
	  "4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n", "34\r\n5\r\n56789\r\n0\r\n\r\n" },
	{ "a chunk that cannot be filled", FIRST_CHUNKED, OK("Content-Length: 4\r\n" TAG) "0123",
	  NULL },
	{ "chunks, until close", FIRST_CHUNKED, OK(TAG) ALL10, NULL },
	{ "chunks, all data is there", CHUNKED "a\r\n" ALL10, OK(TEN TAG) ALL10, "\r\n0\r\n\r\n" },
	{ "chunks, with half a line end", CHUNKED "a\r\n" ALL10 "\r", OK(TEN TAG) ALL10,
	  "\n0\r\n\r\n" },
	{ "chunks, with a line end", CHUNKED "a\r\n" ALL10 "\r\n", OK(TEN TAG) ALL10, "0\r\n\r\n" },
	{ "chunks, with half the end", CHUNKED "a\r\n" ALL10 "\r\n0", OK(TEN TAG) ALL10,
	  "\r\n\r\n" },
	{ "chunks, between", CHUNKED "3\r\n012", OK(TEN TAG) ALL10,
	  "\r\n7\r\n3456789\r\n0\r\n\r\n" },
	{ "chunks, half a size", CHUNKED "3\r\n012\r\n5", OK(TEN TAG) ALL10,
	  "\r\n34567\r\n2\r\n89\r\n0\r\n\r\n" },
	{ "chunks, a size and half its line end", CHUNKED "3\r\n012\r\n5\r", OK(TEN TAG) ALL10,
	  "\n34567\r\n2\r\n89\r\n0\r\n\r\n" },
	{ "chunks, a zero that may begin a size", CHUNKED "3\r\n012\r\n0", OK(TEN TAG) ALL10,
	  "7\r\n3456789\r\n0\r\n\r\n" },
	{ "a part, the same part", FIRST_PART, PART "2-8/10\r\nContent-Length: 7\r\n" TAG
	  "\r\n2345678", "5678" },
	{ "a part, another end", FIRST_PART, PART "2-9/10\r\nContent-Length: 8\r\n" TAG
	  "\r\n23456789", NULL },
	{ "a part of another whole", FIRST_PART, PART "2-8/11\r\nContent-Length: 7\r\n" TAG
	  "\r\n2345678", NULL },
	{ "a part, then the whole", FIRST_PART_OPEN, OK(TEN TAG) ALL10, "56789" },
	{ "a part that ends before the whole", FIRST_PART, OK(TEN TAG) ALL10, NULL },
	{ "a part, and a shorter whole", FIRST_PART_OPEN, OK("Content-Length: 9\r\n" TAG)
	  "012345678", NULL },
	{ "nothing of the body yet", OK(TEN TAG), OK(TEN TAG) ALL10, NULL },
	{ "nothing yet, another tag", OK(TEN TAG), OK(TEN "ETag: \"y\"\r\n") ALL10, NULL },
	{ "404", FIRST, "HTTP/1.1 404 No\r\n" TEN TAG "\r\n" ALL10, NULL },
	{ "500", FIRST, "HTTP/1.1 500 No\r\n" TEN TAG "\r\n" ALL10, NULL },
	{ "302", FIRST, "HTTP/1.1 302 No\r\n" TEN TAG "\r\n" ALL10, NULL },
	{ "304", FIRST, "HTTP/1.1 304 No\r\n" TAG "\r\n", NULL },
	{ "416", FIRST, "HTTP/1.1 416 No\r\nContent-Range: bytes */9\r\n\r\n", NULL },
	{ "101", FIRST, "HTTP/1.1 101 Now\r\n\r\n" ALL10, NULL },
	{ "no HTTP", FIRST, "hello\r\n\r\n", NULL },
};
/* clang-format on */

/* The socket of the new connection holds `wire`; the program reads all that
 * there is, `step` bytes at a time.  "!" ends what was refused. */
static void
drain(const char *wire, size_t step, char *got)
{
	size_t n = strlen(wire), at = 0, to = 0, limit, some, turns = 0;
	struct rsp_span bytes;

	for (;;) {
		enum rsp_splice_step next =
		    rsp_http_next(&http, &limit, &bytes);

		ck_assert_uint_lt(turns++, 10000);
		if (next == RSP_SPLICE_REFUSED)
			got[to++] = '!';
		if (next == RSP_SPLICE_REFUSED || next == RSP_SPLICE_END ||
		    at == n)
			break;
		some = step < n - at ? step : n - at;
		if (next == RSP_SPLICE_INJECT) {
			some = step < bytes.len ? step : bytes.len;
			memcpy(got + to, bytes.at, some);
			to += some;
			at += rsp_http_injected(&http, some);
			continue;
		}
		if (next != RSP_SPLICE_PEEK && some > limit)
			some = limit;
		if (next == RSP_SPLICE_FLOW) {
			memcpy(got + to, wire + at, some);
			to += some;
			rsp_http_received(&http, wire + at, some);
			at += some;
		} else
			at += rsp_http_peeked(&http, wire + at, some);
	}
	got[to] = '\0';
}

START_TEST(answers_are_the_same_or_refused)
{
	char got[500], want[500];

	snprintf(want, sizeof(want), "%s",
	    splices[_i].then == NULL ? "!" : splices[_i].then);
	for (size_t step = 1; step < 1000; step = step * 2 + 1) {
		rsp_http_init(&http, room, sizeof(room));
		if (splices[_i].name[0] == '+')
			rsp_http_vouch(&http);
		sent(GET);
		received(splices[_i].first);
		strcpy(got, "!");
		if (rsp_http_begin(&http)) {
			output(got, 1000);
			drain(splices[_i].answer, step, got);
		} else
			ck_assert_ptr_null(splices[_i].then);
		ck_assert_msg(strcmp(got, want) == 0, "%s, in steps of %zu: %s",
		    splices[_i].name, step, got);
	}
}
END_TEST

START_TEST(the_next_exchange_follows_a_splice)
{
	char got[500];

	rsp_http_init(&http, room, sizeof(room));
	sent(GET);
	received(FIRST);
	ck_assert(rsp_http_begin(&http));
	output(got, 1000);
	drain(OK("Transfer-Encoding: chunked\r\n" TAG) "a\r\n" ALL10
						       "\r\n0\r\nA: b\r\n\r\n",
	    1000, got);
	ck_assert_str_eq(got, "3456789");
	ck_assert_int_eq(rsp_http_may_move(&http), RSP_REPEAT_IDLE);
	sent(GET);
	drain(LENGTH "0123", 1000, got);
	ck_assert_str_eq(got, LENGTH "0123");
	ck_assert_int_eq(rsp_http_may_move(&http), RSP_REPEAT_RESUME);
}
END_TEST

START_TEST(a_closing_response_ends_the_connection)
{
	struct rsp_span bytes;
	size_t limit;
	char got[500];

	rsp_http_init(&http, room, sizeof(room));
	sent(GET);
	received(OK(TEN TAG "Connection: close\r\n") "012");
	ck_assert(rsp_http_begin(&http));
	output(got, 1000);
	drain(OK(TEN TAG) ALL10, 1000, got);
	ck_assert_str_eq(got, "3456789");
	ck_assert_int_eq(rsp_http_next(&http, &limit, &bytes), RSP_SPLICE_END);
}
END_TEST

START_TEST(pipelining_in_mid_body_does_not_harm_it)
{
	char got[500];

	rsp_http_init(&http, room, sizeof(room));
	sent(GET);
	received(FIRST_CHUNKED);
	ck_assert(rsp_http_begin(&http));
	output(got, 1000);
	sent(GET);
	ck_assert_int_eq(rsp_http_may_move(&http), RSP_REPEAT_STAY);
	drain(CR10 TAG "\r\n" ALL10, 1000, got);
	ck_assert_str_eq(got, "34\r\n5\r\n56789\r\n0\r\n\r\n");
	ck_assert(rsp_http_is_over(&http));
}
END_TEST

START_TEST(interim_responses_come_once)
{
	static const char answer[] =
	    "HTTP/1.1 103 H\r\nA: b\r\n\r\nHTTP/1.1 100 C\r\n\r\n" LENGTH ALL10;
	char got[500];

	for (size_t step = 1; step < 200; step++) {
		rsp_http_init(&http, room, sizeof(room));
		sent(GET);
		received("HTTP/1.1 103 H\r\n\r\n");
		ck_assert(rsp_http_begin(&http));
		ck_assert(rsp_http_is_waiting(&http));
		output(got, 1000);
		ck_assert(rsp_http_is_moving(&http));
		drain(answer, step, got);
		ck_assert_str_eq(got, LENGTH ALL10);
		ck_assert(!rsp_http_is_moving(&http));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_splice");
	TCase *t = tcase_create("http_splice");

	tcase_add_loop_test(t, answers_are_the_same_or_refused, 0,
	    COUNT(splices));
	tcase_add_test(t, the_next_exchange_follows_a_splice);
	tcase_add_test(t, a_closing_response_ends_the_connection);
	tcase_add_test(t, pipelining_in_mid_body_does_not_harm_it);
	tcase_add_test(t, interim_responses_come_once);
	suite_add_tcase(s, t);
	return run_suite(s);
}
