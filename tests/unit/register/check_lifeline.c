/* SPDX-License-Identifier: Apache-2.0 */
/* check_lifeline.c - claims about the connections of a pool element, with real
 * sockets on loopback */
#include "tests/lib/suite.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rsp/register/lifeline.h"
#include "rsp/net/lookup.h"

static struct lifeline l;
static struct rsp_endpoint endpoint;
static struct sockaddr_storage registrar;
static socklen_t registrar_len;
static int server; /* the registrar's listener */

static void
listen_again(void)
{
	int on = 1;

	server = socket(registrar.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	ck_assert_int_eq(bind(server, (struct sockaddr *)&registrar,
			     registrar_len),
	    0);
	ck_assert_int_eq(listen(server, 16), 0);
	registrar_len = sizeof(registrar);
	ck_assert_int_eq(getsockname(server, (struct sockaddr *)&registrar,
			     &registrar_len),
	    0);
}

/* A registrar on loopback (format: "tcp://127.0.0.1:%u"), and the element. */
static void
start(int family, const char *format)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&registrar;
	const char *what;
	char text[64];

	memset(&registrar, 0, sizeof(registrar));
	registrar.ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		registrar_len = sizeof(*in);
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else {
		registrar_len = sizeof(struct sockaddr_in6);
		((struct sockaddr_in6 *)&registrar)->sin6_addr =
		    in6addr_loopback;
	}
	listen_again();
	snprintf(text, sizeof(text), format, (unsigned)ntohs(in->sin_port));
	ck_assert_int_eq(rsp_endpoint_parse(text, 1, &endpoint, &what), RSP_OK);
	lifeline_init(&l);
}

static void
stop(void)
{
	lifeline_free(&l);
	close(server);
}

static enum lifeline_state
connect_now(void)
{
	struct pollfd fds[LIFELINE_FDS];
	struct lookup lookup = { 0 };
	enum lifeline_state state;

	while (lookup_hosts(&lookup, &endpoint) == LOOKUP_PENDING)
		;
	state = lifeline_connect(&l, &endpoint, 0);
	while (state == LIFELINE_UNDER_WAY) {
		lifeline_poll(&l, fds);
		ck_assert_int_gt(poll(fds, 1, 5000), 0);
		state = lifeline_connected(&l);
	}
	return state;
}

/* Connects and returns the registrar's end; the far port in *port. */
static int
link_up(uint16_t *port)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd;

	ck_assert_int_eq(connect_now(), LIFELINE_UP);
	fd = accept(server, (struct sockaddr *)&ss, &len);
	ck_assert_int_ge(fd, 0);
	*port = ntohs(((struct sockaddr_in *)&ss)->sin_port);
	return fd;
}

static const struct {
	const char *name;
	int family;
	const char *format;
} families[] = {
	{ "IPv4", AF_INET, "tcp://127.0.0.1:%u" },
	{ "IPv6", AF_INET6, "tcp://[::1]:%u" },
	{ "a name", AF_INET, "tcp://localhost:%u" },
};

START_TEST(registrar_can_call_the_port_that_it_sees)
{
	struct pollfd fds[LIFELINE_FDS];
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	uint16_t port;
	int fd, call, dropped;

	start(families[_i].family, families[_i].format);
	fd = link_up(&port);
	ck_assert_uint_eq(port, l.port);
	ck_assert_int_eq(getpeername(fd, (struct sockaddr *)&ss, &len), 0);
	call = socket(families[_i].family, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(call, (struct sockaddr *)&ss, len), 0);
	lifeline_poll(&l, fds);
	ck_assert_int_eq(poll(fds, LIFELINE_FDS, 5000), 1);
	ck_assert_int_ne(fds[RSP_LINKS].revents, 0);
	ck_assert_int_eq(lifeline_accept(&l, 0, &dropped), 1);
	close(call);
	close(fd);
	stop();
}
END_TEST

/* Whoever closes first, and however: the same port connects again at once. */
START_TEST(reconnects_from_the_same_port_many_times)
{
	struct linger reset = { 1, 0 };
	uint16_t port, first = 0;
	unsigned i;
	int fd;

	start(AF_INET, "tcp://127.0.0.1:%u");
	for (i = 0; i < 200; i++) {
		fd = link_up(&port);
		if (first == 0)
			first = port;
		ck_assert_msg(port == first, "round %u", i);
		switch (i % 4) {
		case 0: /* they close */
			close(fd);
			lifeline_hangup(&l, RSP_LINK_OUT);
			break;
		case 1: /* they reset */
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset,
			    sizeof(reset));
			close(fd);
			lifeline_hangup(&l, RSP_LINK_OUT);
			break;
		case 2: /* we end it */
			lifeline_hangup(&l, RSP_LINK_OUT);
			close(fd);
			break;
		case 3: /* they are started again */
			close(fd);
			close(server);
			ck_assert_int_eq(connect_now(), LIFELINE_FAILED);
			ck_assert_int_eq(l.error, ECONNREFUSED);
			listen_again();
			break;
		}
	}
	stop();
}
END_TEST

START_TEST(occupied_pair_of_ports_costs_a_new_port)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int on = 1, fd, thief;
	uint16_t port, old;

	start(AF_INET, "tcp://127.0.0.1:%u");
	fd = link_up(&old);
	ck_assert_int_eq(getpeername(fd, (struct sockaddr *)&ss, &len), 0);
	lifeline_hangup(&l, RSP_LINK_OUT);
	close(fd);
	/* Another socket takes the same pair. */
	thief = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(thief, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	ck_assert_int_eq(bind(thief, (struct sockaddr *)&ss, len), 0);
	ck_assert_int_eq(connect(thief, (struct sockaddr *)&registrar,
			     registrar_len),
	    0);
	close(accept(server, NULL, NULL));
	fd = link_up(&port);
	ck_assert_uint_ne(port, old);
	ck_assert_uint_eq(port, l.port);
	close(fd);
	close(thief);
	stop();
}
END_TEST

START_TEST(third_caller_waits_until_a_silent_one_is_old)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int calls[3], fd, dropped;
	uint16_t port;
	unsigned i;

	start(AF_INET, "tcp://127.0.0.1:%u");
	fd = link_up(&port);
	ck_assert_int_eq(getpeername(fd, (struct sockaddr *)&ss, &len), 0);
	for (i = 0; i < 3; i++) {
		calls[i] = socket(AF_INET, SOCK_STREAM, 0);
		ck_assert_int_eq(connect(calls[i], (struct sockaddr *)&ss, len),
		    0);
	}
	ck_assert_int_eq(lifeline_accept(&l, 0, &dropped), 1);
	ck_assert_int_eq(lifeline_accept(&l, 0, &dropped), 2);
	ck_assert_int_eq(lifeline_accept(&l, 4999, &dropped), RSP_LINK_NONE);
	calls[2] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(calls[2], (struct sockaddr *)&ss, len), 0);
	ck_assert_int_eq(lifeline_accept(&l, 5000, &dropped), 1);
	ck_assert_int_eq(dropped, 1);
	close(fd);
	stop();
}
END_TEST

START_TEST(messages_are_framed_however_they_arrive)
{
	static const uint8_t bytes[] = { 7, 0, 0, 6, 1, 2, 0, 0, 8, 0, 0, 4, 9,
		0, 0, 3 };
	struct rsp_span m;
	uint16_t port;
	unsigned i, n = 0;
	int fd, got = 0;

	start(AF_INET, "tcp://127.0.0.1:%u");
	fd = link_up(&port);
	for (i = 0; i < sizeof(bytes); i++) {
		struct pollfd p = { l.links[0].fd, POLLIN, 0 };

		ck_assert_int_eq(write(fd, bytes + i, 1), 1);
		ck_assert_int_eq(poll(&p, 1, 5000), 1);
		ck_assert(lifeline_receive(&l, RSP_LINK_OUT));
		while ((got = lifeline_message(&l, RSP_LINK_OUT, &m)) > 0) {
			ck_assert_uint_eq(m.at[0], 7 + n);
			ck_assert_uint_eq(m.len, n == 0 ? 8 : 4);
			n++;
		}
	}
	ck_assert_uint_eq(n, 2);
	ck_assert_int_lt(got, 0); /* a length of 3 */
	close(fd);
	stop();
}
END_TEST

START_TEST(largest_message_fits)
{
	static uint8_t bytes[65536];
	struct rsp_span m;
	size_t sent = 0;
	uint16_t port;
	int fd, got;

	start(AF_INET, "tcp://127.0.0.1:%u");
	fd = link_up(&port);
	bytes[0] = 7;
	bytes[2] = bytes[3] = 0xff;
	do {
		struct pollfd p = { l.links[0].fd, POLLIN, 0 };
		ssize_t n =
		    send(fd, bytes + sent, sizeof(bytes) - sent, MSG_DONTWAIT);

		sent += n > 0 ? (size_t)n : 0;
		ck_assert_int_eq(poll(&p, 1, 5000), 1);
		ck_assert(lifeline_receive(&l, RSP_LINK_OUT));
		got = lifeline_message(&l, RSP_LINK_OUT, &m);
		ck_assert_int_ge(got, 0);
	} while (got == 0);
	ck_assert_uint_eq(m.len, 65536);
	close(fd);
	stop();
}
END_TEST

static int
no_answer(const char *name, struct rsp_endpoint *e)
{
	(void)name;
	(void)e;
	while (pause() != 0)
		;
	return RSP_ENOENT;
}

static int
no_host(const char *name, struct rsp_endpoint *e)
{
	(void)name;
	(void)e;
	return RSP_ENOENT;
}

static int
one_host(const char *name, struct rsp_endpoint *e)
{
	ck_assert_str_eq(name, "registrar.example");
	e->hosts[0] = (struct rsp_address){ 4, { 10, 1, 2, 3 } };
	e->n_hosts = 1;
	return RSP_OK;
}

START_TEST(name_is_looked_up_beside_all_else)
{
	struct lookup lookup = { 0 };
	const char *what;
	int err;

	ck_assert_int_eq(rsp_endpoint_parse("registrar.example", 1, &endpoint,
			     &what),
	    RSP_OK);
	rsp_endpoint_lookup = no_host;
	while ((err = lookup_hosts(&lookup, &endpoint)) == LOOKUP_PENDING)
		;
	ck_assert_int_eq(err, LOOKUP_NO_HOST);
	ck_assert_str_eq(lookup_strerror(err), "no such host");
	rsp_endpoint_lookup = one_host;
	while ((err = lookup_hosts(&lookup, &endpoint)) == LOOKUP_PENDING)
		;
	ck_assert_int_eq(err, 0);
	ck_assert_uint_eq(endpoint.hosts[0].bytes[3], 3);
	ck_assert_int_eq(lookup_hosts(&lookup, &endpoint), 0);
	endpoint.hosts[0].family = 0;
	rsp_endpoint_lookup = no_answer;
	ck_assert_int_eq(lookup_hosts(&lookup, &endpoint), LOOKUP_PENDING);
	ck_assert_int_eq(lookup_hosts(&lookup, &endpoint), LOOKUP_PENDING);
	lookup_fini(&lookup);
}
END_TEST

START_TEST(unix_registrar_needs_no_port)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char text[sizeof(un.sun_path) + 8];
	const char *what;

	snprintf(un.sun_path, sizeof(un.sun_path), "/tmp/rsp-lifeline.%d",
	    (int)getpid());
	server = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(server, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(server, 1), 0);
	snprintf(text, sizeof(text), "unix://%s", un.sun_path);
	ck_assert_int_eq(rsp_endpoint_parse(text, 1, &endpoint, &what), RSP_OK);
	lifeline_init(&l);
	ck_assert_int_eq(connect_now(), LIFELINE_UP);
	ck_assert_int_eq(l.listener, -1);
	ck_assert_uint_eq(l.local.family, 0);
	unlink(un.sun_path);
	stop();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lifeline");
	TCase *t = tcase_create("lifeline");

	tcase_add_loop_test(t, registrar_can_call_the_port_that_it_sees, 0,
	    (int)(sizeof(families) / sizeof(families[0])));
	tcase_add_test(t, reconnects_from_the_same_port_many_times);
	tcase_add_test(t, occupied_pair_of_ports_costs_a_new_port);
	tcase_add_test(t, third_caller_waits_until_a_silent_one_is_old);
	tcase_add_test(t, messages_are_framed_however_they_arrive);
	tcase_add_test(t, largest_message_fits);
	tcase_add_test(t, name_is_looked_up_beside_all_else);
	tcase_add_test(t, unix_registrar_needs_no_port);
	suite_add_tcase(s, t);
	return run_suite(s);
}
