/* SPDX-License-Identifier: Apache-2.0 */
/* bench_shim.c - benchmark of the shim: what it costs a call, a name, a
 * connection and a start
 *
 *	bench_shim calls|http|connects|PEER FORWARD	under the shim
 *	bench_shim starts FORWARD SHIM			not under it
 *
 * Ours and the peer's are called in turn, in one process, on one socket; what
 * counts is the median of the pairs.  FORWARD is forward.c's library.  Run by
 * bench/shim.sh, with the pool Three on the ports 8101 to 8103.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define FIRST_PORT 8101
#define PORTS 3
#define POOL "Three.pool.alt"
#define PLAIN "127.0.0.1"
#define RUNS_MOST 4001

static struct calls {
	ssize_t (*recv)(int, void *, size_t, int);
	ssize_t (*send)(int, const void *, size_t, int);
	int (*poll)(struct pollfd *, nfds_t, int);
	int (*epoll_wait)(int, struct epoll_event *, int, int);
	int (*connect)(int, const struct sockaddr *, socklen_t);
	int (*close)(int);
	int (*getaddrinfo)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);
} ours, peer;

static int listeners[PORTS];
static char block[1 << 16];

static void
must(bool kept, const char *what)
{
	if (kept)
		return;
	perror(what);
	exit(EXIT_FAILURE);
}

static double
now_ns(void)
{
	return bench_now() * 1e9;
}

/* One case: `once` gives the nanoseconds for one call (of the ones given). */
typedef double once(const struct calls *c, void *arg);

static void
compare(const char *name, const char *whose, unsigned runs, once *one,
    void *our_arg, void *peer_arg)
{
	const struct bench_case what = { "shim", name, "ns", whose };
	static double a[RUNS_MOST], b[RUNS_MOST];

	for (unsigned i = 0; i < runs; i++) {
		/* who is first changes, and so does who has warm caches */
		if (i % 2 == 0)
			a[i] = one(&ours, our_arg);
		b[i] = one(&peer, peer_arg);
		if (i % 2 != 0)
			a[i] = one(&ours, our_arg);
	}
	bench_print(&what, a, b, runs);
}

static void
find_calls(struct calls *c, void *handle)
{
#define FIND(name) *(void **)&c->name = dlsym(handle, #name);
	FIND(recv)
	FIND(send)
	FIND(poll)
	FIND(epoll_wait)
	FIND(connect)
	FIND(close)
	FIND(getaddrinfo)
	must(c->recv != NULL && c->getaddrinfo != NULL, "dlsym");
}

/* Sockets. */

static int
listen_at(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	must(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0, "bind");
	must(listen(fd, 1000) == 0, "listen");
	return fd;
}

static void
resolve(const char *host, struct sockaddr_in *a)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_family = AF_INET };
	struct addrinfo *list;

	must(getaddrinfo(host, "8101", &hints, &list) == 0, host);
	memcpy(a, list->ai_addr, sizeof(*a));
	freeaddrinfo(list);
}

/* The other end of what was connected just now. */
static int
take_accepted(void)
{
	for (;;)
		for (int i = 0; i < PORTS; i++) {
			int fd = accept(listeners[i], NULL, NULL);

			if (fd >= 0)
				return fd;
		}
}

struct pair {
	int fd; /* ours */
	int far;
	int epoll;
};

static struct pair
connected(const char *host)
{
	struct sockaddr_in a;
	struct pair p;

	resolve(host, &a);
	p.fd = socket(AF_INET, SOCK_STREAM, 0);
	must(connect(p.fd, (struct sockaddr *)&a, sizeof(a)) == 0, host);
	p.far = take_accepted();
	return p;
}

static void
watch(struct pair *p)
{
	struct epoll_event e = { .events = EPOLLIN };

	p->epoll = epoll_create1(0);
	must(p->epoll >= 0 &&
		 epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->fd, &e) == 0,
	    "epoll");
}

/* Calls. */

#define CALLS 100

static void
drain(int fd)
{
	while (recv(fd, block, sizeof(block), MSG_DONTWAIT) > 0)
		;
}

static double
send_and_recv(const struct calls *c, void *arg)
{
	const struct pair *p = arg;
	double begin, used;
	char byte = 0;

	must(send(p->far, block, CALLS, 0) == CALLS, "send");
	begin = now_ns();
	for (int i = 0; i < CALLS; i++)
		if (c->send(p->fd, &byte, 1, 0) != 1 ||
		    c->recv(p->fd, &byte, 1, 0) != 1)
			must(false, "send and recv");
	used = now_ns() - begin;
	drain(p->far);
	return used / CALLS;
}

static double
recv_in_vain(const struct calls *c, void *arg)
{
	const struct pair *p = arg;
	double begin = now_ns();
	char byte;

	for (int i = 0; i < CALLS; i++)
		if (c->recv(p->fd, &byte, 1, MSG_DONTWAIT) != -1)
			must(false, "recv");
	return (now_ns() - begin) / CALLS;
}

static double
recv_segment(const struct calls *c, void *arg)
{
	const struct pair *p = arg;
	double begin, used;
	int n = 20;

	must(send(p->far, block, 1460u * (unsigned)n, 0) == 1460 * n, "send");
	begin = now_ns();
	for (int i = 0; i < n; i++)
		if (c->recv(p->fd, block, 1460, 0) != 1460)
			must(false, "recv");
	used = now_ns() - begin;
	return used / n;
}

static double
poll_once(const struct calls *c, void *arg)
{
	const struct pair *p = arg;
	struct pollfd in = { .fd = p->fd, .events = POLLIN };
	double begin = now_ns();

	for (int i = 0; i < CALLS; i++)
		if (c->poll(&in, 1, 1000) != 1)
			must(false, "poll");
	return (now_ns() - begin) / CALLS;
}

static double
epoll_once(const struct calls *c, void *arg)
{
	const struct pair *p = arg;
	struct epoll_event e;
	double begin = now_ns();

	for (int i = 0; i < CALLS; i++)
		if (c->epoll_wait(p->epoll, &e, 1, 1000) != 1)
			must(false, "epoll_wait");
	return (now_ns() - begin) / CALLS;
}

/* A request and its answer; what the other end does is not counted. */
static double
exchange(const struct calls *c, void *arg)
{
	static const char request[] =
	    "GET /small HTTP/1.1\r\nHost: " POOL "\r\nAccept: */*\r\n\r\n";
	static const char answer[] = "HTTP/1.1 200 OK\r\nServer: nginx\r\n"
				     "Content-Type: text/plain\r\n"
				     "Content-Length: 6\r\n"
				     "ETag: \"1234-6\"\r\n\r\nhello\n";
	const struct pair *p = arg;
	double begin = now_ns(), used;

	must(c->send(p->fd, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0,
	    "request");
	used = now_ns() - begin;
	drain(p->far);
	must(send(p->far, answer, sizeof(answer) - 1, 0) > 0, "answer");
	begin = now_ns();
	must(c->recv(p->fd, block, sizeof(block), 0) == sizeof(answer) - 1,
	    "answer");
	return used + now_ns() - begin;
}

static void
begin_body(const struct pair *p)
{
	static const char head[] =
	    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n";

	must(send(p->fd, "GET / HTTP/1.1\r\n\r\n", 18, 0) == 18, "send");
	drain(p->far);
	must(send(p->far, head, sizeof(head) - 1, 0) == sizeof(head) - 1,
	    "head");
	must(recv(p->fd, block, sizeof(block), 0) == sizeof(head) - 1, "head");
}

static void
waits(const char *where, struct pair *p)
{
	char name[60];
	char byte = 0;

	watch(p);
	must(send(p->far, &byte, 1, 0) == 1, "send");
	snprintf(name, sizeof(name), "poll, %s", where);
	compare(name, "forwarding preload", 1001, poll_once, p, p);
	snprintf(name, sizeof(name), "epoll_wait, %s", where);
	compare(name, "forwarding preload", 1001, epoll_once, p, p);
	must(recv(p->fd, &byte, 1, 0) == 1, "recv");
}

static void
exchanges(void)
{
	const char *forward = "forwarding preload";
	struct pair http = connected(POOL), body = connected(POOL);

	compare("HTTP request, pool, auto", forward, 4001, exchange, &http,
	    &http);
	begin_body(&body);
	compare("recv of 1460 B, HTTP body, auto", forward, 2001, recv_segment,
	    &body, &body);
}

static void
calls(void)
{
	const char *forward = "forwarding preload";
	struct pair local, other;
	int fds[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "socketpair");
	local = (struct pair){ fds[0], fds[1], -1 };
	compare("send and recv, no pool", forward, 2001, send_and_recv, &local,
	    &local);
	compare("recv, nothing there, no pool", forward, 2001, recv_in_vain,
	    &local, &local);
	waits("no pool", &local);
	other = connected(POOL);
	must(send(other.fd, "*1\r\n", 4, 0) == 4, "send");
	drain(other.far);
	compare("send and recv, pool, auto", forward, 2001, send_and_recv,
	    &other, &other);
	compare("recv, nothing there, pool, auto", forward, 2001, recv_in_vain,
	    &other, &other);
	waits("pool, auto", &other);
	waits("no pool beside one", &local);
	exchanges();
}

/* Names. */

static double
look_up(const struct calls *c, void *arg)
{
	const struct addrinfo hints = { .ai_family = AF_INET,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *list;
	double begin = now_ns();

	for (int i = 0; i < CALLS; i++) {
		if (c->getaddrinfo(arg, NULL, &hints, &list) != 0)
			must(false, arg);
		freeaddrinfo(list);
	}
	return (now_ns() - begin) / CALLS;
}

static void
names(const char *whose)
{
	static char pool[] = POOL, host[] = "cached.example",
		    number[] = "192.0.2.1";

	look_up(&peer, host); /* now it is in nscd's cache */
	compare("getaddrinfo, cached pool", whose, 2001, look_up, pool, host);
	compare("getaddrinfo, cached pool", "a numeric address", 2001, look_up,
	    pool, number);
}

/* Connections. */

struct target {
	struct sockaddr_in to;
	int flags;  /* of socket() */
	bool whole; /* count socket() and close(), too */
};

static double
connect_once(const struct calls *c, void *arg)
{
	const struct target *t = arg;
	double begin = now_ns(), used;
	int fd = socket(AF_INET, SOCK_STREAM | t->flags, 0), far, r;
	struct linger reset = { 1, 0 };

	if (!t->whole)
		begin = now_ns();
	r = c->connect(fd, (const struct sockaddr *)&t->to, sizeof(t->to));
	used = now_ns() - begin;
	must(r == 0 || (t->flags & SOCK_NONBLOCK) != 0, "connect");
	far = take_accepted();
	/* nothing shall wait for its end */
	setsockopt(far, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(far);
	begin = now_ns();
	c->close(fd);
	return t->whole ? used + now_ns() - begin : used;
}

static void
connect_both(const char *name, int flags, bool whole)
{
	struct target pool = { .flags = flags, .whole = whole }, plain = pool;

	resolve(POOL, &pool.to);
	resolve(PLAIN, &plain.to);
	compare(name, "direct", 2001, connect_once, &pool, &plain);
}

static void
connects(void)
{
	connect_both("connect, cached pool", 0, false);
	connect_both("connect, non-blocking", SOCK_NONBLOCK, false);
	connect_both("socket, connect, close", 0, true);
}

/* Starts: the processor time of a whole process. */

static double
start_once(const struct calls *c, void *arg)
{
	static char name[] = "true";
	char *argv[] = { name, NULL }, *env[] = { arg, NULL };
	struct rusage used;
	pid_t pid;
	int status;

	(void)c;
	must(posix_spawn(&pid, "/bin/true", NULL, NULL, argv, env) == 0 &&
		 wait4(pid, &status, 0, &used) == pid && status == 0,
	    "/bin/true");
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e9 +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e3;
}

static void
starts(const char *forward, const char *shim)
{
	static char none[] = "NONE=", with[5000], without[5000];

	snprintf(with, sizeof(with), "LD_PRELOAD=%s", shim);
	snprintf(without, sizeof(without), "LD_PRELOAD=%s", forward);
	compare("start of /bin/true", "forwarding preload", 2001, start_once,
	    with, without);
	compare("start of /bin/true", "no preload", 501, start_once, with,
	    none);
}

/* One processor, or what is measured is the way between two. */
static void
stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int
main(int argc, char **argv)
{
	void *forward;

	if (argc < 3)
		return 2;
	stay_here();
	if (strcmp(argv[1], "starts") == 0) {
		starts(argv[2], argv[3]);
		return 0;
	}
	forward = dlopen(argv[2], RTLD_NOW | RTLD_LOCAL);
	must(forward != NULL, argv[2]);
	find_calls(&ours, RTLD_DEFAULT);
	find_calls(&peer, forward);
	for (int i = 0; i < PORTS; i++)
		listeners[i] = listen_at(FIRST_PORT + i);
	if (strcmp(argv[1], "calls") == 0)
		calls();
	else if (strcmp(argv[1], "http") == 0)
		exchanges();
	else if (strcmp(argv[1], "connects") == 0)
		connects();
	else
		names(argv[1]);
	return 0;
}
