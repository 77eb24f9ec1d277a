/* SPDX-License-Identifier: Apache-2.0 */
/* move.h - a connection in use goes on with another pool element
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

/* A read or write has failed with `error`, or met the end (0), on a connection
 * in its `generation`.  No lock is held; may wait some milliseconds, to see
 * whether the element is dead.  True: try again, it moves or has moved. */
bool move_try(int fd, unsigned generation, int error, bool sending);

/* What the new element has is something else.  Inside. */
void move_refused(struct conn *c);

/* What the new element sends again takes longer than a move may
 * (RSP_FAILOVER_TIMEOUT): true, and it is refused.  Inside. */
bool move_is_late(struct conn *c);

/* Never again. */
void move_forbid(int fd);

#endif
