/* SPDX-License-Identifier: Apache-2.0 */
/* wait.c - what the poll, select and epoll hooks share: a wait cut into slices
 */
#include "shim/real.h"

#include "shim/wait.h"

#include <errno.h>
#include <sys/time.h>

#include "rsp/net/sys.h"
#include "shim/attempt.h"
#include "shim/fdtable.h"
#include "shim/exchange.h"
#include "shim/kept.h"
#include "shim/pending.h"
#include "shim/ready.h"
#include "shim/silence.h"
#include "shim/silence_due.h"
#include "shim/reach.h"

#define NS_PER_MS 1000000
#define NS_PER_S 1000000000
/* By which the coarse clock may be late; its reading costs a fourth. */
#define TICK (10 * NS_PER_MS)

int64_t
wait_now(void)
{
	return sys_clock(CLOCK_MONOTONIC);
}

int64_t
wait_ns_of_ms(int ms)
{
	return ms < 0 ? -1 : (int64_t)ms * NS_PER_MS;
}

int64_t
wait_ns_of(const struct timespec *t)
{
	if (t == NULL || t->tv_sec > INT64_MAX / NS_PER_S - 1)
		return -1;
	/* the kernel refuses invalid times, and then it does not wait */
	return t->tv_sec < 0 ? 0 : (int64_t)t->tv_sec * NS_PER_S + t->tv_nsec;
}

static int64_t
end_from(int64_t now, int64_t ns)
{
	return ns < 0 || ns > WAIT_FOREVER - 1 - now ? WAIT_FOREVER : now + ns;
}

int64_t
wait_end(int64_t ns)
{
	/* a poll() that does not wait should not pay for a clock either */
	return ns == 0 ? 0 : end_from(wait_now(), ns);
}

int
wait_ms(int64_t ns)
{
	int64_t ms = (ns + NS_PER_MS - 1) / NS_PER_MS;

	return ns < 0 ? -1 : ms < INT32_MAX ? (int)ms : INT32_MAX;
}

bool
wait_begin(struct wait *w, int64_t ns)
{
	int64_t now = 0, left;

	w->moment = pending_moment();
	w->ns = w->first = ns;
	if (ns != 0 || silence_any())
		now = sys_clock(CLOCK_MONOTONIC_COARSE);
	left = silence_left(now / NS_PER_MS);
	if (pending_any() || left <= 0) {
		w->end = wait_end(ns);
		return false;
	}
	/* in doubt rather late than early */
	w->end = ns == 0 ? 0 : end_from(now, ns < 0 ? ns : ns + TICK);
	if (left < INT64_MAX / NS_PER_MS &&
	    (ns < 0 || ns > left * NS_PER_MS + TICK))
		w->first = left * NS_PER_MS + TICK;
	return true;
}

bool
wait_is_done(struct wait *w, int ready)
{
	if (ready < 0 ||
	    (ready > 0 && !wait_is_special() && pending_moment() == w->moment))
		return true;
	if (ready > 0)
		return false;
	if (w->first == w->ns)
		return true;
	w->end = end_from(wait_now(), w->ns < 0 ? -1 : w->ns - w->first);
	return false;
}

int64_t
wait_slice(int64_t end, bool *last)
{
	int64_t slice, left;
	rsp_time deadline;

	conn_settle();
	deadline = silence_deadline();
	if (pending_any())
		deadline = rsp_time_min(deadline, pending_deadline());
	left = end == WAIT_FOREVER ? -1 : end == 0 ? 0 : end - wait_now();
	if (left < 0 && end != WAIT_FOREVER)
		left = 0;
	*last = true;
	if (deadline == RSP_NEVER)
		return left;
	/* one more, so that it is reached when we wake up */
	slice = (deadline - rsp_user_now() + 1) * NS_PER_MS;
	if (slice < 0)
		slice = 0;
	if (left >= 0 && left <= slice)
		return left;
	*last = false;
	return slice;
}

int
wait_slice_ms(int64_t end, bool *last)
{
	int ms = wait_ms(wait_slice(end, last));

	if (ms == INT32_MAX)
		*last = false;
	return ms;
}

bool
wait_is_special(void)
{
	return pending_any() || silence_any();
}

/* One attempt to get rid of each deadline that is reached; a connection that a
 * vfork child cannot lock is left to its parent. */
void
wait_drive(void)
{
	unsigned most = __atomic_load_n(&pending_count, __ATOMIC_RELAXED);
	struct conn *c;
	int fd;

	while (most-- > 0 && (fd = pending_due(rsp_user_now())) >= 0) {
		if (conn_borrowed())
			return;
		c = conn_lock(fd);
		if (c == NULL)
			continue;
		if (c->state == CONN_PENDING)
			reach_check(c);
		conn_unlock(c);
	}
	silence_drive();
}

static bool
is_pending(int fd)
{
	struct conn *c = conn_lock(fd);
	bool pending;

	if (c == NULL)
		return false;
	if (c->state == CONN_PENDING)
		reach_check(c);
	pending = c->state == CONN_PENDING;
	conn_unlock(c);
	return pending;
}

int
wait_connected(int fd, int timeout_option)
{
	struct timeval t = { 0, 0 };
	socklen_t len = sizeof(t);
	int64_t end = WAIT_FOREVER;
	bool last;

	sys_getsockopt(fd, SOL_SOCKET, timeout_option, &t, &len);
	if (t.tv_sec != 0 || t.tv_usec != 0)
		end = wait_now() + (int64_t)t.tv_sec * NS_PER_S +
		      (int64_t)t.tv_usec * 1000;
	while (is_pending(fd)) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		int n = real.poll(&p, 1, wait_slice_ms(end, &last));

		if (n < 0)
			return -1;
		if (n == 0 && last) {
			errno = EAGAIN;
			return -1;
		}
		wait_drive();
	}
	return 0;
}
