/* SPDX-License-Identifier: Apache-2.0 */
/* shim_threads.c - several threads in the shim at once, blocked ones, cancelled
 * ones, and fork among them */
#include "tests/shim/shim_test.h"

#include <sys/time.h>

enum { THREADS = 8, ROUNDS = 60 };

static void *
connect_often(void *arg)
{
	long which = (long)arg;

	for (int i = 0; i < ROUNDS; i++) {
		bool blocking = (which + i) % 2 == 0;
		int fd = stream(AF_INET, blocking ? 0 : SOCK_NONBLOCK);
		int r = dial(fd, "Second", AF_INET);

		EQUAL(r, blocking ? 0 : EINPROGRESS);
		if (!blocking)
			EQUAL(finish(fd), 0);
		talk(fd);
		close(fd);
	}
	return NULL;
}

static void
threads_connect_at_once(void)
{
	pthread_t t[THREADS];

	for (long i = 0; i < THREADS; i++)
		EQUAL(pthread_create(&t[i], NULL, connect_often, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
}

/* Two threads wait for one socket and carry on its handshake together. */
static void *
wait_for_writable(void *arg)
{
	int *fd = arg;

	EQUAL(events_of(*fd, 8000), POLLOUT);
	return NULL;
}

static void
threads_wait_for_one_socket(const char *pool)
{
	pthread_t t[THREADS];
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, pool, AF_INET), EINPROGRESS);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, wait_for_writable, &fd);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	EQUAL(so_error(fd), 0);
	talk(fd);
	close(fd);
}

static void
threads_wait_for_one_refusal(void)
{
	threads_wait_for_one_socket("Second");
}

static void
threads_wait_for_one_silence(void)
{
	threads_wait_for_one_socket("Silent");
}

/* A thread that reads or writes before there is a connection must not lose its
 * call to the move. */
struct early {
	int fd;
	bool writes;
	ssize_t result;
	int error;
};

static void *
early_io(void *arg)
{
	struct early *e = arg;
	char buffer[64];

	e->result = e->writes ? write(e->fd, "early", 5)
			      : read(e->fd, buffer, sizeof(buffer));
	e->error = errno;
	return NULL;
}

static void
early_threads_are_not_disturbed(void)
{
	struct early r = { .writes = false }, w = { .writes = true };
	pthread_t reader, writer;
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, "Silent", AF_INET), EINPROGRESS);
	EQUAL(fcntl(fd, F_SETFL, 0), 0);
	r.fd = w.fd = fd;
	pthread_create(&reader, NULL, early_io, &r);
	pthread_create(&writer, NULL, early_io, &w);
	/* the answer to the writer may be there as well */
	EQUAL(events_of(fd, 8000) & ~POLLIN, POLLOUT);
	EQUAL(so_error(fd), 0);
	pthread_join(writer, NULL);
	pthread_join(reader, NULL);
	EQUAL(w.result, 5);
	EQUAL(r.result, 11);
	EQUAL(failures(), 1);
	close(fd);
}

static void *
connect_silent(void *arg)
{
	int *fd = arg;

	dial(*fd, "Silent", AF_INET);
	return NULL;
}

static void *
connect_mute(void *arg)
{
	int *fd = arg;

	dial(*fd, "Mute", AF_INET);
	return NULL;
}

static void
sleep_ms(int ms)
{
	usleep((useconds_t)ms * 1000);
}

/* connect() is a cancellation point, and what it borrowed it gives back. */
static void
blocking_connect_is_cancelled(void)
{
	struct timeval own = { 3, 0 }, now = { 0, 0 };
	socklen_t len = sizeof(now);
	pthread_t t;
	void *result;
	long start = now_ms();
	int fd = stream(AF_INET, 0);

	not_under_asan();
	EQUAL(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &own, sizeof(own)), 0);
	pthread_create(&t, NULL, connect_silent, &fd);
	sleep_ms(300);
	EQUAL(pthread_cancel(t), 0);
	EQUAL(pthread_join(t, &result), 0);
	CHECK(result == PTHREAD_CANCELED);
	CHECK(now_ms() - start < 1200);
	EQUAL(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &now, &len), 0);
	EQUAL(now.tv_sec, 3);
	/* somebody else may wait for it */
	EQUAL(events_of(fd, 8000), POLLOUT);
	EQUAL(so_error(fd), 0);
	talk(fd);
	close(fd);
}

static void *
poll_for_ever(void *arg)
{
	int *fd = arg;

	events_of(*fd, -1);
	return NULL;
}

static void
poll_is_cancelled(void)
{
	pthread_t t;
	void *result;
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	not_under_asan();
	EQUAL(dial(fd, "Mute", AF_INET), EINPROGRESS);
	pthread_create(&t, NULL, poll_for_ever, &fd);
	sleep_ms(300);
	EQUAL(pthread_cancel(t), 0);
	EQUAL(pthread_join(t, &result), 0);
	CHECK(result == PTHREAD_CANCELED);
	close(fd);
}

/* Cancelled at any instant: no lock may stay behind. */
static void *
connect_for_ever(void *arg)
{
	int type;

	(void)arg;
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
	for (;;) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		dial(fd, "Live", AF_INET);
		close(fd);
	}
	return NULL;
}

static void
threads_are_cancelled_anywhere(void)
{
	pthread_t t;
	void *result;

	not_under_asan();
	for (int i = 0; i < 60; i++) {
		pthread_create(&t, NULL, connect_for_ever, NULL);
		usleep((useconds_t)(rand() % 8000));
		EQUAL(pthread_cancel(t), 0);
		EQUAL(pthread_join(t, &result), 0);
		close(talker("Live"));
	}
	closefrom(3); /* what the cancelled left open */
}

static _Atomic bool enough;

static void *
connect_until_enough(void *arg)
{
	(void)arg;
	while (!enough) {
		int fd = stream(AF_INET, SOCK_NONBLOCK);

		EQUAL(dial(fd, "Second", AF_INET), EINPROGRESS);
		EQUAL(finish(fd), 0);
		close(fd);
	}
	return NULL;
}

/* The child of a fork in the midst of it all can go on. */
static void
fork_among_threads(void)
{
	pthread_t t[4];
	int status;

	not_under_asan();
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, connect_until_enough, NULL);
	for (int i = 0; i < 30; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			int fd = stream(AF_INET, SOCK_NONBLOCK);

			alarm(20);
			EQUAL(dial(fd, "Second", AF_INET), EINPROGRESS);
			EQUAL(finish(fd), 0);
			talk(fd);
			close(fd);
			_exit(0);
		}
		EQUAL(waitpid(pid, &status, 0), pid);
		EQUAL(status, 0);
	}
	enough = true;
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
}

/* One thread closes what another connects. */
static void
closed_while_connecting(void)
{
	pthread_t t;

	for (int i = 0; i < 5; i++) {
		int fd = stream(AF_INET, 0);

		pthread_create(&t, NULL, connect_mute, &fd);
		sleep_ms(50);
		close(fd);
		pthread_join(t, NULL);
	}
	close(talker("Live"));
}

static const struct test tests[] = {
	TEST(threads_connect_at_once),
	TEST(threads_wait_for_one_refusal),
	TEST(threads_wait_for_one_silence),
	TEST(early_threads_are_not_disturbed),
	TEST(blocking_connect_is_cancelled),
	TEST(poll_is_cancelled),
	TEST(threads_are_cancelled_anywhere),
	TEST(fork_among_threads),
	TEST(closed_while_connecting),
};

MAIN(tests)
