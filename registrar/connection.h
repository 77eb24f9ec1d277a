/* SPDX-License-Identifier: Apache-2.0 */
/* connection.h - one connected socket: messages in, messages out
 *
 * The length in each message's header frames a stream.  SCTP frames messages
 * itself; those of another payload protocol than is spoken here are passed
 * over.
 *
 * What is read goes
 * through a buffer that all connections share; only what is left of it, the
 * beginning of a message as a rule, is kept with the connection.  Output is
 * collected and written once for all.  An idle connection so has no buffer.
 *
 * It knows nothing of events, clocks or lists: clients.h does.
 */
#ifndef RSP_REGISTRAR_CONNECTION_H
#define RSP_REGISTRAR_CONNECTION_H

#include <stdbool.h>

#include "rsp/net/sctp.h"
#include "rsp/core/base/span.h"

/* Enough for thousands of questions in one read. */
#define CONNECTION_READ_SIZE 65536

struct connection {
	int fd;
	bool ended; /* the far end said that it sends no more */
	bool sctp;
	enum rsp_ppid ppid; /* sctp: which protocol is spoken */
	bool whole;	    /* sctp: what is unread is a whole message */

	struct rsp_span unread; /* in `in` or, before keep, in what is shared */
	uint8_t *in;		/* NULL: nothing is kept */
	size_t in_size;

	uint8_t *out; /* NULL: nothing waits */
	size_t out_start, out_end, out_size;
};

/* Takes the descriptor over: non-blocking, close-on-exec.  For ASAP, unless
 * `ppid` is changed. */
void connection_init(struct connection *c, int fd, bool sctp);

/* Closes it and frees the buffers.  Whatever is in the way is thrown away, but
 * what was written reaches a far end that still listens. */
void connection_fini(struct connection *c);

/* Reads once: what there is or, with SCTP, a message.  `shared`,
 * CONNECTION_READ_SIZE bytes, must stay as it is until connection_keep().
 * RSP_OK also when there was nothing; RSP_ENOMEM, RSP_ELIMIT for an SCTP
 * message that is too long, or RSP_ESTATE when the connection is broken (errno
 * says how). */
int connection_read(struct connection *c, uint8_t *shared);

/* Has the far end ended it, whether or not all of it has been read? */
bool connection_is_ending(const struct connection *c);

/* Takes the next whole message: 1, 0 when there is none, RSP_EMALFORMED or, for
 * a message over `max` bytes, RSP_ELIMIT.  It is valid until the next read or
 * keep. */
int connection_next(struct connection *c, size_t max, struct rsp_span *message);

/* Stores what is unread, for connection_next() or the next read to go on with.
 * RSP_ENOMEM. */
int connection_keep(struct connection *c);

/* Appends to the output.  RSP_ELIMIT when more than `max` bytes would wait,
 * RSP_ENOMEM. */
int connection_send(struct connection *c, struct rsp_span message, size_t max);

/* Writes what waits, as far as the far end takes it.  RSP_ESTATE when the
 * connection is broken (errno says how). */
int connection_flush(struct connection *c);

/* Gives up what waits. */
void connection_discard(struct connection *c);

static inline size_t
connection_waiting(const struct connection *c)
{
	return c->out_end - c->out_start;
}

#endif
