/* SPDX-License-Identifier: Apache-2.0 */
/* peer.c - the list of peers, and the life of each (RFC 5353 section 3.4; the
 * states are described in enrp_inner.h)
 */
#include <stdlib.h>

#include "rsp/core/registry/registry_inner.h"

/* Survivors that see a peer die at the same instant would all want to take it
 * over.  Each waits for a moment of its own, longer where there are many. */
#define SPREAD_PER_PEER 10 /* ms */
#define SPREAD_MAX 500

/* Until a death that is met while this registrar is starting is looked at
 * again. */
#define LATER 500 /* ms */

/* Timers of a peer: its state's, the next call, an answer to a download. */
#define TIMERS 3

struct peer *
peer_find(const struct rsp_registry *r, uint32_t id)
{
	struct rsp_hash_node *node = rsp_hash_find(&r->enrp.by_id,
	    rsp_hash_pair(&r->space.seed, id, 0), id);

	return node == NULL ? NULL : RSP_CONTAINER(node, struct peer, by_id);
}

static void
state_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *timer)
{
	struct peer *p = RSP_CONTAINER(timer, struct peer, timer);
	rsp_time silent =
	    rsp_time_add(p->last_heard, r->config.max_time_last_heard);

	switch (p->state) {
	case RSP_PEER_ACTIVE:
		if (rsp_time_reached(silent, now))
			peer_suspect(r, now, p, "silent");
		else
			enrp_timer_set(r, &p->timer, silent);
		break;
	case RSP_PEER_NAMED:
	case RSP_PEER_SILENT:
		peer_dead(r, now, p);
		break;
	case RSP_PEER_DYING:
		peer_suspect(r, now, p, "not taken over after all");
		break;
	case RSP_PEER_TAKEN:
		takeover_due(r, now, p);
		break;
	}
}

struct peer *
peer_new(struct rsp_registry *r, rsp_time now, uint32_t id)
{
	struct peer *p;

	if (r->enrp.n_peers >= r->config.max_peers)
		return NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	if (enrp_timer_reserve(r, TIMERS) != RSP_OK) {
		free(p);
		return NULL;
	}
	p->id = id;
	p->state = RSP_PEER_NAMED;
	p->foreign = true;
	p->last_heard = now;
	rsp_home_init(&p->home, id);
	rsp_owner_init(&p->owner, &p->home);
	p->owner.kind = OWNER_PEER;
	rsp_list_init(&p->assocs);
	p->timer.due = state_due;
	p->call_timer.due = peer_call_due;
	p->fetch_timer.due = table_fetch_due;
	p->by_id.hash = rsp_hash_pair(&r->space.seed, id, 0);
	p->by_id.key = id;
	rsp_hash_add(&r->enrp.by_id, &p->by_id);
	rsp_list_add(&r->enrp.peers, &p->all);
	r->enrp.n_peers++;
	enrp_timer_set(r, &p->timer,
	    rsp_time_add(now, r->config.max_time_last_heard +
				  r->config.max_time_no_response));
	presence_beat(r, now);
	return p;
}

void
peer_free(struct rsp_registry *r, struct peer *p)
{
	if (r->enrp.retire_to == &p->all)
		r->enrp.retire_to = p->all.next;
	rsp_list_remove(&p->all);
	rsp_hash_remove(&r->enrp.by_id, &p->by_id);
	connecting_end(r, &p->connecting);
	enrp_timer_set(r, &p->timer, RSP_NEVER);
	enrp_timer_set(r, &p->call_timer, RSP_NEVER);
	enrp_timer_set(r, &p->fetch_timer, RSP_NEVER);
	enrp_timer_release(r, TIMERS);
	r->enrp.n_peers--;
	free(p->takeover);
	free(p);
}

void
peer_forget(struct rsp_registry *r, rsp_time now, struct peer *p,
    const char *reason)
{
	enrp_event(r, RSP_EVENT_PEER_GONE, p, 0, 0, reason);
	configured_remember(r, now, p);
	table_fetch_stop(r, now, p);
	RSP_LIST_EACH(l, &p->assocs)
	{
		struct rsp_assoc *a =
		    RSP_CONTAINER(l, struct rsp_assoc, of_peer);

		rsp_list_remove(&a->of_peer);
		a->peer = NULL;
		registry_hang_up(r, a);
	}
	table_send_leave(r, &p->home);
	mentor_lost(r, now, p);
	takeover_forget(r, now, p);
	peer_free(r, p);
}

bool
peer_is_up(const struct peer *p)
{
	return p->state == RSP_PEER_ACTIVE && p->via != NULL;
}

bool
peer_has_proof(const struct rsp_registry *r, rsp_time now, const struct peer *p)
{
	return peer_is_up(p) &&
	       now < rsp_time_add(p->last_heard, r->config.max_time_last_heard);
}

unsigned
peer_count_up(const struct rsp_registry *r, const struct peer *but)
{
	unsigned n = 0;

	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		const struct peer *p = RSP_CONTAINER(l, struct peer, all);

		n += p != but && peer_is_up(p);
	}
	return n;
}

void
peer_send(struct rsp_registry *r, struct peer *p, const struct rsp_message *m)
{
	if (p->via != NULL)
		registry_send(r, p->via, m);
}

/* It lives, so nobody takes it over. */
static void
acquit(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	struct peer *contender = peer_find(r, p->contender);

	(void)now;
	if (p->state == RSP_PEER_TAKEN)
		takeover_abort(r, p, "it lives");
	/* To hear from this registrar without an acknowledgement is how the
	 * contender learns that there is an objection. */
	if (p->contender != 0 && contender != NULL && contender->via != NULL)
		presence_send(r, contender->via, contender->id, false);
	p->contender = 0;
}

void
peer_heard(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	bool was_lost = p->lost || !p->heard;

	p->last_heard = now;
	p->heard = true;
	if (p->state == RSP_PEER_ACTIVE)
		return;
	acquit(r, now, p);
	p->state = RSP_PEER_ACTIVE;
	p->dying_soon = p->lost = p->spared = false;
	enrp_timer_set(r, &p->timer,
	    rsp_time_add(now, r->config.max_time_last_heard));
	if (was_lost)
		enrp_event(r, RSP_EVENT_PEER_UP, p, 0, p->home.n, NULL);
}

void
peer_suspect(struct rsp_registry *r, rsp_time now, struct peer *p,
    const char *reason)
{
	p->state = RSP_PEER_SILENT;
	p->dying_soon = p->spared = false;
	takeover_forget(r, now, p);
	enrp_timer_set(r, &p->timer,
	    rsp_time_add(now, r->config.max_time_no_response));
	if (reason != NULL) {
		p->lost = true;
		enrp_event(r, RSP_EVENT_PEER_LOST, p, 0, p->home.n, reason);
	}
	if (p->via != NULL)
		presence_send(r, p->via, p->id, true);
	else
		peer_call(r, now, p);
}

static int64_t
spread(const struct rsp_registry *r, unsigned others)
{
	uint64_t most = others * (uint64_t)SPREAD_PER_PEER;

	if (most > SPREAD_MAX)
		most = SPREAD_MAX;
	return (
	    int64_t)rsp_random_below(r->config.random, r->config.ctx, most + 1);
}

void
peer_dead(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	unsigned others = peer_count_up(r, p);

	p->spared = false;
	if (p->contender != 0) {
		takeover_concede(r, now, p);
		return;
	}
	if (p->state == RSP_PEER_NAMED && p->owner.n == 0) {
		peer_forget(r, now, p, "never heard");
		return;
	}
	p->state = RSP_PEER_SILENT;
	if (r->enrp.hunt != HUNT_OVER) {
		enrp_timer_set(r, &p->timer, rsp_time_add(now, LATER));
		return;
	}
	if (others > 0 && !p->dying_soon) {
		p->dying_soon = true;
		enrp_timer_set(r, &p->timer,
		    rsp_time_add(now, spread(r, others)));
		return;
	}
	takeover_begin(r, now, p);
}
