/* SPDX-License-Identifier: Apache-2.0 */
/* attempt.h - attempts to reach one pool element after the other on one socket
 *
 * A socket moves on in place: connect(AF_UNSPEC), then connect() to the next
 * element, on the same file description.  So dup'ed descriptors, epoll
 * registrations, flags and options stay as they are; the few things that are
 * lost are put back.  Where the kernel will not have that, the program gets the
 * error that it would have had without us.
 *
 * All functions want the connection locked, and none waits.
 */
#ifndef RSP_SHIM_ATTEMPT_H
#define RSP_SHIM_ATTEMPT_H

#include "shim/conn.h"

/* Puts what rsp_user_choose() found in the order that suits the socket, which
 * is of this protocol, and leaves out what it cannot reach. */
void attempt_order(struct conn *c, int protocol,
    const struct rsp_candidate *list, unsigned n);

/* The address of the current candidate for this socket, which may have to be
 * changed for it; 0: it cannot be reached from here (EAFNOSUPPORT). */
socklen_t attempt_target(struct conn *c, union conn_address *to);

/* Notes what became of the current candidate and steps to the next; false:
 * there is none, or no time for it. */
bool attempt_failed(struct conn *c, int error);

/* Back to an unconnected socket, with its options; 0, or -errno when the
 * kernel refuses. */
int attempt_disconnect(struct conn *c);

/* Errors that say something about the element, or the way to it; any other
 * error is between the program and the kernel. */
bool attempt_can_go_on(int error);

/* Milliseconds that the current candidate has, counted from now. */
int64_t attempt_time(const struct conn *c, rsp_time now);

#endif
