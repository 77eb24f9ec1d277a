/* SPDX-License-Identifier: Apache-2.0 */
/* ask.h - questions to a registrar, by ENRP from one who is none, or by ASAP
 *
 * One connection, one question at a time, each answered or not by a deadline.
 * Whatever else comes meanwhile is passed over.
 */
#ifndef RSP_ASK_H
#define RSP_ASK_H

#include "rsp/net/endpoint.h"
#include "rsp/core/wire/message.h"
#include "rsp/core/base/time.h"

struct ask {
	int fd; /* -1: none */
	enum rsp_protocol protocol;
	bool sctp;
	int wake; /* a descriptor that ends all waiting when it can be read; 0:
		   * none */
	size_t have; /* bytes of `in` */
	size_t used; /* of these, by the last answer */
	uint8_t in[RSP_MESSAGE_MAX + 4];
	uint8_t out[RSP_MESSAGE_MAX + 1];
};

/* Connects, to speak a->protocol.  0 or an errno; EDESTADDRREQ: no such host;
 * EINTR: there was something to wake up for.  ask_close() is due in any case.
 */
int ask_open(struct ask *a, struct rsp_endpoint *e, rsp_time deadline);

/* Sends `question` and waits for an answer of type `want`, which borrows from
 * the connection until the next question.  0 or an errno; ECONNRESET
 * also when the far end has closed. */
int ask_message(struct ask *a, const struct rsp_message *question, uint8_t want,
    struct rsp_message *answer, rsp_time deadline);

/* Waits for a further message of that type. */
int ask_hear(struct ask *a, uint8_t want, struct rsp_message *answer,
    rsp_time deadline);

/* Sends something that has no answer. */
int ask_tell(struct ask *a, const struct rsp_message *m, rsp_time deadline);

/* The end of the connection that is ours. */
void ask_own(const struct ask *a, struct rsp_address *own, uint16_t *port);

void ask_close(struct ask *a);

#endif
