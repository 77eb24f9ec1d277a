/* SPDX-License-Identifier: Apache-2.0 */
/* check_cachefile.c - claims about the cache's file and everything that can be
 * wrong with it */
#include "tests/lib/user_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rsp/core/base/error.h"

/* Hazards of the file: each is made, then a user opens, finds and chooses. */
static void
make_hazard(int which, const char *path)
{
	char bytes[8192] = { 0 };
	struct stat st;
	int fd = open(path, O_RDWR);

	ck_assert_int_ge(fd, 0);
	fstat(fd, &st);
	switch (which) {
	case 0: /* empty */
		ck_assert_int_eq(ftruncate(fd, 0), 0);
		break;
	case 1: /* half */
		ck_assert_int_eq(ftruncate(fd, st.st_size / 2), 0);
		break;
	case 2: /* cut and grown again: without blocks */
		ck_assert_int_eq(ftruncate(fd, 0), 0);
		ck_assert_int_eq(ftruncate(fd, st.st_size), 0);
		break;
	case 3: /* another boot, or version */
		ck_assert_int_eq(pwrite(fd, bytes, 64, 0), 64);
		break;
	case 4: /* readable by others */
		fchmod(fd, 0644);
		break;
	case 5: /* not a file */
		unlink(path);
		mkdir(path, 0700);
		break;
	case 6:
		unlink(path);
		ck_assert_int_eq(symlink("/etc/passwd", path), 0);
		break;
	case 7:
		unlink(path);
		ck_assert_int_eq(mkfifo(path, 0600), 0);
		break;
	case 8: /* another owner */
		if (geteuid() == 0)
			ck_assert_int_eq(fchown(fd, 12345, 12345), 0);
		break;
	case 9: /* the directory is everybody's */
		chmod(directory, 0777);
		break;
	case 10: /* all of it scribbled over but for the header */
		memset(bytes, 0xff, sizeof(bytes));
		for (off_t at = 64; at + 8192 < st.st_size; at += 8192)
			ck_assert_int_eq(pwrite(fd, bytes, sizeof(bytes), at),
			    8192);
		break;
	}
	close(fd);
}

static const bool private_expected[] = { false, false, true, false, true, true,
	true, true, true, true, false };

START_TEST(a_file_that_is_wrong_harms_nobody)
{
	const char *path;

	find_web();
	path = cache_path();
	make_hazard(_i, path);
	/* who has it mapped already goes on */
	for (int i = 0; i < 3; i++) {
		int err = rsp_user_find(&user, WEB, false, &pool);

		ck_assert_msg(err == RSP_OK || err == RSP_ELIMIT, "%s",
		    rsp_strerror(err));
		if (err == RSP_OK)
			ck_assert_int_gt(rsp_user_choose(&user, &pool, list,
					     128),
			    0);
	}
	/* and who comes now finds something or keeps to itself */
	reopen();
	if (_i != 8 || geteuid() == 0)
		ck_assert_msg(user.shared == !private_expected[_i],
		    "hazard %d: shared %d", _i, (int)user.shared);
	if (_i != 10) {
		find_web();
		ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
	}
	rmdir(path);
}
END_TEST

START_TEST(a_file_may_be_cut_while_a_registrar_is_asked)
{
	const char *path;
	int err;

	config.ttl_ms = 0;
	reopen();
	find_web();
	path = cache_path();
	fake->mode = FAKE_SILENT; /* for 250 ms */
	if (fork() == 0) {
		usleep(50000);
		_exit(truncate(path, 0));
	}
	err = rsp_user_find(&user, WEB, false, &pool);
	ck_assert_int_eq(err, RSP_OK);
	ck_assert(!user.shared);
	fake->mode = FAKE_KNOWS;
	find_web();
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
}
END_TEST

static void
no_space(void)
{
	struct rlimit before, limit = { 4096, 0 };

	getrlimit(RLIMIT_FSIZE, &before);
	limit.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	reopen();
	setrlimit(RLIMIT_FSIZE, &before);
}

START_TEST(a_file_that_cannot_be_made_is_done_without)
{
	switch (_i) {
	case 0: /* beyond RLIMIT_FSIZE: no SIGXFSZ */
		empty_directory();
		no_space();
		break;
	case 1: /* no directory, and none can be made */
		strcpy(config.runtime_dir, "/nonexistent/rsp");
		reopen();
		break;
	case 2: /* a link instead of a directory */
		snprintf(config.runtime_dir, sizeof(config.runtime_dir),
		    "%s/link", directory);
		ck_assert_int_eq(symlink(directory, config.runtime_dir), 0);
		reopen();
		break;
	case 3: /* a file system that takes no files */
		strcpy(config.runtime_dir, "/proc/self");
		reopen();
		break;
	}
	ck_assert(!user.shared);
	find_web();
	ck_assert_int_eq(rsp_user_choose(&user, &pool, list, 128), 3);
}
END_TEST

START_TEST(the_runtime_directory_is_made_private)
{
	struct stat st;

	snprintf(config.runtime_dir, sizeof(config.runtime_dir), "%s/new",
	    directory);
	umask(0);
	reopen();
	ck_assert(user.shared);
	ck_assert_int_eq(stat(config.runtime_dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	strcat(directory, "");
	for (DIR *d = opendir(config.runtime_dir); d != NULL; d = NULL) {
		char path[600];
		unsigned n = 0;

		for (struct dirent *e; (e = readdir(d)) != NULL;)
			if (e->d_name[0] != '.') {
				snprintf(path, sizeof(path), "%s/%s",
				    config.runtime_dir, e->d_name);
				ck_assert_int_eq(stat(path, &st), 0);
				ck_assert_uint_eq(st.st_mode & 07777, 0600);
				unlink(path);
				n++;
			}
		closedir(d);
		ck_assert_uint_eq(n, 1);
	}
	rmdir(config.runtime_dir);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cachefile");
	TCase *t = tcase_create("cachefile");

	tcase_add_checked_fixture(t, user_setup, user_teardown);
	tcase_add_loop_test(t, a_file_that_is_wrong_harms_nobody, 0,
	    sizeof(private_expected) / sizeof(private_expected[0]));
	tcase_add_test(t, a_file_may_be_cut_while_a_registrar_is_asked);
	tcase_add_loop_test(t, a_file_that_cannot_be_made_is_done_without, 0,
	    4);
	tcase_add_test(t, the_runtime_directory_is_made_private);
	suite_add_tcase(s, t);
	return run_suite(s);
}
