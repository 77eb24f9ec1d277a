/* SPDX-License-Identifier: Apache-2.0 */
/* check_user.c - claims about the pool user over sockets and files
 *
 * Proves, with a registrar of a few lines: 5352-3.3-02, -06, -07, -10, -11,
 * -13 to -18; 5352-3.5-01, -04; 5352-4-01, -02; 5352-2.2.6-08.
 */
#include "user_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rsp/client/notice.h"
#include "rsp/core/error.h"

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
		ck_assert_int_eq(
		    rsp_user_find(&user, none, false, &pool), RSP_ENOENT);
	ck_assert_uint_eq(fake->resolutions, 1);
}
END_TEST

/* Proves 5352-6-02, 5352-6.7-01. */
START_TEST(no_registrar_and_nothing_cached_is_no_answer)
{
	fake_stop(fake);
	ck_assert_int_eq(
	    rsp_user_find(&user, WEB, false, &pool), RSP_ETIMEOUT);
}
END_TEST

START_TEST(a_silent_registrar_costs_its_timeout_once)
{
	rsp_time start = rsp_user_now(), took;

	fake->mode = FAKE_SILENT;
	ck_assert_int_eq(
	    rsp_user_find(&user, WEB, false, &pool), RSP_ETIMEOUT);
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
	ck_assert_int_eq(
	    rsp_user_find(&user, WEB, false, &pool), RSP_ETIMEOUT);
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
	ck_assert_int_eq(
	    rsp_user_find(&user, lower, false, &pool), RSP_ENOENT);
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
		fake->handle[i] = (uint8_t)"\0:/%\xc3\xa4 "[i % 7];
	fake->handle_len = len;
	ck_assert_int_eq(rsp_user_find(&user, h, false, &pool), RSP_OK);
	ck_assert_uint_eq(
	    rsp_user_handle(&user, &pool, back, sizeof(back)), len);
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

/* Proves 5352-2.2.9-01, 5352-3.5-02, 5352-6.9-01, 5352-9.1-08. */
START_TEST(the_dead_are_left_out_and_reported)
{
	uint16_t dead;

	find_web();
	rsp_user_choose(&user, &pool, list, 128);
	dead = list[0].port;
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_REFUSED);
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_REFUSED);
	reopen(); /* another process */
	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 2);
		ck_assert_uint_ne(list[0].port, dead);
		ck_assert_uint_ne(list[1].port, dead);
	}
	rsp_user_report(&user, 200);
	for (int i = 0; i < 100 && fake->reports == 0; i++)
		usleep(1000);
	ck_assert_uint_eq(fake->reports, 1);
	ck_assert_uint_eq(fake->last_reported, dead - 1001u + 100);
}
END_TEST

START_TEST(who_leaves_is_not_chosen_whatever_cache_it_is_in)
{
	struct rsp_candidate gone;

	find_web();
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	gone = list[1];
	/* another set of registrars: another cache */
	use_registrar(1, "127.0.0.1:9");
	config.n_registrars = 2;
	reopen();
	find_web();
	for (int both = 0; both < 2; both++) {
		rsp_notice_leaves(directory, WEB, &gone);
		ck_assert(rsp_user_is_dead(&user, &pool, &gone));
		for (int i = 0; i < 6; i++) {
			ck_assert_int_eq(
			    rsp_user_choose(&user, &pool, list, 128), 2);
			ck_assert_uint_ne(list[0].pe_id, gone.pe_id);
			ck_assert_uint_ne(list[1].pe_id, gone.pe_id);
		}
		rsp_notice_serves(directory, WEB, &gone);
		ck_assert(!rsp_user_is_dead(&user, &pool, &gone));
		ck_assert_int_eq(
		    rsp_user_choose(&user, &pool, list, 128), 3);
		config.n_registrars = 1;
		reopen();
		find_web();
	}
	rsp_user_report(&user, 200);
	ck_assert_uint_eq(fake->reports, 0); /* it left, nobody missed it */
}
END_TEST

START_TEST(a_notice_makes_nothing_where_nothing_is)
{
	struct rsp_candidate e = { 1, RSP_PARAM_TCP, 80, { 4, { 127 } }, false };
	char none[80], path[80];

	snprintf(none, sizeof(none), "%s/none", directory);
	rsp_notice_leaves(none, WEB, &e);
	ck_assert_int_ne(access(none, F_OK), 0);
	find_web(); /* and what is no cache is left alone */
	snprintf(path, sizeof(path), "%s/pu-0123456789abcdeX", directory);
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	snprintf(path, sizeof(path), "%s/pu-0123456789abcdef", directory);
	ck_assert_int_eq(symlink("/dev/zero", path), 0);
	rsp_notice_leaves(directory, (struct rsp_span){ WEB.at, 2 }, &e);
	rsp_notice_leaves(directory, WEB, &e);
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
}
END_TEST

START_TEST(the_turns_of_the_dead_go_to_all_others_alike)
{
	unsigned counts[3] = { 0 };

	find_web();
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_TIMEOUT);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 2);
		counts[list[0].port - 1001]++;
	}
	for (int i = 0; i < 3; i++)
		ck_assert_msg(counts[i] == 0 || counts[i] == 50, "%u of 100",
		    counts[i]);
}
END_TEST

START_TEST(all_dead_are_all_tried_and_the_list_is_renewed)
{
	find_web();
	rsp_user_choose(&user, &pool, list, 128);
	for (int i = 0; i < 3; i++) {
		rsp_user_outcome(&user, &pool, &list[i], RSP_OUTCOME_REFUSED);
		ck_assert(rsp_user_is_dead(&user, &pool, &list[i]));
	}
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	ck_assert_uint_eq(fake->resolutions, 1);
	fake->first_id = 200; /* they came back elsewhere */
	fake->port = 2001;
	usleep(510000);
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	ck_assert_uint_ge(list[0].port, 2001);
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_TIMEOUT);
	rsp_user_outcome(&user, &pool, &list[1], RSP_OUTCOME_OWN_FAULT);
	ck_assert(rsp_user_is_dead(&user, &pool, &list[0]));
	ck_assert(!rsp_user_is_dead(&user, &pool, &list[1]));
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_ALIVE);
	ck_assert(!rsp_user_is_dead(&user, &pool, &list[0]));
}
END_TEST

START_TEST(an_element_that_left_is_not_listed)
{
	config.ttl_ms = 20;
	reopen();
	fake->n_elements = _i == 0 ? 3 : 128;
	find_web();
	rsp_user_choose(&user, &pool, list, 128);
	for (int i = 0; i < 3; i++)
		ck_assert(rsp_user_is_listed(&user, &pool, &list[i]));
	fake->first_id = 200;
	ck_assert(rsp_user_is_listed(&user, &pool, &list[0]));
	usleep(21000);
	ck_assert(!rsp_user_is_listed(&user, &pool, &list[0]));
	rsp_user_choose(&user, &pool, list, 128);
	ck_assert(rsp_user_is_listed(&user, &pool, &list[0]));
	list[0].port++;
	ck_assert(!rsp_user_is_listed(&user, &pool, &list[0]));
}
END_TEST

START_TEST(a_report_waits_for_a_registrar)
{
	find_web();
	rsp_user_choose(&user, &pool, list, 128);
	fake_stop(fake);
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_REFUSED);
	rsp_user_report(&user, 50);
	ck_assert(fake_restart(fake));
	usleep(1010000); /* the registrar's own mark ends */
	rsp_user_report(&user, 200);
	for (int i = 0; i < 100 && fake->reports == 0; i++)
		usleep(1000);
	ck_assert_uint_eq(fake->reports, 1);
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
	ck_assert_int_eq(
	    rsp_user_choose(&user, &pool, list, 128), RSP_ETIMEOUT);
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

static unsigned
open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

START_TEST(nothing_is_left_open_and_errno_stays)
{
	unsigned before = open_descriptors();

	errno = EDOM;
	config.ttl_ms = 0;
	reopen();
	find_web();
	rsp_user_choose(&user, &pool, list, 128);
	rsp_user_outcome(&user, &pool, &list[0], RSP_OUTCOME_REFUSED);
	rsp_user_report(&user, 100);
	fake->mode = FAKE_SILENT;
	rsp_user_choose(&user, &pool, list, 128);
	fake_stop(fake);
	rsp_user_choose(&user, &pool, list, 128);
	ck_assert_int_eq(errno, EDOM);
	ck_assert_uint_eq(open_descriptors(), before);
}
END_TEST

START_TEST(a_full_descriptor_table_leaves_the_old_answer)
{
	struct rlimit limit, none = { 3, 0 };

	find_web();
	config.ttl_ms = 0;
	reopen();
	getrlimit(RLIMIT_NOFILE, &limit);
	none.rlim_max = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &none);
	find_web();
	setrlimit(RLIMIT_NOFILE, &limit);
	find_web();
	ck_assert_uint_eq(fake->resolutions, 2);
}
END_TEST

static _Atomic unsigned failures;

static void *
hammer(void *arg)
{
	struct rsp_candidate own[8];
	struct rsp_user_pool p;
	unsigned *counts = arg;

	for (int i = 0; i < 600; i++) {
		if (rsp_user_find(&user, WEB, false, &p) != RSP_OK ||
		    rsp_user_choose(&user, &p, own, 8) != 3) {
			failures++;
			continue;
		}
		counts[own[0].port - 1001]++;
	}
	return NULL;
}

START_TEST(threads_share_one_user)
{
	pthread_t threads[4];
	unsigned counts[4][3] = { { 0 } }, sum[3] = { 0 };

	config.ttl_ms = 5;
	fake->rotate = true;
	reopen();
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, hammer, counts[i]);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		for (int k = 0; k < 3; k++)
			sum[k] += counts[i][k];
	}
	ck_assert_uint_eq(failures, 0);
	ck_assert_uint_eq(sum[0], 800);
	ck_assert_uint_eq(sum[1], 800);
	ck_assert_uint_eq(sum[2], 800);
}
END_TEST

static _Atomic int in_handler;

static void
on_alarm(int sig)
{
	struct rsp_candidate own[8];
	struct rsp_user_pool p;

	(void)sig;
	if (rsp_user_find(&user, WEB, false, &p) != RSP_OK ||
	    rsp_user_choose(&user, &p, own, 8) != 3)
		failures++;
	in_handler++;
}

START_TEST(a_signal_handler_may_interrupt_and_do_the_same)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerval every = { { 0, 700 }, { 0, 700 } }, never;
	unsigned counts[3] = { 0 };

	memset(&never, 0, sizeof(never));
	config.ttl_ms = 0;
	reopen();
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	while (in_handler < 100)
		hammer(counts);
	setitimer(ITIMER_REAL, &never, NULL);
	ck_assert_uint_eq(failures, 0);
}
END_TEST

START_TEST(a_fork_shares_the_turns_of_a_private_cache)
{
	int status;

	config.cache = RSP_CACHE_PRIVATE;
	reopen();
	find_web();
	rsp_user_choose(&user, &pool, list, 128);
	ck_assert_uint_eq(list[0].port, 1001);
	if (fork() == 0) {
		rsp_user_choose(&user, &pool, list, 128);
		_exit(list[0].port == 1002 ? 0 : 1);
	}
	wait(&status);
	ck_assert_int_eq(status, 0);
	rsp_user_choose(&user, &pool, list, 128);
	ck_assert_uint_eq(list[0].port, 1003);
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
	const int n_bad = sizeof(bad_modes) / sizeof(bad_modes[0]);

	tcase_add_checked_fixture(t, user_setup, user_teardown);
	tcase_set_timeout(t, 20);
	tcase_add_test(t, a_pool_is_found_and_asked_for_once);
	tcase_add_test(t, hits_questions_and_moves_are_counted_across_users);
	tcase_add_test(t, turns_are_exact_across_users);
	tcase_add_test(t, an_unknown_pool_is_remembered_for_a_moment);
	tcase_add_test(t, no_registrar_and_nothing_cached_is_no_answer);
	tcase_add_test(t, a_silent_registrar_costs_its_timeout_once);
	tcase_add_loop_test(
	    t, an_old_answer_serves_whatever_the_registrar_does, 0, n_bad);
	tcase_add_loop_test(t, the_next_registrar_is_asked, 0, n_bad);
	tcase_add_test(t, a_registrars_name_is_looked_up_when_there_is_time);
	tcase_add_test(t, an_answer_may_come_in_pieces_after_others);
	tcase_add_loop_test(t, a_dotted_name_finds_the_pool_in_any_case, 0, 2);
	tcase_add_loop_test(t, handles_are_any_bytes, 0, 4);
	tcase_add_test(t, synthetic_addresses_lead_back);
	tcase_add_test(t, the_dead_are_left_out_and_reported);
	tcase_add_test(
	    t, who_leaves_is_not_chosen_whatever_cache_it_is_in);
	tcase_add_test(t, a_notice_makes_nothing_where_nothing_is);
	tcase_add_test(t, the_turns_of_the_dead_go_to_all_others_alike);
	tcase_add_test(t, all_dead_are_all_tried_and_the_list_is_renewed);
	tcase_add_loop_test(t, an_element_that_left_is_not_listed, 0, 2);
	tcase_add_test(t, a_report_waits_for_a_registrar);
	tcase_add_test(t, without_a_cache_each_call_asks);
	tcase_add_test(t, adaptive_policies_have_their_own_lifetime);
	tcase_add_test(t, nothing_is_left_open_and_errno_stays);
	tcase_add_test(t, a_full_descriptor_table_leaves_the_old_answer);
	tcase_add_test(t, threads_share_one_user);
	tcase_add_test(t, a_signal_handler_may_interrupt_and_do_the_same);
	tcase_add_test(t, a_fork_shares_the_turns_of_a_private_cache);
	tcase_add_test(t, users_of_other_registrars_do_not_meet);
	suite_add_tcase(s, t);
	return run_suite(s);
}
