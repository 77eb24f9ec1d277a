/* SPDX-License-Identifier: Apache-2.0 */
/* abandoned.h - elements that the program has not waited for
 *
 * A program may give a handshake less time than RSP_CONNECT_TIMEOUT, and close
 * the socket before anything is known of the element.  Alone that proves
 * little, and no other process learns of it; but this process tries such an
 * element last for a while, so that its next connection is not the same again.
 * The same goes for elements that datagrams have not reached, for the marks
 * that all see are shorter than the pauses between a program's questions.
 */
#ifndef RSP_SHIM_ABANDONED_H
#define RSP_SHIM_ABANDONED_H

#include "shim/conn.h"

/* The program gives up on a PENDING connection's candidate; locked. */
void abandoned_note(const struct conn *c);

/* Milliseconds since its candidate has been tried; locked. */
int64_t abandoned_age(const struct conn *c);

/* A handshake with its candidate goes on beyond the call; locked. */
void abandoned_wait(const struct conn *c);

/* Its candidate has answered.  A program that tries two addresses of a name
 * side by side gives up the older handshake then, and that one was too slow for
 * all. Locked. */
void abandoned_overtake(const struct conn *c);
bool abandoned_is_overtaken(const struct conn *c);

/* An element is to be tried last, or has answered.  With signals blocked. */
void abandoned_mark(const struct rsp_user_pool *pool,
    const struct rsp_candidate *e);
void abandoned_clear(const struct rsp_user_pool *pool,
    const struct rsp_candidate *e);

/* Puts the elements that were given up at the end of a list, the one given up
 * first before the others.  Returns how many were not given up. */
unsigned abandoned_last(const struct rsp_user_pool *pool,
    struct rsp_candidate *list, unsigned n);

void abandoned_after_fork(void);

#endif
