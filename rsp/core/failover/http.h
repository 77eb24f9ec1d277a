/* SPDX-License-Identifier: Apache-2.0 */
/* http.h - observer of an HTTP connection: whether it may move to another
 * server, and how it does
 *
 * One object follows one connection of a client that speaks cleartext HTTP/1.x
 * (RFC 9110, 9112).  It is told every byte that the program sends and every
 * byte that the program receives, keeps the request, and knows at any moment
 * what would be lost if the server died now:
 *
 *   STAY     nothing can be done: the program gets what the kernel says
 *   IDLE     no exchange is open: a connection to another server is as good
 *   REPEAT   a GET or HEAD is out and no byte of its response has been
 *            delivered: another server can be asked the same
 *   RESUME   in the middle of the body of a GET whose end is announced and
 *            which has a strong validator: the rest may come from another
 *            server, if it proves to have the same (http_proof.h), and if the
 *            program has a byte at least that can be compared
 *
 * Anything that is not clearly HTTP/1.x is left alone: STAY, for good.
 *
 * How a move goes is told in failover.h, whose functions for HTTP are these;
 * what they get as `of` is a struct rsp_http.
 *
 * Nothing here is allocated; the object and the room for the request are the
 * caller's.  Every injected byte is the framing of the first response or a byte
 * of the new one.
 */
#ifndef RSP_HTTP_H
#define RSP_HTTP_H

#include "rsp/core/failover/digest.h"
#include "rsp/core/failover/failover.h"
#include "rsp/core/failover/http_body.h"
#include "rsp/core/failover/http_head.h"
#include "rsp/core/base/span.h"
#include "rsp/core/failover/trail.h"

/* Where the reading of a new server's response is. */
enum rsp_http_source {
	RSP_SOURCE_PLAIN, /* no move, or nothing left of it: bytes just flow */
	RSP_SOURCE_FIRST, /* REPEAT: interim responses are passed over */
	RSP_SOURCE_INTERIM,
	RSP_SOURCE_HEAD,
	RSP_SOURCE_SKIP, /* bytes that the program has already */
	RSP_SOURCE_FLOW, /* spliced on */
	RSP_SOURCE_TAIL, /* the program has all, some framing is left */
	RSP_SOURCE_REFUSED,
	RSP_SOURCE_END,
};

struct rsp_http {
	/* The request. */
	uint8_t *room;
	size_t room_size;
	size_t kept;	 /* bytes of it in `room` */
	size_t head_len; /* of these, the head; 0: not complete */
	size_t again;	 /* bytes of the last one, which `ask` is of; or 0 */
	bool whole;	 /* all that was sent of it is kept */
	bool asked;	 /* something of it was sent */
	bool sent;	 /* all of it was */
	bool stay;	 /* this connection never moves again */
	bool lost;	 /* nor is it followed any more */
	bool closing;	 /* the response is complete, no other will come */
	bool interim;	 /* a 1xx was delivered */
	bool vouched;	 /* the servers' contents are equal: rsp_http_vouch() */
	struct rsp_http_head ask;
	struct rsp_http_body ask_body;

	/* The response as the program sees it. */
	struct rsp_http_head view;
	struct rsp_http_body body;
	struct rsp_digest digest; /* of the body, transfer coding removed */
	struct rsp_trail trail;	  /* along it */
	uint64_t base; /* the body's first byte in the whole representation */

	/* The new server's response, between a move and its end. */
	enum rsp_http_source source;
	bool ranged; /* we asked for a range, see `check` */
	struct rsp_http_head answer;
	struct rsp_http_body run;
	struct rsp_digest check; /* of the bytes that are there twice */
	uint64_t ignore;	 /* bytes before these */
	uint64_t compare;	 /* and their number still to come */
	uint64_t rest; /* behind them, as its head says; UINT64_MAX: unknown */

	/* Bytes for the program, from inject_at; behind the last of them
	 * inject_take bytes are taken from the socket. */
	uint8_t inject[48];
	uint8_t inject_at, inject_len, inject_take;

	/* The request for the new server: `room` but for some lines, with
	 * `extra` before the empty one. */
	bool verbatim;
	size_t out_at, out_run; /* in `room`: next byte, end of what is sent */
	size_t extra_at, extra_len;
	char extra[768];
};

/* Could these be the first bytes of a request?  A cheap test, so that objects
 * are made for promising connections only. */
bool rsp_http_may_begin(const void *bytes, size_t n);

/* Are they the first bytes of a request?  Other protocols have words like GET,
 * too; the end of the line tells. */
enum rsp_http_begins { RSP_HTTP_BEGINS, RSP_HTTP_BEGINS_NOT, RSP_HTTP_UNCLEAR };
enum rsp_http_begins rsp_http_begins(const void *bytes, size_t n);

/* A new connection, before its first byte.  `room` (RSP_REPLAY_LIMIT bytes)
 * is touched as far as a request needs it. */
void rsp_http_init(struct rsp_http *h, void *room, size_t size);

/* The administrator of the servers says that they have equal contents.  Then,
 * without a validator, equality of the bytes that are there twice is proof
 * enough. */
void rsp_http_vouch(struct rsp_http *h);

extern const struct rsp_failover_ops rsp_http_ops;

/* As failover.h has them. */
void rsp_http_sent(void *of, const void *bytes, size_t n);
void rsp_http_received(void *of, const void *bytes, size_t n);
void rsp_http_lose(void *of);
bool rsp_http_is_over(const void *of);
enum rsp_repeat rsp_http_may_move(const struct rsp_http *h);

/* A GET or HEAD is out.  (What TCP_USER_TIMEOUT and RSP_ANSWER_TIMEOUT wait
 * for.) */
bool rsp_http_is_waiting(const void *of);
bool rsp_http_is_moving(const void *of);

/* In the middle of a body. */
bool rsp_http_is_skipping(const void *of);
void rsp_http_refuse(void *of);

/* Of the body. */
uint64_t rsp_http_delivered(const void *of);
bool rsp_http_begin(struct rsp_http *h);
struct rsp_span rsp_http_output(void *of);
void rsp_http_output_sent(void *of, size_t n);
size_t rsp_http_unsent(const void *of, bool begun);
enum rsp_splice_step rsp_http_next(void *of, size_t *limit,
    struct rsp_span *bytes);
size_t rsp_http_peeked(void *of, const void *bytes, size_t n);
size_t rsp_http_injected(void *of, size_t n);

#endif
