/* SPDX-License-Identifier: Apache-2.0 */
/* shim_connect.c - connect() to pools: refused, silent, late, reset and dead
 * elements, and every call order that programs use with connect() */
#include "tests/shim/shim_test.h"

#include <sys/time.h>

static void
errno_is_kept_on_success(void)
{
	int fd = stream(AF_INET, 0);
	struct address a = pool_address("Second", AF_INET);

	errno = 12345;
	EQUAL(connect(fd, (struct sockaddr *)&a.ss, a.len), 0);
	EQUAL(errno, 12345);
	EQUAL(failures(), 2);
	close(fd);
}

static void
blocking_connect_goes_on(void)
{
	int fd = stream(AF_INET, 0), flags = fcntl(fd, F_GETFL);

	EQUAL(dial(fd, "Second", AF_INET), 0);
	EQUAL(failures(), 2);
	EQUAL(fcntl(fd, F_GETFL), flags);
	talk(fd);
	close(fd);
}

static void
nonblocking_connect_goes_on_in_poll(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, "Second", AF_INET), EINPROGRESS);
	EQUAL(events_of(fd, 5000), POLLOUT);
	EQUAL(so_error(fd), 0);
	EQUAL(failures(), 2);
	talk(fd);
	close(fd);
}

/* Programs that look at SO_ERROR without having waited take 0 for success. */
static void
so_error_alone_carries_on(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK);
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);

	EQUAL(dial(fd, "Second", AF_INET), EINPROGRESS);
	while (failures() < 2)
		EQUAL(so_error(fd), 0);
	CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == 0);
	EQUAL(ntohs(peer.sin_port), NAMED_PORT);
	EQUAL(events_of(fd, 5000), POLLOUT);
	talk(fd);
	close(fd);
}

static void
connect_is_repeated_as_redis_does(void)
{
	static const char *const pools[] = { "Second", "Live" };

	for (int i = 0; i < 2; i++) {
		int fd = stream(AF_INET, SOCK_NONBLOCK);

		EQUAL(dial(fd, pools[i], AF_INET), EINPROGRESS);
		EQUAL(events_of(fd, 5000), POLLOUT);
		EQUAL(dial(fd, pools[i], AF_INET), 0);
		EQUAL(dial(fd, pools[i], AF_INET), EISCONN);
		talk(fd);
		close(fd);
	}
}

static void
connect_repeated_too_early_is_ealready(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, "Mute", AF_INET), EINPROGRESS);
	EQUAL(dial(fd, "Mute", AF_INET), EALREADY);
	close(fd);
}

static void
connect_on_a_connected_socket_is_eisconn(void)
{
	int fd = talker("Live");

	EQUAL(dial(fd, "Live", AF_INET), EISCONN);
	EQUAL(dial(fd, "Second", AF_INET), EISCONN);
	talk(fd);
	close(fd);
}

static void
all_dead_is_the_last_error(void)
{
	int fd = stream(AF_INET, 0);

	EQUAL(dial(fd, "Dead", AF_INET), ECONNREFUSED);
	EQUAL(failures(), 2);
	/* and a refused socket can be connected again */
	EQUAL(dial(fd, "Live", AF_INET), 0);
	talk(fd);
	close(fd);
}

static void
all_dead_is_seen_in_poll(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK);
	short events;

	EQUAL(dial(fd, "Dead", AF_INET), EINPROGRESS);
	events = events_of(fd, 5000);
	CHECK((events & POLLERR) != 0 && (events & POLLHUP) != 0);
	events = events_of(fd, 5000); /* until somebody has asked */
	CHECK((events & POLLERR) != 0);
	EQUAL(so_error(fd), ECONNREFUSED);
	EQUAL(so_error(fd), 0);
	EQUAL(dial(fd, "Live", AF_INET), EINPROGRESS);
	EQUAL(finish(fd), 0);
	talk(fd);
	close(fd);
}

static void
silence_costs_one_timeout(void)
{
	long start = now_ms();
	int fd = stream(AF_INET, 0);

	EQUAL(dial(fd, "Silent", AF_INET), 0);
	CHECK(now_ms() - start >= 1450 && now_ms() - start < 2900);
	talk(fd);
	close(fd);
	for (int i = 0; i < 5; i++) {
		start = now_ms();
		fd = talker("Silent");
		CHECK(now_ms() - start < 1200);
		close(fd);
	}
}

static void
silence_costs_one_timeout_in_poll(void)
{
	long start = now_ms();
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, "Silent", AF_INET), EINPROGRESS);
	EQUAL(events_of(fd, -1), POLLOUT);
	CHECK(now_ms() - start >= 1450 && now_ms() - start < 2900);
	EQUAL(so_error(fd), 0);
	talk(fd);
	close(fd);
}

/* A program that gives up after a second spares the next one the wait. */
static void
impatience_is_remembered(void)
{
	long start;
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, "Silent", AF_INET), EINPROGRESS);
	EQUAL(events_of(fd, 1100), 0);
	close(fd);
	start = now_ms();
	fd = talker("Silent");
	CHECK(now_ms() - start < 1200);
	close(fd);
}

static void
silence_is_etimedout(void)
{
	long start = now_ms();
	int fd = stream(AF_INET, 0);

	EQUAL(dial(fd, "Mute", AF_INET), ETIMEDOUT);
	CHECK(now_ms() - start < 2900);
	close(fd);
	fd = stream(AF_INET, SOCK_NONBLOCK);
	EQUAL(dial(fd, "Mute", AF_INET), EINPROGRESS);
	CHECK((events_of(fd, 5000) & POLLERR) != 0);
	EQUAL(so_error(fd), ETIMEDOUT);
	close(fd);
}

/* A program that waits where we do not see it (io_uring, a raw system call) is
 * woken by the kernel, which gives up by itself. */
static void
the_kernel_gives_up_too(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	long start = now_ms();

	EQUAL(dial(fd, "Silent", AF_INET), EINPROGRESS);
	EQUAL(syscall(SYS_poll, &p, 1, 20000), 1);
	CHECK(now_ms() - start < 10000);
	EQUAL(so_error(fd), 0); /* moved on */
	EQUAL(events_of(fd, 5000), POLLOUT);
	talk(fd);
	close(fd);
}

static void
late_element_is_waited_for(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, "Late", AF_INET), EINPROGRESS);
	EQUAL(events_of(fd, 300), 0);
	appear(); /* the next SYN, after a second, finds it */
	EQUAL(events_of(fd, 5000), POLLOUT);
	EQUAL(so_error(fd), 0);
	talk(fd);
	close(fd);
}

static void
late_element_is_waited_for_blocking(void)
{
	pid_t pid = fork();
	int fd;

	if (pid == 0) {
		usleep(300000);
		appear();
		_exit(0);
	}
	fd = talker("Late");
	waitpid(pid, NULL, 0);
	close(fd);
}

static void
own_send_timeout_is_obeyed(void)
{
	struct timeval own = { 0, 400000 }, now;
	socklen_t len = sizeof(now);
	long start = now_ms();
	int fd = stream(AF_INET, 0);

	EQUAL(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &own, sizeof(own)), 0);
	EQUAL(dial(fd, "Mute", AF_INET), EINPROGRESS);
	CHECK(now_ms() - start >= 390 && now_ms() - start < 1300);
	EQUAL(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &now, &len), 0);
	EQUAL(now.tv_usec, own.tv_usec);
	close(fd);
}

static void
send_timeout_is_given_back(void)
{
	struct timeval now = { 9, 9 };
	socklen_t len = sizeof(now);
	int fd = talker("Second");

	EQUAL(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &now, &len), 0);
	EQUAL(now.tv_sec, 0);
	EQUAL(now.tv_usec, 0);
	close(fd);
}

/* No byte went either way, and nobody has looked: as good as refused. */
static void
reset_before_the_first_look_moves_on(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	EQUAL(dial(fd, "Reset", AF_INET), EINPROGRESS);
	do /* behind the shim's back: until the reset is there */
		EQUAL(syscall(SYS_poll, &p, 1, 5000), 1);
	while ((p.revents & POLLHUP) == 0);
	/* readable or not, but no trouble */
	EQUAL(events_of(fd, 5000) & ~POLLIN, POLLOUT);
	EQUAL(so_error(fd), 0);
	talk(fd);
	close(fd);
}

static void
peer_is_what_the_program_named(void)
{
	struct address named = pool_address("Second", AF_INET);
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	int fd = talker("Second");

	EQUAL(getpeername(fd, (struct sockaddr *)&peer, &len), 0);
	EQUAL(len, sizeof(peer));
	CHECK(memcmp(&peer, &named.ss, 8) == 0);
	/* cut as the kernel cuts, length in full */
	memset(&peer, 0xee, sizeof(peer));
	len = 4;
	EQUAL(getpeername(fd, (struct sockaddr *)&peer, &len), 0);
	EQUAL(len, sizeof(peer));
	EQUAL(((uint8_t *)&peer)[4], 0xee);
	close(fd);
}

static void
address_that_nobody_gave_fails_closed(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(1) };
	int fd = stream(AF_INET, 0);

	a.sin_addr.s_addr = htonl(0xefc3fffe); /* 239.195.255.254 */
	EQUAL(connect(fd, (struct sockaddr *)&a, sizeof(a)), -1);
	EQUAL(errno, ENETUNREACH);
	EQUAL(so_error(fd), 0);
	close(fd);
}

static void
address_of_another_family_is_refused(void)
{
	struct address v4 = pool_address("Live", AF_INET);
	struct address v6 = pool_address("Live", AF_INET6);
	int fd = stream(AF_INET6, 0);

	EQUAL(connect(fd, (struct sockaddr *)&v4.ss, v4.len), -1);
	CHECK(errno == EINVAL || errno == EAFNOSUPPORT);
	close(fd);
	fd = stream(AF_INET, 0);
	EQUAL(connect(fd, (struct sockaddr *)&v6.ss, v6.len), -1);
	EQUAL(errno, EAFNOSUPPORT);
	close(fd);
}

static void
bad_calls_are_the_kernels(void)
{
	struct address a = pool_address("Live", AF_INET);
	int pipes[2], fd;

	EQUAL(connect(-1, (struct sockaddr *)&a.ss, a.len), -1);
	EQUAL(errno, EBADF);
	EQUAL(connect(1000, (struct sockaddr *)&a.ss, a.len), -1);
	EQUAL(errno, EBADF);
	EQUAL(pipe(pipes), 0);
	EQUAL(connect(pipes[0], (struct sockaddr *)&a.ss, a.len), -1);
	EQUAL(errno, ENOTSOCK);
	close(pipes[0]);
	close(pipes[1]);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	EQUAL(connect(fd, (struct sockaddr *)&a.ss, a.len), -1);
	EQUAL(errno, EINVAL);
	close(fd);
	fd = stream(AF_INET, 0);
	EQUAL(connect(fd, (struct sockaddr *)&a.ss, 3), -1);
	EQUAL(errno, EINVAL);
	EQUAL(connect(fd, NULL, 16), -1);
	EQUAL(errno, EFAULT);
	close(fd);
}

static void
disconnected_by_the_program(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	int fd = talker("Live");

	EQUAL(connect(fd, &none, sizeof(none)), 0);
	EQUAL(getpeername(fd, (struct sockaddr *)&peer, &len), -1);
	EQUAL(errno, ENOTCONN);
	EQUAL(dial(fd, "Second", AF_INET), 0);
	talk(fd);
	close(fd);
}

/* Our own fault, not the element's: skipped, and not held against it. */
static void
elements_without_a_route_are_skipped(void)
{
	int fd = talker("NoRoute");

	close(fd);
	fd = stream(AF_INET, SOCK_NONBLOCK);
	EQUAL(dial(fd, "NoRoute", AF_INET), EINPROGRESS);
	EQUAL(finish(fd), 0);
	talk(fd);
	close(fd);
	CHECK(failures() > 2);
}

static void
no_route_at_all_is_told_at_once(void)
{
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, "Nowhere", AF_INET), ENETUNREACH);
	EQUAL(so_error(fd), 0);
	EQUAL(dial(fd, "Live", AF_INET), EINPROGRESS);
	EQUAL(finish(fd), 0);
	talk(fd);
	close(fd);
	fd = stream(AF_INET, 0);
	EQUAL(dial(fd, "Nowhere", AF_INET), ENETUNREACH);
	close(fd);
}

/* A socket that is connected already, by its own means. */
static void
connected_elsewhere_is_eisconn(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(8001) },
			   peer;
	socklen_t len = sizeof(peer);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 2; i++) {
		int fd = stream(AF_INET, 0);

		EQUAL(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
		if (i == 1)
			EQUAL(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
		EQUAL(dial(fd, "Live", AF_INET), EISCONN);
		EQUAL(getpeername(fd, (struct sockaddr *)&peer, &len), 0);
		EQUAL(ntohs(peer.sin_port), 8001);
		talk(fd);
		close(fd);
	}
}

static void
repeated_connect_obeys_the_send_timeout(void)
{
	struct timeval own = { 0, 300000 };
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, "Mute", AF_INET), EINPROGRESS);
	EQUAL(fcntl(fd, F_SETFL, 0), 0);
	EQUAL(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &own, sizeof(own)), 0);
	EQUAL(dial(fd, "Mute", AF_INET), EALREADY);
	close(fd);
}

static void
elements_take_turns(void)
{
	/* one that answers, among two that do not: always the same */
	for (int i = 0; i < 6; i++)
		close(talker("Second"));
	CHECK(failures() <= 4);
}

/* A server of the pool Turns, until it is closed. */
static int
server(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	int fd = stream(AF_INET, 0), on = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	EQUAL(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	EQUAL(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	EQUAL(listen(fd, 5), 0);
	return fd;
}

/* It was dead a moment ago, its mark says so still, and now it is the only one
 * that lives. */
static void
who_came_back(int flags)
{
	int one = server(8105), other, fd, end;

	while (failures() < 1) {
		fd = stream(AF_INET, 0);
		EQUAL(dial(fd, "Turns", AF_INET), 0);
		close(fd);
	}
	close(one);
	other = server(8107);
	fd = stream(AF_INET, flags);
	EQUAL(dial(fd, "Turns", AF_INET), flags == 0 ? 0 : EINPROGRESS);
	EQUAL(finish(fd), 0);
	end = accept(other, NULL, NULL);
	CHECK(end >= 0);
	close(end);
	close(fd);
	close(other);
	fd = stream(AF_INET, flags);
	EQUAL(dial(fd, "Turns", AF_INET),
	    flags == 0 ? ECONNREFUSED : EINPROGRESS);
	if (flags != 0)
		EQUAL(finish(fd), ECONNREFUSED);
	close(fd);
}

static void
who_came_back_is_found(void)
{
	who_came_back(0);
}

static void
who_came_back_is_found_nonblocking(void)
{
	who_came_back(SOCK_NONBLOCK);
}

static const struct test tests[] = {
	TEST(errno_is_kept_on_success),
	TEST(blocking_connect_goes_on),
	TEST(nonblocking_connect_goes_on_in_poll),
	TEST(so_error_alone_carries_on),
	TEST(connect_is_repeated_as_redis_does),
	TEST(connect_repeated_too_early_is_ealready),
	TEST(connect_on_a_connected_socket_is_eisconn),
	TEST(all_dead_is_the_last_error),
	TEST(all_dead_is_seen_in_poll),
	TEST(silence_costs_one_timeout),
	TEST(silence_costs_one_timeout_in_poll),
	TEST(impatience_is_remembered),
	TEST(silence_is_etimedout),
	TEST(the_kernel_gives_up_too),
	TEST(late_element_is_waited_for),
	TEST(late_element_is_waited_for_blocking),
	TEST(own_send_timeout_is_obeyed),
	TEST(send_timeout_is_given_back),
	TEST(reset_before_the_first_look_moves_on),
	TEST(peer_is_what_the_program_named),
	TEST(address_that_nobody_gave_fails_closed),
	TEST(address_of_another_family_is_refused),
	TEST(bad_calls_are_the_kernels),
	TEST(disconnected_by_the_program),
	TEST(elements_without_a_route_are_skipped),
	TEST(no_route_at_all_is_told_at_once),
	TEST(connected_elsewhere_is_eisconn),
	TEST(repeated_connect_obeys_the_send_timeout),
	TEST(elements_take_turns),
	TEST(who_came_back_is_found),
	TEST(who_came_back_is_found_nonblocking),
};

MAIN(tests)
