/* SPDX-License-Identifier: Apache-2.0 */
/* kept.c - the error of a connection that is kept for its next call */
#include "shim/real.h"

#include "shim/kept.h"

#include "shim/attempt.h"

#include <errno.h>

/* Errors that mean that the connection is gone, and not by our side's will. */
bool
kept_is_break(int error)
{
	return error != ECONNABORTED && error != EACCES && error != EPERM &&
	       error != EADDRNOTAVAIL && attempt_can_go_on(error);
}

void
kept_put(int fd, int error)
{
	struct conn *c;

	/* each write makes EPIPE anew */
	if (error == EPIPE || !kept_is_break(error))
		return;
	c = conn_lock_again(fd);
	if (c == NULL)
		return;
	if (c->kind == CONN_STREAM && c->state == CONN_OPEN) {
		__atomic_store_n(&c->kept_error, error, __ATOMIC_RELAXED);
		conn_mark(c);
	} else if (c->kind == CONN_STREAM && c->state == CONN_FAILED)
		c->error = error;
	conn_unlock(c);
}

int
kept_take_locked(struct conn *c)
{
	int error = __atomic_exchange_n(&c->kept_error, 0, __ATOMIC_RELAXED);

	if (error != 0)
		conn_mark(c);
	return error;
}

int
kept_take(int fd, struct conn *c)
{
	struct conn *locked;
	int error = 0;

	if (!kept_any(c))
		return 0;
	locked = conn_lock_again(fd);
	if (locked == c)
		error = kept_take_locked(c);
	if (locked != NULL)
		conn_unlock(locked);
	return error;
}
