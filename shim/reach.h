/* SPDX-License-Identifier: Apache-2.0 */
/* reach.h - the steps of an attempt to reach an element: start, success,
 * failure, end */
#ifndef RSP_SHIM_REACH_H
#define RSP_SHIM_REACH_H

#include "shim/conn.h"

/* Starts with the current candidate without waiting, on a socket that `waits`
 * or does not; goes on to the next while they fail at once.  Then c is PENDING,
 * OPEN or FAILED.  True: the kernel's connect() has returned 0, and not that
 * the handshake goes on. */
bool reach_start(struct conn *c, bool waits);

/* Looks at a PENDING connection and does what is to be done: opens it, moves it
 * on, or gives up. */
void reach_check(struct conn *c);

/* The current candidate is lost: goes on to the next one, on the same socket.
 */
void reach_next(struct conn *c, int error);

/* The current candidate answered. */
void reach_opened(struct conn *c);

/* No candidate answered.  The socket is as if it had never been connected, and
 * the program gets this error at its next look. */
void reach_gave_up(struct conn *c, int error);

/* The handshake of a move is done: sends what is to be repeated.  False: some
 * of it is left and it stays PENDING, or the next element is tried.  Locked. */
bool reach_move_opened(struct conn *c);

/* No element takes the connection.  Returns the error for the program.  Locked.
 */
int reach_move_gave_up(struct conn *c);

/* The program is about to close this descriptor, or to use it for something
 * else: does it give up on a handshake?  If that has run for a second, all
 * processes learn of it.
 */
void reach_look_abandoned(int fd);

#endif
