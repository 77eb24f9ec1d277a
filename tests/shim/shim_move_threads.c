/* SPDX-License-Identifier: Apache-2.0 */
/* shim_move_threads.c - moves under threads that sleep, write, poll, fork or
 * are cancelled meanwhile, and very many moves
 *
 * MOVES: how many in moves_leave_nothing_behind.
 */
#include "tests/shim/move_world.h"

#include <stdlib.h>

/* Threads. */

struct job {
	pthread_t thread;
	int fd;
	size_t have;
	ssize_t result;
	int error;
	char how;
};

static void *
read_in_thread(void *arg)
{
	struct job *j = arg;

	world_expect(j->fd, j->have);
	return NULL;
}

/* Sleeps in recv() when the server dies, as most programs do. */
static void
reader_asleep(enum end end)
{
	struct linger hard = { 1, 0 };
	struct job j;
	struct world w;

	world_begin();
	world_open(&w, "Web", V4);
	world_ask(&w, sizeof(request) - 1);
	world_answer(&w, 1000);
	j.fd = w.fd;
	j.have = w.have;
	pthread_create(&j.thread, NULL, read_in_thread, &j);
	usleep(20000); /* asleep or not: both must do */
	close(w.listener);
	w.listener = -1;
	if (end == RST)
		setsockopt(w.there, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(w.there);
	w.there = -1;
	pthread_join(j.thread, NULL);
	EQUAL(world_moves(&w), 1);
	world_close(&w);
	world_over();
}

static void
sleeping_reader_moves_at_an_end(void)
{
	reader_asleep(FIN);
}

static void
sleeping_reader_moves_at_a_reset(void)
{
	reader_asleep(RST);
}

/* What one writes and another reads: the writer is blocked, the server dies,
 * the reader meets it. */
static void *
write_much(void *arg)
{
	static char much[1 << 23];
	struct job *j = arg;
	size_t done = 0;

	while (done < sizeof(much)) {
		ssize_t r =
		    send(j->fd, much + done, sizeof(much) - done, MSG_NOSIGNAL);

		if (r <= 0) {
			j->result = r;
			j->error = errno;
			return NULL;
		}
		done += (size_t)r;
	}
	j->result = (ssize_t)done;
	return NULL;
}

static void
never_moved_under_a_writer(void)
{
	static const char post[] = "POST /file HTTP/1.1\r\nHost: "
				   "x\r\nContent-Length: 99999999\r\n\r\n";
	struct job j = { .result = 0 };
	struct world w;
	char b[8];

	world_begin();
	world_open(&w, "Web", V4);
	EQUAL(send(w.fd, post, sizeof(post) - 1, 0), sizeof(post) - 1);
	j.fd = w.fd;
	pthread_create(&j.thread, NULL, write_much, &j);
	/* its send buffer and our receive buffer are full: it is blocked */
	while (poll(&(struct pollfd){ w.fd, POLLOUT, 0 }, 1, 0) != 0)
		usleep(1000);
	world_end(&w, RST);
	EQUAL(recv(w.fd, b, sizeof(b), 0) <= 0, 1);
	pthread_join(j.thread, NULL);
	EQUAL(j.result, -1);
	CHECK(j.error == EPIPE || j.error == ECONNRESET);
	EQUAL(world_moves(&w), 0);
	world_close(&w);
	world_over();
}

/* Many threads, each with connections of its own, and all in one cache. */
enum { THREADS = 8, ROUNDS = 5 };

static void *
move_often(void *arg)
{
	struct job *j = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct world w;

		world_dial(&w, "Deaf", V4);
		EQUAL(send(w.fd, request, sizeof(request) - 1, 0),
		    sizeof(request) - 1);
		if (j->how == 'p')
			CHECK(poll(&(struct pollfd){ w.fd, POLLIN, 0 }, 1,
				  10000) == 1);
		world_expect(w.fd, 0);
		close(w.fd);
	}
	return NULL;
}

static void
threads_move_at_once(void)
{
	struct job j[THREADS];

	world_begin();
	for (int i = 0; i < THREADS; i++) {
		j[i].how = i % 2 == 0 ? 'p' : 'r';
		pthread_create(&j[i].thread, NULL, move_often, &j[i]);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(j[i].thread, NULL);
	world_over();
}

/* Two threads of one connection: one polls, one reads. */
static void *
poll_until_over(void *arg)
{
	struct job *j = arg;
	struct pollfd p = { .fd = j->fd, .events = POLLIN };

	while (__atomic_load_n(&j->result, __ATOMIC_ACQUIRE) == 0) {
		CHECK(poll(&p, 1, 10) >= 0);
		EQUAL(p.revents & (POLLERR | POLLHUP | POLLNVAL), 0);
		p.revents = 0;
	}
	return NULL;
}

static void
one_polls_one_reads(void)
{
	struct linger hard = { 1, 0 };
	struct job j = { .result = 0 };
	struct world w;

	world_begin();
	world_open(&w, "Web", V4);
	world_ask(&w, sizeof(request) - 1);
	world_answer(&w, 1000);
	j.fd = w.fd;
	pthread_create(&j.thread, NULL, poll_until_over, &j);
	/* whoever meets it first moves, so there may be nothing to wait for */
	close(w.listener);
	w.listener = -1;
	setsockopt(w.there, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(w.there);
	w.there = -1;
	world_expect(w.fd, w.have);
	__atomic_store_n(&j.result, 1, __ATOMIC_RELEASE);
	pthread_join(j.thread, NULL);
	EQUAL(world_moves(&w), 1);
	world_close(&w);
	world_over();
}

/* Threads that fork while others move. */
static void *
fork_often(void *arg)
{
	struct job *j = arg;

	while (__atomic_load_n(&j->result, __ATOMIC_ACQUIRE) == 0) {
		int status = -1;
		pid_t pid = fork();

		if (pid == 0) {
			struct world w;

			/* the locks are as good as new */
			world_dial(&w, "Greet", V4);
			_exit(0);
		}
		CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
		EQUAL(status, 0);
	}
	return NULL;
}

static void
fork_among_moves(void)
{
	struct job j[3], forker = { .result = 0 };

	not_under_asan();
	not_under_tsan();
	world_begin();
	pthread_create(&forker.thread, NULL, fork_often, &forker);
	for (int i = 0; i < 3; i++) {
		j[i].how = 'r';
		pthread_create(&j[i].thread, NULL, move_often, &j[i]);
	}
	for (int i = 0; i < 3; i++)
		pthread_join(j[i].thread, NULL);
	__atomic_store_n(&forker.result, 1, __ATOMIC_RELEASE);
	pthread_join(forker.thread, NULL);
	world_over();
}

/* Cancelled in a recv() that waits: the connection is usable by the others. */
static void
cancelled_reader_leaves_no_lock(void)
{
	struct job j;
	struct world w;

	not_under_asan();
	world_begin();
	world_open(&w, "Web", V4);
	world_ask(&w, sizeof(request) - 1);
	j.fd = w.fd;
	j.have = 0;
	pthread_create(&j.thread, NULL, read_in_thread, &j);
	usleep(20000);
	pthread_cancel(j.thread);
	pthread_join(j.thread, NULL);
	world_end(&w, FIN);
	world_expect(w.fd, 0);
	world_close(&w);
	world_over();
}

/* Very many. */

static long
memory(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long all, own = 0;

	CHECK(f != NULL && fscanf(f, "%ld %ld", &all, &own) == 2);
	fclose(f);
	return own * 4;
}

static void
one_move(void)
{
	struct world w;

	world_dial(&w, "Deaf", V4);
	EQUAL(send(w.fd, request, sizeof(request) - 1, 0), sizeof(request) - 1);
	world_expect(w.fd, 0);
	close(w.fd);
}

static void
moves_leave_nothing_behind(void)
{
	int n = getenv("MOVES") != NULL ? atoi(getenv("MOVES")) : 60, fds;
	struct world whole = { .log_at = 0 };
	long before, after;

	world_begin();
	while (world_moves(&whole) < 20)
		for (int i = 0; i < 10; i++)
			one_move();
	fds = count_fds();
	before = memory();
	while (world_moves(&whole) < 20 + n)
		for (int i = 0; i < n / 5; i++)
			one_move();
	after = memory();
	EQUAL(count_fds(), fds);
	fprintf(stderr, "%d moves: %ld KiB before, %ld after\n",
	    world_moves(&whole), before, after);
	/* ASan keeps what was given back for a while */
	if (!under_asan())
		CHECK(after - before < 200);
	world_over();
}

static const struct test tests[] = {
	TEST(sleeping_reader_moves_at_an_end),
	TEST(sleeping_reader_moves_at_a_reset),
	TEST(never_moved_under_a_writer),
	TEST(threads_move_at_once),
	TEST(one_polls_one_reads),
	TEST(fork_among_moves),
	TEST(cancelled_reader_leaves_no_lock),
	TEST(moves_leave_nothing_behind),
};

MAIN(tests)
