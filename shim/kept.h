/* SPDX-License-Identifier: Apache-2.0 */
/* kept.h - the error of a connection that is kept for its next call
 *
 * The kernel leaves such an error on the socket for the next call.  We have
 * taken it out of there, because one call of the program's is several of ours,
 * and keep it: the next read that finds no bytes gives it, or the next write,
 * or SO_ERROR, and poll() and its like show it until then.
 */
#ifndef RSP_SHIM_KEPT_H
#define RSP_SHIM_KEPT_H

#include "shim/conn.h"

static inline bool
kept_any(const struct conn *c)
{
	return __atomic_load_n(&c->kept_error, __ATOMIC_RELAXED) != 0;
}

/* Keeps the error, if the kernel would keep it, too.  No lock is held.
 */
void kept_put(int fd, int error);

/* Takes the error out; 0: there is none.  No lock is held. */
int kept_take(int fd, struct conn *c);

/* The same, locked. */
int kept_take_locked(struct conn *c);

/* Errors that mean that the connection is gone, and that our side did not end
 * it. */
bool kept_is_break(int error);

#endif
