/* SPDX-License-Identifier: Apache-2.0 */
/* check_pollset.c - claims about waiting at places that are mostly empty */
#include "tests/lib/suite.h"

#include <sys/resource.h>
#include <unistd.h>

#include "rsp/register/pollset.h"

#define PLACES 4000
#define LAST (PLACES - 1)

static void
set_limit(rlim_t n)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = n;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* A pipe at the first and the last place, with a byte in the last. */
static void
fill(struct pollset *s, int pipes[2][2])
{
	size_t i;

	ck_assert_int_eq(pipe(pipes[0]), 0);
	ck_assert_int_eq(pipe(pipes[1]), 0);
	ck_assert_int_eq(write(pipes[1][1], "x", 1), 1);
	ck_assert(pollset_resize(s, PLACES));
	for (i = 0; i < PLACES; i++)
		s->at[i] = (struct pollfd){ .fd = -1, .revents = POLLERR };
	s->at[0] = (struct pollfd){ .fd = pipes[0][0], .events = POLLIN };
	s->at[LAST] = (struct pollfd){ .fd = pipes[1][0], .events = POLLIN };
}

static void
look(struct pollset *s)
{
	size_t i;

	pollset_wait(s, 1000);
	for (i = 0; i < LAST; i++)
		ck_assert_int_eq(s->at[i].revents, 0);
	ck_assert_int_eq(s->at[LAST].revents, POLLIN);
}

START_TEST(empty_places_do_not_count)
{
	struct pollset s = { 0 };
	struct pollfd all[300];
	int pipes[2][2];
	size_t i;

	fill(&s, pipes);
	set_limit(256);
	for (i = 0; i < 300; i++)
		all[i] = (struct pollfd){ .fd = -1 };
	ck_assert_int_eq(poll(all, 300, 0), -1); /* or this shows nothing */
	look(&s);
	ck_assert(!s.said);
	pollset_free(&s);
}
END_TEST

START_TEST(failing_poll_is_said_and_got_round)
{
	struct pollset s = { 0 };
	int pipes[2][2];

	fill(&s, pipes);
	set_limit(1);
	look(&s);
	ck_assert(s.said);
	s.at[LAST].fd = -1;
	pollset_wait(&s, 20); /* nothing to be seen: it returns all the same */
	ck_assert_int_eq(s.at[0].revents, 0);
	set_limit(256);
	s.at[LAST].fd = pipes[1][0];
	look(&s);
	ck_assert(!s.said);
	pollset_free(&s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pollset");
	TCase *t = tcase_create("pollset");

	tcase_add_test(t, empty_places_do_not_count);
	tcase_add_test(t, failing_poll_is_said_and_got_round);
	suite_add_tcase(s, t);
	return run_suite(s);
}
