/* SPDX-License-Identifier: Apache-2.0 */
/* exchange.h - what a connection in use has said and heard, as far as a move
 * needs to know
 *
 * A connection that is open is FRESH until a byte goes either way; what it is
 * then depends on the mode and on its first bytes.  Reads and writes of one
 * that is followed go through stream.c, which tells here what passed.  As soon
 * as a move can never be, the connection is left alone and costs no more than
 * any other.
 *
 * What goes on in here is guarded by follow_enter(): unlike the connection's
 * lock it costs no system call.  Who does not get in (a signal handler within
 * its own thread's section, or any thread when such a handler has jumped out of
 * it) ends the following.
 */
#ifndef RSP_SHIM_EXCHANGE_H
#define RSP_SHIM_EXCHANGE_H

#include <sys/uio.h>

#include "rsp/core/failover/http.h"
#include "shim/conn.h"

struct follow;

/* After the connection was opened for the first time; its lock is held. */
void follow_begin(struct conn *c);

/* Gives the memory back. */
void follow_end(struct conn *c);

/* False: nobody may look; the connection is left alone from now on.  A thread
 * that is inside is not cancelled. */
bool follow_enter(struct conn *c);
void follow_leave(struct conn *c);

/* In the child of a fork; another thread of the parent may have been inside. */
void follow_after_fork(void);

/* All of the following: inside. */

/* The program is about to send these bytes: what kind of connection is it?
 * False: one that will not move. */
bool follow_classify(struct conn *c, const struct iovec *v, int n);

/* So many bytes of it went. */
void follow_sent(struct conn *c, const struct iovec *v, size_t n);
void follow_received(struct conn *c, const struct iovec *v, size_t n);

/* Bytes went by unseen: no move from here on; one that is not over is. */
void follow_lose(struct conn *c);

/* Can a move still come, or is one not finished? */
bool follow_matters(const struct conn *c);

/* Nothing is outstanding, and what comes next is not to be repeated blindly:
 * worth a look whether the connection still stands. */
bool follow_wants_look(const struct conn *c, const struct iovec *v, int n);

enum rsp_http_move follow_may_move(const struct conn *c, bool sending);
bool follow_is_waiting(const struct conn *c);
bool follow_is_http(const struct conn *c);

/* Something of a move is still to be done before bytes merely flow. */
bool follow_is_moved(const struct conn *c);
uint64_t follow_delivered(const struct conn *c);

/* On a new connection: false when nothing that could be asked would do. */
bool follow_restart(struct conn *c, enum rsp_http_move move);
struct rsp_span follow_output(struct conn *c);
void follow_output_sent(struct conn *c, size_t n);

/* As rsp_http_next() and its like. */
enum rsp_http_next follow_next(struct conn *c, size_t *limit,
    struct rsp_span *bytes);
size_t follow_peeked(struct conn *c, const void *bytes, size_t n);
size_t follow_injected(struct conn *c, size_t n);

#endif
