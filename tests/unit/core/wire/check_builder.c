/* SPDX-License-Identifier: Apache-2.0 */
/* check_builder.c - claims about the writer of messages: bounds, lengths,
 * padding
 *
 * Proves 5354-2-01, 5354-2-02, 5354-3-10, 5354-3-11, 5354-3-12, 5354-3-13,
 * 5354-4-08, 5354-4-09, 5354-4-10, 5354-4-11.
 */
#include "tests/lib/suite.h"

#include "rsp/core/wire/builder.h"

static uint8_t room[128];

static struct rsp_builder
fresh(size_t size)
{
	memset(room, 0xa5, sizeof(room));
	return rsp_builder_into(room, size);
}

static void
assert_bytes(const struct rsp_builder *b, const char *text)
{
	uint8_t want[128];
	size_t len = hex(text, want);
	struct rsp_span got = rsp_builder_span(b);

	ck_assert_uint_eq(got.len, len);
	ck_assert_mem_eq(got.at, want, len);
}

START_TEST(integers_are_big_endian)
{
	struct rsp_builder b = fresh(7);

	rsp_put_u8(&b, 0x01);
	rsp_put_u16(&b, 0x0203);
	rsp_put_u32(&b, 0x04050607);
	assert_bytes(&b, "01 0203 04050607");
}
END_TEST

START_TEST(what_does_not_fit_is_not_written)
{
	struct rsp_builder b = fresh(3);

	rsp_put_u32(&b, 0);
	ck_assert(b.overflow);
	ck_assert_uint_eq(room[0], 0xa5);
}
END_TEST

START_TEST(overflow_is_sticky)
{
	static const uint8_t byte = 0;
	struct rsp_builder b = fresh(2);
	size_t mark;

	rsp_put_u8(&b, 1);
	rsp_put_u16(&b, 2);
	ck_assert(b.overflow);
	rsp_put_u8(&b, 3); /* would fit */
	rsp_put_span(&b, (struct rsp_span){ &byte, 1 });
	rsp_put_padding(&b);
	mark = rsp_open_param(&b, 0xffff);
	rsp_close_param(&b, mark);
	mark = rsp_open_message(&b, 0xff, 0xff);
	rsp_close_message(&b, mark);
	ck_assert(b.overflow);
	ck_assert_uint_eq(rsp_builder_span(&b).len, 0);
	ck_assert_uint_eq(room[0], 1);
	ck_assert_uint_eq(room[1], 0xa5);
	ck_assert_uint_eq(room[2], 0xa5);
}
END_TEST

START_TEST(nothing_fits_into_nothing)
{
	struct rsp_builder b = rsp_builder_into(NULL, 0);

	rsp_put_span(&b, (struct rsp_span){ NULL, 0 });
	rsp_put_padding(&b);
	ck_assert(!b.overflow);
	ck_assert_ptr_null(rsp_builder_span(&b).at);
	rsp_put_u8(&b, 0);
	ck_assert(b.overflow);
}
END_TEST

/* The length counts padding between what is nested, not after the last. */
START_TEST(lengths_leave_final_padding_out)
{
	struct rsp_builder b = fresh(sizeof(room));
	size_t message = rsp_open_message(&b, 0x0e, 0x01);
	size_t outer = rsp_open_param(&b, 0x000c), inner;
	static const uint8_t bytes[] = { 9, 8, 7 };

	inner = rsp_open_param(&b, 1);
	rsp_put_span(&b, (struct rsp_span){ bytes, 1 });
	rsp_close_param(&b, inner);
	inner = rsp_open_param(&b, 2);
	rsp_put_span(&b, (struct rsp_span){ bytes, 3 });
	rsp_close_param(&b, inner);
	rsp_close_param(&b, outer);
	rsp_close_message(&b, message);
	assert_bytes(&b, "0e01 0017  000c 0013"
			 "0001 0005 09 000000  0002 0007 090807 00");
}
END_TEST

START_TEST(padding_goes_up_to_three_zero_bytes)
{
	size_t n = (size_t)_i, i;
	struct rsp_builder b = fresh(8);

	for (i = 0; i < n; i++)
		rsp_put_u8(&b, 0xff);
	rsp_put_padding(&b);
	ck_assert_uint_eq(b.len, n == 0 ? 0 : n <= 4 ? 4 : 8);
	for (i = n; i < b.len; i++)
		ck_assert_uint_eq(room[i], 0);
}
END_TEST

START_TEST(padding_that_does_not_fit_is_an_overflow)
{
	struct rsp_builder b = fresh(6);
	size_t mark = rsp_open_message(&b, 1, 0);

	rsp_put_u8(&b, 1);
	rsp_close_message(&b, mark);
	ck_assert(b.overflow);
	ck_assert_uint_eq(room[6], 0xa5);
}
END_TEST

START_TEST(a_length_is_at_most_65535)
{
	static uint8_t large[70000];
	static const uint8_t value[65532];
	size_t over = (size_t)_i;
	struct rsp_builder b = rsp_builder_into(large, sizeof(large));
	size_t mark = rsp_open_param(&b, 0x000d);

	rsp_put_span(&b, (struct rsp_span){ value, 65531 + over });
	rsp_close_param(&b, mark);
	ck_assert(b.overflow == (over == 1));
	if (over == 0)
		ck_assert_mem_eq(large, "\0\x0d\xff\xff", 4);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("builder");
	TCase *t = tcase_create("builder");

	tcase_add_test(t, integers_are_big_endian);
	tcase_add_test(t, what_does_not_fit_is_not_written);
	tcase_add_test(t, overflow_is_sticky);
	tcase_add_test(t, nothing_fits_into_nothing);
	tcase_add_test(t, lengths_leave_final_padding_out);
	tcase_add_loop_test(t, padding_goes_up_to_three_zero_bytes, 0, 8);
	tcase_add_test(t, padding_that_does_not_fit_is_an_overflow);
	tcase_add_loop_test(t, a_length_is_at_most_65535, 0, 2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
