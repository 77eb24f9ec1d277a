/* SPDX-License-Identifier: Apache-2.0 */
/* shim_signals.c - interruption as usual, and handlers that connect */
#include "tests/shim/shim_test.h"

#include <sys/time.h>

static volatile sig_atomic_t caught;

static void
count(int sig)
{
	(void)sig;
	caught++;
}

/* A signal every `ms`. */
static void
tick(int flags, long ms, void (*handler)(int))
{
	struct sigaction a = { .sa_flags = flags };
	struct itimerval t = { { ms / 1000, ms % 1000 * 1000 },
		{ ms / 1000, ms % 1000 * 1000 } };

	a.sa_handler = handler;
	sigaction(SIGALRM, &a, NULL);
	setitimer(ITIMER_REAL, &t, NULL);
}

static void
stop_ticking(void)
{
	struct itimerval t = { { 0, 0 }, { 0, 0 } };

	setitimer(ITIMER_REAL, &t, NULL);
}

static void
connect_is_interrupted(void)
{
	int fd = stream(AF_INET, 0);

	tick(0, 300, count);
	EQUAL(dial(fd, "Silent", AF_INET), EINTR);
	stop_ticking();
	EQUAL(caught, 1);
	/* the handshake goes on meanwhile, as POSIX has it */
	EQUAL(events_of(fd, 8000), POLLOUT);
	EQUAL(so_error(fd), 0);
	EQUAL(failures(), 1);
	talk(fd);
	close(fd);
}

/* Called again it waits on, as Linux has it. */
static void
interrupted_connect_is_repeated(void)
{
	int fd = stream(AF_INET, 0);

	tick(0, 300, count);
	EQUAL(dial(fd, "Silent", AF_INET), EINTR);
	stop_ticking();
	EQUAL(dial(fd, "Silent", AF_INET), 0);
	EQUAL(dial(fd, "Silent", AF_INET), EISCONN);
	talk(fd);
	close(fd);
}

static void
connect_is_restarted(void)
{
	long start = now_ms();
	int fd = stream(AF_INET, 0);

	tick(SA_RESTART, 100, count);
	EQUAL(dial(fd, "Silent", AF_INET), 0);
	stop_ticking();
	CHECK(caught > 5);
	CHECK(now_ms() - start < 2900);
	talk(fd);
	close(fd);
}

static void
waits_are_interrupted(void)
{
	struct timespec ts = { 8, 0 };
	struct timeval tv = { 8, 0 };
	struct pollfd p = { .events = POLLOUT };
	struct epoll_event e = { .events = EPOLLOUT };
	int ep = epoll_create1(0);
	fd_set out;

	p.fd = stream(AF_INET, SOCK_NONBLOCK);
	EQUAL(epoll_ctl(ep, EPOLL_CTL_ADD, p.fd, &e), 0);
	EQUAL(dial(p.fd, "Mute", AF_INET), EINPROGRESS);
	/* these are never restarted, whatever the flags */
	tick(SA_RESTART, 100, count);
	EQUAL(poll(&p, 1, 8000), -1);
	EQUAL(errno, EINTR);
	EQUAL(ppoll(&p, 1, &ts, NULL), -1);
	EQUAL(errno, EINTR);
	FD_ZERO(&out);
	FD_SET(p.fd, &out);
	EQUAL(select(p.fd + 1, NULL, &out, NULL, &tv), -1);
	EQUAL(errno, EINTR);
	EQUAL(pselect(p.fd + 1, NULL, &out, NULL, &ts, NULL), -1);
	EQUAL(errno, EINTR);
	do /* the first shows what an unconnected socket says */
		EQUAL(epoll_wait(ep, &e, 1, 8000), -1);
	while (errno != EINTR);
	EQUAL(epoll_pwait(ep, &e, 1, 8000, NULL), -1);
	EQUAL(errno, EINTR);
	EQUAL(epoll_pwait2(ep, &e, 1, &ts, NULL), -1);
	EQUAL(errno, EINTR);
	stop_ticking();
	close(p.fd);
	close(ep);
}

/* A signal that only the call's mask lets through, between slices or not. */
static void
masks_of_waits_hold(void)
{
	struct timespec ts = { 8, 0 };
	struct pollfd p = { .events = POLLOUT };
	sigset_t blocked, none;

	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	p.fd = stream(AF_INET, SOCK_NONBLOCK);
	EQUAL(dial(p.fd, "Mute", AF_INET), EINPROGRESS);
	tick(0, 200, count);
	EQUAL(poll(&p, 1, 500), 0);
	EQUAL(caught, 0);
	EQUAL(ppoll(&p, 1, &ts, &none), -1);
	EQUAL(errno, EINTR);
	EQUAL(caught, 1);
	stop_ticking();
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(p.fd);
}

static int handler_done;

static void
connect_in_handler(int sig)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(1) };
	static in_addr_t pool;
	int saved = errno, fd;

	if (sig == 0) { /* not a signal yet: the address */
		struct address p = pool_address("Second", AF_INET);

		pool = ((struct sockaddr_in *)&p.ss)->sin_addr.s_addr;
		return;
	}
	a.sin_addr.s_addr = pool;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    write(fd, "x", 1) != 1)
		_exit(3);
	close(fd);
	handler_done++;
	errno = saved;
}

/* Whatever the main program does in the shim when the signal comes. */
static void
handlers_connect(void)
{
	long end;

	connect_in_handler(0);
	tick(SA_RESTART, 3, connect_in_handler);
	for (end = now_ms() + 3000; now_ms() < end;) {
		struct address a = pool_address("Second", AF_INET);
		int fd = stream(AF_INET, 0);
		struct pollfd p = { .fd = fd, .events = POLLIN };
		char answer[16];

		EQUAL(connect(fd, (struct sockaddr *)&a.ss, a.len), 0);
		while (write(fd, "w", 1) != 1)
			EQUAL(errno, EINTR);
		while (poll(&p, 1, 5000) != 1)
			EQUAL(errno, EINTR);
		EQUAL(read(fd, answer, sizeof(answer)), 7);
		close(fd);
		fd = stream(AF_INET, SOCK_NONBLOCK);
		EQUAL(connect(fd, (struct sockaddr *)&a.ss, a.len), -1);
		p.fd = fd;
		p.events = POLLOUT;
		while (poll(&p, 1, 5000) != 1)
			EQUAL(errno, EINTR);
		EQUAL(so_error(fd), 0);
		close(fd);
	}
	stop_ticking();
	CHECK(handler_done > 100);
}

/* The handler's connect is the very first thing that wants a pool. */
static void
handler_connects_first(void)
{
	char text[64] = "";
	FILE *f;
	pid_t pid;

	/* learn the address in another process */
	snprintf(text, sizeof(text), "%s/address", getenv("T"));
	pid = fork();
	if (pid == 0) {
		struct address p = pool_address("Second", AF_INET);

		f = fopen(text, "w");
		fprintf(f, "%u",
		    ((struct sockaddr_in *)&p.ss)->sin_addr.s_addr);
		fclose(f);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	handlers_connect();
}

static void
mask_is_kept(void)
{
	sigset_t before, after;
	int fd;

	sigemptyset(&before);
	sigaddset(&before, SIGUSR1);
	sigprocmask(SIG_SETMASK, &before, NULL);
	fd = talker("Second");
	close(fd);
	sigprocmask(SIG_SETMASK, NULL, &after);
	for (int i = 1; i < NSIG; i++)
		EQUAL(sigismember(&after, i), sigismember(&before, i));
}

static const struct test tests[] = {
	TEST(connect_is_interrupted),
	TEST(interrupted_connect_is_repeated),
	TEST(connect_is_restarted),
	TEST(waits_are_interrupted),
	TEST(masks_of_waits_hold),
	TEST(handlers_connect),
	TEST(handler_connects_first),
	TEST(mask_is_kept),
};

MAIN(tests)
