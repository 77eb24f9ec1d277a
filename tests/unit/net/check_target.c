/* SPDX-License-Identifier: Apache-2.0 */
/* check_target.c - claims about which programs a preload library can reach
 *
 * The program that it does reach is this one, whatever it was built for.
 */
#include "tests/lib/suite.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rsp/net/target.h"

#define SELF "/proc/self/exe"

static char folder[32];
static char path[TARGET_PATH];
static const char *why;

static void
setup(void)
{
	memset(folder, 0, sizeof(folder));
	strcpy(folder, "/tmp/check_target.");
	memset(folder + strlen(folder), 'X', 6); /* for mkdtemp */
	ck_assert_ptr_nonnull(mkdtemp(folder));
	setenv("PATH", folder, 1);
}

static const char *
in_folder(const char *file)
{
	static char full[64];

	snprintf(full, sizeof(full), "%s/%s", folder, file);
	return full;
}

static void
teardown(void)
{
	unlink(in_folder("a"));
	unlink(in_folder("b"));
	rmdir(folder);
}

static void
put(const char *file, const void *bytes, size_t len, mode_t mode)
{
	int fd = open(in_folder(file), O_CREAT | O_WRONLY | O_TRUNC, 0700);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void
put_script(const char *file, const char *first_line)
{
	put(file, first_line, strlen(first_line), 0700);
}

/* The beginning of this program, to be changed. */
static size_t
own_header(unsigned char bytes[64])
{
	int fd = open(SELF, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, bytes, 64);

	ck_assert_int_eq(n, 64);
	close(fd);
	return 64;
}

START_TEST(a_program_like_this_one_is_reached)
{
	ck_assert_int_eq(target_check(SELF, path, &why), TARGET_OK);
	ck_assert_str_eq(path, SELF);
	ck_assert_ptr_null(why);
}
END_TEST

START_TEST(a_command_is_looked_up_in_the_path)
{
	put_script("a", "#!" SELF "\n");
	ck_assert_int_eq(target_check("a", path, &why), TARGET_OK);
	ck_assert_int_eq(target_check("b", path, &why), TARGET_MISSING);
	ck_assert_ptr_nonnull(why);
	ck_assert_int_eq(target_check(in_folder("b"), path, &why),
	    TARGET_MISSING);
	ck_assert_str_eq(path, in_folder("b"));
	ck_assert_ptr_nonnull(why);
}
END_TEST

START_TEST(what_cannot_be_executed_is_refused)
{
	put("a", "#!" SELF "\n", strlen("#!" SELF "\n"), 0600);
	ck_assert_int_eq(target_check(in_folder("a"), path, &why),
	    TARGET_REFUSED);
	ck_assert_ptr_nonnull(why);
	ck_assert_int_eq(target_check(folder, path, &why), TARGET_REFUSED);
	ck_assert_ptr_nonnull(why);
	put("b", ELFMAG, SELFMAG, 0700);
	ck_assert_int_eq(target_check(in_folder("b"), path, &why),
	    TARGET_REFUSED);
	ck_assert_ptr_nonnull(why);
}
END_TEST

START_TEST(a_script_is_its_interpreter)
{
	put_script("a", "#! \t" SELF " -x\n");
	ck_assert_int_eq(target_check("a", path, &why), TARGET_OK);
	ck_assert_str_eq(path, SELF);
	put_script("b", "#!/usr/bin/env a\n");
	ck_assert_int_eq(target_check("b", path, &why), TARGET_OK);
	ck_assert_str_eq(path, SELF);
	put_script("a", "#!/nonexistent/interpreter\n");
	ck_assert_int_eq(target_check("b", path, &why), TARGET_MISSING);
	ck_assert_str_eq(path, "/nonexistent/interpreter");
}
END_TEST

START_TEST(a_script_that_is_its_own_interpreter_ends_the_search)
{
	char line[80];

	snprintf(line, sizeof(line), "#!%s\n", in_folder("a"));
	put_script("a", line);
	alarm(10);
	target_check("a", path, &why);
	alarm(0);
	ck_assert_str_eq(path, in_folder("a"));
}
END_TEST

START_TEST(another_machines_program_is_outside)
{
	unsigned char bytes[64];
	size_t len = own_header(bytes);

	bytes[EI_CLASS] =
	    bytes[EI_CLASS] == ELFCLASS64 ? ELFCLASS32 : ELFCLASS64;
	put("a", bytes, len, 0700);
	ck_assert_int_eq(target_check("a", path, &why), TARGET_OUTSIDE);
	ck_assert_ptr_nonnull(strstr(why, "bit"));
	own_header(bytes);
	bytes[18] ^= 0x55; /* the machine, in both classes */
	put("a", bytes, len, 0700);
	ck_assert_int_eq(target_check("a", path, &why), TARGET_OUTSIDE);
	ck_assert_ptr_nonnull(strstr(why, "machine"));
	ck_assert_str_eq(path, in_folder("a"));
}
END_TEST

START_TEST(a_static_program_is_outside)
{
	unsigned char bytes[64];
	size_t len = own_header(bytes);
	size_t at = bytes[EI_CLASS] == ELFCLASS64
			? offsetof(Elf64_Ehdr, e_phnum)
			: offsetof(Elf32_Ehdr, e_phnum);

	memset(bytes + at, 0, 2); /* no segment, so no loader */
	put("a", bytes, len, 0700);
	ck_assert_int_eq(target_check("a", path, &why), TARGET_OUTSIDE);
	ck_assert_ptr_nonnull(strstr(why, "static"));
}
END_TEST

START_TEST(a_name_that_is_too_long_is_missing)
{
	static char name[2 * TARGET_PATH];

	memset(name, 'a', sizeof(name) - 1);
	ck_assert_int_eq(target_check(name, path, &why), TARGET_MISSING);
	name[0] = '/';
	ck_assert_int_eq(target_check(name, path, &why), TARGET_MISSING);
	ck_assert_ptr_nonnull(why);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("target");
	TCase *t = tcase_create("target");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_program_like_this_one_is_reached);
	tcase_add_test(t, a_command_is_looked_up_in_the_path);
	tcase_add_test(t, what_cannot_be_executed_is_refused);
	tcase_add_test(t, a_script_is_its_interpreter);
	tcase_add_test(t, a_script_that_is_its_own_interpreter_ends_the_search);
	tcase_add_test(t, another_machines_program_is_outside);
	tcase_add_test(t, a_static_program_is_outside);
	tcase_add_test(t, a_name_that_is_too_long_is_missing);
	suite_add_tcase(s, t);
	return run_suite(s);
}
