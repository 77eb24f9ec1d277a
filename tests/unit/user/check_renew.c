/* SPDX-License-Identifier: Apache-2.0 */
/* check_renew.c - claims about a full cache and the one that follows it */
#include "tests/lib/user_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rsp/core/base/error.h"

#define NOW INT64_C(1000000000)

static struct rsp_span
name_of(const char *kind, unsigned i)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s-%u", kind, i);
	return (struct rsp_span){ (const uint8_t *)name, strlen(name) };
}

/* As many pools as there is room for, used one after the other.  Names that
 * find no place are tried in turn until all places are taken. */
static unsigned
fill(struct rsp_cache *c, const char *kind, unsigned *numbers,
    uint32_t *indices, rsp_time from)
{
	unsigned n = 0, failed = 0;

	for (unsigned i = 0; failed < 2000; i++) {
		int slot = rsp_cache_claim(c, name_of(kind, i));

		failed = slot < 0 ? failed + 1 : 0;
		if (slot < 0)
			continue;
		rsp_cache_used(c, slot, from + n);
		if (numbers != NULL)
			numbers[n] = i;
		if (indices != NULL)
			indices[n] = rsp_cache_index(c, slot);
		n++;
	}
	return n;
}

static struct rsp_cache *
follow(struct rsp_cache *c, rsp_time now)
{
	static const struct rsp_cache_id id = { "a boot", 7 };
	static uint64_t words[RSP_ANSWER_WORDS];
	struct rsp_answer scratch = { words, RSP_ANSWER_WORDS, 0 };
	struct rsp_cache *next = calloc(1, rsp_cache_size());

	ck_assert_ptr_nonnull(next);
	rsp_cache_format(next, &id);
	if (c != NULL)
		rsp_cache_renew(next, c, now, &scratch);
	return next;
}

START_TEST(the_last_used_keep_their_addresses)
{
	static uint32_t indices[RSP_CACHE_SLOTS];
	static unsigned numbers[RSP_CACHE_SLOTS];
	struct rsp_cache *c = follow(NULL, NOW), *next;
	rsp_time first = NOW - RSP_CACHE_SLOTS * 1000;
	unsigned n = fill(c, "pool", numbers, indices, 0), kept = 0;

	for (unsigned i = 0; i < n; i++)
		rsp_cache_used(c,
		    rsp_cache_lookup(c, name_of("pool", numbers[i])),
		    first + i * 1000);
	next = follow(c, NOW);
	for (unsigned i = n; i-- > 0; kept++) {
		int slot = rsp_cache_lookup(next, name_of("pool", numbers[i]));

		if (slot < 0)
			break;
		ck_assert_uint_eq(rsp_cache_index(next, slot), indices[i]);
		ck_assert_int_eq(rsp_cache_by_index(next, indices[i]), slot);
	}
	ck_assert_uint_ge(kept, RSP_CACHE_SLOTS / 8);
	ck_assert_uint_le(kept, RSP_CACHE_SLOTS / 2);
	for (unsigned i = 0; i < n - kept; i++)
		ck_assert_int_lt(rsp_cache_lookup(next,
				     name_of("pool", numbers[i])),
		    0);
	free(c);
	free(next);
}
END_TEST

START_TEST(an_address_is_never_another_pools)
{
	static uint32_t old[RSP_CACHE_SLOTS], new[RSP_CACHE_SLOTS];
	static unsigned numbers[RSP_CACHE_SLOTS];
	static bool used[1 << 18];
	struct rsp_cache *c = follow(NULL, NOW), *next;
	unsigned n = fill(c, "old", NULL, old, NOW), m;

	next = follow(c, NOW + 2000);
	m = fill(next, "new", numbers, new, NOW);
	ck_assert_uint_gt(m, RSP_CACHE_SLOTS / 4);
	for (unsigned i = 0; i < m; i++) {
		ck_assert_int_ge(rsp_cache_lookup(next,
				     name_of("new", numbers[i])),
		    0);
		used[new[i]] = true;
	}
	for (unsigned i = 0; i < n; i++)
		ck_assert(!used[old[i]]);
	free(c);
	free(next);
}
END_TEST

START_TEST(who_was_not_used_for_a_day_gives_way)
{
	const rsp_time day = 24 * 3600 * 1000;
	struct rsp_cache *c = follow(NULL, NOW), *next;
	int slot = rsp_cache_claim(c, name_of("old", 0));

	rsp_cache_used(c, slot, NOW - day - 1);
	slot = rsp_cache_claim(c, name_of("young", 0));
	rsp_cache_used(c, slot, NOW - day + 1000);
	next = follow(c, NOW);
	ck_assert_int_lt(rsp_cache_lookup(next, name_of("old", 0)), 0);
	ck_assert_int_ge(rsp_cache_lookup(next, name_of("young", 0)), 0);
	free(c);
	free(next);
}
END_TEST

/* Handles that need more than half of the room, but for one. */
START_TEST(long_names_leave_room_too)
{
	static uint8_t handle[RSP_CACHE_HANDLE_MAX];
	struct rsp_span h = { handle, sizeof(handle) };
	struct rsp_cache *c = follow(NULL, NOW), *next;

	for (int i = 0; i < 3; i++) {
		handle[0]++;
		rsp_cache_used(c, rsp_cache_claim(c, h), NOW);
	}
	handle[0] = 77;
	ck_assert_int_eq(rsp_cache_claim(c, h), RSP_ELIMIT);
	next = follow(c, NOW);
	ck_assert_int_ge(rsp_cache_claim(next, h), 0);
	free(c);
	free(next);
}
END_TEST

/* The answer, the marks and the turn of a pool that is kept. */
START_TEST(what_is_known_of_a_pool_goes_with_it)
{
	struct rsp_candidate dead;
	struct rsp_address web;
	uint32_t index;

	find_web();
	index = pool.index;
	rsp_user_synthetic(&pool, 4, &web);
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	dead = list[0];
	rsp_user_outcome(&user, &pool, &dead, RSP_OUTCOME_TIMEOUT);
	fill(user.cache, "pool", NULL, NULL, NOW);
	fake->mode = FAKE_SILENT;
	ck_assert(rsp_cache_retire(user.cache)); /* by somebody */
	find_web();
	ck_assert_uint_eq(pool.index, index);
	ck_assert(user.shared);
	ck_assert(rsp_user_is_dead(&user, &pool, &dead));
	ck_assert_int_eq(rsp_user_by_address(&user, &web, &pool), RSP_OK);
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 2);
}
END_TEST

START_TEST(a_full_cache_has_room_for_one_more)
{
	struct stat before, after;

	if (_i == 1)
		config.cache = RSP_CACHE_PRIVATE;
	reopen();
	fill(user.cache, "pool", NULL, NULL, NOW);
	if (_i == 0)
		ck_assert_int_eq(stat(cache_path(), &before), 0);
	find_web();
	ck_assert(user.shared == (_i == 0));
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	if (_i == 1)
		return;
	ck_assert_int_eq(stat(cache_path(), &after), 0);
	ck_assert_uint_ne(before.st_ino, after.st_ino);
}
END_TEST

/* Two processes in the same file: one replaces it, the other comes along. */
START_TEST(all_go_to_the_new_file)
{
	struct rsp_user other;
	struct rsp_user_pool same;

	ck_assert_int_eq(rsp_user_init(&other, &config), RSP_OK);
	fill(user.cache, "pool", NULL, NULL, NOW);
	find_web();
	fake->mode = FAKE_SILENT; /* the answer is in the file, or nowhere */
	ck_assert_int_eq(rsp_user_find(&other, WEB, false, &same), RSP_OK);
	ck_assert_uint_eq(same.index, pool.index);
	ck_assert(other.shared);
	rsp_user_fini(&other);
}
END_TEST

/* An address that was given out, whose pool has had to give way since. */
START_TEST(an_address_leads_to_its_pool_for_ever)
{
	struct rsp_address web;
	struct rsp_user_pool again;
	uint8_t handle[8];
	rsp_time now = rsp_user_now();
	int slot;

	find_web();
	rsp_user_synthetic(&pool, 4, &web);
	for (int i = 0; i < 3; i++) {
		/* used later than Web */
		fill(user.cache, i % 2 == 0 ? "a" : "b", NULL, NULL,
		    now + 5000);
		slot = rsp_cache_lookup(user.cache, WEB);
		if (slot >= 0)
			rsp_cache_used(user.cache, slot, 1);
		ck_assert(rsp_cache_retire(user.cache));
		ck_assert_int_eq(rsp_user_by_address(&user, &web, &again),
		    RSP_OK);
		ck_assert_uint_eq(rsp_user_handle(&user, &again, handle,
				      sizeof(handle)),
		    3);
		ck_assert(memcmp(handle, "Web", 3) == 0);
		/* and who has the pool from before goes on with it */
		ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("renew");
	TCase *t = tcase_create("renew");

	tcase_add_checked_fixture(t, user_setup, user_teardown);
	tcase_add_test(t, the_last_used_keep_their_addresses);
	tcase_add_test(t, an_address_is_never_another_pools);
	tcase_add_test(t, who_was_not_used_for_a_day_gives_way);
	tcase_add_test(t, long_names_leave_room_too);
	tcase_add_test(t, what_is_known_of_a_pool_goes_with_it);
	tcase_add_loop_test(t, a_full_cache_has_room_for_one_more, 0, 2);
	tcase_add_test(t, all_go_to_the_new_file);
	tcase_add_test(t, an_address_leads_to_its_pool_for_ever);
	suite_add_tcase(s, t);
	return run_suite(s);
}
