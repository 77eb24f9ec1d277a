/* SPDX-License-Identifier: Apache-2.0 */
/* read_write.c - read, write, send, recv and their like on connections that
 * are not just sockets any more
 *
 * A program may read or write before its handshake is over, because we told it
 * of success too early or because it never asked.  It gets what the kernel
 * would give: a non-blocking call EAGAIN, a blocking one waits.
 */
#include "shim/real.h"

#include "shim/gate.h"

#include <errno.h>

#include "rsp/net/sys.h"
#include "shim/attempt.h"
#include "shim/settings.h"
#include "shim/sctp.h"
#include "shim/stream.h"
#include "shim/udp.h"
#include "shim/udp_watch.h"
#include "shim/wait.h"

SPECIAL ssize_t
special_read(int fd, void *b, size_t n)
{
	if (sctp_is(fd))
		return sctp_read(fd, b, n, 0);
	if (stream_is(fd))
		return stream_read(fd, b, n, 0);
	return IO(fd, 0, SO_RCVTIMEO, real.read(fd, b, n));
}

EXPORT ssize_t
read(int fd, void *b, size_t n)
{
	/* of nothing: the kernel's read() does not look at the socket */
	if (!gate_is_special(fd) || n == 0)
		return real.read(fd, b, n);
	return special_read(fd, b, n);
}

SPECIAL ssize_t
special_readv(int fd, const struct iovec *v, int n)
{
	if (sctp_is(fd))
		return sctp_readv(fd, v, n);
	if (stream_is(fd))
		return stream_readv(fd, v, n);
	return IO(fd, 0, SO_RCVTIMEO, real.readv(fd, v, n));
}

static bool
is_nothing(const struct iovec *v, int n)
{
	for (int i = 0; v != NULL && i < n; i++)
		if (v[i].iov_len > 0)
			return false;
	return true;
}

EXPORT ssize_t
readv(int fd, const struct iovec *v, int n)
{
	if (!gate_is_special(fd) || is_nothing(v, n))
		return real.readv(fd, v, n);
	return special_readv(fd, v, n);
}

SPECIAL ssize_t
special_recv(int fd, void *b, size_t n, int flags)
{
	if (sctp_is(fd))
		return sctp_read(fd, b, n, flags);
	if (stream_is(fd))
		return stream_read(fd, b, n, flags);
	return IO(fd, flags, SO_RCVTIMEO, real.recv(fd, b, n, flags));
}

EXPORT ssize_t
recv(int fd, void *b, size_t n, int flags)
{
	if (!gate_is_special(fd))
		return real.recv(fd, b, n, flags);
	return special_recv(fd, b, n, flags);
}

SPECIAL ssize_t
special_read_chk(int fd, void *b, size_t n, size_t size)
{
	if (sctp_is(fd))
		return sctp_read(fd, b, n, 0);
	if (stream_is(fd))
		return stream_read(fd, b, n, 0);
	return IO(fd, 0, SO_RCVTIMEO, real.__read_chk(fd, b, n, size));
}

EXPORT ssize_t
__read_chk(int fd, void *b, size_t n, size_t size)
{
	if (!gate_is_special(fd) || n > size || n == 0)
		return real.__read_chk(fd, b, n, size);
	return special_read_chk(fd, b, n, size);
}

SPECIAL ssize_t
special_recv_chk(int fd, void *b, size_t n, size_t size, int flags)
{
	if (sctp_is(fd))
		return sctp_read(fd, b, n, flags);
	if (stream_is(fd))
		return stream_read(fd, b, n, flags);
	return IO(fd, flags, SO_RCVTIMEO,
	    real.__recv_chk(fd, b, n, size, flags));
}

EXPORT ssize_t
__recv_chk(int fd, void *b, size_t n, size_t size, int flags)
{
	if (!gate_is_special(fd) || n > size)
		return real.__recv_chk(fd, b, n, size, flags);
	return special_recv_chk(fd, b, n, size, flags);
}

SPECIAL ssize_t
special_write(int fd, const void *b, size_t n)
{
	if (sctp_is(fd))
		return sctp_write(fd, b, n, 0);
	if (stream_is(fd))
		return stream_write(fd, b, n, 0);
	return IO(fd, 0, SO_SNDTIMEO, real.write(fd, b, n));
}

EXPORT ssize_t
write(int fd, const void *b, size_t n)
{
	if (!gate_is_special(fd))
		return real.write(fd, b, n);
	return special_write(fd, b, n);
}

SPECIAL ssize_t
special_writev(int fd, const struct iovec *v, int n)
{
	if (sctp_is(fd))
		return sctp_writev(fd, v, n);
	if (stream_is(fd))
		return stream_writev(fd, v, n);
	return IO(fd, 0, SO_SNDTIMEO, real.writev(fd, v, n));
}

EXPORT ssize_t
writev(int fd, const struct iovec *v, int n)
{
	if (!gate_is_special(fd))
		return real.writev(fd, v, n);
	return special_writev(fd, v, n);
}

SPECIAL ssize_t
special_send(int fd, const void *b, size_t n, int flags)
{
	if (sctp_is(fd))
		return sctp_write(fd, b, n, flags);
	if (stream_is(fd))
		return stream_write(fd, b, n, flags);
	return IO(fd, flags, SO_SNDTIMEO, real.send(fd, b, n, flags));
}

EXPORT ssize_t
send(int fd, const void *b, size_t n, int flags)
{
	if (!gate_is_special(fd))
		return real.send(fd, b, n, flags);
	return special_send(fd, b, n, flags);
}

EXPORT ssize_t
sendfile(int out, int in, off_t *at, size_t n)
{
	off64_t wide;
	ssize_t r;

	if (!gate_is_special(out))
		return real.sendfile(out, in, at, n);
	if (!sctp_is(out) && !stream_is(out))
		return IO(out, 0, SO_SNDTIMEO, real.sendfile(out, in, at, n));
	if (at == NULL)
		return sendfile64(out, in, NULL, n);
	wide = *at;
	r = sendfile64(out, in, &wide, n);
	*at = (off_t)wide;
	return r;
}

SPECIAL ssize_t
special_sendfile64(int out, int in, off64_t *at, size_t n)
{
	if (sctp_is(out))
		return sctp_sendfile(out, in, at, n);
	if (stream_is(out))
		return stream_sendfile(out, in, at, n);
	return IO(out, 0, SO_SNDTIMEO, real.sendfile64(out, in, at, n));
}

EXPORT ssize_t
sendfile64(int out, int in, off64_t *at, size_t n)
{
	if (!gate_is_special(out))
		return real.sendfile64(out, in, at, n);
	return special_sendfile64(out, in, at, n);
}

EXPORT ssize_t
splice(int in, off64_t *at, int out, off64_t *to, size_t n, unsigned flags)
{
	int wait = (flags & SPLICE_F_NONBLOCK) != 0 ? MSG_DONTWAIT : 0;

	if (sctp_is(in) || sctp_is(out))
		return sctp_splice(in, at, out, to, n, flags);
	if (gate_is_special(out) && stream_is(out) && !stream_let_go(out, wait))
		return -1;
	if (gate_is_special(in) && stream_is(in) && at == NULL)
		return stream_splice(in, out, to, n, flags);
	if (gate_is_special(in))
		return IO(in, wait, SO_RCVTIMEO,
		    real.splice(in, at, out, to, n, flags));
	if (gate_is_special(out))
		return IO(out, wait, SO_SNDTIMEO,
		    real.splice(in, at, out, to, n, flags));
	return real.splice(in, at, out, to, n, flags);
}
