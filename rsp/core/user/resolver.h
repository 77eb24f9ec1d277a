/* SPDX-License-Identifier: Apache-2.0 */
/* resolver.h - handle resolution by a pool user: one question, asked of one
 * registrar after the other (RFC 5352 sections 3.3 and 3.7)
 *
 * One resolver is one question: which elements has this pool?  The registrars
 * are asked one after the other, each over a connection of its own and for at
 * most T1, until one answers.  It does no I/O: it tells the shell what to do,
 * and the shell says what came of it.
 *
 *     rsp_resolver_init(&r, &config, now);
 *     for (;;)
 *             switch (rsp_resolver_step(&r, now, &step)) ...
 *
 * A registrar that does not know the pool is not believed at once when there
 * are others: one that has just started knows no pool.  The others get a short
 * time to know better (a deviation: RFC 5352 asks the home server only).
 */
#ifndef RSP_RESOLVER_H
#define RSP_RESOLVER_H

#include "rsp/core/wire/message.h"
#include "rsp/core/base/time.h"

#define RSP_RESOLVER_TURNS 16

/* How long further registrars are asked after one knew no such pool. */
#define RSP_RESOLVER_DOUBT_MS 80

struct rsp_resolver_config {
	unsigned n_turns;
	uint8_t turns[RSP_RESOLVER_TURNS]; /* registrars, in order */
	int64_t t1_ms;			   /* T1-ENRPrequest, for each */
	rsp_time deadline;		   /* for all of them */

	struct rsp_span handle; /* empty: only the reports are delivered */
	bool any_case;
	uint32_t items;
	struct rsp_span
	    reports; /* encoded messages, sent before the question */

	/* The shell's buffers.  `out` needs room for the question: the handle
	 * and 32 bytes; `in` for an answer. */
	uint8_t *out, *in;
	size_t out_size, in_size;
};

enum rsp_resolver_result {
	RSP_RESOLVER_NOBODY,   /* no registrar answered */
	RSP_RESOLVER_UNKNOWN,  /* no such pool */
	RSP_RESOLVER_SEVERAL,  /* any case, and several pools differ in it */
	RSP_RESOLVER_FOUND,    /* the answer's members are set */
	RSP_RESOLVER_REPORTED, /* no handle: reports were delivered */
};

/* What became of each turn. */
enum rsp_resolver_turn {
	RSP_TURN_NONE,	  /* not asked */
	RSP_TURN_FAILED,  /* connection failed or ended; `why` is the shell's */
	RSP_TURN_SILENT,  /* T1 or the deadline came */
	RSP_TURN_BAD,	  /* answered with garbage */
	RSP_TURN_REFUSED, /* answered with an error; `why` is its cause */
	RSP_TURN_ANSWERED, /* also: knew no such pool */
};

struct rsp_resolver {
	struct rsp_resolver_config config;
	enum rsp_resolver_result result;
	struct {
		enum rsp_resolver_turn turn;
		int why;
	} turns[RSP_RESOLVER_TURNS]; /* by position in config.turns */

	/* FOUND; spans borrow `in`. */
	struct rsp_span handle; /* the real one */
	struct rsp_policy policy;
	struct rsp_span elements;
	unsigned answered; /* position in config.turns */

	/* private */
	int state;
	unsigned turn;
	bool connected;
	rsp_time turn_ends;
	size_t sent, to_send, received;
};

enum rsp_resolver_kind {
	RSP_STEP_CONNECT, /* to `registrar`; an older connection is closed */
	RSP_STEP_SEND,	  /* `bytes`, then receive into `room` */
	RSP_STEP_WAIT,	  /* until something arrives in `room`, or `deadline` */
	RSP_STEP_DONE,	  /* close, and read the result */
};

struct rsp_resolver_step {
	enum rsp_resolver_kind kind;
	unsigned registrar;
	struct rsp_span bytes;
	uint8_t *room;
	size_t room_size;
	rsp_time deadline; /* of all steps but DONE: then step again */
};

/* Buffers and spans of the configuration stay the caller's.  RSP_ESPACE when
 * the question does not fit into `out`. */
int rsp_resolver_init(struct rsp_resolver *r,
    const struct rsp_resolver_config *config, rsp_time now);

/* Says what to do now.  Asking twice gives the same step until the time has
 * come or one of the functions below was called. */
enum rsp_resolver_kind rsp_resolver_step(struct rsp_resolver *r, rsp_time now,
    struct rsp_resolver_step *step);

/* The connection is up; it failed, or came to its end (0). */
void rsp_resolver_connected(struct rsp_resolver *r);
void rsp_resolver_failed(struct rsp_resolver *r, int why);

/* This many bytes of the last step were sent, or arrived in its room. */
void rsp_resolver_sent(struct rsp_resolver *r, size_t n);
void rsp_resolver_received(struct rsp_resolver *r, rsp_time now, size_t n);

/* An ASAP_ENDPOINT_UNREACHABLE (RFC 5352 section 3.5). */
void rsp_resolver_put_report(struct rsp_builder *b, struct rsp_span handle,
    uint32_t pe_id);

#endif
