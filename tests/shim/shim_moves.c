/* SPDX-License-Identifier: Apache-2.0 */
/* shim_moves.c - what stays as it is: ends, errors, options, copies and
 * children, and connections that cannot move */
#include "tests/shim/move_world.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>

/* Asked, and the server is dead. */
static void
open_asked(struct world *w, const char *pool, enum way way, enum end end)
{
	world_open(w, pool, way);
	world_ask(w, sizeof(request) - 1);
	world_end(w, end);
}

static void
open_in_body(struct world *w, enum end end)
{
	world_open(w, "Web", V4);
	world_ask(w, sizeof(request) - 1);
	world_answer(w, 1000);
	world_end(w, end);
}

/* The end and the errors that stay. */

static void
expect_end(int fd)
{
	char b[8];
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (int i = 0; i < 3; i++) {
		EQUAL(recv(fd, b, sizeof(b), 0), 0);
		EQUAL(poll(&p, 1, 1000), 1);
		CHECK((p.revents & POLLIN) != 0);
	}
}

/* Nobody has what the first began: the end, for ever. */
static void
end_stays_the_end(void)
{
	struct world w;

	world_begin();
	world_open(&w, "Only", V4);
	world_ask(&w, sizeof(request) - 1);
	world_answer(&w, 1000);
	world_end(&w, FIN);
	expect_end(w.fd);
	EQUAL(world_moves(&w), 0);
	world_close(&w);
	world_over();
}

static void
error_comes_once_then_the_end(void)
{
	struct world w;
	char b[8];

	world_begin();
	world_open(&w, "Only", V4);
	world_ask(&w, sizeof(request) - 1);
	world_answer(&w, 1000);
	world_end(&w, RST);
	EQUAL(recv(w.fd, b, sizeof(b), 0), -1);
	EQUAL(errno, ECONNRESET);
	expect_end(w.fd);
	world_close(&w);
	world_over();
}

/* A living server that hangs up on an idle connection is obeyed. */
static void
living_server_may_hang_up(void)
{
	struct world w;

	world_begin();
	world_open(&w, "Greet", V4);
	world_exchange(&w);
	world_hang_up(&w, FIN);
	expect_end(w.fd);
	EQUAL(world_moves(&w), 0);
	world_close(&w);
	world_over();
}

/* After the program's own shutdown nothing moves. */
static void
shutdown_ends_moves(void)
{
	static const int hows[] = { SHUT_RD, SHUT_WR, SHUT_RDWR };
	struct world w;
	char b[8];

	world_begin();
	for (int i = 0; i < 3; i++) {
		world_forget();
		if (fork() == 0) {
			world_open(&w, "Web", V4);
			world_ask(&w, sizeof(request) - 1);
			EQUAL(shutdown(w.fd, hows[i]), 0);
			world_end(&w, FIN);
			EQUAL(recv(w.fd, b, sizeof(b), 0), 0);
			EQUAL(world_moves(&w), 0);
			_exit(0);
		}
		int status;

		wait(&status);
		EQUAL(status, 0);
	}
	world_over();
}

/* What standard I/O has said (it calls nobody that we are in front of) is lost
 * with the server. */
static void
what_passed_unseen_is_not_forgotten(void)
{
	struct world w;
	char b[8];

	world_begin();
	world_open(&w, "Fresh", V4);
	EQUAL(syscall(SYS_write, w.fd, "word", 4), 4);
	EQUAL(recv(w.there, b, 4, MSG_WAITALL), 4);
	world_end(&w, RST);
	EQUAL(recv(w.fd, b, sizeof(b), 0), -1);
	EQUAL(errno, ECONNRESET);
	EQUAL(world_moves(&w), 0);
	world_close(&w);
	world_over();
}

/* In the middle of the joining of a moved response: no further move, but this
 * one is brought to its end. */
static void
shutdown_in_the_middle(void)
{
	struct world w;

	world_begin();
	open_in_body(&w, RST);
	EQUAL(recv(w.fd, (char[1]){ 0 }, 1, 0), 1);
	EQUAL(world_moves(&w), 1);
	shutdown(w.fd, SHUT_WR);
	world_expect(w.fd, w.have + 1);
	world_close(&w);
	world_over();
}

static void
shutdown_before_the_new_head(void)
{
	struct world w;
	char b[8];

	world_begin();
	world_open(&w, "Slow", V4);
	world_ask(&w, sizeof(request) - 1);
	world_answer(&w, 1000);
	world_end(&w, RST);
	do {
		ssize_t r = recv(w.fd, b, 1, MSG_DONTWAIT);

		CHECK(r == 1 || errno == EAGAIN);
		w.have += r == 1;
		usleep(1000);
	} while (world_moves(&w) == 0);
	shutdown(w.fd, SHUT_WR);
	world_expect(w.fd, w.have);
	world_close(&w);
	world_over();
}

/* Thrown away by the program, and yet compared and counted. */
static void
bytes_thrown_away_are_followed(void)
{
	struct world w;
	char b[600];

	world_begin();
	open_in_body(&w, FIN);
	for (int i = 0; i < 5; i++) {
		ssize_t r = recv(w.fd, b, sizeof(b), MSG_TRUNC);

		CHECK(r > 0);
		w.have += (size_t)r;
	}
	EQUAL(world_moves(&w), 1);
	world_expect(w.fd, w.have);
	world_close(&w);
	world_over();
}

/* A signal is no failure, and SIGPIPE none of ours. */
static void
write_to_nobody(void)
{
	struct world w;

	signal(SIGPIPE, SIG_IGN);
	world_begin();
	world_open(&w, "Only", V4);
	world_end(&w, RST);
	EQUAL(send(w.fd, "x", 1, 0), -1);
	EQUAL(errno, ECONNRESET);
	EQUAL(send(w.fd, "x", 1, 0), -1);
	EQUAL(errno, EPIPE);
	world_close(&w);
	world_over();
}

/* Kernels that cannot: connect() to AF_UNSPEC says EBUSY.  Its address is
 * shorter than those of IPv6. */
static void
forbid_disconnect(void)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_connect, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, sizeof(struct sockaddr), 0,
		    1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EBUSY),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(program) / sizeof(program[0]),
		program };

	EQUAL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	EQUAL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

static void
kernel_that_cannot(enum end end)
{
	struct world w;
	char b[8];

	world_begin();
	open_asked(&w, "Web", V6, end);
	forbid_disconnect();
	EQUAL(recv(w.fd, b, sizeof(b), 0), end == FIN ? 0 : -1);
	if (end == RST)
		EQUAL(errno, ECONNRESET);
	expect_end(w.fd);
	EQUAL(world_moves(&w), 0);
	world_close(&w);
	world_over();
}

static void
kernel_that_cannot_shows_the_end(void)
{
	kernel_that_cannot(FIN);
}

static void
kernel_that_cannot_shows_the_error(void)
{
	kernel_that_cannot(RST);
}

/* Copies and children. */

static void
copies_move_together(void)
{
	struct world w;
	int copy;

	world_begin();
	world_open(&w, "Web", V4);
	copy = dup(w.fd);
	world_ask(&w, sizeof(request) - 1);
	world_answer(&w, 1000);
	close(w.listener);
	w.listener = -1;
	close(w.there);
	w.there = -1;
	world_expect(copy, w.have);
	EQUAL(world_moves(&w), 1);
	/* the next request, on the other descriptor */
	EQUAL(send(w.fd, request, sizeof(request) - 1, 0), sizeof(request) - 1);
	world_expect(copy, 0);
	close(w.fd);
	EQUAL(send(copy, request, sizeof(request) - 1, 0), sizeof(request) - 1);
	world_expect(copy, 0);
	w.fd = copy;
	world_close(&w);
	world_over();
}

/* Runs in a child; it must end well. */
static void
in_child(void (*run)(int), int fd)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		run(fd);
		_exit(0);
	}
	EQUAL(waitpid(pid, &status, 0), pid);
	EQUAL(status, 0);
}

static void
see_the_end(int fd)
{
	char b[8];

	EQUAL(recv(fd, b, sizeof(b), 0), 0);
	EQUAL(recv(fd, b, sizeof(b), 0), 0);
}

/* The child's copy is frozen, and its parent moves after it. */
static void
child_does_not_move(void)
{
	struct world w;

	world_begin();
	open_in_body(&w, FIN);
	in_child(see_the_end, w.fd);
	EQUAL(world_moves(&w), 0);
	world_expect(w.fd, w.have);
	EQUAL(world_moves(&w), 1);
	world_close(&w);
	world_over();
}

static size_t spliced;

static void
read_the_rest(int fd)
{
	world_expect(fd, spliced);
}

/* Moved, and some of the overlap is still to be taken out: whoever goes on
 * reading, parent or child, gets the program's bytes. */
static void
fork_in_the_middle(bool child)
{
	struct world w;
	char b[1];

	world_begin();
	open_in_body(&w, RST);
	EQUAL(recv(w.fd, b, 1, MSG_PEEK), 1);
	EQUAL(recv(w.fd, b, 1, 0), 1);
	EQUAL(world_moves(&w), 1);
	spliced = w.have + 1;
	if (child)
		in_child(read_the_rest, w.fd);
	else
		read_the_rest(w.fd);
	world_close(&w);
	world_over();
}

static void
child_reads_on_after_a_move(void)
{
	fork_in_the_middle(true);
}

static void
parent_reads_on_after_a_move(void)
{
	fork_in_the_middle(false);
}

static void
see_an_error(int fd)
{
	char b[8];

	EQUAL(recv(fd, b, sizeof(b), 0), -1);
	EQUAL(errno, ECONNRESET);
	EQUAL(recv(fd, b, sizeof(b), 0), 0);
}

/* The handshake of the move runs (the next host is silent, then one answers):
 * it is the parent's. */
static void
child_leaves_a_move_to_its_parent(void)
{
	struct world w;
	char b[8];

	world_begin();
	world_open(&w, "Slow", V4);
	world_ask(&w, sizeof(request) - 1);
	world_end(&w, RST);
	fcntl(w.fd, F_SETFL, O_NONBLOCK);
	EQUAL(recv(w.fd, b, sizeof(b), 0), -1);
	EQUAL(errno, EAGAIN);
	fcntl(w.fd, F_SETFL, 0);
	in_child(see_an_error, w.fd);
	world_expect(w.fd, 0);
	EQUAL(world_moves(&w), 1);
	world_close(&w);
	world_over();
}

/* Options. */

static const struct {
	int level, name, value;
} options[] = {
	{ SOL_SOCKET, SO_KEEPALIVE, 1 },
	{ SOL_SOCKET, SO_OOBINLINE, 1 },
	{ SOL_SOCKET, SO_REUSEADDR, 1 },
	{ SOL_SOCKET, SO_RCVLOWAT, 2 },
	{ SOL_SOCKET, SO_PRIORITY, 3 },
	{ SOL_SOCKET, SO_SNDBUF, 20000 },
	{ SOL_SOCKET, SO_RCVBUF, 30000 },
	{ IPPROTO_IP, IP_TOS, 0x10 },
	{ IPPROTO_IP, IP_TTL, 33 },
	{ IPPROTO_TCP, TCP_NODELAY, 1 },
	{ IPPROTO_TCP, TCP_KEEPIDLE, 44 },
	{ IPPROTO_TCP, TCP_KEEPINTVL, 5 },
	{ IPPROTO_TCP, TCP_KEEPCNT, 6 },
	{ IPPROTO_TCP, TCP_SYNCNT, 3 },
	{ IPPROTO_TCP, TCP_LINGER2, 7 },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, 8000 },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, 9000 },
	{ IPPROTO_TCP, TCP_QUICKACK, 0 },
};
#define N_OPTIONS (sizeof(options) / sizeof(options[0]))

static int
option_now(int fd, size_t i)
{
	int v = -1;
	socklen_t len = sizeof(v);

	getsockopt(fd, options[i].level, options[i].name, &v, &len);
	return v;
}

static void
options_survive_a_move(void)
{
	int before[N_OPTIONS];
	struct timeval t = { 12, 0 }, now;
	struct linger hard = { 1, 3 }, hard_now;
	char algorithm[16] = "reno", algorithm_now[16];
	socklen_t len = sizeof(now), linger_len = sizeof(hard);
	socklen_t name_len = sizeof(algorithm_now);
	struct world w;

	world_begin();
	world_open(&w, "Web", V4);
	for (size_t i = 0; i < N_OPTIONS; i++) {
		int v = options[i].value;

		EQUAL(setsockopt(w.fd, options[i].level, options[i].name, &v,
			  sizeof(v)),
		    0);
		before[i] = option_now(w.fd, i);
	}
	setsockopt(w.fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	setsockopt(w.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	setsockopt(w.fd, IPPROTO_TCP, TCP_CONGESTION, algorithm, 4);
	world_ask(&w, sizeof(request) - 1);
	world_end(&w, RST);
	world_expect(w.fd, 0);
	EQUAL(world_moves(&w), 1);
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (option_now(w.fd, i) != before[i] &&
		    options[i].name != TCP_QUICKACK) {
			fprintf(stderr, "option %d of level %d: %d, was %d\n",
			    options[i].name, options[i].level,
			    option_now(w.fd, i), before[i]);
			_exit(1);
		}
	getsockopt(w.fd, SOL_SOCKET, SO_RCVTIMEO, &now, &len);
	EQUAL(now.tv_sec, 12);
	getsockopt(w.fd, SOL_SOCKET, SO_LINGER, &hard_now, &linger_len);
	EQUAL(hard_now.l_linger, 3);
	getsockopt(w.fd, IPPROTO_TCP, TCP_CONGESTION, algorithm_now, &name_len);
	CHECK(strncmp(algorithm_now, "reno", 4) == 0);
	world_close(&w);
	world_over();
}

/* Set before the connection stands, where the kernel forgets it. */
static void
segment_size_survives_a_move(void)
{
	struct world w = { .listener = -1 };
	int size = 700, now = 0;
	socklen_t len = sizeof(now);

	world_begin();
	world_prepare(&w, V4);
	setsockopt(w.fd, IPPROTO_TCP, TCP_MAXSEG, &size, sizeof(size));
	world_connect(&w, "Web", V4);
	world_ask(&w, sizeof(request) - 1);
	world_end(&w, FIN);
	world_expect(w.fd, 0);
	EQUAL(world_moves(&w), 1);
	getsockopt(w.fd, IPPROTO_TCP, TCP_MAXSEG, &now, &len);
	CHECK(now <= 700 && now > 600);
	world_close(&w);
	world_over();
}

/* The kernel makes it anew when much is received, so nothing is. */
static void
window_clamp_survives_a_move(void)
{
	int clamp = 10000, now = 0;
	socklen_t len = sizeof(now);
	struct world w;
	char b[8];

	world_begin();
	world_open(&w, "Fresh", V4);
	setsockopt(w.fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &clamp, sizeof(clamp));
	world_end(&w, FIN);
	EQUAL(recv(w.fd, b, 5, MSG_WAITALL), 5);
	getsockopt(w.fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &now, &len);
	EQUAL(now, clamp);
	world_close(&w);
	world_over();
}

static void
addresses_stay(void)
{
	struct sockaddr_storage a, b;
	socklen_t la = sizeof(a), lb = sizeof(b);
	struct world w;

	world_begin();
	world_open(&w, "Web", V4);
	EQUAL(getpeername(w.fd, (struct sockaddr *)&a, &la), 0);
	world_ask(&w, sizeof(request) - 1);
	world_end(&w, FIN);
	world_expect(w.fd, 0);
	EQUAL(getpeername(w.fd, (struct sockaddr *)&b, &lb), 0);
	EQUAL(la, lb);
	CHECK(memcmp(&a, &b, la) == 0);
	world_close(&w);
	world_over();
}

static const struct test tests[] = {
	TEST(end_stays_the_end),
	TEST(error_comes_once_then_the_end),
	TEST(living_server_may_hang_up),
	TEST(shutdown_ends_moves),
	TEST(what_passed_unseen_is_not_forgotten),
	TEST(shutdown_in_the_middle),
	TEST(shutdown_before_the_new_head),
	TEST(bytes_thrown_away_are_followed),
	TEST(write_to_nobody),
	TEST(kernel_that_cannot_shows_the_end),
	TEST(kernel_that_cannot_shows_the_error),
	TEST(copies_move_together),
	TEST(child_does_not_move),
	TEST(child_reads_on_after_a_move),
	TEST(parent_reads_on_after_a_move),
	TEST(child_leaves_a_move_to_its_parent),
	TEST(options_survive_a_move),
	TEST(segment_size_survives_a_move),
	TEST(window_clamp_survives_a_move),
	TEST(addresses_stay),
};

MAIN(tests)
