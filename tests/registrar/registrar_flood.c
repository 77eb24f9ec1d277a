/* SPDX-License-Identifier: Apache-2.0 */
/* registrar_flood.c - more than a good peer sends, as fast as it goes, to the
 * registrar on 127.0.0.1
 *
 *	registrar_flood elements COUNT	    one association registers so many
 *					    elements and says "registered N
 *					    refused M"; ends with its input
 *	registrar_flood messages COUNT SEED so many random messages: well made
 *					    ones, bent ones, plain noise in a
 *					    right frame, over a new connection
 *					    whenever the registrar ends one
 *	registrar_flood long COUNT	    messages of the greatest length:
 *					    full of unknown parameters, all of
 *					    which are reported
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/sample.h"

#define BATCH 262144
#define LARGEST 65536

static uint8_t out[BATCH + LARGEST];
static size_t out_len;
static uint64_t connections, answers, refusals;
static bool asked; /* a resolution of Web waits for its answer */

/* What came in and is not a whole message yet. */
static uint8_t in[2 * LARGEST];
static size_t in_len;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static int
dial(void)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(3863),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const void *)&to, sizeof(to)) < 0)
		die("connect");
	in_len = 0;
	connections++;
	return fd;
}

/* Counts the messages that came in; what they say matters for registrations
 * only, whose R flag is the lowest. */
static void
count(void)
{
	size_t at = 0;
	int len;

	for (;;) {
		struct rsp_span left = { in + at, in_len - at };

		len = rsp_message_frame(left);
		if (len <= 0 || (size_t)len > left.len)
			break;
		answers++;
		refusals += left.at[0] == RSP_ASAP_REGISTRATION_RESPONSE &&
			    (left.at[1] & 1) != 0;
		if (left.at[0] == RSP_ASAP_RESOLUTION_RESPONSE && len > 12 &&
		    memcmp(left.at + 8, "Web", 4) == 0)
			asked = false;
		at += (size_t)len;
	}
	memmove(in, in + at, in_len - at);
	in_len -= at;
}

/* Reads what is there; false when the connection is over. */
static bool
hear(int fd, int flags)
{
	ssize_t n = recv(fd, in + in_len, sizeof(in) - in_len, flags);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	in_len += (size_t)n;
	count();
	return n > 0;
}

/* Sends all that is in `out`, reading meanwhile.  False when the registrar has
 * ended the connection. */
static bool
push(int fd)
{
	size_t sent = 0;
	ssize_t n;

	while (sent < out_len) {
		struct pollfd p = { fd, POLLIN | POLLOUT, 0 };

		if (poll(&p, 1, 30000) <= 0) {
			fprintf(stderr, "the registrar takes nothing\n");
			exit(1);
		}
		if ((p.revents & ~POLLOUT) != 0 && !hear(fd, MSG_DONTWAIT))
			return false;
		n = send(fd, out + sent, out_len - sent,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return false;
		sent += n < 0 ? 0 : (size_t)n;
	}
	return true;
}

static void
add(const struct rsp_message *m)
{
	struct rsp_builder b = rsp_builder_into(out + out_len, LARGEST);

	rsp_message_encode(&b, m);
	out_len += b.len;
}

static int
elements(uint64_t n)
{
	struct rsp_message m;
	int fd = dial();

	for (uint64_t i = 0; i < n || out_len > 0; i++) {
		if (i < n) {
			rsp_message_init(&m, RSP_ASAP, RSP_ASAP_REGISTRATION);
			m.has_handle = true;
			m.handle =
			    (struct rsp_span){ (const uint8_t *)"Flood", 5 };
			m.has_pe = true;
			rsp_clear_pe(&m.pe);
			m.pe.id = (uint32_t)i + 1;
			m.pe.life = 90;
			m.pe.user.type = RSP_PARAM_TCP;
			m.pe.user.port = 9;
			m.pe.user.n_addresses = 1;
			m.pe.user.addresses[0] =
			    (struct rsp_address){ 4, { 127, 0, 0, 1 } };
			m.pe.policy.type = 1;
			add(&m);
		}
		if (out_len >= BATCH || i + 1 >= n) {
			if (!push(fd))
				die("elements");
			out_len = 0;
		}
	}
	while (answers < n)
		if (!hear(fd, 0))
			die("answers");
	printf("registered %llu refused %llu\n",
	    (unsigned long long)(answers - refusals),
	    (unsigned long long)refusals);
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}

/* One random message behind what is in `out`. */
static void
add_random(uint64_t *seed)
{
	static struct sample s;
	uint32_t kind = sample_random(seed) % 16;
	uint8_t *at = out + out_len;
	size_t len;

	sample_message(&s, RSP_ASAP, (uint8_t)(1 + sample_random(seed) % 14),
	    seed);
	add(&s.m);
	len = (size_t)(out + out_len - at);
	if (len <= 4 || kind < 4)
		return;
	if (kind == 4) /* noise in a right frame */
		for (size_t i = 4; i < len; i++)
			at[i] = (uint8_t)sample_random(seed);
	else
		for (uint32_t i = 0; i < kind / 4; i++)
			at[4 + sample_random(seed) % (len - 4)] =
			    (uint8_t)sample_random(seed);
	if (kind == 15 && sample_random(seed) % 64 == 0)
		at[2] = 0, at[3] = 2; /* no frame at all */
}

/* Sends a batch with a question behind it, whose answer tells that the
 * registrar took all of it.  Of a batch that it ended the connection over, it
 * took one at least. */
static bool
taken(int fd)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_RESOLUTION);
	m.has_handle = true;
	m.handle = (struct rsp_span){ (const uint8_t *)"Web", 3 };
	add(&m);
	asked = true;
	if (!push(fd))
		return false;
	while (asked)
		if (!hear(fd, 0))
			return false;
	return true;
}

static int
messages(uint64_t n, uint64_t seed)
{
	uint64_t i = 0, sent = 0;
	int fd = dial();

	while (i < n) {
		unsigned batch = 1 + sample_random(&seed) % 32;

		out_len = 0;
		for (unsigned k = 0; k < batch; k++)
			add_random(&seed);
		sent += batch;
		if (taken(fd)) {
			i += batch;
			continue;
		}
		i++;
		close(fd);
		fd = dial();
	}
	close(fd);
	printf("%llu messages taken of %llu over %llu connections, %llu "
	       "answers\n",
	    (unsigned long long)i, (unsigned long long)sent,
	    (unsigned long long)connections, (unsigned long long)answers);
	return 0;
}

/* 65535 bytes: a resolution whose handle is followed by parameters to be
 * skipped and reported. */
static void
fill_long(void)
{
	static const uint8_t head[] = { RSP_ASAP_RESOLUTION, 0, 0xff, 0xff, 0,
		9, 0, 7, 'W', 'e', 'b', 0 };
	size_t at = sizeof(head);

	memset(out, 0, LARGEST);
	memcpy(out, head, sizeof(head));
	for (; at < 65524; at += 8)
		memcpy(out + at, "\xff\x01\0\x08long", 8);
	memcpy(out + at, "\xff\x01\0\x0blongest", 11);
	out_len = LARGEST;
}

static int
longest(uint64_t n)
{
	int fd = dial();

	fill_long();
	for (uint64_t i = 0; i < n; i++)
		if (!push(fd)) {
			close(fd);
			fd = dial();
		}
	close(fd);
	printf("%llu messages over %llu connections, %llu answers\n",
	    (unsigned long long)n, (unsigned long long)connections,
	    (unsigned long long)answers);
	return 0;
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;

	if (argc > 2 && strcmp(argv[1], "elements") == 0)
		return elements(n);
	if (argc > 2 && strcmp(argv[1], "messages") == 0)
		return messages(n, seed);
	if (argc > 2 && strcmp(argv[1], "long") == 0)
		return longest(n);
	fprintf(stderr, "usage: registrar_flood elements|messages|long COUNT "
			"[SEED]\n");
	return 2;
}
