/* SPDX-License-Identifier: Apache-2.0 */
/* check_pool_name.c - claims about host names that mean pools, both ways */
#include "tests/lib/suite.h"

#include <string.h>

#include "rsp/core/base/error.h"
#include "rsp/core/wire/pool_name.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *text, *domain;
	enum rsp_pool_name_kind kind;
	bool any_case;
	const char *handle;
	size_t len;
} rows[] = {
	{ "localhost", "pool.alt", RSP_POOL_NAME_OTHER, false, "", 0 },
	{ "", "pool.alt", RSP_POOL_NAME_OTHER, false, "", 0 },
	{ "pool", "pool.alt", RSP_POOL_NAME_OTHER, false, "", 0 },
	{ "pool.example", "pool.alt", RSP_POOL_NAME_OTHER, false, "", 0 },
	{ "carpool.alt", "pool.alt", RSP_POOL_NAME_OTHER, false, "", 0 },
	{ "spool:Web", "pool.alt", RSP_POOL_NAME_OTHER, false, "", 0 },
	{ "Web.pool.alt.example", "pool.alt", RSP_POOL_NAME_OTHER, false, "",
	    0 },
	{ "Web.pool.alt..", "pool.alt", RSP_POOL_NAME_OTHER, false, "", 0 },
	{ "::1", "pool.alt", RSP_POOL_NAME_OTHER, false, "", 0 },
	/* the colon form: exact bytes */
	{ "pool:Web", "pool.alt", RSP_POOL_NAME_OURS, false, "Web", 3 },
	{ "POOL:Web", "pool.alt", RSP_POOL_NAME_OURS, false, "Web", 3 },
	{ "pool:a%00b%2f%25:c", "pool.alt", RSP_POOL_NAME_OURS, false,
	    "a\0b/%:c", 7 },
	{ "pool:%C3%A4", "pool.alt", RSP_POOL_NAME_OURS, false, "\xc3\xa4", 2 },
	{ "pool:\xc3\xa4", "pool.alt", RSP_POOL_NAME_OURS, false, "\xc3\xa4",
	    2 },
	{ "pool:Web.pool.alt", "pool.alt", RSP_POOL_NAME_OURS, false,
	    "Web.pool.alt", 12 },
	{ "pool:", "pool.alt", RSP_POOL_NAME_BAD, false, "", 0 },
	{ "pool:%", "pool.alt", RSP_POOL_NAME_BAD, false, "", 0 },
	{ "pool:%4", "pool.alt", RSP_POOL_NAME_BAD, false, "", 0 },
	{ "pool:%4g", "pool.alt", RSP_POOL_NAME_BAD, false, "", 0 },
	{ "pool:a%%", "pool.alt", RSP_POOL_NAME_BAD, false, "", 0 },
	{ "pool:0123456789abcdefg", "pool.alt", RSP_POOL_NAME_BAD, false, "",
	    0 },
	/* the dotted form: any case */
	{ "Web.pool.alt", "pool.alt", RSP_POOL_NAME_OURS, true, "Web", 3 },
	{ "Web.POOL.Alt.", "pool.alt", RSP_POOL_NAME_OURS, true, "Web", 3 },
	{ "a.b.pool.alt", "pool.alt", RSP_POOL_NAME_OURS, true, "a.b", 3 },
	{ "50%.pool.alt", "pool.alt", RSP_POOL_NAME_OURS, true, "50%", 3 },
	{ "a..pool.alt", "pool.alt", RSP_POOL_NAME_OURS, true, "a.", 2 },
	{ "x-.pool.alt", "pool.alt", RSP_POOL_NAME_OURS, true, "x-", 2 },
	{ "Web\xe3\x80\x82pool\xef\xbc\x8e"
	  "alt\xef\xbd\xa1",
	    "pool.alt", RSP_POOL_NAME_OURS, true, "Web", 3 },
	{ "Web\x80\x82pool.alt", "pool.alt", RSP_POOL_NAME_OTHER, false, "",
	    0 },
	{ "pool.alt", "pool.alt", RSP_POOL_NAME_BAD, false, "", 0 },
	{ "pool.alt.", "pool.alt", RSP_POOL_NAME_BAD, false, "", 0 },
	{ ".pool.alt", "pool.alt", RSP_POOL_NAME_BAD, false, "", 0 },
	{ "Web.farm", "farm", RSP_POOL_NAME_OURS, true, "Web", 3 },
	{ "Web.pool.alt", "farm", RSP_POOL_NAME_OTHER, false, "", 0 },
	{ "Web.", "", RSP_POOL_NAME_OTHER, false, "", 0 },
	{ "0123456789abcdefg.pool.alt", "pool.alt", RSP_POOL_NAME_BAD, false,
	    "", 0 },
	/* the hex form: exact bytes */
	{ "x--576562.pool.alt", "pool.alt", RSP_POOL_NAME_OURS, false, "Web",
	    3 },
	{ "X--5.76.56.2.POOL.ALT.", "pool.alt", RSP_POOL_NAME_OURS, false,
	    "Web", 3 },
	{ "x--00fF.pool.alt", "pool.alt", RSP_POOL_NAME_OURS, false, "\0\xff",
	    2 },
	{ "x--.pool.alt", "pool.alt", RSP_POOL_NAME_BAD, false, "", 0 },
	{ "x--5.pool.alt", "pool.alt", RSP_POOL_NAME_BAD, false, "", 0 },
	{ "x--5g.pool.alt", "pool.alt", RSP_POOL_NAME_BAD, false, "", 0 },
	{ "x--57.65.62", "pool.alt", RSP_POOL_NAME_OTHER, false, "", 0 },
};

static void
check_row(int i, const struct rsp_pool_name *n)
{
	const char *text = rows[i].text;

	ck_assert_msg(n->kind == rows[i].kind, "\"%s\": kind %d", text,
	    (int)n->kind);
	ck_assert_msg((n->why != NULL) == (n->kind == RSP_POOL_NAME_BAD),
	    "\"%s\": a reason for the bad only", text);
	if (n->kind != RSP_POOL_NAME_OURS) {
		ck_assert_msg(n->handle.len == 0, "\"%s\": a handle", text);
		return;
	}
	ck_assert_msg(n->any_case == rows[i].any_case, "\"%s\": case", text);
	ck_assert_msg(n->handle.len == rows[i].len &&
			  memcmp(n->handle.at, rows[i].handle, rows[i].len) ==
			      0,
	    "\"%s\": handle of %zu bytes", text, n->handle.len);
}

START_TEST(names_are_told_apart)
{
	uint8_t buffer[16];
	struct rsp_pool_name n;

	rsp_pool_name_parse(rows[_i].text, rows[_i].domain, buffer,
	    sizeof(buffer), &n);
	check_row(_i, &n);
	ck_assert_msg(rsp_pool_name_is_ours(rows[_i].text, rows[_i].domain) ==
			  (rows[_i].kind != RSP_POOL_NAME_OTHER),
	    "\"%s\": the cheap test differs", rows[_i].text);
}
END_TEST

START_TEST(a_bare_handle_is_taken_where_only_a_pool_can_be_meant)
{
	uint8_t buffer[16];
	struct rsp_pool_name n;

	rsp_pool_name_parse_bare("a%2fb", "pool.alt", buffer, sizeof(buffer),
	    &n);
	ck_assert_int_eq(n.kind, RSP_POOL_NAME_OURS);
	ck_assert(!n.any_case);
	ck_assert_uint_eq(n.handle.len, 3);
	ck_assert(memcmp(n.handle.at, "a/b", 3) == 0);
	rsp_pool_name_parse_bare("a%2", "pool.alt", buffer, sizeof(buffer), &n);
	ck_assert_int_eq(n.kind, RSP_POOL_NAME_BAD);
	rsp_pool_name_parse_bare("", "pool.alt", buffer, sizeof(buffer), &n);
	ck_assert_int_eq(n.kind, RSP_POOL_NAME_BAD);
	rsp_pool_name_parse_bare("Web.pool.alt", "pool.alt", buffer, 3, &n);
	ck_assert_int_eq(n.kind, RSP_POOL_NAME_OURS);
	ck_assert(n.any_case);
}
END_TEST

static const struct {
	const char *handle;
	size_t len;
	const char *name;
} made[] = {
	{ "Web", 3, "Web.pool.alt" },
	{ "web-2", 5, "web-2.pool.alt" },
	{ "-web", 4, "x--2d776562.pool.alt" },
	{ "web-", 4, "x--7765622d.pool.alt" },
	{ "a.b", 3, "x--612e62.pool.alt" },
	{ "a_b", 3, "x--615f62.pool.alt" },
	{ "x--61", 5, "x--782d2d3631.pool.alt" },
	{ "\0\xff", 2, "x--00ff.pool.alt" },
	{ "", 0, "x--.pool.alt" },
};

START_TEST(handles_become_names)
{
	char text[64];
	int len =
	    rsp_pool_name_make((struct rsp_span){ (const uint8_t *)made[_i]
						      .handle,
				   made[_i].len },
		"pool.alt", text, sizeof(text));

	ck_assert_str_eq(text, made[_i].name);
	ck_assert_int_eq(len, (int)strlen(text));
}
END_TEST

START_TEST(every_handle_comes_back_from_its_name)
{
	uint8_t handle[300], buffer[300];
	char text[1025], escaped[RSP_POOL_NAME_ESCAPED(300)];
	struct rsp_pool_name n;

	for (size_t i = 0; i < sizeof(handle); i++)
		handle[i] = (uint8_t)(i * 7);
	for (size_t len = 1; len <= sizeof(handle); len++) {
		struct rsp_span h = { handle, len };

		ck_assert_int_gt(rsp_pool_name_make(h, "pool.alt", text,
				     sizeof(text)),
		    0);
		rsp_pool_name_parse(text, "pool.alt", buffer, sizeof(buffer),
		    &n);
		ck_assert_int_eq(n.kind, RSP_POOL_NAME_OURS);
		ck_assert(rsp_span_equal(n.handle, h));
		for (char *label = strtok(text, "."); label != NULL;
		     label = strtok(NULL, "."))
			ck_assert_uint_le(strlen(label), 63);
		rsp_pool_name_escape(h, escaped, sizeof(escaped));
		rsp_pool_name_parse_bare(escaped, "pool.alt", buffer,
		    sizeof(buffer), &n);
		ck_assert_int_eq(n.kind, RSP_POOL_NAME_OURS);
		ck_assert(rsp_span_equal(n.handle, h));
	}
}
END_TEST

START_TEST(a_name_that_does_not_fit_is_refused)
{
	char text[13] = "unchanged";
	struct rsp_span web = { (const uint8_t *)"Web", 3 };

	ck_assert_int_eq(rsp_pool_name_make(web, "pool.alt", text, 13), 12);
	ck_assert_str_eq(text, "Web.pool.alt");
	ck_assert_int_eq(rsp_pool_name_make(web, "pool.alt", text, 12),
	    RSP_ESPACE);
	ck_assert_str_eq(text, "");
}
END_TEST

static const struct {
	const char *handle;
	size_t len, size;
	const char *text;
} escapes[] = {
	{ "Web", 3, 4, "Web" },
	{ "Webs", 4, 4, "..." },
	{ "a b%\n", 5, 64, "a%20b%25%0A" },
	{ "\0\x7f", 2, 64, "%00%7F" },
	{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9, 64,
	    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
	/* the last of two bytes, the first and last of three */
	{ "\xdf\xbf\xe0\xa0\x80\xef\xbf\xbd", 8, 64,
	    "\xdf\xbf\xe0\xa0\x80\xef\xbf\xbd" },
	{ "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8, 64,
	    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
	{ "\xc2\x80", 2, 64, "%C2%80" },	       /* a control character */
	{ "\xc0\xaf", 2, 64, "%C0%AF" },	       /* overlong */
	{ "\xe0\x80\xaf", 3, 64, "%E0%80%AF" },	       /* overlong */
	{ "\xed\xa0\x80", 3, 64, "%ED%A0%80" },	       /* surrogate */
	{ "\xf4\x90\x80\x80", 4, 64, "%F4%90%80%80" }, /* too high */
	{ "\xf5\x80\x80\x80", 4, 64, "%F5%80%80%80" },
	{ "\xe2\x82", 2, 64, "%E2%82" }, /* ends early */
	{ "\xe2\x82z", 3, 64, "%E2%82z" },
	{ "\xc2\xa0", 2, 64, "%C2%A0" },	/* a blank: U+00A0 */
	{ "\xe2\x80\xa8", 3, 64, "%E2%80%A8" }, /* a line's end: U+2028 */
	{ "\xe2\x80\xae", 3, 64, "%E2%80%AE" }, /* backwards: U+202E */
	{ "\xe2\x80\x8b", 3, 64, "%E2%80%8B" }, /* nothing: U+200B */
	{ "\xe3\x80\x80", 3, 64, "%E3%80%80" }, /* a blank: U+3000 */
	{ "\xef\xbb\xbf", 3, 64, "%EF%BB%BF" }, /* a mark: U+FEFF */
	{ "\xf3\xa0\x81\x81", 4, 64, "%F3%A0%81%81" }, /* a tag: U+E0041 */
	{ "\xe2\x80\xa7\xe2\x80\xb0", 6, 64,
	    "\xe2\x80\xa7\xe2\x80\xb0" }, /* beside these */
	{ "abcdef", 6, 7, "abcdef" },
	{ "abcdef", 6, 6, "ab..." },
	{ "ab\xc3\xa4z", 5, 6, "ab\xc3\xa4z" },
	{ "ab\xc3\xa4zz", 6, 6, "ab..." },
	{ "", 0, 4, "" },
};

START_TEST(handles_are_readable_and_reversible)
{
	char text[65];

	memset(text, 'z', sizeof(text));
	rsp_pool_name_escape((struct rsp_span){ (const uint8_t *)escapes[_i]
						    .handle,
				 escapes[_i].len },
	    text, escapes[_i].size);
	ck_assert_str_eq(text, escapes[_i].text);
	ck_assert_int_eq(text[escapes[_i].size], 'z');
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("name");
	TCase *t = tcase_create("name");

	tcase_add_loop_test(t, names_are_told_apart, 0, COUNT(rows));
	tcase_add_test(t,
	    a_bare_handle_is_taken_where_only_a_pool_can_be_meant);
	tcase_add_loop_test(t, handles_become_names, 0, COUNT(made));
	tcase_add_test(t, every_handle_comes_back_from_its_name);
	tcase_add_test(t, a_name_that_does_not_fit_is_refused);
	tcase_add_loop_test(t, handles_are_readable_and_reversible, 0,
	    COUNT(escapes));
	suite_add_tcase(s, t);
	return run_suite(s);
}
