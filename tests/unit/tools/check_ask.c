/* SPDX-License-Identifier: Apache-2.0 */
/* check_ask.c - claims about questions to a registrar, of which both ends are
 * here
 *
 * The far end is a socket of this process; what it says lies in the kernel
 * until it is read.
 */
#include "tests/lib/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsp/core/base/error.h"
#include "rsp/core/wire/builder.h"
#include "rsp/tools/ask.h"
#include "rsp/user/user.h"

#define LONG_MS 30000
#define SHORT_MS 30

static struct ask a;
static struct rsp_endpoint endpoint;
static int listener, far;

static rsp_time
within(int64_t ms)
{
	return rsp_user_now() + ms;
}

static void
setup(void)
{
	struct sockaddr_storage ss;
	socklen_t len;
	const char *what;

	ck_assert_int_eq(rsp_endpoint_parse("tcp://127.0.0.1:1", 1, &endpoint,
			     &what),
	    RSP_OK);
	endpoint.port = 0;
	len = rsp_endpoint_sockaddr(&endpoint, 0, &ss);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&ss, len), 0);
	ck_assert_int_eq(listen(listener, 5), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&ss, &len),
	    0);
	rsp_sockaddr_get((struct sockaddr *)&ss, len, &endpoint.hosts[0],
	    &endpoint.port);
	a = (struct ask){ .fd = -1, .protocol = RSP_ENRP };
}

static void
teardown(void)
{
	ask_close(&a);
	ck_assert_int_eq(a.fd, -1);
}

static void
open_both(void)
{
	ck_assert_int_eq(ask_open(&a, &endpoint, within(LONG_MS)), 0);
	far = accept(listener, NULL, NULL);
	ck_assert_int_ge(far, 0);
}

static struct rsp_message
message(uint8_t type, uint32_t sender)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ENRP, type);
	m.sender = sender;
	return m;
}

/* The far end says this; `cut`: without so many bytes at its end. */
static void
say(uint8_t type, uint32_t sender, size_t cut)
{
	uint8_t bytes[512];
	struct rsp_builder b = rsp_builder_into(bytes, sizeof(bytes));
	struct rsp_message m = message(type, sender);

	rsp_message_encode(&b, &m);
	ck_assert_uint_gt(b.len, cut);
	ck_assert_int_eq(send(far, bytes, b.len - cut, 0),
	    (ssize_t)(b.len - cut));
}

START_TEST(an_answer_is_heard_and_others_are_passed_over)
{
	struct rsp_message question = message(RSP_ENRP_LIST_REQUEST, 1), m;
	uint8_t heard[512];

	open_both();
	say(RSP_ENRP_PRESENCE, 2, 0);
	say(RSP_ENRP_LIST_RESPONSE, 3, 0);
	ck_assert_int_eq(ask_message(&a, &question, RSP_ENRP_LIST_RESPONSE, &m,
			     within(LONG_MS)),
	    0);
	ck_assert_uint_eq(m.type, RSP_ENRP_LIST_RESPONSE);
	ck_assert_uint_eq(m.sender, 3);
	ck_assert_int_gt(recv(far, heard, sizeof(heard), 0), 4);
	ck_assert_uint_eq(heard[0], RSP_ENRP_LIST_REQUEST);
}
END_TEST

START_TEST(each_message_is_heard_once)
{
	struct rsp_message m;

	open_both();
	for (uint32_t i = 1; i <= 3; i++)
		say(RSP_ENRP_PRESENCE, i, 0);
	for (uint32_t i = 1; i <= 3; i++) {
		ck_assert_int_eq(ask_hear(&a, RSP_ENRP_PRESENCE, &m,
				     within(LONG_MS)),
		    0);
		ck_assert_uint_eq(m.sender, i);
	}
	ck_assert_int_eq(ask_hear(&a, RSP_ENRP_PRESENCE, &m, within(SHORT_MS)),
	    ETIMEDOUT);
}
END_TEST

START_TEST(half_a_message_is_none)
{
	struct rsp_message m;
	rsp_time start = rsp_user_now();

	open_both();
	say(RSP_ENRP_PRESENCE, 1, 3);
	ck_assert_int_eq(ask_hear(&a, RSP_ENRP_PRESENCE, &m, within(SHORT_MS)),
	    ETIMEDOUT);
	ck_assert_int_ge(rsp_user_now() - start, SHORT_MS);
	close(far);
	ck_assert_int_eq(ask_hear(&a, RSP_ENRP_PRESENCE, &m, within(LONG_MS)),
	    ECONNRESET);
}
END_TEST

START_TEST(what_is_no_message_is_an_error)
{
	struct rsp_message m;

	open_both();
	ck_assert_int_eq(send(far, "\0\0\0\0\0\0\0\0", 8, 0), 8);
	ck_assert_int_eq(ask_hear(&a, RSP_ENRP_PRESENCE, &m, within(LONG_MS)),
	    EPROTO);
}
END_TEST

START_TEST(nobody_there_is_an_error)
{
	close(listener);
	ck_assert_int_eq(ask_open(&a, &endpoint, within(LONG_MS)),
	    ECONNREFUSED);
}
END_TEST

static int
name_server(const char *name, struct rsp_endpoint *e)
{
	(void)name;
	(void)e;
	return RSP_ENOENT;
}

START_TEST(no_such_host_is_an_error)
{
	const char *what;

	rsp_endpoint_lookup = name_server;
	ck_assert_int_eq(rsp_endpoint_parse("tcp://a.test", 1, &endpoint,
			     &what),
	    RSP_OK);
	ck_assert_int_eq(ask_open(&a, &endpoint, within(LONG_MS)),
	    EDESTADDRREQ);
}
END_TEST

START_TEST(the_next_host_is_tried)
{
	endpoint.n_hosts = 2;
	endpoint.hosts[1] = endpoint.hosts[0];
	endpoint.hosts[0].bytes[3] = 2; /* nobody listens at 127.0.0.2 */
	open_both();
}
END_TEST

START_TEST(there_is_something_to_wake_up_for)
{
	struct rsp_message m;
	int wake[2];

	ck_assert_int_eq(pipe(wake), 0);
	ck_assert_int_eq(write(wake[1], "", 1), 1);
	open_both();
	a.wake = wake[0];
	ck_assert_int_eq(ask_hear(&a, RSP_ENRP_PRESENCE, &m, within(LONG_MS)),
	    EINTR);
}
END_TEST

START_TEST(it_knows_its_own_end)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct rsp_address own, seen;
	uint16_t port, seen_port;

	open_both();
	ck_assert_int_eq(getpeername(far, (struct sockaddr *)&ss, &len), 0);
	rsp_sockaddr_get((struct sockaddr *)&ss, len, &seen, &seen_port);
	ask_own(&a, &own, &port);
	ck_assert(rsp_address_equal(&own, &seen));
	ck_assert_uint_eq(port, seen_port);
}
END_TEST

START_TEST(telling_who_is_gone_is_an_error_and_no_signal)
{
	struct rsp_message m = message(RSP_ENRP_PRESENCE, 1);
	struct linger hard = { 1, 0 };
	int err = 0;

	open_both();
	setsockopt(far, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(far);
	for (int i = 0; i < 2 && err == 0; i++)
		err = ask_tell(&a, &m, within(LONG_MS));
	ck_assert(err == ECONNRESET || err == EPIPE);
	ck_assert_int_eq(ask_tell(&a, &m, within(LONG_MS)), EPIPE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ask");
	TCase *t = tcase_create("ask");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_answer_is_heard_and_others_are_passed_over);
	tcase_add_test(t, each_message_is_heard_once);
	tcase_add_test(t, half_a_message_is_none);
	tcase_add_test(t, what_is_no_message_is_an_error);
	tcase_add_test(t, nobody_there_is_an_error);
	tcase_add_test(t, no_such_host_is_an_error);
	tcase_add_test(t, the_next_host_is_tried);
	tcase_add_test(t, there_is_something_to_wake_up_for);
	tcase_add_test(t, it_knows_its_own_end);
	tcase_add_test(t, telling_who_is_gone_is_an_error_and_no_signal);
	suite_add_tcase(s, t);
	return run_suite(s);
}
