/* SPDX-License-Identifier: Apache-2.0 */
/* bench_enrp.c - load of very many pool elements for the registrar on
 * 127.0.0.1, over many connections, all from one loop
 *
 *	bench_enrp CONNECTIONS ELEMENTS [RENEW]
 *
 * Registers them as fast as it goes, says "registered N refused M", and then
 * answers keep-alives until its input ends.  With RENEW each element registers
 * again every so many seconds, evenly spread, as its T4 demands.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsp/core/wire/message.h"
#include "rsp/core/pool/policy.h"
#include "tests/bench/bench.h"

#define ROOM 65536
#define OUT_ROOM (1 << 20)
#define EVENTS 256
#define STDIN_EVENT UINT32_MAX
#define BEAT 10 /* ms between looks at what is to be renewed */

struct connection {
	int fd;
	size_t len;
	uint8_t in[ROOM];
};

static struct connection *connections;
static uint8_t out[OUT_ROOM];
static size_t out_len;
static unsigned n_connections;
static unsigned long n_elements, answers, refusals;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
flush(const struct connection *c)
{
	size_t at = 0;

	while (at < out_len) {
		ssize_t n = send(c->fd, out + at, out_len - at, MSG_NOSIGNAL);

		if (n < 0)
			die("send");
		at += (size_t)n;
	}
	out_len = 0;
}

static void
add(const struct connection *c, const struct rsp_message *m)
{
	struct rsp_builder b;

	if (OUT_ROOM - out_len < ROOM)
		flush(c);
	b = rsp_builder_into(out + out_len, ROOM);
	rsp_message_encode(&b, m);
	out_len += b.len;
}

/* Element i is in the pool of its connection. */
static void
enrol(unsigned long i)
{
	unsigned k = (unsigned)(i % n_connections);
	char handle[32];
	struct rsp_message m;

	snprintf(handle, sizeof(handle), "pool-%u", k);
	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_REGISTRATION);
	m.has_handle = true;
	m.handle = (struct rsp_span){ (uint8_t *)handle, strlen(handle) };
	m.has_pe = true;
	rsp_clear_pe(&m.pe);
	m.pe.id = (uint32_t)i + 1;
	m.pe.life = 90;
	m.pe.user.type = RSP_PARAM_TCP;
	m.pe.user.port = 80;
	m.pe.user.n_addresses = 1;
	m.pe.user.addresses[0] = (struct rsp_address){ 4, { 127, 0, 0, 1 } };
	m.pe.policy.type = RSP_POLICY_RR;
	add(&connections[k], &m);
}

static void
answer(const struct connection *c, struct rsp_span bytes)
{
	struct rsp_message m, ack;

	if (bytes.at[0] == RSP_ASAP_REGISTRATION_RESPONSE) {
		answers++;
		refusals += bytes.at[1] & 1;
		return;
	}
	if (bytes.at[0] != RSP_ASAP_KEEP_ALIVE ||
	    rsp_message_decode(RSP_ASAP, bytes, &m, NULL) != RSP_OK)
		return;
	rsp_message_init(&ack, RSP_ASAP, RSP_ASAP_KEEP_ALIVE_ACK);
	ack.has_handle = true;
	ack.handle = m.handle;
	ack.has_pe_id = m.has_pe_id;
	ack.pe_id = m.pe_id;
	add(c, &ack);
}

static void
hear(struct connection *c)
{
	ssize_t n = recv(c->fd, c->in + c->len, ROOM - c->len, MSG_DONTWAIT);
	size_t at = 0;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		die("a connection ended");
	c->len += (size_t)n;
	for (;;) {
		struct rsp_span left = { c->in + at, c->len - at };
		int len = rsp_message_frame(left);

		if (len <= 0 || (size_t)len > left.len)
			break;
		answer(c, (struct rsp_span){ left.at, (size_t)len });
		at += (size_t)len;
	}
	memmove(c->in, c->in + at, c->len - at);
	c->len -= at;
	flush(c);
}

static void
watch(int epoll, int fd, uint32_t number)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u32 = number };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0)
		die("epoll");
}

/* False at the end of the input. */
static bool
step(int epoll, int wait)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(epoll, events, EVENTS, wait);
	char c;

	for (int i = 0; i < n; i++) {
		if (events[i].data.u32 != STDIN_EVENT)
			hear(&connections[events[i].data.u32]);
		else if (read(STDIN_FILENO, &c, 1) <= 0)
			return false;
	}
	return true;
}

static void
renew(double each, double began, unsigned long *done)
{
	unsigned long due =
	    (unsigned long)((bench_now() - began) * (double)n_elements / each);

	for (; *done < due; (*done)++) {
		enrol(*done % n_elements);
		flush(&connections[*done % n_elements % n_connections]);
	}
}

static void
open_all(int epoll)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(3863),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	connections = calloc(n_connections, sizeof(*connections));
	if (connections == NULL)
		die("calloc");
	for (unsigned i = 0; i < n_connections; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (fd < 0 || connect(fd, (const void *)&to, sizeof(to)) < 0)
			die("connect");
		connections[i].fd = fd;
		watch(epoll, fd, i);
	}
}

int
main(int argc, char **argv)
{
	double each = argc > 3 ? atof(argv[3]) : 0, began;
	int epoll = epoll_create1(0);
	unsigned long done = 0;

	if (argc < 3) {
		fputs("usage: bench_enrp CONNECTIONS ELEMENTS [RENEW]\n",
		    stderr);
		return 2;
	}
	n_connections = (unsigned)atoi(argv[1]);
	n_elements = strtoul(argv[2], NULL, 10);
	open_all(epoll);
	for (unsigned k = 0; k < n_connections; k++) {
		for (unsigned long i = k; i < n_elements; i += n_connections)
			enrol(i);
		flush(&connections[k]);
	}
	while (answers < n_elements)
		step(epoll, -1);
	printf("registered %lu refused %lu\n", answers - refusals, refusals);
	fflush(stdout);
	watch(epoll, STDIN_FILENO, STDIN_EVENT);
	began = bench_now();
	while (step(epoll, BEAT))
		if (each > 0)
			renew(each, began, &done);
	return 0;
}
