/* SPDX-License-Identifier: Apache-2.0 */
/* check_refresh.c - claims about the slow path: when a registrar is asked, and
 * what follows from its answer or its silence */
#include "tests/lib/user_fixture.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "rsp/core/base/error.h"
#include "rsp/net/log.h"
#include "rsp/user/user_inner.h"

static struct rsp_scratch *scratch;
static struct rsp_answer answer;
static struct rsp_wanted wanted;

static void
setup(void)
{
	user_setup();
	scratch = rsp_scratch_open();
	ck_assert_ptr_nonnull(scratch);
	wanted = (struct rsp_wanted){ .handle = WEB, .slot = -1 };
}

static void
teardown(void)
{
	rsp_scratch_close(scratch);
	user_teardown();
}

static int
refresh(void)
{
	return rsp_user_refresh(&user, rsp_user_cache(&user), scratch, &wanted,
	    &answer);
}

static unsigned
elements(void)
{
	struct rsp_answer_pe pe;
	unsigned at = 0, n = 0;

	while (rsp_answer_next(&answer, &at, &pe))
		n++;
	return n;
}

START_TEST(a_new_pool_is_asked_for_and_kept)
{
	struct rsp_cache *c = rsp_user_cache(&user);

	ck_assert_int_eq(refresh(), RSP_OK);
	ck_assert_uint_eq(elements(), 3);
	ck_assert_int_eq(wanted.slot, rsp_cache_lookup(c, WEB));
	ck_assert(rsp_cache_has_answer(c, wanted.slot));
	ck_assert_uint_eq(rsp_cache_counted(c, wanted.slot, RSP_CACHE_ASKED),
	    1);
}
END_TEST

START_TEST(an_answer_is_fresh_for_its_time_only)
{
	struct rsp_cache *c = rsp_user_cache(&user);
	rsp_time now;

	ck_assert_int_eq(refresh(), RSP_OK);
	now = rsp_cache_confirmed(c, wanted.slot, rsp_user_now());
	ck_assert(rsp_user_is_fresh(&user, c, wanted.slot, &answer,
	    now + user.config.ttl_ms - 1));
	ck_assert(!rsp_user_is_fresh(&user, c, wanted.slot, &answer,
	    now + user.config.ttl_ms));
	user.config.cache = RSP_CACHE_OFF;
	ck_assert(!rsp_user_is_fresh(&user, c, wanted.slot, &answer, now));
}
END_TEST

START_TEST(an_unknown_pool_is_asked_for_once_a_second)
{
	unsigned asked;

	wanted.handle = (struct rsp_span){ (const uint8_t *)"No", 2 };
	ck_assert_int_eq(refresh(), RSP_ENOENT);
	asked = fake->resolutions;
	ck_assert_uint_ge(asked, 1);
	ck_assert_int_eq(refresh(), RSP_ENOENT);
	ck_assert_uint_eq(fake->resolutions, asked);
	ck_assert_int_lt(rsp_cache_lookup(rsp_user_cache(&user), wanted.handle),
	    0);
}
END_TEST

START_TEST(when_nobody_answers_the_old_answer_serves)
{
	ck_assert_int_eq(refresh(), RSP_OK);
	fake_stop(fake);
	ck_assert_int_eq(refresh(), RSP_OK);
	ck_assert_uint_eq(elements(), 3);
}
END_TEST

START_TEST(when_nobody_answers_and_nothing_is_old_that_is_an_error)
{
	fake_stop(fake);
	ck_assert_int_eq(refresh(), RSP_ETIMEOUT);
}
END_TEST

START_TEST(only_one_asks_at_a_time)
{
	struct rsp_cache *c = rsp_user_cache(&user);
	uint64_t token;
	unsigned asked;

	ck_assert_int_eq(refresh(), RSP_OK);
	asked = fake->resolutions;
	ck_assert(
	    rsp_cache_lease(c, wanted.slot, rsp_user_now(), 60000, &token));
	ck_assert_int_eq(refresh(), RSP_OK);
	ck_assert_uint_eq(elements(), 3);
	ck_assert_uint_eq(fake->resolutions, asked);
	rsp_cache_hold(c, wanted.slot, token, 0);
	ck_assert_int_eq(refresh(), RSP_OK);
	ck_assert_uint_eq(fake->resolutions, asked + 1);
}
END_TEST

START_TEST(reports_that_nobody_took_stay)
{
	struct rsp_cache *c = rsp_user_cache(&user);

	ck_assert_int_eq(refresh(), RSP_OK);
	rsp_cache_report(c, wanted.slot, 4711, rsp_user_now());
	fake_stop(fake);
	ck_assert_int_eq(refresh(), RSP_OK);
	ck_assert(rsp_cache_has_reports(c));
	ck_assert(fake_restart(fake));
	ck_assert_int_eq(rsp_user_ask(&user, c, scratch, WEB, false, 0),
	    RSP_RESOLVER_FOUND);
	ck_assert(!rsp_cache_has_reports(c));
	ck_assert_uint_eq(fake->reports, 1);
	ck_assert_uint_eq(fake->last_reported, 4711);
}
END_TEST

/* Who has an answer does not wait for one that was silent a moment ago. */
START_TEST(a_silent_registrar_is_left_alone_in_a_hurry)
{
	struct rsp_cache *c = rsp_user_cache(&user);
	unsigned asked;

	fake->mode = FAKE_SILENT;
	ck_assert_int_eq(rsp_user_ask(&user, c, scratch, WEB, false, 0),
	    RSP_RESOLVER_NOBODY);
	fake->mode = FAKE_KNOWS;
	asked = fake->resolutions;
	ck_assert_int_eq(rsp_user_ask(&user, c, scratch, WEB, false, 250),
	    RSP_RESOLVER_NOBODY);
	ck_assert_uint_eq(fake->resolutions, asked);
	ck_assert_int_eq(rsp_user_ask(&user, c, scratch, WEB, false, 0),
	    RSP_RESOLVER_FOUND);
}
END_TEST

START_TEST(it_complains_once_and_says_what_was_tried)
{
	static char text[4096];
	int ends[2];
	ssize_t n;

	ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
	ck_assert_int_eq(dup2(ends[1], 2), 2);
	rsp_log_init("who", RSP_LOG_WARN, NULL);
	fake_stop(fake);
	ck_assert_int_eq(refresh(), RSP_ETIMEOUT);
	rsp_user_complain(&user, scratch, WEB, RSP_ETIMEOUT);
	rsp_user_complain(&user, scratch, WEB, RSP_ETIMEOUT);
	n = read(ends[0], text, sizeof(text) - 1);
	ck_assert_int_gt(n, 0);
	ck_assert_ptr_eq(strchr(text, '\n'), text + n - 1);
	ck_assert_ptr_nonnull(strstr(text, "pool Web"));
	ck_assert_ptr_nonnull(strstr(text, fake_endpoint(fake)));
	ck_assert_ptr_nonnull(strstr(text, "connection refused"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("refresh");
	TCase *t = tcase_create("refresh");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_new_pool_is_asked_for_and_kept);
	tcase_add_test(t, an_answer_is_fresh_for_its_time_only);
	tcase_add_test(t, an_unknown_pool_is_asked_for_once_a_second);
	tcase_add_test(t, when_nobody_answers_the_old_answer_serves);
	tcase_add_test(t,
	    when_nobody_answers_and_nothing_is_old_that_is_an_error);
	tcase_add_test(t, only_one_asks_at_a_time);
	tcase_add_test(t, reports_that_nobody_took_stay);
	tcase_add_test(t, a_silent_registrar_is_left_alone_in_a_hurry);
	tcase_add_test(t, it_complains_once_and_says_what_was_tried);
	suite_add_tcase(s, t);
	return run_suite(s);
}
