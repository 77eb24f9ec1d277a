/* SPDX-License-Identifier: Apache-2.0 */
/* noted.c - epoll registrations of pool connections, as watch.c has noted them
 *
 * By them an event of epoll is known to be about a connection of ours.  Notes
 * are read without their connection's lock: a thread that reads half of one
 * looks at a connection for nothing.
 */
#include "shim/noted.h"

#include <poll.h>

#include "rsp/net/sys.h"
#include "shim/conn.h"
#include "shim/fdtable.h"
#include "shim/pending.h"

#define AT_ONCE 64

static bool
is_of(const struct conn_watch *w, int epoll)
{
	return __atomic_load_n(&w->events, __ATOMIC_ACQUIRE) != 0 &&
	       __atomic_load_n(&w->epoll, __ATOMIC_RELAXED) == epoll;
}

static bool
has_data(const struct conn_watch *w, uint64_t data)
{
	return __atomic_load_n(&w->data, __ATOMIC_RELAXED) == data;
}

static bool
look_up(int epoll, bool by_data, uint64_t data, int of, struct epoll_entry *e)
{
	unsigned matches = 0;

	for (int fd = 0; (fd = fd_next(fd, FD_COUNT - 1)) >= 0; fd++) {
		const struct conn *c = fd_conn(fd);

		for (int i = 0; c != NULL && i < CONN_WATCHES; i++) {
			const struct conn_watch *w = &c->watches[i];
			int noted = __atomic_load_n(&w->fd, __ATOMIC_RELAXED);

			if (!is_of(w, epoll) || noted != fd ||
			    (by_data ? !has_data(w, data) : fd != of))
				continue;
			e->fd = fd;
			e->events =
			    __atomic_load_n(&w->events, __ATOMIC_RELAXED);
			e->data = __atomic_load_n(&w->data, __ATOMIC_RELAXED);
			matches++;
		}
	}
	return matches == 1;
}

bool
noted_by_data(int epoll, uint64_t data, struct epoll_entry *entry)
{
	return look_up(epoll, true, data, -1, entry);
}

bool
noted_by_fd(int epoll, int fd, struct epoll_entry *entry)
{
	return look_up(epoll, false, 0, fd, entry);
}

static bool
any_in_trouble(struct pollfd *p, unsigned n)
{
	if (n == 0 || sys_poll(p, n, 0) <= 0)
		return false;
	for (unsigned i = 0; i < n; i++)
		if ((p[i].revents & (POLLERR | POLLHUP | POLLRDHUP)) != 0)
			return true;
	return false;
}

enum match { NEVER_NOTED, NOTED, IT_IS };

static enum match
match(int fd, int epoll, uint64_t data)
{
	const struct conn *c = fd_conn(fd);
	enum match found = NEVER_NOTED;

	for (int i = 0; c != NULL && i < CONN_WATCHES; i++) {
		const struct conn_watch *w = &c->watches[i];

		if (!is_of(w, epoll))
			continue;
		if (has_data(w, data))
			return IT_IS;
		found = NOTED;
	}
	return found == NOTED &&
		       __atomic_load_n(&c->watch_lost, __ATOMIC_RELAXED)
		   ? NEVER_NOTED
		   : found;
}

/* A connection whose registration with this epoll descriptor is noted is found
 * by the note.  All others are looked at, for they may have been registered
 * behind our back. */
bool
noted_may_concern(int epoll, uint64_t data)
{
	struct pollfd p[AT_ONCE];
	unsigned n = 0;

	if (pending_any())
		return true;
	for (int fd = 0; (fd = fd_next(fd, FD_COUNT - 1)) >= 0; fd++) {
		enum match m = match(fd, epoll, data);

		if (m == IT_IS)
			return true;
		/* the end of a connection that is not followed means nothing to
		 * us */
		if (m == NOTED || (fd_flags(fd) & FD_IO) == 0)
			continue;
		p[n++] = (struct pollfd){ fd, POLLRDHUP, 0 };
		if (n < AT_ONCE)
			continue;
		if (any_in_trouble(p, n))
			return true;
		n = 0;
	}
	return any_in_trouble(p, n);
}
