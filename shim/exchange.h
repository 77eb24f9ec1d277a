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
 * What goes on in here is guarded by exchange_enter(): unlike the connection's
 * lock it costs no system call.  Who does not get in (a signal handler within
 * its own thread's section, or any thread when such a handler has jumped out of
 * it) ends the following.
 */
#ifndef RSP_SHIM_EXCHANGE_H
#define RSP_SHIM_EXCHANGE_H

#include <sys/uio.h>

#include "rsp/core/failover/failover.h"
#include "shim/conn.h"

struct exchange;

/* After the connection was opened for the first time; its lock is held. */
void exchange_begin(struct conn *c);

/* As conn_prepare(). */
void exchange_prepare(void);

/* Gives the memory back. */
void exchange_end(struct conn *c);

/* False: nobody may look; the connection is left alone from now on.  A thread
 * that is inside is not cancelled. */
bool exchange_enter(struct conn *c);
void exchange_leave(struct conn *c);

/* A new connection in that place: who was inside and has not come out since is
 * not waited for. */
void exchange_renew(struct conn *c);

/* In the child of a fork; another thread of the parent may have been inside. */
void exchange_after_fork(void);

/* All of the following: inside. */

/* The program is about to send these bytes: what kind of connection is it?
 * False: one that will not move. */
bool exchange_classify(struct conn *c, const struct iovec *v, int n);

/* So many bytes of it went; `more` is to come of the same, as far as the
 * program has said. */
void exchange_sent(struct conn *c, const struct iovec *v, size_t n, bool more);

/* It has not read all that had come before. */
void exchange_unread(struct conn *c);
void exchange_received(struct conn *c, const struct iovec *v, size_t n);

/* Bytes went by unseen: no move from here on; one that is not over is. */
void exchange_lose(struct conn *c);

/* Of all bytes that the kernel says have been sent and taken on the present
 * connection: were we told? */
bool exchange_has_seen(const struct conn *c, uint64_t sent, uint64_t taken);

/* Can a move still come, or is one not finished? */
bool exchange_matters(const struct conn *c);

/* Nothing is outstanding, and what comes next is not to be repeated blindly:
 * worth a look whether the connection still stands. */
bool exchange_wants_look(const struct conn *c, const struct iovec *v, int n);

enum rsp_repeat exchange_may_move(const struct conn *c, bool sending);
bool exchange_is_waiting(const struct conn *c);

/* Something of a move is still to be done before bytes merely flow. */
bool exchange_is_moved(const struct conn *c);
uint64_t exchange_delivered(const struct conn *c);

/* What comes after a move is not the program's yet; no more of it is wanted:
 * the move has failed. */
bool exchange_is_skipping(const struct conn *c);
void exchange_refuse(struct conn *c);

/* On a new connection: false when nothing that could be asked would do. */
bool exchange_restart(struct conn *c, enum rsp_repeat move);
struct rsp_span exchange_output(struct conn *c);
void exchange_output_sent(struct conn *c, size_t n);

/* How much of it is left, about; nothing of it has to be sent in the end. */
size_t exchange_unsent(const struct conn *c);

/* As failover.h has them. */
enum rsp_splice_step exchange_next(struct conn *c, size_t *limit,
    struct rsp_span *bytes);
size_t exchange_peeked(struct conn *c, const void *bytes, size_t n);
size_t exchange_injected(struct conn *c, size_t n);

#endif
