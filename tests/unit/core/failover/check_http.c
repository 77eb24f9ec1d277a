/* SPDX-License-Identifier: Apache-2.0 */
/* check_http.c - claims about when an HTTP connection may move, and about the
 * request that follows
 *
 * One table for each of these; a row is what the program sent and received.
 * (check_http_splice.c tells which answers are taken, and check_http_random.c
 * what arrives, byte for byte.)
 */
#include "tests/lib/http_fixture.h"

#include <stdio.h>

#include "tests/lib/suite.h"

/* clang-format off */
static const struct {
	const char *name, *sent, *received;
	enum rsp_repeat move;
} rows[] = {
	{ "nothing yet", "", "", RSP_REPEAT_IDLE },
	{ "half a method", "GE", "", RSP_REPEAT_STAY },
	{ "half a GET", "GET /f HTTP/1.1\r\nHo", "", RSP_REPEAT_REQUEST },
	{ "a GET", GET, "", RSP_REPEAT_REQUEST },
	{ "a HEAD", "HEAD / HTTP/1.1\r\n\r\n", "", RSP_REPEAT_REQUEST },
	{ "HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "", RSP_REPEAT_REQUEST },
	{ "a GET with a body", "GET / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", "",
	  RSP_REPEAT_REQUEST },
	{ "half of its body", "GET / HTTP/1.1\r\nContent-Length: 2\r\n\r\na", "",
	  RSP_REPEAT_REQUEST },
	{ "POST", "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", "", RSP_REPEAT_STAY },
	{ "half a POST", "POST / HTTP/1.1\r\nContent-Le", "", RSP_REPEAT_STAY },
	{ "PUT", "PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "", RSP_REPEAT_STAY },
	{ "PUT, as long as the GET", "PUT /f HTTP/1.1\r\nHost: p\r\n\r\n", "", RSP_REPEAT_STAY },
	{ "get is not GET", "get / HTTP/1.1\r\n\r\n", "", RSP_REPEAT_STAY },
	{ "CONNECT", "CONNECT a:1 HTTP/1.1\r\n\r\n", "", RSP_REPEAT_STAY },
	{ "not HTTP", "EHLO example.org\r\n", "", RSP_REPEAT_STAY },
	{ "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "", RSP_REPEAT_STAY },
	{ "pipelined", GET GET, "", RSP_REPEAT_STAY },
	{ "pipelined, half of it", GET "G", "", RSP_REPEAT_STAY },
	{ "two framings",
	  "GET / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", "",
	  RSP_REPEAT_STAY },
	{ "a byte of the head", GET, "H", RSP_REPEAT_STAY },
	{ "half the head", GET, "HTTP/1.1 200 OK\r\nContent-", RSP_REPEAT_STAY },
	{ "the head", GET, LENGTH, RSP_REPEAT_STAY },
	{ "some of the body", GET, LENGTH "abc", RSP_REPEAT_RESUME },
	{ "all of it", GET, LENGTH "0123456789", RSP_REPEAT_IDLE },
	{ "more than all", GET, LENGTH "0123456789a", RSP_REPEAT_STAY },
	{ "chunks", GET, CHUNKED, RSP_REPEAT_STAY },
	{ "half a size", GET, CHUNKED "1", RSP_REPEAT_STAY },
	{ "half a second size", GET, CHUNKED "1\r\na\r\n1", RSP_REPEAT_RESUME },
	{ "in a chunk", GET, CHUNKED "3\r\na", RSP_REPEAT_RESUME },
	{ "behind one", GET, CHUNKED "3\r\nabc\r", RSP_REPEAT_RESUME },
	{ "in an extension", GET, CHUNKED "3;a", RSP_REPEAT_STAY },
	{ "behind the last chunk", GET, CHUNKED "0\r\n", RSP_REPEAT_STAY },
	{ "in a trailer", GET, CHUNKED "0\r\nA:", RSP_REPEAT_STAY },
	{ "with a trailer announced", GET, OK("Trailer: A\r\nTransfer-Encoding: chunked\r\n")
	  "3\r\na", RSP_REPEAT_STAY },
	{ "all chunks", GET, CHUNKED "1\r\na\r\n0\r\n\r\n", RSP_REPEAT_IDLE },
	{ "until close", GET, OK("") "abc", RSP_REPEAT_STAY },
	{ "a body of POST", "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", LENGTH "abc",
	  RSP_REPEAT_STAY },
	{ "POST, all of it", "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\na", LENGTH
	  "0123456789", RSP_REPEAT_IDLE },
	{ "POST in chunks",
	  "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", LENGTH
	  "0123456789", RSP_REPEAT_IDLE },
	{ "answered too early", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\na", LENGTH
	  "0123456789", RSP_REPEAT_STAY },
	{ "HEAD has no body", "HEAD / HTTP/1.1\r\n\r\n", LENGTH, RSP_REPEAT_IDLE },
	{ "204 has none", GET, "HTTP/1.1 204 No\r\n\r\n", RSP_REPEAT_IDLE },
	{ "304 has none", GET, "HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", RSP_REPEAT_IDLE },
	{ "an interim response", GET, "HTTP/1.1 103 Hints\r\nA: b\r\n\r\n", RSP_REPEAT_REQUEST },
	{ "half of one", GET, "HTTP/1.1 103 Hi", RSP_REPEAT_STAY },
	{ "one, and the head", GET, "HTTP/1.1 100 Go on\r\n\r\n" LENGTH, RSP_REPEAT_STAY },
	{ "and a byte", GET, "HTTP/1.1 100 Go on\r\n\r\n" LENGTH "0", RSP_REPEAT_RESUME },
	{ "switching protocols", GET, "HTTP/1.1 101 Now\r\n\r\n", RSP_REPEAT_STAY },
	{ "a 404's body", GET, "HTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\na", RSP_REPEAT_STAY },
	{ "a part's body", GET,
	  "HTTP/1.1 206 P\r\nContent-Range: bytes 1-5/9\r\nContent-Length: 5\r\n" TAG "\r\na",
	  RSP_REPEAT_RESUME },
	{ "a part of an unknown whole", GET,
	  "HTTP/1.1 206 P\r\nContent-Range: bytes 1-5/*\r\nContent-Length: 5\r\n" TAG "\r\na",
	  RSP_REPEAT_STAY },
	{ "parts", GET, "HTTP/1.1 206 P\r\nContent-Type: multipart/byteranges\r\n"
	  "Content-Length: 5\r\n\r\na", RSP_REPEAT_STAY },
	{ "another transfer coding", GET, OK("Transfer-Encoding: gzip, chunked\r\n"
	  ), RSP_REPEAT_STAY },
	{ "a length and chunks", GET, OK("Content-Length: 10\r\nTransfer-Encoding: chunked\r\n"
	  ), RSP_REPEAT_STAY },
	{ "chunks in HTTP/1.0", GET, "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	  RSP_REPEAT_STAY },
	{ "not HTTP in return", GET, "220 ready\r\n", RSP_REPEAT_STAY },
	{ "Connection: close, all of it", GET, OK("Content-Length: 1\r\nConnection: close\r\n")
	  "a", RSP_REPEAT_STAY },
	{ "asked to close", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", LENGTH "0123456789",
	  RSP_REPEAT_STAY },
	{ "HTTP/1.0, in the body", GET, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n" TAG "\r\na",
	  RSP_REPEAT_RESUME },
	{ "HTTP/1.0, all of it", GET, "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na",
	  RSP_REPEAT_STAY },
	{ "HTTP/1.0, kept alive", GET,
	  "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na",
	  RSP_REPEAT_IDLE },
	{ "nobody asked", "", LENGTH, RSP_REPEAT_STAY },
	{ "no validator", GET, OK(TEN) "abc", RSP_REPEAT_STAY },
	{ "none, in chunks", GET, OK("Transfer-Encoding: chunked\r\n") "3\r\nabc",
	  RSP_REPEAT_STAY },
	{ "a weak tag", GET, OK(TEN WEAK) "abc", RSP_REPEAT_STAY },
	{ "a weak tag and a date", GET, OK(TEN WEAK DATED OLD) "abc", RSP_REPEAT_RESUME },
	{ "a date", GET, OK(TEN DATED OLD) "abc", RSP_REPEAT_RESUME },
	{ "a young date", GET, OK(TEN DATED YOUNG) "abc", RSP_REPEAT_STAY },
	{ "a date without a clock", GET, OK(TEN OLD) "abc", RSP_REPEAT_STAY },
	{ "the epoch", GET, OK(TEN DATED "Last-Modified: Thu, 01 Jan 1970 00:00:01 GMT\r\n")
	  "abc", RSP_REPEAT_STAY },
	{ "the last of zip's", GET, OK(TEN DATED
	  "Last-Modified: Wed, 02 Jan 1980 23:59:59 GMT\r\n") "abc", RSP_REPEAT_STAY },
	{ "a second later", GET, OK(TEN DATED "Last-Modified: Thu, 03 Jan 1980 00:00:00 GMT\r\n")
	  "abc", RSP_REPEAT_RESUME },
	{ "what packages have", GET, OK(TEN DATED
	  "Last-Modified: Sat, 26 Oct 1985 08:15:00 GMT\r\n") "abc", RSP_REPEAT_STAY },
	{ "events", GET, OK("Transfer-Encoding: chunked\r\n" TAG
	  "Content-Type: Text/Event-Stream; charset=utf-8\r\n") "3\r\nabc", RSP_REPEAT_STAY },
	{ "pictures", GET, OK("Transfer-Encoding: chunked\r\n" TAG
	  "Content-Type: multipart/x-mixed-replace;boundary=a\r\n") "3\r\nabc", RSP_REPEAT_STAY },
	{ "lines", GET, OK("Transfer-Encoding: chunked\r\n" TAG
	  "Content-Type: application/x-ndjson\r\n") "3\r\nabc", RSP_REPEAT_STAY },
	{ "lines that end", GET, OK(TEN TAG "Content-Type: application/x-ndjson\r\n") "abc",
	  RSP_REPEAT_RESUME },
	{ "two types", GET, OK(TEN TAG "Content-Type: a/b\r\nContent-Type: a/b\r\n") "abc",
	  RSP_REPEAT_STAY },
	{ "two types, all of it", GET, OK(TEN TAG "Content-Type: a/b\r\nContent-Type: a/b\r\n")
	  "0123456789", RSP_REPEAT_IDLE },
};
/* clang-format on */

/* A connection at its first request, or behind a whole exchange: what is asked
 * next may be the same words again. */
static void
begin(bool used)
{
	rsp_http_init(&http, room, sizeof(room));
	if (!used)
		return;
	sent(GET);
	received(LENGTH "0123456789");
	ck_assert_int_eq(rsp_http_may_move(&http), RSP_REPEAT_IDLE);
}

static void
each_moment(const char *name, bool used, size_t i)
{
	size_t n;

	for (size_t step = 1; step < 300; step = step * 2 + 1) {
		begin(used);
		for (const char *p = rows[i].sent; *p != '\0'; p += n) {
			n = strnlen(p, step);
			rsp_http_sent(&http, p, n);
		}
		for (const char *p = rows[i].received; *p != '\0'; p += n) {
			n = strnlen(p, step);
			rsp_http_received(&http, p, n);
		}
		ck_assert_msg(rsp_http_may_move(&http) == rows[i].move,
		    "%s, %s, in steps of %zu: %d", rows[i].name, name, step,
		    rsp_http_may_move(&http));
	}
}

START_TEST(each_moment_has_its_move)
{
	each_moment("first", false, (size_t)_i);
}
END_TEST

START_TEST(a_later_exchange_is_as_the_first)
{
	each_moment("second", true, (size_t)_i);
}
END_TEST

/* Whoever runs the servers vouches for them: what may move then. */
/* clang-format off */
static const struct {
	const char *name, *received;
	enum rsp_repeat move;
} vouched[] = {
	{ "no validator", OK(TEN) "abc", RSP_REPEAT_RESUME },
	{ "none, in chunks", OK("Transfer-Encoding: chunked\r\n") "3\r\nabc", RSP_REPEAT_RESUME },
	{ "not a byte", OK(TEN), RSP_REPEAT_STAY },
	{ "not a byte of chunks", OK("Transfer-Encoding: chunked\r\n") "3\r\n", RSP_REPEAT_STAY },
	{ "no end", OK("Transfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n")
	  "3\r\nabc", RSP_REPEAT_STAY },
	{ "the end of the connection", OK("") "abc", RSP_REPEAT_STAY },
};
/* clang-format on */

START_TEST(a_word_stands_for_validators)
{
	rsp_http_init(&http, room, sizeof(room));
	rsp_http_vouch(&http);
	sent(GET);
	received(vouched[_i].received);
	ck_assert_msg(rsp_http_may_move(&http) == vouched[_i].move, "%s",
	    vouched[_i].name);
}
END_TEST

START_TEST(exchanges_follow_each_other)
{
	rsp_http_init(&http, room, sizeof(room));
	for (int i = 0; i < 3; i++) {
		sent(GET);
		ck_assert(rsp_http_is_waiting(&http));
		received(LENGTH "01234");
		ck_assert(!rsp_http_is_waiting(&http));
		ck_assert_uint_eq(rsp_http_delivered(&http), 5);
		ck_assert_int_eq(rsp_http_may_move(&http), RSP_REPEAT_RESUME);
		received("56789");
		ck_assert_int_eq(rsp_http_may_move(&http), RSP_REPEAT_IDLE);
		sent("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\na");
		ck_assert_int_eq(rsp_http_may_move(&http), RSP_REPEAT_STAY);
		ck_assert(!rsp_http_is_over(&http));
		received("HTTP/1.1 204 Done\r\n\r\n");
	}
	sent("nonsense\r\n");
	ck_assert(rsp_http_is_over(&http));
}
END_TEST

START_TEST(a_request_without_room_stays)
{
	rsp_http_init(&http, room, 40);
	sent("GET / HTTP/1.1\r\nHost: a.very.long.name.indeed\r\n\r\n");
	ck_assert_int_eq(rsp_http_may_move(&http), RSP_REPEAT_STAY);
	rsp_http_init(&http, room, 40);
	sent("GET / HTTP/1.1\r\nContent-Length: 50\r\n\r\n");
	ck_assert_int_eq(rsp_http_may_move(&http), RSP_REPEAT_REQUEST);
	sent("xxxxxxxxxxxxxxxxxxxxxxxxx");
	ck_assert_int_eq(rsp_http_may_move(&http), RSP_REPEAT_STAY);
}
END_TEST

START_TEST(first_bytes_tell_much)
{
	ck_assert(rsp_http_may_begin("GET / HTTP/1.1", 14));
	ck_assert(rsp_http_may_begin("G", 1));
	ck_assert(!rsp_http_may_begin("\x16\x03\x01", 3));
	ck_assert(!rsp_http_may_begin("*1\r\n", 4));
	ck_assert(!rsp_http_may_begin("SSH-2.0-x", 9));
	ck_assert(!rsp_http_may_begin("ABCDEFGHIJKLMNOPQ", 17));
	ck_assert(!rsp_http_may_begin("", 0));
}
END_TEST

static const struct {
	const char *text;
	enum rsp_http_begins begins;
} lines[] = {
	{ "", RSP_HTTP_UNCLEAR },
	{ "G", RSP_HTTP_UNCLEAR },
	{ "GET / HTTP/1.1\r", RSP_HTTP_UNCLEAR },
	{ "GET / HTTP/1.1\r\n", RSP_HTTP_BEGINS },
	{ "OPTIONS * HTTP/1.0\r\nHost: p\r\n", RSP_HTTP_BEGINS },
	{ "GET a\r\n", RSP_HTTP_BEGINS_NOT },
	{ "GET a\n", RSP_HTTP_BEGINS_NOT },
	{ "SELECT 1\r\n", RSP_HTTP_BEGINS_NOT },
	{ "LRANGE list 0 -1\r\n", RSP_HTTP_BEGINS_NOT },
	{ "GET / HTTP/2.0\r\n", RSP_HTTP_BEGINS_NOT },
	{ "GET / HTTP/1.1\n", RSP_HTTP_BEGINS_NOT },
	{ "A\n", RSP_HTTP_BEGINS_NOT },
	{ "*1\r\n$4\r\nPING\r\n", RSP_HTTP_BEGINS_NOT },
	{ "*", RSP_HTTP_BEGINS_NOT },
};

START_TEST(a_line_tells_more)
{
	ck_assert_msg(rsp_http_begins(lines[_i].text, strlen(lines[_i].text)) ==
			  lines[_i].begins,
	    "%s", lines[_i].text);
}
END_TEST

/* What another server is asked; +: the servers are vouched for. */

/* clang-format off */
static const struct {
	const char *name, *sent, *received, *asked;
} asks[] = {
	{ "a GET", GET, "", GET },
	{ "another GET", "GET /g HTTP/1.1\r\nHost: p\r\n\r\n", "",
	  "GET /g HTTP/1.1\r\nHost: p\r\n\r\n" },
	{ "half a GET", "GET /f HTT", "", NULL },
	{ "half a head", "GET /f HTTP/1.1\r\nUpg", "", "GET /f HTTP/1.1\r\nUpg" },
	{ "a body", "GET / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", "",
	  "GET / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab" },
	{ "an offer", "GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nHost: p\r\n"
	  "HTTP2-Settings: A\r\nUpgrade: h2c\r\n\r\n", "",
	  "GET / HTTP/1.1\r\nHost: p\r\n\r\n" },
	{ "an offer and more", "GET / HTTP/1.1\r\nUpgrade: h2c\r\nconnection: TE, upgrade\r\n"
	  "TE: trailers\r\nConnection: foo\r\nContent-Length: 1\r\n\r\na", "",
	  "GET / HTTP/1.1\r\nTE: trailers\r\nContent-Length: 1\r\nConnection: TE, foo\r\n\r\na" },
	{ "a strong tag", GET, OK(TEN TAG) "abc",
	  "GET /f HTTP/1.1\r\nHost: p\r\nRange: bytes=0-\r\nIf-Range: \"x\"\r\n\r\n" },
	{ "a tag before a date", GET, OK(TEN TAG DATED OLD) "abc",
	  "GET /f HTTP/1.1\r\nHost: p\r\nRange: bytes=0-\r\nIf-Range: \"x\"\r\n\r\n" },
	{ "a date", GET, OK(TEN DATED OLD) "abc",
	  "GET /f HTTP/1.1\r\nHost: p\r\nRange: bytes=0-\r\n"
	  "If-Range: Sun, 06 Nov 1994 08:49:36 GMT\r\n\r\n" },
	{ "+a young date", GET, OK(TEN DATED YOUNG) "abc", GET },
	{ "+a date without a clock", GET, OK(TEN OLD) "abc", GET },
	{ "+the epoch", GET, OK(TEN DATED "Last-Modified: Thu, 01 Jan 1970 00:00:01 GMT\r\n")
	  "abc", GET },
	{ "a weak tag", GET, OK(TEN WEAK DATED OLD) "abc", GET },
	{ "+no validator", GET, OK(TEN) "abc", GET },
	{ "nothing of the body", GET, OK(TEN TAG), NULL },
	{ "a range of the program's, ignored",
	  "GET / HTTP/1.1\r\nRange: bytes=2-\r\nIf-Range: \"y\"\r\n\r\n", OK(TEN TAG) "abc",
	  "GET / HTTP/1.1\r\nRange: bytes=0-\r\nIf-Range: \"x\"\r\n\r\n" },
	{ "+the same without a tag",
	  "GET / HTTP/1.1\r\nRange: bytes=2-\r\nIf-Range: \"y\"\r\n\r\n", OK(TEN) "abc",
	  "GET / HTTP/1.1\r\n\r\n" },
	{ "a range of the program's", "GET / HTTP/1.1\r\nRange: bytes=2-\r\n\r\n", PART
	  "2-8/9\r\nContent-Length: 7\r\n" TAG "\r\nabc",
	  "GET / HTTP/1.1\r\nRange: bytes=2-\r\nIf-Range: \"x\"\r\n\r\n" },
	{ "one with an end", "GET / HTTP/1.1\r\nRange: bytes=2-5\r\n\r\n", PART
	  "2-5/9\r\nContent-Length: 4\r\n" TAG "\r\nabc",
	  "GET / HTTP/1.1\r\nRange: bytes=2-5\r\nIf-Range: \"x\"\r\n\r\n" },
	{ "+one without a tag", "GET / HTTP/1.1\r\nRange: bytes=2-5\r\n\r\n", PART
	  "2-5/9\r\nContent-Length: 4\r\n\r\nabc",
	  "GET / HTTP/1.1\r\nRange: bytes=2-5\r\n\r\n" },
	{ "+an end that closes", "GET / HTTP/1.0\r\nConnection: keep-alive, x\r\n\r\n", OK(TEN
	  "Connection: close\r\n") "abc",
	  "GET / HTTP/1.0\r\nConnection: close, x\r\n\r\n" },
	{ "+HTTP/1.0", GET, "HTTP/1.0 200 OK\r\n" TEN "\r\nabc",
	  "GET /f HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n" },
};
/* clang-format on */

START_TEST(another_server_is_asked_so)
{
	char text[2000];

	for (size_t step = 1; step < 300; step = step * 2 + 1) {
		begin(step > 10);
		if (asks[_i].name[0] == '+')
			rsp_http_vouch(&http);
		sent(asks[_i].sent);
		received(asks[_i].received);
		if (asks[_i].asked == NULL) {
			ck_assert_msg(!rsp_http_begin(&http), "%s",
			    asks[_i].name);
			continue;
		}
		ck_assert_msg(rsp_http_begin(&http), "%s", asks[_i].name);
		output(text, step);
		ck_assert_msg(strcmp(text, asks[_i].asked) == 0, "%s: %s",
		    asks[_i].name, text);
	}
}
END_TEST

START_TEST(the_range_begins_at_a_block)
{
	static char block[RSP_DIGEST_BLOCK];
	char text[2000];

	rsp_http_init(&http, room, sizeof(room));
	sent("GET / HTTP/1.1\r\n\r\n");
	received(OK("Content-Length: 1000000\r\n" TAG));
	for (int i = 0; i < 10; i++)
		rsp_http_received(&http, block, sizeof(block));
	received("abc");
	ck_assert(rsp_http_begin(&http));
	output(text, 1000);
	ck_assert_str_eq(text, "GET / HTTP/1.1\r\nRange: bytes=73728-\r\n"
			       "If-Range: \"x\"\r\n\r\n");
}
END_TEST

START_TEST(a_connection_field_without_end_stays)
{
	char text[1100] = "GET / HTTP/1.1\r\nUpgrade: a\r\n";

	rsp_http_init(&http, room, sizeof(room));
	for (int i = 0; i < 2; i++)
		sprintf(text + strlen(text), "Connection: %0450d\r\n", i);
	strcat(text, "\r\n");
	sent(text);
	ck_assert_int_eq(rsp_http_may_move(&http), RSP_REPEAT_REQUEST);
	ck_assert(!rsp_http_begin(&http));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http");
	TCase *t = tcase_create("http");

	tcase_add_loop_test(t, each_moment_has_its_move, 0, COUNT(rows));
	tcase_add_loop_test(t, a_later_exchange_is_as_the_first, 0,
	    COUNT(rows));
	tcase_add_loop_test(t, a_word_stands_for_validators, 0, COUNT(vouched));
	tcase_add_test(t, exchanges_follow_each_other);
	tcase_add_test(t, a_request_without_room_stays);
	tcase_add_test(t, first_bytes_tell_much);
	tcase_add_loop_test(t, a_line_tells_more, 0, COUNT(lines));
	tcase_add_loop_test(t, another_server_is_asked_so, 0, COUNT(asks));
	tcase_add_test(t, the_range_begins_at_a_block);
	tcase_add_test(t, a_connection_field_without_end_stays);
	suite_add_tcase(s, t);
	return run_suite(s);
}
