/* SPDX-License-Identifier: Apache-2.0 */
/* udp.c - datagrams to pools: which element gets them */
#include "shim/real.h"

#include "shim/udp.h"

#include <errno.h>
#include <string.h>

#include "rsp/net/sys.h"
#include "rsp/core/base/error.h"
#include "shim/abandoned.h"
#include "shim/attempt.h"
#include "shim/settings.h"
#include "shim/fdtable.h"
#include "shim/given.h"
#include "shim/option.h"
#include "shim/conn.h"
#include "shim/replace.h"
#include "shim/udp_watch.h"

#define IDLE_MS 30000
#define CHECK_MS 1000 /* between looks whether it is still in the pool */

int
udp_connect(struct conn *c)
{
	union conn_address to;
	int err;

	c->answered = false;
	do {
		socklen_t len = attempt_target(c, &to);

		err = len == 0 ? EAFNOSUPPORT : -sys_connect(c->fd, &to, len);
		if (err == 0) {
			conn_set_state(c, CONN_OPEN);
			conn_mark(c);
			return 0;
		}
	} while (attempt_can_go_on(err) && attempt_failed(c, err));
	conn_set_state(c, CONN_OVER);
	conn_mark(c);
	return err;
}

void
udp_answered(int fd)
{
	struct conn *c = conn_lock(fd);

	if (c == NULL)
		return;
	if (c->kind == CONN_DATAGRAM && c->state == CONN_OPEN) {
		c->answered = true;
		conn_mark(c);
		rsp_user_outcome(pool_user(), &c->pool, &c->list[c->at],
		    RSP_OUTCOME_ALIVE);
	}
	conn_unlock(c);
}

/* After a round through all elements without an answer the program gets the
 * error, and the next round begins. */
bool
udp_move(int fd, int error)
{
	struct conn *c;
	bool moved = false;

	if ((fd_flags(fd) & FD_IO) == 0 || !attempt_can_go_on(error))
		return false;
	c = conn_lock(fd);
	if (c == NULL)
		return false;
	if (c->kind == CONN_DATAGRAM && c->state == CONN_OPEN) {
		c->move_end = RSP_NEVER;
		moved = attempt_failed(c, error);
		if (!moved)
			c->at = 0;
		if (udp_connect(c) != 0)
			moved = false;
	}
	conn_unlock(c);
	reports_send();
	errno = error;
	return moved;
}

/* The element of this socket for a pool, if it is still to be used. */
static struct conn_peer *
find_peer(struct conn *c, const struct rsp_user_pool *pool)
{
	rsp_time now = rsp_user_now();

	for (unsigned i = 0; i < CONN_PEERS; i++) {
		struct conn_peer *p = &c->peers[i];

		if (p->used == 0 || p->pool.index != pool->index)
			continue;
		if (now - p->used < IDLE_MS &&
		    !rsp_user_is_dead(pool_user(), pool, &p->element)) {
			p->used = now;
			return p;
		}
		p->used = 0;
	}
	return NULL;
}

/* A place for another pool: a free one, else the one that has been unused for
 * longest. */
static struct conn_peer *
new_peer(struct conn *c)
{
	struct conn_peer *oldest = &c->peers[0];

	for (unsigned i = 1; i < CONN_PEERS; i++)
		if (c->peers[i].used < oldest->used)
			oldest = &c->peers[i];
	memset(oldest, 0, sizeof(*oldest));
	oldest->used = rsp_user_now();
	return oldest;
}

/* An IPv4 socket reaches an IPv6 element when it has been replaced. */
static bool
can_reach(struct conn *c, const struct rsp_candidate *e, bool replace)
{
	if (e->transport !=
	    (option_int(c->fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_UDPLITE
		    ? RSP_PARAM_UDPLITE
		    : RSP_PARAM_UDP))
		return false;
	if (c->family == AF_INET && e->address.family == 6)
		return replace && replace_by_v6(c);
	if (c->family == AF_INET)
		return true;
	return e->address.family == 6 || option_allow_mapped(c);
}

/* Locks again after a time without the lock; false: the number has another
 * socket now. */
static bool
lock_again(struct conn *c, int fd)
{
	struct conn *again = conn_lock(fd);

	if (again == c)
		return true;
	if (again != NULL)
		conn_unlock(again);
	errno = EBADF;
	return false;
}

/* An element that has left its pool is not kept, however busy the socket is.
 * Asked once in a while, as the answer may have to come from a registrar; no
 * lock is held meanwhile. */
static bool
drop_unlisted(struct conn *c, const struct rsp_user_pool *pool)
{
	struct conn_peer *p = find_peer(c, pool);
	struct rsp_candidate element;
	bool listed;
	int fd = c->fd;

	if (p == NULL || p->used - p->checked < CHECK_MS)
		return true;
	p->checked = p->used;
	element = p->element;
	conn_unlock(c);
	listed = rsp_user_is_listed(pool_user(), pool, &element);
	if (!lock_again(c, fd))
		return false;
	p = find_peer(c, pool);
	if (!listed && p != NULL && p->element.pe_id == element.pe_id)
		p->used = 0;
	return true;
}

/* The first element that the socket reaches as it is, else one that it reaches
 * by being replaced. */
static bool
pick(struct conn *c, const struct rsp_candidate *list, unsigned n,
    struct rsp_candidate *element)
{
	for (unsigned i = 0; i < 2 * n; i++)
		if (can_reach(c, &list[i % n], i >= n)) {
			*element = list[i % n];
			return true;
		}
	return false;
}

/* Asks for the pool's next element; no lock is held meanwhile. */
static bool
choose(struct conn *c, const struct rsp_user_pool *pool,
    struct rsp_candidate *element)
{
	struct rsp_candidate list[RSP_CANDIDATES_MAX];
	int fd = c->fd, n;
	unsigned good;

	conn_unlock(c);
	n = rsp_user_choose(pool_user(), pool, list, RSP_CANDIDATES_MAX);
	if (!lock_again(c, fd))
		return false;
	good = abandoned_last(pool, list, n > 0 ? (unsigned)n : 0);
	if (pick(c, list, good, element) ||
	    (n > 0 && pick(c, list + good, (unsigned)n - good, element)))
		return true;
	conn_unlock(c);
	errno = n == RSP_ETIMEOUT ? EHOSTUNREACH : ECONNREFUSED;
	return false;
}

static socklen_t
put_target(const struct conn *c, const struct rsp_candidate *e,
    union conn_address *to)
{
	struct rsp_address a = e->address;

	if (c->family == AF_INET6 && a.family == 4) {
		memset(a.bytes, 0, sizeof(a.bytes));
		a.family = 6;
		a.bytes[10] = a.bytes[11] = 0xff;
		memcpy(a.bytes + 12, e->address.bytes, 4);
	}
	return rsp_sockaddr_put(&to->any, &a, e->port);
}

/* The connection that an unconnected socket has for this, locked. */
static struct conn *
sender(int fd)
{
	struct conn *c = conn_lock(fd);

	if (c != NULL && c->kind == CONN_DATAGRAM && c->state == CONN_OPEN)
		return c;
	if (c != NULL && c->kind != CONN_SENDER) {
		conn_forget(c);
		c = NULL;
	}
	if (c == NULL)
		c = conn_new(fd, CONN_SENDER);
	if (c != NULL && c->family == 0) {
		c->bound = option_is_bound(fd, &c->family);
		c->port_only = c->bound && option_is_bound_to_port(fd);
		conn_set_state(c, CONN_OPEN);
		conn_mark(c);
	}
	return c;
}

/* Has this port of the element, which is not the registered one, sent us
 * something? */
static bool
has_sent(const struct conn_peer *p, uint16_t port)
{
	for (unsigned i = 0; i < CONN_PORTS; i++)
		if (p->ports[i] == port && port != p->element.port &&
		    htons(port) != p->named.v4.sin_port)
			return true;
	return false;
}

static void
name_peer(struct conn_peer *p, const struct sockaddr *sa, socklen_t len)
{
	memset(&p->named, 0, sizeof(p->named));
	memcpy(&p->named, sa, len < sizeof(p->named) ? len : sizeof(p->named));
}

/* Not inlined, as its lists are large and few datagrams come here. */
__attribute__((noinline)) static bool
pool_target(int fd, const struct rsp_user_pool *pool, const struct sockaddr *sa,
    socklen_t len, union conn_address *to, socklen_t *to_len)
{
	struct rsp_candidate element;
	struct conn *c = sender(fd);
	struct conn_peer *p = NULL;

	if (c == NULL) {
		errno = EHOSTUNREACH;
		return false;
	}
	if (c->kind == CONN_SENDER && !drop_unlisted(c, pool))
		return false;
	if (c->kind == CONN_DATAGRAM && c->pool.index == pool->index)
		element = c->list[c->at];
	else if (c->kind == CONN_SENDER && (p = find_peer(c, pool)) != NULL)
		element = p->element;
	else if (!choose(c, pool, &element))
		return false;
	if (c->kind == CONN_SENDER) {
		if (p == NULL) {
			p = new_peer(c);
			p->checked = p->used;
			p->pool = *pool;
			p->element = element;
		}
		if (has_sent(p,
			ntohs(((const struct sockaddr_in *)sa)->sin_port)))
			element.port =
			    ntohs(((const struct sockaddr_in *)sa)->sin_port);
		else
			name_peer(p, sa, len);
		udp_watch_begin(c, p);
	}
	*to_len = put_target(c, &element, to);
	conn_unlock(c);
	return true;
}

bool
udp_target(int fd, const struct sockaddr *sa, socklen_t len,
    union conn_address *to, socklen_t *to_len)
{
	struct rsp_user_pool pool;
	struct rsp_address a;
	enum conn_kind kind;
	int saved = errno;

	*to_len = 0;
	if (!conn_is_synthetic(sa, len, &a) || !conn_kind_of(fd, &kind) ||
	    kind != CONN_DATAGRAM || pool_user() == NULL ||
	    rsp_user_by_address(pool_user(), &a, &pool) != RSP_OK ||
	    !given_is(&pool)) {
		errno = saved;
		return true;
	}
	if (!pool_target(fd, &pool, sa, len, to, to_len))
		return false;
	errno = saved;
	return true;
}

static bool
is_from(const struct rsp_candidate *e, const struct rsp_address *a,
    uint16_t port)
{
	return e->port == port && rsp_address_equal(&e->address, a);
}

static void
note_port(struct conn_peer *p, uint16_t port)
{
	for (unsigned i = 0; i < CONN_PORTS; i++)
		if (p->ports[i] == port)
			return;
	p->ports[p->n_ports++ % CONN_PORTS] = port;
}

static const union conn_address *
find_name(struct conn *c, const struct rsp_address *a, uint16_t port)
{
	rsp_time now = rsp_user_now();

	if (c->kind == CONN_DATAGRAM && c->state == CONN_OPEN &&
	    is_from(&c->list[c->at], a, port))
		return &c->named;
	if (c->kind != CONN_SENDER)
		return NULL;
	for (unsigned i = 0; i < CONN_PEERS; i++) {
		struct conn_peer *p = &c->peers[i];

		if (p->named.sa.sa_family == 0 ||
		    !rsp_address_equal(&p->element.address, a))
			continue;
		if (p->used != 0)
			p->used = now;
		abandoned_clear(&p->pool, &p->element);
		if (p->element.port == port)
			return &p->named;
		note_port(p, port);
	}
	return NULL;
}

void
udp_heard(int fd)
{
	struct conn_peer *only = NULL;
	struct conn *c = fd_conn(fd);
	unsigned n = 0;

	if (c == NULL || c->kind != CONN_SENDER)
		return;
	c = conn_lock(fd);
	if (c == NULL)
		return;
	for (unsigned i = 0; i < CONN_PEERS && c->kind == CONN_SENDER; i++)
		if (c->peers[i].used != 0) {
			only = &c->peers[i];
			n++;
		}
	if (n == 1)
		only->used = rsp_user_now();
	conn_unlock(c);
}

/* The address as a program knows it that has made its socket for IPv4. */
static void
unmap(union conn_address *from, socklen_t *len)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };

	if (from->sa.sa_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&from->v6.sin6_addr))
		return;
	v4.sin_port = from->v6.sin6_port;
	memcpy(&v4.sin_addr, &from->v6.sin6_addr.s6_addr[12], 4);
	from->v4 = v4;
	*len = sizeof(v4);
}

void
udp_source(int fd, union conn_address *from, socklen_t *len)
{
	const union conn_address *named = NULL;
	struct rsp_address a;
	struct conn *c;
	uint16_t port;

	if (!rsp_sockaddr_get(&from->sa, *len, &a, &port))
		return;
	c = conn_lock(fd);
	if (c == NULL)
		return;
	named = find_name(c, &a, port);
	if (named != NULL && named->sa.sa_family == AF_INET) {
		from->v4 = named->v4;
		*len = sizeof(from->v4);
	} else if (named != NULL) {
		from->v6 = named->v6;
		*len = sizeof(from->v6);
	} else if (c->was_v4)
		unmap(from, len);
	conn_unlock(c);
}

bool
udp_was_v4(int fd)
{
	struct conn *c = fd_conn(fd);
	bool was;

	/* most have not */
	if (c == NULL || !__atomic_load_n(&c->was_v4, __ATOMIC_RELAXED) ||
	    (c = conn_lock(fd)) == NULL)
		return false;
	was = c->was_v4;
	conn_unlock(c);
	return was;
}

const struct sockaddr *
udp_plain(int fd, const struct sockaddr *sa, socklen_t *len,
    union conn_address *to)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)sa;

	if (sa == NULL || *len < sizeof(*v4) || sa->sa_family != AF_INET ||
	    !udp_was_v4(fd))
		return sa;
	memset(to, 0, sizeof(*to));
	to->v6.sin6_family = AF_INET6;
	to->v6.sin6_port = v4->sin_port;
	to->v6.sin6_addr.s6_addr[10] = to->v6.sin6_addr.s6_addr[11] = 0xff;
	memcpy(&to->v6.sin6_addr.s6_addr[12], &v4->sin_addr, 4);
	*len = sizeof(to->v6);
	return &to->sa;
}
