/* SPDX-License-Identifier: Apache-2.0 */
/* check_config.c - claims about the pool user's settings in the environment */
#include "tests/lib/suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rsp/user/user.h"

static const char *const *environment;

static char *
get(const char *name)
{
	size_t len = strlen(name);

	for (const char *const *e = environment; *e != NULL; e++)
		if (strncmp(*e, name, len) == 0 && (*e)[len] == '=')
			return (char *)(uintptr_t)*e + len + 1;
	return NULL;
}

START_TEST(the_environment_is_read_and_bad_values_are_not)
{
	static const char *const good[] = { "RSP_REGISTRARS=tcp://1.2.3.4:5,"
					    "unix:///a",
		"RSP_CONNECT_TIMEOUT=0.5", "RSP_CACHE_TTL=0",
		"RSP_CACHE_TTL_ADAPTIVE=.25", "RSP_CACHE=off",
		"RSP_DOMAIN=.farm.", "RSP_RUNTIME_DIR=/somewhere", NULL };
	static const char *const bad[] = {
		"RSP_REGISTRARS=tls://x,multicast:10.0.0.1",
		"RSP_CONNECT_TIMEOUT=0", "RSP_CACHE_TTL=-1",
		"RSP_CACHE_TTL_ADAPTIVE=x", "RSP_CACHE=sometimes",
		"RSP_DOMAIN=..", "XDG_RUNTIME_DIR=/nonexistent", NULL
	};
	char xdg[400], directory[40] = "/tmp/check_settings.";
	const char *const own[] = { xdg, NULL };
	struct rsp_user_config c;

	environment = good;
	rsp_user_config_init(&c);
	rsp_user_config_env(&c, get);
	ck_assert_uint_eq(c.n_registrars, 2);
	ck_assert_str_eq(c.registrars[1].name, "/a");
	ck_assert_int_eq(c.connect_timeout_ms, 500);
	ck_assert_int_eq(c.ttl_ms, 0);
	ck_assert_int_eq(c.ttl_adaptive_ms, 250);
	ck_assert_int_eq(c.cache, RSP_CACHE_OFF);
	ck_assert_str_eq(c.domain, "farm");
	ck_assert_str_eq(c.runtime_dir, "/somewhere");
	environment = bad;
	rsp_user_config_init(&c);
	rsp_user_config_env(&c, get);
	ck_assert_uint_eq(c.n_registrars, 1);
	ck_assert_str_eq(c.registrars[0].text, "tcp://127.0.0.1");
	ck_assert_int_eq(c.connect_timeout_ms, 2000);
	ck_assert_int_eq(c.ttl_ms, 5000);
	ck_assert_int_eq(c.ttl_adaptive_ms, 500);
	ck_assert_int_eq(c.cache, RSP_CACHE_SHARED);
	ck_assert_str_eq(c.domain, "pool.alt");
	ck_assert(strncmp(c.runtime_dir, "/tmp/rsp-", 9) == 0);
	memset(directory + strlen(directory), 'X', 6); /* for mkdtemp */
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(xdg, sizeof(xdg), "XDG_RUNTIME_DIR=%s", directory);
	environment = own;
	rsp_user_config_env(&c, get);
	ck_assert(strncmp(c.runtime_dir, directory, strlen(directory)) == 0);
	ck_assert_str_eq(c.runtime_dir + strlen(directory), "/rsp");
	rmdir(directory);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("settings");
	TCase *t = tcase_create("settings");

	tcase_add_test(t, the_environment_is_read_and_bad_values_are_not);
	suite_add_tcase(s, t);
	return run_suite(s);
}
