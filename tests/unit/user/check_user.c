/* SPDX-License-Identifier: Apache-2.0 */
/* check_user.c - claims about the pool user over sockets and files: how pools
 * are found, remembered, and chosen from
 *
 * Proves, with a registrar of a few lines: 5352-3.3-02, -10, -11, -13 to -18;
 * 5352-4-01; 5352-2.2.6-08.
 */
#include "tests/lib/user_fixture.h"

#include <string.h>
#include <unistd.h>

#include "rsp/core/base/error.h"

/* Proves 5352-6.3-01, 5352-6.5.1-02, 5352-6.5.1-03, 5352-6.5.1-06,
 * 5352-6.5.1-11, 5352-6.9.1-01, 5352-6.9.1-02, 5352-6.9.1-03. */
START_TEST(a_pool_is_found_and_asked_for_once)
{
	find_web();
	ck_assert_uint_eq(pool.transport, RSP_PARAM_TCP);
	ck_assert(pool.has_ipv4 && !pool.has_ipv6);
	find_web();
	ck_assert_uint_eq(fake->resolutions, 1);
	ck_assert_uint_eq(fake->last_items, 128);
	ck_assert(user.shared);
}
END_TEST

static uint64_t
counted(enum rsp_cache_counter which)
{
	struct rsp_cache *c = rsp_user_cache(&user);

	return rsp_cache_counted(c, rsp_cache_by_index(c, pool.index), which);
}

START_TEST(hits_questions_and_moves_are_counted_across_users)
{
	find_web();
	ck_assert_uint_eq(counted(RSP_CACHE_ASKED), 1);
	ck_assert_uint_eq(counted(RSP_CACHE_HITS), 0);
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	rsp_user_count(&user, &pool, RSP_CACHE_MOVES);
	reopen();
	find_web();
	rsp_user_count(&user, &pool, RSP_CACHE_MOVES);
	ck_assert_uint_eq(counted(RSP_CACHE_ASKED), 1);
	ck_assert_uint_eq(counted(RSP_CACHE_HITS), 2);
	ck_assert_uint_eq(counted(RSP_CACHE_MOVES), 2);
	ck_assert_uint_eq(counted(RSP_CACHE_LOST), 0);
}
END_TEST

START_TEST(turns_are_exact_across_users)
{
	unsigned counts[3] = { 0 };

	fake->rotate = true;
	config.ttl_ms = 20; /* so that answers are refreshed in between */
	for (int i = 0; i < 300; i++) {
		reopen();
		find_web();
		ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
		counts[list[0].port - 1001]++;
		if (i % 50 == 0)
			usleep(21000);
	}
	ck_assert_uint_eq(counts[0], 100);
	ck_assert_uint_eq(counts[1], 100);
	ck_assert_uint_eq(counts[2], 100);
	ck_assert_uint_gt(fake->resolutions, 3);
}
END_TEST

START_TEST(an_unknown_pool_is_remembered_for_a_moment)
{
	struct rsp_span none = { (const uint8_t *)"None", 4 };

	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(rsp_user_find(&user, none, false, &pool),
		    RSP_ENOENT);
	ck_assert_uint_eq(fake->resolutions, 1);
}
END_TEST

START_TEST(a_dotted_name_finds_the_pool_in_any_case)
{
	struct rsp_span lower = { (const uint8_t *)"web", 3 };
	uint8_t handle[8];

	fake->any_case = _i == 0; /* or a registrar that knows bytes only */
	if (_i == 1)
		find_web();
	ck_assert_int_eq(rsp_user_find(&user, lower, true, &pool), RSP_OK);
	ck_assert_uint_eq(rsp_user_handle(&user, &pool, handle, 8), 3);
	ck_assert(memcmp(handle, "Web", 3) == 0);
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	ck_assert_int_eq(rsp_user_find(&user, lower, true, &pool), RSP_OK);
	ck_assert_uint_eq(fake->resolutions, _i == 0 ? 1 : 2);
	ck_assert_int_eq(rsp_user_find(&user, lower, false, &pool), RSP_ENOENT);
	/* stale, and nobody there */
	fake_stop(fake);
	config.ttl_ms = 0;
	reopen();
	ck_assert_int_eq(rsp_user_find(&user, lower, true, &pool), RSP_OK);
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
}
END_TEST

START_TEST(handles_are_any_bytes)
{
	static const size_t lengths[] = { 1, 32, 255, 4096 };
	size_t len = lengths[_i];
	uint8_t back[4096];
	struct rsp_span h = { fake->handle, len };

	for (size_t i = 0; i < len; i++)
		fake->handle[i] = (uint8_t) "\0:/%\xc3\xa4 "[i % 7];
	fake->handle_len = len;
	ck_assert_int_eq(rsp_user_find(&user, h, false, &pool), RSP_OK);
	ck_assert_uint_eq(rsp_user_handle(&user, &pool, back, sizeof(back)),
	    len);
	ck_assert(memcmp(back, fake->handle, len) == 0);
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 1), 1);
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_REFUSED);
	rsp_user_report(&user, 200);
	for (int i = 0; i < 100 && fake->reports == 0; i++)
		usleep(1000);
	ck_assert_uint_eq(fake->reports, 1);
}
END_TEST

/* Proves 5352-6.6-03. */
START_TEST(synthetic_addresses_lead_back)
{
	struct rsp_user_pool back;
	struct rsp_address a, mapped = { 6, { [10] = 0xff, [11] = 0xff } };

	find_web();
	rsp_user_synthetic(&pool, 4, &a);
	ck_assert_uint_eq(a.bytes[0], 239);
	ck_assert_uint_ge(a.bytes[1], 192);
	ck_assert_uint_le(a.bytes[1], 195);
	ck_assert(rsp_user_is_synthetic(&a));
	ck_assert_int_eq(rsp_user_by_address(&user, &a, &back), RSP_OK);
	ck_assert_uint_eq(back.index, pool.index);
	ck_assert(back.has_ipv4);
	memcpy(mapped.bytes + 12, a.bytes, 4);
	ck_assert(rsp_user_is_synthetic(&mapped));
	ck_assert_int_eq(rsp_user_by_address(&user, &mapped, &back), RSP_OK);
	a.bytes[3] ^= 1;
	ck_assert(rsp_user_is_synthetic(&a));
	ck_assert_int_eq(rsp_user_by_address(&user, &a, &back), RSP_ENOENT);
	rsp_user_synthetic(&pool, 6, &a);
	ck_assert_uint_eq(a.bytes[0], 0xff);
	ck_assert_uint_eq(a.bytes[1], 0x18);
	ck_assert(rsp_user_is_synthetic(&a));
	ck_assert_int_eq(rsp_user_by_address(&user, &a, &back), RSP_OK);
	ck_assert_uint_eq(back.index, pool.index);
	a.bytes[2] = 1;
	ck_assert(!rsp_user_is_synthetic(&a));
	a = (struct rsp_address){ 4, { 127, 0, 0, 1 } };
	ck_assert(!rsp_user_is_synthetic(&a));
	a = (struct rsp_address){ 6, { [15] = 1 } };
	ck_assert(!rsp_user_is_synthetic(&a));
	a.family = 0;
	ck_assert(!rsp_user_is_synthetic(&a));
}
END_TEST

/* Proves 5352-3.3-01. */
START_TEST(without_a_cache_each_call_asks)
{
	config.cache = RSP_CACHE_OFF;
	reopen();
	find_web();
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	ck_assert_uint_eq(fake->resolutions, 2);
	fake_stop(fake);
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128),
	    RSP_ETIMEOUT);
	ck_assert(!user.shared);
}
END_TEST

START_TEST(adaptive_policies_have_their_own_lifetime)
{
	config.ttl_adaptive_ms = 0;
	fake->policy = 0x40000001;
	reopen();
	find_web();
	rsp_user_choose(&user, &pool, list, 128);
	ck_assert_uint_eq(fake->resolutions, 2);
}
END_TEST

START_TEST(users_of_other_registrars_do_not_meet)
{
	struct fake_registrar *other = fake_start("Web", 3, 0);
	uint64_t scope = user.id.scope;

	other->port = 3001;
	find_web();
	use_registrar(0, fake_endpoint(other));
	reopen();
	ck_assert(user.id.scope != scope);
	find_web();
	rsp_user_choose(&user, &pool, list, 128);
	ck_assert_uint_ge(list[0].port, 3001);
	fake_stop(other);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("user");
	TCase *t = tcase_create("user");

	tcase_add_checked_fixture(t, user_setup, user_teardown);
	tcase_set_timeout(t, 20);
	tcase_add_test(t, a_pool_is_found_and_asked_for_once);
	tcase_add_test(t, hits_questions_and_moves_are_counted_across_users);
	tcase_add_test(t, turns_are_exact_across_users);
	tcase_add_test(t, an_unknown_pool_is_remembered_for_a_moment);
	tcase_add_loop_test(t, a_dotted_name_finds_the_pool_in_any_case, 0, 2);
	tcase_add_loop_test(t, handles_are_any_bytes, 0, 4);
	tcase_add_test(t, synthetic_addresses_lead_back);
	tcase_add_test(t, without_a_cache_each_call_asks);
	tcase_add_test(t, adaptive_policies_have_their_own_lifetime);
	tcase_add_test(t, users_of_other_registrars_do_not_meet);
	suite_add_tcase(s, t);
	return run_suite(s);
}
