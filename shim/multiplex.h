/* SPDX-License-Identifier: Apache-2.0 */
/* multiplex.h - what poll, select and epoll_wait make of an event on a
 * connection of ours */
#ifndef RSP_SHIM_MULTIPLEX_H
#define RSP_SHIM_MULTIPLEX_H

#include <stdbool.h>

enum multiplex_show {
	WAIT_AS_IT_IS,
	WAIT_NOTHING, /* the connection goes on: there is no event */
	WAIT_ERROR,   /* it failed; we have taken the error from the kernel */
	WAIT_ENDED,   /* the end of it can be read */
	WAIT_QUIET,   /* it can go on: what was asked for, and no trouble */
	WAIT_LATER,   /* nothing to read, and no trouble; else as it is */
	WAIT_MORE,    /* the same, and it has to be looked at again */
};

enum multiplex_trouble { WAIT_FINE, WAIT_HALF_CLOSED, WAIT_TROUBLE };

/* What the program waits for, and has been told by the kernel. */
enum { WAIT_READS = 1, WAIT_WRITES = 2, WAIT_READABLE = 4 };

/* What to make of an event on a descriptor: nothing special, the end of what
 * the peer sends, an error or a hang-up.  An event of before a move that
 * another thread made is none.  Where a connection can move, the move begins
 * here; no lock is held. */
enum multiplex_show multiplex_look(int fd, enum multiplex_trouble trouble,
    unsigned waits);

/* Will a read that meets the end of that connection, or an error, go on with
 * another element?  Locked. */
struct conn;
bool multiplex_goes_on(struct conn *c);

#endif
