/* SPDX-License-Identifier: Apache-2.0 */
/* check_scratch.c - claims about the slow path's memory, and about how a
 * registrar is known in the cache */
#include "tests/lib/suite.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "rsp/core/base/error.h"
#include "rsp/net/sys.h"
#include "rsp/user/user_inner.h"

static struct rsp_endpoint
endpoint(const char *text)
{
	struct rsp_endpoint e;
	const char *what;

	ck_assert_int_eq(rsp_registrar_parse(text, &e, &what), RSP_OK);
	return e;
}

static uint64_t
key(const char *text)
{
	struct rsp_endpoint e = endpoint(text);

	return rsp_user_registrar_key(&e);
}

START_TEST(it_is_there_until_it_is_closed)
{
	struct rsp_scratch *one = rsp_scratch_open();
	struct rsp_scratch *other = rsp_scratch_open();

	ck_assert_ptr_nonnull(one);
	ck_assert_ptr_nonnull(other);
	memset(one, 1, sizeof(*one));
	memset(other, 2, sizeof(*other));
	ck_assert_uint_eq(one->in[0], 1);
	ck_assert_uint_eq(((uint8_t *)(one + 1))[-1], 1);
	rsp_scratch_close(one);
	ck_assert(!sys_readable(one));
	ck_assert(sys_readable(other));
	rsp_scratch_close(other);
	rsp_scratch_close(NULL);
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	struct rlimit before, none;
	struct rsp_scratch *s;

	getrlimit(RLIMIT_AS, &before);
	none = before;
	none.rlim_cur = 1;
	setrlimit(RLIMIT_AS, &none);
	errno = EDOM;
	s = rsp_scratch_open();
	setrlimit(RLIMIT_AS, &before);
	ck_assert_ptr_null(s);
	ck_assert_int_eq(errno, EDOM);
}
END_TEST

START_TEST(registrars_that_differ_have_keys_that_differ)
{
	static const char *const texts[] = { "tcp://192.0.2.1:1000",
		"tcp://192.0.2.1:1001", "tcp://192.0.2.2:1000",
		"sctp://192.0.2.1:1000", "sctp://192.0.2.1,192.0.2.2:1000",
		"tcp://a.test:1000", "tcp://b.test:1000", "unix:///run/a",
		"unix:///run/b", "multicast:239.0.0.1:1000",
		"multicast:239.0.0.2:1000", "multicast:239.0.0.1:1000%lo" };
	size_t n = sizeof(texts) / sizeof(texts[0]);

	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(key(texts[i]), key(texts[i]));
		for (size_t j = 0; j < i; j++)
			ck_assert_uint_ne(key(texts[i]), key(texts[j]));
	}
}
END_TEST

START_TEST(what_is_implied_makes_no_difference)
{
	ck_assert_uint_eq(key("192.0.2.1"), key("tcp://192.0.2.1:3863"));
}
END_TEST

START_TEST(a_name_is_known_wherever_it_leads)
{
	struct rsp_endpoint e = endpoint("tcp://a.test");
	uint64_t before = rsp_user_registrar_key(&e);

	e.n_hosts = 2;
	e.hosts[0] =
	    (struct rsp_address){ .family = 4, .bytes = { 192, 0, 2, 1 } };
	e.hosts[1] = e.hosts[0];
	ck_assert_uint_eq(rsp_user_registrar_key(&e), before);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("scratch");
	TCase *t = tcase_create("scratch");

	tcase_add_test(t, it_is_there_until_it_is_closed);
	tcase_add_test(t, without_memory_there_is_none);
	tcase_add_test(t, registrars_that_differ_have_keys_that_differ);
	tcase_add_test(t, what_is_implied_makes_no_difference);
	tcase_add_test(t, a_name_is_known_wherever_it_leads);
	suite_add_tcase(s, t);
	return run_suite(s);
}
