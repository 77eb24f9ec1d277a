/* SPDX-License-Identifier: Apache-2.0 */
/* pending.h - the list of running handshakes, first deadline first, and of
 * failed ones whose program does not know yet
 *
 * All attempts of a process have the same time limit, so the list is in order
 * if each new one goes to its end.  A call that waits, poll and its like, looks
 * at pending_count first, which is 0 nearly always.
 */
#ifndef RSP_SHIM_PENDING_H
#define RSP_SHIM_PENDING_H

#include "shim/conn.h"

extern unsigned pending_count;

static inline bool
pending_any(void)
{
	return __atomic_load_n(&pending_count, __ATOMIC_RELAXED) != 0;
}

/* Changes with every move; a call that waited without a slice compares it with
 * what it was before. */
extern unsigned pending_moves;

static inline unsigned
pending_moment(void)
{
	return __atomic_load_n(&pending_moves, __ATOMIC_RELAXED);
}

/* Call these with c's lock held; calling one twice does no harm. */
void pending_add(struct conn *c);
void pending_remove(struct conn *c);

/* RSP_NEVER if there is none. */
rsp_time pending_deadline(void);

/* A descriptor of a connection whose deadline is reached, or -1. */
int pending_due(rsp_time now);

void pending_after_fork(void);

#endif
