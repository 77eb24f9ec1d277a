/* SPDX-License-Identifier: Apache-2.0 */
/* poll.c - poll and ppoll, without the failures of elements */
#include "shim/real.h"

#include <errno.h>

#include "shim/settings.h"
#include "shim/fdtable.h"
#include "shim/pending.h"
#include "shim/wait.h"
#include "shim/multiplex.h"

static enum multiplex_trouble
trouble_of(short revents)
{
	if ((revents & (POLLERR | POLLHUP)) != 0)
		return WAIT_TROUBLE;
	return (revents & POLLRDHUP) != 0 ? WAIT_HALF_CLOSED : WAIT_FINE;
}

#define IN (POLLIN | POLLRDNORM | POLLRDBAND)
#define OUT (POLLOUT | POLLWRNORM | POLLWRBAND)
#define TROUBLE (POLLERR | POLLHUP | POLLRDHUP)

static unsigned
waits_of(const struct pollfd *p)
{
	return ((p->events & IN) != 0 ? WAIT_READS : 0u) |
	       ((p->events & OUT) != 0 ? WAIT_WRITES : 0u) |
	       ((p->revents & IN) != 0 ? WAIT_READABLE : 0u);
}

/* What the program is to see of an event. */
static short
shown(const struct pollfd *p)
{
	short quiet = (short)(p->revents & ~(TROUBLE | POLLPRI));

	switch (multiplex_look(p->fd, trouble_of(p->revents), waits_of(p))) {
	case WAIT_AS_IT_IS:
		break;
	case WAIT_QUIET:
		/* else no thread would wait for it, and the program would not
		 * be told */
		return quiet != 0 ? quiet : p->revents;
	case WAIT_LATER:
	case WAIT_MORE:
		return (short)(quiet & ~IN);
	case WAIT_NOTHING:
		return 0;
	case WAIT_ENDED:
		quiet |= (short)(p->events & (POLLIN | POLLRDNORM | POLLRDHUP));
		return quiet != 0 ? quiet : p->revents;
	case WAIT_ERROR:
		return (short)(p->revents | POLLERR);
	}
	return p->revents;
}

/* Takes out what is not for the program; returns how many entries are left. */
static int
filter(struct pollfd *p, nfds_t n, int ready)
{
	for (nfds_t i = 0; i < n; i++) {
		if (p[i].revents == 0 || (p[i].revents & POLLNVAL) != 0)
			continue;
		p[i].revents = shown(&p[i]);
		if (p[i].revents == 0)
			ready--;
	}
	return ready;
}

/* After a wait that said `ready`.  True: the program is to know; false: nothing
 * was left, wait on. */
static bool
is_over(struct pollfd *p, nfds_t n, int *ready, bool last)
{
	if (*ready < 0)
		return true;
	if (*ready > 0) {
		*ready = filter(p, n, *ready);
		last = false;
	}
	wait_drive();
	return *ready > 0 || last;
}

/* Is something left for the program? */
static bool
has_some(struct pollfd *p, nfds_t n, int *ready)
{
	if (*ready > 0)
		*ready = filter(p, n, *ready);
	return *ready > 0;
}

static int
finish(int ready, int saved)
{
	if (ready >= 0) {
		reports_send();
		errno = saved;
	}
	return ready;
}

static int
watched_poll(struct pollfd *p, nfds_t n, int ms)
{
	struct wait w;
	int saved = errno, ready;
	bool last;

	if (wait_begin(&w, wait_ns_of_ms(ms))) {
		ready = real.poll(p, n, wait_ms(w.first));
		if (wait_is_done(&w, ready) || has_some(p, n, &ready))
			return finish(ready, saved);
	}
	do
		ready = real.poll(p, n, wait_slice_ms(w.end, &last));
	while (!is_over(p, n, &ready, last));
	return finish(ready, saved);
}

EXPORT int
poll(struct pollfd *p, nfds_t n, int ms)
{
	int ready;

	if (!fd_had_any()) {
		ready = real.poll(p, n, ms);
		if (!wait_must_look(ready) || has_some(p, n, &ready))
			return ready;
	}
	return watched_poll(p, n, ms);
}

static int
ppoll_slice(struct pollfd *p, nfds_t n, int64_t ns, const sigset_t *m)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	return real.ppoll(p, n, ns < 0 ? NULL : &t, m);
}

static int
watched_ppoll(struct pollfd *p, nfds_t n, const struct timespec *t,
    const sigset_t *m)
{
	struct wait w;
	int saved = errno, ready;
	bool last;

	if (wait_begin(&w, wait_ns_of(t))) {
		ready = w.first == w.ns ? real.ppoll(p, n, t, m)
					: ppoll_slice(p, n, w.first, m);
		if (wait_is_done(&w, ready) || has_some(p, n, &ready))
			return finish(ready, saved);
	}
	do
		ready = ppoll_slice(p, n, wait_slice(w.end, &last), m);
	while (!is_over(p, n, &ready, last));
	return finish(ready, saved);
}

EXPORT int
ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *m)
{
	int ready;

	if (!fd_had_any()) {
		ready = real.ppoll(p, n, t, m);
		if (!wait_must_look(ready) || has_some(p, n, &ready))
			return ready;
	}
	return watched_ppoll(p, n, t, m);
}

/* The fortified forms end the program when the array is too small, which is
 * left to libc. */
EXPORT int
__poll_chk(struct pollfd *p, nfds_t n, int ms, size_t size)
{
	if (size / sizeof(*p) < n || !wait_is_special())
		return real.__poll_chk(p, n, ms, size);
	return poll(p, n, ms);
}

EXPORT int
__ppoll_chk(struct pollfd *p, nfds_t n, const struct timespec *t,
    const sigset_t *m, size_t size)
{
	if (size / sizeof(*p) < n || !wait_is_special())
		return real.__ppoll_chk(p, n, t, m, size);
	return ppoll(p, n, t, m);
}
