/* SPDX-License-Identifier: Apache-2.0 */
/* connect.c - connect: from a synthetic address to a pool element
 *
 * The element is chosen here, once per connection, by the pool's policy.  A
 * blocking connect() goes through the pool before it returns; a non-blocking
 * one starts with the first element, and the calls that the program waits with
 * carry it on (attempt.h).
 */
#include "shim/real.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/time.h>

#include "rsp/user/room.h"
#include "rsp/net/sys.h"
#include "rsp/core/base/error.h"
#include "shim/abandoned.h"
#include "shim/attempt.h"
#include "shim/beside.h"
#include "shim/elsewhere.h"
#include "shim/settings.h"
#include "shim/explain.h"
#include "shim/fdtable.h"
#include "shim/exchange.h"
#include "shim/given.h"
#include "shim/option.h"
#include "shim/ready.h"
#include "shim/sctp.h"
#include "shim/udp.h"
#include "shim/wait.h"
#include "shim/reach.h"
#include "shim/conn.h"
#include "shim/unsettled.h"

/* A blocking connect() that still exists would have done something by then.
 */
#define ABANDONED_MS 1000

static int
fail(int error)
{
	errno = error;
	return -1;
}

/* The program is told, or finds out, that the handshake goes on. */
static void
leave_pending(struct conn *c)
{
	option_limit_syn_count(c);
	conn_set_state(c, CONN_PENDING);
	conn_mark(c);
}

/* A blocking connect() is bounded by SO_SNDTIMEO or, where it can be, by
 * TCP_USER_TIMEOUT; either is given back however it ends. */
struct bounded {
	int fd;
	struct timeval own;
	bool by_kernel; /* TCP_USER_TIMEOUT, */
	int patience;	/* which was this */
	bool returned;	/* else the thread is being cancelled */
};

/* A result of connect_within(): interrupted by a signal that may do so. */
#define INTERRUPTED (-EINTR)

/* The first SYN is repeated after a second.  Until then only SO_SNDTIMEO's end
 * is noticed. */
#define PATIENCE_LEAST_MS 1000

static void
unbind(void *arg)
{
	const struct bounded *b = arg;
	struct conn *c;

	if (b->by_kernel)
		sys_setsockopt(b->fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
		    &b->patience, sizeof(b->patience));
	else
		sys_setsockopt(b->fd, SOL_SOCKET, SO_SNDTIMEO, &b->own,
		    sizeof(b->own));
	if (b->returned || (c = conn_lock(b->fd)) == NULL)
		return;
	if (c->state == CONN_BUSY)
		leave_pending(c);
	conn_unlock(c);
}

/* A handler that was installed with SA_RESTART interrupts a connect() all the
 * same once SO_SNDTIMEO is set. */
static void
bind_within(struct bounded *b, int64_t ms)
{
	struct timeval limit = { ms / 1000, ms % 1000 * 1000 };
	int patience = (int)ms;

	if (ms >= PATIENCE_LEAST_MS && b->own.tv_sec == 0 &&
	    b->own.tv_usec == 0) {
		if (option_was_set(OPTION_PATIENCE))
			b->patience =
			    option_int(b->fd, IPPROTO_TCP, TCP_USER_TIMEOUT);
		b->by_kernel =
		    sys_setsockopt(b->fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
			&patience, sizeof(patience)) == 0;
	}
	if (b->by_kernel)
		return;
	if (ms <= 0)
		limit = (struct timeval){ 0, 1 };
	sys_setsockopt(b->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/* 0 or the error; EINPROGRESS or EALREADY when the time is up. */
static int
connect_within(int fd, const union conn_address *to, socklen_t len,
    const struct timeval *own, int64_t ms)
{
	struct bounded b = { .fd = fd, .own = *own };
	int err;

	pthread_cleanup_push(unbind, &b);
	bind_within(&b, ms);
	err = real.connect(fd, &to->sa, len) == 0 ? 0 : errno;
	b.returned = true;
	pthread_cleanup_pop(1);
	return b.by_kernel && err == EINTR ? INTERRUPTED : err;
}

/* The program's SO_SNDTIMEO, and when it ends. */
static rsp_time
own_limit(int fd, struct timeval *own)
{
	socklen_t len = sizeof(*own);

	own->tv_sec = own->tv_usec = 0;
	if (!option_was_set(OPTION_TIMEOUT))
		return RSP_NEVER;
	sys_getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, own, &len);
	if (own->tv_sec == 0 && own->tv_usec == 0)
		return RSP_NEVER;
	return rsp_time_add(rsp_user_now(),
	    (int64_t)own->tv_sec * 1000 + own->tv_usec / 1000);
}

/* The current candidate did not answer; true: there is another. */
static bool
next_candidate(struct conn *c, int error, bool timed_out)
{
	bool more = attempt_failed(c, error);

	if (timed_out && attempt_disconnect(c) < 0)
		more = false;
	if (!more) {
		explain_failure(c, error);
		conn_set_state(c, CONN_OVER);
		conn_mark(c);
	}
	return more;
}

/* Tries one candidate, with the lock given back meanwhile.  The error, or 0;
 * *lost: another thread closed the descriptor, and nothing is locked. */
static int
try_candidate(struct conn *c, const struct timeval *own, rsp_time end,
    bool *lost)
{
	union conn_address to;
	socklen_t len = attempt_target(c, &to);
	int64_t ms = rsp_time_min(end, c->attempt_end) - rsp_user_now();
	struct conn *again;
	int fd = c->fd, err;

	option_restore_lost(c);
	c->connecting = (uintptr_t)pthread_self();
	c->patience = *own;
	conn_set_state(c, CONN_BUSY);
	conn_mark(c);
	*lost = false;
	if (len == 0)
		return EAFNOSUPPORT;
	conn_unlock(c);
	err = connect_within(fd, &to, len, own, ms);
	again = conn_lock_again(fd);
	*lost = again != c;
	if (*lost && again != NULL)
		conn_unlock(again);
	return err;
}

static void
start_clock(struct conn *c)
{
	rsp_time now = rsp_user_now();

	c->attempt_end = rsp_time_add(now, attempt_time(c, now));
}

/* Tries candidates until one answers or all have failed; unlocks. */
static int
connect_blocking(struct conn *c)
{
	struct timeval own;
	rsp_time end = own_limit(c->fd, &own);
	bool lost, late;
	int err;

	do {
		start_clock(c);
		do
			err = try_candidate(c, &own, end, &lost);
		while (!lost && err == EINTR && !option_must_interrupt());
		if (err == INTERRUPTED)
			err = EINTR;
		if (lost)
			return err == 0 ? 0 : fail(err);
		if (err == 0) {
			reach_opened(c);
			conn_unlock(c);
			return 0;
		}
		late = err == EINPROGRESS || err == EALREADY;
		if (err == EINTR ||
		    (late && rsp_time_reached(end, rsp_user_now() + 1))) {
			if (late)
				abandoned_note(c);
			leave_pending(c);
			conn_unlock(c);
			return fail(late ? EINPROGRESS : EINTR);
		}
		if (late)
			err = ETIMEDOUT;
		if (!attempt_can_go_on(err)) {
			conn_forget(c);
			return fail(err);
		}
	} while (next_candidate(c, err, late));
	conn_unlock(c);
	return fail(err);
}

/* Starts the search, and leaves the rest to the calls that the program waits
 * with; unlocks. */
static int
connect_at_once(struct conn *c, bool waits)
{
	bool done = reach_start(c, waits);
	int err;

	switch (c->state) {
	case CONN_OPEN:
		c->owes_zero = false;
		conn_unlock(c);
		/* a handshake that is over is still news */
		return done ? 0 : fail(EINPROGRESS);
	case CONN_PENDING:
		conn_unlock(c);
		return fail(EINPROGRESS);
	default:
		break;
	}
	err = c->error;
	conn_set_state(c, CONN_OVER);
	conn_mark(c);
	if (attempt_can_go_on(err))
		conn_unlock(c);
	else
		conn_forget(c);
	return fail(err);
}

/* Looks what the socket is, before it is connected. */
struct nature {
	int protocol, family;
	enum conn_kind kind;
	bool bound;
	enum beside beside;
};

/* Fills in a connection for a new search through the pool. */
static bool
prepare(struct conn *c, const struct nature *nature,
    const struct rsp_user_pool *pool, const struct sockaddr *sa, socklen_t len,
    const struct rsp_candidate *list, unsigned n)
{
	int off = 0;

	c->pool = *pool;
	c->named_len = len < sizeof(c->named) ? len : sizeof(c->named);
	memset(&c->named, 0, sizeof(c->named));
	memcpy(&c->named, sa, c->named_len);
	if (c->family == 0) {
		c->family = nature->family;
		c->bound = nature->bound;
		c->port_only = c->bound && option_is_bound_to_port(c->fd);
		c->sctp = nature->protocol == IPPROTO_SCTP;
		option_save_lost(c);
	}
	c->move_end = RSP_NEVER;
	c->error = 0;
	c->told_early = c->owes_zero = false;
	c->moving = c->replaying = c->never_moves = c->ended = false;
	c->shut_held = c->multihomed = false;
	c->moves_without_byte = 0;
	c->kept_error = 0;
	c->end_hidden = false;
	unsettled_end(c);
	exchange_end(c);
	beside_closed(c);
	c->ftp.state = FTP_NONE;
	c->aside_pe = list[0].pe_id;
	c->aside_port = nature->beside != BESIDE_NONE ? list[0].port : 0;
	c->falls_back = nature->beside == BESIDE_FIRST;
	attempt_order(c, nature->protocol, list, n);
	if (c->count > 1 && failover_of(pool) == FAILOVER_OFF)
		c->count = 1;
	/* it would answer before the element did */
	if (option_was_set(OPTION_FASTOPEN) &&
	    option_int(c->fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT) != 0)
		sys_setsockopt(c->fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &off,
		    sizeof(off));
	return c->count > 0;
}

static bool connect_again(int fd, int *result);

/* Connects over SCTP, waiting or not; unlocks.  The search is the one for
 * sockets on which no thread waits, and then it is waited for. */
static int
connect_sctp(struct conn *c)
{
	bool waits = option_may_wait(c->fd, 0);
	int fd = c->fd, r;

	r = connect_at_once(c, waits);
	if (r == 0 || errno != EINPROGRESS || !waits)
		return r;
	c = conn_lock(fd);
	if (c == NULL)
		return fail(EBADF);
	c->owes_zero = true; /* the 0 of this call */
	conn_unlock(c);
	do
		if (!connect_again(fd, &r))
			return fail(ECONNREFUSED);
	while (r != 0 && errno == EINTR && !option_must_interrupt());
	if (r != 0 && errno == EALREADY)
		errno = EINPROGRESS;
	return r;
}

/* Unlocks. */
static int
start(struct conn *c)
{
	int err;

	if (c->sctp)
		return connect_sctp(c);
	if (c->kind == CONN_STREAM)
		return option_may_wait(c->fd, 0) ? connect_blocking(c)
						 : connect_at_once(c, false);
	err = udp_connect(c);
	conn_unlock(c);
	return err == 0 ? 0 : fail(err);
}

/* What the kernel says to a connect() on a connected socket: 0 once, if no
 * thread has waited for the handshake in connect() itself, then EISCONN. */
static int
connect_open(struct conn *c, int fd)
{
	union conn_address to;
	socklen_t len = c->sctp ? 0 : attempt_target(c, &to);
	bool owed = c->owes_zero;

	c->owes_zero = false;
	return owed ? 0 : len == 0 ? EISCONN : -sys_connect(fd, &to, len);
}

/* A signal handler has jumped out of the connect() that was to take care of the
 * connection: this thread's, or one whose time is long over.  Then it is as if
 * no thread had waited. */
static void
take_over(int fd)
{
	struct conn *c = conn_lock(fd);

	if (c == NULL)
		return;
	if (c->state == CONN_BUSY &&
	    (c->connecting == (uintptr_t)pthread_self() ||
		rsp_time_reached(rsp_time_add(c->attempt_end, ABANDONED_MS),
		    rsp_user_now()))) {
		sys_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &c->patience,
		    sizeof(c->patience));
		leave_pending(c);
		c->owes_zero = true;
	}
	conn_unlock(c);
}

/* connect() on a connection that is one already.  True: *result is the answer,
 * as the kernel would have it; false: begin afresh. */
static bool
connect_again(int fd, int *result)
{
	struct conn *c;
	int err;

	take_over(fd);
	if (option_may_wait(fd, 0) && wait_connected(fd, SO_SNDTIMEO) != 0) {
		*result = fail(errno == EAGAIN ? EALREADY : errno);
		return true;
	}
	c = conn_lock(fd);
	if (c == NULL)
		return false;
	if (c->state == CONN_PENDING)
		reach_check(c);
	if (c->ended) {
		conn_set_state(c, CONN_OVER);
		conn_mark(c);
	}
	if (c->kind != CONN_STREAM || c->state == CONN_OVER) {
		conn_unlock(c);
		return false;
	}
	if (c->state == CONN_FAILED) {
		err = c->error;
		conn_set_state(c, CONN_OVER);
		conn_mark(c);
	} else if (c->state == CONN_OPEN)
		err = connect_open(c, fd);
	else
		err = EALREADY;
	conn_unlock(c);
	*result = err == 0 ? 0 : fail(err);
	return true;
}

/* The connection of a socket that is to begin afresh, locked. */
static struct conn *
fresh(int fd, enum conn_kind kind)
{
	struct conn *c = conn_lock(fd);

	if (c != NULL && c->kind == kind)
		return c;
	if (c != NULL)
		conn_forget(c);
	return conn_new(fd, kind);
}

/* The elements to try for a connection that names this port: the element of
 * another open connection, or the pool's choice. */
static int
choose(const struct rsp_user_pool *pool, uint16_t port, struct nature *nature,
    struct rsp_candidate *list)
{
	enum beside beside = beside_find(pool, port, list);
	int n;

	nature->beside = beside;
	if (beside == BESIDE_UNKNOWN) {
		explain_port(pool, port);
		return RSP_ENOENT;
	}
	if (beside == BESIDE_ONLY ||
	    (beside == BESIDE_FIRST && failover_of(pool) != FAILOVER_OFF))
		return 1;
	nature->beside = BESIDE_NONE;
	n = rsp_user_choose_found(pool_user(), pool, list, RSP_CANDIDATES_MAX);
	if (n == 0) /* an error has been explained already */
		explain_emptiness(pool, n);
	if (n <= 0)
		return n;
	n = (int)beside_stick(pool, list, (unsigned)n, RSP_CANDIDATES_MAX);
	abandoned_last(pool, list, (unsigned)n);
	return n;
}

/* An address of another family than the socket's is the kernel's to refuse. */
static bool
suits(int fd, int family, const struct sockaddr *sa)
{
	struct conn *c;

	if (family != sa->sa_family && (c = conn_lock(fd)) != NULL) {
		if (c->was_v4)
			family = AF_INET;
		conn_unlock(c);
	}
	return family == sa->sa_family;
}

/* False: no pool can be reached by this socket. */
static bool
look_at(int fd, const struct sockaddr *sa, struct nature *nature)
{
	nature->protocol = option_int(fd, SOL_SOCKET, SO_PROTOCOL);
	if (!conn_kind_with(fd, nature->protocol, &nature->kind))
		return false;
	nature->bound = option_is_bound(fd, &nature->family);
	return suits(fd, nature->family, sa);
}

static int
begin_with(struct rsp_candidate *list, int fd, struct nature *nature,
    const struct rsp_user_pool *pool, const struct sockaddr *sa, socklen_t len,
    struct conn **c)
{
	/* of both families the port is at the same place */
	uint16_t port =
	    ntohs(((const struct sockaddr_in *)(const void *)sa)->sin_port);
	int n = choose(pool, port, nature, list), r;

	if (n <= 0)
		return n == RSP_ETIMEOUT ? EHOSTUNREACH : ECONNREFUSED;
	*c = fresh(fd, nature->kind);
	if (*c == NULL)
		return EHOSTUNREACH;
	if (prepare(*c, nature, pool, sa, len, list, (unsigned)n)) {
		r = sctp_begin(*c);
		if (r != 0)
			conn_forget(*c);
		return r;
	}
	conn_forget(*c);
	explain_emptiness(pool, n);
	return ECONNREFUSED;
}

/* 0: *c is a connection that can be started, locked; else the error. */
static int
begin(int fd, struct nature *nature, const struct rsp_user_pool *pool,
    const struct sockaddr *sa, socklen_t len, struct conn **c)
{
	struct rsp_candidate *list = rsp_room_open();
	int r;

	if (list == NULL)
		return EHOSTUNREACH;
	r = begin_with(list, fd, nature, pool, sa, len, c);
	rsp_room_close(list);
	return r;
}

static int
connect_pool(int fd, const struct sockaddr *sa, socklen_t len,
    const struct rsp_address *a)
{
	struct rsp_user_pool pool;
	struct nature nature;
	struct conn *c;
	int r;

	if (fd_flags(fd) != 0 && connect_again(fd, &r))
		return r;
	if (pool_user() == NULL || !given_pool(fd, a, &pool) ||
	    !look_at(fd, sa, &nature) ||
	    (nature.kind == CONN_DATAGRAM && !given_is(&pool)))
		return connect_elsewhere(fd, sa, len);
	if (a->bytes[0] == 0xff && nature.kind == CONN_STREAM &&
	    (r = explain_lost(&pool)) != 0)
		return fail(r);
	r = begin(fd, &nature, &pool, sa, len, &c);
	return r != 0 ? fail(r) : start(c);
}

EXPORT int
connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t len)
{
	const struct sockaddr *sa = to.__sockaddr__;
	struct rsp_address a;
	int saved = errno, r;

	if (!conn_is_synthetic(sa, len, &a))
		return connect_elsewhere(fd, sa, len);
	r = connect_pool(fd, sa, len, &a);
	if (r == 0) {
		reports_send();
		errno = saved;
	}
	return r;
}
