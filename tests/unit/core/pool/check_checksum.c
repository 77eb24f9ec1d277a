/* SPDX-License-Identifier: Apache-2.0 */
/* check_checksum.c - claims about the PE checksum (RFC 5353 section 3.6.2) */
#include "rsp/core/pool/checksum.h"
#include "tests/lib/suite.h"

static struct rsp_span
span(const char *text)
{
	return (struct rsp_span){ (const uint8_t *)text, strlen(text) };
}

START_TEST(nothing_at_all_has_all_bits_set)
{
	ck_assert_uint_eq(rsp_checksum_fold(0), 0xffff);
}
END_TEST

/* "abc" padded to 6162 6300, and 1234 5678. */
START_TEST(a_block_is_the_padded_handle_and_the_identifier)
{
	uint32_t sum =
	    rsp_checksum_block(rsp_checksum_handle(span("abc")), 0x12345678);

	ck_assert_uint_eq(sum, 0x6162 + 0x6300 + 0x1234 + 0x5678);
	ck_assert_uint_eq(rsp_checksum_fold(sum),
	    0xffff - (0x2d0e + 1)); /* the carry comes back */
}
END_TEST

START_TEST(elements_come_and_go_in_any_order)
{
	uint32_t a = rsp_checksum_block(rsp_checksum_handle(span("a")), 1);
	uint32_t b = rsp_checksum_block(rsp_checksum_handle(span("b")), ~0u);
	uint64_t sum = 0;

	for (int i = 0; i < 100000; i++)
		sum += b;
	sum += a;
	for (int i = 0; i < 100000; i++)
		sum -= b;
	ck_assert_uint_eq(rsp_checksum_fold(sum), rsp_checksum_fold(a));
}
END_TEST

START_TEST(a_swapped_sum_is_that_of_swapped_words)
{
	uint32_t sum =
	    rsp_checksum_block(rsp_checksum_handle(span("pool")), 0xa1b2c3d4);
	uint32_t swapped =
	    rsp_checksum_block_swapped(rsp_checksum_handle_swapped(
					   span("pool")),
		0xa1b2c3d4);
	uint16_t folded = rsp_checksum_fold(sum);

	ck_assert_uint_eq(rsp_checksum_fold(swapped),
	    (uint16_t)(folded << 8 | folded >> 8));
}
END_TEST

START_TEST(sums_cut_off_at_32_bits_are_taken_when_lenient)
{
	uint64_t sum = (UINT64_C(1) << 32) + 5;
	uint16_t right = rsp_checksum_fold(sum);
	uint16_t cut = rsp_checksum_fold(5);

	ck_assert_uint_ne(right, cut);
	ck_assert(rsp_checksum_is(right, sum, 0, false));
	ck_assert(!rsp_checksum_is(cut, sum, 1, false));
	ck_assert(rsp_checksum_is(cut, sum, 1, true));
	ck_assert(!rsp_checksum_is(0x1234, sum, 1, true));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("checksum");
	TCase *t = tcase_create("checksum");

	tcase_add_test(t, nothing_at_all_has_all_bits_set);
	tcase_add_test(t, a_block_is_the_padded_handle_and_the_identifier);
	tcase_add_test(t, elements_come_and_go_in_any_order);
	tcase_add_test(t, a_swapped_sum_is_that_of_swapped_words);
	tcase_add_test(t, sums_cut_off_at_32_bits_are_taken_when_lenient);
	suite_add_tcase(s, t);
	return run_suite(s);
}
