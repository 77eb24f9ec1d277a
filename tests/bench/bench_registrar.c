/* SPDX-License-Identifier: Apache-2.0 */
/* bench_registrar.c - benchmark of a whole registrar over TCP on loopback,
 * beside Redis and a server that only answers
 *
 *	bench_registrar [REGISTRAR [SECONDS]]
 *
 * The same loop asks each of them, in turn, over the same number of
 * connections, with the same number of questions outstanding on each.  Answers
 * are of one size.  The servers have one processor, the questions come from
 * another.  The comparison is of operations per second of the server's own
 * processor time.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rsp/net/endpoint.h"
#include "rsp/core/wire/message.h"
#include "rsp/core/pool/policy.h"
#include "tests/bench/bench.h"

#define POOLS 10000
#define CONNECTIONS 1000
#define REQUEST_SIZE 128
#define RUNS 7

/* Requests of one kind, and the answers to them, are of one length. */
struct kind {
	uint8_t requests[POOLS][REQUEST_SIZE];
	size_t request, answer;
};

struct server {
	const char *name;
	pid_t pid;
	struct sockaddr_in to;
};

static const struct {
	const char *name;
	bool enrols;
	int connections, outstanding;
} cases[] = {
	{ "resolve", false, 50, 1 },
	{ "resolve", false, 50, 16 },
	{ "resolve", false, 1000, 1 },
	{ "re-register", true, 50, 1 },
	{ "re-register", true, 50, 16 },
};

enum { OURS, REDIS, ECHO, SERVERS };

static struct server servers[SERVERS] = { { .name = "registrar" },
	{ .name = "Redis GET" }, { .name = "epoll echo" } };
static struct kind resolve, enrol, get;
static double seconds_each = 0.4;

static void
die(const char *what)
{
	perror(what);
	for (int i = 0; i < SERVERS; i++)
		if (servers[i].pid > 0)
			kill(servers[i].pid, SIGKILL);
	exit(1);
}

static void
stay_on(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	/* with one processor only they share it */
	sched_setaffinity(0, sizeof(set), &set);
}

static void
encode(struct kind *k, int i, const struct rsp_message *m)
{
	struct rsp_builder b = rsp_builder_into(k->requests[i], REQUEST_SIZE);

	rsp_message_encode(&b, m);
	k->request = b.len;
}

static void
prepare(void)
{
	char name[32];
	struct rsp_message m;

	for (int i = 0; i < POOLS; i++) {
		snprintf(name, sizeof(name), "pool-number-%05d", i);
		rsp_message_init(&m, RSP_ASAP, RSP_ASAP_RESOLUTION);
		m.has_handle = true;
		m.handle = (struct rsp_span){ (uint8_t *)name, strlen(name) };
		encode(&resolve, i, &m);
		m.type = RSP_ASAP_REGISTRATION;
		m.has_pe = true;
		rsp_clear_pe(&m.pe);
		m.pe.id = (uint32_t)i + 1;
		m.pe.life = 3600;
		m.pe.policy.type = RSP_POLICY_RR;
		m.pe.user.type = RSP_PARAM_TCP;
		m.pe.user.port = 80;
		m.pe.user.n_addresses = 1;
		m.pe.user.addresses[0] =
		    (struct rsp_address){ 4, { 127, 0, 0, 1 } };
		encode(&enrol, i, &m);
		get.request = (size_t)snprintf((char *)get.requests[i],
		    REQUEST_SIZE, "*2\r\n$3\r\nGET\r\n$17\r\n%s\r\n", name);
	}
}

/* Forks, with the child on its processor and not outliving this process. */
static bool
in_child(struct server *s)
{
	s->pid = fork();
	if (s->pid != 0)
		return false;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	stay_on(0);
	return true;
}

/* Starts the registrar and learns its port from the ready line. */
static void
start_ours(const char *path)
{
	struct server *s = &servers[OURS];
	struct sockaddr_storage ss;
	struct rsp_endpoint where;
	char line[512], *found;
	const char *why;
	int out[2];
	FILE *f;

	if (pipe(out) != 0)
		die("pipe");
	if (in_child(s)) {
		dup2(out[1], 2);
		execl(path, path, "--keep-alive-interval", "3600", "--listen",
		    "tcp://127.0.0.1:0", (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	f = fdopen(out[0], "r");
	/* the pipe stays open and unread: the log must not stop anybody */
	do
		if (f == NULL || fgets(line, sizeof(line), f) == NULL)
			die(path);
	while (strstr(line, "ready") == NULL);
	found = strstr(line, "tcp://");
	if (found == NULL)
		die("no endpoint in the ready line");
	found[strcspn(found, " ,\n")] = '\0';
	if (rsp_endpoint_parse(found, 0, &where, &why) != RSP_OK)
		die(found);
	rsp_endpoint_sockaddr(&where, 0, &ss);
	memcpy(&s->to, &ss, sizeof(s->to));
}

static int
listen_somewhere(struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(*at);

	*at = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)at, len) != 0 ||
	    listen(fd, 1024) != 0 ||
	    getsockname(fd, (struct sockaddr *)at, &len) != 0)
		die("listen");
	return fd;
}

static int
call(const struct server *s)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&s->to, sizeof(s->to)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* false when Redis is not installed. */
static bool
start_redis(void)
{
	struct server *s = &servers[REDIS];
	char port[8];
	int fd = listen_somewhere(&s->to), status;

	close(fd); /* free again, and nobody else takes it so soon */
	snprintf(port, sizeof(port), "%u", ntohs(s->to.sin_port));
	if (in_child(s)) {
		execlp("redis-server", "redis-server", "--port", port, "--bind",
		    "127.0.0.1", "--save", "", "--logfile", "/dev/null",
		    "--protected-mode", "no", (char *)NULL);
		_exit(127);
	}
	while ((fd = call(s)) < 0) {
		if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
			s->pid = 0;
			return false;
		}
		poll(NULL, 0, 10);
	}
	close(fd);
	return true;
}

/* As much as any server has to do: for every question an answer's worth of
 * bytes, in one write for those that came together. */
static void
echo(int listener, size_t request, size_t answer)
{
	static uint8_t in[65536], out[65536 * 8];
	struct epoll_event e = { .events = EPOLLIN }, got[64];
	int epoll = epoll_create1(0), n;

	e.data.fd = listener;
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
	while ((n = epoll_wait(epoll, got, 64, -1)) >= 0)
		for (int i = 0; i < n; i++) {
			int fd = got[i].data.fd;
			ssize_t len;

			if (fd == listener) {
				e.data.fd = accept(listener, NULL, NULL);
				epoll_ctl(epoll, EPOLL_CTL_ADD, e.data.fd, &e);
				continue;
			}
			len = recv(fd, in, sizeof(in), 0);
			if (len <= 0)
				close(fd);
			else if (send(fd, out, (size_t)len / request * answer,
				     MSG_NOSIGNAL) < 0)
				close(fd);
		}
}

static void
start_echo(void)
{
	struct server *s = &servers[ECHO];
	int fd = listen_somewhere(&s->to);

	if (in_child(s)) {
		echo(fd, resolve.request, resolve.answer);
		_exit(0);
	}
	close(fd);
}

/* `n` questions in one write. */
static void
ask(int fd, const struct kind *k, int n)
{
	uint8_t bytes[64 * REQUEST_SIZE];
	size_t len = 0;

	while (n > 0) {
		memcpy(bytes + len, k->requests[rand() % POOLS], k->request);
		len += k->request;
		if (--n % 64 != 0)
			continue;
		if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
			die("send");
		len = 0;
	}
}

/* Asks once, and finds how long the answer is. */
static size_t
length_of_answer(const struct server *s, const struct kind *k)
{
	static uint8_t bytes[65536];
	int fd = call(s);
	ssize_t n;

	if (send(fd, k->requests[0], k->request, 0) != (ssize_t)k->request)
		die("send");
	n = recv(fd, bytes, sizeof(bytes), 0);
	close(fd);
	if (n <= 0)
		die("no answer");
	return (size_t)n;
}

/* Everything once, over a connection that stays. */
static void
fill(const struct server *s, const struct kind *k, size_t answer)
{
	static uint8_t bytes[65536];
	int fd = call(s);

	for (int i = 0; i < POOLS; i++) {
		if (send(fd, k->requests[i], k->request, 0) !=
		    (ssize_t)k->request)
			die("send");
		for (size_t left = answer; left > 0;) {
			ssize_t n = recv(fd, bytes, left, 0);

			if (n <= 0)
				die("recv");
			left -= (size_t)n;
		}
	}
}

/* Values that make answers as long as ours. */
static void
fill_redis(void)
{
	char value[512], text[700];
	int fd = call(&servers[REDIS]);
	size_t size = resolve.answer - strlen("$123\r\n\r\n");

	size += resolve.answer < 106 ? 1 : 0; /* a length of two digits */
	memset(value, 'x', sizeof(value));
	for (int i = 0; i < POOLS; i++) {
		int len = snprintf(text, sizeof(text),
		    "*3\r\n$3\r\nSET\r\n$17\r\npool-number-%05d\r\n$%zu\r\n"
		    "%.*s\r\n",
		    i, size, (int)size, value);

		if (send(fd, text, (size_t)len, 0) != len ||
		    recv(fd, text, 5, MSG_WAITALL) != 5)
			die("Redis SET");
	}
	close(fd);
	get.answer = length_of_answer(&servers[REDIS], &get);
	if (get.answer != resolve.answer)
		die("answers differ in length");
}

/* Processor time of a server. */
static double
cpu(const struct server *s)
{
	clockid_t clock;
	struct timespec ts = { 0 };

	if (clock_getcpuclockid(s->pid, &clock) != 0 ||
	    clock_gettime(clock, &ts) != 0)
		die("clock");
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Reads once and asks for as many as were answered. */
static long
turn(int fd, size_t *part, const struct kind *k)
{
	static uint8_t bytes[65536];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
	int answers;

	if (n <= 0)
		die("recv");
	*part += (size_t)n;
	answers = (int)(*part / k->answer);
	*part %= k->answer;
	ask(fd, k, answers);
	return answers;
}

/* Operations per second of the server's processor time. */
static double
run(const struct server *s, const struct kind *k, int n, int outstanding)
{
	static struct pollfd p[CONNECTIONS];
	size_t parts[CONNECTIONS] = { 0 };
	double end, used;
	long done = 0;

	for (int i = 0; i < n; i++) {
		p[i] = (struct pollfd){ call(s), POLLIN, 0 };
		if (p[i].fd < 0)
			die("connect");
	}
	used = cpu(s);
	end = bench_now() + seconds_each;
	for (int i = 0; i < n; i++)
		ask(p[i].fd, k, outstanding);
	while (bench_now() < end) {
		poll(p, (nfds_t)n, -1);
		for (int i = 0; i < n; i++)
			if (p[i].revents != 0)
				done += turn(p[i].fd, &parts[i], k);
	}
	used = cpu(s) - used;
	for (int i = 0; i < n; i++)
		close(p[i].fd);
	return (double)done / used;
}

static void
bench(int number)
{
	int n = cases[number].connections, out = cases[number].outstanding;
	const struct kind *kinds[SERVERS] = { cases[number].enrols ? &enrol
								   : &resolve,
		&get, &resolve };
	double rates[SERVERS][RUNS];
	char name[80];

	for (int i = 0; i < RUNS; i++)
		for (int s = OURS; s < SERVERS; s++)
			if (servers[s].pid > 0 &&
			    (s == OURS || !cases[number].enrols))
				rates[s][i] =
				    run(&servers[s], kinds[s], n, out);
	snprintf(name, sizeof(name), "%s, %d connections x %d, per core",
	    cases[number].name, n, out);
	for (int s = REDIS; s < SERVERS; s++) {
		struct bench_case c = { "registrar", name, "/s",
			servers[s].name };

		if (servers[s].pid > 0 && !cases[number].enrols)
			bench_print(&c, rates[OURS], rates[s], RUNS);
	}
	if (cases[number].enrols)
		bench_print(&(struct bench_case){ "registrar", name, "/s",
				NULL },
		    rates[OURS], NULL, RUNS);
}

/* What a question and its answer are long does not depend on how many pools
 * there are. */
static void
print_bytes(size_t at_first, size_t now)
{
	double ours = (double)(resolve.request + now);
	struct bench_case c = { "registrar",
		"bytes of a resolution, 10000 pools", "B", "with one pool" };

	bench_print_fixed(&c, &ours, (double)(resolve.request + at_first), 1);
}

int
main(int argc, char **argv)
{
	size_t at_first;

	prepare();
	stay_on(1);
	start_ours(argc > 1 ? argv[1] : "registrar/rsp-registrar");
	if (argc > 2)
		seconds_each = atof(argv[2]);
	enrol.answer = length_of_answer(&servers[OURS], &enrol);
	at_first = length_of_answer(&servers[OURS], &resolve);
	fill(&servers[OURS], &enrol, enrol.answer);
	resolve.answer = length_of_answer(&servers[OURS], &resolve);
	print_bytes(at_first, resolve.answer);
	start_echo();
	if (start_redis())
		fill_redis();
	for (int i = 0; i < (int)(sizeof(cases) / sizeof(*cases)); i++)
		bench(i);
	for (int i = 0; i < SERVERS; i++)
		if (servers[i].pid > 0) {
			kill(servers[i].pid, SIGTERM);
			waitpid(servers[i].pid, NULL, 0);
		}
	return EXIT_SUCCESS;
}
