/* SPDX-License-Identifier: Apache-2.0 */
/* shim_options.c - what a move must leave as it was: socket options, flags,
 * the bound port; and sockets of one family that reach elements of the other */
#include "tests/shim/shim_test.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/time.h>

static int
get(int fd, int level, int name)
{
	int v = -1;
	socklen_t len = sizeof(v);

	EQUAL(getsockopt(fd, level, name, &v, &len), 0);
	return v;
}

static void
set(int fd, int level, int name, int v)
{
	EQUAL(setsockopt(fd, level, name, &v, sizeof(v)), 0);
}

/* Options that are kept by the kernel over a disconnection, or by us. */
static const struct {
	int level, name, value, read;
} options[] = {
	{ SOL_SOCKET, SO_KEEPALIVE, 1, 1 },
	{ SOL_SOCKET, SO_SNDBUF, 30000, 60000 },
	{ SOL_SOCKET, SO_RCVBUF, 40000, 80000 },
	{ SOL_SOCKET, SO_OOBINLINE, 1, 1 },
	{ SOL_SOCKET, SO_RCVLOWAT, 1, 1 },
	{ SOL_SOCKET, SO_PRIORITY, 3, 3 },
	{ IPPROTO_TCP, TCP_NODELAY, 1, 1 },
	{ IPPROTO_TCP, TCP_KEEPIDLE, 11, 11 },
	{ IPPROTO_TCP, TCP_KEEPINTVL, 12, 12 },
	{ IPPROTO_TCP, TCP_KEEPCNT, 3, 3 },
	{ IPPROTO_TCP, TCP_SYNCNT, 5, 5 },
	{ IPPROTO_TCP, TCP_LINGER2, 7, 7 },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, 9000, 9000 },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, 5000, 5000 },
	{ IPPROTO_TCP, TCP_WINDOW_CLAMP, 30000, 30000 },
};

#define N_OPTIONS (sizeof(options) / sizeof(options[0]))

static void
set_options(int fd)
{
	struct timeval t = { 7, 0 };
	struct linger l = { 1, 5 };

	for (size_t i = 0; i < N_OPTIONS; i++)
		set(fd, options[i].level, options[i].name, options[i].value);
	set(fd, IPPROTO_TCP, TCP_MAXSEG, 900);
	EQUAL(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)), 0);
	EQUAL(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)), 0);
	EQUAL(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)), 0);
}

static void
expect_options(int fd)
{
	struct timeval t = { 0, 0 };
	struct linger l = { 0, 0 };
	socklen_t len = sizeof(t);

	for (size_t i = 0; i < N_OPTIONS; i++) {
		int v = get(fd, options[i].level, options[i].name);

		if (v != options[i].read) {
			fprintf(stderr, "option %d of level %d: %d\n",
			    options[i].name, options[i].level, v);
			exit(1);
		}
	}
	CHECK(get(fd, IPPROTO_TCP, TCP_MAXSEG) <= 900);
	EQUAL(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, &len), 0);
	EQUAL(t.tv_sec, 7);
	len = sizeof(t);
	EQUAL(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, &len), 0);
	EQUAL(t.tv_sec, 7);
	len = sizeof(l);
	EQUAL(getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &len), 0);
	EQUAL(l.l_linger, 5);
}

static void
options_survive(const char *pool, int family, int flags)
{
	int fd = stream(AF_INET, flags);

	set_options(fd);
	EQUAL(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
	EQUAL(dial(fd, pool, family), flags != 0 ? EINPROGRESS : 0);
	if (flags != 0)
		EQUAL(finish(fd), 0);
	CHECK(failures() >= 1);
	expect_options(fd);
	EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EQUAL(fcntl(fd, F_GETFL) & O_NONBLOCK, flags != 0 ? O_NONBLOCK : 0);
	talk(fd);
	close(fd);
}

static void
options_survive_refusals(void)
{
	options_survive("Second", AF_INET, 0);
}

static void
options_survive_refusals_nonblocking(void)
{
	options_survive("Second", AF_INET, SOCK_NONBLOCK);
}

static void
options_survive_silence(void)
{
	options_survive("Silent", AF_INET, 0);
}

static void
options_survive_silence_nonblocking(void)
{
	options_survive("Silent", AF_INET, SOCK_NONBLOCK);
}

static void
options_survive_replacement(void)
{
	options_survive("Mixed", AF_INET, 0);
}

static void
options_survive_replacement_nonblocking(void)
{
	options_survive("Mixed", AF_INET, SOCK_NONBLOCK);
}

/* While the handshake runs, too. */
static void
syn_count_is_the_programs(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK), before;

	before = get(fd, IPPROTO_TCP, TCP_SYNCNT);
	EQUAL(dial(fd, "Silent", AF_INET), EINPROGRESS);
	EQUAL(get(fd, IPPROTO_TCP, TCP_SYNCNT), before);
	EQUAL(finish(fd), 0);
	EQUAL(get(fd, IPPROTO_TCP, TCP_SYNCNT), before);
	close(fd);
}

/* Set while the handshake with the first element runs. */
static void
options_set_meanwhile_survive(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, "Silent", AF_INET), EINPROGRESS);
	set(fd, IPPROTO_TCP, TCP_MAXSEG, 800);
	set(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, 20000);
	set(fd, IPPROTO_TCP, TCP_SYNCNT, 4);
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	EQUAL(finish(fd), 0);
	EQUAL(failures(), 1);
	CHECK(get(fd, IPPROTO_TCP, TCP_MAXSEG) <= 800);
	EQUAL(get(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP), 20000);
	EQUAL(get(fd, IPPROTO_TCP, TCP_SYNCNT), 4);
	EQUAL(get(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	close(fd);
}

static void
short_buffers_for_options(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK);
	char c[4] = { 7, 7, 7, 7 };
	socklen_t len = 2;

	EQUAL(dial(fd, "Mute", AF_INET), EINPROGRESS);
	EQUAL(getsockopt(fd, SOL_SOCKET, SO_ERROR, c, &len), 0);
	EQUAL(len, 2);
	CHECK(c[0] == 0 && c[1] == 0 && c[2] == 7);
	EQUAL(getsockopt(fd, SOL_SOCKET, SO_ERROR, NULL, &len), -1);
	EQUAL(errno, EFAULT);
	close(fd);
}

static void
bound_port_is_kept(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(34567) };
	socklen_t len = sizeof(a);
	int fd = stream(AF_INET, 0);

	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	EQUAL(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	EQUAL(dial(fd, "Second", AF_INET), 0);
	EQUAL(failures(), 2);
	EQUAL(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	EQUAL(ntohs(a.sin_port), 34567);
	talk(fd);
	close(fd);
}

static void
expect_peer6(int fd, const struct address *named)
{
	struct sockaddr_in6 peer;
	socklen_t len = sizeof(peer);

	EQUAL(getpeername(fd, (struct sockaddr *)&peer, &len), 0);
	EQUAL(len, sizeof(peer));
	CHECK(memcmp(&peer, &named->ss, sizeof(peer)) == 0);
}

static void
v6_socket_reaches_v6(void)
{
	struct address named = pool_address("Six", AF_INET6);
	int fd = stream(AF_INET6, 0);

	EQUAL(dial(fd, "Six", AF_INET6), 0);
	EQUAL(failures(), 1);
	expect_peer6(fd, &named);
	talk(fd);
	close(fd);
}

/* Java's way: AF_INET6 for everything, IPv4 addresses mapped. */
static void
v6_socket_with_a_mapped_name(const char *pool, int flags)
{
	struct address named = pool_mapped(pool);
	int fd = stream(AF_INET6, flags), r;

	set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	r = connect(fd, (struct sockaddr *)&named.ss, named.len);
	if (flags != 0) {
		EQUAL(errno, EINPROGRESS);
		EQUAL(finish(fd), 0);
	} else
		EQUAL(r, 0);
	CHECK(failures() >= 1);
	expect_peer6(fd, &named);
	talk(fd);
	close(fd);
}

static void
mapped_name_reaches_v4(void)
{
	v6_socket_with_a_mapped_name("Second", 0);
}

static void
mapped_name_reaches_v4_nonblocking(void)
{
	v6_socket_with_a_mapped_name("Second", SOCK_NONBLOCK);
}

static void
mapped_name_reaches_v6(void)
{
	v6_socket_with_a_mapped_name("Six", 0);
}

/* Mixed has its IPv4 element first, but a socket that has tried a mapped
 * address can reach no native one: so the native one comes first. */
static void
native_elements_come_before_mapped_ones(void)
{
	int fd = stream(AF_INET6, 0);

	EQUAL(dial(fd, "Mixed", AF_INET6), 0);
	EQUAL(failures(), 0);
	talk(fd);
	close(fd);
	fd = stream(AF_INET6, 0);
	EQUAL(dial(fd, "Mapped", AF_INET6), 0);
	EQUAL(failures(), 1);
	talk(fd);
	close(fd);
}

static void
v6only_is_cleared_and_not_shown(void)
{
	int fd = stream(AF_INET6, 0);

	set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	EQUAL(dial(fd, "Second", AF_INET6), 0);
	EQUAL(get(fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
	talk(fd);
	close(fd);
	fd = stream(AF_INET6, 0);
	set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	EQUAL(dial(fd, "Second", AF_INET6), 0);
	EQUAL(get(fd, IPPROTO_IPV6, IPV6_V6ONLY), 0);
	close(fd);
}

static void
v6only_on_a_bound_socket_is_obeyed(void)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6 };
	int fd = stream(AF_INET6, 0);

	set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	EQUAL(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	EQUAL(dial(fd, "Live", AF_INET6), ECONNREFUSED);
	close(fd);
}

static void
v4_socket_reaches_v6(void)
{
	struct address named = pool_address("Six", AF_INET);
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int fd = stream(AF_INET, 0);

	EQUAL(dial(fd, "Six", AF_INET), 0);
	EQUAL(failures(), 1);
	EQUAL(getpeername(fd, (struct sockaddr *)&a, &len), 0);
	EQUAL(len, sizeof(a));
	CHECK(memcmp(&a, &named.ss, 8) == 0);
	len = sizeof(a);
	EQUAL(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	EQUAL(a.sin_family, AF_INET);
	EQUAL(len, sizeof(a));
	EQUAL(get(fd, SOL_SOCKET, SO_DOMAIN), AF_INET);
	EQUAL(get(fd, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
	EQUAL(dial(fd, "Six", AF_INET), EISCONN);
	talk(fd);
	close(fd);
}

/* Registered before the socket was replaced under it. */
static void
v4_socket_in_epoll_reaches_v6(uint32_t flags)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | flags };
	const uint64_t data = 0x1234567890abcdef;
	int fd = stream(AF_INET, SOCK_NONBLOCK), ep = epoll_create1(0);

	e.data.u64 = data;
	EQUAL(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), 0);
	EQUAL(dial(fd, "Mixed", AF_INET), EINPROGRESS);
	do
		EQUAL(epoll_wait(ep, &e, 1, 5000), 1);
	while (e.events != EPOLLOUT);
	CHECK(e.data.u64 == data);
	EQUAL(so_error(fd), 0);
	EQUAL(failures(), 1);
	e.events = EPOLLIN | flags;
	e.data.u64 = data;
	EQUAL(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e), 0);
	EQUAL(write(fd, "x", 1), 1);
	EQUAL(epoll_wait(ep, &e, 1, 5000), 1);
	EQUAL(e.events, EPOLLIN);
	close(ep);
	close(fd);
}

static void
v4_socket_in_epoll_level_reaches_v6(void)
{
	v4_socket_in_epoll_reaches_v6(0);
}

static void
v4_socket_in_epoll_edge_reaches_v6(void)
{
	v4_socket_in_epoll_reaches_v6(EPOLLET);
}

static void
v4_socket_in_epoll_once_reaches_v6(void)
{
	v4_socket_in_epoll_reaches_v6(EPOLLONESHOT);
}

/* The copy would stay with the old socket, so the socket is not replaced. */
static void
copied_v4_socket_does_not_reach_v6(void)
{
	int fd = stream(AF_INET, 0), other = dup(fd);

	EQUAL(dial(fd, "Six", AF_INET), EAFNOSUPPORT);
	close(other);
	EQUAL(dial(fd, "Six", AF_INET), 0);
	talk(fd);
	close(fd);
}

static void
bound_v4_socket_does_not_reach_v6(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int fd = stream(AF_INET, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	EQUAL(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	EQUAL(dial(fd, "Six", AF_INET), EAFNOSUPPORT);
	close(fd);
}

/* As mptcpize turns programs' sockets into. */
static void
mptcp_socket_goes_on(void)
{
	for (int flags = 0; flags <= SOCK_NONBLOCK; flags += SOCK_NONBLOCK) {
		int fd = socket(AF_INET, SOCK_STREAM | flags, IPPROTO_MPTCP);

		if (fd < 0)
			exit(77);
		EQUAL(dial(fd, "Second", AF_INET),
		    flags != 0 ? EINPROGRESS : 0);
		EQUAL(finish(fd), 0);
		talk(fd);
		close(fd);
	}
	CHECK(failures() >= 2);
}

/* Some kernels refuse to disconnect a socket that somebody waits for: then the
 * program gets the plain error.  A filter plays such a kernel: an IPv6 socket
 * is connected with 28 bytes, and disconnected with 16. */
static void
kernel_that_cannot_disconnect(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_connect, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 16, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EBUSY),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };
	struct address a = pool_address("Six", AF_INET6);
	int fd = stream(AF_INET6, SOCK_NONBLOCK);

	EQUAL(connect(fd, (struct sockaddr *)&a.ss, a.len), -1);
	EQUAL(errno, EINPROGRESS);
	EQUAL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	EQUAL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	CHECK((events_of(fd, 5000) & POLLERR) != 0);
	EQUAL(so_error(fd), ECONNREFUSED);
	close(fd);
}

static const struct test tests[] = {
	TEST(options_survive_refusals),
	TEST(options_survive_refusals_nonblocking),
	TEST(options_survive_silence),
	TEST(options_survive_silence_nonblocking),
	TEST(options_survive_replacement),
	TEST(options_survive_replacement_nonblocking),
	TEST(syn_count_is_the_programs),
	TEST(options_set_meanwhile_survive),
	TEST(short_buffers_for_options),
	TEST(bound_port_is_kept),
	TEST(v6_socket_reaches_v6),
	TEST(mapped_name_reaches_v4),
	TEST(mapped_name_reaches_v4_nonblocking),
	TEST(mapped_name_reaches_v6),
	TEST(native_elements_come_before_mapped_ones),
	TEST(v6only_is_cleared_and_not_shown),
	TEST(v6only_on_a_bound_socket_is_obeyed),
	TEST(v4_socket_reaches_v6),
	TEST(v4_socket_in_epoll_level_reaches_v6),
	TEST(v4_socket_in_epoll_edge_reaches_v6),
	TEST(v4_socket_in_epoll_once_reaches_v6),
	TEST(copied_v4_socket_does_not_reach_v6),
	TEST(bound_v4_socket_does_not_reach_v6),
	TEST(mptcp_socket_goes_on),
	TEST(kernel_that_cannot_disconnect),
};

MAIN(tests)
