/* SPDX-License-Identifier: Apache-2.0 */
/* ask.c - one socket, poll, and a buffer for one message */
#include "rsp/tools/ask.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "rsp/net/sctp.h"
#include "rsp/user/user.h"
#include "rsp/core/wire/builder.h"
#include "rsp/core/base/error.h"

/* 0, ETIMEDOUT or EINTR. */
static int
wait_for(const struct ask *a, short events, rsp_time deadline)
{
	struct pollfd p[2] = { { .fd = a->fd, .events = events },
		{ .fd = a->wake > 0 ? a->wake : -1, .events = POLLIN } };
	int n;

	do
		n = poll(p, 2, rsp_time_left(deadline, rsp_user_now()));
	while (n < 0 && errno == EINTR);
	if (n > 0 && p[1].revents != 0)
		return EINTR;
	return n > 0 ? 0 : ETIMEDOUT;
}

static enum rsp_ppid
ppid(const struct ask *a)
{
	return a->protocol == RSP_ASAP ? RSP_PPID_ASAP : RSP_PPID_ENRP;
}

static int
new_socket(const struct rsp_endpoint *e, int family)
{
	int fd;

	if (e->scheme != RSP_SCTP)
		return socket(family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	fd = rsp_sctp_socket(e);
	if (fd < 0)
		errno = -fd;
	return fd < 0 ? -1 : fd;
}

static int
connect_host(struct ask *a, const struct rsp_endpoint *e, unsigned host,
    rsp_time deadline)
{
	struct sockaddr_storage ss;
	socklen_t len = rsp_endpoint_sockaddr(e, host, &ss);
	int err = 0;

	a->fd = new_socket(e, ss.ss_family);
	if (a->fd < 0)
		return errno;
	if (e->scheme == RSP_SCTP)
		err = -rsp_sctp_connect(a->fd, e);
	else if (connect(a->fd, (struct sockaddr *)&ss, len) != 0)
		err = errno;
	if (err != EINPROGRESS)
		return err;
	err = wait_for(a, POLLOUT, deadline);
	len = sizeof(err);
	if (err == 0 &&
	    getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
		err = errno;
	return err;
}

int
ask_open(struct ask *a, struct rsp_endpoint *e, rsp_time deadline)
{
	unsigned hosts;
	int err = EDESTADDRREQ;

	a->fd = -1;
	a->have = a->used = 0;
	a->sctp = e->scheme == RSP_SCTP;
	if (rsp_endpoint_resolve(e) != RSP_OK)
		return EDESTADDRREQ;
	hosts = e->scheme == RSP_TCP ? e->n_hosts : 1;
	for (unsigned i = 0; i < hosts; i++) {
		ask_close(a);
		err = connect_host(a, e, i, deadline);
		if (err == 0)
			break;
	}
	return err;
}

int
ask_tell(struct ask *a, const struct rsp_message *m, rsp_time deadline)
{
	struct rsp_builder b = rsp_builder_into(a->out, sizeof(a->out));
	struct rsp_span bytes;
	int err;

	rsp_message_encode(&b, m);
	bytes = rsp_builder_span(&b);
	err = wait_for(a, POLLOUT, deadline);
	if (err != 0)
		return err;
	if (a->sctp)
		return -rsp_sctp_send(a->fd, bytes, ppid(a));
	/* so little fits into any socket buffer that is empty */
	if (send(a->fd, bytes.at, bytes.len, MSG_NOSIGNAL) !=
	    (ssize_t)bytes.len)
		return errno == 0 || errno == EAGAIN ? EPIPE : errno;
	return 0;
}

/* A message's length once all of it is there, else 0; below 0 for none. */
static int
whole(const struct ask *a)
{
	int len = rsp_message_frame((struct rsp_span){ a->in, a->have });

	return len > 0 && (size_t)len > a->have ? 0 : len;
}

static int
receive_some(struct ask *a, rsp_time deadline)
{
	size_t size = sizeof(a->in) - a->have;
	int err = wait_for(a, POLLIN, deadline);
	ssize_t n;

	if (err != 0)
		return err;
	if (a->sctp) {
		n = rsp_sctp_receive_stream(a->fd, a->in + a->have, size,
		    ppid(a));
		errno = n < 0 ? (int)-n : 0;
	} else
		n = recv(a->fd, a->in + a->have, size, 0);
	if (n > 0)
		a->have += (size_t)n;
	else if (n == 0)
		return ECONNRESET;
	return n > 0 || errno == EAGAIN || errno == EINTR ? 0 : errno;
}

/* The next message, whatever it is. */
static int
next_message(struct ask *a, struct rsp_span *message, rsp_time deadline)
{
	int len, err;

	memmove(a->in, a->in + a->used, a->have - a->used);
	a->have -= a->used;
	a->used = 0;
	while ((len = whole(a)) == 0) {
		err = receive_some(a, deadline);
		if (err != 0)
			return err;
	}
	if (len < 0)
		return EPROTO;
	a->used = (size_t)len;
	*message = (struct rsp_span){ a->in, a->used };
	return 0;
}

int
ask_hear(struct ask *a, uint8_t want, struct rsp_message *answer,
    rsp_time deadline)
{
	struct rsp_span message;
	int err;

	while ((err = next_message(a, &message, deadline)) == 0)
		if (rsp_message_decode(a->protocol, message, answer, NULL) ==
			RSP_OK &&
		    answer->type == want)
			break;
	return err;
}

int
ask_message(struct ask *a, const struct rsp_message *question, uint8_t want,
    struct rsp_message *answer, rsp_time deadline)
{
	int err = ask_tell(a, question, deadline);

	return err != 0 ? err : ask_hear(a, want, answer, deadline);
}

void
ask_own(const struct ask *a, struct rsp_address *own, uint16_t *port)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	*own = (struct rsp_address){ .family = 4, .bytes = { 127, 0, 0, 1 } };
	*port = RSP_PORT_ENRP;
	if (getsockname(a->fd, (struct sockaddr *)&ss, &len) == 0)
		rsp_sockaddr_get((struct sockaddr *)&ss, len, own, port);
}

void
ask_close(struct ask *a)
{
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
}
