/* SPDX-License-Identifier: Apache-2.0 */
/* check_local_notice.c - claims about what a server's side tells the pool users
 * of its host */
#include "tests/lib/user_fixture.h"

#include <string.h>

#include "rsp/core/base/error.h"
#include "rsp/user/local_notice.h"
#include "rsp/user/user_inner.h"

/* The pool's elements, all alive. */
static void
choose_all(void)
{
	find_web();
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
}

START_TEST(who_leaves_is_not_chosen)
{
	struct rsp_candidate gone;

	choose_all();
	gone = list[1];
	rsp_local_notice_leaves(directory, WEB, &gone);
	ck_assert(rsp_user_is_dead(&user, &pool, &gone));
	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 2);
		ck_assert_uint_ne(list[0].pe_id, gone.pe_id);
		ck_assert_uint_ne(list[1].pe_id, gone.pe_id);
	}
}
END_TEST

START_TEST(who_serves_again_is_chosen)
{
	struct rsp_candidate gone;

	choose_all();
	gone = list[1];
	rsp_local_notice_leaves(directory, WEB, &gone);
	ck_assert(rsp_user_is_dead(&user, &pool, &gone));
	rsp_local_notice_serves(directory, WEB, &gone);
	ck_assert(!rsp_user_is_dead(&user, &pool, &gone));
	choose_all();
}
END_TEST

START_TEST(the_mark_is_the_longest_there_is)
{
	struct rsp_cache *c;
	uint64_t key;
	rsp_time before = rsp_user_now(), most = RSP_CACHE_MARK_MAX_S * 1000;

	choose_all();
	rsp_local_notice_leaves(directory, WEB, &list[0]);
	c = rsp_user_cache(&user);
	key = rsp_user_element_key(pool.index, &list[0]);
	ck_assert_int_eq(rsp_cache_mark(c, key, before + most - 1000),
	    RSP_MARK_DEAD);
	ck_assert_int_ne(rsp_cache_mark(c, key, rsp_user_now() + most + 2000),
	    RSP_MARK_DEAD);
}
END_TEST

/* There is one cache for each set of registrars. */
START_TEST(all_caches_are_told)
{
	static struct rsp_user other;
	struct rsp_user_pool same;

	choose_all();
	use_registrar(1, "tcp://127.0.0.1:1");
	config.n_registrars = 2;
	ck_assert_int_eq(rsp_user_init(&other, &config), RSP_OK);
	ck_assert_int_eq(rsp_user_find(&other, WEB, false, &same), RSP_OK);
	ck_assert(!rsp_user_is_dead(&other, &same, &list[0]));
	rsp_local_notice_leaves(directory, WEB, &list[0]);
	ck_assert(rsp_user_is_dead(&user, &pool, &list[0]));
	ck_assert(rsp_user_is_dead(&other, &same, &list[0]));
	rsp_user_fini(&other);
}
END_TEST

START_TEST(others_elements_are_none_of_it)
{
	struct rsp_span unknown = { (const uint8_t *)"Other", 5 };

	choose_all();
	rsp_local_notice_leaves(directory, unknown, &list[0]);
	ck_assert_int_lt(rsp_cache_lookup(rsp_user_cache(&user), unknown), 0);
	ck_assert(!rsp_user_is_dead(&user, &pool, &list[0]));
	rsp_local_notice_leaves(directory, WEB, &list[0]);
	ck_assert(!rsp_user_is_dead(&user, &pool, &list[1]));
}
END_TEST

START_TEST(a_cache_that_is_not_there_is_not_made)
{
	choose_all();
	empty_directory();
	rsp_local_notice_leaves(directory, WEB, &list[0]);
	rsp_local_notice_serves(directory, WEB, &list[0]);
	ck_assert_str_eq(cache_path(), "");
	rsp_local_notice_leaves("/nonexistent/folder", WEB, &list[0]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("local notice");
	TCase *t = tcase_create("local notice");

	tcase_add_checked_fixture(t, user_setup, user_teardown);
	tcase_add_test(t, who_leaves_is_not_chosen);
	tcase_add_test(t, who_serves_again_is_chosen);
	tcase_add_test(t, the_mark_is_the_longest_there_is);
	tcase_add_test(t, all_caches_are_told);
	tcase_add_test(t, others_elements_are_none_of_it);
	tcase_add_test(t, a_cache_that_is_not_there_is_not_made);
	suite_add_tcase(s, t);
	return run_suite(s);
}
