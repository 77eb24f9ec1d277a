/* SPDX-License-Identifier: Apache-2.0 */
/* check_hunt.c - claims about a pool user whose registrar is not there, is
 * silent, or says what is no answer
 *
 * Proves 5352-3.3-06, -07; 5352-4-02.
 */
#include "tests/lib/user_fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rsp/core/base/error.h"

/* Proves 5352-6-02, 5352-6.7-01. */
START_TEST(no_registrar_and_nothing_cached_is_no_answer)
{
	fake_stop(fake);
	ck_assert_int_eq(rsp_user_find(&user, WEB, false, &pool), RSP_ETIMEOUT);
}
END_TEST

/* Proves 5352-3.7.2-04: and then the caller gets an error. */
START_TEST(a_silent_registrar_costs_its_timeout_once)
{
	rsp_time start = rsp_user_now(), took;

	fake->mode = FAKE_SILENT;
	ck_assert_int_eq(rsp_user_find(&user, WEB, false, &pool), RSP_ETIMEOUT);
	took = rsp_user_now() - start;
	ck_assert_int_ge(took, 290);
	ck_assert_int_lt(took, 5000);
}
END_TEST

static const int bad_modes[] = { FAKE_SILENT, FAKE_HANGS_UP, FAKE_GARBAGE,
	FAKE_ERROR, FAKE_REJECTS, FAKE_UNKNOWN };

START_TEST(an_old_answer_serves_whatever_the_registrar_does)
{
	rsp_time start;

	config.ttl_ms = 1;
	reopen();
	find_web();
	usleep(2000);
	fake->mode = bad_modes[_i];
	start = rsp_user_now();
	for (int i = 0; i < 20; i++) {
		find_web();
		ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	}
	/* the first of them paid, at most 250 ms */
	ck_assert_int_lt(rsp_user_now() - start, 4000);
	ck_assert_uint_le(fake->resolutions, 2);
}
END_TEST

/* Proves 5352-3.6-09: those of the list, one after the other. */
START_TEST(the_next_registrar_is_asked)
{
	struct fake_registrar *second = fake_start("Web", 3, 0);
	rsp_time start = rsp_user_now();

	use_registrar(1, fake_endpoint(second));
	config.n_registrars = 2;
	fake->mode = bad_modes[_i];
	reopen();
	find_web();
	ck_assert_uint_eq(second->resolutions, 1);
	ck_assert_int_lt(rsp_user_now() - start, 5000);
	/* who did not answer is not asked first again */
	if (fake->mode != FAKE_UNKNOWN) {
		struct rsp_span other = { (const uint8_t *)"Oth", 3 };

		rsp_user_find(&user, other, false, &pool);
		ck_assert_uint_eq(second->resolutions, 2);
	}
	fake_stop(second);
}
END_TEST

static unsigned lookups;

static int
look_up(const char *name, struct rsp_endpoint *e)
{
	lookups++;
	if (strcmp(name, "registrar") != 0)
		return RSP_ENOENT;
	e->hosts[0] = (struct rsp_address){ 4, { 127, 0, 0, 9 } };
	e->hosts[1] = (struct rsp_address){ 4, { 127, 0, 0, 1 } };
	e->n_hosts = 2;
	return RSP_OK;
}

START_TEST(a_registrars_name_is_looked_up_when_there_is_time)
{
	char name[40];

	rsp_endpoint_lookup = look_up;
	snprintf(name, sizeof(name), "registrar:%u", fake->listens);
	use_registrar(0, name);
	config.ttl_ms = 0;
	reopen();
	find_web();
	ck_assert_uint_eq(lookups, 1);
	for (int i = 0; i < 5; i++)
		find_web();
	ck_assert_uint_eq(fake->resolutions, 6);
	ck_assert_uint_eq(lookups, 1);
	use_registrar(0, "nowhere");
	reopen();
	ck_assert_int_eq(rsp_user_find(&user, WEB, false, &pool), RSP_ETIMEOUT);
	ck_assert_uint_eq(lookups, 2);
}
END_TEST

START_TEST(an_answer_may_come_in_pieces_after_others)
{
	fake->mode = FAKE_BYTEWISE;
	fake->n_elements = 128;
	find_web();
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 128);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("user_hunt");
	TCase *t = tcase_create("user_hunt");
	const int n_bad = sizeof(bad_modes) / sizeof(bad_modes[0]);

	tcase_add_checked_fixture(t, user_setup, user_teardown);
	tcase_set_timeout(t, 20);
	tcase_add_test(t, no_registrar_and_nothing_cached_is_no_answer);
	tcase_add_test(t, a_silent_registrar_costs_its_timeout_once);
	tcase_add_loop_test(t, an_old_answer_serves_whatever_the_registrar_does,
	    0, n_bad);
	tcase_add_loop_test(t, the_next_registrar_is_asked, 0, n_bad);
	tcase_add_test(t, a_registrars_name_is_looked_up_when_there_is_time);
	tcase_add_test(t, an_answer_may_come_in_pieces_after_others);
	suite_add_tcase(s, t);
	return run_suite(s);
}
