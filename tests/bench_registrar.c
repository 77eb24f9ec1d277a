/* SPDX-License-Identifier: Apache-2.0 */
/* bench_registrar.c - a whole registrar over TCP on loopback
 *
 *	bench_registrar [PATH [SECONDS]]
 *
 * Starts the registrar at PATH (registrar/rsp-registrar), fills it with pools
 * of one element, and asks over many connections with a fixed number of
 * questions outstanding on each.  The figure that repeats is the registrar's
 * own CPU time per operation.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rsp/client/endpoint.h"
#include "rsp/core/message.h"
#include "rsp/core/policy.h"

#define POOLS 10000
#define CONNECTIONS 1000
#define REQUEST_SIZE 128

struct request {
	uint8_t bytes[REQUEST_SIZE];
	size_t len;
};

struct caller {
	int fd;
	size_t left; /* bytes that the answer at hand still has */
	uint8_t header[RSP_MESSAGE_HEADER];
	size_t header_len;
};

static const struct {
	const char *name;
	uint8_t type;
	int connections, outstanding;
} cases[] = {
	{ "resolve 50x1", RSP_ASAP_RESOLUTION, 50, 1 },
	{ "resolve 50x16", RSP_ASAP_RESOLUTION, 50, 16 },
	{ "resolve 1000x1", RSP_ASAP_RESOLUTION, 1000, 1 },
	{ "re-register 50x1", RSP_ASAP_REGISTRATION, 50, 1 },
	{ "re-register 50x16", RSP_ASAP_REGISTRATION, 50, 16 },
};

static struct request resolve[POOLS], enrol[POOLS];
static struct caller callers[CONNECTIONS];
static struct rsp_endpoint where;
static pid_t registrar;

static void
die(const char *what)
{
	perror(what);
	kill(registrar, SIGKILL);
	exit(1);
}

static void
encode(struct request *r, const struct rsp_message *m)
{
	struct rsp_builder b = rsp_builder_into(r->bytes, sizeof(r->bytes));

	rsp_message_encode(&b, m);
	r->len = b.len;
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
		encode(&resolve[i], &m);
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
		encode(&enrol[i], &m);
	}
}

/* Starts the registrar and learns its port from the ready line. */
static void
start(const char *path)
{
	char line[512], *colon;
	const char *why;
	int out[2];
	FILE *f;

	if (pipe(out) != 0)
		die("pipe");
	registrar = fork();
	if (registrar == 0) {
		dup2(out[1], 2);
		execl(path, path, "--listen", "tcp://127.0.0.1:0",
		    (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	f = fdopen(out[0], "r");
	if (f == NULL || fgets(line, sizeof(line), f) == NULL ||
	    strstr(line, "ready") == NULL)
		die(path);
	/* the pipe stays open and unread: the log must not stop anybody */
	line[strcspn(line, "\n")] = '\0';
	colon = strstr(line, "tcp://");
	if (rsp_endpoint_parse(colon, 0, &where, &why) != RSP_OK)
		die(line);
}

static void
call(struct caller *c)
{
	struct sockaddr_storage ss;
	socklen_t len = rsp_endpoint_sockaddr(&where, 0, &ss);

	memset(c, 0, sizeof(*c));
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&ss, len) != 0)
		die("connect");
}

/* `n` questions in one write. */
static void
ask(struct caller *c, uint8_t type, int n)
{
	uint8_t bytes[64 * REQUEST_SIZE];
	size_t len = 0;

	while (n > 0) {
		const struct request *r =
		    &(type == RSP_ASAP_RESOLUTION ? resolve
						  : enrol)[rand() % POOLS];

		memcpy(bytes + len, r->bytes, r->len);
		len += r->len;
		if (--n % 64 == 0) {
			if (send(c->fd, bytes, len, MSG_NOSIGNAL) !=
			    (ssize_t)len)
				die("send");
			len = 0;
		}
	}
}

/* Reads once; the number of answers that ended in it. */
static int
hear(struct caller *c)
{
	static uint8_t bytes[65536];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);
	int answers = 0;

	if (n <= 0)
		die("recv");
	for (ssize_t at = 0; at < n;) {
		size_t some = (size_t)(n - at);

		if (c->left > 0) {
			some = some < c->left ? some : c->left;
			c->left -= some;
			at += (ssize_t)some;
			answers += c->left == 0;
			continue;
		}
		c->header[c->header_len++] = bytes[at++];
		if (c->header_len < RSP_MESSAGE_HEADER)
			continue;
		c->left = (size_t)(rsp_message_frame((struct rsp_span){
				       c->header, RSP_MESSAGE_HEADER }) -
				   RSP_MESSAGE_HEADER);
		c->header_len = 0;
		answers += c->left == 0;
	}
	return answers;
}

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* CPU time of the registrar. */
static double
cpu(void)
{
	clockid_t clock;
	struct timespec ts = { 0 };

	if (clock_getcpuclockid(registrar, &clock) != 0 ||
	    clock_gettime(clock, &ts) != 0)
		die("clock");
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
run(int number, double duration)
{
	static struct pollfd p[CONNECTIONS];
	int n = cases[number].connections, got;
	uint8_t type = cases[number].type;
	double begin = seconds(), used = cpu(), end;
	long done = 0;

	for (int i = 0; i < n; i++) {
		p[i] = (struct pollfd){ callers[i].fd, POLLIN, 0 };
		ask(&callers[i], type, cases[number].outstanding);
	}
	while ((end = seconds()) < begin + duration) {
		poll(p, (nfds_t)n, -1);
		for (int i = 0; i < n; i++)
			if (p[i].revents != 0) {
				got = hear(&callers[i]);
				done += got;
				ask(&callers[i], type, got);
			}
	}
	used = cpu() - used;
	printf("registrar: %-18s %8.0f /s  %6.2f us CPU each  %8.0f /s per "
	       "core\n",
	    cases[number].name, (double)done / (end - begin),
	    used / (double)done * 1e6, (double)done / used);
	fflush(stdout);
	for (int i = 0; i < n; i++) {
		close(callers[i].fd);
		call(&callers[i]);
	}
}

int
main(int argc, char **argv)
{
	struct caller owner;
	int status, heard = 0;

	prepare();
	start(argc > 1 ? argv[1] : "registrar/rsp-registrar");
	call(&owner);
	for (int i = 0; i < POOLS; i++) {
		if (send(owner.fd, enrol[i].bytes, enrol[i].len, 0) !=
		    (ssize_t)enrol[i].len)
			die("send");
		if (i % 100 == 99)
			while (heard <= i)
				heard += hear(&owner);
	}
	for (int i = 0; i < CONNECTIONS; i++)
		call(&callers[i]);
	for (int i = 0; i < (int)(sizeof(cases) / sizeof(*cases)); i++)
		run(i, argc > 2 ? atof(argv[2]) : 2);
	kill(registrar, SIGTERM);
	waitpid(registrar, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
