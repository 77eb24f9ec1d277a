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
#include "shim/pending.h"
#include "shim/wait.h"

#define TROUBLE ((uint32_t)(EPOLLERR | EPOLLHUP))

/* The event that we keep to ourselves has disarmed a one-shot registration: arm
 * it again.  What the program asked for is lost with that in the kernel's view,
 * but a failed handshake reports all that was asked for and can happen. */
static void
arm_again(int epoll, const struct epoll_entry *entry, uint32_t seen)
{
	struct epoll_event e = { .events = entry->events };

	if ((entry->events & EPOLLONESHOT) == 0)
		return;
	seen &= ~TROUBLE;
	e.events |= seen != 0 ? seen : (uint32_t)EPOLLIN;
	e.data.u64 = entry->data;
	sys_call(SYS_epoll_ctl, epoll, EPOLL_CTL_MOD, entry->fd, (long)&e, 0,
	    0);
}

/* Who waits for trouble alone is told.  A one-shot registration has been
 * disarmed, and its events with it, but the program does not know how much of
 * what it asked for has come. */
static void
quieten(struct epoll_event *e, const struct epoll_entry *entry)
{
	uint32_t asked = entry->events & (uint32_t)(EPOLLIN | EPOLLOUT);
	uint32_t seen = e->events & (uint32_t)(EPOLLIN | EPOLLOUT);

	if ((entry->events & EPOLLONESHOT) != 0)
		asked = seen != 0 ? seen : (uint32_t)EPOLLIN;
	if (asked != 0)
		e->events = (seen | asked) & asked;
}

/* True: the event is not for the program. */
static bool
is_hidden(int epoll, struct epoll_event *e)
{
	struct epoll_entry entry;

	if ((e->events & (TROUBLE | EPOLLRDHUP)) == 0 ||
	    !epolls_by_data(epoll, e->data.u64, &entry))
		return false;
	switch (wait_look(entry.fd,
	    (e->events & TROUBLE) != 0 ? WAIT_TROUBLE : WAIT_HALF_CLOSED)) {
	case WAIT_AS_IT_IS:
		break;
	case WAIT_QUIET:
		quieten(e, &entry);
		break;
	case WAIT_NOTHING:
		arm_again(epoll, &entry, e->events);
		return true;
	case WAIT_ENDED:
		e->events |= entry.events & (uint32_t)(EPOLLIN | EPOLLRDHUP);
		break;
	case WAIT_ERROR:
		e->events |= EPOLLERR;
		break;
	}
	return false;
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

/* Something is left for the program. */
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
