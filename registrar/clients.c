/* SPDX-License-Identifier: Apache-2.0 */
/* clients.c - lists in the order in which things come due
 *
 * All waits are of one length, so whoever began to wait last is last in the
 * list and no heap is needed.
 */
#include "registrar/clients.h"

void
clients_init(struct clients *gs)
{
	*gs = (struct clients){ .n = 0 };
	for (int i = 0; i < ROLES; i++)
		rsp_list_init(&gs->role[i]);
	rsp_list_init(&gs->owing);
	rsp_list_init(&gs->stuck);
}

void
clients_add(struct clients *gs, struct client *g, rsp_time now, enum role role)
{
	g->role = role;
	g->owing_since = now;
	rsp_list_add(&gs->role[role], &g->by_role);
	rsp_list_add(&gs->owing, &g->by_owing);
	rsp_list_init(&g->by_stuck);
	gs->n++;
}

void
clients_remove(struct clients *gs, struct client *g)
{
	rsp_list_remove(&g->by_role);
	rsp_list_remove(&g->by_owing);
	rsp_list_remove(&g->by_stuck);
	gs->pending -= g->counted_output;
	gs->n--;
}

void
clients_output(struct clients *gs, struct client *g)
{
	size_t waiting = connection_waiting(&g->stream);

	gs->pending += waiting - g->counted_output;
	g->counted_output = waiting;
}

void
clients_heard(struct clients *gs, struct client *g, rsp_time now,
    enum role role)
{
	g->role = role;
	rsp_list_remove(&g->by_role);
	rsp_list_add(&gs->role[role], &g->by_role);
	/* what it owed it has given; clients_owes() says if it owes anew */
	clients_owes(gs, g, now, false);
}

/* Pieces of a message buy no time. */
void
clients_owes(struct clients *gs, struct client *g, rsp_time now, bool owes)
{
	if (!owes && g->role != STRANGER)
		rsp_list_remove(&g->by_owing);
	else if (owes && rsp_list_is_empty(&g->by_owing)) {
		rsp_list_add(&gs->owing, &g->by_owing);
		g->owing_since = now;
	}
}

void
clients_stuck(struct clients *gs, struct client *g, rsp_time now, bool waits,
    bool took_some)
{
	if (!waits || (took_some && g->role == PEER))
		rsp_list_remove(&g->by_stuck);
	if (waits && rsp_list_is_empty(&g->by_stuck)) {
		rsp_list_add(&gs->stuck, &g->by_stuck);
		g->stuck_since = now;
	}
}

struct client *
clients_least(struct clients *gs)
{
	for (int i = STRANGER; i <= USER; i++)
		if (!rsp_list_is_empty(&gs->role[i]))
			return RSP_CONTAINER(gs->role[i].next, struct client,
			    by_role);
	return NULL;
}

static struct client *
first_owing(const struct clients *gs)
{
	if (rsp_list_is_empty(&gs->owing))
		return NULL;
	return RSP_CONTAINER(gs->owing.next, struct client, by_owing);
}

static struct client *
first_stuck(const struct clients *gs)
{
	if (rsp_list_is_empty(&gs->stuck))
		return NULL;
	return RSP_CONTAINER(gs->stuck.next, struct client, by_stuck);
}

rsp_time
clients_deadline(const struct clients *gs, int64_t timeout)
{
	const struct client *owing = first_owing(gs), *stuck = first_stuck(gs);
	rsp_time first = RSP_NEVER;

	if (owing != NULL)
		first = rsp_time_add(owing->owing_since, timeout);
	if (stuck != NULL)
		first = rsp_time_min(first,
		    rsp_time_add(stuck->stuck_since, timeout));
	return first;
}

struct client *
clients_late(struct clients *gs, rsp_time now, int64_t timeout)
{
	struct client *g = first_owing(gs);

	if (g != NULL &&
	    rsp_time_reached(rsp_time_add(g->owing_since, timeout), now))
		return g;
	g = first_stuck(gs);
	if (g != NULL &&
	    rsp_time_reached(rsp_time_add(g->stuck_since, timeout), now))
		return g;
	return NULL;
}
