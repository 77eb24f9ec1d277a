/* SPDX-License-Identifier: Apache-2.0 */
/* gate.c - what happens before and after each read and write: waiting for a
 * handshake, or saying why it failed */
#include "shim/real.h"

#include "shim/gate.h"

#include <errno.h>

#include "rsp/net/sys.h"
#include "shim/conn.h"
#include "shim/option.h"
#include "shim/reach.h"
#include "shim/sctp.h"
#include "shim/settings.h"
#include "shim/stream.h"
#include "shim/udp.h"
#include "shim/udp_watch.h"
#include "shim/wait.h"

enum { GO, WAIT, FAIL };

/* A read that must not wait, on a blocking socket: what poll() called readable
 * must not turn out to be EAGAIN, so it waits for a move. */
static bool
waits_for_move(int fd, int flags, int timeout)
{
	const struct conn *c = fd_conn(fd);

	return timeout == SO_RCVTIMEO && (flags & MSG_DONTWAIT) != 0 &&
	       c != NULL && c->kind == CONN_STREAM && c->moving &&
	       c->move.reading && option_may_wait(fd, 0);
}

/* Says what a call on this connection must do; FAIL with *error. */
static int
consider(int fd, int *error)
{
	struct conn *c = conn_lock(fd);
	int verdict = GO;

	if (c == NULL)
		return GO;
	if (c->kind == CONN_STREAM && c->state == CONN_PENDING)
		reach_check(c);
	if (c->state == CONN_PENDING)
		verdict = WAIT;
	else if (c->state == CONN_FAILED) {
		verdict = FAIL;
		*error = c->error;
		c->error = 0;
		if (!c->ended)
			conn_set_state(c, CONN_OVER);
		conn_mark(c);
	}
	conn_unlock(c);
	return verdict;
}

bool
gate_begin(int fd, int flags, int timeout)
{
	int saved = errno, error = EAGAIN, verdict;

	while (
	    (verdict = consider(fd, &error)) == WAIT &&
	    (option_may_wait(fd, flags) || waits_for_move(fd, flags, timeout)))
		if (wait_connected(fd, timeout) != 0)
			return false;
	reports_send();
	errno = verdict == GO ? saved : error;
	return verdict == GO;
}

bool
gate_again(int fd, int timeout, ssize_t result)
{
	if (result < 0 && timeout == SO_RCVTIMEO && udp_is_ours(fd, errno))
		return true;
	if (result < 0)
		return udp_move(fd, errno);
	if (timeout == SO_RCVTIMEO)
		udp_heard(fd);
	if ((fd_flags(fd) & FD_NEW) != 0)
		udp_answered(fd);
	return false;
}
