/* SPDX-License-Identifier: Apache-2.0 */
/* check_load.c - claims about the load of an unmodified server: how its source
 * is named, how it is smoothed, where it is read */
#include "tests/lib/suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rsp/core/base/error.h"
#include "rsp/register/load.h"

static const struct row {
	const char *text;
	enum load_source source;
	uint32_t type;
	unsigned max;
	const char *what;
	uint32_t second; /* the policy's other value */
	bool good;
} rows[] = {
	{ "rr", LOAD_FIXED, RSP_POLICY_RR, 0, NULL, 0, true },
	{ "lu:50", LOAD_FIXED, RSP_POLICY_LU, 0, NULL, 0, true },
	{ "lu:auto", LOAD_CPU, RSP_POLICY_LU, 0, NULL, 0, true },
	{ "lu:auto:cpu", LOAD_CPU, RSP_POLICY_LU, 0, NULL, 0, true },
	{ "rlu:auto:connections:100", LOAD_CONNECTIONS, RSP_POLICY_RLU, 100,
	    NULL, 0, true },
	{ "lud:auto,10", LOAD_CPU, RSP_POLICY_LUD, 0, NULL, 429496730, true },
	{ "plu:auto:connections:7,100", LOAD_CONNECTIONS, RSP_POLICY_PLU, 7,
	    NULL, UINT32_MAX, true },
	{ "lu:auto:file:/run/load", LOAD_FILE, RSP_POLICY_LU, 0, "/run/load", 0,
	    true },
	{ "lu:auto:exec:a, b:c", LOAD_EXEC, RSP_POLICY_LU, 0, "a, b:c", 0,
	    true },
	{ "lud:auto:exec:a, b,0", LOAD_EXEC, RSP_POLICY_LUD, 0, "a, b", 0,
	    true },
	{ "rr:auto", 0, 0, 0, NULL, 0, false },
	{ "wrr:auto", 0, 0, 0, NULL, 0, false },
	{ "priority:auto", 0, 0, 0, NULL, 0, false },
	{ "lu:automatic", 0, 0, 0, NULL, 0, false },
	{ "lu:auto:", 0, 0, 0, NULL, 0, false },
	{ "lu:auto,10", 0, 0, 0, NULL, 0, false },
	{ "lud:auto", 0, 0, 0, NULL, 0, false },
	{ "lud:auto,x", 0, 0, 0, NULL, 0, false },
	{ "lu:auto:cpu:", 0, 0, 0, NULL, 0, false },
	{ "lu:auto:connections", 0, 0, 0, NULL, 0, false },
	{ "lu:auto:connections:", 0, 0, 0, NULL, 0, false },
	{ "lu:auto:connections:0", 0, 0, 0, NULL, 0, false },
	{ "lu:auto:connections:1x", 0, 0, 0, NULL, 0, false },
	{ "lu:auto:file:", 0, 0, 0, NULL, 0, false },
	{ "lu:auto:exec", 0, 0, 0, NULL, 0, false },
	{ "lu:auto:weather", 0, 0, 0, NULL, 0, false },
	{ "", 0, 0, 0, NULL, 0, false },
};

START_TEST(sources_are_named_in_a_policy)
{
	const struct row *r = &rows[_i];
	struct rsp_policy policy;
	struct load_spec spec;
	const char *why = NULL;
	int err = load_parse(r->text, &policy, &spec, &why);

	ck_assert_msg((err == RSP_OK) == r->good, "%s: %s", r->text, why);
	if (!r->good) {
		ck_assert_ptr_nonnull(why);
		load_spec_free(&spec);
		return;
	}
	ck_assert_msg(spec.source == r->source, "%s", r->text);
	ck_assert_msg(policy.type == r->type, "%s", r->text);
	ck_assert_msg(spec.max == r->max, "%s", r->text);
	ck_assert_msg(policy.words[1] == r->second, "%s: %u", r->text,
	    policy.words[1]);
	if (r->what != NULL)
		ck_assert_str_eq(spec.what, r->what);
	load_spec_free(&spec);
}
END_TEST

START_TEST(noise_is_not_told)
{
	struct load l = { .told = -1 };
	unsigned told = 0;
	int i;

	ck_assert(load_add(&l, 50)); /* the first one is */
	for (i = 0; i < 1000; i++)
		told += load_add(&l, 50 + (i % 5 - 2) * 0.8);
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(a_step_is_followed_smoothly_and_comes_to_rest)
{
	struct load l = { .told = -1 };
	double last = 0;
	unsigned told = 0;
	int i;

	load_add(&l, 0);
	for (i = 0; i < 20; i++) {
		told += load_add(&l, 100);
		ck_assert(l.value >= last && l.value <= 100);
		last = l.value;
		if (i == 0)
			ck_assert(l.value < 50);
		if (i == 2)
			ck_assert(l.value > 75);
	}
	ck_assert(l.told == 100); /* not merely near it */
	ck_assert_uint_ge(told, 3);
	ck_assert_uint_le(told, 12);
	for (i = 0; i < 20; i++)
		load_add(&l, 0);
	ck_assert(l.told == 0);
}
END_TEST

static const struct {
	const char *text;
	double percent; /* below 0: no value, and a complaint */
} files[] = {
	{ "12", 12 },
	{ "12.5\n", 12.5 },
	{ " 99 % \n", 99 },
	{ "0", 0 },
	{ "250", 100 },
	{ "", -1 },
	{ "high", -1 },
	{ "12 of 20", -1 },
	{ "-1", -1 },
	{ "nan", -1 },
};

START_TEST(a_file_is_read_every_second)
{
	char path[] = "/tmp/check_load.XXXXXX";
	struct load_spec spec = { .source = LOAD_FILE, .what = path };
	const struct pollfd none = { .fd = -1 };
	struct ports ports = { 0 };
	struct load_meter m;
	sigset_t mask;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, files[_i].text, strlen(files[_i].text)),
	    (ssize_t)strlen(files[_i].text));
	sigemptyset(&mask);
	load_meter_init(&m, &spec, &mask, 0);
	ck_assert(load_meter_serve(&m, 0, &ports, &none));
	ck_assert_msg(m.percent == files[_i].percent, "\"%s\": %f",
	    files[_i].text, m.percent);
	ck_assert((m.trouble != NULL) == (files[_i].percent < 0));
	ck_assert(!load_meter_serve(&m, 999, &ports, &none));
	ck_assert(load_meter_serve(&m, 1000, &ports, &none));
	load_meter_free(&m);
	close(fd);
	unlink(path);
}
END_TEST

/* A control group's files, made up in a directory that stands for the mount. */
static void
put(const char *root, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

START_TEST(a_quota_is_what_may_be_used)
{
	char root[] = "/tmp/check_load.XXXXXX", path[256];
	double all, half;

	ck_assert_ptr_nonnull(mkdtemp(root));
	all = cpu_allotment(getpid(), root);
	ck_assert(all >= 1);
	/* at the root, which is above every group of either version */
	put(root, "cpu.max", "50000 100000\n");
	snprintf(path, sizeof(path), "%s/cpu", root);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	put(root, "cpu/cpu.cfs_quota_us", "50000\n");
	put(root, "cpu/cpu.cfs_period_us", "100000\n");
	half = cpu_allotment(getpid(), root);
	ck_assert_msg(half == 0.5, "%f", half);
	put(root, "cpu.max", "max 100000\n");
	put(root, "cpu/cpu.cfs_quota_us", "-1\n");
	ck_assert(cpu_allotment(getpid(), root) == all);
	snprintf(path, sizeof(path), "rm -r %s", root);
	ck_assert_int_eq(system(path), 0);
}
END_TEST

START_TEST(time_spent_is_a_share_of_time_passed)
{
	struct cpu c = { 0 };
	pid_t self = getpid();
	double share;

	ck_assert(cpu_share(&c, 0, &self, 1) < 0);
	ck_assert(cpu_share(&c, 0, &self, 1) < 0); /* no time has passed */
	share = cpu_share(&c, 1000000, &self, 1);
	ck_assert_msg(share >= 0 && share < 0.01, "%f", share);
	c.spent -= 100000000; /* as if it had spent all there is */
	ck_assert(cpu_share(&c, 1000001, &self, 1) == 1);
	ck_assert(cpu_share(&c, 2000000, NULL, 0) < 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("load");
	TCase *t = tcase_create("load");

	tcase_add_loop_test(t, sources_are_named_in_a_policy, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(t, noise_is_not_told);
	tcase_add_test(t, a_step_is_followed_smoothly_and_comes_to_rest);
	tcase_add_loop_test(t, a_file_is_read_every_second, 0,
	    (int)(sizeof(files) / sizeof(files[0])));
	tcase_add_test(t, a_quota_is_what_may_be_used);
	tcase_add_test(t, time_spent_is_a_share_of_time_passed);
	suite_add_tcase(s, t);
	return run_suite(s);
}
