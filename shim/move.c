/* SPDX-License-Identifier: Apache-2.0 */
/* move.c - the move of a connection in use to another pool element: whether,
 * where to, and what is sent first */
#include "shim/real.h"

#include "shim/move.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

#include "rsp/net/sys.h"
#include "shim/attempt.h"
#include "shim/byte_count.h"
#include "shim/settings.h"
#include "shim/explain.h"
#include "shim/exchange.h"
#include "shim/option.h"
#include "shim/ready.h"
#include "shim/verdict.h"
#include "shim/wait.h"
#include "shim/reach.h"
#include "shim/unsettled.h"

/* A dying process group still accepts for a moment, and then ends what it has
 * accepted. */
#define DOUBT_MS 20
#define PROBE_MS 1000
/* In a call that must not wait: this, and more (up to FAR) if the connection's
 * round trips are long. */
#define SHORT_DOUBT_MS 3
#define SHORT_PROBE_MS 5
#define FAR_PROBE_MS 100
/* In the call that met the failure; longer handshakes are carried on by the
 * calls that wait. */
#define AT_ONCE_MS 50
#define SOON_MS 5

enum verdict { NO, IF_DEAD, YES };

static uint64_t
less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* The same on a connection that is followed: what has been asked, and what was
 * answered, is not what we think.  Old kernels go on counting when a socket is
 * connected again. */
static bool
is_used_unseen(const struct conn *c)
{
	uint64_t sent, taken;

	byte_count(c->fd, &sent, &taken);
	if (c->generation > 0) {
		sent = less(sent, c->move.sent);
		taken = less(taken, c->move.taken);
	}
	return !exchange_has_seen(c, sent, taken);
}

/* Inside. */
static enum verdict
judge(struct conn *c, int error, bool sending, enum rsp_repeat *kind)
{
	*kind = c->moves_without_byte < CONN_MOVES_WITHOUT_BYTE
		    ? exchange_may_move(c, sending)
		    : RSP_REPEAT_STAY;
	if (*kind != RSP_REPEAT_STAY && c->exchange != NULL &&
	    is_used_unseen(c)) {
		conn_forbid_moves(c);
		return NO;
	}
	switch (*kind) {
	case RSP_REPEAT_STAY:
		return NO;
	case RSP_REPEAT_REQUEST:
	case RSP_REPEAT_RESUME:
		return YES;
	case RSP_REPEAT_IDLE:
		break;
	}
	if (c->exchange == NULL && byte_count_is_used(c->fd))
		return NO;
	/* A server that hangs up on every connection is not followed through
	 * the pool. */
	if (c->exchange == NULL)
		return error != 0 ? YES : c->generation == 0 ? IF_DEAD : NO;
	/* The program may be waiting for the rest of an answer, which no other
	 * element would send. */
	return sending ? YES : NO;
}

static int
wait_for(int fd, short events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	return sys_poll(&p, 1, ms) > 0 ? p.revents : 0;
}

/* How long a probe may take, and how long what it finds is doubted. */
struct haste {
	int probe_ms, doubt_ms;
};

/* An answer takes a round trip.  A call that must not wait gives it the time of
 * two, as the connection has measured it. */
static struct haste
haste_of(int fd, enum move_patience patience)
{
	struct haste haste = { SHORT_PROBE_MS, SHORT_DOUBT_MS };
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (patience == MOVE_WAITS)
		return (struct haste){ PROBE_MS, DOUBT_MS };
	memset(&info, 0, sizeof(info));
	if (sys_getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0)
		haste.probe_ms += (int)(info.tcpi_rtt / 500);
	if (haste.probe_ms > FAR_PROBE_MS)
		haste.probe_ms = FAR_PROBE_MS;
	return haste;
}

/* A fresh connection to the element: 0 when it stands, else why not. */
static int
knock(int fd, const struct rsp_candidate *e, const struct haste *haste)
{
	union conn_address to;
	socklen_t len = rsp_sockaddr_put(&to.any, &e->address, e->port);
	socklen_t size = sizeof(int);
	char byte;
	long n;
	int err = -sys_connect(fd, &to, len);

	if (err == EINPROGRESS) {
		if (wait_for(fd, POLLOUT, haste->probe_ms) == 0)
			return ETIMEDOUT;
		sys_getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size);
	}
	if (err != 0 || wait_for(fd, POLLIN, haste->doubt_ms) == 0)
		return err;
	n = sys_call(SYS_recvfrom, fd, (long)&byte, 1, MSG_PEEK | MSG_DONTWAIT,
	    0, 0);
	return n > 0 ? 0 : ECONNRESET;
}

/* Is that element dead?  The error that says so, or 0. */
static int
probe(const struct rsp_candidate *e, const struct haste *haste)
{
	int family = e->address.family == 6 ? AF_INET6 : AF_INET, err;
	int fd =
	    sys_socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return 0;
	err = knock(fd, e, haste);
	sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
	return err;
}

static bool
is_silence(int error)
{
	return error == ETIMEDOUT || error == EHOSTUNREACH;
}

/* What is known when a move begins. */
struct departure {
	struct rsp_user_pool pool;
	struct rsp_candidate from;
	uint32_t left[CONN_MOVES_WITHOUT_BYTE]; /* without a byte from them */
	unsigned n_left;
	bool dead; /* the element that we come from */
	bool sending;
	int error; /* that has been met; 0: the end */
	enum rsp_repeat kind;
};

static bool
was_left(const struct departure *d, uint32_t pe_id)
{
	for (unsigned i = 0; i < d->n_left; i++)
		if (d->left[i] == pe_id)
			return true;
	return pe_id == d->from.pe_id;
}

/* Where to go: the pool's choice, but what we have tried last, and the element
 * that we come from not at all if it is dead. */
static unsigned
choose(const struct departure *d, struct rsp_candidate *list)
{
	struct rsp_candidate tried[CONN_MOVES_WITHOUT_BYTE + 1];
	unsigned n_tried = 0, kept = 0;
	int n =
	    rsp_user_choose(pool_user(), &d->pool, list, RSP_CANDIDATES_MAX);

	/* an element that was dead a moment ago is better than an error */
	n = rsp_user_choose_rest(pool_user(), &d->pool, list,
	    n > 0 ? (unsigned)n : 0, RSP_CANDIDATES_MAX);
	for (int i = 0; i < n; i++)
		if (!was_left(d, list[i].pe_id))
			list[kept++] = list[i];
		else if (n_tried < CONN_MOVES_WITHOUT_BYTE + 1 &&
			 !(d->dead && list[i].pe_id == d->from.pe_id))
			tried[n_tried++] = list[i];
	for (unsigned i = 0; i < n_tried; i++)
		list[kept++] = tried[i];
	return kept;
}

/* Locks the connection if it is still as it was. */
static struct conn *
lock_again(int fd, unsigned generation)
{
	struct conn *c = conn_lock(fd);

	if (c == NULL)
		return NULL;
	if (c->kind == CONN_STREAM && c->state == CONN_OPEN &&
	    c->generation == generation)
		return c;
	conn_unlock(c);
	return NULL;
}

/* Another thread has moved it meanwhile, so there is something to try. */
static bool
has_moved(int fd, unsigned generation)
{
	struct conn *c = conn_lock(fd);
	bool moved = false;

	if (c == NULL)
		return false;
	moved = c->kind == CONN_STREAM && c->generation != generation;
	conn_unlock(c);
	return moved;
}

/* Locked, and inside: from here on no thread reads or writes the old
 * connection.
 */
static void
depart(struct conn *c, const struct departure *d)
{
	rsp_time now = rsp_user_now();

	c->move.kind = d->kind;
	c->move.error = d->error;
	c->move.reading = !d->sending;
	c->move.begun = now;
	c->move.delivered = exchange_delivered(c);
	c->move.from = c->list[c->at];
	c->moving = true;
	c->replaying = false;
	c->generation++;
	c->left[c->moves_without_byte++] = c->move.from.pe_id;
	c->move_end = rsp_time_add(now, settings()->failover_timeout_ms);
	c->end_hidden = false;
	unsettled_begin(c);
}

/* Waits a little for the handshake and for what is to be sent. */
static void
hurry(int fd, enum move_patience patience)
{
	rsp_time end = rsp_time_add(rsp_user_now(),
	    patience == MOVE_WAITS ? AT_ONCE_MS : SOON_MS);
	bool pending = true;

	while (pending && !rsp_time_reached(end, rsp_user_now())) {
		struct conn *c = conn_lock(fd);

		if (c == NULL)
			return;
		if (c->state == CONN_PENDING)
			reach_check(c);
		pending = c->state == CONN_PENDING;
		conn_unlock(c);
		if (pending)
			wait_for(fd, POLLOUT, 5);
	}
}

static bool
go(int fd, unsigned generation, const struct departure *d,
    const struct rsp_candidate *list, unsigned n, enum move_patience patience)
{
	struct conn *c = lock_again(fd, generation);
	bool gone;

	if (c == NULL)
		return has_moved(fd, generation);
	if (n == 0 || !exchange_enter(c)) {
		conn_unlock(c);
		return false;
	}
	if (exchange_may_move(c, d->sending) != d->kind) {
		/* another thread has said or heard something since */
		exchange_leave(c);
		conn_unlock(c);
		return true;
	}
	gone = attempt_disconnect(c) >= 0;
	if (gone) {
		depart(c, d);
		attempt_order(c, option_int(c->fd, SOL_SOCKET, SO_PROTOCOL),
		    list, n);
		if (c->count > 0)
			reach_start(c, option_may_wait(c->fd, 0));
		else
			reach_gave_up(c, d->error);
	} else
		conn_forbid_moves(c); /* a kernel that cannot */
	exchange_leave(c);
	conn_unlock(c);
	if (gone && patience != MOVE_ELSEWHERE)
		hurry(fd, patience);
	return gone;
}

enum move_patience
move_patience(int fd, int flags)
{
	return option_may_wait(fd, flags) ? MOVE_WAITS : MOVE_SOON;
}

/* Tells all others, once; not for a silence that was a short one only. */
static void
tell_death(const struct departure *d, int death)
{
	rsp_user_outcome(pool_user(), &d->pool, &d->from,
	    is_silence(death) ? RSP_OUTCOME_TIMEOUT : RSP_OUTCOME_REFUSED);
	reports_due();
}

/* Is the element that we come from dead?  The error that says so, or 0. */
static int
find_death(int fd, const struct departure *d, enum move_patience patience)
{
	struct haste haste;
	int death;

	if (verdict_find(&d->from, &death) &&
	    (death != 0 || !is_silence(d->error)))
		return death;
	if (is_silence(d->error)) {
		verdict_note(&d->from, d->error);
		tell_death(d, d->error);
		return d->error;
	}
	if (rsp_user_is_dead(pool_user(), &d->pool, &d->from))
		return ECONNREFUSED;
	haste = haste_of(fd, patience);
	death = probe(&d->from, &haste);
	verdict_note(&d->from, death);
	if (death != 0 && (patience == MOVE_WAITS || !is_silence(death)))
		tell_death(d, death);
	return death;
}

bool
move_try(int fd, unsigned generation, int error, bool sending,
    enum move_patience patience)
{
	struct rsp_candidate list[RSP_CANDIDATES_MAX];
	struct conn *c = lock_again(fd, generation);
	struct departure d = { .sending = sending, .error = error };
	enum verdict verdict = NO;
	int death;

	if (c == NULL)
		return has_moved(fd, generation);
	if (exchange_enter(c)) {
		verdict = judge(c, error, sending, &d.kind);
		exchange_leave(c);
	}
	d.pool = c->pool;
	d.from = c->list[c->at];
	d.n_left = c->moves_without_byte;
	memcpy(d.left, c->left, sizeof(d.left));
	conn_unlock(c);
	if (verdict == NO || conn_borrowed())
		return false;
	death = find_death(fd, &d, patience);
	d.dead = death != 0;
	if (verdict == IF_DEAD && death == 0)
		return false;
	return go(fd, generation, &d, list, choose(&d, list), patience);
}

static void
refuse(struct conn *c, const char *why)
{
	conn_forbid_moves(c);
	/* nothing more goes to, or comes from, a server with other content */
	sys_call(SYS_shutdown, c->fd, SHUT_RDWR, 0, 0, 0, 0);
	explain_move_refused(c, why);
	rsp_user_count(pool_user(), &c->pool, RSP_CACHE_LOST);
}

void
move_refused(struct conn *c)
{
	refuse(c, "does not have the same content");
}

bool
move_is_late(struct conn *c)
{
	if (!exchange_is_skipping(c) || conn_never_moves(c) ||
	    rsp_user_now() - c->move.begun < settings()->failover_timeout_ms)
		return false;
	exchange_refuse(c);
	refuse(c, "takes too long to send it again");
	return true;
}

void
move_forbid(int fd)
{
	struct conn *c = conn_lock(fd);

	if (c == NULL)
		return;
	conn_forbid_moves(c);
	/* what a move has begun is still brought to its end */
	if (c->kind == CONN_STREAM && c->state == CONN_OPEN &&
	    exchange_enter(c)) {
		conn_set_followed(c, exchange_is_moved(c));
		exchange_leave(c);
		conn_mark(c);
	}
	conn_unlock(c);
}
