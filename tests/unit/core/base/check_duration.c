/* SPDX-License-Identifier: Apache-2.0 */
/* check_duration.c - claims about the parser of durations */
#include "tests/lib/suite.h"

#include "rsp/core/base/duration.h"
#include "rsp/core/base/error.h"

static const struct {
	const char *text;
	int64_t ms; /* -1: refused */
} rows[] = {
	{ "0", 0 },
	{ "5", 5000 },
	{ "0.5", 500 },
	{ ".25", 250 },
	{ "2.", 2000 },
	{ "1.0009", 1001 },
	{ "1.0000000", 1000 },
	{ "0.0001", 1 },
	{ "007", 7000 },
	{ "1000000000", INT64_C(1000000000000) },
	{ "1000000001", -1 },
	{ "99999999999999999999999", -1 },
	{ "", -1 },
	{ ".", -1 },
	{ "-1", -1 },
	{ "+1", -1 },
	{ " 1", -1 },
	{ "1 ", -1 },
	{ "1s", -1 },
	{ "1e3", -1 },
	{ "1,5", -1 },
	{ "1.2.3", -1 },
	{ "inf", -1 },
	{ "0x10", -1 },
};

START_TEST(seconds_become_milliseconds)
{
	int64_t ms = 42;
	int err = rsp_duration_parse(rows[_i].text, &ms);
	int64_t want = rows[_i].ms < 0 ? 0 : rows[_i].ms;

	ck_assert_msg((err == RSP_OK) == (rows[_i].ms >= 0), "\"%s\": %s",
	    rows[_i].text, rsp_strerror(err));
	ck_assert_msg(ms == want, "\"%s\": %lld", rows[_i].text, (long long)ms);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("duration");
	TCase *t = tcase_create("duration");

	tcase_add_loop_test(t, seconds_become_milliseconds, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(s, t);
	return run_suite(s);
}
