/* SPDX-License-Identifier: Apache-2.0 */
/* beside.c - further connections of a program that has one open to the pool:
 * the list of the open ones, newest first */
#include "shim/beside.h"

#include <string.h>

#include "shim/settings.h"
#include "shim/ftp.h"
#include "shim/lock.h"

#define BUCKETS 64

static uint32_t lock; /* of the lists, and of `open` of all that are in them */
static struct conn *lists[BUCKETS];
static bool torn; /* by another thread of the parent, in the middle of that */

/* The pool and the port that was named there, in one word: it is looked at
 * without the lock, too. */
static uint64_t
name_of(uint32_t pool, uint16_t port)
{
	return (uint64_t)pool << 16 | port;
}

static struct conn **
list_of(uint64_t name)
{
	return &lists[(name >> 16) % BUCKETS];
}

static void
set_first(struct conn **list, struct conn *c)
{
	__atomic_store_n(list, c, __ATOMIC_RELEASE);
}

static void
unlink_open(struct conn *c)
{
	if (c->open.newer != NULL)
		c->open.newer->open.older = c->open.older;
	else
		set_first(list_of(c->open.name), c->open.older);
	if (c->open.older != NULL)
		c->open.older->open.newer = c->open.newer;
	c->open.newer = c->open.older = NULL;
	c->open.listed = false;
}

static void
link_open(struct conn *c)
{
	struct conn **list = list_of(c->open.name);

	c->open.newer = NULL;
	c->open.older = *list;
	if (*list != NULL)
		(*list)->open.newer = c;
	set_first(list, c);
	c->open.listed = true;
}

/* A connection beside another one tells nothing about further ones. */
void
beside_opened(struct conn *c)
{
	if (conn_is_aside(c))
		return;
	lock_take(&lock);
	if (c->open.listed)
		unlink_open(c);
	else
		c->open.ftp = false;
	/* IPv6's port is at the same place */
	__atomic_store_n(&c->open.name,
	    name_of(c->pool.index, ntohs(c->named.v4.sin_port)),
	    __ATOMIC_RELAXED);
	c->open.element = c->list[c->at];
	link_open(c);
	lock_give(&lock);
}

void
beside_closed(struct conn *c)
{
	if (!c->open.listed)
		return;
	lock_take(&lock);
	unlink_open(c);
	lock_give(&lock);
}

void
beside_is_ftp(struct conn *c)
{
	uint64_t mask = signals_block();

	lock_take(&lock);
	c->open.ftp = true;
	lock_give(&lock);
	signals_unblock(mask);
}

/* The connection's pool and port, if it is open: in the middle of a move it is
 * not known where it will be. */
static uint64_t
open_name(const struct conn *c)
{
	return __atomic_load_n(&c->state, __ATOMIC_ACQUIRE) == CONN_OPEN
		   ? __atomic_load_n(&c->open.name, __ATOMIC_RELAXED)
		   : UINT64_MAX;
}

static bool
is_there(const struct conn *c, const struct rsp_user_pool *pool)
{
	return open_name(c) >> 16 == pool->index;
}

static enum beside
find_open(const struct rsp_user_pool *pool, uint16_t port,
    struct rsp_candidate *e)
{
	bool several = false, ftp = false;
	const struct conn *c = *list_of(name_of(pool->index, 0));
	int n = 0;

	for (; c != NULL; c = c->open.older) {
		if (!is_there(c, pool))
			continue;
		if ((uint16_t)c->open.name == port ||
		    c->open.element.port == port)
			return BESIDE_NONE;
		if (n++ == 0)
			*e = c->open.element;
		several |= e->pe_id != c->open.element.pe_id;
		ftp |= c->open.ftp;
	}
	if (n == 0)
		return BESIDE_NONE;
	if (several)
		return ftp ? BESIDE_UNKNOWN : BESIDE_NONE;
	return ftp ? BESIDE_ONLY : BESIDE_FIRST;
}

/* Looked at without the lock; objects are never given back. */
static const struct conn *
first_of(const struct rsp_user_pool *pool)
{
	return __atomic_load_n(list_of(name_of(pool->index, 0)),
	    __ATOMIC_ACQUIRE);
}

/* The usual case: the newest has named the same port. */
static bool
names_same(const struct rsp_user_pool *pool, uint16_t port)
{
	const struct conn *c = first_of(pool);

	return c == NULL || open_name(c) == name_of(pool->index, port);
}

enum beside
beside_find(const struct rsp_user_pool *pool, uint16_t port,
    struct rsp_candidate *e)
{
	enum beside found = BESIDE_ONLY;
	uint64_t mask;

	if (ftp_take(pool, port, e))
		return found;
	if (names_same(pool, port))
		return BESIDE_NONE;
	mask = signals_block();
	lock_take(&lock);
	found = find_open(pool, port, e);
	lock_give(&lock);
	signals_unblock(mask);
	e->port = port;
	e->marked = false;
	return found;
}

static bool
newest(const struct rsp_user_pool *pool, struct rsp_candidate *e)
{
	uint64_t mask = signals_block();
	const struct conn *c;

	lock_take(&lock);
	c = *list_of(name_of(pool->index, 0));
	while (c != NULL && !is_there(c, pool))
		c = c->open.older;
	if (c != NULL)
		*e = c->open.element;
	lock_give(&lock);
	signals_unblock(mask);
	return c != NULL;
}

unsigned
beside_stick(const struct rsp_user_pool *pool, struct rsp_candidate *list,
    unsigned n, unsigned max)
{
	struct rsp_candidate e;
	unsigned at = 0;

	if (first_of(pool) == NULL || !sticks(pool) || !newest(pool, &e) ||
	    rsp_user_is_dead(pool_user(), pool, &e))
		return n;
	while (at < n && list[at].pe_id != e.pe_id)
		at++;
	/* an element that has left the pool but still serves this program, or
	 * the last of a list that is full */
	if (at == n && n == max)
		at--;
	else if (at == n)
		n++;
	else
		e = list[at];
	memmove(&list[1], &list[0], at * sizeof(*list));
	list[0] = e;
	return n;
}

void
beside_after_fork(void)
{
	torn = lock != 0;
	lock = 0;
	memset(lists, 0, sizeof(lists));
}

void
beside_inherit(struct conn *c)
{
	bool was = c->open.listed && !torn && c->state != CONN_FREE;

	c->open.listed = false;
	if (was)
		link_open(c);
}
