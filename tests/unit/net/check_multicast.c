/* SPDX-License-Identifier: Apache-2.0 */
/* check_multicast.c - claims about groups, heard and told over loopback */
#include "tests/lib/suite.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "rsp/core/base/error.h"
#include "rsp/net/multicast.h"
#include "rsp/net/sys.h"

static char room[RSP_INTERFACES_ROOM];
static struct rsp_interface lo[1];

static uint16_t
free_port(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	close(fd);
	return ntohs(sa.sin_port);
}

static struct rsp_endpoint
group(const char *address, uint16_t port)
{
	struct rsp_endpoint g;
	const char *what;

	ck_assert_int_eq(rsp_multicast_parse(address, port, &g, &what), RSP_OK);
	return g;
}

static void
setup(void)
{
	ck_assert_uint_eq(rsp_interfaces("lo", lo, 1, room, sizeof(room)), 1);
}

static struct rsp_span
bytes_of(const char *text)
{
	return (struct rsp_span){ (const uint8_t *)text, strlen(text) };
}

/* The next datagram, waited for; from where is kept. */
static struct rsp_address from;
static uint16_t from_port;

static const char *
hear(int fd, const struct rsp_endpoint *g)
{
	static char text[64];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	ck_assert_int_eq(poll(&p, 1, 30000), 1);
	n = rsp_multicast_receive(fd, &g->hosts[0], text, sizeof(text) - 1,
	    &from, &from_port);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	return text;
}

static int
listen_to(const struct rsp_endpoint *g)
{
	int fd = rsp_multicast_listen(g, 0);

	ck_assert_int_gt(fd, 2);
	ck_assert_uint_eq(rsp_multicast_join(fd, &g->hosts[0], lo, 1), 1);
	return fd;
}

START_TEST(an_interface_is_known_by_its_name)
{
	ck_assert_int_eq(lo[0].index, (int)if_nametoindex("lo"));
	ck_assert(lo[0].loopback);
	ck_assert_uint_eq(rsp_interfaces("l", lo, 1, room, sizeof(room)), 0);
	ck_assert_uint_eq(rsp_interfaces("nosuch0", lo, 1, room, sizeof(room)),
	    0);
}
END_TEST

START_TEST(no_name_is_all_of_them)
{
	struct rsp_interface all[RSP_INTERFACES_MAX];
	unsigned n =
	    rsp_interfaces("", all, RSP_INTERFACES_MAX, room, sizeof(room));
	bool has_lo = false;

	for (unsigned i = 0; i < n; i++)
		has_lo = has_lo || all[i].index == lo[0].index;
	ck_assert(has_lo);
	ck_assert_uint_eq(rsp_interfaces("", all, 1, room, sizeof(room)), 1);
	ck_assert_uint_eq(rsp_interfaces("", all, 0, room, sizeof(room)), 0);
}
END_TEST

START_TEST(when_the_kernel_cannot_be_asked_it_chooses)
{
	struct rlimit before, none;
	struct rsp_interface any[2] = { { 7, true }, { 7, true } };

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_uint_eq(rsp_interfaces("", any, 2, room, sizeof(room)), 1);
	ck_assert_int_eq(any[0].index, 0);
	ck_assert_int_lt(rsp_multicast_sender(4, 0, 1), 0);
	/* a sanitizer has files to open at the end */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
}
END_TEST

START_TEST(two_listen_beside_each_other_and_both_hear)
{
	struct rsp_endpoint g = group("239.255.7.1", free_port());
	int one = listen_to(&g), other = listen_to(&g);
	int out = rsp_multicast_sender(4, 0, 1);
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);

	ck_assert_int_eq(rsp_multicast_send(out, &g, 0, lo, bytes_of("hello")),
	    0);
	ck_assert_str_eq(hear(one, &g), "hello");
	ck_assert_str_eq(hear(other, &g), "hello");
	ck_assert_uint_eq(from.family, 4);
	ck_assert_uint_eq(from.bytes[0], 127);
	ck_assert_int_eq(getsockname(out, (struct sockaddr *)&sa, &len), 0);
	ck_assert_uint_eq(from_port, ntohs(sa.sin_port));
}
END_TEST

START_TEST(a_listener_does_not_block_and_does_not_outlive_exec)
{
	struct rsp_endpoint g = group("239.255.7.1", free_port());
	int fd = listen_to(&g);
	char byte;

	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(rsp_multicast_receive(fd, &g.hosts[0], &byte, 1, &from,
			     &from_port),
	    -EAGAIN);
}
END_TEST

/* What is heard first is what came second. */
START_TEST(what_is_sent_to_another_group_is_not_heard)
{
	uint16_t port = free_port();
	struct rsp_endpoint g = group("239.255.7.1", port);
	struct rsp_endpoint other = group("239.255.7.2", port);
	int fd = listen_to(&g), beside = listen_to(&other);
	int out = rsp_multicast_sender(4, 0, 1);

	rsp_multicast_send(out, &other, 0, lo, bytes_of("not for us"));
	rsp_multicast_send(out, &g, 0, lo, bytes_of("for us"));
	ck_assert_str_eq(hear(fd, &g), "for us");
	ck_assert_str_eq(hear(beside, &other), "not for us");
}
END_TEST

START_TEST(membership_is_counted_where_there_is_one)
{
	struct rsp_endpoint g = group("239.255.7.1", free_port());
	struct rsp_interface list[2] = { lo[0], { 0x7ffffff0, false } };
	int fd = listen_to(&g);

	/* the one that it has, and none on what does not exist */
	ck_assert_uint_eq(rsp_multicast_join(fd, &g.hosts[0], list, 2), 1);
	ck_assert_uint_eq(rsp_multicast_join(fd, &g.hosts[0], list + 1, 1), 0);
}
END_TEST

START_TEST(a_senders_port_is_the_given_one_if_it_can_be_had)
{
	uint16_t port = free_port();
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd = rsp_multicast_sender(4, port, 1), second;

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	ck_assert_uint_eq(ntohs(sa.sin_port), port);
	/* somebody has it for itself */
	close(fd);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	sa.sin_addr.s_addr = 0;
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, len), 0);
	second = rsp_multicast_sender(4, port, 1);
	ck_assert_int_gt(second, 2);
	ck_assert_int_eq(getsockname(second, (struct sockaddr *)&sa, &len), 0);
	ck_assert_uint_ne(ntohs(sa.sin_port), port);
}
END_TEST

START_TEST(what_cannot_be_sent_is_an_error)
{
	static const uint8_t large[70000];
	struct rsp_endpoint g = group("239.255.7.1", free_port());
	struct rsp_interface nowhere = { 0x7ffffff0, false };
	int out = rsp_multicast_sender(4, 0, 1);

	errno = EDOM;
	ck_assert_int_eq(rsp_multicast_send(out, &g, 0, lo,
			     (struct rsp_span){ large, sizeof(large) }),
	    -EMSGSIZE);
	ck_assert_int_lt(rsp_multicast_send(out, &g, 0, &nowhere,
			     bytes_of("hello")),
	    0);
	ck_assert_int_eq(errno, EDOM);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("multicast");
	TCase *t = tcase_create("multicast");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, an_interface_is_known_by_its_name);
	tcase_add_test(t, no_name_is_all_of_them);
	tcase_add_test(t, when_the_kernel_cannot_be_asked_it_chooses);
	tcase_add_test(t, two_listen_beside_each_other_and_both_hear);
	tcase_add_test(t, a_listener_does_not_block_and_does_not_outlive_exec);
	tcase_add_test(t, what_is_sent_to_another_group_is_not_heard);
	tcase_add_test(t, membership_is_counted_where_there_is_one);
	tcase_add_test(t, a_senders_port_is_the_given_one_if_it_can_be_had);
	tcase_add_test(t, what_cannot_be_sent_is_an_error);
	suite_add_tcase(s, t);
	return run_suite(s);
}
