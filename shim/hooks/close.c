/* SPDX-License-Identifier: Apache-2.0 */
/* close.c - close, shutdown, socket, accept and their like: the end of
 * descriptors, and their reuse
 *
 * A descriptor leaves the tables before it is closed: afterwards another thread
 * may have the number already.
 */
#include "shim/real.h"

#include <errno.h>
#include <limits.h>
#include <linux/close_range.h>

#include "rsp/net/sys.h"
#include "shim/abandoned.h"
#include "shim/conn.h"
#include "shim/settings.h"
#include "shim/fdtable.h"
#include "shim/move.h"
#include "shim/sctp.h"
#include "shim/reach.h"

static void
closing(int fd)
{
	int saved = errno;

	if (conn_borrowed())
		return;
	reach_look_abandoned(fd);
	conn_drop_own(fd);
	reports_send();
	errno = saved;
}

EXPORT int
close(int fd)
{
	if (fd_flags(fd) != 0)
		closing(fd);
	return real.close(fd);
}

EXPORT int
fclose(FILE *f)
{
	int saved = errno, fd;

	if (f != NULL) {
		fd = fileno(f);
		errno = saved;
		if (fd_flags(fd) != 0)
			closing(fd);
	}
	return real.fclose(f);
}

static void
closing_range(unsigned first, unsigned last)
{
	int fd = first < FD_COUNT ? (int)first : FD_COUNT;

	for (; (fd = fd_next(fd, last)) >= 0; fd++)
		closing(fd);
}

EXPORT int
close_range(unsigned first, unsigned last, int flags)
{
	if (first <= last && ((unsigned)flags & CLOSE_RANGE_CLOEXEC) == 0)
		closing_range(first, last);
	return real.close_range(first, last, flags);
}

EXPORT void
closefrom(int first)
{
	closing_range(first > 0 ? (unsigned)first : 0, UINT_MAX);
	real.closefrom(first);
}

/* The program has no use for a handshake any more, or says that it will not
 * write, or read.  An end that the program has made itself must not be
 * repaired. */
EXPORT int
shutdown(int fd, int how)
{
	struct conn *c;

	if (sctp_is(fd) && (fd_flags(fd) & FD_READY) != 0)
		return sctp_shutdown(fd, how);
	if ((fd_flags(fd) & FD_IO) != 0)
		reach_look_abandoned(fd);
	if ((fd_flags(fd) & FD_IO) != 0 && (c = conn_lock(fd)) != NULL) {
		if (c->kind == CONN_STREAM && c->state == CONN_PENDING) {
			conn_set_state(c, CONN_OVER);
			conn_mark(c);
		}
		conn_unlock(c);
		/* the call may also fail for a reason of the kernel's */
		if (how == SHUT_RD || how == SHUT_WR || how == SHUT_RDWR)
			move_forbid(fd);
	}
	return real.shutdown(fd, how);
}

/* New sockets: whatever the table says about the number is out of date. */
static int
fresh(int fd)
{
	if (fd >= 0 && fd_flags(fd) != 0) {
		int saved = errno;

		conn_drop(fd);
		errno = saved;
	}
	return fd;
}

EXPORT int
socket(int family, int type, int protocol)
{
	return fresh(real.socket(family, type, protocol));
}

EXPORT int
accept(int fd, __SOCKADDR_ARG sa, socklen_t *__restrict len)
{
	return fresh(real.accept(fd, sa.__sockaddr__, len));
}

EXPORT int
accept4(int fd, __SOCKADDR_ARG sa, socklen_t *__restrict len, int flags)
{
	return fresh(real.accept4(fd, sa.__sockaddr__, len, flags));
}
