/* SPDX-License-Identifier: Apache-2.0 */
/* sctp_read.c - SCTP's messages as a stream of bytes
 *
 * The rest of a message that has no room stays for the next read, so there is
 * little to do.  But an element may say something to the pool user over the
 * same association, in ASAP messages (RFC 5352 sections 3 and 3.8: cookies,
 * business cards).  Their payload protocol tells them from data; they are no
 * part of the program's stream, and dropped.
 */
#include "shim/real.h"

#include <errno.h>
#include <linux/sctp.h>
#include <netinet/in.h>
#include <string.h>

#include "rsp/net/sctp.h"
#include "shim/gate.h"
#include "shim/sctp.h"

#define COPY 16384

bool
sctp_ready(int fd, int flags, int timeout)
{
	return (fd_flags(fd) & FD_READY) != 0 || gate_begin(fd, flags, timeout);
}

static bool
may_read(int fd, int flags)
{
	if (!sctp_ready(fd, flags, SO_RCVTIMEO))
		return false;
	if ((fd_flags(fd) & FD_MULTIHOMED) != 0)
		sctp_beat();
	return true;
}

static bool
is_asap(struct msghdr *m)
{
	struct sctp_rcvinfo info;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL;
	     c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == IPPROTO_SCTP &&
		    c->cmsg_type == SCTP_RCVINFO) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			return ntohl(info.rcv_ppid) == RSP_PPID_ASAP;
		}
	return false;
}

/* What was peeked at is at the head of the queue. */
static void
drop_part(int fd)
{
	char part[COPY];
	int saved = errno;

	real.recv(fd, part, sizeof(part), MSG_DONTWAIT);
	errno = saved;
}

/* recvmsg() without what is not for the program.  A program that asks for
 * ancillary data knows what it does, and sees it as it is. */
static ssize_t
get(int fd, struct msghdr *m, int flags)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[256];
	} control;
	struct msghdr copy;
	ssize_t n;

	for (;;) {
		copy = *m;
		copy.msg_name = NULL;
		copy.msg_namelen = 0;
		if (m->msg_controllen == 0) {
			copy.msg_control = &control;
			copy.msg_controllen = sizeof(control.bytes);
		}
		n = real.recvmsg(fd, &copy, flags);
		if (n <= 0 || !is_asap(&copy))
			break;
		if ((flags & MSG_PEEK) != 0)
			drop_part(fd);
	}
	if (n < 0)
		return n;
	m->msg_namelen = 0; /* as it is of a stream */
	m->msg_flags = copy.msg_flags;
	if (m->msg_controllen == 0)
		m->msg_flags &= ~(MSG_EOR | MSG_CTRUNC);
	else
		m->msg_controllen = copy.msg_controllen;
	return n;
}

static ssize_t
get_plain(int fd, void *b, size_t n, int flags)
{
	struct iovec v = { b, n };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	return get(fd, &m, flags);
}

/* MSG_TRUNC makes TCP throw away what it reads. */
static ssize_t
discard(int fd, size_t n, int flags)
{
	char buffer[COPY];

	return get_plain(fd, buffer, n < COPY ? n : COPY, flags & ~MSG_TRUNC);
}

/* MSG_WAITALL, which SCTP does not know. */
static ssize_t
read_all(int fd, char *b, size_t n, int flags)
{
	int saved = errno;
	size_t done = 0;
	ssize_t r = 0;

	do {
		r = get_plain(fd, b + done, n - done, flags);
		if (r > 0)
			done += (size_t)r;
	} while (r > 0 && done < n);
	if (done == 0)
		return r;
	errno = saved;
	return (ssize_t)done;
}

ssize_t
sctp_read(int fd, void *b, size_t n, int flags)
{
	if (!may_read(fd, flags))
		return -1;
	if (n == 0)
		return 0;
	if ((flags & (MSG_TRUNC | MSG_PEEK)) == MSG_TRUNC)
		return discard(fd, n, flags);
	if ((flags & (MSG_WAITALL | MSG_PEEK)) == MSG_WAITALL)
		return read_all(fd, b, n, flags & ~MSG_WAITALL);
	return get_plain(fd, b, n, flags);
}

ssize_t
sctp_receive(int fd, struct msghdr *m, int flags)
{
	ssize_t n;

	if (m->msg_iovlen != 1 || m->msg_controllen != 0)
		return may_read(fd, flags) ? get(fd, m, flags) : -1;
	n = sctp_read(fd, m->msg_iov->iov_base, m->msg_iov->iov_len, flags);
	if (n >= 0)
		m->msg_namelen = 0;
	m->msg_flags = 0;
	return n;
}

ssize_t
sctp_readv(int fd, const struct iovec *v, int n)
{
	struct msghdr m = { .msg_iov = (struct iovec *)v };

	if (n < 0 || n > UIO_MAXIOV) {
		errno = EINVAL;
		return -1;
	}
	m.msg_iovlen = (size_t)n;
	return sctp_receive(fd, &m, 0);
}
