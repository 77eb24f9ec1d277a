/* SPDX-License-Identifier: Apache-2.0 */
/* attempt.c - one pool element after the other */
#include "shim/real.h"

#include "shim/attempt.h"

#include <errno.h>
#include <string.h>
#include <sys/time.h>

#include "rsp/net/log.h"
#include "rsp/net/sys.h"
#include "shim/settings.h"
#include "shim/explain.h"
#include "shim/exchange.h"
#include "shim/handshake.h"
#include "shim/move.h"
#include "shim/option.h"
#include "shim/pending.h"
#include "shim/replace.h"
#include "shim/sctp.h"
#include "shim/wait.h"

bool
attempt_can_go_on(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE:
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
	case ENETDOWN:
	case ENONET:
	case EPROTO:
	case ENOPROTOOPT: /* ICMP: no such protocol there */
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case EACCES:
	case EPERM:
		return true;
	}
	return false;
}

static enum rsp_outcome
judge(int error)
{
	switch (error) {
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case EHOSTDOWN:
		return RSP_OUTCOME_TIMEOUT;
	case ENETUNREACH:
	case ENETDOWN:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case EACCES:
	case EPERM:
		return RSP_OUTCOME_OWN_FAULT;
	}
	return RSP_OUTCOME_REFUSED;
}

/* Family 0: either. */
static void
append(struct conn *c, const struct rsp_candidate *list, unsigned n,
    uint8_t family)
{
	for (unsigned i = 0; i < n && c->count < RSP_CANDIDATES_MAX; i++)
		if (list[i].transport == c->transport &&
		    (family == 0 || list[i].address.family == family))
			c->list[c->count++] = list[i];
}

/* Does a socket of this protocol speak the pool's transport?  TCP's can be
 * exchanged. */
static bool
speaks(const struct conn *c, int protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_MPTCP:
		return c->transport == RSP_PARAM_TCP ||
		       c->transport == RSP_PARAM_SCTP;
	case IPPROTO_SCTP:
		return c->transport == RSP_PARAM_SCTP ||
		       (c->transport == RSP_PARAM_TCP && c->was_tcp);
	case IPPROTO_UDP:
		return c->transport == RSP_PARAM_UDP;
	case IPPROTO_UDPLITE:
		return c->transport == RSP_PARAM_UDPLITE;
	case IPPROTO_DCCP:
		return c->transport == RSP_PARAM_DCCP;
	}
	return false;
}

/* A v6 socket that has tried a v4-mapped address hangs when it is connected to
 * a native one, so those go first or not at all.  A v4 socket must be replaced
 * to reach a v6 address, so that is left for the end. */
static void
append_suitable(struct conn *c, const struct rsp_candidate *list, unsigned n)
{
	if (c->transport == RSP_PARAM_SCTP) {
		append(c, list, n, 0);
		return;
	}
	if (c->family == AF_INET6 && !c->mapped)
		append(c, list, n, 6);
	if (c->family == AF_INET || option_allow_mapped(c))
		append(c, list, n, 4);
	if (c->family == AF_INET && c->kind == CONN_STREAM)
		append(c, list, n, 6);
}

void
attempt_order(struct conn *c, int protocol, const struct rsp_candidate *list,
    unsigned n)
{
	c->count = c->at = 0;
	c->transport = n > 0 ? list[0].transport : 0;
	if (speaks(c, protocol))
		append_suitable(c, list, n);
}

/* Elements under a mark are not in the list while there are others.  Now these
 * have failed, and who was dead a moment ago is better than an error.  A move
 * has them in its list from the start. */
static void
append_marked(struct conn *c)
{
	struct rsp_candidate list[RSP_CANDIDATES_MAX];
	unsigned n = c->count;
	int all;

	if (c->moving || failover_of(&c->pool) == FAILOVER_OFF)
		return;
	memcpy(list, c->list, n * sizeof(list[0]));
	all = rsp_user_choose_rest(pool_user(), &c->pool, list, n,
	    RSP_CANDIDATES_MAX);
	append_suitable(c, list + n, (unsigned)all - n);
}

static socklen_t
put_native(const struct rsp_candidate *e, union conn_address *to)
{
	return rsp_sockaddr_put(&to->any, &e->address, e->port);
}

static socklen_t
put_mapped(const struct rsp_candidate *e, union conn_address *to)
{
	memset(to, 0, sizeof(*to));
	to->v6.sin6_family = AF_INET6;
	to->v6.sin6_port = htons(e->port);
	to->v6.sin6_addr.s6_addr[10] = to->v6.sin6_addr.s6_addr[11] = 0xff;
	memcpy(&to->v6.sin6_addr.s6_addr[12], e->address.bytes, 4);
	return sizeof(to->v6);
}

socklen_t
attempt_target(struct conn *c, union conn_address *to)
{
	const struct rsp_candidate *e = &c->list[c->at];

	if (c->transport == RSP_PARAM_SCTP)
		return sctp_aim(c) ? put_native(e, to) : 0;
	if (e->address.family == 6 && c->family == AF_INET && !replace_by_v6(c))
		return 0;
	if (e->address.family == 6 && c->mapped)
		return 0;
	if (e->address.family == 6 || c->family == AF_INET)
		return put_native(e, to);
	c->mapped = true;
	return put_mapped(e, to);
}

int64_t
attempt_time(const struct conn *c, rsp_time now)
{
	int64_t ms = settings()->connect_timeout_ms;

	if (c->move_end != RSP_NEVER && c->move_end - now < ms)
		ms = c->move_end - now;
	return ms > 0 ? ms : 0;
}

static void
note_failure(struct conn *c, int error, enum rsp_outcome outcome)
{
	rsp_user_outcome(pool_user(), &c->pool, &c->list[c->at], outcome);
	if (outcome != RSP_OUTCOME_OWN_FAULT)
		reports_due();
	explain_element(c, error);
}

bool
attempt_failed(struct conn *c, int error)
{
	rsp_time now = rsp_user_now();

	__atomic_add_fetch(&pending_moves, 1, __ATOMIC_RELAXED);
	note_failure(c, error, judge(error));
	if (c->move_end == RSP_NEVER)
		c->move_end =
		    rsp_time_add(now, settings()->failover_timeout_ms);
	if (++c->at == c->count)
		append_marked(c);
	return c->at < c->count && !rsp_time_reached(c->move_end, now);
}

void
attempt_opened(struct conn *c)
{
	char where[RSP_SOCKADDR_TEXT];

	if (c->moving && !move_opened(c))
		return;
	conn_set_state(c, CONN_OPEN);
	option_restore_syn_count(c);
	if (c->sctp)
		sctp_opened(c);
	if (!c->moving && c->transport == RSP_PARAM_TCP)
		exchange_begin(c);
	c->moving = false;
	conn_mark(c);
	if (c->list[c->at].marked)
		rsp_user_outcome(pool_user(), &c->pool, &c->list[c->at],
		    RSP_OUTCOME_ALIVE);
	if (rsp_log_enabled(RSP_LOG_DEBUG))
		rsp_log(RSP_LOG_DEBUG, "connected to element 0x%x at %s",
		    c->list[c->at].pe_id,
		    rsp_hostport_text(&c->list[c->at].address,
			c->list[c->at].port, where));
}

int
attempt_disconnect(struct conn *c)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	socklen_t len = sizeof(int);
	int err, ignored = 0;

	if (c->sctp)
		return sctp_renew(c);
	err = sys_connect(c->fd, &none, sizeof(none));
	/* the disconnection itself left an error there */
	sys_getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &ignored, &len);
	return err;
}

void
attempt_gave_up(struct conn *c, int error)
{
	if (c->moving)
		error = move_gave_up(c);
	else
		explain_failure(c, error);
	conn_set_state(c, CONN_FAILED);
	c->error = error;
	option_restore_syn_count(c);
	sctp_give_back(c);
	conn_mark(c);
}

static int
connect_now(struct conn *c, const union conn_address *to, socklen_t len)
{
	return c->sctp ? sctp_connect(c) : sys_connect(c->fd, to, len);
}

/* connect() that returns at once, on blocking sockets too: O_NONBLOCK belongs
 * to the program, and to everybody who shares the file description. */
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
 * all the same that it goes on.  Who looks right then has no handshake to care
 * for: no limit, no second look.  Only within the program's own connect():
 * later on it may hold news of an element before. */
static bool
is_there_already(const struct conn *c)
{
	return c->at == 0 && !c->sctp && !c->moving &&
	       rsp_address_is_loopback(&c->list[c->at].address) &&
	       handshake_is_done(c->fd);
}

bool
attempt_start(struct conn *c, bool waits)
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
			attempt_gave_up(c, before != 0 ? before : -err);
			return false;
		}
		before = -err;
		if (!attempt_failed(c, -err)) {
			attempt_gave_up(c, -err);
			return false;
		}
	}
	if (err == 0 || is_there_already(c)) {
		c->owes_zero =
		    err == 0; /* else the kernel's own is still to come */
		attempt_opened(c);
	} else {
		option_limit_syn_count(c);
		conn_set_state(c, CONN_PENDING);
		conn_mark(c);
	}
	return err == 0;
}

void
attempt_next(struct conn *c, int error)
{
	bool more = attempt_failed(c, error);

	c->replaying = false;

	if (attempt_disconnect(c) < 0 || !more)
		attempt_gave_up(c, error);
	else
		attempt_start(c, wait_is_allowed(c->fd, 0));
}

void
attempt_check(struct conn *c)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (c->replaying && !rsp_time_reached(c->attempt_end, rsp_user_now())) {
		attempt_opened(c);
		return;
	}
	switch (c->replaying ? HANDSHAKE_RUNS
		: c->sctp    ? sctp_look(c->fd)
			     : handshake_look(c->fd)) {
	case HANDSHAKE_RUNS:
		if (rsp_time_reached(c->attempt_end, rsp_user_now()))
			attempt_next(c, ETIMEDOUT);
		else if (c->moving)
			conn_mark(c);
		return;
	case HANDSHAKE_DONE:
		attempt_opened(c);
		return;
	case HANDSHAKE_LOST:
		sys_getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
		attempt_next(c, error != 0 ? error : ECONNREFUSED);
		return;
	}
}
