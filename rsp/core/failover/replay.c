/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c - observer of a connection of any protocol: bytes kept to be sent
 * again, and bytes compared */
#include "rsp/core/failover/replay.h"

#include <string.h>

/* RFC 4253 section 4.2: one line, at most 255 bytes. */
bool
rsp_replay_is_greeting(const void *bytes, size_t n)
{
	const char *p = bytes;

	return n > 4 && n <= 255 && memcmp(p, "SSH-", 4) == 0 &&
	       memchr(p, '\n', n) == p + n - 1;
}

static void
begin_exchange(struct rsp_replay *r)
{
	r->kept = 0;
	r->whole = true;
	r->answered = r->crowded = false;
	rsp_digest_init(&r->digest);
}

void
rsp_replay_init(struct rsp_replay *r, enum rsp_replay_kind kind, void *room,
    size_t size)
{
	memset(r, 0, offsetof(struct rsp_replay, digest));
	r->kind = kind;
	r->room = room;
	r->room_size = size;
	r->moved = r->refused = r->more = false;
	r->out_at = r->out_end = 0;
	rsp_resp_init(&r->asked);
	rsp_resp_init(&r->told);
	begin_exchange(r);
}

/* Is all that has been asked answered, as far as can be known? */
static bool
is_over(const struct rsp_replay *r)
{
	if (!r->counted)
		return r->answered;
	return r->asked.count == r->told.count &&
	       rsp_resp_is_between(&r->asked) && rsp_resp_is_between(&r->told);
}

/* Bytes that are not understood make the rest uncountable. */
static void
count(struct rsp_replay *r, struct rsp_resp *side, const void *bytes, size_t n)
{
	if (!r->counted)
		return;
	rsp_resp_add(side, bytes, n);
	if (side->bad || r->told.count > r->asked.count)
		r->lost = true;
}

void
rsp_replay_sent(void *of, const void *bytes, size_t n)
{
	struct rsp_replay *r = of;
	bool more = r->more;

	if (r->lost || n == 0)
		return;
	r->more = false;
	if (r->kept == 0 && !r->answered && r->kind != RSP_REPLAY_GREETING &&
	    r->asked.count == 0)
		r->counted = rsp_resp_may_begin(bytes, n);
	if (is_over(r) && !more)
		begin_exchange(r);
	else if (!r->counted && (r->answered || (r->kept > 0 && !more)))
		r->crowded = true;
	count(r, &r->asked, bytes, n);
	if (r->kind == RSP_REPLAY_GREETING && r->kept > 0)
		r->lost = true; /* more than a greeting */
	if (n > r->room_size - r->kept) {
		r->whole = false;
		r->kept = r->room_size;
		return;
	}
	memcpy(r->room + r->kept, bytes, n);
	r->kept += n;
}

void
rsp_replay_more(void *of)
{
	struct rsp_replay *r = of;

	r->more = true;
}

void
rsp_replay_unread(void *of)
{
	struct rsp_replay *r = of;

	if (r->kind == RSP_REPLAY_GREETING)
		return; /* both sides begin at once */
	if (r->counted)
		r->lost |= is_over(r); /* it was not asked for */
	else if (r->answered)
		r->lost = true;
	else
		r->crowded = true;
}

void
rsp_replay_received(void *of, const void *bytes, size_t n)
{
	struct rsp_replay *r = of;

	if (r->lost || n == 0)
		return;
	r->answered = true;
	rsp_trail_add(&r->trail, &r->digest, bytes, n);
	count(r, &r->told, bytes, n);
	if (r->kind == RSP_REPLAY_GREETING || r->crowded)
		r->lost = true;
}

void
rsp_replay_lose(void *of)
{
	struct rsp_replay *r = of;

	r->lost = true;
}

bool
rsp_replay_is_over(const void *of)
{
	const struct rsp_replay *r = of;

	return r->lost && !r->moved;
}

enum rsp_repeat
rsp_replay_may_move(const void *of, bool sending)
{
	const struct rsp_replay *r = of;

	if (r->lost)
		return RSP_REPEAT_STAY;
	if (is_over(r) &&
	    (sending || (r->counted && r->kind == RSP_REPLAY_ALL)))
		return RSP_REPEAT_IDLE;
	if (r->kind != RSP_REPLAY_IDLE && r->whole)
		return RSP_REPEAT_REQUEST;
	return RSP_REPEAT_STAY;
}

void
rsp_replay_begin(struct rsp_replay *r, enum rsp_repeat move)
{
	r->refused = false;
	r->out_at = 0;
	r->out_end = move == RSP_REPEAT_REQUEST ? r->kept : 0;
	r->moved = move == RSP_REPEAT_REQUEST && r->digest.at > 0;
	rsp_digest_init(&r->check);
}

struct rsp_span
rsp_replay_output(void *of)
{
	const struct rsp_replay *r = of;

	return (struct rsp_span){ r->room + r->out_at, r->out_end - r->out_at };
}

void
rsp_replay_output_sent(void *of, size_t n)
{
	struct rsp_replay *r = of;

	r->out_at += n;
}

enum rsp_splice_step
rsp_replay_next(const struct rsp_replay *r, size_t *limit)
{
	*limit = SIZE_MAX;
	if (r->refused)
		return RSP_SPLICE_REFUSED;
	if (!r->moved)
		return RSP_SPLICE_FLOW;
	*limit = (size_t)(r->digest.at - r->check.at);
	return RSP_SPLICE_TAKE;
}

size_t
rsp_replay_peeked(void *of, const void *bytes, size_t n)
{
	struct rsp_replay *r = of;
	uint64_t left = r->digest.at - r->check.at;

	if (n > left)
		n = (size_t)left;
	if (!rsp_trail_follow(&r->trail, &r->check, bytes, n))
		rsp_replay_refuse(r);
	else if (r->check.at == r->digest.at) {
		r->moved = false;
		if (!rsp_digest_equal(&r->check, &r->digest))
			rsp_replay_refuse(r);
	}
	return n;
}

void
rsp_replay_refuse(void *of)
{
	struct rsp_replay *r = of;

	r->moved = false;
	r->refused = r->lost = true;
}

/* The table, as far as it is not above. */

static size_t
sent(void *of, const void *bytes, size_t n)
{
	const struct rsp_replay *r = of;

	rsp_replay_sent(of, bytes, n);
	return r->kept;
}

static bool
wants_look(const void *of, uint8_t first)
{
	(void)first;
	return rsp_replay_may_move(of, true) == RSP_REPEAT_IDLE;
}

/* Of a protocol that is not known, silence may be the program's. */
static bool
is_waiting(const void *of)
{
	(void)of;
	return false;
}

static bool
is_moving(const void *of)
{
	const struct rsp_replay *r = of;

	return r->moved || r->refused;
}

static bool
is_skipping(const void *of)
{
	const struct rsp_replay *r = of;

	return r->moved;
}

static uint64_t
delivered(const void *of)
{
	const struct rsp_replay *r = of;

	return r->digest.at;
}

static bool
begin(void *of, enum rsp_repeat move)
{
	rsp_replay_begin(of, move);
	return true;
}

static size_t
unsent(const void *of, bool begun)
{
	const struct rsp_replay *r = of;

	return begun ? r->out_end - r->out_at : r->kept;
}

static enum rsp_splice_step
next(void *of, size_t *limit, struct rsp_span *bytes)
{
	(void)bytes;
	return rsp_replay_next(of, limit);
}

/* Nothing ever is. */
static size_t
injected(void *of, size_t n)
{
	(void)of;
	(void)n;
	return 0;
}

const struct rsp_failover_ops rsp_replay_ops = {
	.sent = sent,
	.received = rsp_replay_received,
	.more = rsp_replay_more,
	.unread = rsp_replay_unread,
	.lose = rsp_replay_lose,
	.is_over = rsp_replay_is_over,
	.may_move = rsp_replay_may_move,
	.wants_look = wants_look,
	.is_waiting = is_waiting,
	.is_moving = is_moving,
	.is_skipping = is_skipping,
	.refuse = rsp_replay_refuse,
	.delivered = delivered,
	.begin = begin,
	.output = rsp_replay_output,
	.output_sent = rsp_replay_output_sent,
	.unsent = unsent,
	.next = next,
	.peeked = rsp_replay_peeked,
	.injected = injected,
};
