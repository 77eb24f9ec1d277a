/* SPDX-License-Identifier: Apache-2.0 */
/* shim_wait.c - poll, select and epoll in every form, while elements fail: the
 * program sees one connection that takes a little longer */
#include "tests/shim/shim_test.h"

#include <time.h>

enum how { WAIT, PWAIT, PWAIT2 };

static int
wait_epoll(enum how how, int ep, struct epoll_event *e, int n, int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	switch (how) {
	case PWAIT:
		return epoll_pwait(ep, e, n, ms, NULL);
	case PWAIT2:
		return epoll_pwait2(ep, e, n, ms < 0 ? NULL : &t, NULL);
	case WAIT:
		break;
	}
	return epoll_wait(ep, e, n, ms);
}

static void
add(int ep, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event e = { .events = events, .data.u64 = data };

	EQUAL(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), 0);
}

/* The new element's data arrives as events like any. */
static void
expect_answer(enum how how, int ep, int fd, uint64_t data)
{
	struct epoll_event e;
	char answer[64];

	EQUAL(write(fd, "x", 1), 1);
	do
		EQUAL(wait_epoll(how, ep, &e, 1, 5000), 1);
	while ((e.events & EPOLLIN) == 0);
	CHECK(e.data.u64 == data);
	EQUAL(e.events & (EPOLLERR | EPOLLHUP), 0);
	EQUAL(read(fd, answer, sizeof(answer)), 7);
}

/* A connect to a pool and its events: only success is ever seen. */
static void
watch(enum how how, uint32_t flags, const char *pool, bool register_first)
{
	const uint64_t data = 0xabcdef0000000000;
	struct epoll_event e;
	int fd = stream(AF_INET, SOCK_NONBLOCK), ep = epoll_create1(0);

	if (register_first) {
		add(ep, fd, EPOLLIN | EPOLLOUT | flags, data);
		/* what an unconnected socket says */
		EQUAL(wait_epoll(how, ep, &e, 1, 0), 1);
		EQUAL(e.events, EPOLLOUT | EPOLLHUP);
		e.events = EPOLLIN | EPOLLOUT | flags;
		if ((flags & EPOLLONESHOT) != 0)
			EQUAL(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e), 0);
	}
	EQUAL(dial(fd, pool, AF_INET), EINPROGRESS);
	if (!register_first)
		add(ep, fd, EPOLLIN | EPOLLOUT | flags, data);
	EQUAL(wait_epoll(how, ep, &e, 1, 8000), 1);
	EQUAL(e.events, EPOLLOUT);
	CHECK(e.data.u64 == data);
	EQUAL(so_error(fd), 0);
	CHECK(failures() >= 1);
	if ((flags & EPOLLONESHOT) != 0) {
		EQUAL(wait_epoll(how, ep, &e, 1, 50), 0);
		e.events = EPOLLIN | flags;
		e.data.u64 = data;
		EQUAL(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e), 0);
	}
	expect_answer(how, ep, fd, data);
	close(ep);
	close(fd);
}

#define WATCH(name, how, flags, first)                                         \
	static void name##_refused(void)                                       \
	{                                                                      \
		watch(how, flags, "Second", first);                            \
	}                                                                      \
	static void name##_silent(void)                                        \
	{                                                                      \
		watch(how, flags, "Silent", first);                            \
	}

WATCH(epoll_level, WAIT, 0, false)
WATCH(epoll_edge, WAIT, EPOLLET, false)
WATCH(epoll_once, WAIT, EPOLLONESHOT, false)
WATCH(epoll_edge_once, WAIT, EPOLLONESHOT | EPOLLET, false)
WATCH(epoll_level_registered_first, WAIT, 0, true)
WATCH(epoll_edge_registered_first, WAIT, EPOLLET, true)
WATCH(epoll_once_registered_first, WAIT, EPOLLONESHOT, true)
WATCH(epoll_pwait_level, PWAIT, 0, false)
WATCH(epoll_pwait_edge, PWAIT, EPOLLET, false)
WATCH(epoll_pwait2_level, PWAIT2, 0, false)
WATCH(epoll_pwait2_edge, PWAIT2, EPOLLET, false)

static void
epoll_shows_the_end_of_a_dead_pool(void)
{
	struct epoll_event e;
	int fd = stream(AF_INET, SOCK_NONBLOCK), ep = epoll_create1(0);

	EQUAL(dial(fd, "Dead", AF_INET), EINPROGRESS);
	add(ep, fd, EPOLLOUT, 1);
	EQUAL(epoll_wait(ep, &e, 1, 5000), 1);
	CHECK((e.events & EPOLLERR) != 0);
	EQUAL(epoll_wait(ep, &e, 1, 5000), 1);
	CHECK((e.events & EPOLLERR) != 0);
	EQUAL(so_error(fd), ECONNREFUSED);
	close(ep);
	close(fd);
}

/* Silence without an end, edge-triggered: one event must come of it. */
static void
epoll_edge_shows_the_end_of_silence(void)
{
	struct epoll_event e;
	long start = now_ms();
	int fd = stream(AF_INET, SOCK_NONBLOCK), ep = epoll_create1(0);

	EQUAL(dial(fd, "Mute", AF_INET), EINPROGRESS);
	add(ep, fd, EPOLLIN | EPOLLOUT | EPOLLET, 1);
	EQUAL(epoll_wait(ep, &e, 1, 8000), 1);
	CHECK((e.events & EPOLLERR) != 0);
	CHECK(now_ms() - start < 2900);
	EQUAL(so_error(fd), ETIMEDOUT);
	close(ep);
	close(fd);
}

/* The same word for two sockets: we cannot know which, so we hide nothing, and
 * SO_ERROR still moves the right one on. */
static void
epoll_with_an_ambiguous_word(void)
{
	struct epoll_event e[2];
	int a = stream(AF_INET, SOCK_NONBLOCK);
	int b = stream(AF_INET, SOCK_NONBLOCK);
	int ep = epoll_create1(0);

	EQUAL(dial(a, "Second", AF_INET), EINPROGRESS);
	EQUAL(dial(b, "Second", AF_INET), EINPROGRESS);
	add(ep, a, EPOLLOUT, 7);
	add(ep, b, EPOLLOUT, 7);
	CHECK(epoll_wait(ep, e, 2, 5000) >= 1);
	EQUAL(finish(a), 0);
	EQUAL(finish(b), 0);
	talk(a);
	talk(b);
	close(ep);
	close(a);
	close(b);
}

/* Other sockets of the same epoll descriptor keep all of their events. */
static void
epoll_leaves_other_events_alone(void)
{
	struct epoll_event e[4];
	int fd = stream(AF_INET, SOCK_NONBLOCK), ep = epoll_create1(0), n;
	int pipes[2];
	bool closed = false, open = false;

	EQUAL(pipe(pipes), 0);
	close(pipes[1]);
	EQUAL(dial(fd, "Second", AF_INET), EINPROGRESS);
	add(ep, fd, EPOLLOUT, 1);
	add(ep, pipes[0], EPOLLIN, 2);
	for (int round = 0; round < 20 && !(closed && open); round++) {
		n = epoll_wait(ep, e, 4, 5000);
		CHECK(n > 0);
		for (int i = 0; i < n; i++) {
			closed |= e[i].data.u64 == 2 && e[i].events == EPOLLHUP;
			open |= e[i].data.u64 == 1 && e[i].events == EPOLLOUT;
			CHECK(e[i].data.u64 != 1 || e[i].events == EPOLLOUT);
		}
	}
	CHECK(closed && open);
	close(ep);
	close(fd);
	close(pipes[0]);
}

/* poll() on an epoll descriptor, as event loops within event loops do. */
static void
epoll_within_poll(void)
{
	struct epoll_event e;
	int fd = stream(AF_INET, SOCK_NONBLOCK), ep = epoll_create1(0);
	long end = now_ms() + 8000;

	EQUAL(dial(fd, "Silent", AF_INET), EINPROGRESS);
	add(ep, fd, EPOLLOUT, 1);
	for (;;) {
		CHECK(now_ms() < end);
		CHECK(events_of(ep, 5000) != 0);
		if (epoll_wait(ep, &e, 1, 0) == 1)
			break;
	}
	EQUAL(e.events, EPOLLOUT);
	EQUAL(so_error(fd), 0);
	talk(fd);
	close(ep);
	close(fd);
}

/* A thread that waits already when another begins to connect. */
struct waiter {
	pthread_t thread;
	int fd, ep, result;
	uint32_t events;
	char how; /* e poll, s elect, p oll */
	_Atomic pid_t tid;
};

static void *
wait_in_thread(void *arg)
{
	struct waiter *w = arg;
	struct epoll_event e = { 0, { 0 } };
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	struct timeval t = { 10, 0 };
	fd_set in;

	w->tid = gettid();
	switch (w->how) {
	case 'e':
		w->result = epoll_wait(w->ep, &e, 1, 10000);
		w->events = e.events;
		break;
	case 'p':
		w->result = poll(&p, 1, 10000);
		w->events = (uint32_t)p.revents;
		break;
	case 's':
		FD_ZERO(&in);
		FD_SET(w->fd, &in);
		w->result = select(w->fd + 1, &in, NULL, NULL, &t);
		w->events = FD_ISSET(w->fd, &in) ? POLLIN : 0;
		break;
	}
	return NULL;
}

static void
other_thread(char how, uint32_t flags, const char *pool)
{
	struct waiter w = { .how = how,
		.fd = stream(AF_INET, SOCK_NONBLOCK),
		.ep = epoll_create1(0) };

	if (how == 'e') {
		pthread_create(&w.thread, NULL, wait_in_thread, &w);
		while (w.tid == 0)
			sched_yield();
		await_sleep(w.tid);
		EQUAL(dial(w.fd, pool, AF_INET), EINPROGRESS);
		add(w.ep, w.fd, EPOLLIN | EPOLLOUT | flags, 1);
	} else {
		/* a poll() that waits for data, from before the connection is
		 * made: it must see what the new element sends, nothing else */
		EQUAL(dial(w.fd, pool, AF_INET), EINPROGRESS);
		pthread_create(&w.thread, NULL, wait_in_thread, &w);
		EQUAL(finish(w.fd), 0);
		EQUAL(write(w.fd, "x", 1), 1);
	}
	pthread_join(w.thread, NULL);
	EQUAL(w.result, 1);
	EQUAL(w.events, how == 'e' ? (uint32_t)EPOLLOUT : POLLIN);
	EQUAL(so_error(w.fd), 0);
	CHECK(failures() >= 1);
	close(w.fd);
	close(w.ep);
}

static void
thread_in_epoll_level(void)
{
	other_thread('e', 0, "Second");
}

static void
thread_in_epoll_edge(void)
{
	other_thread('e', EPOLLET, "Second");
}

static void
thread_in_epoll_once(void)
{
	other_thread('e', EPOLLONESHOT, "Second");
}

/* It waits in the kernel without a slice; the kernel's own limit wakes it. */
static void
thread_in_epoll_silent(void)
{
	other_thread('e', 0, "Silent");
}

static void
thread_in_poll(void)
{
	other_thread('p', 0, "Second");
}

static void
thread_in_select(void)
{
	other_thread('s', 0, "Second");
}

/* One that reads the socket as soon as it may. */
static void
in_select(bool with_mask, const char *pool)
{
	struct timespec ts = { 8, 0 };
	struct timeval tv = { 8, 0 };
	fd_set in, out, ex;
	int n, fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, pool, AF_INET), EINPROGRESS);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&ex);
	FD_SET(fd, &in);
	FD_SET(fd, &out);
	FD_SET(fd, &ex);
	n = with_mask ? pselect(fd + 1, &in, &out, &ex, &ts, NULL)
		      : select(fd + 1, &in, &out, &ex, &tv);
	EQUAL(n, 1);
	CHECK(FD_ISSET(fd, &out) && !FD_ISSET(fd, &in) && !FD_ISSET(fd, &ex));
	CHECK(with_mask ? ts.tv_sec == 8 : tv.tv_sec < 8);
	EQUAL(so_error(fd), 0);
	CHECK(failures() >= 1);
	talk(fd);
	close(fd);
}

static void
select_refused(void)
{
	in_select(false, "Second");
}

static void
select_silent(void)
{
	in_select(false, "Silent");
}

static void
pselect_refused(void)
{
	in_select(true, "Second");
}

static void
pselect_silent(void)
{
	in_select(true, "Silent");
}

static void
select_keeps_time(void)
{
	struct timeval tv = { 0, 300000 };
	long start = now_ms();
	fd_set out;
	int fd = stream(AF_INET, SOCK_NONBLOCK);

	EQUAL(dial(fd, "Mute", AF_INET), EINPROGRESS);
	FD_ZERO(&out);
	FD_SET(fd, &out);
	EQUAL(select(fd + 1, NULL, &out, NULL, &tv), 0);
	CHECK(!FD_ISSET(fd, &out));
	EQUAL(tv.tv_sec, 0);
	EQUAL(tv.tv_usec, 0);
	CHECK(now_ms() - start >= 299 && now_ms() - start < 1300);
	close(fd);
}

/* Descriptors above 1023, in a set that the program allocated. */
static void
select_with_large_sets(void)
{
	unsigned char out[4096 / 8];
	struct timeval tv = { 8, 0 };
	int fd = stream(AF_INET, SOCK_NONBLOCK);
	int high = fcntl(fd, F_DUPFD, 1500);

	if (high < 0)
		exit(77);
	close(fd);
	EQUAL(dial(high, "Second", AF_INET), EINPROGRESS);
	memset(out, 0, sizeof(out));
	out[high / 8] = (unsigned char)(1 << high % 8);
	EQUAL(select(high + 1, NULL, (fd_set *)(void *)out, NULL, &tv), 1);
	EQUAL(out[high / 8], 1 << high % 8);
	EQUAL(so_error(high), 0);
	talk(high);
	close(high);
}

static void
poll_keeps_time(void)
{
	struct timespec ts = { 0, 300000000 };
	struct pollfd p = { .events = POLLOUT };
	struct epoll_event e;
	int fd = stream(AF_INET, SOCK_NONBLOCK), ep = epoll_create1(0);
	long start = now_ms();

	p.fd = fd;
	EQUAL(dial(fd, "Mute", AF_INET), EINPROGRESS);
	EQUAL(poll(&p, 1, 300), 0);
	CHECK(now_ms() - start >= 299 && now_ms() - start < 1300);
	start = now_ms();
	EQUAL(ppoll(&p, 1, &ts, NULL), 0);
	CHECK(now_ms() - start >= 299 && now_ms() - start < 1300);
	start = now_ms();
	EQUAL(epoll_wait(ep, &e, 1, 300), 0);
	CHECK(now_ms() - start >= 299 && now_ms() - start < 1300);
	start = now_ms();
	EQUAL(epoll_pwait2(ep, &e, 1, &ts, NULL), 0);
	CHECK(now_ms() - start >= 299 && now_ms() - start < 1300);
	EQUAL(poll(&p, 1, 0), 0);
	EQUAL(poll(NULL, 0, 1), 0);
	close(ep);
	close(fd);
}

static void
ppoll_refused(void)
{
	struct timespec ts = { 8, 0 };
	struct pollfd p = { .events = POLLIN | POLLOUT };

	p.fd = stream(AF_INET, SOCK_NONBLOCK);
	EQUAL(dial(p.fd, "Second", AF_INET), EINPROGRESS);
	EQUAL(ppoll(&p, 1, &ts, NULL), 1);
	EQUAL(p.revents, POLLOUT);
	EQUAL(ts.tv_sec, 8);
	EQUAL(so_error(p.fd), 0);
	close(p.fd);
}

/* As fortified programs are compiled: haproxy is one. */
int __poll_chk(struct pollfd *p, nfds_t n, int ms, size_t size);
int __ppoll_chk(struct pollfd *p, nfds_t n, const struct timespec *t,
    const sigset_t *m, size_t size);

static void
poll_chk_refused(void)
{
	struct pollfd p = { .events = POLLIN | POLLOUT };

	p.fd = stream(AF_INET, SOCK_NONBLOCK);
	EQUAL(dial(p.fd, "Second", AF_INET), EINPROGRESS);
	EQUAL(__poll_chk(&p, 1, 8000, sizeof(p)), 1);
	EQUAL(p.revents, POLLOUT);
	EQUAL(so_error(p.fd), 0);
	close(p.fd);
	p.fd = stream(AF_INET, SOCK_NONBLOCK);
	EQUAL(dial(p.fd, "Second", AF_INET), EINPROGRESS);
	EQUAL(__ppoll_chk(&p, 1, NULL, NULL, sizeof(p)), 1);
	EQUAL(p.revents, POLLOUT);
	close(p.fd);
}

/* Many at once, all of which lose their first element. */
static void
many_in_one_poll(void)
{
	enum { MANY = 100 };
	struct pollfd p[MANY];
	int open = 0;

	for (int i = 0; i < MANY; i++) {
		p[i].fd = stream(AF_INET, SOCK_NONBLOCK);
		p[i].events = POLLOUT;
		EQUAL(dial(p[i].fd, "Silent", AF_INET), EINPROGRESS);
	}
	while (open < MANY) {
		CHECK(poll(p, MANY, 8000) > 0);
		for (int i = 0; i < MANY; i++)
			if (p[i].fd >= 0 && p[i].revents != 0) {
				EQUAL(p[i].revents, POLLOUT);
				EQUAL(so_error(p[i].fd), 0);
				close(p[i].fd);
				p[i].fd = -1;
				open++;
			}
	}
}

static const struct test tests[] = {
	TEST(epoll_level_refused),
	TEST(epoll_level_silent),
	TEST(epoll_edge_refused),
	TEST(epoll_edge_silent),
	TEST(epoll_once_refused),
	TEST(epoll_once_silent),
	TEST(epoll_edge_once_refused),
	TEST(epoll_edge_once_silent),
	TEST(epoll_level_registered_first_refused),
	TEST(epoll_level_registered_first_silent),
	TEST(epoll_edge_registered_first_refused),
	TEST(epoll_edge_registered_first_silent),
	TEST(epoll_once_registered_first_refused),
	TEST(epoll_once_registered_first_silent),
	TEST(epoll_pwait_level_refused),
	TEST(epoll_pwait_level_silent),
	TEST(epoll_pwait_edge_refused),
	TEST(epoll_pwait_edge_silent),
	TEST(epoll_pwait2_level_refused),
	TEST(epoll_pwait2_level_silent),
	TEST(epoll_pwait2_edge_refused),
	TEST(epoll_pwait2_edge_silent),
	TEST(epoll_shows_the_end_of_a_dead_pool),
	TEST(epoll_edge_shows_the_end_of_silence),
	TEST(epoll_with_an_ambiguous_word),
	TEST(epoll_leaves_other_events_alone),
	TEST(epoll_within_poll),
	TEST(thread_in_epoll_level),
	TEST(thread_in_epoll_edge),
	TEST(thread_in_epoll_once),
	TEST(thread_in_epoll_silent),
	TEST(thread_in_poll),
	TEST(thread_in_select),
	TEST(select_refused),
	TEST(select_silent),
	TEST(pselect_refused),
	TEST(pselect_silent),
	TEST(select_keeps_time),
	TEST(select_with_large_sets),
	TEST(poll_keeps_time),
	TEST(ppoll_refused),
	TEST(poll_chk_refused),
	TEST(many_in_one_poll),
};

MAIN(tests)
