/* SPDX-License-Identifier: Apache-2.0 */
/* bench_failover.c - benchmark of failover: what clients notice when a server
 * fails
 *
 *	bench_failover serve ADDRESS PORT	answers each GET, on kept
 *						connections as well
 *	bench_failover load HOST PORT kept|once BEFORE AFTER SHELL-COMMAND
 *		20 clients, each with one request at a time; after BEFORE
 *		seconds the command makes a server fail, and AFTER seconds are
 *		watched: one line NAME=VALUE ...
 *	bench_failover moves N
 *		N downloads from the pool Bench whose server kills itself; from
 *		its death to the next one's first byte, in milliseconds, a line
 *		each.  The servers are children of this program, on the ports
 *		8001 and 8002.
 *
 * Run by bench/failover.sh; load and moves under the shim.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define CLIENTS 20
#define PATIENCE_S 4 /* then a client counts as stuck */
#define SLOW 0.19    /* seconds: a request that waited for a timeout */
#define BUCKET 0.1   /* seconds, of the throughput */
#define BUCKETS 200
#define PORTS 2
#define FIRST_PORT 8001
#define BODY (4 << 20) /* bytes of a download */
#define HALF (2 << 20) /* the first server dies here */

static char block[1 << 16];

static void
must(bool kept, const char *what)
{
	if (kept)
		return;
	perror(what);
	exit(EXIT_FAILURE);
}

static int
listen_at(const char *address, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	must(inet_pton(AF_INET, address, &a.sin_addr) == 1, address);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	must(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0, "bind");
	must(listen(fd, 1000) == 0, "listen");
	return fd;
}

/* The server. */

static void
add(int epoll, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data = { .fd = fd } };

	must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0, "epoll_ctl");
}

static void
answer(int fd)
{
	static const char text[] =
	    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes";
	ssize_t n = recv(fd, block, sizeof(block), 0);

	if (n <= 0 || send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL) < 0)
		close(fd);
}

static void
serve(const char *address, int port)
{
	int listener = listen_at(address, port), epoll = epoll_create1(0);
	struct epoll_event e[64];

	add(epoll, listener);
	for (;;) {
		int n = epoll_wait(epoll, e, 64, -1);

		for (int i = 0; i < n; i++)
			if (e[i].data.fd == listener)
				add(epoll, accept(listener, NULL, NULL));
			else
				answer(e[i].data.fd);
	}
}

/* The clients. */

struct client {
	unsigned failed, slow, avoidable, done[BUCKETS];
	double first;	/* success of a request begun after the failure */
	double longest; /* of those */
	double last_slow, last_stuck; /* when such a one began */
	unsigned stuck;
};

static struct sockaddr_in target;
static bool keeps;
static double start, failure, end; /* when */
static double first_timeout;	   /* when somebody had met the silence */
static struct client clients[CLIENTS];

static int
open_connection(void)
{
	struct timeval patience = { PATIENCE_S, 0 };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (struct sockaddr *)&target, sizeof(target)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool
request(int fd)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: Load\r\n\r\n";
	char got[200];

	return send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL) > 0 &&
	       recv(fd, got, sizeof(got), 0) > 20;
}

static void
count(struct client *c, double begin, double now, bool good)
{
	double took = now - begin;
	int bucket = (int)((now - start) / BUCKET);

	if (!good && took >= PATIENCE_S - 0.1) {
		c->stuck++;
		c->last_stuck = begin;
	} else if (!good)
		c->failed++;
	else if (bucket < BUCKETS)
		c->done[bucket]++;
	if (took > SLOW) {
		c->slow++;
		c->last_slow = begin;
		if (first_timeout != 0 && begin > first_timeout)
			c->avoidable++;
		if (failure != 0 && first_timeout == 0)
			first_timeout = now;
	}
	if (good && failure != 0 && begin > failure) {
		if (c->first == 0)
			c->first = now;
		if (took > c->longest)
			c->longest = took;
	}
}

/* Closes it without a trace: tens of thousands that wait for their last packets
 * make every further connect() slower, whatever else happens. */
static void
forget(int fd)
{
	struct linger none = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

static void *
run_client(void *arg)
{
	struct client *c = arg;
	int fd = -1;

	while (bench_now() < end) {
		double begin = bench_now();
		bool good;

		if (fd < 0)
			fd = open_connection();
		good = fd >= 0 && request(fd);
		count(c, begin, bench_now(), good);
		if (fd >= 0 && (!keeps || !good)) {
			forget(fd);
			fd = -1;
		}
	}
	return NULL;
}

/* Requests of a bucket, of all clients. */
static double
done_in(int bucket)
{
	double n = 0;

	for (int i = 0; i < CLIENTS; i++)
		n += clients[i].done[bucket];
	return n;
}

/* Seconds from the failure until the throughput is 0.9 of what it was, and
 * stays so on the average of three buckets. */
static double
time_back(void)
{
	int at = (int)((failure - start) / BUCKET);
	int last = (int)((end - start) / BUCKET) - 3, i;
	double before = 0;

	for (i = 1; i < at; i++)
		before += done_in(i) / (at - 1);
	for (i = at + 1; i < last; i++)
		if (done_in(i) + done_in(i + 1) + done_in(i + 2) >=
		    3 * 0.9 * before)
			return start + i * BUCKET - failure;
	return 99;
}

static void
report(void)
{
	struct client sum = { 0 };

	for (int i = 0; i < CLIENTS; i++) {
		const struct client *c = &clients[i];

		sum.failed += c->failed;
		sum.slow += c->slow;
		sum.avoidable += c->avoidable;
		sum.stuck += c->stuck;
		if (c->first != 0 && (sum.first == 0 || c->first < sum.first))
			sum.first = c->first;
		if (c->longest > sum.longest)
			sum.longest = c->longest;
		if (c->last_slow > sum.last_slow)
			sum.last_slow = c->last_slow;
		if (c->last_stuck > sum.last_stuck)
			sum.last_stuck = c->last_stuck;
	}
	printf("failed=%u stuck=%u slow=%u avoidable=%u next_ms=%.3f "
	       "longest_ms=%.2f last_slow_ms=%.0f last_stuck_ms=%.0f "
	       "back_ms=%.0f\n",
	    sum.failed, sum.stuck, sum.slow, sum.avoidable,
	    sum.first == 0 ? 99999 : (sum.first - failure) * 1e3,
	    sum.longest * 1e3,
	    sum.last_slow == 0 ? 0 : (sum.last_slow - failure) * 1e3,
	    sum.last_stuck == 0 ? 0 : (sum.last_stuck - failure) * 1e3,
	    time_back() * 1e3);
}

static void
load(char **argv)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_family = AF_INET };
	double before = atof(argv[3]), after = atof(argv[4]);
	pthread_t threads[CLIENTS];
	struct addrinfo *list;

	must(getaddrinfo(argv[0], argv[1], &hints, &list) == 0, argv[0]);
	memcpy(&target, list->ai_addr, sizeof(target));
	freeaddrinfo(list);
	keeps = strcmp(argv[2], "kept") == 0;
	start = bench_now();
	end = start + before + after;
	for (int i = 0; i < CLIENTS; i++)
		must(pthread_create(&threads[i], NULL, run_client,
			 &clients[i]) == 0,
		    "pthread_create");
	usleep((useconds_t)(before * 1e6));
	must(system(argv[5]) == 0, argv[5]);
	failure = bench_now();
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(threads[i], NULL);
	report();
}

/* Moves. */

static double *death; /* when a server died, for everybody to see */

static int
connect_to(const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_family = AF_INET };
	struct addrinfo *a;
	int fd;

	must(getaddrinfo(host, port, &hints, &a) == 0, "getaddrinfo");
	fd = socket(AF_INET, SOCK_STREAM, 0);
	must(connect(fd, a->ai_addr, a->ai_addrlen) == 0, "connect");
	freeaddrinfo(a);
	return fd;
}

static void
send_all(int fd, size_t n)
{
	ssize_t r;

	for (; n > 0; n -= (size_t)r) {
		r = send(fd, block, n < sizeof(block) ? n : sizeof(block),
		    MSG_NOSIGNAL);
		if (r <= 0)
			_exit(EXIT_SUCCESS);
	}
}

/* A request for a range is served, any other is the last one. */
static void
serve_download(int fd)
{
	char asked[2000] = "", head[300], *range;
	size_t from = 0, had = 0;
	ssize_t n;

	while (strstr(asked, "\r\n\r\n") == NULL) {
		n = recv(fd, asked + had, sizeof(asked) - 1 - had, 0);
		if (n <= 0)
			return;
		had += (size_t)n;
		asked[had] = '\0';
	}
	range = strstr(asked, "Range: bytes=");
	if (range != NULL)
		from = strtoul(range + 13, NULL, 10);
	n = snprintf(head, sizeof(head),
	    "HTTP/1.1 %s\r\nETag: \"x\"\r\n"
	    "Content-Length: %zu\r\n",
	    range == NULL ? "200 OK" : "206 Partial", (size_t)BODY - from);
	if (range != NULL)
		n += snprintf(head + n, sizeof(head) - (size_t)n,
		    "Content-Range: bytes %zu-%d/%d\r\n", from, BODY - 1, BODY);
	n += snprintf(head + n, sizeof(head) - (size_t)n, "\r\n");
	must(send(fd, head, (size_t)n, 0) == n, "send");
	if (range != NULL) {
		send_all(fd, BODY - from);
		return;
	}
	send_all(fd, HALF);
	*death = bench_now();
	raise(SIGKILL);
}

static pid_t
start_server(int port)
{
	int fd = listen_at("127.0.0.1", port);
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid > 0) {
		close(fd);
		return pid;
	}
	for (;;) {
		int c = accept(fd, NULL, NULL);

		serve_download(c);
		close(c);
	}
}

/* Seconds from the death to a byte that the dead one had not sent. */
static double
download(void)
{
	/* not `block`, which the next servers inherit */
	static char got[sizeof(block)];
	int fd = connect_to("Bench.pool.alt", "80");
	double gap = 0, begin;
	ssize_t n = send(fd, "GET / HTTP/1.1\r\n\r\n", 18, 0);
	size_t sum = 0, before;

	must(n == 18, "send");
	while (sum < BODY) {
		begin = bench_now();
		n = recv(fd, got, sizeof(got), 0);
		must(n > 0, "recv");
		before = sum;
		sum += (size_t)n;
		/* the head is short and comes with the first bytes */
		if (before < HALF + 200 && sum >= HALF + 200)
			gap = bench_now() - (begin > *death ? begin : *death);
	}
	close(fd);
	return gap;
}

static void
moves(int n)
{
	pid_t servers[PORTS];
	int port;

	death = mmap(NULL, sizeof(*death), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(death != MAP_FAILED, "mmap");
	for (port = 0; port < PORTS; port++)
		servers[port] = start_server(FIRST_PORT + port);
	while (n-- > 0) {
		pid_t dead;

		printf("%.4f\n", download() * 1e3);
		dead = waitpid(-1, NULL, 0);
		for (port = 0; port < PORTS; port++)
			if (servers[port] == dead)
				servers[port] = start_server(FIRST_PORT + port);
	}
	for (port = 0; port < PORTS; port++)
		kill(servers[port], SIGKILL);
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "serve") == 0)
		serve(argv[2], atoi(argv[3]));
	else if (argc == 8 && strcmp(argv[1], "load") == 0)
		load(argv + 2);
	else if (argc == 3 && strcmp(argv[1], "moves") == 0)
		moves(atoi(argv[2]));
	else
		return 2;
	return EXIT_SUCCESS;
}
