/* SPDX-License-Identifier: Apache-2.0 */
/* move.h - the move of a connection in use to another pool element
 *
 * The same socket is connected to the next element, what has to be asked again
 * is sent, and the program's next read goes on where the last one ended.  While
 * that lasts the connection is PENDING, as it was while it was connecting, and
 * the same calls carry it on.  When no element will have it the program gets
 * the error, or the end, that began it all.
 */
#ifndef RSP_SHIM_MOVE_H
#define RSP_SHIM_MOVE_H

#include "shim/conn.h"

/* How much time there is for a move. */
enum move_patience {
	MOVE_ELSEWHERE, /* the program waits for other things, too */
	MOVE_SOON,	/* its call is not to wait */
	MOVE_WAITS,	/* it does */
};

/* A read or write has failed with `error`, or met the end (0), on a connection
 * in its `generation`.  No lock is held; may wait some milliseconds, to see
 * whether the element is dead.  True: try again, it moves or has moved. */
bool move_try(int fd, unsigned generation, int error, bool sending,
    enum move_patience patience);

/* For a call on fd with the flags of recv() and send(). */
enum move_patience move_patience(int fd, int flags);

/* The new element has other content.  Inside. */
void move_refused(struct conn *c);

/* What the new element sends again takes longer than a move may
 * (RSP_FAILOVER_TIMEOUT): true, and it is refused.  Inside. */
bool move_is_late(struct conn *c);

/* The connection never moves again. */
void move_forbid(int fd);

#endif
