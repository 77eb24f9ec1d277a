/* SPDX-License-Identifier: Apache-2.0 */
/* sctp_write.c - a stream of bytes into SCTP's messages
 *
 * A message is taken as a whole or not at all, and must fit the send buffer; so
 * a write goes in pieces, of which a non-blocking one sends as many as there is
 * room for.
 */
#include "shim/real.h"

#include <errno.h>
#include <linux/sctp.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>

#include "rsp/net/sys.h"
#include "shim/gate.h"
#include "shim/option.h"
#include "shim/sctp.h"

#define WHOLE_MAX 16384u
#define PIECE_SURE 2048u /* fits the smallest send buffer */
#define PIECE_PARTS 64
#define COPY 16384

/* Of TCP's flags, those that would hold data back for ever here, or announce
 * what never comes. */
#define NOT_FOR_SCTP (MSG_MORE | MSG_ZEROCOPY | MSG_FASTOPEN)

bool
sctp_may_write(int fd, int flags)
{
	if (!sctp_ready(fd, flags, SO_SNDTIMEO))
		return false;
	if ((fd_flags(fd) & FD_SHUT_HELD) == 0)
		return true;
	if ((flags & MSG_NOSIGNAL) == 0)
		sys_call(SYS_tgkill, sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0),
		    sys_call(SYS_gettid, 0, 0, 0, 0, 0, 0), SIGPIPE, 0, 0, 0);
	errno = EPIPE;
	return false;
}

/* A small write stays one message.  A large one is cut to what one packet can
 * carry: Linux's SCTP stalls for a second now and then when a reader takes
 * longer messages bit by bit. */
size_t
sctp_piece(int fd, size_t total)
{
	size_t room = (size_t)option_int(fd, SOL_SOCKET, SO_SNDBUF) / 2;
	struct sctp_status s;
	socklen_t len = sizeof(s);

	if (total <= PIECE_SURE || room < PIECE_SURE)
		return PIECE_SURE;
	if (total > WHOLE_MAX &&
	    sys_getsockopt(fd, IPPROTO_SCTP, SCTP_STATUS, &s, &len) == 0 &&
	    s.sstat_fragmentation_point > 0 &&
	    s.sstat_fragmentation_point < room)
		return s.sstat_fragmentation_point;
	return room < WHOLE_MAX ? room : WHOLE_MAX;
}

/* The part of a message that is left to send. */
struct rest {
	const struct iovec *v;
	size_t n;
	size_t skip; /* of the first */
};

static void
drop_sent(struct rest *r, size_t sent)
{
	while (r->n > 0 && sent >= r->v->iov_len - r->skip) {
		sent -= r->v->iov_len - r->skip;
		r->v++;
		r->n--;
		r->skip = 0;
	}
	r->skip += sent;
}

/* The next piece; its number of parts. */
static size_t
cut(const struct rest *r, size_t size, struct iovec *parts, size_t *len)
{
	size_t n = 0, skip = r->skip;

	*len = 0;
	for (size_t i = 0; i < r->n && n < PIECE_PARTS && *len < size; i++) {
		size_t part = r->v[i].iov_len - skip;

		if (part > size - *len)
			part = size - *len;
		if (part > 0)
			parts[n++] =
			    (struct iovec){ (char *)r->v[i].iov_base + skip,
				    part };
		*len += part;
		skip = 0;
	}
	return n;
}

static size_t
length_of(const struct iovec *v, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += v[i].iov_len;
	return len;
}

static ssize_t
send_pieces(int fd, const struct msghdr *m, int flags, size_t total)
{
	size_t size = sctp_piece(fd, total), len;
	struct rest rest = { m->msg_iov, m->msg_iovlen, 0 };
	struct iovec parts[PIECE_PARTS];
	struct msghdr piece = *m;
	size_t done = 0;
	int saved = errno;
	ssize_t n;

	piece.msg_name = NULL;
	piece.msg_namelen = 0;
	piece.msg_iov = parts;
	for (; done < total; done += (size_t)n) {
		piece.msg_iovlen = cut(&rest, size, parts, &len);
		n = real.sendmsg(fd, &piece, flags & ~NOT_FOR_SCTP);
		if (n <= 0)
			break;
		drop_sent(&rest, (size_t)n);
		piece.msg_control = NULL;
		piece.msg_controllen = 0;
	}
	if (done == 0 && total > 0)
		return -1;
	errno = saved;
	return (ssize_t)done;
}

ssize_t
sctp_send(int fd, const struct msghdr *m, int flags)
{
	if (!sctp_may_write(fd, flags))
		return -1;
	return send_pieces(fd, m, flags, length_of(m->msg_iov, m->msg_iovlen));
}

ssize_t
sctp_write(int fd, const void *b, size_t n, int flags)
{
	struct iovec v = { (void *)b, n };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	return sctp_send(fd, &m, flags);
}

ssize_t
sctp_writev(int fd, const struct iovec *v, int n)
{
	struct msghdr m = { .msg_iov = (struct iovec *)v };

	if (n < 0 || n > UIO_MAXIOV) {
		errno = EINVAL;
		return -1;
	}
	m.msg_iovlen = (size_t)n;
	return sctp_send(fd, &m, 0);
}

int
sctp_send_many(int fd, struct mmsghdr *m, unsigned n, int flags)
{
	int saved = errno;

	for (unsigned i = 0; i < n; i++) {
		const struct msghdr *h = &m[i].msg_hdr;
		ssize_t sent = sctp_send(fd, h, flags);

		if (sent < 0 && i == 0)
			return -1;
		errno = saved;
		if (sent < 0)
			return (int)i;
		m[i].msg_len = (unsigned)sent;
		if ((size_t)sent < length_of(h->msg_iov, h->msg_iovlen))
			return (int)i + 1;
	}
	return (int)n;
}

int
sctp_shutdown(int fd, int how)
{
	struct conn *c = conn_lock(fd);
	bool hold;

	if (c == NULL)
		return real.shutdown(fd, how);
	hold = how == SHUT_WR && c->state == CONN_OPEN;
	if (hold) {
		c->shut_held = true;
		conn_mark(c);
	} else if (c->shut_held)
		how = SHUT_RDWR;
	conn_unlock(c);
	return hold ? 0 : real.shutdown(fd, how);
}
