/* SPDX-License-Identifier: Apache-2.0 */
/* unsettled.h - the connections whose move is not finished */
#ifndef RSP_SHIM_UNSETTLED_H
#define RSP_SHIM_UNSETTLED_H

#include "shim/conn.h"

extern unsigned unsettled_count; /* connections with a move in them */

static inline bool
unsettled_any(void)
{
	return __atomic_load_n(&unsettled_count, __ATOMIC_RELAXED) != 0;
}

static inline bool
unsettled_is(const struct conn *c)
{
	return __atomic_load_n(&c->unsettled, __ATOMIC_RELAXED);
}

/* Is there a move in this descriptor's connection that is not finished? */
bool unsettled_has_fd(int fd);

/* A move begins; nothing of it is left. */
void unsettled_begin(struct conn *c);
void unsettled_end(struct conn *c);

/* Inside: ends that state if bytes flow as they are again. */
void unsettled_look(struct conn *c);

static inline void
unsettled_look_if_over(struct conn *c)
{
	if (unsettled_is(c))
		unsettled_look(c);
}

void unsettled_after_fork(void);

#endif
