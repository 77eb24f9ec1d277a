/* SPDX-License-Identifier: Apache-2.0 */
/* check_snapshot.c - claims about the index over what a registrar said */
#include "tests/lib/suite.h"

#include <string.h>

#include "rsp/core/pool/checksum.h"
#include "rsp/core/wire/builder.h"
#include "rsp/tools/snapshot.h"

static struct snapshot now, before;

static void
teardown(void)
{
	snapshot_free(&now);
	snapshot_free(&before);
}

static struct rsp_span
span(const char *text)
{
	return (struct rsp_span){ (const uint8_t *)text, strlen(text) };
}

/* A pool with so many elements, IDs from `first` downwards, as a table has
 * them. */
static void
put(struct snapshot *s, const char *pool, uint32_t first, unsigned n,
    uint32_t home)
{
	static uint8_t room[32768];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	size_t mark = rsp_open_param(&b, RSP_PARAM_HANDLE);
	struct rsp_pe pe = { .home = home, .life = 90 };

	rsp_put_span(&b, span(pool));
	rsp_close_param(&b, mark);
	pe.user.type = RSP_PARAM_TCP;
	pe.user.port = 80;
	pe.user.n_addresses = 1;
	pe.user.addresses[0].family = 4;
	pe.policy.type = 1;
	for (unsigned i = 0; i < n; i++) {
		pe.id = first - i;
		rsp_put_padding(&b);
		rsp_put_pe(&b, &pe);
	}
	ck_assert(snapshot_add(&s->table, rsp_builder_span(&b)));
}

START_TEST(nothing_is_an_index_too)
{
	ck_assert(snapshot_index(&now, NULL));
	ck_assert_uint_eq(now.n_elements, 0);
	ck_assert_uint_eq(now.n_pools, 0);
	ck_assert_uint_eq(snapshot_home(&now, 1)->elements, 0);
}
END_TEST

START_TEST(elements_are_sorted_by_pool_and_id)
{
	put(&now, "b", 9, 2, 1);
	put(&now, "ab", 5, 2, 1);
	put(&now, "a", 3, 2, 1);
	ck_assert(snapshot_index(&now, NULL));
	ck_assert_uint_eq(now.n_elements, 6);
	ck_assert_uint_eq(now.n_pools, 3);
	for (unsigned i = 0; i < 6; i++) {
		static const char *const pools[] = { "a", "ab", "b" };
		static const uint32_t ids[] = { 2, 3, 4, 5, 8, 9 };
		struct rsp_pe pe;

		ck_assert(
		    rsp_span_equal(now.elements[i].handle, span(pools[i / 2])));
		ck_assert_uint_eq(now.elements[i].id, ids[i]);
		ck_assert(snapshot_pe(&now.elements[i], &pe));
		ck_assert_uint_eq(pe.id, ids[i]);
		ck_assert_uint_eq(pe.user.port, 80);
	}
}
END_TEST

/* It changed its home while the table came. */
START_TEST(an_element_that_came_twice_is_one)
{
	put(&now, "a", 7, 1, 1);
	put(&now, "b", 7, 1, 1);
	put(&now, "a", 7, 1, 2);
	ck_assert(snapshot_index(&now, NULL));
	ck_assert_uint_eq(now.n_elements, 2);
	ck_assert_uint_eq(now.n_pools, 2);
	ck_assert_uint_eq(snapshot_home(&now, 1)->elements +
			      snapshot_home(&now, 2)->elements,
	    2);
}
END_TEST

START_TEST(homes_have_their_elements_and_checksums)
{
	uint64_t sum = 0;

	for (uint32_t home = 1; home <= 20; home++)
		put(&now, "a", 100 * home + 9, home % 10, home);
	put(&now, "b", 9, 1, 3);
	ck_assert(snapshot_index(&now, NULL));
	ck_assert_uint_eq(snapshot_home(&now, 3)->elements, 4);
	ck_assert_uint_eq(snapshot_home(&now, 19)->elements, 9);
	ck_assert_uint_eq(snapshot_home(&now, 4711)->elements, 0);
	for (uint32_t i = 0; i < 3; i++)
		sum +=
		    rsp_checksum_block(rsp_checksum_handle(span("a")), 309 - i);
	sum += rsp_checksum_block(rsp_checksum_handle(span("b")), 9);
	ck_assert_uint_eq(snapshot_checksum(snapshot_home(&now, 3)),
	    rsp_checksum_fold(sum));
	ck_assert_uint_eq(snapshot_checksum(snapshot_home(&now, 4711)),
	    rsp_checksum_fold(0));
}
END_TEST

START_TEST(what_was_there_keeps_its_age)
{
	before.taken = 1000;
	put(&before, "a", 5, 2, 1);
	ck_assert(snapshot_index(&before, NULL));
	ck_assert_int_eq(before.elements[0].since, RSP_NEVER);
	before.elements[1].since = 700; /* 5, as of one before that */
	now.taken = 2000;
	put(&now, "a", 6, 3, 1);
	put(&now, "b", 5, 1, 1);
	ck_assert(snapshot_index(&now, &before));
	ck_assert_int_eq(now.elements[0].since, RSP_NEVER);
	ck_assert_int_eq(now.elements[1].since, 700);
	ck_assert_int_eq(now.elements[2].since, 2000);
	ck_assert_int_eq(now.elements[3].since, 2000);
}
END_TEST

START_TEST(bytes_grow_and_stay_aligned)
{
	struct snapshot_bytes *b = &now.servers;
	uint8_t odd[999];

	memset(odd, 0xff, sizeof(odd));
	for (unsigned i = 1; i <= 100; i++) {
		ck_assert(
		    snapshot_add(b, (struct rsp_span){ odd, sizeof(odd) }));
		ck_assert_uint_eq(b->len, i * 1000);
		ck_assert_uint_eq(b->at[b->len - 1], 0);
		ck_assert_uint_eq(b->at[b->len - 2], 0xff);
	}
	ck_assert(snapshot_add(b, (struct rsp_span){ NULL, 0 }));
	ck_assert_uint_eq(b->len, 100000);
}
END_TEST

START_TEST(what_is_freed_can_be_filled_again)
{
	put(&now, "a", 5, 2, 1);
	ck_assert(snapshot_index(&now, NULL));
	snapshot_free(&now);
	ck_assert_uint_eq(now.n_elements, 0);
	put(&now, "a", 5, 1, 1);
	ck_assert(snapshot_index(&now, NULL));
	ck_assert_uint_eq(now.n_elements, 1);
	ck_assert_uint_eq(now.n_pools, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("snapshot");
	TCase *t = tcase_create("snapshot");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, nothing_is_an_index_too);
	tcase_add_test(t, elements_are_sorted_by_pool_and_id);
	tcase_add_test(t, an_element_that_came_twice_is_one);
	tcase_add_test(t, homes_have_their_elements_and_checksums);
	tcase_add_test(t, what_was_there_keeps_its_age);
	tcase_add_test(t, bytes_grow_and_stay_aligned);
	tcase_add_test(t, what_is_freed_can_be_filled_again);
	suite_add_tcase(s, t);
	return run_suite(s);
}
