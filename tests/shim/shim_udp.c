/* SPDX-License-Identifier: Apache-2.0 */
/* shim_udp.c - datagrams: connected sockets move on when ICMP says that nobody
 * is there, unconnected ones stay with an element and see the pool's address */
#include "tests/shim/shim_test.h"

static int
datagrams(int family, int flags)
{
	int fd = socket(family, SOCK_DGRAM | flags, 0);

	CHECK(fd >= 0);
	return fd;
}

static ssize_t
send_to(int fd, const struct address *a, const char *text)
{
	return sendto(fd, text, strlen(text), 0,
	    (const struct sockaddr *)&a->ss, a->len);
}

/* An answer within a second, from the address that was sent to. */
static bool
hears(int fd, const struct address *a, const char *expected)
{
	char text[64];
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, 1000) != 1)
		return false;
	memset(&from, 0, sizeof(from));
	n = recvfrom(fd, text, sizeof(text), MSG_DONTWAIT,
	    (struct sockaddr *)&from, &len);
	if (n < 0)
		return false;
	EQUAL(n, (long)strlen(expected));
	CHECK(memcmp(text, expected, (size_t)n) == 0);
	if (a != NULL) {
		EQUAL(len, a->len);
		CHECK(memcmp(&from, &a->ss, len) == 0);
	}
	return true;
}

/* As resolvers do: send, wait a little, send again. */
static bool
asks(int fd)
{
	for (int i = 0; i < 10; i++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		char text[64];

		EQUAL(send(fd, "word", 4, 0), 4);
		if (poll(&p, 1, 200) == 1 &&
		    recv(fd, text, sizeof(text), MSG_DONTWAIT) == 10)
			return true;
	}
	return false;
}

static void
connected_socket_moves_on(void)
{
	int fd = datagrams(AF_INET, 0);
	struct address a = pool_address("Udp", AF_INET);
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	EQUAL(dial(fd, "Udp", AF_INET), 0);
	CHECK(asks(fd));
	EQUAL(failures(), 2);
	EQUAL(getpeername(fd, (struct sockaddr *)&peer, &len), 0);
	CHECK(memcmp(&peer, &a.ss, 8) == 0);
	EQUAL(write(fd, "a", 1), 1);
	CHECK(hears(fd, &a, "alive:a"));
	EQUAL(send_to(fd, &a, "b"), 1);
	CHECK(hears(fd, &a, "alive:b"));
	close(fd);
}

/* A blocking read that meets the ICMP error waits on. */
static void
blocking_read_waits_on(void)
{
	struct timeval t = { 0, 300000 };
	char text[64];
	ssize_t n = -1;
	int fd = datagrams(AF_INET, 0);

	EQUAL(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)), 0);
	EQUAL(dial(fd, "Udp", AF_INET), 0);
	for (int i = 0; i < 6 && n < 0; i++) {
		EQUAL(write(fd, "word", 4), 4);
		n = read(fd, text, sizeof(text));
		CHECK(n == 10 || errno == EAGAIN);
	}
	EQUAL(n, 10);
	close(fd);
}

static void
so_error_moves_on(void)
{
	int fd = datagrams(AF_INET, SOCK_NONBLOCK);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char text[64];

	EQUAL(dial(fd, "Udp", AF_INET), 0);
	for (int i = 0; i < 6; i++) {
		EQUAL(send(fd, "word", 4, 0), 4);
		CHECK(poll(&p, 1, 1000) == 1);
		if ((p.revents & POLLERR) == 0)
			break;
		EQUAL(so_error(fd), 0);
	}
	EQUAL(read(fd, text, sizeof(text)), 10);
	EQUAL(failures(), 2);
	close(fd);
}

static void
unconnected_socket_keeps_an_element(void)
{
	struct address a = pool_address("Udp2", AF_INET);
	int fd = datagrams(AF_INET, 0);

	for (int i = 0; i < 5; i++) {
		EQUAL(send_to(fd, &a, "x"), 1);
		CHECK(hears(fd, &a, "alive:x"));
	}
	close(fd);
}

/* socat drops what does not come from the port that it named. */
static void
answers_come_from_the_port_that_was_named(void)
{
	struct address a = pool_address("Udp2", AF_INET), b = a;
	int fd = datagrams(AF_INET, 0);

	((struct sockaddr_in *)&b.ss)->sin_port = htons(1234);
	EQUAL(send_to(fd, &a, "x"), 1);
	CHECK(hears(fd, &a, "alive:x"));
	EQUAL(send_to(fd, &b, "y"), 1);
	CHECK(hears(fd, &b, "alive:y"));
	close(fd);
}

static void
v6_socket_names_pools_in_both_forms(void)
{
	struct address six = pool_address("Udp2", AF_INET6);
	struct address mapped = pool_mapped("Udp2");
	int fd = datagrams(AF_INET6, 0);

	EQUAL(send_to(fd, &mapped, "x"), 1);
	CHECK(hears(fd, &mapped, "alive:x"));
	EQUAL(send_to(fd, &six, "y"), 1);
	CHECK(hears(fd, &six, "alive:y"));
	close(fd);
	fd = datagrams(AF_INET6, 0);
	EQUAL(connect(fd, (struct sockaddr *)&mapped.ss, mapped.len), 0);
	EQUAL(write(fd, "z", 1), 1);
	CHECK(hears(fd, &mapped, "alive:z"));
	close(fd);
}

/* A dead mark, made by anybody, makes an unconnected socket choose again. */
static void
unconnected_socket_avoids_the_dead(void)
{
	struct address a = pool_address("Udp", AF_INET);
	int fd = datagrams(AF_INET, 0);
	bool heard = false;

	EQUAL(send_to(fd, &a, "x"), 1);
	/* these take turns, so one of them meets the same element */
	for (int i = 0; i < 3; i++) {
		int twin = datagrams(AF_INET, 0);

		EQUAL(dial(twin, "Udp", AF_INET), 0);
		CHECK(asks(twin));
		close(twin);
	}
	for (int i = 0; i < 4 && !heard; i++) {
		EQUAL(send_to(fd, &a, "x"), 1);
		heard = hears(fd, &a, "alive:x");
	}
	CHECK(heard);
	close(fd);
}

static void
two_pools_and_others_on_one_socket(void)
{
	struct address pool = pool_address("Udp2", AF_INET), plain = pool;
	struct sockaddr_in *in = (struct sockaddr_in *)&plain.ss;
	int fd = datagrams(AF_INET, 0);

	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in->sin_port = htons(8001);
	EQUAL(send_to(fd, &plain, "p"), 1);
	CHECK(hears(fd, &plain, "alive:p"));
	EQUAL(send_to(fd, &pool, "q"), 1);
	CHECK(hears(fd, &pool, "alive:q"));
	close(fd);
}

static void
messages_carry_addresses(void)
{
	struct address a = pool_address("Udp2", AF_INET);
	struct sockaddr_storage from[2];
	struct iovec v[2] = { { "x", 1 }, { "y", 1 } }, in[2];
	struct mmsghdr m[2], r[2];
	char text[2][64];
	int got = 0, fd = datagrams(AF_INET, 0);

	memset(m, 0, sizeof(m));
	memset(r, 0, sizeof(r));
	for (int i = 0; i < 2; i++) {
		m[i].msg_hdr.msg_name = &a.ss;
		m[i].msg_hdr.msg_namelen = a.len;
		m[i].msg_hdr.msg_iov = &v[i];
		m[i].msg_hdr.msg_iovlen = 1;
		in[i] = (struct iovec){ text[i], 64 };
		r[i].msg_hdr.msg_name = &from[i];
		r[i].msg_hdr.msg_namelen = sizeof(from[i]);
		r[i].msg_hdr.msg_iov = &in[i];
		r[i].msg_hdr.msg_iovlen = 1;
	}
	EQUAL(sendmmsg(fd, m, 2, 0), 2);
	EQUAL(m[1].msg_len, 1);
	CHECK(memcmp(m[0].msg_hdr.msg_name, &a.ss, a.len) == 0);
	while (got < 2) {
		struct timespec t = { 1, 0 };
		int n = recvmmsg(fd, r + got, (unsigned)(2 - got),
		    MSG_WAITFORONE, &t);

		CHECK(n > 0);
		got += n;
	}
	CHECK(memcmp(&from[0], &a.ss, a.len) == 0);
	CHECK(memcmp(&from[1], &a.ss, a.len) == 0);
	EQUAL(sendmsg(fd, &m[0].msg_hdr, 0), 1);
	r[0].msg_hdr.msg_namelen = sizeof(from[0]);
	memset(from, 0, sizeof(from));
	EQUAL(recvmsg(fd, &r[0].msg_hdr, 0), 7);
	CHECK(memcmp(&from[0], &a.ss, a.len) == 0);
	close(fd);
}

/* More than fit into one piece of ours. */
static void
many_messages_at_once(void)
{
	enum { MANY = 50 };
	struct address a = pool_address("Udp2", AF_INET);
	struct mmsghdr m[MANY];
	struct iovec v = { "x", 1 };
	int fd = datagrams(AF_INET, 0);

	memset(m, 0, sizeof(m));
	for (int i = 0; i < MANY; i++) {
		m[i].msg_hdr.msg_name = &a.ss;
		m[i].msg_hdr.msg_namelen = a.len;
		m[i].msg_hdr.msg_iov = &v;
		m[i].msg_hdr.msg_iovlen = 1;
	}
	EQUAL(sendmmsg(fd, m, MANY, 0), MANY);
	for (int i = 0; i < MANY; i++) {
		EQUAL(m[i].msg_len, 1);
		CHECK(hears(fd, &a, "alive:x"));
	}
	close(fd);
}

static void
pool_without_datagram_elements(void)
{
	struct address a = pool_address("Live", AF_INET);
	int fd = datagrams(AF_INET, 0);

	EQUAL(send_to(fd, &a, "x"), -1);
	EQUAL(errno, ECONNREFUSED);
	EQUAL(dial(fd, "Live", AF_INET), ECONNREFUSED);
	close(fd);
	fd = stream(AF_INET, 0);
	EQUAL(dial(fd, "Udp", AF_INET), ECONNREFUSED);
	close(fd);
}

/* Each round through a dead pool ends with the error. */
static void
dead_pool_is_told(void)
{
	struct pollfd p = { .events = POLLIN };
	int refused = 0, fd = datagrams(AF_INET, 0);
	char c;

	p.fd = fd;
	EQUAL(dial(fd, "UdpDead", AF_INET), 0);
	for (int i = 0; i < 8; i++) {
		if (send(fd, "x", 1, 0) < 0) {
			EQUAL(errno, ECONNREFUSED);
			refused++;
		} else if (poll(&p, 1, 500) == 1 &&
			   recv(fd, &c, 1, MSG_DONTWAIT) < 0)
			refused += errno == ECONNREFUSED;
	}
	CHECK(refused >= 2 && refused <= 4);
	close(fd);
}

/* Connected to one pool, it may still send to another. */
static void
connected_socket_sends_elsewhere(void)
{
	struct address other = pool_address("Udp2", AF_INET);
	int fd = datagrams(AF_INET, 0);

	EQUAL(dial(fd, "Udp", AF_INET), 0);
	EQUAL(send_to(fd, &other, "x"), 1);
	CHECK(asks(fd));
	close(fd);
}

/* Real multicast in the block is none of our business. */
static void
foreign_multicast_is_left_alone(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(8001) };
	struct in_addr lo = { htonl(INADDR_LOOPBACK) };
	int fd = datagrams(AF_INET, 0);
	ssize_t n;

	EQUAL(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof(lo)), 0);
	a.sin_addr.s_addr = htonl(0xefc3fffe);
	n = sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sizeof(a));
	CHECK(n == 1 || errno == ENETUNREACH);
	close(fd);
}

static const struct test tests[] = {
	TEST(connected_socket_moves_on),
	TEST(blocking_read_waits_on),
	TEST(so_error_moves_on),
	TEST(unconnected_socket_keeps_an_element),
	TEST(answers_come_from_the_port_that_was_named),
	TEST(v6_socket_names_pools_in_both_forms),
	TEST(unconnected_socket_avoids_the_dead),
	TEST(two_pools_and_others_on_one_socket),
	TEST(messages_carry_addresses),
	TEST(many_messages_at_once),
	TEST(pool_without_datagram_elements),
	TEST(dead_pool_is_told),
	TEST(connected_socket_sends_elsewhere),
	TEST(foreign_multicast_is_left_alone),
};

MAIN(tests)
