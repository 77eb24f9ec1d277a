/* SPDX-License-Identifier: Apache-2.0 */
/* ioctl.c - ioctl: the number of bytes of a connection that moves or has moved
 *
 * FIONREAD counts what a read would give, and that is not what is in the socket
 * while a part of it is not for the program.  What is still to be sent again
 * counts as sent and not acknowledged.
 */
#include "shim/real.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdarg.h>
#include <sys/ioctl.h>

#include "shim/gate.h"
#include "shim/ready.h"
#include "shim/stream.h"
#include "shim/unsettled.h"

static int
readable(int fd, int *n)
{
	int saved = errno, bytes = ready_bytes(fd);

	errno = saved;
	if (bytes < 0)
		return real.ioctl(fd, FIONREAD, n);
	*n = bytes;
	return 0;
}

static int
unsent(int fd, unsigned long request, int *n)
{
	int r = real.ioctl(fd, request, n);

	if (r == 0)
		*n += (int)ready_unsent(fd);
	return r;
}

static __attribute__((noinline)) int
special_ioctl(int fd, unsigned long request, void *arg)
{
	if (arg == NULL || !stream_is(fd) || !unsettled_has_fd(fd))
		return real.ioctl(fd, request, arg);
	switch (request) {
	case FIONREAD: /* and SIOCINQ */
		return readable(fd, arg);
	case SIOCOUTQ: /* and TIOCOUTQ */
	case SIOCOUTQNSD:
		return unsent(fd, request, arg);
	}
	return real.ioctl(fd, request, arg);
}

/* The third argument of ioctl(), if there is one, is passed on as a pointer, as
 * in the system call. */
EXPORT int
ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (!gate_is_special(fd))
		return real.ioctl(fd, request, arg);
	return special_ioctl(fd, request, arg);
}
