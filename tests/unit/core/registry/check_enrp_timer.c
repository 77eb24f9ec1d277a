/* SPDX-License-Identifier: Apache-2.0 */
/* check_enrp_timer.c - claims about ENRP's deadlines: each is due once, the
 * earliest first */
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/base/error.h"
#include "rsp/core/registry/registry_inner.h"
#include "tests/lib/suite.h"

static struct rsp_registry registry;
static struct enrp_timer timers[4];
static char seen[16];

static void
due(struct rsp_registry *r, rsp_time now, struct enrp_timer *timer)
{
	char one[] = { (char)('a' + (timer - timers)), '\0' };

	ck_assert(!enrp_timer_is_set(timer));
	strcat(seen, one);
	if (timer == &timers[3]) /* again, and it is over at once */
		enrp_timer_set(r, timer, now);
}

static void
start(void)
{
	memset(&registry, 0, sizeof(registry));
	memset(timers, 0, sizeof(timers));
	seen[0] = '\0';
	ck_assert_int_eq(enrp_timer_reserve(&registry, 4), RSP_OK);
}

static void
run(rsp_time now, unsigned left, const char *want, unsigned want_left)
{
	seen[0] = '\0';
	enrp_timer_run(&registry, now, &left, due);
	ck_assert_str_eq(seen, want);
	ck_assert_uint_eq(left, want_left);
}

START_TEST(each_is_due_once_and_the_earliest_first)
{
	start();
	ck_assert(enrp_timer_first(&registry) == RSP_NEVER);
	enrp_timer_set(&registry, &timers[0], 300);
	enrp_timer_set(&registry, &timers[1], 100);
	enrp_timer_set(&registry, &timers[2], 200);
	ck_assert(enrp_timer_first(&registry) == 100);
	run(99, 9, "", 9);
	run(200, 9, "bc", 7);
	run(200, 9, "", 9);
	run(1000, 9, "a", 8);
	rsp_heap_fini(&registry.enrp.timers);
}
END_TEST

START_TEST(a_timer_may_be_moved_and_stopped)
{
	start();
	enrp_timer_set(&registry, &timers[0], 100);
	enrp_timer_set(&registry, &timers[1], 200);
	enrp_timer_set(&registry, &timers[0], 300);
	ck_assert(enrp_timer_first(&registry) == 200);
	enrp_timer_set(&registry, &timers[1], RSP_NEVER);
	ck_assert(!enrp_timer_is_set(&timers[1]));
	ck_assert(enrp_timer_first(&registry) == 300);
	run(1000, 9, "a", 8);
	rsp_heap_fini(&registry.enrp.timers);
}
END_TEST

START_TEST(one_that_is_over_at_once_again_does_not_go_on_for_ever)
{
	start();
	enrp_timer_set(&registry, &timers[3], 100);
	run(100, 5, "ddddd", 0);
	ck_assert(enrp_timer_is_set(&timers[3]));
	rsp_heap_fini(&registry.enrp.timers);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("enrp_timer");
	TCase *t = tcase_create("enrp_timer");

	tcase_add_test(t, each_is_due_once_and_the_earliest_first);
	tcase_add_test(t, a_timer_may_be_moved_and_stopped);
	tcase_add_test(t,
	    one_that_is_over_at_once_again_does_not_go_on_for_ever);
	suite_add_tcase(s, t);
	return run_suite(s);
}
