/* SPDX-License-Identifier: Apache-2.0 */
/* peer_life.c - what becomes of a peer: heard, suspected, dead, forgotten */
#include "rsp/core/registry/peer_life.h"

#include "rsp/core/registry/configured.h"
#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/registry/mentor.h"
#include "rsp/core/registry/peer.h"
#include "rsp/core/registry/peer_assoc.h"
#include "rsp/core/registry/presence.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/table_apply.h"
#include "rsp/core/registry/table_send.h"
#include "rsp/core/registry/takeover.h"

/* Survivors that see a peer die at the same instant would all want to take it
 * over.  Each waits for a moment of its own, longer where there are many. */
#define SPREAD_PER_PEER 10 /* ms */
#define SPREAD_MAX 500

/* Until a death that is met while this registrar is starting is looked at
 * again. */
#define LATER 500 /* ms */

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

void
peer_state_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *timer)
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
