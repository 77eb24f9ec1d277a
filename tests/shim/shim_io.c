/* SPDX-License-Identifier: Apache-2.0 */
/* shim_io.c - reads and writes before the program knows that it is connected */
#include "tests/shim/shim_test.h"

#include <sys/sendfile.h>
#include <sys/time.h>

static void
all_dead_is_told_by_read_and_write(void)
{
	char c;
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, "Dead", AF_INET), EINPROGRESS);
	CHECK(events_of(fd, 5000) != 0);
	CHECK(write(fd, "x", 1) == -1);
	EQUAL(errno, ECONNREFUSED);
	close(fd);

	fd = stream(AF_INET, SOCK_NONBLOCK);
	EQUAL(dial(fd, "Dead", AF_INET), EINPROGRESS);
	CHECK(events_of(fd, 5000) != 0);
	CHECK(recv(fd, &c, 1, 0) == -1);
	EQUAL(errno, ECONNREFUSED);
	close(fd);

	fd = stream(AF_INET, SOCK_NONBLOCK);
	EQUAL(dial(fd, "Dead", AF_INET), EINPROGRESS);
	CHECK(events_of(fd, 5000) != 0);
	EQUAL(dial(fd, "Dead", AF_INET), ECONNREFUSED);
	close(fd);
}

/* What the kernel does, and programs count on. */
static void
input_and_output_before_the_connection(void)
{
	char c = 0;
	struct sockaddr_in peer;
	struct iovec v = { &c, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	socklen_t len = sizeof(peer);
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, "Mute", AF_INET), EINPROGRESS);
	EQUAL(send(fd, &c, 1, 0), -1);
	EQUAL(errno, EAGAIN);
	EQUAL(recv(fd, &c, 1, 0), -1);
	EQUAL(errno, EAGAIN);
	EQUAL(read(fd, &c, 1), -1);
	EQUAL(errno, EAGAIN);
	EQUAL(write(fd, &c, 1), -1);
	EQUAL(errno, EAGAIN);
	EQUAL(readv(fd, &v, 1), -1);
	EQUAL(errno, EAGAIN);
	EQUAL(writev(fd, &v, 1), -1);
	EQUAL(errno, EAGAIN);
	EQUAL(sendmsg(fd, &m, 0), -1);
	EQUAL(errno, EAGAIN);
	EQUAL(recvmsg(fd, &m, 0), -1);
	EQUAL(errno, EAGAIN);
	EQUAL(getpeername(fd, (struct sockaddr *)&peer, &len), -1);
	EQUAL(errno, ENOTCONN);
	EQUAL(events_of(fd, 0), 0);
	EQUAL(so_error(fd), 0);
	EQUAL(shutdown(fd, SHUT_WR), 0);
	CHECK((events_of(fd, 0) & POLLHUP) != 0);
	close(fd);
}

/* The entry points that fortified programs use. */
ssize_t __read_chk(int fd, void *b, size_t n, size_t size);
ssize_t __recv_chk(int fd, void *b, size_t n, size_t size, int flags);
ssize_t __recvfrom_chk(int fd, void *b, size_t n, size_t size, int flags,
    struct sockaddr *sa, socklen_t *len);

/* Writes "word" by one of the functions that write. */
static ssize_t
write_by(int writer, int fd, int file, const int p[2])
{
	struct iovec w = { "word", 4 };
	struct msghdr m = { .msg_iov = &w, .msg_iovlen = 1 };
	ssize_t n = -1;

	switch (writer) {
	case 0:
		n = write(fd, "word", 4);
		break;
	case 1:
		n = writev(fd, &w, 1);
		break;
	case 2:
		n = send(fd, "word", 4, 0);
		break;
	case 3:
		n = sendto(fd, "word", 4, 0, NULL, 0);
		break;
	case 4:
		n = sendmsg(fd, &m, 0);
		break;
	case 5:
		n = sendfile(fd, file, NULL, 4);
		break;
	case 6:
		n = sendfile64(fd, file, NULL, 4);
		break;
	case 7:
		EQUAL(write(p[1], "word", 4), 4);
		n = splice(p[0], NULL, fd, NULL, 4, 0);
		break;
	}
	return n;
}

/* Reads into `answer` by one of the functions that read. */
static ssize_t
read_by(int reader, int fd, char answer[16], const int p[2])
{
	struct iovec r = { answer, 16 };
	struct msghdr m = { .msg_iov = &r, .msg_iovlen = 1 };
	ssize_t n = -1;

	switch (reader) {
	case 0:
		n = read(fd, answer, 16);
		break;
	case 1:
		n = readv(fd, &r, 1);
		break;
	case 2:
		n = recv(fd, answer, 16, 0);
		break;
	case 3:
		n = recvfrom(fd, answer, 16, 0, NULL, NULL);
		break;
	case 4:
		n = recvmsg(fd, &m, 0);
		break;
	case 5:
		n = __read_chk(fd, answer, 16, 16);
		break;
	case 6:
		n = __recv_chk(fd, answer, 16, 16, 0);
		break;
	case 7:
		n = __recvfrom_chk(fd, answer, 16, 16, 0, NULL, NULL);
		break;
	case 8:
		EQUAL(splice(fd, NULL, p[1], NULL, 16, 0), 10);
		n = read(p[0], answer, 16);
		break;
	}
	return n;
}

/* Every function that moves data, on a connection of which the program does not
 * know yet whether it is one; `last` writes "word" and reads the answer. */
static void
first_io(int writer, int reader)
{
	char answer[16] = "", name[] = "/tmp/shim_io.XXXXXX";
	int fd = stream(AF_INET, SOCK_NONBLOCK), file = mkstemp(name), p[2];

	EQUAL(write(file, "word", 4), 4);
	EQUAL(lseek(file, 0, SEEK_SET), 0);
	unlink(name);
	EQUAL(pipe(p), 0);
	EQUAL(dial(fd, "Second", AF_INET), EINPROGRESS);
	EQUAL(fcntl(fd, F_SETFL, 0), 0);
	EQUAL(write_by(writer, fd, file, p), 4);
	EQUAL(read_by(reader, fd, answer, p), 10);
	CHECK(memcmp(answer, "alive:word", 10) == 0);
	close(fd);
	close(file);
	close(p[0]);
	close(p[1]);
}

static void
every_write_may_be_the_first(void)
{
	for (int i = 0; i < 8; i++)
		first_io(i, 0);
	CHECK(failures() >= 2);
}

static void
every_read_works(void)
{
	for (int i = 0; i < 9; i++)
		first_io(0, i);
}

/* The same when no element answers: each gets the error, once. */
static void
every_read_tells_of_the_end(void)
{
	char c;
	struct iovec v = { &c, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	struct mmsghdr mm = { .msg_hdr = m };

	for (int i = 0; i < 9; i++) {
		int fd = stream(AF_INET, SOCK_NONBLOCK);
		ssize_t n = 0;

		EQUAL(dial(fd, "Dead", AF_INET), EINPROGRESS);
		CHECK(events_of(fd, 5000) != 0);
		switch (i) {
		case 0:
			n = readv(fd, &v, 1);
			break;
		case 1:
			n = recvfrom(fd, &c, 1, 0, NULL, NULL);
			break;
		case 2:
			n = recvmsg(fd, &m, 0);
			break;
		case 3:
			n = recvmmsg(fd, &mm, 1, 0, NULL);
			break;
		case 4:
			n = __read_chk(fd, &c, 1, 1);
			break;
		case 5:
			n = __recv_chk(fd, &c, 1, 1, 0);
			break;
		case 6:
			n = sendmmsg(fd, &mm, 1, MSG_NOSIGNAL);
			break;
		case 7:
			n = sendto(fd, &c, 1, MSG_NOSIGNAL, NULL, 0);
			break;
		case 8:
			n = writev(fd, &v, 1);
			break;
		}
		EQUAL(n, -1);
		EQUAL(errno, ECONNREFUSED);
		EQUAL(so_error(fd), 0);
		close(fd);
	}
}

static void
writing_at_once_waits_where_it_may(void)
{
	static const char word[] = "word";
	char answer[64];
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, "Silent", AF_INET), EINPROGRESS);
	EQUAL(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK), 0);
	EQUAL(write(fd, word, 4), 4);
	EQUAL(read(fd, answer, sizeof(answer)), 10);
	close(fd);
}

static void
receive_timeout_ends_an_early_read(void)
{
	struct timeval t = { 0, 300000 };
	long start = now_ms();
	char c;
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, "Mute", AF_INET), EINPROGRESS);
	EQUAL(fcntl(fd, F_SETFL, 0), 0);
	EQUAL(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)), 0);
	EQUAL(read(fd, &c, 1), -1);
	EQUAL(errno, EAGAIN);
	CHECK(now_ms() - start < 1300);
	close(fd);
}

static void
fast_open_is_connect_and_send(void)
{
	struct address a = pool_address("Second", AF_INET);
	struct iovec v = { "word", 4 };
	struct msghdr m = { .msg_name = &a.ss,
		.msg_namelen = a.len,
		.msg_iov = &v,
		.msg_iovlen = 1 };
	char answer[64];
	int one = 1, fd = stream(AF_INET, 0);

	EQUAL(sendto(fd, "word", 4, MSG_FASTOPEN, (struct sockaddr *)&a.ss,
		  a.len),
	    4);
	EQUAL(read(fd, answer, sizeof(answer)), 10);
	close(fd);
	fd = stream(AF_INET, 0);
	EQUAL(sendmsg(fd, &m, MSG_FASTOPEN), 4);
	EQUAL(read(fd, answer, sizeof(answer)), 10);
	close(fd);
	fd = stream(AF_INET, SOCK_NONBLOCK);
	EQUAL(sendto(fd, "word", 4, MSG_FASTOPEN, (struct sockaddr *)&a.ss,
		  a.len),
	    -1);
	EQUAL(errno, EINPROGRESS);
	EQUAL(finish(fd), 0);
	talk(fd);
	close(fd);
	fd = stream(AF_INET, 0);
	EQUAL(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one,
		  sizeof(one)),
	    0);
	EQUAL(connect(fd, (struct sockaddr *)&a.ss, a.len), 0);
	talk(fd);
	close(fd);
}

static const struct test tests[] = {
	TEST(all_dead_is_told_by_read_and_write),
	TEST(input_and_output_before_the_connection),
	TEST(every_write_may_be_the_first),
	TEST(every_read_works),
	TEST(every_read_tells_of_the_end),
	TEST(writing_at_once_waits_where_it_may),
	TEST(receive_timeout_ends_an_early_read),
	TEST(fast_open_is_connect_and_send),
};

MAIN(tests)
