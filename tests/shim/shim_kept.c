/* SPDX-License-Identifier: Apache-2.0 */
/* shim_kept.c - an error that a call meets behind a partial result is the next
 * call's, and nothing else takes its place
 *
 * Each test does the same without a pool first: what the kernel does is right.
 */
#include "tests/shim/script_world.h"

#include <arpa/inet.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

static const char plain_get[] = "GET / HTTP/1.0\r\n\r\n";
static const char post[] =
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n";

/* Results in words, so that two runs can be compared. */
static char said[4096];
static size_t said_at;

static void
say_result(ssize_t r)
{
	said_at += (size_t)snprintf(said + said_at, sizeof(said) - said_at,
	    r < 0 ? "%s; " : "%s%zd; ", r < 0 ? strerrorname_np(errno) : "", r);
}

/* For sizes that are the kernel's business. */
static void
say_kind(ssize_t r)
{
	say_result(r > 0 ? 1 : r);
}

static int
dial_plainly(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(8105),
		.sin_addr.s_addr = htonl(0x7f000001) };
	int fd = stream(AF_INET, 0);

	EQUAL(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* The kernel knows that the server has gone, and has what it said. */
static void
wait_for_trouble(int fd)
{
	struct pollfd p = { fd, 0, 0 };

	EQUAL(syscall(SYS_ppoll, &p, 1, NULL, NULL, 0), 1);
}

/* The same, with a pool and without. */
static void
compare(void (*run)(int fd), const struct step *steps, const char *ask)
{
	char plain[sizeof(said)];

	for (int pool = 0; pool < 2; pool++) {
		int fd;

		script_begin(0, steps);
		fd = pool ? script_dial("Turns") : dial_plainly();
		EQUAL(send(fd, ask, strlen(ask), 0), strlen(ask));
		said_at = 0;
		alarm(30);
		run(fd);
		close(fd);
		script_over();
		if (!pool)
			strcpy(plain, said);
	}
	if (strcmp(plain, said) != 0)
		fprintf(stderr, "without a pool: %s\nwith one: %s\n", plain,
		    said);
	CHECK(strcmp(plain, said) == 0);
	CHECK(strstr(plain, "ECONNRESET") != NULL);
}

static const struct step some_then_reset[] = { { SCRIPT_HEAD_OPEN, 0 },
	{ SCRIPT_BYTES, 100 }, { SCRIPT_RESET, 0 } };
static const struct step reset[] = { { SCRIPT_WAIT, 0 }, { SCRIPT_RESET, 0 } };

static void
read_whole(int fd)
{
	char b[4096];

	wait_for_trouble(fd);
	for (int i = 0; i < 4; i++)
		say_result(recv(fd, b, sizeof(b), MSG_WAITALL));
}

static void
waitall_keeps_the_error(void)
{
	compare(read_whole, some_then_reset, plain_get);
}

/* The error is shown while it is kept, and SO_ERROR takes it. */
static void
read_whole_and_ask(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	char b[4096];

	wait_for_trouble(fd);
	say_result(recv(fd, b, sizeof(b), MSG_WAITALL));
	EQUAL(poll(&p, 1, 1000), 1);
	say_result(p.revents & (POLLIN | POLLERR));
	errno = so_error(fd);
	say_result(-1);
	errno = so_error(fd);
	EQUAL(errno, 0);
	say_result(recv(fd, b, sizeof(b), MSG_WAITALL));
}

static void
kept_error_is_shown(void)
{
	compare(read_whole_and_ask, some_then_reset, plain_get);
}

/* What a write is told first, a read is not told again. */
static void
read_whole_then_write(int fd)
{
	char b[4096];

	wait_for_trouble(fd);
	say_result(recv(fd, b, sizeof(b), MSG_WAITALL));
	say_result(send(fd, "x", 1, MSG_NOSIGNAL));
	say_result(send(fd, "x", 1, MSG_NOSIGNAL));
	say_result(recv(fd, b, sizeof(b), 0));
}

static void
kept_error_is_a_write_s(void)
{
	compare(read_whole_then_write, some_then_reset, plain_get);
}

static void
read_messages(int fd)
{
	char b[3][4096];
	struct iovec v[3];
	struct mmsghdr m[3];

	memset(m, 0, sizeof(m));
	for (int i = 0; i < 3; i++) {
		v[i] = (struct iovec){ b[i], sizeof(b[i]) };
		m[i].msg_hdr.msg_iov = &v[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	for (int i = 0; i < 3; i++)
		say_result(recvmmsg(fd, m, 3, 0, NULL));
}

static void
recvmmsg_keeps_the_error(void)
{
	/* the kernel's call would begin with an error that is there already */
	static const struct step late_reset[] = { { SCRIPT_HEAD_OPEN, 0 },
		{ SCRIPT_PAUSE, 100 }, { SCRIPT_RESET, 0 } };

	compare(read_messages, late_reset, plain_get);
}

/* A signal would end the test. */
static void
write_much(int fd)
{
	const size_t n = 40 << 20;
	char *b = mmap(NULL, n, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(b != MAP_FAILED);
	if (fork() == 0) {
		await_sleep(getppid());
		script_go(0);
		_exit(0);
	}
	say_kind(send(fd, b, n, 0));
	say_kind(send(fd, b, n, 0));
	say_kind(send(fd, b, n, MSG_NOSIGNAL));
	munmap(b, n);
	wait(NULL);
}

static void
send_keeps_the_error(void)
{
	compare(write_much, reset, post);
}

static void
write_vectors(int fd)
{
	const size_t n = 1 << 20;
	char *b = mmap(NULL, n, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec v[100];

	for (int i = 0; i < 100; i++)
		v[i] = (struct iovec){ b, n };
	if (fork() == 0) {
		await_sleep(getppid());
		script_go(0);
		_exit(0);
	}
	say_kind(writev(fd, v, 100));
	say_kind(writev(fd, v, 100));
	munmap(b, n);
	wait(NULL);
}

static void
writev_keeps_the_error(void)
{
	compare(write_vectors, reset, post);
}

/* Of several messages, and of a file, the kernel loses it, and we need not: one
 * part goes, the next meets the reset, and the next call says so. */
static int
dial_and_post(void)
{
	int fd;

	script_begin(0, reset);
	fd = script_dial("Turns");
	EQUAL(send(fd, post, sizeof(post) - 1, 0), sizeof(post) - 1);
	if (fork() == 0) {
		await_sleep(getppid());
		script_go(0);
		_exit(0);
	}
	alarm(30);
	return fd;
}

static void
sendfile_keeps_the_error(void)
{
	int file = memfd_create("much", MFD_CLOEXEC), fd = dial_and_post();

	EQUAL(ftruncate(file, 40 << 20), 0);
	CHECK(sendfile(fd, file, NULL, 40 << 20) > 0);
	EQUAL(sendfile(fd, file, NULL, 40 << 20), -1);
	EQUAL(errno, ECONNRESET);
	close(file);
	close(fd);
	wait(NULL);
	script_over();
}

static void
sendmmsg_keeps_the_error(void)
{
	const size_t n = 1 << 20;
	char *b = mmap(NULL, n, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec v[100];
	struct mmsghdr m[100];
	int fd = dial_and_post();

	memset(m, 0, sizeof(m));
	for (int i = 0; i < 100; i++) {
		v[i] = (struct iovec){ b, n };
		m[i].msg_hdr.msg_iov = &v[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	CHECK(sendmmsg(fd, m, 100, 0) > 0);
	EQUAL(sendmmsg(fd, m, 100, 0), -1);
	EQUAL(errno, ECONNRESET);
	munmap(b, n);
	close(fd);
	wait(NULL);
	script_over();
}

/* A read of nothing does not look, a recv() of nothing does. */
static void
nothing_is_read_at_once(void)
{
	static const struct step silent[] = { { SCRIPT_STAY, 0 } };
	struct iovec v[2] = { { NULL, 0 }, { NULL, 0 } };
	char b[8];
	int fd;

	script_begin(0, silent);
	fd = script_dial("Turns");
	EQUAL(send(fd, plain_get, sizeof(plain_get) - 1, 0),
	    sizeof(plain_get) - 1);
	alarm(10);
	for (int i = 0; i < 2; i++) {
		EQUAL(read(fd, b, 0), 0);
		EQUAL(readv(fd, v, 2), 0);
		EQUAL(readv(fd, v, 0), 0);
		EQUAL(recv(fd, b, 0, MSG_DONTWAIT), -1);
		EQUAL(errno, EAGAIN);
		fcntl(fd, F_SETFL, O_NONBLOCK);
	}
	close(fd);
	script_over();
}

/* All that there is room for is taken, though it is many pieces. */
static void
many_pieces_go_at_once(void)
{
	static const struct step silent[] = { { SCRIPT_STAY, 0 } };
	struct iovec v[1000];
	int fd;

	for (int i = 0; i < 1000; i++)
		v[i] =
		    (struct iovec){ (char *)(uintptr_t) "x-a: 12345\r\n", 12 };
	v[0] = (struct iovec){ (char *)(uintptr_t) "GET / HTTP/1.1\r\n", 16 };
	script_begin(0, silent);
	fd = script_dial("Turns");
	fcntl(fd, F_SETFL, O_NONBLOCK);
	EQUAL(writev(fd, v, 1000), 16 + 999 * 12);
	close(fd);
	script_over();
}

static const struct test tests[] = {
	TEST(waitall_keeps_the_error),
	TEST(kept_error_is_shown),
	TEST(kept_error_is_a_write_s),
	TEST(recvmmsg_keeps_the_error),
	TEST(send_keeps_the_error),
	TEST(writev_keeps_the_error),
	TEST(sendfile_keeps_the_error),
	TEST(sendmmsg_keeps_the_error),
	TEST(nothing_is_read_at_once),
	TEST(many_pieces_go_at_once),
};

MAIN(tests)
