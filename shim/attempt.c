/* SPDX-License-Identifier: Apache-2.0 */
/* attempt.c - attempts to reach one pool element after the other on one socket
 */
#include "shim/real.h"

#include "shim/attempt.h"

#include <errno.h>
#include <string.h>
#include <sys/time.h>

#include "rsp/net/log.h"
#include "rsp/user/room.h"
#include "rsp/net/sys.h"
#include "shim/abandoned.h"
#include "shim/beside.h"
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

/* Does a socket of this protocol speak the pool's transport?  A TCP socket can
 * be exchanged. */
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
	if (c->family == AF_INET)
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

_Static_assert(sizeof(struct rsp_candidate[RSP_CANDIDATES_MAX]) <=
		   RSP_ROOM_BYTES,
    "a list is one room");
/* Nothing listens at the port that was named, so the program meant the pool:
 * its elements in turn, the dead ones last.  The pool's choice would have to be
 * asked for, and that takes time. */
static void
fall_back(struct conn *c)
{
	struct rsp_candidate list[RSP_CANDIDATES_MAX];
	unsigned n, at;

	if (!c->falls_back)
		return;
	c->falls_back = false;
	n = (unsigned)rsp_user_choose_rest(pool_user(), &c->pool, list, 0,
	    RSP_CANDIDATES_MAX);
	for (unsigned i = 0; i < 2 * n; i++) {
		at = (unsigned)((c->cookie + i) % n);
		if (rsp_user_is_dead(pool_user(), &c->pool, &list[at]) ==
		    (i >= n))
			append_suitable(c, &list[at], 1);
	}
}

/* Elements under a mark are not in the list while there are others.  Now these
 * have failed, and an element that was dead a moment ago is better than an
 * error.  A move has them in its list from the start. */
static void
append_marked(struct conn *c)
{
	struct rsp_candidate *list;
	unsigned n = c->count;
	int all;

	if (c->moving || failover_of(&c->pool) == FAILOVER_OFF)
		return;
	if (c->aside_port != 0) {
		fall_back(c);
		return;
	}
	list = rsp_room_open();
	if (list == NULL)
		return;
	memcpy(list, c->list, n * sizeof(list[0]));
	all = rsp_user_choose_rest(pool_user(), &c->pool, list, n,
	    RSP_CANDIDATES_MAX);
	append_suitable(c, list + n, (unsigned)all - n);
	rsp_room_close(list);
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
	/* another port is not the pool's */
	if (conn_is_aside(c))
		outcome = RSP_OUTCOME_OWN_FAULT;
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
