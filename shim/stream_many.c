/* SPDX-License-Identifier: Apache-2.0 */
/* stream_many.c - recvmmsg() and sendmmsg() on a connection that may move
 *
 * Several messages in a call go one after the other.
 */
#include "shim/real.h"

#include "shim/stream.h"

#include <errno.h>
#include <limits.h>

#include "shim/kept.h"
#include "shim/wait.h"

static size_t
size_of(const struct msghdr *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->msg_iovlen; i++)
		n += m->msg_iov[i].iov_len;
	return n;
}

int
stream_send_many(int fd, struct mmsghdr *m, unsigned n, int flags)
{
	int saved = errno, done = 0;

	if (n > UIO_MAXIOV)
		n = UIO_MAXIOV; /* as the kernel does */
	while (done < (int)n) {
		/* the signal is for the call that reports the error */
		ssize_t r = stream_send(fd, &m[done].msg_hdr,
		    done > 0 ? flags | MSG_NOSIGNAL : flags);

		if (r < 0 && done > 0)
			kept_put(fd, errno);
		if (r < 0)
			break;
		m[done].msg_len = (unsigned)r;
		if ((size_t)r < size_of(&m[done++].msg_hdr))
			break;
	}
	if (done == 0 && n > 0)
		return -1;
	errno = saved;
	return done;
}

/* The time limit is looked at after each message, as the kernel does. */
static bool
is_late(int64_t end, struct timespec *t)
{
	int64_t left = end - wait_now();

	if (t == NULL)
		return false;
	if (left < 0)
		left = 0;
	t->tv_sec = left / 1000000000;
	t->tv_nsec = left % 1000000000;
	return left == 0;
}

int
stream_receive_many(int fd, struct mmsghdr *m, unsigned n, int flags,
    struct timespec *t)
{
	int64_t end = t != NULL ? wait_end(wait_ns_of(t)) : 0;
	int saved = errno, done = 0;

	while (done < (int)n) {
		ssize_t r = stream_receive(fd, &m[done].msg_hdr,
		    flags & ~MSG_WAITFORONE);

		if (r < 0 && done > 0)
			kept_put(fd, errno);
		if (r < 0)
			break;
		m[done++].msg_len = (unsigned)r;
		if ((flags & MSG_WAITFORONE) != 0)
			flags |= MSG_DONTWAIT;
		if (is_late(end, t))
			break;
	}
	if (done == 0 && n > 0)
		return -1;
	errno = saved;
	return done;
}
