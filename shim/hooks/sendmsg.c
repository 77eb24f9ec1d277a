/* SPDX-License-Identifier: Apache-2.0 */
/* sendmsg.c - reads and writes that may carry an address: sendto, recvmsg and
 * their like
 *
 * A datagram to a synthetic address goes to a pool element, and what comes from
 * that element seems to come from the synthetic address.
 */
#include "shim/real.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "shim/gate.h"
#include "shim/sctp.h"
#include "shim/stream.h"
#include "shim/udp.h"
#include "shim/conn.h"
#include "shim/udp_watch.h"

#define FEW 16

static bool
is_pool_address(const void *sa, socklen_t len)
{
	struct rsp_address a;

	return sa != NULL && conn_is_synthetic(sa, len, &a);
}

/* TCP fast open names the address in the first write: connect, then write. */
static bool
connects(int fd, const struct sockaddr *sa, socklen_t len, int flags)
{
	enum conn_kind kind;

	return (flags & MSG_FASTOPEN) != 0 && is_pool_address(sa, len) &&
	       conn_kind_of(fd, &kind) && kind == CONN_STREAM;
}

SPECIAL ssize_t
special_sendto(int fd, const void *b, size_t n, int flags,
    const struct sockaddr *sa, socklen_t len)
{
	union conn_address element;
	socklen_t l;
	ssize_t r;

	if (sa == NULL || !is_pool_address(sa, len)) {
		if (sctp_is(fd))
			return sctp_write(fd, b, n, flags);
		if (stream_is(fd))
			return stream_write(fd, b, n, flags);
		sa = udp_plain(fd, sa, &len, &element);
		return IO(fd, flags, SO_SNDTIMEO,
		    real.sendto(fd, b, n, flags, sa, len));
	}
	if (connects(fd, sa, len, flags)) {
		if (connect(fd, sa, len) != 0)
			return -1;
		return send(fd, b, n, flags & ~MSG_FASTOPEN);
	}
	if (!udp_target(fd, sa, len, &element, &l))
		return -1;
	r = IO(fd, flags, SO_SNDTIMEO,
	    real.sendto(fd, b, n, flags, l != 0 ? &element.sa : sa,
		l != 0 ? l : len));
	udp_watch_end(fd);
	return r;
}

EXPORT ssize_t
sendto(int fd, const void *b, size_t n, int flags, __CONST_SOCKADDR_ARG to,
    socklen_t len)
{
	const struct sockaddr *sa = to.__sockaddr__;

	if (!gate_is_special(fd) && (sa == NULL || !is_pool_address(sa, len)))
		return real.sendto(fd, b, n, flags, sa, len);
	return special_sendto(fd, b, n, flags, sa, len);
}

/* Gives *m another address if it has a pool's; false: errno says why not. */
static bool
aim(int fd, struct msghdr *m, union conn_address *element)
{
	socklen_t l;

	if (!is_pool_address(m->msg_name, m->msg_namelen)) {
		m->msg_name = (void *)(uintptr_t)udp_plain(fd, m->msg_name,
		    &m->msg_namelen, element);
		return true;
	}
	if (!udp_target(fd, m->msg_name, m->msg_namelen, element, &l))
		return false;
	if (l != 0) {
		m->msg_name = element;
		m->msg_namelen = l;
	}
	return true;
}

SPECIAL ssize_t
special_sendmsg(int fd, const struct msghdr *m, int flags)
{
	union conn_address element;
	struct msghdr copy;
	ssize_t r;

	if (m == NULL || !is_pool_address(m->msg_name, m->msg_namelen)) {
		if (m != NULL && sctp_is(fd))
			return sctp_send(fd, m, flags);
		if (m != NULL && stream_is(fd))
			return stream_send(fd, m, flags);
		if (m == NULL)
			return real.sendmsg(fd, m, flags);
	}
	copy = *m;
	if (connects(fd, m->msg_name, m->msg_namelen, flags)) {
		if (connect(fd, m->msg_name, m->msg_namelen) != 0)
			return -1;
		copy.msg_name = NULL;
		copy.msg_namelen = 0;
		return sendmsg(fd, &copy, flags & ~MSG_FASTOPEN);
	}
	if (!aim(fd, &copy, &element))
		return -1;
	r = IO(fd, flags, SO_SNDTIMEO, real.sendmsg(fd, &copy, flags));
	udp_watch_end(fd);
	return r;
}

EXPORT ssize_t
sendmsg(int fd, const struct msghdr *m, int flags)
{
	if (!gate_is_special(fd) &&
	    (m == NULL || !is_pool_address(m->msg_name, m->msg_namelen)))
		return real.sendmsg(fd, m, flags);
	return special_sendmsg(fd, m, flags);
}

/* A few messages, with their addresses changed; how many were sent. */
static int
send_few(int fd, struct mmsghdr *m, unsigned n, int flags)
{
	union conn_address elements[FEW];
	struct mmsghdr copy[FEW];
	int sent;

	for (unsigned i = 0; i < n; i++) {
		copy[i] = m[i];
		if (aim(fd, &copy[i].msg_hdr, &elements[i]))
			continue;
		if (i == 0)
			return -1;
		n = i;
	}
	sent =
	    (int)IO(fd, flags, SO_SNDTIMEO, real.sendmmsg(fd, copy, n, flags));
	udp_watch_end(fd);
	for (int i = 0; i < sent; i++)
		m[i].msg_len = copy[i].msg_len;
	return sent;
}

EXPORT int
sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags)
{
	bool pool = gate_is_special(fd);
	unsigned done = 0;

	for (unsigned i = 0; !pool && m != NULL && i < n; i++)
		pool = is_pool_address(m[i].msg_hdr.msg_name,
		    m[i].msg_hdr.msg_namelen);
	if (!pool)
		return real.sendmmsg(fd, m, n, flags);
	if (sctp_is(fd))
		return sctp_send_many(fd, m, n, flags);
	if (gate_is_special(fd) && stream_is(fd))
		return stream_send_many(fd, m, n, flags);
	while (done < n) {
		unsigned few = n - done < FEW ? n - done : FEW;
		int saved = errno, sent = send_few(fd, m + done, few, flags);

		if (sent < 0 && done == 0)
			return -1;
		if (sent < 0)
			errno = saved;
		if (sent > 0)
			done += (unsigned)sent;
		if (sent < (int)few)
			break;
	}
	return (int)done;
}

/* As the kernel does: cut to the room there is, with the length that it would
 * have had. */
static void
put_source(const union conn_address *from, socklen_t from_len, void *sa,
    socklen_t *len)
{
	memcpy(sa, from, *len < from_len ? *len : from_len);
	*len = from_len;
}

SPECIAL ssize_t
special_recvfrom(int fd, void *b, size_t n, int flags, struct sockaddr *sa,
    socklen_t *len)
{
	union conn_address from;
	socklen_t room;
	ssize_t r;

	if (sctp_is(fd)) {
		if (sa != NULL && len != NULL)
			*len = 0;
		return sctp_read(fd, b, n, flags);
	}
	if (stream_is(fd)) {
		if (sa != NULL && len != NULL)
			*len = 0; /* as the kernel does for a stream */
		return stream_read(fd, b, n, flags);
	}
	if (sa == NULL || len == NULL || *len > INT_MAX)
		return IO(fd, flags, SO_RCVTIMEO,
		    real.recvfrom(fd, b, n, flags, sa, len));
	r = IO(fd, flags, SO_RCVTIMEO,
	    real.recvfrom(fd, b, n, flags, &from.sa,
		(room = sizeof(from), &room)));
	if (r < 0)
		return r;
	if ((flags & MSG_ERRQUEUE) == 0)
		udp_source(fd, &from, &room);
	put_source(&from, room, sa, len);
	return r;
}

EXPORT ssize_t
recvfrom(int fd, void *__restrict b, size_t n, int flags, __SOCKADDR_ARG from,
    socklen_t *__restrict len)
{
	struct sockaddr *sa = from.__sockaddr__;

	if (!gate_is_special(fd))
		return real.recvfrom(fd, b, n, flags, sa, len);
	return special_recvfrom(fd, b, n, flags, sa, len);
}

EXPORT ssize_t
__recvfrom_chk(int fd, void *b, size_t n, size_t size, int flags,
    struct sockaddr *sa, socklen_t *len)
{
	if (n > size || !gate_is_special(fd))
		return real.__recvfrom_chk(fd, b, n, size, flags, sa, len);
	return recvfrom(fd, b, n, flags, sa, len);
}

/* The same with room for any name. */
static struct msghdr *
with_name(struct msghdr *copy, const struct msghdr *m, union conn_address *from)
{
	*copy = *m;
	copy->msg_name = from;
	copy->msg_namelen = sizeof(*from);
	return copy;
}

SPECIAL ssize_t
special_recvmsg(int fd, struct msghdr *m, int flags)
{
	union conn_address from;
	struct msghdr copy;
	ssize_t r;

	if (sctp_is(fd))
		return sctp_receive(fd, m, flags);
	if (stream_is(fd))
		return stream_receive(fd, m, flags);
	if (m->msg_name == NULL || m->msg_namelen > INT_MAX)
		return IO(fd, flags, SO_RCVTIMEO, real.recvmsg(fd, m, flags));
	r = IO(fd, flags, SO_RCVTIMEO,
	    real.recvmsg(fd, with_name(&copy, m, &from), flags));
	if (r < 0)
		return r;
	if ((flags & MSG_ERRQUEUE) == 0)
		udp_source(fd, &from, &copy.msg_namelen);
	put_source(&from, copy.msg_namelen, m->msg_name, &m->msg_namelen);
	m->msg_controllen = copy.msg_controllen;
	m->msg_flags = copy.msg_flags;
	return r;
}

EXPORT ssize_t
recvmsg(int fd, struct msghdr *m, int flags)
{
	if (!gate_is_special(fd) || m == NULL)
		return real.recvmsg(fd, m, flags);
	return special_recvmsg(fd, m, flags);
}

/* Receives one message, though more were asked for. */
static int
receive_one(int fd, struct mmsghdr *m, int flags)
{
	ssize_t r = special_recvmsg(fd, &m->msg_hdr, flags & ~MSG_WAITFORONE);

	if (r < 0)
		return -1;
	m->msg_len = (unsigned)r;
	return 1;
}

SPECIAL int
special_recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags,
    struct timespec *t)
{
	union conn_address from;
	socklen_t rooms[UIO_MAXIOV];
	int r;

	if (stream_is(fd))
		return stream_receive_many(fd, m, n, flags, t);
	if (n > 0 && !sctp_is(fd) && udp_was_v4(fd))
		return receive_one(fd, m, flags);
	if (n > UIO_MAXIOV)
		n = UIO_MAXIOV; /* as the kernel does */
	for (unsigned i = 0; i < n; i++)
		rooms[i] = m[i].msg_hdr.msg_namelen;
	r = (int)IO(fd, flags, SO_RCVTIMEO, real.recvmmsg(fd, m, n, flags, t));
	for (int i = 0; i < r; i++) {
		struct msghdr *h = &m[i].msg_hdr;

		/* a cut address names no element */
		if (h->msg_name == NULL || h->msg_namelen > rooms[i] ||
		    h->msg_namelen > sizeof(from))
			continue;
		memcpy(&from, h->msg_name, h->msg_namelen);
		udp_source(fd, &from, &h->msg_namelen);
		memcpy(h->msg_name, &from, h->msg_namelen);
	}
	return r;
}

EXPORT int
recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *t)
{
	if (!gate_is_special(fd) || m == NULL)
		return real.recvmmsg(fd, m, n, flags, t);
	return special_recvmmsg(fd, m, n, flags, t);
}
