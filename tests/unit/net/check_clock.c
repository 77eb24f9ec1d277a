/* SPDX-License-Identifier: Apache-2.0 */
/* check_clock.c - claims about the time that is shared with other processes */
#include "tests/lib/suite.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

#include "rsp/net/sys.h"

static bool lying;

static int64_t
kernel_time(clockid_t clock)
{
	struct timespec t = { 0, 0 };

	ck_assert_int_eq(syscall(SYS_clock_gettime, clock, &t), 0);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Stands in front of libc's, as faketime does. */
int
clock_gettime(clockid_t clock, struct timespec *t)
{
	if (!lying)
		return (int)syscall(SYS_clock_gettime, clock, t);
	*t = (struct timespec){ 7, 0 };
	return 0;
}

static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC,
	CLOCK_BOOTTIME };

START_TEST(it_is_the_kernels_time)
{
	int64_t before = kernel_time(clocks[_i]), t = sys_clock(clocks[_i]);

	ck_assert_int_ge(t, before);
	ck_assert_int_le(t, kernel_time(clocks[_i]));
}
END_TEST

START_TEST(who_stands_in_front_of_libc_is_not_asked)
{
	struct timespec t;
	int64_t before = kernel_time(CLOCK_BOOTTIME);

	lying = true;
	clock_gettime(CLOCK_BOOTTIME, &t);
	ck_assert_int_eq(t.tv_sec, 7);
	ck_assert_int_ge(sys_clock(CLOCK_BOOTTIME), before);
	ck_assert_int_ge(sys_now(), before / 1000000);
	lying = false;
}
END_TEST

START_TEST(now_is_milliseconds_since_the_machine_began)
{
	int64_t before = kernel_time(CLOCK_BOOTTIME) / 1000000, t = sys_now();

	ck_assert_int_ge(t, before);
	ck_assert_int_le(t, kernel_time(CLOCK_BOOTTIME) / 1000000);
}
END_TEST

START_TEST(it_never_goes_back)
{
	int64_t last = 0, t;

	for (int i = 0; i < 10000; i++, last = t) {
		t = sys_clock(CLOCK_MONOTONIC);
		ck_assert_int_ge(t, last);
	}
}
END_TEST

START_TEST(a_clock_that_is_none_leaves_errno_alone)
{
	errno = EDOM;
	ck_assert_int_eq(sys_clock(INT_MAX), 0);
	ck_assert_int_eq(errno, EDOM);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("clock");
	TCase *t = tcase_create("clock");

	tcase_add_loop_test(t, it_is_the_kernels_time, 0,
	    sizeof(clocks) / sizeof(clocks[0]));
	tcase_add_test(t, who_stands_in_front_of_libc_is_not_asked);
	tcase_add_test(t, now_is_milliseconds_since_the_machine_began);
	tcase_add_test(t, it_never_goes_back);
	tcase_add_test(t, a_clock_that_is_none_leaves_errno_alone);
	suite_add_tcase(s, t);
	return run_suite(s);
}
