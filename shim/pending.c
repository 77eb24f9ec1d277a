/* SPDX-License-Identifier: Apache-2.0 */
/* pending.c - the list of running handshakes, first deadline first */
#include "shim/pending.h"

#include "shim/lock.h"

unsigned pending_count, pending_moves;

#define MOVE_LOOK_MS 10

static uint32_t lock;
static struct conn *first, *last;
static rsp_time first_due = RSP_NEVER; /* looked at without the lock */

static void
note_first(void)
{
	__atomic_store_n(&first_due, first != NULL ? first->due : RSP_NEVER,
	    __ATOMIC_RELAXED);
}

void
pending_add(struct conn *c)
{
	struct conn *before;

	pending_remove(c);
	lock_take(&lock);
	c->due = c->attempt_end;
	/* no other wait covers what a move has still to send */
	if (c->moving && c->state == CONN_PENDING)
		c->due = rsp_time_min(c->due,
		    rsp_time_add(rsp_user_now(), MOVE_LOOK_MS));
	before = last;
	while (before != NULL && before->due > c->due)
		before = before->earlier;
	c->earlier = before;
	c->later = before != NULL ? before->later : first;
	if (c->later != NULL)
		c->later->earlier = c;
	else
		last = c;
	if (before != NULL)
		before->later = c;
	else
		first = c;
	c->listed = true;
	note_first();
	__atomic_add_fetch(&pending_count, 1, __ATOMIC_RELAXED);
	lock_give(&lock);
}

void
pending_remove(struct conn *c)
{
	if (!c->listed)
		return;
	lock_take(&lock);
	if (c->earlier != NULL)
		c->earlier->later = c->later;
	else
		first = c->later;
	if (c->later != NULL)
		c->later->earlier = c->earlier;
	else
		last = c->earlier;
	c->listed = false;
	note_first();
	__atomic_sub_fetch(&pending_count, 1, __ATOMIC_RELAXED);
	lock_give(&lock);
}

rsp_time
pending_deadline(void)
{
	return __atomic_load_n(&first_due, __ATOMIC_RELAXED);
}

int
pending_due(rsp_time now)
{
	uint64_t mask;
	int fd = -1;

	if (!rsp_time_reached(pending_deadline(), now))
		return -1;
	mask = signals_block();
	lock_take(&lock);
	if (first != NULL && rsp_time_reached(first->due, now))
		fd = __atomic_load_n(&first->fd, __ATOMIC_RELAXED);
	lock_give(&lock);
	signals_unblock(mask);
	return fd;
}

void
pending_after_fork(void)
{
	lock = 0;
	first = last = NULL;
	note_first();
	pending_count = 0;
}
