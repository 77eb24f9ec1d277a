/* SPDX-License-Identifier: Apache-2.0 */
/* ready.h - the test whether a read would give something now
 *
 * What poll() and its like call readable must give bytes, an end or an error at
 * the next read.  On a connection in the middle of a move the kernel's word is
 * not enough for that: its bytes may be ones that the program must not see.  So
 * they are looked at here, and taken out as a read would.  And where the server
 * has gone the move begins here, so that the program's read does not meet it.
 */
#ifndef RSP_SHIM_READY_H
#define RSP_SHIM_READY_H

#include "shim/conn.h"

enum ready {
	READY_YES,   /* bytes, or the end of a move that failed */
	READY_LATER, /* nothing, or it moves */
	READY_MORE,  /* the same, and the socket has more to look at */
	READY_ENDED, /* the end or an error, and no move */
	READY_PLAIN, /* the kernel's word is true */
};

/* For a read, or for a write that waits.  Does not wait; no lock is held. */
enum ready ready_look(int fd, bool sending);

/* The number of bytes that a read would give now, at least; -1: the kernel
 * knows. */
int ready_bytes(int fd);

/* Bytes that the program has sent and that are not in the kernel yet: they are
 * to be sent again. */
size_t ready_unsent(int fd);

/* Makes the same correction in a result of TCP_INFO. */
void ready_complete_info(int fd, void *info, socklen_t len);

#endif
