/* SPDX-License-Identifier: Apache-2.0 */
/* accept_queue.h - does a server still take its connections?
 *
 * Told from outside, without a connection of our own, which would fill logs and
 * be one too many for some: by the queue of connections that the kernel has
 * completed and the server has not accepted.  A server hangs when there has
 * been somebody in its queue for BACKLOG_MS and nobody has come out of it.  A
 * queue that stays full under load is not a hang: then others wait than before.
 * Clients who lose patience do not leave the queue: they stay in it dead.
 */
#ifndef RSP_ACCEPT_QUEUE_H
#define RSP_ACCEPT_QUEUE_H

#include "rsp/core/base/time.h"
#include "rsp/register/tcp_connections.h"

#define BACKLOG_MS 3000

struct accept_queue {
	bool stuck;
	unsigned stuck_with; /* connections that wait, when it was seen */

	/* Private. */
	bool watching; /* since then there has been no sign of progress */
	rsp_time since;
	unsigned depth; /* of the queue, when last seen */
	unsigned dead;	/* in it, and reset since they came */
	unsigned n;	/* those who waited at that time */
	uint64_t *who;
	struct tcp_connections now;
};

/* `depth` of the queue (the deepest one, if a port has several), looked at
 * about once a second.  The connections themselves are looked at only where the
 * depth leaves a doubt.  True when the verdict has changed. */
bool accept_queue_look(struct accept_queue *b, rsp_time now, uint16_t port,
    unsigned depth);

/* The same with the connections as somebody else has read them, for tests. */
bool accept_queue_judge(struct accept_queue *b, rsp_time now, unsigned depth,
    const struct tcp_connections *c);

void accept_queue_free(struct accept_queue *b);

#endif
