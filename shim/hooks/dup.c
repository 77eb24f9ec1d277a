/* SPDX-License-Identifier: Apache-2.0 */
/* dup.c - dup, dup2, dup3 and fcntl: several descriptors of one connection */
#include "shim/real.h"

#include <errno.h>
#include <stdarg.h>

#include "shim/conn.h"
#include "shim/fdtable.h"

/* `to` has become a copy of `from`, or the call has failed. */
static int
copied(int from, int to)
{
	if (to >= 0 && to != from && (fd_flags(from) | fd_flags(to)) != 0) {
		int saved = errno;

		conn_copy(from, to);
		errno = saved;
	}
	return to;
}

EXPORT int
dup(int fd)
{
	return copied(fd, real.dup(fd));
}

EXPORT int
dup2(int fd, int to)
{
	return copied(fd, real.dup2(fd, to));
}

EXPORT int
dup3(int fd, int to, int flags)
{
	return copied(fd, real.dup3(fd, to, flags));
}

/* The third argument of fcntl(), if there is one, is an int or a pointer.  It
 * is passed on as a pointer, as in the system call. */
EXPORT int
fcntl(int fd, int cmd, ...)
{
	va_list ap;
	void *arg;
	int r;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	r = real.fcntl(fd, cmd, arg);
	return cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC ? copied(fd, r) : r;
}

EXPORT int
fcntl64(int fd, int cmd, ...)
{
	va_list ap;
	void *arg;
	int r;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	r = real.fcntl64(fd, cmd, arg);
	return cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC ? copied(fd, r) : r;
}
