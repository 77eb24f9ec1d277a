/* SPDX-License-Identifier: Apache-2.0 */
/* failover.h - what a kind of exchange that is followed has to know, as a table
 * of functions
 *
 * One object follows one connection.  It is told every byte that the program
 * sends and every byte that the program receives, and knows at any moment what
 * would be lost if the server died now:
 *
 *   STAY     nothing can be done: the program gets what the kernel says
 *   IDLE     no exchange is open: a connection to another server is as good
 *   REQUEST  a question is out: another server can be asked the same
 *   RESUME   the rest of the answer may come from another server
 *
 * A move goes so.  The caller connects to another server and calls begin(),
 * then sends what output() gives.  From there on each read of the program asks
 * next() first:
 *
 *   FLOW     bytes may go from the socket to the program, at most *limit; they
 *            are told to received(), as without a move
 *   PEEK     show some bytes of the socket, without taking them (one is enough;
 *            4 KiB are good), to peeked(): it says how many of them to take and
 *            forget
 *   TAKE     the same, and up to *limit of them are not wanted: they may be
 *            read without a peek, all shown to peeked()
 *   INJECT   the program gets *bytes first, all or a part, and injected() is
 *            told how many; it says how many bytes of the socket to take and
 *            forget then.  While this is to be done the socket holds at least
 *            one byte: poll() needs no lie
 *   REFUSED  the other server does not have the same: the program gets the
 *            error that it would have got without the move (or yet another
 *            server is asked: begin())
 *   END      the answer is over and the connection of no further use: as if the
 *            end of the stream had been met
 *
 * A server that dies in any of this is the same question again: may_move(),
 * another server, begin().  The program has then received a true prefix, and it
 * is the prefix that counts.
 *
 * A new kind is a file with such a table and a line in shim/exchange.c that
 * tells by its first bytes which connections are of it.
 */
#ifndef RSP_FAILOVER_H
#define RSP_FAILOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rsp/core/base/span.h"

enum rsp_repeat {
	RSP_REPEAT_STAY,
	RSP_REPEAT_IDLE,
	RSP_REPEAT_REQUEST,
	RSP_REPEAT_RESUME,
};

enum rsp_splice_step {
	RSP_SPLICE_FLOW,
	RSP_SPLICE_PEEK,
	RSP_SPLICE_TAKE,
	RSP_SPLICE_INJECT,
	RSP_SPLICE_REFUSED,
	RSP_SPLICE_END,
};

/* `of` is the object of the table's kind. */
struct rsp_failover_ops {
	/* What the program sent, as far as the kernel took it, and what it
	 * received (taken, not peeked), in the order of these calls.  sent()
	 * says how much of the room is in use then. */
	size_t (*sent)(void *of, const void *bytes, size_t n);
	void (*received)(void *of, const void *bytes, size_t n);

	/* Before sent(): this is the rest of what the program began to say.
	 * And: it is about to say something, and has not read all that had
	 * come. */
	void (*more)(void *of);
	void (*unread)(void *of);

	/* Bytes went by unseen (splice, say): nothing is known any more. */
	void (*lose)(void *of);

	/* There is no point in telling more: never a move again, and nothing to
	 * be done for an earlier one.  The object may be dropped. */
	bool (*is_over)(const void *of);

	/* What a move would be, now; `sending`: the program begins to send,
	 * else it reads. */
	enum rsp_repeat (*may_move)(const void *of, bool sending);

	/* No exchange is open, and what begins with `first` must not be sent
	 * twice: does the connection still stand? */
	bool (*wants_look)(const void *of, uint8_t first);

	/* A question has been sent, or repeated, and its answer not begun:
	 * silence is the server's. */
	bool (*is_waiting)(const void *of);

	/* Something of a move is still to be done: next() says more than FLOW
	 * without limit. */
	bool (*is_moving)(const void *of);

	/* What comes is not the program's yet, and it waits.  When this takes
	 * too long, refuse() ends it: REFUSED. */
	bool (*is_skipping)(const void *of);
	void (*refuse)(void *of);

	/* Bytes of the present answer that the program has (for logs). */
	uint64_t (*delivered)(const void *of);

	/* A new connection stands, for a move that may_move() has said.  False:
	 * nothing that can be asked would do. */
	bool (*begin)(void *of, enum rsp_repeat move);

	/* What is to be sent on it next, before anything of the program's;
	 * empty when all is sent.  Told how much of it the kernel took. */
	struct rsp_span (*output)(void *of);
	void (*output_sent)(void *of, size_t n);

	/* How much of that is left, about; before begin(), all of it. */
	size_t (*unsent)(const void *of, bool begun);

	/* See the top.  `limit` is always set, `bytes` for INJECT. */
	enum rsp_splice_step (
	    *next)(void *of, size_t *limit, struct rsp_span *bytes);
	size_t (*peeked)(void *of, const void *bytes, size_t n);
	size_t (*injected)(void *of, size_t n);
};

#endif
