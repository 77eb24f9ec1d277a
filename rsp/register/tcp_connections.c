/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_connections.c - a dump per family, with the port in the request */
#include "rsp/register/tcp_connections.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* States as the kernel counts them: open, and closed by the client only. */
#define STATE_ESTABLISHED 1
#define STATE_CLOSE_WAIT 8

static int
ask(int fd, uint8_t family, uint16_t port)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} request = {
		.head = { .nlmsg_len = sizeof(request),
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .sdiag_family = family,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_states =
			1U << STATE_ESTABLISHED | 1U << STATE_CLOSE_WAIT,
		    .id.idiag_sport = htons(port) },
	};

	return send(fd, &request, sizeof(request), 0) < 0 ? errno : 0;
}

static void
add(struct tcp_connections *c, const struct inet_diag_msg *m)
{
	uint64_t low = m->id.idiag_cookie[0], high = m->id.idiag_cookie[1];

	if (m->idiag_inode != 0)
		c->accepted++;
	else {
		if (c->n_waiting < CONNECTIONS_WAITING)
			c->waiting[c->n_waiting] = high << 32 | low;
		c->n_waiting++;
	}
}

/* One datagram of answers.  0 when there are more to come, -1 at the end, else
 * an errno. */
static int
take(struct tcp_connections *c, const char *bytes, size_t len, uint16_t port)
{
	const struct nlmsghdr *h = (const void *)bytes;
	const struct inet_diag_msg *m;
	int err;

	for (; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
		if (h->nlmsg_type == NLMSG_DONE)
			return -1;
		if (h->nlmsg_type == NLMSG_ERROR) {
			err = -((const struct nlmsgerr *)NLMSG_DATA(h))->error;
			return err != 0 ? err : EPROTO;
		}
		if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
			return EPROTO;
		m = NLMSG_DATA(h);
		if (m->id.idiag_sport == htons(port))
			add(c, m);
	}
	return 0;
}

static int
dump(struct tcp_connections *c, int fd, uint8_t family, uint16_t port)
{
	_Alignas(struct nlmsghdr) char bytes[32768];
	int err = ask(fd, family, port);

	while (err == 0) {
		ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

		if (n < 0)
			err = errno == EINTR ? 0 : errno;
		else
			err = take(c, bytes, (size_t)n, port);
	}
	return err < 0 ? 0 : err;
}

int
tcp_connections_read(struct tcp_connections *c, uint16_t port)
{
	int fd, err;

	c->accepted = c->n_waiting = 0;
	if (c->waiting == NULL)
		c->waiting = calloc(CONNECTIONS_WAITING, sizeof(*c->waiting));
	if (c->waiting == NULL)
		return ENOMEM;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return errno;
	err = dump(c, fd, AF_INET, port);
	if (err == 0)
		err = dump(c, fd, AF_INET6, port);
	if (err == ENOENT)
		err = 0; /* a kernel without that family */
	close(fd);
	if (err != 0)
		c->accepted = c->n_waiting = 0;
	return err;
}

void
tcp_connections_free(struct tcp_connections *c)
{
	free(c->waiting);
	*c = (struct tcp_connections){ 0 };
}

bool
tcp_connections_waits(const struct tcp_connections *c, uint64_t cookie)
{
	unsigned i;

	for (i = 0; i < c->n_waiting && i < CONNECTIONS_WAITING; i++)
		if (c->waiting[i] == cookie)
			return true;
	return false;
}
