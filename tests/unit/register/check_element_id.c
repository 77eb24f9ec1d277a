/* SPDX-License-Identifier: Apache-2.0 */
/* check_element_id.c - claims about a file of identifiers that several
 * processes share */
#include "tests/lib/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rsp/register/element_id.h"

static char path[64];

static const struct id_key web = { "Web", RSP_PARAM_TCP, 80, 0 };
static const struct id_key dns = { "DNS", RSP_PARAM_UDP, 53, 0 };

static void
make_path(void)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/rsp-ids.XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static uint32_t
kept(const struct id_key *key)
{
	struct element_ids ids = { .file = path };
	uint32_t id = 0;
	size_t n;

	ck_assert_int_eq(element_ids_load(&ids), 0);
	n = ids.n;
	ck_assert_int_eq(element_ids_get(&ids, key, &id), 0);
	ck_assert_uint_eq(ids.n, n); /* or it was not there */
	element_ids_free(&ids);
	return id;
}

START_TEST(each_keeps_the_others_lines)
{
	struct element_ids a = { .file = path }, b = { .file = path };
	uint32_t id[2], other;

	make_path();
	ck_assert_int_eq(element_ids_load(&a), 0);
	ck_assert_int_eq(element_ids_load(&b), 0);
	ck_assert_int_eq(element_ids_get(&a, &web, &id[0]), 0);
	ck_assert_int_eq(element_ids_get(&b, &dns, &id[1]), 0);
	ck_assert_uint_eq(kept(&web), id[0]);
	ck_assert_uint_eq(kept(&dns), id[1]);
	/* What is another's now is not put back to what it was. */
	ck_assert(element_ids_replace(&a, &web, &id[0]));
	ck_assert(element_ids_replace(&b, &dns, &other));
	ck_assert_uint_eq(kept(&web), id[0]);
	ck_assert_uint_eq(kept(&dns), other);
	element_ids_free(&a);
	element_ids_free(&b);
	unlink(path);
}
END_TEST

/* Nobody waits long for who holds it. */
START_TEST(locked_file_is_told)
{
	struct element_ids ids = { .file = path };
	uint32_t id;
	int fd;

	make_path();
	fd = open(path, O_RDWR);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert_int_eq(element_ids_get(&ids, &web, &id), EWOULDBLOCK);
	close(fd);
	element_ids_free(&ids);
	ids = (struct element_ids){ .file = path };
	ck_assert_int_eq(element_ids_get(&ids, &web, &id), 0);
	ck_assert_uint_eq(kept(&web), id);
	element_ids_free(&ids);
	unlink(path);
}
END_TEST

START_TEST(what_is_no_file_is_told)
{
	struct element_ids ids = { .file = path };

	make_path();
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_ne(element_ids_load(&ids), 0);
	unlink(path);
	ck_assert_int_eq(element_ids_load(&ids), 0);
	element_ids_free(&ids);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ids");
	TCase *t = tcase_create("ids");

	tcase_add_test(t, each_keeps_the_others_lines);
	tcase_add_test(t, locked_file_is_told);
	tcase_add_test(t, what_is_no_file_is_told);
	suite_add_tcase(s, t);
	return run_suite(s);
}
