/* SPDX-License-Identifier: Apache-2.0 */
/* check_reports.c - claims about reports of unreachable elements: one host
 * counts once per interval */
#include "rsp/core/registry/reports.h"
#include "rsp/core/base/error.h"
#include "tests/lib/repeatable.h"
#include "tests/lib/suite.h"

static uint64_t state;

static uint32_t
random32(void *ctx)
{
	(void)ctx;
	return repeatable(&state);
}

static struct rsp_reports reports;

static void
start(void)
{
	state = 5;
	ck_assert_int_eq(rsp_reports_init(&reports, random32, NULL), RSP_OK);
}

static bool
count(rsp_time now, uint8_t host, uint32_t pool, uint32_t id)
{
	struct rsp_address a = { .family = 4, .bytes = { 10, 0, 0, host } };

	return rsp_reports_count(&reports, now, 1000, &a, pool, id);
}

START_TEST(a_host_counts_once_per_element_and_interval)
{
	start();
	ck_assert(count(5000, 1, 1, 1));
	ck_assert(!count(5000, 1, 1, 1));
	ck_assert(!count(5999, 1, 1, 1));
	ck_assert(count(6000, 1, 1, 1));
	ck_assert(!count(6999, 1, 1, 1)); /* from the one that counted */
	rsp_reports_fini(&reports);
}
END_TEST

START_TEST(another_host_pool_or_element_counts_by_itself)
{
	start();
	ck_assert(count(0, 1, 1, 1));
	ck_assert(count(0, 2, 1, 1));
	ck_assert(count(0, 1, 2, 1));
	ck_assert(count(0, 1, 1, 2));
	ck_assert(!count(0, 2, 1, 1));
	rsp_reports_fini(&reports);
}
END_TEST

START_TEST(when_full_none_counts_until_some_are_old)
{
	start();
	for (uint32_t id = 0; id < RSP_REPORTS_MAX; id++)
		ck_assert(count(id < 10 ? 0 : 500, 1, 1, id));
	ck_assert(!count(500, 1, 2, 1));
	for (uint32_t id = 0; id < 10; id++)
		ck_assert(count(1000, 1, 2, id));
	ck_assert(!count(1000, 1, 2, 10));
	rsp_reports_fini(&reports);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reports");
	TCase *t = tcase_create("reports");

	tcase_add_test(t, a_host_counts_once_per_element_and_interval);
	tcase_add_test(t, another_host_pool_or_element_counts_by_itself);
	tcase_add_test(t, when_full_none_counts_until_some_are_old);
	suite_add_tcase(s, t);
	return run_suite(s);
}
