/* SPDX-License-Identifier: Apache-2.0 */
/* watch.c - the program's epoll registrations of a connection, noted with it
 *
 * Each connection has a few places for them.  The notes change under the
 * connection's lock and are read without.
 */
#include "shim/real.h"

#include "shim/watch.h"

#include <errno.h>

#include "rsp/net/sys.h"
#include "shim/fdtable.h"

static unsigned noted; /* registrations, ever */

static void
note(struct conn_watch *w, int epoll, int fd, const struct epoll_event *e)
{
	uint32_t events = e != NULL ? e->events | EPOLLERR | EPOLLHUP : 0;

	__atomic_store_n(&w->events, 0, __ATOMIC_RELEASE);
	if (e == NULL)
		return;
	__atomic_store_n(&w->epoll, epoll, __ATOMIC_RELAXED);
	__atomic_store_n(&w->fd, fd, __ATOMIC_RELAXED);
	__atomic_store_n(&w->data, e->data.u64, __ATOMIC_RELAXED);
	__atomic_store_n(&w->events, events, __ATOMIC_RELEASE);
	__atomic_store_n(&noted, 1, __ATOMIC_RELAXED);
}

/* The place of this descriptor, else a free one, else NULL. */
static struct conn_watch *
slot_of(struct conn *c, int epoll, int fd)
{
	struct conn_watch *unused = NULL;

	for (int i = 0; i < CONN_WATCHES; i++) {
		struct conn_watch *w = &c->watches[i];

		if (w->events == 0)
			unused = w;
		else if (w->epoll == epoll && w->fd == fd)
			return w;
	}
	return unused;
}

/* The kernel refuses that together with EPOLLEXCLUSIVE. */
static uint32_t
wanted(uint32_t events)
{
	if ((events & (EPOLLIN | EPOLLRDNORM)) == 0 ||
	    (events & EPOLLEXCLUSIVE) != 0)
		return events;
	return events | EPOLLRDHUP;
}

/* Locked. */
static int
control(struct conn *c, int epoll, int op, int fd, struct epoll_event *e)
{
	struct conn_watch *w = slot_of(c, epoll, fd);
	struct epoll_event ours;
	int r;

	if (w == NULL || (op != EPOLL_CTL_DEL && e == NULL)) {
		if (op != EPOLL_CTL_DEL)
			__atomic_store_n(&c->watch_lost, true,
			    __ATOMIC_RELAXED);
		return real.epoll_ctl(epoll, op, fd, e);
	}
	if (op == EPOLL_CTL_DEL) {
		note(w, epoll, fd, NULL);
		return real.epoll_ctl(epoll, op, fd, e);
	}
	ours = *e;
	ours.events = wanted(e->events);
	r = real.epoll_ctl(epoll, op, fd, &ours);
	if (r == 0)
		note(w, epoll, fd, e);
	return r;
}

int
watch_control(int epoll, int op, int fd, struct epoll_event *e)
{
	int saved = errno, r;
	struct conn *c = conn_lock(fd);

	errno = saved;
	if (c == NULL)
		return real.epoll_ctl(epoll, op, fd, e);
	if (c->kind == CONN_STREAM && !conn_borrowed())
		r = control(c, epoll, op, fd, e);
	else
		r = real.epoll_ctl(epoll, op, fd, e);
	saved = errno;
	conn_unlock(c);
	errno = saved;
	return r;
}

static bool
find_in(const struct conn *c, int epoll, uint64_t data,
    struct epoll_entry *entry)
{
	for (int i = 0; i < CONN_WATCHES; i++) {
		const struct conn_watch *w = &c->watches[i];

		entry->events = __atomic_load_n(&w->events, __ATOMIC_ACQUIRE);
		entry->fd = __atomic_load_n(&w->fd, __ATOMIC_RELAXED);
		entry->data = __atomic_load_n(&w->data, __ATOMIC_RELAXED);
		if (entry->events != 0 && entry->data == data &&
		    __atomic_load_n(&w->epoll, __ATOMIC_RELAXED) == epoll)
			return fd_conn(entry->fd) == c;
	}
	return false;
}

bool
watch_find(int epoll, uint64_t data, struct epoll_entry *entry)
{
	const struct conn *c;

	if (__atomic_load_n(&noted, __ATOMIC_RELAXED) == 0)
		return false;
	for (int fd = 0; (fd = fd_next(fd, FD_COUNT - 1)) >= 0; fd++) {
		c = fd_conn(fd);
		if (c != NULL && find_in(c, epoll, data, entry))
			return true;
	}
	return false;
}

void
watch_again(int epoll, const struct epoll_entry *entry)
{
	struct epoll_event e = { .events = wanted(entry->events) };

	e.data.u64 = entry->data;
	sys_call(SYS_epoll_ctl, epoll, EPOLL_CTL_MOD, entry->fd, (long)&e, 0,
	    0);
}

EXPORT int
epoll_ctl(int epoll, int op, int fd, struct epoll_event *e)
{
	if ((fd_flags(fd) & FD_POOL) == 0)
		return real.epoll_ctl(epoll, op, fd, e);
	return watch_control(epoll, op, fd, e);
}
