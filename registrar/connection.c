/* SPDX-License-Identifier: Apache-2.0 */
/* connection.c - framing and buffers */
#include "registrar/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "registrar/sctp.h"
#include "rsp/core/base/error.h"
#include "rsp/core/wire/message.h"

/* First size of an output buffer: the allocator's quickest sizes end here. */
#define OUT_SIZE 1000

/* Least size of an input buffer, so that a message in small pieces is not read
 * in smaller ones. */
#define IN_SIZE 16384

void
connection_init(struct connection *c, int fd, bool sctp)
{
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->sctp = sctp;
	c->ppid = RSP_PPID_ASAP;
}

/* A socket that is closed with bytes unread resets the connection, which would
 * take back what was written last, such as the reason of the end. */
static void
drain(int fd)
{
	uint8_t waste[4096];

	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 64; i++)
		if (recv(fd, waste, sizeof(waste), MSG_DONTWAIT) <= 0)
			break;
}

void
connection_fini(struct connection *c)
{
	if (c->fd >= 0) {
		drain(c->fd);
		close(c->fd);
	}
	free(c->in);
	free(c->out);
	connection_init(c, -1, c->sctp);
}

/* Room in `in` behind what is unread, for the rest of a message whose header
 * is there, and for some bytes at least. */
static int
make_room(struct connection *c)
{
	struct rsp_span old = c->unread;
	int frame = rsp_message_frame(old);
	size_t need =
	    frame > 0 && (size_t)frame > old.len ? (size_t)frame : old.len + 1;
	uint8_t *in = c->in;

	if (c->in_size - (size_t)(old.at - in) >= need)
		return RSP_OK;
	if (c->in_size < need) {
		in = malloc(need);
		if (in == NULL)
			return RSP_ENOMEM;
		c->in_size = need;
	}
	memmove(in, old.at, old.len);
	if (in != c->in)
		free(c->in);
	c->in = in;
	c->unread.at = in;
	return RSP_OK;
}

/* A part of a message goes behind those before it, which are all that is ever
 * kept here. */
static int
read_sctp(struct connection *c, uint8_t *shared)
{
	uint8_t *to = c->in == NULL ? shared : c->in;
	size_t size = c->in == NULL ? CONNECTION_READ_SIZE : c->in_size;
	struct rsp_sctp_received what;
	ssize_t n;

	if (c->in == NULL)
		c->unread = (struct rsp_span){ shared, 0 };
	if (c->unread.len == size)
		return RSP_ELIMIT;
	n = rsp_sctp_receive(c->fd, to + c->unread.len, size - c->unread.len,
	    &what);
	if (n < 0) {
		errno = (int)-n;
		return errno == EAGAIN || errno == EINTR ? RSP_OK : RSP_ESTATE;
	}
	c->ended = n == 0 || what.ended;
	if (what.notification || what.ppid != c->ppid)
		return RSP_OK;
	c->unread.len += (size_t)n;
	c->whole = what.whole;
	return RSP_OK;
}

int
connection_read(struct connection *c, uint8_t *shared)
{
	uint8_t *to = shared;
	size_t size = CONNECTION_READ_SIZE;
	ssize_t n;

	if (c->sctp)
		return read_sctp(c, shared);
	if (c->in == NULL)
		c->unread = (struct rsp_span){ shared, 0 };
	else {
		if (make_room(c) != RSP_OK)
			return RSP_ENOMEM;
		to = c->in + (c->unread.at - c->in) + c->unread.len;
		size = (size_t)(c->in + c->in_size - to);
	}
	n = recv(c->fd, to, size, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? RSP_OK : RSP_ESTATE;
	c->ended = n == 0;
	c->unread.len += (size_t)n;
	return RSP_OK;
}

bool
connection_is_ending(const struct connection *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };

	if (c->ended)
		return true;
	if (c->sctp)
		return sctp_is_ending(c->fd);
	return poll(&p, 1, 0) > 0;
}

/* How long the next message is; 0: not known yet. */
static int
frame(const struct connection *c)
{
	if (!c->sctp)
		return rsp_message_frame(c->unread);
	return c->whole ? (int)c->unread.len : 0;
}

int
connection_next(struct connection *c, size_t max, struct rsp_span *message)
{
	int len = frame(c);

	if (len < 0)
		return len;
	if (len > 0 && (size_t)len > (max + 3) / 4 * 4)
		return RSP_ELIMIT;
	if (len == 0 || (size_t)len > c->unread.len)
		return 0;
	*message = (struct rsp_span){ c->unread.at, (size_t)len };
	c->unread.at += len;
	c->unread.len -= (size_t)len;
	c->whole = false;
	return 1;
}

int
connection_keep(struct connection *c)
{
	struct rsp_span rest = c->unread;

	if (rest.len == 0) {
		free(c->in);
		c->in = NULL;
		c->unread = (struct rsp_span){ NULL, 0 };
	} else if (c->in == NULL) {
		c->in_size = rest.len > IN_SIZE ? rest.len : IN_SIZE;
		if (c->sctp)
			c->in_size = CONNECTION_READ_SIZE;
		c->in = malloc(c->in_size);
		if (c->in == NULL)
			return RSP_ENOMEM;
		c->unread.at = memcpy(c->in, rest.at, rest.len);
	}
	return RSP_OK;
}

/* Room for `more` bytes of output.  What waits is moved only when it fills less
 * than half of the buffer, so that a byte is moved once on average. */
static int
make_out_room(struct connection *c, size_t more)
{
	size_t waiting = connection_waiting(c), size = c->out_size;
	uint8_t *out = c->out;

	if (size - c->out_end >= more)
		return RSP_OK;
	if (out == NULL || waiting + more > size / 2) {
		size = (waiting + more) * 2;
		out = malloc(size > OUT_SIZE ? size : OUT_SIZE);
		if (out == NULL)
			return RSP_ENOMEM;
		c->out_size = size > OUT_SIZE ? size : OUT_SIZE;
	}
	if (waiting > 0)
		memmove(out, c->out + c->out_start, waiting);
	if (out != c->out)
		free(c->out);
	c->out = out;
	c->out_start = 0;
	c->out_end = waiting;
	return RSP_OK;
}

int
connection_send(struct connection *c, struct rsp_span message, size_t max)
{
	if (connection_waiting(c) + message.len > max)
		return RSP_ELIMIT;
	if (make_out_room(c, message.len) != RSP_OK)
		return RSP_ENOMEM;
	memcpy(c->out + c->out_end, message.at, message.len);
	c->out_end += message.len;
	return RSP_OK;
}

void
connection_discard(struct connection *c)
{
	free(c->out);
	c->out = NULL;
	c->out_start = c->out_end = c->out_size = 0;
}

/* All that waits, or the first message of it; what was taken, or -1. */
static ssize_t
write_some(const struct connection *c)
{
	struct rsp_span out = { c->out + c->out_start, connection_waiting(c) };
	int err;

	if (!c->sctp)
		return send(c->fd, out.at, out.len, MSG_NOSIGNAL);
	out.len = (size_t)rsp_message_frame(out);
	err = rsp_sctp_send(c->fd, out, c->ppid);
	if (err == 0)
		return (ssize_t)out.len;
	errno = -err;
	return -1;
}

int
connection_flush(struct connection *c)
{
	ssize_t n;

	while (connection_waiting(c) > 0) {
		n = write_some(c);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? RSP_OK : RSP_ESTATE;
		c->out_start += (size_t)n;
	}
	connection_discard(c);
	return RSP_OK;
}
