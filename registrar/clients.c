/* SPDX-License-Identifier: Apache-2.0 */
/* clients.c - lists in the order in which things come due
 *
 * All waits are of one length, so whoever began to wait last is last in the
 * list and no heap is needed.
 */
#include "registrar/clients.h"

void
guests_init(struct guests *gs)
{
	*gs = (struct guests){ .n = 0 };
	for (int i = 0; i < STANDINGS; i++)
		rsp_list_init(&gs->standing[i]);
	rsp_list_init(&gs->owing);
	rsp_list_init(&gs->stuck);
}

void
guests_add(struct guests *gs, struct guest *g, rsp_time now,
    enum standing standing)
{
	g->standing = standing;
	g->owing_since = now;
	rsp_list_add(&gs->standing[standing], &g->by_standing);
	rsp_list_add(&gs->owing, &g->by_owing);
	rsp_list_init(&g->by_stuck);
	gs->n++;
}

void
guests_remove(struct guests *gs, struct guest *g)
{
	rsp_list_remove(&g->by_standing);
	rsp_list_remove(&g->by_owing);
	rsp_list_remove(&g->by_stuck);
	gs->n--;
}

void
guests_heard(struct guests *gs, struct guest *g, rsp_time now,
    enum standing standing)
{
	g->standing = standing;
	rsp_list_remove(&g->by_standing);
	rsp_list_add(&gs->standing[standing], &g->by_standing);
	/* what it owed it has given; guests_owes() says if it owes anew */
	guests_owes(gs, g, now, false);
}

/* Pieces of a message buy no time. */
void
guests_owes(struct guests *gs, struct guest *g, rsp_time now, bool owes)
{
	if (!owes && g->standing != STRANGER)
		rsp_list_remove(&g->by_owing);
	else if (owes && rsp_list_is_empty(&g->by_owing)) {
		rsp_list_add(&gs->owing, &g->by_owing);
		g->owing_since = now;
	}
}

void
guests_stuck(struct guests *gs, struct guest *g, rsp_time now, bool waits,
    bool took_some)
{
	if (!waits || (took_some && g->standing == PEER))
		rsp_list_remove(&g->by_stuck);
	if (waits && rsp_list_is_empty(&g->by_stuck)) {
		rsp_list_add(&gs->stuck, &g->by_stuck);
		g->stuck_since = now;
	}
}

struct guest *
guests_least(struct guests *gs)
{
	for (int i = STRANGER; i <= USER; i++)
		if (!rsp_list_is_empty(&gs->standing[i]))
			return RSP_CONTAINER(gs->standing[i].next, struct guest,
			    by_standing);
	return NULL;
}

static struct guest *
first_owing(const struct guests *gs)
{
	if (rsp_list_is_empty(&gs->owing))
		return NULL;
	return RSP_CONTAINER(gs->owing.next, struct guest, by_owing);
}

static struct guest *
first_stuck(const struct guests *gs)
{
	if (rsp_list_is_empty(&gs->stuck))
		return NULL;
	return RSP_CONTAINER(gs->stuck.next, struct guest, by_stuck);
}

rsp_time
guests_deadline(const struct guests *gs, int64_t timeout)
{
	const struct guest *owing = first_owing(gs), *stuck = first_stuck(gs);
	rsp_time first = RSP_NEVER;

	if (owing != NULL)
		first = rsp_time_add(owing->owing_since, timeout);
	if (stuck != NULL)
		first = rsp_time_min(first,
		    rsp_time_add(stuck->stuck_since, timeout));
	return first;
}

struct guest *
guests_late(struct guests *gs, rsp_time now, int64_t timeout)
{
	struct guest *g = first_owing(gs);

	if (g != NULL &&
	    rsp_time_reached(rsp_time_add(g->owing_since, timeout), now))
		return g;
	g = first_stuck(gs);
	if (g != NULL &&
	    rsp_time_reached(rsp_time_add(g->stuck_since, timeout), now))
		return g;
	return NULL;
}
