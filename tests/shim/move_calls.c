/* SPDX-License-Identifier: Apache-2.0 */
/* move_calls.c - every call that reads, writes or waits, in one form */
#include "tests/shim/move_world.h"

#include <sys/mman.h>
#include <sys/sendfile.h>

static ssize_t
by_read(int fd, char *b, size_t n)
{
	return read(fd, b, n);
}

/* Two pieces, and an empty one. */
static int
pieces(struct iovec v[3], char *b, size_t n)
{
	v[0] = (struct iovec){ b, n / 3 };
	v[1] = (struct iovec){ b, 0 };
	v[2] = (struct iovec){ b + n / 3, n - n / 3 };
	return 3;
}

static ssize_t
by_readv(int fd, char *b, size_t n)
{
	struct iovec v[3];

	return readv(fd, v, pieces(v, b, n));
}

static ssize_t
by_recv(int fd, char *b, size_t n)
{
	return recv(fd, b, n, 0);
}

static ssize_t
by_recvfrom(int fd, char *b, size_t n)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);

	return recvfrom(fd, b, n, 0, (struct sockaddr *)&from, &len);
}

static ssize_t
by_recvmsg(int fd, char *b, size_t n)
{
	struct iovec v[3];
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 3 };

	pieces(v, b, n);
	return recvmsg(fd, &m, 0);
}

static ssize_t
by_recvmmsg(int fd, char *b, size_t n)
{
	struct iovec v = { b, n };
	struct mmsghdr m = { .msg_hdr = { .msg_iov = &v, .msg_iovlen = 1 } };
	int r = recvmmsg(fd, &m, 1, 0, NULL);

	return r < 0 ? r : (ssize_t)m.msg_len;
}

/* As wget reads: it looks first. */
static ssize_t
by_peek(int fd, char *b, size_t n)
{
	ssize_t seen = recv(fd, b, n < 100 ? n : 100, MSG_PEEK), r;
	char before[100];

	if (seen <= 0)
		return seen;
	memcpy(before, b, (size_t)seen);
	r = recv(fd, b, (size_t)seen, 0);
	EQUAL(r, seen);
	CHECK(memcmp(before, b, (size_t)seen) == 0);
	return r;
}

static ssize_t
by_waitall(int fd, char *b, size_t n)
{
	return recv(fd, b, n < 5 ? n : 5, MSG_WAITALL);
}

/* Through a pipe that is as large as it has to be. */
static ssize_t
by_splice_in(int fd, char *b, size_t n)
{
	int p[2];
	ssize_t r, got = 0;
	int saved;

	EQUAL(pipe2(p, O_CLOEXEC), 0);
	r = splice(fd, NULL, p[1], NULL, n < 60000 ? n : 60000, 0);
	saved = errno;
	if (r > 0)
		got = read(p[0], b, n);
	close(p[0]);
	close(p[1]);
	if (r > 0)
		EQUAL(got, r);
	errno = saved;
	return r;
}

/* The wait must show that there is something to read and nothing else; the read
 * is one that does not wait. */
static ssize_t
by_poll(int fd, char *b, size_t n)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLRDHUP };

	EQUAL(poll(&p, 1, 5000), 1);
	EQUAL(p.revents, POLLIN);
	return recv(fd, b, n, MSG_DONTWAIT);
}

static ssize_t
by_ppoll(int fd, char *b, size_t n)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct timespec t = { 5, 0 };

	EQUAL(ppoll(&p, 1, &t, NULL), 1);
	EQUAL(p.revents, POLLIN);
	return recv(fd, b, n, MSG_DONTWAIT);
}

static ssize_t
by_select(int fd, char *b, size_t n)
{
	struct timeval t = { 5, 0 };
	fd_set in, trouble;

	FD_ZERO(&in);
	FD_SET(fd, &in);
	FD_ZERO(&trouble);
	FD_SET(fd, &trouble);
	EQUAL(select(fd + 1, &in, NULL, &trouble, &t), 1);
	CHECK(FD_ISSET(fd, &in) && !FD_ISSET(fd, &trouble));
	return recv(fd, b, n, MSG_DONTWAIT);
}

static ssize_t
by_pselect(int fd, char *b, size_t n)
{
	struct timespec t = { 5, 0 };
	fd_set in;

	FD_ZERO(&in);
	FD_SET(fd, &in);
	EQUAL(pselect(fd + 1, &in, NULL, NULL, &t, NULL), 1);
	CHECK(FD_ISSET(fd, &in));
	return recv(fd, b, n, MSG_DONTWAIT);
}

/* Registered once for all calls of the row, as programs do. */
static int
registered(int fd, uint32_t events, bool *new)
{
	static int epoll = -1, who = -1;
	struct epoll_event e = { .events = events, .data.u64 = 0x1234567 };

	*new = who != fd;
	if (*new) {
		epoll = epoll_create1(EPOLL_CLOEXEC);
		EQUAL(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e), 0);
		who = fd;
	} else if ((events & EPOLLONESHOT) != 0)
		EQUAL(epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &e), 0);
	return epoll;
}

static ssize_t
epoll_then_read(int fd, char *b, size_t n, uint32_t flags)
{
	struct epoll_event e;
	bool new;
	int epoll = registered(fd, EPOLLIN | EPOLLRDHUP | flags, &new);

	EQUAL(epoll_wait(epoll, &e, 1, 5000), 1);
	CHECK(e.data.u64 == 0x1234567);
	EQUAL(e.events, EPOLLIN);
	return recv(fd, b, n, MSG_DONTWAIT);
}

static ssize_t
by_epoll(int fd, char *b, size_t n)
{
	return epoll_then_read(fd, b, n, 0);
}

static ssize_t
by_epoll_once(int fd, char *b, size_t n)
{
	return epoll_then_read(fd, b, n, EPOLLONESHOT);
}

/* Edge-triggered: reads until there is nothing, waits only then.  Each edge
 * that is needed must come. */
static ssize_t
by_epoll_edge(int fd, char *b, size_t n)
{
	struct epoll_event e;
	bool new;
	int epoll = registered(fd, EPOLLIN | EPOLLRDHUP | EPOLLET, &new);
	ssize_t r = new ? -1 : recv(fd, b, n, MSG_DONTWAIT);

	for (int i = 0; r < 0 && i < 20; i++) {
		CHECK(new || errno == EAGAIN);
		new = false;
		EQUAL(epoll_wait(epoll, &e, 1, 5000), 1);
		CHECK((e.events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) == 0);
		r = recv(fd, b, n, MSG_DONTWAIT);
	}
	return r;
}

/* As Python's asyncio and others look for errors before they read. */
static ssize_t
by_so_error(int fd, char *b, size_t n)
{
	EQUAL(so_error(fd), 0);
	return recv(fd, b, n, 0);
}

static ssize_t
by_shutdown_of_reading(int fd, char *b, size_t n)
{
	static int done = -1;

	/* no more than a hint, that nothing may come of */
	if (done != fd)
		shutdown(fd, -1);
	done = fd;
	return recv(fd, b, n, 0);
}

/* Writing. */

static ssize_t
by_write(int fd, char *b, size_t n)
{
	return write(fd, b, n);
}

static ssize_t
by_writev(int fd, char *b, size_t n)
{
	struct iovec v[3];

	return writev(fd, v, pieces(v, b, n));
}

static ssize_t
by_send(int fd, char *b, size_t n)
{
	return send(fd, b, n, 0);
}

static ssize_t
by_sendto(int fd, char *b, size_t n)
{
	return sendto(fd, b, n, MSG_NOSIGNAL, NULL, 0);
}

static ssize_t
by_sendmsg(int fd, char *b, size_t n)
{
	struct iovec v[3];
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 3 };

	pieces(v, b, n);
	return sendmsg(fd, &m, 0);
}

/* Two messages. */
static ssize_t
by_sendmmsg(int fd, char *b, size_t n)
{
	struct iovec v[2] = { { b, 2 }, { b + 2, n - 2 } };
	struct mmsghdr m[2] = {
		{ .msg_hdr = { .msg_iov = &v[0], .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = &v[1], .msg_iovlen = 1 } },
	};
	int r = sendmmsg(fd, m, 2, 0);

	if (r < 0)
		return r;
	EQUAL(r, 2);
	EQUAL(m[0].msg_len, 2);
	return (ssize_t)(m[0].msg_len + m[1].msg_len);
}

static int
file_with(const char *b, size_t n)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	CHECK(fd >= 0);
	EQUAL(write(fd, b, n), n);
	EQUAL(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static ssize_t
by_sendfile(int fd, char *b, size_t n)
{
	int file = file_with(b, n);
	ssize_t r = sendfile(fd, file, NULL, n);

	EQUAL(lseek(file, 0, SEEK_CUR), r > 0 ? r : 0);
	close(file);
	return r;
}

static ssize_t
by_sendfile_at(int fd, char *b, size_t n)
{
	int file = file_with(b, n);
	off_t at = 1;
	ssize_t r = write(fd, b, 1);

	EQUAL(r, 1);
	r = sendfile(fd, file, &at, n);
	EQUAL(lseek(file, 0, SEEK_CUR), 0);
	EQUAL(at, 1 + r);
	close(file);
	return r < 0 ? r : r + 1;
}

static ssize_t
by_splice_out(int fd, char *b, size_t n)
{
	int p[2], saved;
	ssize_t r;

	EQUAL(pipe2(p, O_CLOEXEC), 0);
	EQUAL(write(p[1], b, n), n);
	r = splice(p[0], NULL, fd, NULL, n, 0);
	saved = errno;
	close(p[0]);
	close(p[1]);
	errno = saved;
	return r;
}

const struct call calls[] = {
	{ "read", by_read, false, false },
	{ "readv", by_readv, false, false },
	{ "recv", by_recv, false, false },
	{ "recvfrom", by_recvfrom, false, false },
	{ "recvmsg", by_recvmsg, false, false },
	{ "recvmmsg", by_recvmmsg, false, false },
	{ "recv MSG_PEEK", by_peek, false, false },
	{ "recv MSG_WAITALL", by_waitall, false, false },
	{ "splice from", by_splice_in, false, false },
	{ "poll", by_poll, false, true },
	{ "ppoll", by_ppoll, false, true },
	{ "select", by_select, false, true },
	{ "pselect", by_pselect, false, true },
	{ "epoll", by_epoll, false, true },
	{ "EPOLLONESHOT", by_epoll_once, false, true },
	{ "EPOLLET", by_epoll_edge, false, true },
	{ "SO_ERROR", by_so_error, false, false },
	{ "shutdown that fails", by_shutdown_of_reading, false, false },
	{ "write", by_write, true, false },
	{ "writev", by_writev, true, false },
	{ "send", by_send, true, false },
	{ "sendto", by_sendto, true, false },
	{ "sendmsg", by_sendmsg, true, false },
	{ "sendmmsg", by_sendmmsg, true, false },
	{ "sendfile", by_sendfile, true, false },
	{ "sendfile with an offset", by_sendfile_at, true, false },
	{ "splice to", by_splice_out, true, false },
};
const size_t n_calls = sizeof(calls) / sizeof(calls[0]);
