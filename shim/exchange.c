/* SPDX-License-Identifier: Apache-2.0 */
/* exchange.c - a connection in use, through the table of its kind */
#include "shim/real.h"

#include "shim/exchange.h"

#include <string.h>

#include "shim/beside.h"
#include "shim/exchange_inner.h"
#include "shim/settings.h"

void
exchange_begin(struct conn *c)
{
	conn_set_followed(c, !conn_never_moves(c));
	/* until it is known what it is not, see ftp.h */
	if (failover_of(&c->pool) == FAILOVER_OFF)
		conn_forbid_moves(c);
	c->touched = false;
}

void
exchange_end(struct conn *c)
{
	struct exchange *f;

	conn_set_followed(c, false);
	if (!exchange_enter(c)) {
		c->exchange = NULL;
		return;
	}
	f = c->exchange;
	c->exchange = NULL;
	exchange_leave(c);
	if (f != NULL)
		exchange_give_block(f);
}

static bool
make(struct conn *c, bool is_http, enum rsp_replay_kind kind)
{
	struct exchange *f = exchange_take_block();

	if (f == NULL)
		return false;
	f->ops = is_http ? &rsp_http_ops : &rsp_replay_ops;
	f->unclear = f->open = false;
	f->used = 0;
	f->sent = f->taken = 0;
	if (is_http) {
		rsp_http_init(&f->as.http, f->room, exchange_room_size());
		if (failover_of(&c->pool) == FAILOVER_SAME)
			rsp_http_vouch(&f->as.http);
	} else
		rsp_replay_init(&f->as.replay, kind, f->room,
		    exchange_room_size());
	c->exchange = f;
	return true;
}

/* Of a protocol that somebody has vouched for, whose first word may be one of
 * HTTP's. */
static bool
make_unclear(struct conn *c, const struct iovec *v, enum rsp_replay_kind kind)
{
	if (!make(c, false, kind))
		return false;
	c->exchange->unclear = rsp_http_may_begin(v->iov_base, v->iov_len);
	return true;
}

/* The first bytes of a connection; they lie in the first piece or are not
 * looked for. */
static bool
classify(struct conn *c, const struct iovec *v)
{
	switch (failover_of(&c->pool)) {
	case FAILOVER_OFF:
	case FAILOVER_CONNECT:
		return false;
	case FAILOVER_AUTO:
	case FAILOVER_SAME:
		if (rsp_http_may_begin(v->iov_base, v->iov_len))
			return make(c, true, RSP_REPLAY_IDLE);
		return rsp_replay_is_greeting(v->iov_base, v->iov_len) &&
		       make(c, false, RSP_REPLAY_GREETING);
	case FAILOVER_IDLE:
		return make_unclear(c, v, RSP_REPLAY_IDLE);
	case FAILOVER_REPLAY:
		break;
	}
	return make_unclear(c, v, RSP_REPLAY_ALL);
}

/* Nobody knows how to log in again. */
static void
look_for_ftp(struct conn *c, const struct iovec *v, int n)
{
	ftp_asked(&c->ftp, v->iov_base, n < 1 ? 0 : v->iov_len);
	if (c->ftp.state != FTP_CONTROL)
		return;
	conn_forbid_moves(c);
	beside_is_ftp(c);
}

bool
exchange_classify(struct conn *c, const struct iovec *v, int n)
{
	if (c->ftp.state == FTP_GREETED)
		look_for_ftp(c, v, n);
	if (c->exchange != NULL || c->ftp.state == FTP_CONTROL)
		return true;
	if (c->touched || n < 1 || !classify(c, v)) {
		conn_set_followed(c, false);
		return false;
	}
	return true;
}

/* Calls `tell` for each piece of the first `n` bytes. */
#define EACH_PIECE(v, n, tell)                                                 \
	for (size_t left = (n), some; left > 0; left -= some, (v)++) {         \
		some = (v)->iov_len < left ? (v)->iov_len : left;              \
		tell;                                                          \
	}

/* What is kept in `room` is an HTTP request's beginning, and is told again. */
static void
become_http(struct exchange *f)
{
	size_t n = f->as.replay.kept, at = 0, some;
	uint8_t bytes[512];

	rsp_http_init(&f->as.http, f->room, exchange_room_size());
	f->ops = &rsp_http_ops;
	for (; at < n; at += some) {
		some = n - at < sizeof(bytes) ? n - at : sizeof(bytes);
		memcpy(bytes, f->room + at, some);
		rsp_http_sent(&f->as.http, bytes, some);
	}
}

static void
look_if_http(struct exchange *f)
{
	enum rsp_http_begins begins = RSP_HTTP_BEGINS_NOT;

	if (f->as.replay.whole && !f->as.replay.answered)
		begins = rsp_http_begins(f->room, f->as.replay.kept);
	f->unclear = begins == RSP_HTTP_UNCLEAR;
	if (begins == RSP_HTTP_BEGINS)
		become_http(f);
}

static void
sent_piece(struct exchange *f, const void *bytes, size_t n)
{
	size_t used;

	if (n == 0)
		return;
	if (f->open)
		f->ops->more(&f->as);
	used = f->ops->sent(&f->as, bytes, n);
	if (f->used < used)
		f->used = used; /* more than this is not written to */
	if (f->unclear)
		look_if_http(f);
	f->open = true;
}

void
exchange_sent(struct conn *c, const struct iovec *v, size_t n, bool more)
{
	struct exchange *f = c->exchange;

	c->touched = true;
	if (f == NULL)
		return;
	f->sent += n;
	EACH_PIECE(v, n, sent_piece(f, v->iov_base, some))
	f->open = more;
}

void
exchange_unread(struct conn *c)
{
	struct exchange *f = c->exchange;

	if (f != NULL)
		f->ops->unread(&f->as);
}

static void
hear_ftp(struct conn *c, const struct iovec *v, size_t n)
{
	EACH_PIECE(v, n, ftp_heard(c, v->iov_base, some))
}

void
exchange_received(struct conn *c, const struct iovec *v, size_t n)
{
	struct exchange *f = c->exchange;
	enum failover mode;

	if (f == NULL && !c->touched) {
		/* the server speaks first */
		mode = failover_of(&c->pool);
		c->touched = true;
		ftp_begin(&c->ftp);
		if ((mode == FAILOVER_IDLE || mode == FAILOVER_REPLAY) &&
		    make(c, false,
			mode == FAILOVER_IDLE ? RSP_REPLAY_IDLE
					      : RSP_REPLAY_ALL))
			f = c->exchange;
	}
	c->touched = true;
	if (c->ftp.state != FTP_NONE)
		hear_ftp(c, v, n);
	if (f == NULL) {
		conn_set_followed(c, c->ftp.state != FTP_NONE);
		return;
	}
	f->taken += n;
	EACH_PIECE(v, n, f->ops->received(&f->as, v->iov_base, some))
}

void
exchange_lose(struct conn *c)
{
	struct exchange *f = c->exchange;

	c->touched = true;
	if (c->ftp.state == FTP_CONTROL)
		return; /* there is nothing to lose */
	if (f == NULL)
		conn_set_followed(c, false);
	else if (exchange_is_moved(c))
		conn_forbid_moves(c);
	else
		f->ops->lose(&f->as);
}

bool
exchange_has_seen(const struct conn *c, uint64_t sent, uint64_t taken)
{
	const struct exchange *f = c->exchange;

	return f != NULL && sent <= f->sent && taken <= f->taken;
}

bool
exchange_matters(const struct conn *c)
{
	const struct exchange *f = c->exchange;

	if (!conn_is_followed(c))
		return false;
	if (c->ftp.state != FTP_NONE)
		return true;
	if (f == NULL)
		return !c->touched;
	if (conn_never_moves(c) && !exchange_is_moved(c))
		return false;
	return !f->ops->is_over(&f->as);
}

bool
exchange_wants_look(const struct conn *c, const struct iovec *v, int n)
{
	const struct exchange *f = c->exchange;
	const char *p;

	if (n < 1 || v->iov_len < 1)
		return false;
	p = v->iov_base;
	if (f == NULL) {
		enum failover mode = failover_of(&c->pool);

		if (c->touched)
			return false;
		return (mode != FAILOVER_AUTO && mode != FAILOVER_SAME) ||
		       ((*p != 'G' && *p != 'H') ||
			   !rsp_http_may_begin(p, v->iov_len));
	}
	return f->ops->wants_look(&f->as, (uint8_t)*p);
}

enum rsp_repeat
exchange_may_move(const struct conn *c, bool sending)
{
	const struct exchange *f = c->exchange;

	if (conn_never_moves(c) || !conn_is_followed(c))
		return RSP_REPEAT_STAY;
	if (f == NULL)
		return c->touched ? RSP_REPEAT_STAY : RSP_REPEAT_IDLE;
	return f->ops->may_move(&f->as, sending);
}

bool
exchange_is_waiting(const struct conn *c)
{
	const struct exchange *f = c->exchange;

	return f != NULL && f->ops->is_waiting(&f->as);
}

bool
exchange_is_moved(const struct conn *c)
{
	const struct exchange *f = c->exchange;

	return f != NULL && f->ops->is_moving(&f->as);
}

bool
exchange_is_skipping(const struct conn *c)
{
	const struct exchange *f = c->exchange;

	return f != NULL && f->ops->is_skipping(&f->as);
}

void
exchange_refuse(struct conn *c)
{
	struct exchange *f = c->exchange;

	f->ops->refuse(&f->as);
}

uint64_t
exchange_delivered(const struct conn *c)
{
	const struct exchange *f = c->exchange;

	return f == NULL ? 0 : f->ops->delivered(&f->as);
}

bool
exchange_restart(struct conn *c, enum rsp_repeat move)
{
	struct exchange *f = c->exchange;

	if (f == NULL)
		return true;
	f->sent = f->taken = 0;
	return f->ops->begin(&f->as, move);
}

struct rsp_span
exchange_output(struct conn *c)
{
	struct exchange *f = c->exchange;

	if (f == NULL)
		return (struct rsp_span){ 0 };
	return f->ops->output(&f->as);
}

void
exchange_output_sent(struct conn *c, size_t n)
{
	struct exchange *f = c->exchange;

	f->sent += n;
	f->ops->output_sent(&f->as, n);
}

size_t
exchange_unsent(const struct conn *c)
{
	const struct exchange *f = c->exchange;

	if (f == NULL || c->move.kind == RSP_REPEAT_IDLE)
		return 0;
	return f->ops->unsent(&f->as, c->replaying);
}

enum rsp_splice_step
exchange_next(struct conn *c, size_t *limit, struct rsp_span *bytes)
{
	struct exchange *f = c->exchange;

	*limit = SIZE_MAX;
	if (f == NULL)
		return RSP_SPLICE_FLOW;
	return f->ops->next(&f->as, limit, bytes);
}

size_t
exchange_peeked(struct conn *c, const void *bytes, size_t n)
{
	struct exchange *f = c->exchange;

	n = f->ops->peeked(&f->as, bytes, n);
	f->taken += n;
	return n;
}

size_t
exchange_injected(struct conn *c, size_t n)
{
	struct exchange *f = c->exchange;

	n = f->ops->injected(&f->as, n);
	f->taken += n;
	return n;
}
