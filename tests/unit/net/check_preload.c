/* SPDX-License-Identifier: Apache-2.0 */
/* check_preload.c - claims about where a library of ours is, and about
 * LD_PRELOAD */
#include "tests/lib/suite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rsp/net/preload.h"

static char beside[TARGET_PATH]; /* a file beside this program */
static const char *name;	 /* in its folder */

static void
put_beside(void)
{
	ssize_t n = readlink("/proc/self/exe", beside, sizeof(beside) - 32);
	char *slash;
	int fd;

	ck_assert_int_gt(n, 0);
	beside[n] = '\0';
	slash = strrchr(beside, '/');
	strcpy(slash, "/library.");
	memset(slash + 9, 'X', 6); /* for mkstemp */
	slash[15] = '\0';
	fd = mkstemp(beside);
	ck_assert_int_ge(fd, 0);
	close(fd);
	name = slash + 1;
}

START_TEST(it_is_found_beside_the_program)
{
	char path[TARGET_PATH];
	bool found;

	put_beside();
	found = preload_find(name, path);
	unlink(beside);
	ck_assert(found);
	ck_assert_int_eq(path[0], '/');
	ck_assert_str_eq(strrchr(path, '/') + 1, name);
}
END_TEST

START_TEST(its_path_is_plain)
{
	char path[TARGET_PATH];
	char odd[64];
	bool found;

	put_beside();
	snprintf(odd, sizeof(odd), "././/%s", name);
	found = preload_find(odd, path);
	unlink(beside);
	ck_assert(found);
	ck_assert_ptr_null(strstr(path, "/."));
	ck_assert_ptr_null(strstr(path, "//"));
}
END_TEST

START_TEST(one_that_is_nowhere_should_be_where_they_are_installed)
{
	char path[TARGET_PATH];

	ck_assert(!preload_find("no-such-library.so", path));
	ck_assert_int_eq(path[0], '/');
	ck_assert_str_eq(strrchr(path, '/'), "/no-such-library.so");
}
END_TEST

static const struct {
	const char *before, *after;
} lists[] = {
	{ NULL, "/a/b.so" },
	{ "", "/a/b.so" },
	{ "/c.so", "/a/b.so:/c.so" },
	{ "/c.so /d.so", "/a/b.so:/c.so /d.so" },
	/* it is there, wherever */
	{ "/a/b.so", "/a/b.so" },
	{ "/c.so:/a/b.so", "/c.so:/a/b.so" },
	{ "/c.so /a/b.so /d.so", "/c.so /a/b.so /d.so" },
	/* these only look like it */
	{ "/a/b.so.1", "/a/b.so:/a/b.so.1" },
	{ "/x/a/b.so", "/a/b.so:/x/a/b.so" },
};

START_TEST(it_stands_in_front_and_once)
{
	unsetenv("LD_PRELOAD");
	if (lists[_i].before != NULL)
		setenv("LD_PRELOAD", lists[_i].before, 1);
	ck_assert_int_eq(preload_set("/a/b.so"), 0);
	ck_assert_str_eq(getenv("LD_PRELOAD"), lists[_i].after);
}
END_TEST

static const char *const impossible[] = { "/a b.so", "/a:b.so", "/a\tb.so",
	"/a\nb.so" };

START_TEST(a_path_that_it_cannot_hold_is_refused)
{
	setenv("LD_PRELOAD", "/c.so", 1);
	ck_assert_int_eq(preload_set(impossible[_i]), EINVAL);
	ck_assert_str_eq(getenv("LD_PRELOAD"), "/c.so");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("preload");
	TCase *t = tcase_create("preload");

	tcase_add_test(t, it_is_found_beside_the_program);
	tcase_add_test(t, its_path_is_plain);
	tcase_add_test(t,
	    one_that_is_nowhere_should_be_where_they_are_installed);
	tcase_add_loop_test(t, it_stands_in_front_and_once, 0,
	    sizeof(lists) / sizeof(lists[0]));
	tcase_add_loop_test(t, a_path_that_it_cannot_hold_is_refused, 0,
	    sizeof(impossible) / sizeof(impossible[0]));
	suite_add_tcase(s, t);
	return run_suite(s);
}
