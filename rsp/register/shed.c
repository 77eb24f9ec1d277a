/* SPDX-License-Identifier: Apache-2.0 */
/* shed.c - a dump of the port's connections, and a request for each */
#include "rsp/register/shed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsp/net/endpoint.h"
#include "rsp/net/log.h"

/* As the kernel counts them: open, and closed by the client only. */
#define STATES (1U << 1 | 1U << 8)
#define ROUNDS 4 /* more may be accepted meanwhile */

struct ids_found {
	struct inet_diag_sockid *at;
	size_t n, room;
};

static int
send_request(int fd, uint16_t type, uint16_t flags, uint8_t family,
    const struct inet_diag_sockid *id)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} request = {
		.head = { .nlmsg_len = sizeof(request),
		    .nlmsg_type = type,
		    .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) },
		.body = { .sdiag_family = family,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_states = STATES,
		    .id = *id },
	};

	return send(fd, &request, sizeof(request), 0) < 0 ? errno : 0;
}

static int
open_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

/* What the port listens on. */
static bool
is_ports(const struct port *port, uint8_t family,
    const struct inet_diag_sockid *id)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;
	struct rsp_address a;
	uint16_t number;
	unsigned i;

	ss.ss_family = family;
	if (family == AF_INET)
		memcpy(&in->sin_addr, id->idiag_src, 4);
	else
		memcpy(&in6->sin6_addr, id->idiag_src, 16);
	if (!rsp_sockaddr_get((struct sockaddr *)&ss, sizeof(ss), &a, &number))
		return false;
	if (a.family == 4 ? port->any4 : port->any6)
		return true;
	for (i = 0; i < port->n_bound; i++)
		if (rsp_address_equal(&a, &port->bound[i]))
			return true;
	return false;
}

static int
add(struct ids_found *f, const struct inet_diag_sockid *id)
{
	struct inet_diag_sockid *at = f->at;

	if (f->n == f->room) {
		at = realloc(at, (f->room + 64) * 2 * sizeof(*at));
		if (at == NULL)
			return ENOMEM;
		f->at = at;
		f->room = (f->room + 64) * 2;
	}
	f->at[f->n++] = *id;
	return 0;
}

/* One datagram of answers: 0 when there are more to come, -1 at the end, else
 * an errno. */
static int
take(struct ids_found *f, const struct port *port, const char *bytes,
    size_t len)
{
	const struct nlmsghdr *h = (const void *)bytes;
	const struct inet_diag_msg *m;
	int err = 0;

	for (; err == 0 && NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
		if (h->nlmsg_type == NLMSG_DONE)
			return -1;
		if (h->nlmsg_type == NLMSG_ERROR &&
		    h->nlmsg_len >= NLMSG_LENGTH(sizeof(struct nlmsgerr)))
			return -((const struct nlmsgerr *)NLMSG_DATA(h))->error;
		if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
			return EPROTO;
		m = NLMSG_DATA(h);
		if (m->id.idiag_sport == htons(port->port) &&
		    is_ports(port, m->idiag_family, &m->id))
			err = add(f, &m->id);
	}
	return err;
}

static int
find(struct ids_found *f, int fd, uint8_t family, const struct port *port)
{
	_Alignas(struct nlmsghdr) char bytes[32768];
	struct inet_diag_sockid any = { .idiag_sport = htons(port->port) };
	int err =
	    send_request(fd, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, family, &any);

	while (err == 0) {
		ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

		if (n < 0)
			err = errno == EINTR ? 0 : errno;
		else
			err = take(f, port, bytes, (size_t)n);
	}
	return err < 0 ? 0 : err;
}

/* 0 or the kernel's errno. */
static int
destroy(int fd, uint8_t family, const struct inet_diag_sockid *id)
{
	_Alignas(struct nlmsghdr) char bytes[1024];
	const struct nlmsghdr *h = (const void *)bytes;
	int err = send_request(fd, SOCK_DESTROY, NLM_F_ACK, family, id);
	ssize_t n;

	if (err != 0)
		return err;
	do {
		n = recv(fd, bytes, sizeof(bytes), 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno;
	if (!NLMSG_OK(h, (size_t)n) || h->nlmsg_type != NLMSG_ERROR ||
	    h->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
		return EPROTO;
	return -((const struct nlmsgerr *)NLMSG_DATA(h))->error;
}

/* A listener of our own, where the kernel likes; -1 with errno. */
static int
open_victim(struct inet_diag_sockid *id)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&in, len) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &len) < 0) {
		err = errno;
		close(fd);
		errno = err;
		return -1;
	}
	*id = (struct inet_diag_sockid){ .idiag_sport = in.sin_port,
		.idiag_src = { in.sin_addr.s_addr },
		.idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } };
	return fd;
}

/* By trying: what is not there may be destroyed by everybody. */
int
shed_check(void)
{
	struct inet_diag_sockid id;
	int victim = open_victim(&id), fd, err;

	if (victim < 0)
		return errno;
	fd = open_socket();
	err = fd < 0 ? errno : destroy(fd, AF_INET, &id);
	if (fd >= 0)
		close(fd);
	close(victim);
	return err;
}

/* One family's; how many, or a negative errno. */
static int
shed_family(int fd, uint8_t family, const struct port *port)
{
	struct ids_found f = { 0 };
	int err = find(&f, fd, family, port), n = 0;
	size_t i;

	for (i = 0; i < f.n && err == 0; i++) {
		err = destroy(fd, family, &f.at[i]);
		if (err == 0)
			n++;
		else if (err == ENOENT) /* gone meanwhile */
			err = 0;
	}
	free(f.at);
	return err != 0 ? -err : n;
}

int
shed_port(const struct port *port)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	int fd, n = 1, round, sum = 0;
	size_t i;

	for (round = 0; round < ROUNDS && n > 0; round++) {
		fd = open_socket();
		if (fd < 0)
			return -errno;
		for (i = 0, n = 0; i < 2 && n >= 0; i++) {
			int more = shed_family(fd, families[i], port);

			n = more == -ENOENT ? n : more < 0 ? more : n + more;
		}
		close(fd);
		if (n < 0)
			return n;
		sum += n;
	}
	return sum;
}

static bool
have_left(const struct pool_element *m, const struct port *port)
{
	for (; m != NULL; m = m->next)
		if (m->key.protocol == port->protocol &&
		    m->key.port == port->port && (m->joined || !m->left))
			return false;
	return true;
}

static void
say(const struct port *port, int n)
{
	if (n < 0)
		rsp_log(RSP_LOG_WARN,
		    "the connections of port %u cannot be reset: %s",
		    port->port, strerror(-n));
	else
		rsp_log(RSP_LOG_INFO, "%d connection%s of port %u reset", n,
		    n == 1 ? "" : "s", port->port);
}

void
shed_serve(struct monitor *w, const struct pool_element *members,
    const struct ports *ports)
{
	size_t i;

	if (!w->sheds)
		return;
	for (i = 0; i < ports->n; i++) {
		const struct port *port = &ports->at[i];

		if (port->protocol != RSP_PARAM_TCP ||
		    !watch_is_shed(w, port) || !have_left(members, port))
			continue;
		watch_was_shed(w, port);
		say(port, shed_port(port));
	}
}
