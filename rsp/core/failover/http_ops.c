/* SPDX-License-Identifier: Apache-2.0 */
/* http_ops.c - the table of functions for connections of HTTP
 *
 * A file of its own, for it names functions of files that stand on each other.
 */
#include "rsp/core/failover/http.h"

static size_t
sent(void *of, const void *bytes, size_t n)
{
	const struct rsp_http *h = of;

	rsp_http_sent(of, bytes, n);
	return h->kept;
}

/* HTTP's own framing tells where a request ends, and an answer. */
static void
ignore(void *of)
{
	(void)of;
}

static enum rsp_repeat
may_move(const void *of, bool sending)
{
	(void)sending;
	return rsp_http_may_move(of);
}

/* A GET or HEAD that goes into the void is asked again. */
static bool
wants_look(const void *of, uint8_t first)
{
	return rsp_http_may_move(of) == RSP_REPEAT_IDLE && first != 'G' &&
	       first != 'H';
}

/* It has not changed since may_move(). */
static bool
begin(void *of, enum rsp_repeat move)
{
	(void)move;
	return rsp_http_begin(of);
}

const struct rsp_failover_ops rsp_http_ops = {
	.sent = sent,
	.received = rsp_http_received,
	.more = ignore,
	.unread = ignore,
	.lose = rsp_http_lose,
	.is_over = rsp_http_is_over,
	.may_move = may_move,
	.wants_look = wants_look,
	.is_waiting = rsp_http_is_waiting,
	.is_moving = rsp_http_is_moving,
	.is_skipping = rsp_http_is_skipping,
	.refuse = rsp_http_refuse,
	.delivered = rsp_http_delivered,
	.begin = begin,
	.output = rsp_http_output,
	.output_sent = rsp_http_output_sent,
	.unsent = rsp_http_unsent,
	.next = rsp_http_next,
	.peeked = rsp_http_peeked,
	.injected = rsp_http_injected,
};
