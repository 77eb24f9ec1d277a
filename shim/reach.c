/* SPDX-License-Identifier: Apache-2.0 */
/* reach.c - the steps of an attempt to reach an element: start, success,
 * failure, end
 *
 * The steps call each other in a ring, for the end of one attempt is the
 * beginning of the next: on the same socket, or with the next candidate of a
 * move.
 */
#include "shim/real.h"

#include "shim/reach.h"

#include <errno.h>
#include <string.h>
#include <sys/time.h>

#include "rsp/net/log.h"
#include "rsp/net/sys.h"
#include "shim/abandoned.h"
#include "shim/attempt.h"
#include "shim/beside.h"
#include "shim/byte_count.h"
#include "shim/exchange.h"
#include "shim/explain.h"
#include "shim/handshake.h"
#include "shim/move.h"
#include "shim/option.h"
#include "shim/pending.h"
#include "shim/ready.h"
#include "shim/replace.h"
#include "shim/sctp.h"
#include "shim/settings.h"
#include "shim/unsettled.h"

/* After this long without an answer other processes should know, too. */
#define PATIENCE_MS 1000

static int
connect_now(struct conn *c, const union conn_address *to, socklen_t len)
{
	return c->sctp ? sctp_connect(c) : sys_connect(c->fd, to, len);
}

/* connect() that returns at once, on blocking sockets too: O_NONBLOCK belongs
 * to the program, and to every process that shares the file description. */
static int
connect_at_once(struct conn *c, const union conn_address *to, socklen_t len,
    bool waits)
{
	struct timeval own, least = { 0, 1 };
	socklen_t size = sizeof(own);
	int fd = c->fd, err;

	if (!waits)
		return connect_now(c, to, len);
	err = sys_getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &own, &size);
	if (err < 0)
		return err;
	sys_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &least, sizeof(least));
	err = connect_now(c, to, len);
	sys_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &own, sizeof(own));
	return err;
}

/* On this host the kernel carries the handshake out within connect(), and says
 * all the same that it goes on.  If we look right then, there is no handshake
 * to care for: no limit, no second look.  Only within the program's own
 * connect(): later on it may hold news of an element before. */
static bool
is_there_already(const struct conn *c)
{
	return c->at == 0 && !c->sctp && !c->moving &&
	       rsp_address_is_loopback(&c->list[c->at].address) &&
	       handshake_is_done(c->fd);
}

bool
reach_start(struct conn *c, bool waits)
{
	union conn_address to;
	int err, before = 0;

	for (;;) {
		socklen_t len = attempt_target(c, &to);
		rsp_time now = rsp_user_now();

		option_restore_lost(c);
		c->attempt_end = rsp_time_add(now, attempt_time(c, now));
		err = len == 0 ? -EAFNOSUPPORT
			       : connect_at_once(c, &to, len, waits);
		if (err == -EINPROGRESS || err == 0)
			break;
		if (!attempt_can_go_on(-err)) {
			reach_gave_up(c, before != 0 ? before : -err);
			return false;
		}
		before = -err;
		if (!attempt_failed(c, -err)) {
			reach_gave_up(c, -err);
			return false;
		}
	}
	if (err == 0 || is_there_already(c)) {
		c->owes_zero =
		    err == 0; /* else the kernel's own is still to come */
		reach_opened(c);
	} else {
		option_limit_syn_count(c);
		conn_set_state(c, CONN_PENDING);
		conn_mark(c);
		abandoned_wait(c);
	}
	return err == 0;
}

void
reach_next(struct conn *c, int error)
{
	bool more = attempt_failed(c, error);

	c->replaying = false;

	if (attempt_disconnect(c) < 0 || !more)
		reach_gave_up(c, error);
	else
		reach_start(c, option_may_wait(c->fd, 0));
}

void
reach_opened(struct conn *c)
{
	char where[RSP_SOCKADDR_TEXT];
	bool was_moving = c->moving;

	if (c->moving && !reach_move_opened(c))
		return;
	conn_set_state(c, CONN_OPEN);
	option_restore_syn_count(c);
	if (c->sctp)
		sctp_opened(c);
	if (conn_is_aside(c))
		conn_forbid_moves(c);
	if (!c->moving && c->transport == RSP_PARAM_TCP)
		exchange_begin(c);
	c->moving = false;
	conn_mark(c);
	beside_opened(c);
	if (!conn_is_aside(c) && !was_moving)
		abandoned_overtake(c);
	if (!conn_is_aside(c))
		abandoned_clear(&c->pool, &c->list[c->at]);
	if (c->list[c->at].marked)
		rsp_user_outcome(pool_user(), &c->pool, &c->list[c->at],
		    RSP_OUTCOME_ALIVE);
	if (rsp_log_enabled(RSP_LOG_DEBUG))
		rsp_log(RSP_LOG_DEBUG, "connected to element 0x%x at %s",
		    c->list[c->at].pe_id,
		    rsp_hostport_text(&c->list[c->at].address,
			c->list[c->at].port, where));
}

void
reach_gave_up(struct conn *c, int error)
{
	if (c->moving)
		error = reach_move_gave_up(c);
	else
		explain_failure(c, error);
	conn_set_state(c, CONN_FAILED);
	c->error = error;
	option_restore_syn_count(c);
	sctp_give_back(c);
	conn_mark(c);
}

void
reach_check(struct conn *c)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (c->replaying && !rsp_time_reached(c->attempt_end, rsp_user_now())) {
		reach_opened(c);
		return;
	}
	switch (c->replaying ? HANDSHAKE_RUNS
		: c->sctp    ? sctp_look(c->fd)
			     : handshake_look(c->fd)) {
	case HANDSHAKE_RUNS:
		if (rsp_time_reached(c->attempt_end, rsp_user_now()))
			reach_next(c, ETIMEDOUT);
		else if (c->moving)
			conn_mark(c);
		return;
	case HANDSHAKE_DONE:
		reach_opened(c);
		return;
	case HANDSHAKE_LOST:
		sys_getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
		reach_next(c, error != 0 ? error : ECONNREFUSED);
		return;
	}
}

/* Sends what is to be repeated, as much as goes at once.  0, EAGAIN or an
 * error. */
static int
repeat(struct conn *c)
{
	struct rsp_span out;
	long n;

	while ((out = exchange_output(c)).len > 0) {
		n = sys_call(SYS_sendto, c->fd, (long)out.at, (long)out.len,
		    MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
		if (n < 0)
			return (int)-n;
		exchange_output_sent(c, (size_t)n);
	}
	return 0;
}

bool
reach_move_opened(struct conn *c)
{
	int err;

	if (!c->replaying && !exchange_restart(c, c->move.kind)) {
		attempt_disconnect(c);
		reach_gave_up(c, c->move.error);
		return false;
	}
	if (!c->replaying)
		byte_count(c->fd, &c->move.sent, &c->move.taken);
	err = repeat(c);
	if (err == 0) {
		c->replaying = false;
		c->asked = rsp_user_now();
		explain_move(c);
		rsp_user_count(pool_user(), &c->pool, RSP_CACHE_MOVES);
		return true;
	}
	if (err == EAGAIN) {
		c->replaying = true;
		conn_set_state(c, CONN_PENDING);
		conn_mark(c);
		return false;
	}
	reach_next(c, err);
	return false;
}

int
reach_move_gave_up(struct conn *c)
{
	c->moving = c->replaying = false;
	c->ended = true;
	unsettled_end(c);
	conn_forbid_moves(c);
	conn_set_followed(c, false);
	explain_move_failed(c);
	rsp_user_count(pool_user(), &c->pool, RSP_CACHE_LOST);
	return c->move.error;
}

void
reach_look_abandoned(int fd)
{
	struct conn *c = fd_conn(fd);

	/* looked at without a lock: it may be another connection's by now, so
	 * it is looked at again under the lock */
	if (c == NULL ||
	    __atomic_load_n(&c->state, __ATOMIC_RELAXED) != CONN_PENDING)
		return;
	c = conn_lock(fd);
	if (c == NULL)
		return;
	if (c->state == CONN_PENDING && c->refs == 1) {
		int64_t ms = abandoned_age(c);

		reach_check(c);
		if (c->state == CONN_PENDING &&
		    (ms >= PATIENCE_MS || abandoned_is_overtaken(c)))
			attempt_failed(c, ETIMEDOUT);
		else if (c->state == CONN_PENDING)
			abandoned_note(c);
	}
	conn_unlock(c);
}
