/* SPDX-License-Identifier: Apache-2.0 */
/* check_digest.c - claims about digests: runs of bytes compared, whole and at
 * their ends */
#include "rsp/core/failover/digest.h"

#include <stdio.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "rsp/core/failover/digest_wide.h"

#include "tests/lib/suite.h"

#define BLOCK RSP_DIGEST_BLOCK

static uint8_t bytes[5 * BLOCK + 100];

static void
fill(void)
{
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31 ^ i >> 8);
}

static void
digest(struct rsp_digest *d, size_t from, size_t to, size_t step)
{
	rsp_digest_init(d);
	for (size_t at = from; at < to; at += step)
		rsp_digest_add(d, bytes + at, step < to - at ? step : to - at);
}

static const size_t lengths[] = { 0, 1, 255, 256, 257, BLOCK - 1, BLOCK,
	BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 7, 5 * BLOCK + 100 };

START_TEST(pieces_do_not_matter)
{
	static const size_t steps[] = { 1, 3, 100, 256, 1000, BLOCK, BLOCK + 1,
		3 * BLOCK };
	size_t n = lengths[_i];
	struct rsp_digest whole, parts;

	fill();
	digest(&whole, 0, n, sizeof(bytes));
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		digest(&parts, 0, n, steps[i]);
		ck_assert_msg(rsp_digest_equal(&whole, &parts),
		    "%zu bytes in steps of %zu", n, steps[i]);
	}
}
END_TEST

START_TEST(one_changed_byte_is_found)
{
	size_t n = lengths[_i];
	struct rsp_digest a, b;

	fill();
	digest(&a, 0, n, 500);
	for (size_t at = 0; at < n; at += 997) {
		bytes[at] ^= 1;
		digest(&b, 0, n, 700);
		ck_assert_msg(!rsp_digest_equal(&a, &b), "byte %zu of %zu", at,
		    n);
		bytes[at] ^= 1;
	}
	if (n > 0) {
		digest(&b, 0, n - 1, 500);
		ck_assert(!rsp_digest_equal(&a, &b));
	}
}
END_TEST

START_TEST(the_end_is_compared_alone)
{
	size_t n = lengths[_i], from, at;
	struct rsp_digest whole, end;

	fill();
	digest(&whole, 0, n, 500);
	from = (size_t)rsp_digest_overlap(&whole);
	ck_assert_uint_lt(n - from, 2 * BLOCK);
	ck_assert(n == 0 || from < n);
	ck_assert(n < BLOCK || n - from >= BLOCK);
	digest(&end, from, n, 77);
	ck_assert(rsp_digest_ends(&whole, &end));
	for (at = from; at < n; at += 499) {
		bytes[at] ^= 0x80;
		digest(&end, from, n, 77);
		ck_assert_msg(!rsp_digest_ends(&whole, &end), "byte %zu of %zu",
		    at, n);
		bytes[at] ^= 0x80;
	}
}
END_TEST

START_TEST(blocks_that_change_places_are_found)
{
	struct rsp_digest a, b;

	fill();
	digest(&a, 0, 3 * BLOCK, 500);
	rsp_digest_init(&b);
	rsp_digest_add(&b, bytes + BLOCK, BLOCK);
	rsp_digest_add(&b, bytes, BLOCK);
	rsp_digest_add(&b, bytes + 2 * BLOCK, BLOCK);
	ck_assert(!rsp_digest_equal(&a, &b));
}
END_TEST

#ifdef RSP_DIGEST_HAS_WIDE
START_TEST(wide_registers_change_nothing)
{
	size_t n = lengths[_i], half = n / 2;
	XXH3_state_t narrow, wide;

	fill();
	ck_assert_uint_eq(rsp_digest_wide_hash(bytes, n),
	    XXH3_64bits(bytes, n));
	XXH3_64bits_reset(&narrow);
	XXH3_64bits_reset(&wide);
	XXH3_64bits_update(&narrow, bytes, n);
	rsp_digest_wide_update(&wide, bytes, half);
	ck_assert_uint_eq(XXH3_64bits_digest(&wide), XXH3_64bits(bytes, half));
	/* the other way from here on */
	XXH3_64bits_update(&wide, bytes + half, n - half);
	ck_assert_uint_eq(XXH3_64bits_digest(&wide),
	    XXH3_64bits_digest(&narrow));
}
END_TEST
#endif

int
main(void)
{
	Suite *s = suite_create("digest");
	TCase *t = tcase_create("digest");
	int n = sizeof(lengths) / sizeof(lengths[0]);

	tcase_add_loop_test(t, pieces_do_not_matter, 0, n);
	tcase_add_loop_test(t, one_changed_byte_is_found, 0, n);
	tcase_add_loop_test(t, the_end_is_compared_alone, 0, n);
	tcase_add_test(t, blocks_that_change_places_are_found);
#ifdef RSP_DIGEST_HAS_WIDE
	if (rsp_digest_is_wide())
		tcase_add_loop_test(t, wide_registers_change_nothing, 0, n);
	else
		puts("SKIP: wide registers: this processor has no AVX2");
#endif
	suite_add_tcase(s, t);
	return run_suite(s);
}
