/* SPDX-License-Identifier: Apache-2.0 */
/* check_cursor.c - claims about the reader of messages: bounds, errors that
 * stay, parameters */
#include "tests/lib/suite.h"

#include "rsp/core/wire/cursor.h"

static struct rsp_cursor
over(const uint8_t *bytes, size_t len)
{
	return rsp_cursor_over((struct rsp_span){ bytes, len });
}

START_TEST(integers_are_big_endian)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7 };
	struct rsp_cursor c = over(bytes, sizeof(bytes));

	ck_assert_uint_eq(rsp_get_u8(&c), 0x01);
	ck_assert_uint_eq(rsp_get_u16(&c), 0x0203);
	ck_assert_uint_eq(rsp_get_u32(&c), 0x04050607);
	ck_assert_uint_eq(c.left, 0);
	ck_assert_int_eq(c.err, RSP_OK);
}
END_TEST

START_TEST(error_is_sticky_and_reads_zero)
{
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct rsp_cursor c = over(bytes, sizeof(bytes));

	ck_assert_uint_eq(rsp_get_u32(&c), 0);
	ck_assert_int_eq(c.err, RSP_ETRUNC);
	ck_assert_uint_eq(rsp_get_u8(&c), 0);
	ck_assert_uint_eq(rsp_get_u16(&c), 0);
	ck_assert_uint_eq(rsp_get_span(&c, 1).len, 0);
	ck_assert_uint_eq(rsp_get_rest(&c).len, 0);
	rsp_cursor_fail(&c, RSP_EINVALID);
	ck_assert_int_eq(c.err, RSP_ETRUNC);
}
END_TEST

static const struct {
	const char *name;
	uint8_t bytes[8];
	size_t len;
	unsigned params;
	enum rsp_error err;
} walks[] = {
	{ "nothing", { 0 }, 0, 0, RSP_OK },
	{ "half a header", { 0, 1, 0 }, 3, 0, RSP_ETRUNC },
	{ "length below header", { 0, 1, 0, 3 }, 4, 0, RSP_EMALFORMED },
	{ "length zero", { 0, 1, 0, 0 }, 4, 0, RSP_EMALFORMED },
	{ "value beyond the end", { 0, 1, 0, 9, 1 }, 5, 0, RSP_ETRUNC },
	{ "empty value", { 0, 1, 0, 4 }, 4, 1, RSP_OK },
	{ "last pad left out", { 0, 1, 0, 5, 9 }, 5, 1, RSP_OK },
	{ "pad whole", { 0, 1, 0, 5, 9, 0, 0, 0 }, 8, 1, RSP_OK },
	{ "two", { 0, 1, 0, 4, 0, 2, 0, 4 }, 8, 2, RSP_OK },
};

START_TEST(parameters_are_walked)
{
	struct rsp_cursor c = over(walks[_i].bytes, walks[_i].len), v;
	struct rsp_span whole;
	unsigned n = 0;
	uint16_t type;

	while (rsp_next_param(&c, &type, &v, &whole)) {
		n++;
		ck_assert_uint_eq(whole.len, v.left + 4);
	}
	ck_assert_msg(n == walks[_i].params, "%s: %u", walks[_i].name, n);
	ck_assert_msg(c.err == walks[_i].err, "%s: %s", walks[_i].name,
	    rsp_strerror(c.err));
}
END_TEST

START_TEST(a_part_inherits_who_wants_the_report)
{
	static const uint8_t bytes[] = { 0, 1, 0, 5, 9 };
	struct rsp_cursor c = over(bytes, sizeof(bytes)), v;
	struct rsp_builder *report = (struct rsp_builder *)&c;
	uint16_t type;

	c.report = report; /* carried, never followed here */
	ck_assert(rsp_next_param(&c, &type, &v, NULL));
	ck_assert_ptr_eq(v.report, report);
}
END_TEST

START_TEST(spans_are_borrowed)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4 };
	struct rsp_cursor c = over(bytes, sizeof(bytes));

	ck_assert_ptr_eq(rsp_get_span(&c, 1).at, bytes);
	ck_assert_ptr_eq(rsp_get_rest(&c).at, bytes + 1);
	ck_assert_uint_eq(rsp_get_rest(&c).len, 0);
	ck_assert_uint_eq(rsp_get_span(&c, 0).len, 0);
	ck_assert_int_eq(c.err, RSP_OK);
	ck_assert_uint_eq(rsp_get_span(&c, SIZE_MAX).len, 0);
	ck_assert_int_eq(c.err, RSP_ETRUNC);
}
END_TEST

START_TEST(every_error_has_a_text)
{
#define HAS_TEXT(name, number, text) ck_assert_str_eq(rsp_strerror(name), text);
	RSP_ERRORS(HAS_TEXT)
#undef HAS_TEXT
	ck_assert_str_eq(rsp_strerror(-1000), "unknown error");
	ck_assert_str_eq(rsp_strerror(1), "unknown error");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cursor");
	TCase *t = tcase_create("cursor");

	tcase_add_test(t, integers_are_big_endian);
	tcase_add_test(t, error_is_sticky_and_reads_zero);
	tcase_add_test(t, spans_are_borrowed);
	tcase_add_test(t, a_part_inherits_who_wants_the_report);
	tcase_add_test(t, every_error_has_a_text);
	tcase_add_loop_test(t, parameters_are_walked, 0,
	    (int)(sizeof(walks) / sizeof(walks[0])));
	suite_add_tcase(s, t);
	return run_suite(s);
}
