/* SPDX-License-Identifier: Apache-2.0 */
/* silence_due.h - the time of the next look at the open connections, and their
 * number */
#ifndef RSP_SHIM_SILENCE_DUE_H
#define RSP_SHIM_SILENCE_DUE_H

#include "shim/conn.h"

#define SILENCE_LOOK_MS 1000

extern unsigned silence_count; /* open connections to pools */

static inline bool
silence_any(void)
{
	return __atomic_load_n(&silence_count, __ATOMIC_RELAXED) != 0;
}

/* After a change of state; locked. */
void silence_note(struct conn *c);
void silence_forget(struct conn *c);
void silence_after_fork(void);

/* How long until the next look, in milliseconds; INT64_MAX: there is nothing to
 * look at.  `now` is CLOCK_MONOTONIC_COARSE's: every wait asks. */
int64_t silence_left_slowly(int64_t now);

static inline int64_t
silence_left(int64_t now)
{
	return silence_any() ? silence_left_slowly(now) : INT64_MAX;
}

/* The coarse clock, in milliseconds; and when the last look was, by it. */
int64_t silence_now(void);
extern int64_t silence_looked;

/* Milliseconds between two looks; 0: there is nothing to notice. */
int64_t silence_interval(void);

#endif
