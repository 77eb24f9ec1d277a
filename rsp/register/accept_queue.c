/* SPDX-License-Identifier: Apache-2.0 */
/* accept_queue.c - the watch begins with the first who waits, and begins anew
 * with every sign of progress */
#include "rsp/register/accept_queue.h"

#include <stdlib.h>
#include <string.h>

static bool
settle(struct accept_queue *b, bool stuck)
{
	bool changed = b->stuck != stuck;

	b->stuck = stuck;
	return changed;
}

static unsigned
listed(const struct tcp_connections *c)
{
	return c->n_waiting < CONNECTIONS_WAITING ? c->n_waiting
						  : CONNECTIONS_WAITING;
}

/* Connections that were reset while they waited: they have left the list of
 * connections, but not the queue, which the server alone can take them from. */
static unsigned
dead(unsigned depth, const struct tcp_connections *c)
{
	return depth > c->n_waiting ? depth - c->n_waiting : 0;
}

/* From here on, those are the ones who wait. */
static void
begin(struct accept_queue *b, rsp_time now, unsigned depth,
    const struct tcp_connections *c)
{
	if (b->who == NULL)
		b->who = calloc(CONNECTIONS_WAITING, sizeof(*b->who));
	b->watching = b->who != NULL;
	if (!b->watching)
		return;
	b->since = now;
	b->depth = depth;
	b->dead = dead(depth, c);
	b->n = listed(c);
	memcpy(b->who, c->waiting, b->n * sizeof(*b->who));
}

/* How many of those who waited at the beginning still do. */
static unsigned
remaining(const struct accept_queue *b, const struct tcp_connections *c)
{
	unsigned i, n = 0;

	for (i = 0; i < b->n; i++)
		n += tcp_connections_waits(c, b->who[i]);
	return n;
}

/* Has anybody come out of the queue?  Who waited and does so no more has, but
 * for those who are among the dead now.  Of several queues the others go on:
 * then as many as the deepest one holds have to be there still. */
static bool
moves(const struct accept_queue *b, unsigned depth,
    const struct tcp_connections *c)
{
	unsigned there = remaining(b, c) + dead(depth, c);
	unsigned were = b->n < b->depth ? b->n : b->depth;

	return depth < b->depth || b->n + b->dead == 0 ||
	       there < were + b->dead;
}

bool
accept_queue_judge(struct accept_queue *b, rsp_time now, unsigned depth,
    const struct tcp_connections *c)
{
	if (depth == 0) {
		b->watching = false;
		return settle(b, false);
	}
	if (!b->watching || moves(b, depth, c)) {
		begin(b, now, depth, c);
		return settle(b, false);
	}
	if (!rsp_time_reached(rsp_time_add(b->since, BACKLOG_MS), now))
		return false;
	b->stuck_with = depth > c->n_waiting ? depth : c->n_waiting;
	return settle(b, true);
}

bool
accept_queue_look(struct accept_queue *b, rsp_time now, uint16_t port,
    unsigned depth)
{
	bool doubt =
	    depth > 0 &&
	    (!b->watching || depth < b->depth || b->n + b->dead == 0 ||
		rsp_time_reached(rsp_time_add(b->since, BACKLOG_MS), now));

	if (depth > 0 && !doubt)
		return false;
	if (doubt && tcp_connections_read(&b->now, port) != 0)
		return false;
	return accept_queue_judge(b, now, depth, &b->now);
}

void
accept_queue_free(struct accept_queue *b)
{
	free(b->who);
	tcp_connections_free(&b->now);
	*b = (struct accept_queue){ 0 };
}
