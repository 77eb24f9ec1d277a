/* SPDX-License-Identifier: Apache-2.0 */
/* table_apply.c - a peer's handlespace as it comes in */
#include "rsp/core/registry/table_apply.h"

#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/registry/keep_alive.h"
#include "rsp/core/registry/mentor.h"
#include "rsp/core/registry/peer.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/table_fetch.h"
#include "rsp/core/registry/update_apply.h"

static void
enter_one(struct rsp_registry *r, rsp_time now, struct peer *p,
    struct rsp_span handle, struct rsp_pe *pe)
{
	struct peer *home;

	if (pe->home == p->id || pe->home == 0) {
		apply_add(r, p, p->fetch_via, handle, pe, APPLY_TABLE);
		return;
	}
	if (p->fetch == FETCH_OWN)
		return; /* not what was asked for */
	if (pe->home == r->config.server_id) {
		apply_inherit(r, handle, pe);
		return;
	}
	home = peer_find(r, pe->home);
	if (home == NULL)
		home = peer_new(r, now, pe->home);
	if (home == NULL)
		return;
	home->introduced = true;
	apply_add(r, home, p->fetch_via, handle, pe, APPLY_HEARSAY);
}

/* Those that the table should have held.  They are nobody's then, so that the
 * checksums agree, but go only when no other home has claimed them within a
 * heartbeat and a half. */
static void
drop_the_rest(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	int64_t cycle = r->config.peer_heartbeat_cycle;

	RSP_LIST_EACH(l, &p->owner.entries)
	{
		struct rsp_entry *e = RSP_CONTAINER(l, struct rsp_entry, owned);

		if (e->round != p->round)
			registry_leave_to(r, now, e, &r->enrp.strays,
			    cycle + cycle / 2);
	}
}

static void
drop_second_hand(struct rsp_registry *r, rsp_time now)
{
	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		struct peer *p = RSP_CONTAINER(l, struct peer, all);

		if (table_fetch_is_second_hand(p))
			drop_the_rest(r, now, p);
	}
}

static void
finish(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	enum table_fetch was = p->fetch;

	if (p->clean)
		drop_the_rest(r, now, p);
	if (p->clean && was == FETCH_ALL)
		drop_second_hand(r, now);
	p->fetch = FETCH_NONE;
	enrp_timer_set(r, &p->fetch_timer, RSP_NEVER);
	if (was == FETCH_ALL)
		mentor_loaded(r, now, p, true);
	else
		enrp_event(r, RSP_EVENT_RESYNCHRONISED, p, 0, p->home.n, NULL);
}

void
table_fetch_input(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    const struct rsp_message *m)
{
	struct peer *p = a->peer;
	struct rsp_cursor c = rsp_cursor_over(m->elements);
	struct rsp_span handle = { NULL, 0 };
	struct rsp_pe pe;

	if (p->fetch_via != a || p->unanswered == 0)
		return; /* nobody has asked */
	p->unanswered--;
	p->unfinished = (m->flags & RSP_FLAG_MORE) != 0;
	if (p->fetch == FETCH_NONE || p->via == NULL)
		return; /* too late */
	if ((m->flags & RSP_FLAG_REJECT) != 0) {
		table_fetch_stop(r, now, p);
		return;
	}
	while (rsp_next_table_pe(&c, &handle, &pe, NULL))
		enter_one(r, now, p, handle, &pe);
	if (p->unfinished)
		table_fetch_request(r, now, p);
	else
		finish(r, now, p);
}

void
table_fetch_stop(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	enum table_fetch was = p->fetch;

	p->fetch = FETCH_NONE;
	enrp_timer_set(r, &p->fetch_timer, RSP_NEVER);
	if (was == FETCH_ALL)
		mentor_loaded(r, now, p, false);
}

void
table_fetch_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *timer)
{
	table_fetch_stop(r, now,
	    RSP_CONTAINER(timer, struct peer, fetch_timer));
}
