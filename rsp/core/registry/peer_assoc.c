/* SPDX-License-Identifier: Apache-2.0 */
/* peer_assoc.c - associations with peers, and attempts to call them
 *
 * Both ends of a pair may call at the same time.  Of two associations the one
 * that the greater ID opened stays, and it is the greater ID that ends the
 * other, so that the two never end one each.  Registrars that have not said
 * that they are of this kind know nothing of that: theirs all stay, and the
 * newest is spoken over.
 *
 * What comes over another association than the chosen one may be old: a network
 * that heals delivers what was sent before it broke.  Updates and takeovers are
 * not taken from there.  Nothing is lost by that, for whoever changes over asks
 * for the far end's elements anew.
 */
#include <stdlib.h>

#include "rsp/core/registry/registry_inner.h"

/* Calls of a configured peer that turned out to be this registrar itself come
 * so many times less often. */
#define SELF_FACTOR 30

/* Peers that were lost: how many are remembered, for how long, and how many
 * times less often they are called.  Without that a registrar whose configured
 * peers have died while it was cut off would never find the others again. */
#define REMEMBERED_MAX 64
#define REMEMBERED_MS 3600000
#define LOST_FACTOR 5

static uint32_t
hash_number(uint32_t number)
{
	return number * UINT32_C(2654435761);
}

uint32_t
connecting_begin(struct rsp_registry *r, struct connecting *d,
    enum connecting_kind kind)
{
	struct enrp *n = &r->enrp;

	if (++n->next_connecting == 0)
		++n->next_connecting;
	d->number = n->next_connecting;
	d->kind = kind;
	d->by_number.key = d->number;
	d->by_number.hash = hash_number(d->number);
	rsp_hash_add(&n->by_number, &d->by_number);
	return d->number;
}

void
connecting_end(struct rsp_registry *r, struct connecting *d)
{
	if (d->number != 0)
		rsp_hash_remove(&r->enrp.by_number, &d->by_number);
	d->number = 0;
}

struct connecting *
connecting_find(const struct rsp_registry *r, uint32_t number)
{
	struct rsp_hash_node *node;

	if (number == 0)
		return NULL;
	node = rsp_hash_find(&r->enrp.by_number, hash_number(number), number);
	return node == NULL ? NULL
			    : RSP_CONTAINER(node, struct connecting, by_number);
}

/* Configured peers. */

/* It is called again, counted from when it was called last. */
static void
call_again(struct rsp_registry *r, struct configured *e)
{
	int64_t pause = r->config.peer_retry;

	e->tried = true;
	if (e->is_self)
		pause *= SELF_FACTOR;
	else if (e->number < 0)
		pause *= LOST_FACTOR;
	enrp_timer_set(r, &e->timer, rsp_time_add(e->called, pause));
}

static struct configured *
configured_of(const struct rsp_registry *r, uint32_t id)
{
	RSP_LIST_EACH(l, &r->enrp.configured)
	{
		struct configured *e = RSP_CONTAINER(l, struct configured, all);

		if (e->id == id)
			return e;
	}
	return NULL;
}

static void
configured_call(struct rsp_registry *r, rsp_time now, struct configured *e)
{
	struct rsp_out out = { .kind = RSP_OUT_CONNECT,
		.protocol = RSP_ENRP,
		.endpoint = e->number,
		.timeout = r->config.max_time_no_response };
	const struct rsp_transport *t =
	    e->n_transports == 0
		? NULL
		: &e->transports[e->next_transport++ % e->n_transports];

	if (e->connecting.number != 0 || e->assoc != NULL)
		return;
	e->called = now;
	out.connecting =
	    connecting_begin(r, &e->connecting, CONNECTING_CONFIGURED);
	if (rsp_outbox_connect(&r->outbox, &out, t)) {
		enrp_timer_set(r, &e->timer, RSP_NEVER);
		return;
	}
	connecting_end(r, &e->connecting);
	enrp_timer_set(r, &e->timer, rsp_time_add(now, r->config.peer_retry));
}

static void
configured_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *timer)
{
	struct configured *e = RSP_CONTAINER(timer, struct configured, timer);
	const struct peer *p = e->id == 0 ? NULL : peer_find(r, e->id);
	int64_t pause = r->config.peer_retry;

	if (e->assoc != NULL)
		return;
	if (e->number < 0 && (now >= e->until || p != NULL))
		configured_free(r, e); /* given up, or it is back */
	else if (p != NULL && p->via != NULL)
		enrp_timer_set(r, &e->timer, rsp_time_add(now, pause));
	else
		configured_call(r, now, e);
}

/* NULL: out of memory. */
static struct configured *
configured_new(struct rsp_registry *r, int number)
{
	struct configured *e = calloc(1, sizeof(*e));

	if (e == NULL || enrp_timer_reserve(r, 1) != RSP_OK) {
		free(e);
		return NULL;
	}
	e->number = number;
	e->until = RSP_NEVER;
	e->timer.due = configured_due;
	rsp_list_add(&r->enrp.configured, &e->all);
	return e;
}

static void
forget_oldest(struct rsp_registry *r)
{
	RSP_LIST_EACH(l, &r->enrp.configured)
	{
		struct configured *e = RSP_CONTAINER(l, struct configured, all);

		if (e->number >= 0)
			continue;
		configured_free(r, e);
		return;
	}
}

void
configured_remember(struct rsp_registry *r, rsp_time now, const struct peer *p)
{
	struct configured *e = configured_of(r, p->id);

	if (e != NULL || p->n_transports == 0 || !(p->heard || p->introduced))
		return;
	if (r->enrp.n_remembered >= REMEMBERED_MAX)
		forget_oldest(r);
	e = configured_new(r, -1);
	if (e == NULL)
		return;
	r->enrp.n_remembered++;
	e->id = p->id;
	e->tried = true;
	e->called = now;
	e->until = rsp_time_add(now, REMEMBERED_MS);
	e->n_transports = p->n_transports;
	for (unsigned i = 0; i < p->n_transports; i++)
		e->transports[i] = p->transports[i];
	call_again(r, e);
}

int
rsp_registry_add_peer(struct rsp_registry *r, rsp_time now, unsigned number)
{
	struct configured *e;

	RSP_LIST_EACH(l, &r->enrp.configured)
	if (RSP_CONTAINER(l, struct configured, all)->number == (int)number)
		return RSP_EEXIST;
	e = configured_new(r, (int)number);
	if (e == NULL)
		return RSP_ENOMEM;
	presence_beat(r, now);
	configured_call(r, now, e);
	return RSP_OK;
}

void
configured_free(struct rsp_registry *r, struct configured *e)
{
	if (e->assoc != NULL)
		e->assoc->configured = NULL;
	r->enrp.n_remembered -= e->number < 0;
	connecting_end(r, &e->connecting);
	enrp_timer_set(r, &e->timer, RSP_NEVER);
	enrp_timer_release(r, 1);
	rsp_list_remove(&e->all);
	free(e);
}

void
rsp_registry_remove_peer(struct rsp_registry *r, rsp_time now, unsigned number)
{
	RSP_LIST_EACH(l, &r->enrp.configured)
	{
		struct configured *e = RSP_CONTAINER(l, struct configured, all);

		if (e->number == (int)number)
			configured_free(r, e);
	}
	mentor_look(r, now);
}

bool
configured_is_pending(const struct rsp_registry *r)
{
	RSP_LIST_EACH(l, &r->enrp.configured)
	{
		const struct configured *e =
		    RSP_CONTAINER(l, struct configured, all);

		if (e->assoc != NULL ? e->assoc->peer == NULL : !e->tried)
			return true;
	}
	return false;
}

void
configured_closed(struct rsp_registry *r, struct configured *e)
{
	e->assoc = NULL;
	call_again(r, e);
}

static void
configured_failed(struct rsp_registry *r, rsp_time now, struct configured *e)
{
	struct peer *p = e->id == 0 ? NULL : peer_find(r, e->id);

	call_again(r, e);
	/* It was the only way to ask whether it lives. */
	if (p != NULL && p->state == RSP_PEER_SILENT && p->via == NULL &&
	    !p->dying_soon && !p->spared && p->n_transports == 0)
		peer_dead(r, now, p);
}

/* Peers that are called where they said they are. */

void
peer_call(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	struct rsp_out out = { .kind = RSP_OUT_CONNECT,
		.protocol = RSP_ENRP,
		.endpoint = -1,
		.timeout = r->config.max_time_no_response };
	struct configured *e;

	if (p->via != NULL || p->connecting.number != 0)
		return;
	if (p->n_transports == 0) {
		e = configured_of(r, p->id);
		if (e != NULL)
			configured_call(r, now, e);
		return;
	}
	out.connecting = connecting_begin(r, &p->connecting, CONNECTING_PEER);
	if (!rsp_outbox_connect(&r->outbox, &out,
		&p->transports[p->next_transport % p->n_transports])) {
		connecting_end(r, &p->connecting);
		enrp_timer_set(r, &p->call_timer,
		    rsp_time_add(now, r->config.peer_retry));
	}
}

void
peer_call_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *timer)
{
	peer_call(r, now, RSP_CONTAINER(timer, struct peer, call_timer));
}

/* Nobody there, or somebody else. */
static void
call_failed(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	p->next_transport++;
	if (p->n_transports > 0 && ++p->failures % p->n_transports != 0) {
		peer_call(r, now, p);
		return;
	}
	enrp_timer_set(r, &p->call_timer,
	    rsp_time_add(now, r->config.peer_retry));
	if (p->state == RSP_PEER_SILENT && !p->dying_soon && !p->spared &&
	    p->via == NULL)
		peer_dead(r, now, p);
}

void
connecting_failed(struct rsp_registry *r, rsp_time now, struct connecting *d)
{
	switch (d->kind) {
	case CONNECTING_CONFIGURED:
		configured_failed(r, now,
		    RSP_CONTAINER(d, struct configured, connecting));
		break;
	case CONNECTING_PEER:
		call_failed(r, now, RSP_CONTAINER(d, struct peer, connecting));
		break;
	case CONNECTING_CALL:
		inherit_failed(r, now,
		    RSP_CONTAINER(d, struct call, connecting));
		break;
	}
}

/* Which of two is to be spoken over; `b` is the newer one. */
static struct rsp_assoc *
better(const struct rsp_registry *r, const struct peer *p, struct rsp_assoc *a,
    struct rsp_assoc *b)
{
	bool greater = r->config.server_id > p->id;

	if (p->foreign || a->ended || a->outgoing == b->outgoing)
		return b;
	return a->outgoing == greater ? a : b;
}

/* What was under way over the old one may be lost. */
static void
switch_to(struct rsp_registry *r, rsp_time now, struct peer *p,
    struct rsp_assoc *a)
{
	if (p->via == a)
		return;
	p->via = a;
	presence_send(r, a, p->id, !a->asked);
	mentor_switched(r, now, p);
	if (p->list_wanted && r->enrp.hunt == HUNT_OVER)
		list_request(r, p);
	if (p->fetch != FETCH_NONE || r->enrp.hunt == HUNT_OVER)
		table_fetch_begin(r, now, p,
		    p->fetch != FETCH_NONE ? p->fetch : FETCH_OWN);
}

void
peer_prefer(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	struct rsp_assoc *best = NULL;

	RSP_LIST_EACH(l, &p->assocs)
	{
		struct rsp_assoc *a =
		    RSP_CONTAINER(l, struct rsp_assoc, of_peer);

		if (!a->ended)
			best = best == NULL ? a : better(r, p, best, a);
	}
	if (best == NULL)
		return;
	switch_to(r, now, p, best);
	if (p->foreign || r->config.server_id < p->id)
		return;
	RSP_LIST_EACH(l, &p->assocs)
	{
		struct rsp_assoc *a =
		    RSP_CONTAINER(l, struct rsp_assoc, of_peer);

		if (a == best)
			continue;
		/* Whoever has called must know whom he has reached. */
		presence_send(r, a, p->id, false);
		registry_hang_up(r, a);
	}
}

void
peer_bind(struct rsp_registry *r, rsp_time now, struct peer *p,
    struct rsp_assoc *a)
{
	struct peer *expected = a->expected == 0 || a->expected == p->id
				    ? NULL
				    : peer_find(r, a->expected);

	a->peer = p;
	rsp_list_add(&p->assocs, &a->of_peer);
	p->local = p->local || a->local;
	p->failures = 0;
	enrp_timer_set(r, &p->call_timer, RSP_NEVER);
	if (a->configured != NULL) {
		a->configured->id = p->id;
		a->configured->is_self = false;
		a->configured->tried = true;
	}
	if (p->via == NULL)
		p->via = a;
	else
		peer_prefer(r, now, p);
	/* A registrar that has come back as somebody else, for example. */
	if (expected != NULL && expected->via == NULL)
		call_failed(r, now, expected);
}

void
peer_unbind(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a)
{
	struct peer *p = a->peer;
	bool was_chosen = p->via == a;

	rsp_list_remove(&a->of_peer);
	a->peer = NULL;
	/* First, for the end of a download may be the end of the hunt, and then
	 * everybody is spoken to. */
	if (was_chosen)
		p->via = NULL;
	if (p->fetch_via == a) {
		table_fetch_stop(r, now, p);
		p->fetch_via = NULL;
	}
	if (!was_chosen)
		return;
	peer_prefer(r, now, p);
	if (p->via != NULL)
		return;
	mentor_lost(r, now, p);
	if (p->state == RSP_PEER_ACTIVE)
		peer_suspect(r, now, p, "connection lost");
	else
		peer_call(r, now, p);
}
