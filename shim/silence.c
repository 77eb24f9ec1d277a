/* SPDX-License-Identifier: Apache-2.0 */
/* silence.c - the watch for silent hosts and servers: a look at each open
 * connection, once a second while the program waits */
#include "shim/real.h"

#include "shim/silence.h"
#include "shim/silence_due.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

#include "rsp/net/sys.h"
#include "shim/settings.h"
#include "shim/fdtable.h"
#include "shim/exchange.h"
#include "shim/move.h"
#include "shim/option.h"

#define TICK_MS 10 /* the coarse clock's, or more */

/* What we change, in the order of conn.kept. */
static const struct {
	int level, name;
} options[CONN_KEPT] = {
	{ SOL_SOCKET, SO_KEEPALIVE },
	{ IPPROTO_TCP, TCP_KEEPIDLE },
	{ IPPROTO_TCP, TCP_KEEPINTVL },
	{ IPPROTO_TCP, TCP_KEEPCNT },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT },
};
enum { ALIVE, IDLE, INTERVAL, COUNT, USER_TIMEOUT };

rsp_time
silence_deadline(void)
{
	int64_t left = silence_any() ? silence_left(silence_now()) : INT64_MAX;

	if (left == INT64_MAX)
		return RSP_NEVER;
	return rsp_time_add(rsp_user_now(), (left > 0 ? left : 0) + TICK_MS);
}

static void
keep(struct conn *c, int which)
{
	if ((c->kept_set >> which & 1) == 0)
		c->kept[which] = option_int(c->fd, options[which].level,
		    options[which].name);
	c->kept_set |= (uint8_t)(1u << which);
}

static void
put(struct conn *c, int which, int value)
{
	sys_setsockopt(c->fd, options[which].level, options[which].name, &value,
	    sizeof(value));
}

/* The program's own, or ours if that is shorter. */
static void
shorten(struct conn *c, int which, int ours)
{
	keep(c, which);
	if (c->kept[ALIVE] == 0 || c->kept[which] <= 0 || c->kept[which] > ours)
		put(c, which, ours);
}

static void
probe_while_idle(struct conn *c, int64_t dead_after)
{
	int s = (int)((dead_after + 999) / 1000);
	int count = s >= 4 ? 2 : 1, pause = s / 4 > 0 ? s / 4 : 1;
	int before = s - count * pause > 0 ? s - count * pause : 1;

	if (c->alive_by_us)
		return;
	c->alive_by_us = true;
	keep(c, ALIVE);
	shorten(c, INTERVAL, pause);
	shorten(c, COUNT, count);
	/* in this order the silence so far counts */
	keep(c, IDLE);
	put(c, ALIVE, 1);
	shorten(c, IDLE, before);
}

/* Is something unacknowledged, and has it been sent again? */
static void
limit_retransmission(struct conn *c, bool needed, int64_t dead_after)
{
	if (needed == c->limited)
		return;
	if (needed) {
		keep(c, USER_TIMEOUT);
		if (c->kept[USER_TIMEOUT] > 0 &&
		    c->kept[USER_TIMEOUT] < dead_after)
			return;
		put(c, USER_TIMEOUT, (int)dead_after);
	} else
		put(c, USER_TIMEOUT, c->kept[USER_TIMEOUT]);
	c->limited = needed;
}

static void
say_dead(struct conn *c)
{
	if (c->said_dead || conn_is_aside(c))
		return;
	c->said_dead = true;
	rsp_user_outcome(pool_user(), &c->pool, &c->list[c->at],
	    RSP_OUTCOME_TIMEOUT);
	reports_due();
}

static void
look(struct conn *c)
{
	int64_t dead_after = settings()->dead_after_ms;
	struct tcp_info info;
	socklen_t len = sizeof(info);
	bool resent;

	memset(&info, 0, sizeof(info));
	if (dead_after == 0 ||
	    sys_getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return;
	/* Probes of a closed window are acknowledged. */
	resent = info.tcpi_unacked > 0 && info.tcpi_retransmits > 0 &&
		 info.tcpi_probes == 0 &&
		 info.tcpi_last_ack_recv >= SILENCE_LOOK_MS / 2;
	limit_retransmission(c, resent, dead_after);
	if (resent && info.tcpi_last_ack_recv >= dead_after)
		say_dead(c);
	if (info.tcpi_last_data_recv >= silence_interval())
		probe_while_idle(c, dead_after);
}

/* Bytes that the program has not read yet. */
static bool
has_bytes(int fd)
{
	int n = 0;

	return sys_call(SYS_ioctl, fd, FIONREAD, (long)&n, 0, 0, 0) == 0 &&
	       n > 0;
}

/* True: its answer is overdue.  The silence is the program's while there is
 * something to be read. */
static bool
is_overdue(struct conn *c, rsp_time now)
{
	int64_t limit = settings()->answer_timeout_ms;
	bool overdue;

	if (limit <= 0 || !conn_is_followed(c) || !exchange_enter(c))
		return false;
	overdue = exchange_is_waiting(c) && now - c->asked >= limit;
	exchange_leave(c);
	if (!overdue || !has_bytes(c->fd))
		return overdue;
	c->asked = now;
	return false;
}

static void
look_at_move(struct conn *c)
{
	if (c->generation > 0 && conn_is_followed(c) && !conn_never_moves(c) &&
	    exchange_enter(c)) {
		move_is_late(c);
		exchange_leave(c);
	}
}

static void
look_at(int fd, rsp_time now)
{
	struct conn *c = conn_lock(fd);
	bool overdue = false;
	unsigned generation = 0;

	if (c == NULL)
		return;
	if (c->counted && c->fd == fd) {
		look(c);
		look_at_move(c);
		overdue = is_overdue(c, now);
		generation = c->generation;
	}
	conn_unlock(c);
	if (overdue)
		move_try(fd, generation, ETIMEDOUT, false, MOVE_ELSEWHERE);
}

void
silence_drive(void)
{
	int64_t coarse,
	    last = __atomic_load_n(&silence_looked, __ATOMIC_RELAXED);
	rsp_time now;

	if (!silence_any())
		return;
	coarse = silence_now();
	if (coarse - last < silence_interval() || silence_interval() == 0 ||
	    conn_borrowed() ||
	    !__atomic_compare_exchange_n(&silence_looked, &last, coarse, false,
		__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	now = rsp_user_now();
	for (int fd = 0; (fd = fd_next(fd, FD_COUNT - 1)) >= 0; fd++)
		look_at(fd, now);
}

static int
which_of(int level, int name)
{
	for (int i = 0; i < CONN_KEPT; i++)
		if (options[i].level == level && options[i].name == name)
			return i;
	return -1;
}

bool
silence_cares(int level, int name)
{
	return which_of(level, name) >= 0;
}

int
silence_option(const struct conn *c, int level, int name)
{
	int which = which_of(level, name);

	if (which < 0 || (c->kept_set >> which & 1) == 0)
		return -1;
	return c->kept[which];
}

void
silence_option_set(struct conn *c, int level, int name, int value)
{
	int which = which_of(level, name);

	if (which < 0 || (c->kept_set >> which & 1) == 0)
		return;
	c->kept[which] = value;
	/* the next look shortens it again */
	c->alive_by_us = c->alive_by_us && which == USER_TIMEOUT;
	c->limited = c->limited && which != USER_TIMEOUT;
}
