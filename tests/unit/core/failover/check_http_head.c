/* SPDX-License-Identifier: Apache-2.0 */
/* check_http_head.c - claims about HTTP heads and framing, read strictly, in
 * pieces of any size */
#include "rsp/core/failover/http_head.h"

#include <stdio.h>
#include <string.h>

#include "rsp/core/failover/http_body.h"
#include "tests/lib/suite.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LONG                                                                   \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONG4 LONG LONG LONG LONG
#define LONG16 LONG4 LONG4 LONG4 LONG4

/* clang-format off */
static const struct {
	const char *name;
	bool request;
	const char *text;
	enum rsp_http_head_state state;
} heads[] = {
	{ "a response", false, "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", RSP_HEAD_DONE },
	{ "no reason, no space", false, "HTTP/1.1 200\r\n\r\n", RSP_HEAD_DONE },
	{ "HTTP/1.0", false, "HTTP/1.0 200 OK\r\n\r\n", RSP_HEAD_DONE },
	{ "long foreign field", false, "HTTP/1.1 200 OK\r\nA: " LONG16 "\r\n\r\n", RSP_HEAD_DONE },
	{ "long reason", false, "HTTP/1.1 200 " LONG16 "\r\n\r\n", RSP_HEAD_DONE },
	{ "long foreign name", false, "HTTP/1.1 200 OK\r\n" LONG16 ": 1\r\n\r\n", RSP_HEAD_DONE },
	{ "empty value", false, "HTTP/1.1 200 OK\r\nA:\r\n\r\n", RSP_HEAD_DONE },
	{ "equal lengths twice", false,
	  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-length:5\r\n\r\n", RSP_HEAD_DONE },
	{ "not complete", false, "HTTP/1.1 200 OK\r\nA: b\r\n", RSP_HEAD_OPEN },
	{ "HTTP/2", false, "HTTP/2 200 OK\r\n\r\n", RSP_HEAD_BAD },
	{ "ICY", false, "ICY 200 OK\r\n\r\n", RSP_HEAD_BAD },
	{ "two digits", false, "HTTP/1.1 20 OK\r\n\r\n", RSP_HEAD_BAD },
	{ "four digits", false, "HTTP/1.1 2000 OK\r\n\r\n", RSP_HEAD_BAD },
	{ "status below 100", false, "HTTP/1.1 099 OK\r\n\r\n", RSP_HEAD_BAD },
	{ "bare LF", false, "HTTP/1.1 200 OK\nA: b\n\n", RSP_HEAD_BAD },
	{ "bare CR", false, "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", RSP_HEAD_BAD },
	{ "folded line", false, "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", RSP_HEAD_BAD },
	{ "space before the colon", false, "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n",
	  RSP_HEAD_BAD },
	{ "no colon", false, "HTTP/1.1 200 OK\r\nwhat is this\r\n\r\n", RSP_HEAD_BAD },
	{ "lengths that differ", false,
	  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", RSP_HEAD_BAD },
	{ "a list of lengths", false, "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n",
	  RSP_HEAD_BAD },
	{ "a signed length", false, "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n", RSP_HEAD_BAD },
	{ "an endless length", false,
	  "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n", RSP_HEAD_BAD },
	{ "two codings", false, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n", RSP_HEAD_BAD },
	{ "a known field too long", false, "HTTP/1.1 200 OK\r\nETag: \"" LONG16 "\"\r\n\r\n",
	  RSP_HEAD_BAD },
	{ "two tags", false, "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nETag: \"a\"\r\n\r\n",
	  RSP_HEAD_BAD },
	{ "a request", true, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", RSP_HEAD_DONE },
	{ "a long target", true, "GET /" LONG16 " HTTP/1.1\r\n\r\n", RSP_HEAD_DONE },
	{ "any method", true, "M-SEARCH * HTTP/1.1\r\n\r\n", RSP_HEAD_DONE },
	{ "HTTP/0.9", true, "GET /\r\n", RSP_HEAD_BAD },
	{ "two spaces", true, "GET  / HTTP/1.1\r\n\r\n", RSP_HEAD_BAD },
	{ "a space in the target", true, "GET /a b HTTP/1.1\r\n\r\n", RSP_HEAD_BAD },
	{ "HTTP/2's preface", true, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", RSP_HEAD_BAD },
	{ "SMTP", true, "EHLO example.org\r\n", RSP_HEAD_BAD },
	{ "Redis", true, "*1\r\n$4\r\nPING\r\n", RSP_HEAD_BAD },
	{ "an empty line first", true, "\r\nGET / HTTP/1.1\r\n\r\n", RSP_HEAD_BAD },
};
/* clang-format on */

static void
read_head(struct rsp_http_head *h, bool request, const char *text, size_t step)
{
	size_t n = strlen(text), at = 0, used;

	rsp_http_head_init(h, request);
	for (; at < n && h->state == RSP_HEAD_OPEN; at += used) {
		used = step < n - at ? step : n - at;
		used = rsp_http_head_add(h, (const uint8_t *)text + at, used);
		ck_assert_uint_gt(used, 0);
	}
	ck_assert_uint_eq(h->bytes, at);
}

START_TEST(heads_are_read_strictly)
{
	struct rsp_http_head h;

	for (size_t step = 1; step < 4000; step = step * 3 + 1) {
		read_head(&h, heads[_i].request, heads[_i].text, step);
		ck_assert_msg(h.state == heads[_i].state,
		    "%s, in steps of %zu: state %d", heads[_i].name, step,
		    h.state);
	}
}
END_TEST

START_TEST(nothing_behind_a_head_is_taken)
{
	static const char text[] = "HTTP/1.1 200 OK\r\n\r\nbody";
	struct rsp_http_head h;

	rsp_http_head_init(&h, false);
	ck_assert_uint_eq(rsp_http_head_add(&h, (const uint8_t *)text,
			      sizeof(text) - 1),
	    19);
	ck_assert_uint_eq(rsp_http_head_add(&h, (const uint8_t *)"x", 1), 0);
}
END_TEST

START_TEST(a_zero_byte_is_bad)
{
	struct rsp_http_head h;

	rsp_http_head_init(&h, false);
	rsp_http_head_add(&h, (const uint8_t *)"HTTP/1.1 200 \0\r\n", 16);
	ck_assert_int_eq(h.state, RSP_HEAD_BAD);
}
END_TEST

START_TEST(fields_that_matter_are_kept)
{
	struct rsp_http_head h;

	read_head(&h, false,
	    "HTTP/1.0 206 Partial\r\nCONTENT-LENGTH:  42 \r\n"
	    "Connection: foo , Keep-Alive\r\nETag: \"a b\"\r\n"
	    "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "Date: Sun, 6 Nov 1994 08:49:38 GMT\r\nTrailer: X\r\n"
	    "Content-Encoding: gzip\r\nContent-Range: bytes 1-42/100\r\n\r\n",
	    7);
	ck_assert(h.status == 206 && h.minor == 0 && h.has_length &&
		  h.length == 42 && h.keep_alive && !h.close && h.trailer);
	ck_assert(h.etag.n == 5 && memcmp(h.etag.text, "\"a b\"", 5) == 0);
	ck_assert(rsp_http_time(&h.modified) == 784111777 &&
		  rsp_http_time(&h.date) == 784111778);
	ck_assert(h.encoding.n == 4 && h.has_range && !h.bad_range);
	ck_assert(
	    h.range_first == 1 && h.range_last == 42 && h.range_total == 100);
	read_head(&h, false,
	    "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n"
	    "Transfer-Encoding: Chunked\r\nConnection: Close\r\n\r\n",
	    9);
	ck_assert(h.encoding.n == 0 && h.chunked && h.close && h.minor == 1);
	read_head(&h, true,
	    "HEAD / HTTP/1.1\r\nConnection: HTTP2-Settings\r\n"
	    "Range: bytes=1-2\r\n\r\n",
	    5);
	ck_assert(h.head && !h.get && h.upgrade && h.has_range);
}
END_TEST

/* clang-format off */
static const char *const bad_ranges[] = {
	"bytes */100", "bytes 1-2/*", "bytes 5-4/100", "bytes 1-100/100",
	"bytes 1-2", "items 1-2/3", "bytes=1-2/3", "bytes 1-2/3x", "",
};

static const struct {
	const char *text;
	int64_t seconds;
} dates[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
	{ "Thu, 1 Jan 1970 00:00:01 GMT", 1 },
	{ "Thu, 29 Feb 2024 12:00:00 GMT", 1709208000 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", 0 },
	{ "Sun Nov  6 08:49:37 1994", 0 },
	{ "Sun, 06 Nov 1994 08:49:37 CET", 0 },
	{ "Sun, 06 Nov 1994 24:00:00 GMT", 0 },
	{ "Sun, 32 Nov 1994 08:49:37 GMT", 0 },
	{ "Sun, 06 Nox 1994 08:49:37 GMT", 0 },
	{ "0", 0 }, { "", 0 }, { "Sun, ", 0 },
};
/* clang-format on */

START_TEST(odd_ranges_are_noted)
{
	struct rsp_http_head h;
	char text[200];

	snprintf(text, sizeof(text),
	    "HTTP/1.1 206 OK\r\nContent-Range: %s\r\n\r\n", bad_ranges[_i]);
	read_head(&h, false, text, 1000);
	ck_assert_msg(h.has_range && h.bad_range, "%s", bad_ranges[_i]);
}
END_TEST

START_TEST(dates_are_seconds)
{
	const char *text = dates[_i].text;
	int64_t s = rsp_http_date(
	    (struct rsp_span){ (const uint8_t *)text, strlen(text) });

	ck_assert_msg(s == dates[_i].seconds, "%s: %lld", text, (long long)s);
}
END_TEST

/* clang-format off */
static const struct {
	const char *name, *text, *data;
	enum rsp_http_body_state state;
} bodies[] = {
	{ "two chunks", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde", RSP_BODY_DONE },
	{ "none", "0\r\n\r\n", "", RSP_BODY_DONE },
	{ "upper case, zeros", "0000B\r\nabcdefghijk\r\n00\r\n\r\n", "abcdefghijk", RSP_BODY_DONE },
	{ "extensions", "3;a=\"b\"\r\nabc\r\n0 ; x\r\n\r\n", "abc", RSP_BODY_DONE },
	{ "a trailer", "1\r\na\r\n0\r\nA: b\r\nC: d\r\n\r\n", "a", RSP_BODY_DONE },
	{ "no last line yet", "1\r\na\r\n0\r\n", "a", RSP_BODY_LINE },
	{ "no size", "\r\nabc", "", RSP_BODY_BAD },
	{ "a bad digit", "1g\r\n", "", RSP_BODY_BAD },
	{ "LF alone", "1\na", "", RSP_BODY_BAD },
	{ "LF in an extension", "1;x\ny\r\n", "", RSP_BODY_BAD },
	{ "a negative size", "-1\r\n", "", RSP_BODY_BAD },
	{ "too many digits", "10000000000000000\r\n", "", RSP_BODY_BAD },
	{ "data that is too long", "1\r\nab\r\n", "a", RSP_BODY_BAD },
	{ "CR without LF", "1\r\na\rb", "a", RSP_BODY_BAD },
	{ "LF in a trailer", "0\r\na\nb\r\n\r\n", "", RSP_BODY_BAD },
};
/* clang-format on */

static void
read_body(struct rsp_http_body *b, const char *text, size_t step, char *data)
{
	size_t n = strlen(text), at = 0, used, kept = 0;

	while (
	    at < n && b->state != RSP_BODY_BAD && b->state != RSP_BODY_DONE) {
		used = step < n - at ? step : n - at;
		if (b->state == RSP_BODY_DATA) {
			used = used < b->left ? used : (size_t)b->left;
			memcpy(data + kept, text + at, used);
			kept += used;
			rsp_http_body_data(b, used);
		} else
			used = rsp_http_body_frame(b,
			    (const uint8_t *)text + at, used);
		at += used;
	}
	data[kept] = '\0';
}

START_TEST(chunks_are_framing_and_data)
{
	struct rsp_http_body b;
	char data[100];

	for (size_t step = 1; step < 50; step++) {
		rsp_http_body_chunked(&b);
		read_body(&b, bodies[_i].text, step, data);
		ck_assert_msg(b.state == bodies[_i].state,
		    "%s, in steps of %zu: state %d", bodies[_i].name, step,
		    b.state);
		ck_assert_str_eq(data, bodies[_i].data);
	}
}
END_TEST

START_TEST(a_length_is_one_run)
{
	struct rsp_http_body b;

	rsp_http_body_length(&b, 0);
	ck_assert_int_eq(b.state, RSP_BODY_DONE);
	rsp_http_body_length(&b, 3);
	rsp_http_body_data(&b, 2);
	ck_assert_int_eq(b.state, RSP_BODY_DATA);
	ck_assert_uint_eq(rsp_http_body_frame(&b, (const uint8_t *)"x", 1), 0);
	rsp_http_body_data(&b, 1);
	ck_assert_int_eq(b.state, RSP_BODY_DONE);
	rsp_http_body_until_close(&b);
	rsp_http_body_data(&b, 1000);
	ck_assert_int_eq(b.state, RSP_BODY_CLOSE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_head");
	TCase *t = tcase_create("head");

	tcase_add_loop_test(t, heads_are_read_strictly, 0, COUNT(heads));
	tcase_add_test(t, nothing_behind_a_head_is_taken);
	tcase_add_test(t, a_zero_byte_is_bad);
	tcase_add_test(t, fields_that_matter_are_kept);
	tcase_add_loop_test(t, odd_ranges_are_noted, 0, COUNT(bad_ranges));
	tcase_add_loop_test(t, dates_are_seconds, 0, COUNT(dates));
	tcase_add_loop_test(t, chunks_are_framing_and_data, 0, COUNT(bodies));
	tcase_add_test(t, a_length_is_one_run);
	suite_add_tcase(s, t);
	return run_suite(s);
}
