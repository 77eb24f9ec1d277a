/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c - bytes kept, and bytes compared */
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

/* All that has been asked is answered, as far as can be known. */
static bool
is_over(const struct rsp_replay *r)
{
	if (!r->counted)
		return r->answered;
	return r->asked.count == r->told.count &&
	       rsp_resp_is_between(&r->asked) && rsp_resp_is_between(&r->told);
}

/* What is said and not understood cannot be counted any more. */
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
rsp_replay_sent(struct rsp_replay *r, const void *bytes, size_t n)
{
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
rsp_replay_more(struct rsp_replay *r)
{
	r->more = true;
}

void
rsp_replay_unread(struct rsp_replay *r)
{
	if (r->kind == RSP_REPLAY_GREETING)
		return; /* both sides begin at once */
	if (r->counted)
		r->lost |= is_over(r); /* nobody has asked for that */
	else if (r->answered)
		r->lost = true;
	else
		r->crowded = true;
}

void
rsp_replay_received(struct rsp_replay *r, const void *bytes, size_t n)
{
	if (r->lost || n == 0)
		return;
	r->answered = true;
	rsp_trail_add(&r->trail, &r->digest, bytes, n);
	count(r, &r->told, bytes, n);
	if (r->kind == RSP_REPLAY_GREETING || r->crowded)
		r->lost = true;
}

void
rsp_replay_lose(struct rsp_replay *r)
{
	r->lost = true;
}

bool
rsp_replay_is_over(const struct rsp_replay *r)
{
	return r->lost && !r->moved;
}

enum rsp_repeat
rsp_replay_may_move(const struct rsp_replay *r, bool sending)
{
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
rsp_replay_output(const struct rsp_replay *r)
{
	return (struct rsp_span){ r->room + r->out_at, r->out_end - r->out_at };
}

void
rsp_replay_output_sent(struct rsp_replay *r, size_t n)
{
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
rsp_replay_peeked(struct rsp_replay *r, const void *bytes, size_t n)
{
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
rsp_replay_refuse(struct rsp_replay *r)
{
	r->moved = false;
	r->refused = r->lost = true;
}
