/* SPDX-License-Identifier: Apache-2.0 */
/* elsewhere.c - a pool connection's socket is connected to somebody else */
#include "shim/real.h"

#include "shim/elsewhere.h"

#include <errno.h>

#include "shim/conn.h"
#include "shim/fdtable.h"

/* The kernel takes a stream that is connected, or whose handshake runs, to
 * nobody else, unless it is disconnected first.  What it says then, 0: it is
 * not such a one. */
static int
refusal(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct conn *c;
	int error = 0;

	if (sa == NULL || len < sizeof(sa->sa_family) ||
	    sa->sa_family == AF_UNSPEC || (c = conn_lock(fd)) == NULL)
		return 0;
	if (c->kind != CONN_STREAM)
		error = 0;
	else if (c->state == CONN_OPEN || (c->moving && !c->ended))
		error = EISCONN;
	else if (c->state == CONN_BUSY || c->state == CONN_PENDING)
		error = EALREADY;
	conn_unlock(c);
	return error;
}

/* To nobody, or to somebody who has nothing to do with pools: so are all
 * descriptors of the socket from here on. */
int
connect_elsewhere(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct conn *c;
	int error;

	if (fd_flags(fd) == 0 || conn_borrowed())
		return real.connect(fd, sa, len);
	error = refusal(fd, sa, len);
	if (error != 0) {
		errno = error;
		return -1;
	}
	c = conn_lock(fd);
	if (c != NULL)
		conn_forget(c);
	return real.connect(fd, sa, len);
}
