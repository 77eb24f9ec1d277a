/* SPDX-License-Identifier: Apache-2.0 */
/* multiplex.c - what poll, select and epoll_wait make of an event on a
 * connection of ours */
#include "shim/real.h"

#include "shim/multiplex.h"

#include <errno.h>

#include "rsp/net/sys.h"
#include "shim/exchange.h"
#include "shim/fdtable.h"
#include "shim/kept.h"
#include "shim/pending.h"
#include "shim/reach.h"
#include "shim/ready.h"
#include "shim/silence.h"
#include "shim/unsettled.h"
#include "shim/wait.h"

static bool
is_in_trouble(int fd)
{
	struct pollfd p = { .fd = fd };

	return sys_poll(&p, 1, 0) != 0;
}

/* The read that meets the trouble will try another element. */
bool
multiplex_goes_on(struct conn *c)
{
	enum rsp_repeat move;

	if (!conn_is_followed(c) ||
	    c->moves_without_byte >= CONN_MOVES_WITHOUT_BYTE ||
	    !exchange_enter(c))
		return false;
	move = exchange_may_move(c, false);
	if (move == RSP_REPEAT_IDLE && c->exchange != NULL)
		move = RSP_REPEAT_STAY; /* the connection ends there */
	exchange_leave(c);
	return move != RSP_REPEAT_STAY;
}

/* The end of what the peer sends, or worse. */
static bool
has_ended(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	return sys_poll(&p, 1, 0) != 0;
}

/* A first look, without a lock: most events are what they seem. */
static bool
is_plain(int fd, enum multiplex_trouble trouble, unsigned waits)
{
	unsigned flags = fd_flags(fd);
	const struct conn *c;

	if ((flags & (trouble == WAIT_TROUBLE ? FD_POOL : FD_IO)) == 0)
		return true;
	if (trouble != WAIT_FINE || pending_any())
		return false;
	if ((waits & WAIT_READABLE) == 0)
		return true;
	c = fd_conn(fd);
	if (c == NULL || c->kind != CONN_STREAM || c->sctp)
		return true;
	return !unsettled_is(c) && !kept_any(c) && !has_ended(fd);
}

/* An event on an open connection.  True: it is to be looked at closely. */
static bool
judge_open(struct conn *c, int fd, enum multiplex_trouble trouble,
    unsigned waits, enum multiplex_show *show)
{
	bool goes_on;

	*show = WAIT_AS_IT_IS;
	/* the event of an earlier element, which another thread has left */
	if (trouble == WAIT_TROUBLE && (c->at > 0 || c->generation > 0) &&
	    !is_in_trouble(fd)) {
		*show = WAIT_NOTHING;
		return unsettled_is(c) && (waits & WAIT_READABLE) != 0;
	}
	if (kept_any(c)) {
		*show = WAIT_ERROR;
		return false;
	}
	/* asked of the socket itself, for the event may be another's: a number
	 * of an epoll descriptor that was closed is used again */
	goes_on = has_ended(fd) && multiplex_goes_on(c);
	/* a program that waits for trouble alone is told */
	if (goes_on && waits != 0)
		*show = WAIT_QUIET;
	if (unsettled_is(c) && (waits & WAIT_READABLE) != 0)
		return true;
	return goes_on &&
	       ((waits & WAIT_READS) != 0 ||
		   ((waits & WAIT_WRITES) != 0 && trouble == WAIT_TROUBLE));
}

/* True: it is to be looked at closely, and `show` may be what that finds. */
static bool
judge(struct conn *c, int fd, enum multiplex_trouble trouble, unsigned waits,
    enum multiplex_show *show)
{
	*show = WAIT_AS_IT_IS;
	switch (c->state) {
	case CONN_PENDING:
		*show = WAIT_NOTHING;
		break;
	case CONN_FAILED:
		*show = c->ended && c->error == 0 ? WAIT_ENDED : WAIT_ERROR;
		break;
	case CONN_OPEN:
		return judge_open(c, fd, trouble, waits, show);
	case CONN_FREE:
	case CONN_BUSY:
	case CONN_OVER:
		break;
	}
	return false;
}

/* One look, under the lock. */
static bool
look_once(int fd, enum multiplex_trouble trouble, unsigned waits,
    enum multiplex_show *show)
{
	struct conn *c = conn_lock(fd);
	bool closely = false;

	*show = WAIT_AS_IT_IS;
	if (c == NULL)
		return false;
	if (c->state == CONN_PENDING)
		reach_check(c);
	if (c->kind == CONN_STREAM)
		closely = judge(c, fd, trouble, waits, show);
	conn_unlock(c);
	return closely;
}

/* The connection's end is still to come, and the program does not know of it:
 * its reads go on until they meet it. */
static void
hide_end(int fd)
{
	struct conn *c = conn_lock_again(fd);

	if (c == NULL)
		return;
	c->end_hidden = c->state == CONN_OPEN;
	conn_unlock(c);
}

static bool
has_state(int fd, enum conn_state state)
{
	const struct conn *c = fd_conn(fd);

	return c != NULL &&
	       __atomic_load_n(&c->state, __ATOMIC_ACQUIRE) == state;
}

/* The end, or an error, which stays. */
static enum multiplex_show
show_end(int fd, enum multiplex_trouble trouble)
{
	enum multiplex_show show;
	struct conn *c = conn_lock(fd);

	if (c == NULL)
		return WAIT_AS_IT_IS;
	show = WAIT_AS_IT_IS;
	if (c->state != CONN_OPEN)
		judge(c, fd, trouble, 0, &show);
	else if (kept_any(c))
		show = WAIT_ERROR;
	conn_unlock(c);
	return show;
}

enum multiplex_show
multiplex_look(int fd, enum multiplex_trouble trouble, unsigned waits)
{
	enum multiplex_show show;

	if (is_plain(fd, trouble, waits))
		return WAIT_AS_IT_IS;
	if (!look_once(fd, trouble, waits, &show))
		return show;
	switch (ready_look(fd, (waits & WAIT_READS) == 0)) {
	case READY_YES:
		if (show == WAIT_QUIET)
			hide_end(fd);
		return show == WAIT_NOTHING ? WAIT_QUIET : show;
	case READY_LATER:
		return has_state(fd, CONN_OPEN) ? WAIT_LATER
						: show_end(fd, trouble);
	case READY_MORE:
		return WAIT_MORE;
	case READY_ENDED:
	case READY_PLAIN:
		break;
	}
	return show_end(fd, trouble);
}
