/* SPDX-License-Identifier: Apache-2.0 */
/* epoll.c - epoll_wait, epoll_pwait and epoll_pwait2
 *
 * An event names its socket by a data word that only the program understands.
 * So an error event, while a handshake runs, is looked up in what the kernel
 * says about the epoll descriptor; where that is not clear, nothing is hidden.
 */
#include "shim/real.h"

#include <errno.h>

#include "rsp/net/sys.h"
#include "shim/settings.h"
#include "shim/epolls.h"
#include "shim/fdtable.h"
#include "shim/noted.h"
#include "shim/pending.h"
#include "shim/ready.h"
#include "shim/wait.h"
#include "shim/watch.h"
#include "shim/unsettled.h"
#include "shim/multiplex.h"

#define TROUBLE ((uint32_t)(EPOLLERR | EPOLLHUP))
#define IN ((uint32_t)(EPOLLIN | EPOLLRDNORM | EPOLLRDBAND))
#define OUT ((uint32_t)(EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND))

/* The event that we keep to ourselves has disarmed a one-shot registration: arm
 * it again.  Where the registration is not known, what the program asked for is
 * lost with that in the kernel's view, but a failed handshake reports all that
 * was asked for and can happen. */
static void
arm_again(int epoll, const struct epoll_entry *entry, uint32_t seen)
{
	struct epoll_event e = { .events = entry->events };

	if ((entry->events & EPOLLONESHOT) == 0)
		return;
	seen &= ~TROUBLE;
	if ((entry->events & (EPOLLIN | EPOLLOUT)) == 0)
		e.events |= seen != 0 ? seen : (uint32_t)EPOLLIN;
	e.data.u64 = entry->data;
	sys_call(SYS_epoll_ctl, epoll, EPOLL_CTL_MOD, entry->fd, (long)&e, 0,
	    0);
}

static enum multiplex_trouble
trouble_of(uint32_t events)
{
	if ((events & TROUBLE) != 0)
		return WAIT_TROUBLE;
	return (events & EPOLLRDHUP) != 0 ? WAIT_HALF_CLOSED : WAIT_FINE;
}

/* A one-shot registration that has fired does not say any more what it was for.
 */
static unsigned
waits_of(const struct epoll_event *e, const struct epoll_entry *entry)
{
	uint32_t asked = entry->events | e->events;

	return ((asked & IN) != 0 ? WAIT_READS : 0u) |
	       ((asked & OUT) != 0 ? WAIT_WRITES : 0u) |
	       ((e->events & IN) != 0 ? WAIT_READABLE : 0u);
}

/* The registration that an event belongs to.  Unknown ones are searched for
 * only if there is trouble. */
static bool
find_entry(int epoll, const struct epoll_event *e, struct epoll_entry *entry,
    bool *known)
{
	*known = watch_find(epoll, e->data.u64, entry);
	return *known || ((e->events & (TROUBLE | EPOLLRDHUP)) != 0 &&
			     epolls_by_data(epoll, e->data.u64, entry));
}

/* What the program is to see of an event; 0: nothing. */
static uint32_t
shown(const struct epoll_event *e, const struct epoll_entry *entry,
    enum multiplex_show *show)
{
	uint32_t quiet =
	    e->events & ~(TROUBLE | (uint32_t)EPOLLRDHUP | (uint32_t)EPOLLPRI);

	*show = multiplex_look(entry->fd, trouble_of(e->events),
	    waits_of(e, entry));
	switch (*show) {
	case WAIT_AS_IT_IS:
		break;
	case WAIT_QUIET:
		/* else no thread would wait for it, and the program would not
		 * be told */
		return quiet != 0 ? quiet : e->events;
	case WAIT_LATER:
	case WAIT_MORE:
		return quiet & ~IN;
	case WAIT_NOTHING:
		return 0;
	case WAIT_ENDED:
		quiet |= entry->events & (uint32_t)(EPOLLIN | EPOLLRDHUP);
		return quiet != 0 ? quiet : e->events;
	case WAIT_ERROR:
		return e->events | EPOLLERR;
	}
	return e->events;
}

/* True: the event is not for the program. */
static bool
is_hidden(int epoll, struct epoll_event *e)
{
	uint32_t seen = e->events, left, asked;
	struct epoll_entry entry;
	enum multiplex_show show;
	bool known;

	if ((seen & (TROUBLE | EPOLLRDHUP)) == 0 &&
	    ((seen & IN) == 0 || !unsettled_any()))
		return false;
	if (!noted_may_concern(epoll, e->data.u64))
		return false;
	if (!find_entry(epoll, e, &entry, &known))
		return false;
	/* a registration that is not known cannot be made to fire again */
	do
		left = shown(e, &entry, &show);
	while (show == WAIT_MORE && !known);
	e->events = left;
	asked = known ? entry.events : entry.events | EPOLLRDHUP;
	if ((asked & EPOLLRDHUP) == 0)
		e->events &= ~(uint32_t)EPOLLRDHUP;
	if (known && (show == WAIT_MORE ||
			 (e->events == 0 && (asked & EPOLLONESHOT) != 0)))
		watch_again(epoll, &entry);
	else if (e->events == 0)
		arm_again(epoll, &entry, seen);
	return e->events == 0;
}

static int
filter(int epoll, struct epoll_event *events, int ready)
{
	int kept = 0;

	for (int i = 0; i < ready; i++)
		if (!is_hidden(epoll, &events[i]))
			events[kept++] = events[i];
	return kept;
}

static bool
is_over(int epoll, struct epoll_event *events, int *ready, bool last)
{
	if (*ready < 0)
		return true;
	if (*ready > 0) {
		*ready = filter(epoll, events, *ready);
		last = false;
	}
	wait_drive();
	return *ready > 0 || last;
}

/* Is something left for the program? */
static bool
has_some(int epoll, struct epoll_event *events, int *ready)
{
	if (*ready > 0)
		*ready = filter(epoll, events, *ready);
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
watched_pwait(int epoll, struct epoll_event *events, int n, int ms,
    const sigset_t *m)
{
	struct wait w;
	int saved = errno, ready;
	bool last;

	if (wait_begin(&w, wait_ns_of_ms(ms))) {
		ready = real.epoll_pwait(epoll, events, n, wait_ms(w.first), m);
		if (wait_is_done(&w, ready) || has_some(epoll, events, &ready))
			return finish(ready, saved);
	}
	do
		ready = real.epoll_pwait(epoll, events, n,
		    wait_slice_ms(w.end, &last), m);
	while (!is_over(epoll, events, &ready, last));
	return finish(ready, saved);
}

EXPORT int
epoll_pwait(int epoll, struct epoll_event *events, int n, int ms,
    const sigset_t *m)
{
	int ready;

	if (!fd_had_any()) {
		ready = real.epoll_pwait(epoll, events, n, ms, m);
		if (!wait_must_look(ready) || has_some(epoll, events, &ready))
			return ready;
	}
	return watched_pwait(epoll, events, n, ms, m);
}

static int
watched_wait(int epoll, struct epoll_event *events, int n, int ms)
{
	struct wait w;
	int saved = errno, ready;
	bool last;

	if (wait_begin(&w, wait_ns_of_ms(ms))) {
		ready = real.epoll_wait(epoll, events, n, wait_ms(w.first));
		if (wait_is_done(&w, ready) || has_some(epoll, events, &ready))
			return finish(ready, saved);
	}
	do
		ready = real.epoll_wait(epoll, events, n,
		    wait_slice_ms(w.end, &last));
	while (!is_over(epoll, events, &ready, last));
	return finish(ready, saved);
}

EXPORT int
epoll_wait(int epoll, struct epoll_event *events, int n, int ms)
{
	int ready;

	if (!fd_had_any()) {
		ready = real.epoll_wait(epoll, events, n, ms);
		if (!wait_must_look(ready) || has_some(epoll, events, &ready))
			return ready;
	}
	return watched_wait(epoll, events, n, ms);
}

static int
pwait2_slice(int epoll, struct epoll_event *events, int n, int64_t ns,
    const sigset_t *m)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	return real.epoll_pwait2(epoll, events, n, ns < 0 ? NULL : &t, m);
}

static int
watched_pwait2(int epoll, struct epoll_event *events, int n,
    const struct timespec *t, const sigset_t *m)
{
	struct wait w;
	int saved = errno, ready;
	bool last;

	if (wait_begin(&w, wait_ns_of(t))) {
		ready = w.first == w.ns
			    ? real.epoll_pwait2(epoll, events, n, t, m)
			    : pwait2_slice(epoll, events, n, w.first, m);
		if (wait_is_done(&w, ready) || has_some(epoll, events, &ready))
			return finish(ready, saved);
	}
	do
		ready =
		    pwait2_slice(epoll, events, n, wait_slice(w.end, &last), m);
	while (!is_over(epoll, events, &ready, last));
	return finish(ready, saved);
}

EXPORT int
epoll_pwait2(int epoll, struct epoll_event *events, int n,
    const struct timespec *t, const sigset_t *m)
{
	int ready;

	if (!fd_had_any()) {
		ready = real.epoll_pwait2(epoll, events, n, t, m);
		if (!wait_must_look(ready) || has_some(epoll, events, &ready))
			return ready;
	}
	return watched_pwait2(epoll, events, n, t, m);
}
