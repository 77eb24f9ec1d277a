/* SPDX-License-Identifier: Apache-2.0 */
/* check_ask_registrars.c - claims about a conversation with registrars: what it
 * finds, what it says of those that failed, and that it leaves nothing open */
#include "tests/lib/user_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "rsp/core/base/error.h"
#include "rsp/user/ask_registrars.h"
#include "rsp/user/user_inner.h"

static struct rsp_resolver resolver;
static uint8_t out[512], in[RSP_MESSAGE_MAX + 1];

static unsigned
open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* A question for the pool "Web", for so many of config.registrars. */
static void
prepare(unsigned n)
{
	struct rsp_resolver_config question = { .n_turns = n,
		.turns = { 0, 1, 2 },
		.t1_ms = 300,
		.deadline = rsp_user_now() + 20000,
		.handle = WEB,
		.items = 128,
		.out = out,
		.out_size = sizeof(out),
		.in = in,
		.in_size = sizeof(in) };

	ck_assert_int_eq(rsp_resolver_init(&resolver, &question,
			     rsp_user_now()),
	    RSP_OK);
}

static enum rsp_resolver_result
ask(unsigned n)
{
	unsigned before = open_descriptors();

	prepare(n);
	errno = EDOM;
	rsp_ask_registrars(&resolver, config.registrars);
	ck_assert_int_eq(errno, EDOM);
	ck_assert_uint_eq(open_descriptors(), before);
	return resolver.result;
}

static const int good_modes[] = { FAKE_KNOWS, FAKE_BYTEWISE };

START_TEST(who_knows_is_believed)
{
	fake->mode = good_modes[_i];
	if (fake->mode == FAKE_BYTEWISE)
		fake->n_elements = 1;
	ck_assert_int_eq(ask(1), RSP_RESOLVER_FOUND);
	ck_assert_int_eq(resolver.turns[0].turn, RSP_TURN_ANSWERED);
	ck_assert(rsp_span_equal(resolver.handle, WEB));
	ck_assert_uint_gt(resolver.elements.len, 0);
}
END_TEST

static const struct {
	int mode;
	enum rsp_resolver_turn turn;
	int why;
} failures[] = {
	{ FAKE_SILENT, RSP_TURN_SILENT, 0 },
	{ FAKE_HANGS_UP, RSP_TURN_FAILED, 0 },
	{ FAKE_GARBAGE, RSP_TURN_BAD, 0 },
};

START_TEST(it_says_how_a_registrar_failed)
{
	fake->mode = failures[_i].mode;
	ck_assert_int_eq(ask(1), RSP_RESOLVER_NOBODY);
	ck_assert_int_eq(resolver.turns[0].turn, failures[_i].turn);
	ck_assert_int_eq(resolver.turns[0].why, failures[_i].why);
}
END_TEST

START_TEST(after_one_that_is_not_there_the_next_is_asked)
{
	config.registrars[1] = config.registrars[0];
	use_registrar(0, "unix:///nonexistent/registrar");
	ck_assert_int_eq(ask(2), RSP_RESOLVER_FOUND);
	ck_assert_int_eq(resolver.turns[0].turn, RSP_TURN_FAILED);
	ck_assert_int_eq(resolver.turns[0].why, ENOENT);
	ck_assert_uint_eq(resolver.answered, 1);
}
END_TEST

START_TEST(a_refused_connection_is_no_answer)
{
	fake_stop(fake);
	ck_assert_int_eq(ask(1), RSP_RESOLVER_NOBODY);
	ck_assert_int_eq(resolver.turns[0].turn, RSP_TURN_FAILED);
	ck_assert_int_eq(resolver.turns[0].why, ECONNREFUSED);
}
END_TEST

static int
name_server(const char *name, struct rsp_endpoint *e)
{
	if (strcmp(name, "known.test") != 0)
		return RSP_ENOENT;
	e->n_hosts = 1;
	e->hosts[0] =
	    (struct rsp_address){ .family = 4, .bytes = { 127, 0, 0, 1 } };
	return RSP_OK;
}

START_TEST(a_name_is_looked_up_and_kept)
{
	uint16_t port = config.registrars[0].port;

	rsp_endpoint_lookup = name_server;
	use_registrar(0, "tcp://unknown.test");
	use_registrar(1, "tcp://known.test");
	config.registrars[1].port = port;
	ck_assert_int_eq(ask(2), RSP_RESOLVER_FOUND);
	ck_assert_int_eq(resolver.turns[0].why, EDESTADDRREQ);
	ck_assert_uint_eq(config.registrars[1].hosts[0].bytes[0], 127);
}
END_TEST

START_TEST(without_descriptors_that_is_the_reason)
{
	struct rlimit before, few;

	prepare(1);
	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &few);
	rsp_ask_registrars(&resolver, config.registrars);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_int_eq(resolver.turns[0].turn, RSP_TURN_FAILED);
	ck_assert_int_eq(resolver.turns[0].why, EMFILE);
}
END_TEST

START_TEST(every_turn_has_a_text)
{
	static const int known[] = { 0, ECONNREFUSED, ENOENT, EACCES,
		EDESTADDRREQ, ETIMEDOUT, EMFILE };

	ck_assert_str_eq(rsp_turn_text(RSP_TURN_FAILED, ECONNREFUSED),
	    "connection refused");
	for (size_t i = 0; i < 7; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(rsp_turn_text(RSP_TURN_FAILED,
					     known[i]),
			    rsp_turn_text(RSP_TURN_FAILED, known[j]));
	ck_assert_str_eq(rsp_turn_text(RSP_TURN_FAILED, EDOM), "failed");
	ck_assert_str_eq(rsp_turn_text(RSP_TURN_SILENT, ECONNREFUSED),
	    "no answer");
	ck_assert_ptr_nonnull(rsp_turn_text(RSP_TURN_REFUSED, 0xffff));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ask registrars");
	TCase *t = tcase_create("ask registrars");

	tcase_add_checked_fixture(t, user_setup, user_teardown);
	tcase_add_loop_test(t, who_knows_is_believed, 0, 2);
	tcase_add_loop_test(t, it_says_how_a_registrar_failed, 0, 3);
	tcase_add_test(t, after_one_that_is_not_there_the_next_is_asked);
	tcase_add_test(t, a_refused_connection_is_no_answer);
	tcase_add_test(t, a_name_is_looked_up_and_kept);
	tcase_add_test(t, without_descriptors_that_is_the_reason);
	tcase_add_test(t, every_turn_has_a_text);
	suite_add_tcase(s, t);
	return run_suite(s);
}
