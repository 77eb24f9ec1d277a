/* SPDX-License-Identifier: Apache-2.0 */
/* descriptor.c - new descriptors that are never 0, 1 or 2
 *
 * A daemon has closed its standard error, and some part of it writes there all
 * the same, and gets EBADF; were that number a socket of ours for a moment, the
 * line would go to a server.  So while one of the three is free it is taken by
 * a descriptor for which every read and write is EBADF, too, and given back
 * when ours is there.
 */
#include "rsp/net/sys.h"

#define RESERVED 3 /* 0, 1 and 2 */

struct guard {
	int held[RESERVED];
	int n;
};

static bool
is_free(int fd)
{
	return sys_call(SYS_fcntl, fd, F_GETFD, 0, 0, 0, 0) == -EBADF;
}

/* A descriptor opened with O_PATH can be neither read nor written. */
static void
guard_begin(struct guard *g)
{
	g->n = 0;
	if (!is_free(0) && !is_free(1) && !is_free(2))
		return;
	while (g->n < RESERVED) {
		int fd = (int)sys_call(SYS_openat, AT_FDCWD, (long)"/",
		    O_PATH | O_CLOEXEC, 0, 0, 0);

		if (fd < 0)
			return;
		if (fd >= RESERVED) {
			sys_close(fd);
			return;
		}
		g->held[g->n++] = fd;
	}
}

static void
guard_end(struct guard *g)
{
	while (g->n > 0)
		sys_close(g->held[--g->n]);
}

/* Another thread may have closed one of the three since, or no guard could be
 * had. */
static int
above(int fd)
{
	int high;

	if (fd < 0 || fd >= RESERVED)
		return fd;
	high = (int)sys_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, RESERVED, 0, 0, 0);
	sys_close(fd);
	return high;
}

int
sys_socket(int family, int type, int protocol)
{
	struct guard g;
	int fd;

	guard_begin(&g);
	fd = above((int)sys_call(SYS_socket, family, type | SOCK_CLOEXEC,
	    protocol, 0, 0, 0));
	guard_end(&g);
	return fd;
}

int
sys_openat(int dir, const char *path, int flags, mode_t mode)
{
	struct guard g;
	int fd;

	guard_begin(&g);
	fd = above((int)sys_call(SYS_openat, dir, (long)path, flags | O_CLOEXEC,
	    (long)mode, 0, 0));
	guard_end(&g);
	return fd;
}
