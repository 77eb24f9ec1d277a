/* SPDX-License-Identifier: Apache-2.0 */
/* mentor.c - the hunt for the first handlespace (RFC 5353 section 3.2)
 *
 * Every configured peer is called; the first that answers is the mentor, the
 * others are its backups.  It is asked for its list of servers, then for its
 * handlespace; when it says no, or nothing, or goes, another one is asked.  The
 * hunt ends with a handlespace, or when nobody is left to be asked, or by the
 * clock, but never in the middle of a download that goes on.
 *
 * Registrars that start together all say no to each other.  The one with the
 * greatest ID, once it has been told no by everybody, begins to serve.
 *
 * What the hunt misses, audits find.
 */
#include "rsp/core/registry/mentor.h"

#include "rsp/core/registry/configured.h"
#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/registry/inherit.h"
#include "rsp/core/registry/peer.h"
#include "rsp/core/registry/presence.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/table_fetch.h"

static void
end(struct rsp_registry *r, rsp_time now, const char *reason)
{
	const struct peer *mentor = r->enrp.mentor;

	r->enrp.hunt = HUNT_OVER;
	r->enrp.mentor = NULL;
	enrp_timer_set(r, &r->enrp.hunt_timer, RSP_NEVER);
	enrp_event(r, RSP_EVENT_SERVING, NULL, 0, r->space.n_entries, reason);
	/* Others may have waited for this registrar's own start. */
	presence_to_all(r);
	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		struct peer *p = RSP_CONTAINER(l, struct peer, all);

		if (p->via != NULL && p != mentor)
			table_fetch_begin(r, now, p, FETCH_OWN);
	}
	inherit_due(r, now, &r->enrp.inherited_timer);
}

static rsp_time
deadline(const struct rsp_registry *r)
{
	return rsp_time_add(r->enrp.hunt_began, r->config.mentor_hunt);
}

/* Somebody who is being called may come yet. */
static bool
is_pending(const struct rsp_registry *r)
{
	if (r->config.multicast || configured_is_pending(r))
		return true;
	RSP_LIST_EACH(l, &r->enrp.peers)
	if (RSP_CONTAINER(l, struct peer, all)->connecting.number != 0)
		return true;
	return false;
}

static struct peer *
choose(const struct rsp_registry *r)
{
	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		struct peer *p = RSP_CONTAINER(l, struct peer, all);

		if (peer_is_up(p) && !p->refused)
			return p;
	}
	return NULL;
}

/* Of all that are starting, as far as can be seen. */
static bool
is_greatest(const struct rsp_registry *r)
{
	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		const struct peer *p = RSP_CONTAINER(l, struct peer, all);

		if (peer_is_up(p) && p->id > r->config.server_id)
			return false;
	}
	return true;
}

static void
ask(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	r->enrp.hunt = HUNT_LIST;
	r->enrp.mentor = p;
	list_request(r, p);
	enrp_timer_set(r, &r->enrp.hunt_timer,
	    rsp_time_add(now, r->config.max_time_no_response));
}

static void
seek(struct rsp_registry *r, rsp_time now)
{
	struct peer *p = choose(r);
	bool alone = peer_count_up(r, NULL) == 0;

	r->enrp.hunt = HUNT_SEEK;
	r->enrp.mentor = NULL;
	if (p != NULL) {
		ask(r, now, p);
		return;
	}
	if (rsp_time_reached(deadline(r), now))
		end(r, now, "no mentor in time");
	else if (!is_pending(r) && (alone || is_greatest(r)))
		end(r, now,
		    alone ? "no other registrar" : "first of those that start");
	else
		enrp_timer_set(r, &r->enrp.hunt_timer,
		    rsp_time_min(deadline(r),
			rsp_time_add(now, r->config.mentor_retry)));
}

void
mentor_hunt(struct rsp_registry *r, rsp_time now)
{
	r->enrp.hunt_began = now;
	if (rsp_list_is_empty(&r->enrp.configured) && !r->config.multicast) {
		end(r, now, "no peers configured");
		return;
	}
	seek(r, now);
}

/* The mentor has not done its duty: the next one. */
static void
dismiss(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	p->refused = true;
	p->list_wanted = false;
	seek(r, now);
}

void
mentor_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *timer)
{
	(void)timer;
	if (r->enrp.hunt == HUNT_LIST) {
		dismiss(r, now, r->enrp.mentor);
		return;
	}
	if (r->enrp.hunt != HUNT_SEEK)
		return;
	RSP_LIST_EACH(l, &r->enrp.peers)
	RSP_CONTAINER(l, struct peer, all)->refused = false;
	seek(r, now);
}

void
mentor_switched(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	if (r->enrp.hunt == HUNT_LIST && r->enrp.mentor == p)
		ask(r, now, p);
}

void
mentor_look(struct rsp_registry *r, rsp_time now)
{
	if (r->enrp.hunt == HUNT_SEEK)
		seek(r, now);
}

void
mentor_listed(struct rsp_registry *r, rsp_time now, struct peer *p,
    bool rejected)
{
	if (r->enrp.hunt != HUNT_LIST || r->enrp.mentor != p)
		return;
	if (rejected) {
		dismiss(r, now, p);
		return;
	}
	r->enrp.hunt = HUNT_LOAD;
	enrp_timer_set(r, &r->enrp.hunt_timer, RSP_NEVER);
	table_fetch_begin(r, now, p, FETCH_ALL);
}

void
mentor_loaded(struct rsp_registry *r, rsp_time now, struct peer *p,
    bool complete)
{
	if (r->enrp.hunt != HUNT_LOAD || r->enrp.mentor != p)
		return;
	if (!complete) {
		dismiss(r, now, p);
		return;
	}
	enrp_event(r, RSP_EVENT_SYNCHRONISED, p, 0, r->space.n_entries, NULL);
	end(r, now, "synchronised");
}

void
mentor_lost(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	if (r->enrp.hunt != HUNT_OVER && r->enrp.mentor == p)
		dismiss(r, now, p);
	else
		mentor_look(r, now);
}
