/* SPDX-License-Identifier: Apache-2.0 */
/* elsewhere.c - a pool connection's socket that is connected to another
 * address */
#include "shim/real.h"

#include "shim/elsewhere.h"

#include <errno.h>

#include "shim/reach.h"
#include "shim/attempt.h"
#include "shim/conn.h"
#include "shim/fdtable.h"
#include "shim/udp.h"

/* The kernel connects a stream that is connected, or whose handshake runs, to
 * no other address unless it is disconnected first.  The error that it gives
 * then; 0: this is no such stream. */
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

/* The socket is connected to no address, or to one that has nothing to do with
 * pools.  From here on that goes for all its descriptors. */
/* An IPv4 datagram socket that we have replaced by an IPv6 one stays an IPv6
 * one. */
static bool
stays(struct conn *c)
{
	if (c->kind == CONN_STREAM)
		return false;
	if (c->kind == CONN_DATAGRAM) {
		/* its local address is of the other family */
		attempt_disconnect(c);
		conn_set_state(c, CONN_OVER);
		conn_mark(c);
	}
	return true;
}

int
connect_elsewhere(int fd, const struct sockaddr *sa, socklen_t len)
{
	union conn_address mapped;
	const struct sockaddr *plain;
	struct conn *c;
	int error;

	if (fd_flags(fd) == 0 || conn_borrowed())
		return real.connect(fd, sa, len);
	reach_look_abandoned(fd);
	error = refusal(fd, sa, len);
	if (error != 0) {
		errno = error;
		return -1;
	}
	plain = udp_plain(fd, sa, &len, &mapped);
	c = conn_lock(fd);
	if (c != NULL && plain != sa && stays(c))
		conn_unlock(c);
	else if (c != NULL)
		conn_forget(c);
	return real.connect(fd, plain, len);
}
