/* SPDX-License-Identifier: Apache-2.0 */
/* check_lookup.c - claims about looking a name up while life goes on
 *
 * The name server is a function here, that waits for as long as a test likes.
 */
#include "tests/lib/suite.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rsp/core/base/error.h"
#include "rsp/net/lookup.h"

static _Atomic unsigned asked;
static int gate[2]; /* a byte for each answer, where answers are held back */
static bool slow, unknown;

static int
name_server(const char *name, struct rsp_endpoint *e)
{
	char byte;

	asked++;
	if (slow && read(gate[0], &byte, 1) != 1)
		return RSP_ENOENT;
	if (unknown || strcmp(name, "registrar.test") != 0)
		return RSP_ENOENT;
	e->n_hosts = 1;
	e->hosts[0] =
	    (struct rsp_address){ .family = 4, .bytes = { 192, 0, 2, 7 } };
	return RSP_OK;
}

static struct lookup lookup;
static struct rsp_endpoint endpoint;

static void
setup(void)
{
	const char *what;

	ck_assert_int_eq(pipe(gate), 0);
	rsp_endpoint_lookup = name_server;
	ck_assert_int_eq(rsp_endpoint_parse("tcp://registrar.test",
			     RSP_PORT_ASAP, &endpoint, &what),
	    RSP_OK);
}

static void
let_answer(void)
{
	ck_assert_int_eq(write(gate[1], "", 1), 1);
}

/* Until the thread has said what it found. */
static void
await(void)
{
	struct pollfd p = { .fd = lookup.fd, .events = POLLIN };

	ck_assert_int_eq(poll(&p, 1, 30000), 1);
}

static int
patiently(void)
{
	int err;

	while ((err = lookup_hosts(&lookup, &endpoint)) == LOOKUP_PENDING)
		;
	return err;
}

START_TEST(what_needs_no_lookup_has_none)
{
	static const char *const given[] = { "tcp://192.0.2.1",
		"unix:///run/registrar" };
	const char *what;

	for (size_t i = 0; i < 2; i++) {
		rsp_endpoint_parse(given[i], RSP_PORT_ASAP, &endpoint, &what);
		ck_assert_int_eq(lookup_hosts(&lookup, &endpoint), 0);
		ck_assert_int_eq(lookup_begin(&lookup, &endpoint), 0);
	}
	ck_assert(!lookup.running);
	ck_assert_uint_eq(asked, 0);
}
END_TEST

START_TEST(a_known_name_has_hosts)
{
	ck_assert_int_eq(patiently(), 0);
	ck_assert_uint_eq(endpoint.n_hosts, 1);
	ck_assert_uint_eq(endpoint.hosts[0].bytes[3], 7);
	ck_assert_uint_eq(endpoint.port, RSP_PORT_ASAP);
	ck_assert(!lookup.running);
	ck_assert_uint_eq(asked, 1);
}
END_TEST

START_TEST(an_unknown_name_is_tried_anew)
{
	unknown = true;
	ck_assert_int_eq(patiently(), LOOKUP_NO_HOST);
	ck_assert(!lookup.running);
	unknown = false;
	ck_assert_int_eq(patiently(), 0);
	ck_assert_uint_eq(asked, 2);
}
END_TEST

START_TEST(a_slow_name_server_keeps_nobody)
{
	slow = true;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(lookup_hosts(&lookup, &endpoint),
		    LOOKUP_PENDING);
	ck_assert_uint_eq(endpoint.hosts[0].family, 0);
	let_answer();
	ck_assert_int_eq(patiently(), 0);
	ck_assert_uint_eq(asked, 1);
}
END_TEST

START_TEST(it_is_taken_when_its_descriptor_can_be_read)
{
	slow = true;
	ck_assert_int_eq(lookup_begin(&lookup, &endpoint), LOOKUP_PENDING);
	ck_assert_int_eq(lookup_begin(&lookup, &endpoint), LOOKUP_PENDING);
	ck_assert_int_eq(lookup_take(&lookup, &endpoint), LOOKUP_PENDING);
	let_answer();
	await();
	ck_assert_int_eq(lookup_take(&lookup, &endpoint), 0);
	ck_assert_uint_eq(endpoint.hosts[0].bytes[3], 7);
	ck_assert_uint_eq(asked, 1);
}
END_TEST

START_TEST(nothing_found_is_taken_as_no_host)
{
	unknown = true;
	ck_assert_int_eq(lookup_begin(&lookup, &endpoint), LOOKUP_PENDING);
	await();
	ck_assert_int_eq(lookup_take(&lookup, &endpoint), LOOKUP_NO_HOST);
	ck_assert_uint_eq(endpoint.hosts[0].family, 0);
}
END_TEST

/* Of this process; /proc links a folder for each. */
static unsigned
threads(void)
{
	struct stat st;

	ck_assert_int_eq(stat("/proc/self/task", &st), 0);
	return (unsigned)st.st_nlink;
}

START_TEST(what_is_given_up_tells_nobody)
{
	unsigned before = threads();

	slow = true;
	ck_assert_int_eq(lookup_begin(&lookup, &endpoint), LOOKUP_PENDING);
	ck_assert_uint_eq(threads(), before + 1);
	lookup_fini(&lookup);
	ck_assert(!lookup.running);
	let_answer();
	while (threads() > before) /* it ends by itself */
		poll(NULL, 0, 1);
	let_answer();
	ck_assert_int_eq(patiently(), 0);
	ck_assert_uint_eq(asked, 2);
}
END_TEST

START_TEST(every_error_has_a_text_of_its_own)
{
	static const int errors[] = { LOOKUP_NO_HOST, LOOKUP_PENDING,
		LOOKUP_UNHEARD, ENOMEM };

	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(lookup_strerror(errors[i]),
			    lookup_strerror(errors[j]));
	ck_assert_str_eq(lookup_strerror(ENOMEM), strerror(ENOMEM));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lookup");
	TCase *t = tcase_create("lookup");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, what_needs_no_lookup_has_none);
	tcase_add_test(t, a_known_name_has_hosts);
	tcase_add_test(t, an_unknown_name_is_tried_anew);
	tcase_add_test(t, a_slow_name_server_keeps_nobody);
	tcase_add_test(t, it_is_taken_when_its_descriptor_can_be_read);
	tcase_add_test(t, nothing_found_is_taken_as_no_host);
	tcase_add_test(t, what_is_given_up_tells_nobody);
	tcase_add_test(t, every_error_has_a_text_of_its_own);
	suite_add_tcase(s, t);
	return run_suite(s);
}
