/* SPDX-License-Identifier: Apache-2.0 */
/* shim_peers.c - the other side of the shim's tests: a registrar that says what
 * it was told to say, and servers
 *
 *   shim_peers POOL=ADDRESS:PORT[/udp],... ...
 *
 * Answers resolutions on 127.0.0.1:3863 with those elements in that order,
 * round robin.  Serves tcp and udp on port 8001 of all addresses: says "alive:"
 * and what it heard.  Port 8006 resets each connection.  Ends when killed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsp/net/endpoint.h"
#include "rsp/core/wire/message.h"

enum { REGISTRAR, ECHO, RESETTER, DATAGRAMS, FIXED };

#define MOST 4096

static char **pools;
static int n_pools;

static int
listener(int port, int type)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port) };
	int one = 1, fd = socket(AF_INET6, type | SOCK_NONBLOCK, 0);

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    (type == SOCK_STREAM && listen(fd, 4096) != 0)) {
		perror("shim_peers");
		exit(1);
	}
	return fd;
}

/* The elements of POOL=..., encoded. */
static void
put_elements(struct rsp_builder *b, const char *list)
{
	char text[1024], *save, *at, *slash;
	const char *what;
	struct rsp_endpoint e;
	uint32_t id = 1;

	snprintf(text, sizeof(text), "%s", list);
	for (at = strtok_r(text, ",", &save); at != NULL;
	     at = strtok_r(NULL, ",", &save)) {
		struct rsp_pe pe = { .id = id++, .home = 1, .life = 60000 };

		slash = strchr(at, '/');
		if (slash != NULL)
			*slash = '\0';
		if (rsp_endpoint_parse(at, 1, &e, &what) != 0) {
			fprintf(stderr, "shim_peers: %s: %s\n", at, what);
			exit(2);
		}
		pe.policy.type = 1; /* round robin */
		pe.user.type = slash != NULL ? RSP_PARAM_UDP : RSP_PARAM_TCP;
		pe.user.port = e.port;
		pe.user.n_addresses = 1;
		pe.user.addresses[0] = e.hosts[0];
		rsp_put_pe(b, &pe);
	}
}

static const char *
find_pool(struct rsp_span handle)
{
	for (int i = 0; i < n_pools; i++)
		if (strchr(pools[i], '=') == pools[i] + handle.len &&
		    strncasecmp(pools[i], (const char *)handle.at,
			handle.len) == 0)
			return pools[i] + handle.len + 1;
	return NULL;
}

static void
put_unknown(struct rsp_builder *b, struct rsp_span handle)
{
	size_t cause = rsp_open_param(b, RSP_CAUSE_HANDLE);
	size_t handle_mark = rsp_open_param(b, RSP_PARAM_HANDLE);

	rsp_put_span(b, handle);
	rsp_close_param(b, handle_mark);
	rsp_close_param(b, cause);
}

/* One message; false: it makes no sense. */
static bool
answer(int fd, struct rsp_span bytes)
{
	static uint8_t elements[65536], out[65536];
	struct rsp_message m,
	    r = { .protocol = RSP_ASAP, .type = RSP_ASAP_RESOLUTION_RESPONSE };
	struct rsp_builder b = rsp_builder_into(elements, sizeof(elements));
	struct rsp_builder whole = rsp_builder_into(out, sizeof(out));
	const char *list;

	if (rsp_message_decode(RSP_ASAP, bytes, &m, NULL) != 0)
		return false;
	if (m.type != RSP_ASAP_RESOLUTION)
		return true;
	list = find_pool(m.handle);
	r.has_handle = true;
	r.handle = m.handle;
	if (list != NULL) {
		/* the handle as it is registered */
		r.handle.at = (const uint8_t *)list - m.handle.len - 1;
		r.has_policy = true;
		r.policy.type = 1;
		put_elements(&b, list);
		r.elements = rsp_builder_span(&b);
	} else {
		put_unknown(&b, m.handle);
		r.has_error = true;
		r.causes = rsp_builder_span(&b);
	}
	rsp_message_encode(&whole, &r);
	return send(fd, out, whole.len, MSG_NOSIGNAL) == (ssize_t)whole.len;
}

/* Reads what came, answers each resolution; false: it is over.  Messages come
 * whole, for they are small and this is loopback. */
static bool
serve_registrar(int fd)
{
	static uint8_t in[65536];
	ssize_t n = recv(fd, in, sizeof(in), 0);
	struct rsp_span left = { in, n > 0 ? (size_t)n : 0 };

	while (left.len > 0) {
		int len = rsp_message_frame(left);

		if (len <= 0 || (size_t)len > left.len ||
		    !answer(fd, (struct rsp_span){ left.at, (size_t)len }))
			return false;
		left.at += len;
		left.len -= (size_t)len;
	}
	return n > 0;
}

static bool
serve_echo(int fd)
{
	char heard[4096] = "alive:";
	ssize_t n = recv(fd, heard + 6, sizeof(heard) - 6, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return true;
	return n > 0 &&
	       send(fd, heard, (size_t)n + 6, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

static void
serve_datagram(int fd)
{
	char heard[4096] = "alive:";
	struct sockaddr_in6 from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(fd, heard + 6, sizeof(heard) - 6, 0,
	    (struct sockaddr *)&from, &len);

	if (n >= 0)
		sendto(fd, heard, (size_t)n + 6, 0, (struct sockaddr *)&from,
		    len);
}

int
main(int argc, char **argv)
{
	static struct pollfd p[MOST];
	static bool registrar[MOST];
	struct linger hard = { 1, 0 };
	nfds_t n = FIXED;

	pools = argv + 1;
	n_pools = argc - 1;
	signal(SIGPIPE, SIG_IGN);
	p[REGISTRAR].fd = listener(3863, SOCK_STREAM);
	p[ECHO].fd = listener(8001, SOCK_STREAM);
	p[RESETTER].fd = listener(8006, SOCK_STREAM);
	p[DATAGRAMS].fd = listener(8001, SOCK_DGRAM);
	for (nfds_t i = 0; i < FIXED; i++)
		p[i].events = POLLIN;
	for (;;) {
		poll(p, n, -1);
		for (nfds_t i = FIXED; i < n; i++)
			if (p[i].revents != 0 &&
			    !(registrar[i] ? serve_registrar(p[i].fd)
					   : serve_echo(p[i].fd))) {
				close(p[i].fd);
				n--;
				p[i] = p[n];
				registrar[i] = registrar[n];
				i--;
			}
		if (p[DATAGRAMS].revents != 0)
			serve_datagram(p[DATAGRAMS].fd);
		for (nfds_t i = 0; i < DATAGRAMS; i++)
			while (p[i].revents != 0 && n < MOST) {
				int fd = accept(p[i].fd, NULL, NULL);

				if (fd < 0)
					break;
				registrar[n] = i == REGISTRAR;
				p[n] = (struct pollfd){ fd, POLLIN, 0 };
				if (i != RESETTER) {
					n++;
					continue;
				}
				setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard,
				    sizeof(hard));
				close(fd);
			}
	}
}
