/* SPDX-License-Identifier: Apache-2.0 */
/* check_user_process.c - claims about a pool user as a guest in a process: its
 * descriptors, errno, threads, signal handlers, and forks */
#include "tests/lib/user_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rsp/core/base/error.h"

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

int
main(void)
{
	Suite *s = suite_create("user_process");
	TCase *t = tcase_create("user_process");

	tcase_add_checked_fixture(t, user_setup, user_teardown);
	tcase_set_timeout(t, 20);
	tcase_add_test(t, nothing_is_left_open_and_errno_stays);
	tcase_add_test(t, a_full_descriptor_table_leaves_the_old_answer);
	tcase_add_test(t, threads_share_one_user);
	tcase_add_test(t, a_signal_handler_may_interrupt_and_do_the_same);
	tcase_add_test(t, a_fork_shares_the_turns_of_a_private_cache);
	suite_add_tcase(s, t);
	return run_suite(s);
}
