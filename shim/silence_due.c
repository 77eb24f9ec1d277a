/* SPDX-License-Identifier: Apache-2.0 */
/* silence_due.c - the time of the next look at the open connections, and their
 * number */
#include "shim/silence_due.h"

#include <time.h>

#include "rsp/net/sys.h"
#include "shim/settings.h"

unsigned silence_count;
int64_t silence_looked;

int64_t
silence_now(void)
{
	return sys_clock(CLOCK_MONOTONIC_COARSE) / 1000000;
}

/* The interval is short enough to notice in time; 0: there is nothing to
 * notice.  A move that takes too long is noticed, too. */
int64_t
silence_interval(void)
{
	int64_t answer = settings()->answer_timeout_ms;
	int64_t ms = SILENCE_LOOK_MS, dead = settings()->dead_after_ms / 4;
	int64_t move = settings()->failover_timeout_ms;

	if (settings()->dead_after_ms == 0 && answer == 0 && move == 0)
		return 0;
	if (move > 0 && move < ms)
		ms = move;
	if (dead > 0 && dead < ms)
		ms = dead;
	if (answer > 0 && answer < ms)
		ms = answer;
	return ms;
}

void
silence_note(struct conn *c)
{
	bool counts = c->kind == CONN_STREAM && c->state == CONN_OPEN &&
		      c->transport == RSP_PARAM_TCP;

	if (counts == c->counted)
		return;
	c->counted = counts;
	if (counts)
		__atomic_add_fetch(&silence_count, 1, __ATOMIC_RELAXED);
	else
		__atomic_sub_fetch(&silence_count, 1, __ATOMIC_RELAXED);
}

void
silence_forget(struct conn *c)
{
	if (c->counted)
		__atomic_sub_fetch(&silence_count, 1, __ATOMIC_RELAXED);
	c->counted = false;
}

int64_t
silence_left_slowly(int64_t now)
{
	int64_t last = __atomic_load_n(&silence_looked, __ATOMIC_RELAXED);
	int64_t pause = silence_interval();

	if (pause == 0)
		return INT64_MAX;
	/* After a time without a wait, the next look is one interval away. */
	if (last > now || now - last > 2 * pause) {
		last = now;
		__atomic_store_n(&silence_looked, now, __ATOMIC_RELAXED);
	}
	return last + pause - now;
}

void
silence_after_fork(void)
{
	silence_count = 0;
}
