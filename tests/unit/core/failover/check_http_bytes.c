/* SPDX-License-Identifier: Apache-2.0 */
/* check_http_bytes.c - claims about HTTP's heads, byte by byte: what may stand
 * where, and every day of a calendar
 */
#include "tests/lib/suite.h"

#include <stdio.h>
#include <time.h>

#include "rsp/core/failover/http_body.h"
#include "rsp/core/failover/http_head.h"

/* Reads a head in one go or byte by byte. */
static enum rsp_http_head_state
read_as(const uint8_t *p, size_t n, size_t step)
{
	struct rsp_http_head h;

	rsp_http_head_init(&h, false);
	for (size_t at = 0; at < n && h.state == RSP_HEAD_OPEN;)
		at += rsp_http_head_add(&h, p + at,
		    step < n - at ? step : n - at);
	return h.state;
}

/* A byte that ends lines or strings is found wherever it stands in a value. */
START_TEST(odd_bytes_are_found_everywhere)
{
	static const char begin[] = "HTTP/1.1 200 OK\r\nA: ",
			  end[] = "\r\n\r\n";
	uint8_t head[128];
	size_t before = strlen(begin), length, at;

	for (length = 1; length <= 40; length++) {
		size_t n = before + length + strlen(end);

		for (at = 0; at < length; at++) {
			memcpy(head, begin, before);
			memset(head + before, 'x', length);
			memcpy(head + before + length, end, strlen(end));
			ck_assert_int_eq(read_as(head, n, n), RSP_HEAD_DONE);
			head[before + at] = 0x8d; /* a CR with its top bit */
			ck_assert_int_eq(read_as(head, n, n), RSP_HEAD_DONE);
			head[before + at] = 0x80;
			ck_assert_int_eq(read_as(head, n, n), RSP_HEAD_DONE);
			head[before + at] = '\0';
			ck_assert_int_eq(read_as(head, n, n), RSP_HEAD_BAD);
			ck_assert_int_eq(read_as(head, n, 1), RSP_HEAD_BAD);
			if (at == length - 1)
				continue; /* CR CR LF is another matter */
			head[before + at] = '\r';
			ck_assert_int_eq(read_as(head, n, n), RSP_HEAD_BAD);
			ck_assert_int_eq(read_as(head, n, 1), RSP_HEAD_BAD);
		}
	}
}
END_TEST

/* RFC 9110, 5.6.2. */
START_TEST(names_are_tokens)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";
	uint8_t head[] = "HTTP/1.1 200 OK\r\nA?B: x\r\n\r\n";
	size_t n = sizeof(head) - 1;

	for (unsigned c = 1; c < 256; c++) {
		bool good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			    (c >= 'a' && c <= 'z') ||
			    strchr(marks, (int)c) != NULL ||
			    c == ':'; /* ends the name */

		head[18] = (uint8_t)c;
		ck_assert_msg((read_as(head, n, n) == RSP_HEAD_DONE) == good,
		    "byte %u", c);
		ck_assert_msg((read_as(head, n, 1) == RSP_HEAD_DONE) == good,
		    "byte %u, byte by byte", c);
	}
}
END_TEST

/* Every day until 2106, and every month's ends. */
START_TEST(each_day_has_its_seconds)
{
	static const int64_t last = INT64_C(4294967296);
	char text[64];

	for (int64_t day = 0; day * 86400 < last; day++) {
		time_t t = (time_t)(day * 86400 + day % 86400);
		struct tm tm;
		size_t n;

		gmtime_r(&t, &tm);
		n = strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT",
		    &tm);
		ck_assert_msg(rsp_http_date((struct rsp_span){
				  (const uint8_t *)text, n }) == t,
		    "%s", text);
	}
}
END_TEST

/* What is no time of day, no day or no year. */
static const char *const absurd[] = {
	"Sun, 00 Nov 1994 08:49:37 GMT",
	"Sun, 32 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nov 1969 08:49:37 GMT",
	"Sun, 06 Nov 1994 24:00:00 GMT",
	"Sun, 06 Nov 1994 08:60:37 GMT",
	"Sun, 06 Nov 1994 08:49:61 GMT",
	"Sun, 06 Nov 1994 08:49:37 UTC",
	"Sun, 06 Nov 1994 08:49:37",
	"Sun, 06 Nov 1994 08:49:37 GMT ",
	"Sun 06 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nox 1994 08:49:37 GMT",
	"Sun, 06-Nov-1994 08:49:37 GMT",
	"Sun, 06 Nov 94 08:49:37 GMT",
	"",
};

START_TEST(what_is_no_date_is_nothing)
{
	ck_assert_msg(rsp_http_date(
			  (struct rsp_span){ (const uint8_t *)absurd[_i],
			      strlen(absurd[_i]) }) == 0,
	    "%s", absurd[_i]);
}
END_TEST

/* Chunk sizes in both cases, up to what 63 bits hold. */
START_TEST(chunk_sizes_are_hexadecimal)
{
	static const char *const formats[] = { "%llx\r\n", "%llX\r\n",
		"000%llx;a\r\n" };
	unsigned long long sizes[200], n = 0;
	struct rsp_http_body b;
	char text[64];

	for (unsigned size = 1; size < 70; size++)
		sizes[n++] = size;
	for (unsigned bit = 7; bit < 63; bit++) {
		sizes[n++] = 1ull << bit;
		sizes[n++] = (1ull << bit) - 1;
	}
	sizes[n++] = INT64_MAX;
	sizes[n++] = 0xabcdefull;
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < 3; k++) {
			int len =
			    snprintf(text, sizeof(text), formats[k], sizes[i]);

			rsp_http_body_chunked(&b);
			ck_assert_uint_eq(rsp_http_body_frame(&b,
					      (const uint8_t *)text,
					      (size_t)len),
			    (size_t)len);
			ck_assert_int_eq(b.state, RSP_BODY_DATA);
			ck_assert_msg(b.left == sizes[i], "%s", text);
			rsp_http_body_data(&b, sizes[i]);
			ck_assert_int_eq(b.state, RSP_BODY_CHUNK_CR);
		}
	for (unsigned c = 1; c < 256; c++) {
		bool good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') ||
			    (c >= 'a' && c <= 'f') || c == ';' || c == ' ' ||
			    c == '\t' || c == '\r';
		uint8_t bytes[2] = { '1', (uint8_t)c };

		rsp_http_body_chunked(&b);
		rsp_http_body_frame(&b, bytes, 2);
		ck_assert_msg((b.state != RSP_BODY_BAD) == good, "byte %u", c);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_bytes");
	TCase *t = tcase_create("http_bytes");

	tcase_add_test(t, odd_bytes_are_found_everywhere);
	tcase_add_test(t, names_are_tokens);
	tcase_add_test(t, each_day_has_its_seconds);
	tcase_add_loop_test(t, what_is_no_date_is_nothing, 0,
	    (int)(sizeof(absurd) / sizeof(absurd[0])));
	tcase_add_test(t, chunk_sizes_are_hexadecimal);
	suite_add_tcase(s, t);
	return run_suite(s);
}
