/* SPDX-License-Identifier: Apache-2.0 */
/* replay.h - observer of a connection of any protocol: whether it may move,
 * because the configuration says so
 *
 * Nothing is known of the protocol but who spoke last.  An exchange begins when
 * the program sends after it has received something; what it sends from then on
 * is kept.  So it must ask one thing at a time.  Whoever asks a second time
 * with no answer to the first, or while there is more of one to be read, has
 * several questions out, and which of them is answered by what comes is not to
 * be known: from the first byte of an answer on there is no move any more.
 *
 * Redis's protocol is read (resp.h).  There an exchange is over when all is
 * answered that has been asked, in whatever order these came.
 *
 *   idle      a move is possible between exchanges, when the program begins the
 *             next one; who reads may still lack a part of an answer
 *   replay    also in the middle of one: all that was sent of it is sent again,
 *             and what has been delivered of the answer must come again, equal
 *   greeting  the one line that a client sends first, whoever the server is
 *             (SSH): it may be repeated until the server has said something
 *
 * The functions are those of failover.h; what they get as `of` is a struct
 * rsp_replay.
 */
#ifndef RSP_REPLAY_H
#define RSP_REPLAY_H

#include "rsp/core/failover/digest.h"
#include "rsp/core/failover/failover.h"
#include "rsp/core/failover/resp.h"
#include "rsp/core/base/span.h"
#include "rsp/core/failover/trail.h"

enum rsp_replay_kind { RSP_REPLAY_IDLE, RSP_REPLAY_ALL, RSP_REPLAY_GREETING };

struct rsp_replay {
	enum rsp_replay_kind kind;
	uint8_t *room;
	size_t room_size;
	size_t kept;   /* bytes of the exchange that were sent */
	bool whole;    /* all of them are in `room` */
	bool answered; /* something came since the program last sent */
	bool more;     /* the last question has not been sent to its end */
	bool crowded;  /* more than one is out */
	bool lost;
	bool counted; /* what is asked and told, by: */
	struct rsp_resp asked, told;
	struct rsp_digest digest; /* of what came in this exchange */
	struct rsp_trail trail;

	bool moved; /* what comes is compared with that first */
	bool refused;
	size_t out_at, out_end;
	struct rsp_digest check;
};

/* Is this a client's greeting as the kind above has it? */
bool rsp_replay_is_greeting(const void *bytes, size_t n);

void rsp_replay_init(struct rsp_replay *r, enum rsp_replay_kind kind,
    void *room, size_t size);

extern const struct rsp_failover_ops rsp_replay_ops;

/* As failover.h has them; a call of sent() is one question. */
void rsp_replay_sent(void *of, const void *bytes, size_t n);
void rsp_replay_more(void *of);
void rsp_replay_unread(void *of);
void rsp_replay_received(void *of, const void *bytes, size_t n);
void rsp_replay_lose(void *of);
bool rsp_replay_is_over(const void *of);
enum rsp_repeat rsp_replay_may_move(const void *of, bool sending);
void rsp_replay_begin(struct rsp_replay *r, enum rsp_repeat move);
struct rsp_span rsp_replay_output(void *of);
void rsp_replay_output_sent(void *of, size_t n);

/* Returns FLOW, TAKE or REFUSED. */
enum rsp_splice_step rsp_replay_next(const struct rsp_replay *r, size_t *limit);
size_t rsp_replay_peeked(void *of, const void *bytes, size_t n);
void rsp_replay_refuse(void *of);

#endif
