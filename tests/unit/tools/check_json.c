/* SPDX-License-Identifier: Apache-2.0 */
/* check_json.c - claims about JSON as it is written */
#include "tests/lib/suite.h"

#include <stdio.h>

#include "rsp/tools/json.h"

static struct json json;
static char *text;
static size_t length;

static void
setup(void)
{
	json = (struct json){ .out = open_memstream(&text, &length) };
	ck_assert_ptr_nonnull(json.out);
}

static void
teardown(void)
{
	fclose(json.out);
	free(text);
}

static const char *
written(void)
{
	fflush(json.out);
	return text;
}

START_TEST(members_are_separated)
{
	json_open(&json, NULL, '{');
	json_number(&json, "a", -5);
	json_open(&json, "b", '[');
	json_number(&json, NULL, INT64_MAX);
	json_string(&json, NULL, "c");
	json_close(&json, ']');
	json_bool(&json, "d", true);
	json_close(&json, '}');
	ck_assert_str_eq(written(),
	    "{\"a\": -5, \"b\": [9223372036854775807, \"c\"], \"d\": true}");
}
END_TEST

START_TEST(what_is_empty_separates_like_a_member)
{
	json_open(&json, NULL, '[');
	json_open(&json, NULL, '{');
	json_close(&json, '}');
	json_open(&json, NULL, '[');
	json_close(&json, ']');
	json_bool(&json, NULL, false);
	json_close(&json, ']');
	ck_assert_str_eq(written(), "[{}, [], false]");
}
END_TEST

START_TEST(numbers_have_their_forms)
{
	json_open(&json, NULL, '[');
	json_hex(&json, NULL, 0xab);
	json_hex(&json, NULL, UINT32_MAX);
	json_raw(&json, NULL, "12.5");
	json_number(&json, NULL, INT64_MIN);
	json_close(&json, ']');
	ck_assert_str_eq(written(),
	    "[\"0x000000ab\", \"0xffffffff\", 12.5, -9223372036854775808]");
}
END_TEST

static const struct {
	const char *value, *quoted;
} strings[] = {
	{ "", "\"\"" },
	{ "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
	{ "\n\t\x01\x1f\x7f", "\"\\u000a\\u0009\\u0001\\u001f\\u007f\"" },
	/* characters of two, three and four bytes */
	{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
	    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	/* the last there is */
	{ "\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\"" },
};

START_TEST(strings_are_quoted)
{
	json_string(&json, NULL, strings[_i].value);
	ck_assert_str_eq(written(), strings[_i].quoted);
}
END_TEST

/* Each is followed by an "a", which stays. */
static const struct {
	const char *value;
	int replaced;
} bad[] = {
	{ "\xff"
	  "a",
	    1 }, /* never a beginning */
	{ "\x80"
	  "a",
	    1 }, /* the middle of one */
	{ "\xc0\x80"
	  "a",
	    2 }, /* a NUL in too many bytes */
	{ "\xe0\x80\xaf"
	  "a",
	    3 }, /* a slash, likewise */
	{ "\xed\xa0\x80"
	  "a",
	    3 }, /* half a pair of UTF-16 */
	{ "\xf4\x90\x80\x80"
	  "a",
	    4 }, /* beyond the last one */
	{ "\xe2\x82"
	  "a",
	    2 }, /* cut off */
};

START_TEST(what_is_no_utf8_is_replaced)
{
	char expected[64];
	int at = sprintf(expected, "\"");

	for (int i = 0; i < bad[_i].replaced; i++)
		at += sprintf(expected + at, "\\ufffd");
	sprintf(expected + at, "a\"");
	json_string(&json, NULL, bad[_i].value);
	ck_assert_str_eq(written(), expected);
}
END_TEST

START_TEST(what_ends_within_a_character_is_not_read_beyond)
{
	json_string(&json, "\xf0\x9f\x98", "\xe2");
	ck_assert_str_eq(written(), "\"\\ufffd\\ufffd\\ufffd\": \"\\ufffd\"");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("json");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, members_are_separated);
	tcase_add_test(t, what_is_empty_separates_like_a_member);
	tcase_add_test(t, numbers_have_their_forms);
	tcase_add_loop_test(t, strings_are_quoted, 0,
	    sizeof(strings) / sizeof(strings[0]));
	tcase_add_loop_test(t, what_is_no_utf8_is_replaced, 0,
	    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, what_ends_within_a_character_is_not_read_beyond);
	suite_add_tcase(s, t);
	return run_suite(s);
}
