/* SPDX-License-Identifier: Apache-2.0 */
/* takeover.c - arbitration over a dead peer (RFC 5353 section 3.5)
 *
 * Who finds a peer dead asks all others, waits for their word, and then says
 * that it is done; of several who ask, the greatest ID goes on.  What the RFC
 * leaves open:
 *
 * - An answer that does not come holds nobody up: after MAX-TIME-NO-RESPONSE
 *   the silent peer is doubted itself, and the takeover goes on without it.  A
 *   peer that has been heard meanwhile has had its reasons: that is an
 *   objection, and the attempt ends.
 * - Who is asked about a peer that it has heard just now does not believe it,
 *   but has it prove that it lives.  If it does, there is no acknowledgement.
 *   Nor does a takeover that is declared done over a living peer change
 *   anything; the audits show whose the elements are.
 * - Who has acknowledged watches the target again when it hears no more.
 */
#include "rsp/core/registry/takeover.h"

#include <stdlib.h>

#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/registry/inherit.h"
#include "rsp/core/registry/mentor.h"
#include "rsp/core/registry/peer.h"
#include "rsp/core/registry/peer_life.h"
#include "rsp/core/registry/presence.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/subscription.h"
#include "rsp/core/registry/table_fetch.h"

struct takeover {
	rsp_time began;
	unsigned n; /* whose acknowledgements are to come */
	uint32_t ids[];
};

static void
send_about(struct rsp_registry *r, struct peer *to, uint8_t type,
    uint32_t receiver, uint32_t target)
{
	struct rsp_message m;

	enrp_begin(r, &m, type, receiver);
	m.server = target;
	peer_send(r, to, &m);
}

static void
send_to_all(struct rsp_registry *r, uint8_t type, const struct peer *target,
    const struct peer *but)
{
	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		struct peer *p = RSP_CONTAINER(l, struct peer, all);

		if (p != but)
			send_about(r, p, type, 0, target->id);
	}
}

static void
win(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	/* First of all, so that peers know the elements' new home before the
	 * elements do. */
	send_to_all(r, RSP_ENRP_TAKEOVER_SERVER, p, p);
	enrp_event(r, RSP_EVENT_TAKEOVER_WON, p, r->config.server_id, p->home.n,
	    NULL);
	inherit_take(r, now, p);
	peer_forget(r, now, p, "taken over");
}

static struct takeover *
new_takeover(const struct rsp_registry *r, rsp_time now, const struct peer *p)
{
	unsigned n = peer_count_up(r, p);
	struct takeover *t = malloc(sizeof(*t) + n * sizeof(t->ids[0]));

	if (t == NULL)
		return NULL;
	t->began = now;
	t->n = 0;
	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		const struct peer *other = RSP_CONTAINER(l, struct peer, all);

		if (other != p && peer_is_up(other))
			t->ids[t->n++] = other->id;
	}
	return t;
}

void
takeover_begin(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	rsp_time later = rsp_time_add(now, r->config.max_time_no_response);

	enrp_timer_set(r, &p->timer, later);
	p->takeover = new_takeover(r, now, p);
	if (p->takeover == NULL)
		return; /* still silent by then: once more */
	p->state = RSP_PEER_TAKEN;
	p->lost = true;
	enrp_event(r, RSP_EVENT_TAKEOVER_BEGUN, p, r->config.server_id,
	    p->takeover->n, NULL);
	send_to_all(r, RSP_ENRP_INIT_TAKEOVER, p, NULL);
	if (p->takeover->n == 0)
		win(r, now, p);
}

void
takeover_abort(struct rsp_registry *r, struct peer *p, const char *reason)
{
	if (p->takeover == NULL)
		return;
	free(p->takeover);
	p->takeover = NULL;
	enrp_event(r, RSP_EVENT_TAKEOVER_ABORTED, p, 0, 0, reason);
}

/* Silent, and not to be looked at again for a while.  What becomes of its
 * elements meanwhile whoever hears it can say. */
static void
postpone(struct rsp_registry *r, rsp_time now, struct peer *p,
    struct peer *objects)
{
	takeover_abort(r, p, "a peer objects");
	peer_suspect(r, now, p, NULL);
	p->spared = true;
	enrp_timer_set(r, &p->timer,
	    rsp_time_add(now, r->config.max_time_last_heard));
	table_fetch_begin(r, now, objects, FETCH_ALL);
}

/* The time for acknowledgements is over. */
void
takeover_due(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	struct takeover *t = p->takeover;
	struct peer *objects = NULL;

	/* From the end, for whoever is doubted is taken out of the list. */
	for (unsigned i = t->n; i-- > 0;) {
		struct peer *other = peer_find(r, t->ids[i]);

		if (other == NULL || !peer_is_up(other))
			continue;
		if (other->last_heard > t->began)
			objects = other;
		else
			peer_suspect(r, now, other, "no word about a takeover");
	}
	if (objects != NULL)
		postpone(r, now, p, objects);
	else
		win(r, now, p);
}

static void
agree(struct rsp_registry *r, rsp_time now, struct peer *by, struct peer *p)
{
	takeover_abort(r, p, "another goes first");
	p->contender = 0;
	p->dying_soon = false;
	p->state = RSP_PEER_DYING;
	p->lost = true;
	enrp_timer_set(r, &p->timer,
	    rsp_time_add(now, 2 * r->config.max_time_no_response));
	enrp_event(r, RSP_EVENT_TAKEOVER_AGREED, p, by->id, p->home.n, NULL);
	send_about(r, by, RSP_ENRP_INIT_TAKEOVER_ACK, by->id, p->id);
}

void
takeover_concede(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	struct peer *by = peer_find(r, p->contender);

	p->contender = 0;
	if (by != NULL && by->via != NULL)
		agree(r, now, by, p);
	else
		peer_dead(r, now, p);
}

/* RFC 5353 section 3.5.1, rule 2.  RSPLIB has it the other way round. */
static bool
goes_first(const struct rsp_registry *r, uint32_t id, uint32_t other)
{
	return r->config.interop_rsplib ? id < other : id > other;
}

static void
have_it_proven(struct rsp_registry *r, rsp_time now, struct peer *by,
    struct peer *p)
{
	p->contender = by->id;
	peer_suspect(r, now, p, NULL);
	/* In time for the contender, who waits for the whole of it. */
	enrp_timer_set(r, &p->timer,
	    rsp_time_add(now, r->config.max_time_no_response / 2));
}

void
takeover_asked(struct rsp_registry *r, rsp_time now, struct peer *by,
    uint32_t target)
{
	struct peer *p = peer_find(r, target);

	if (target == r->config.server_id) {
		presence_to_all(r);
		return;
	}
	if (p == by)
		return;
	if (p == NULL) {
		send_about(r, by, RSP_ENRP_INIT_TAKEOVER_ACK, by->id, target);
		return;
	}
	if (p->state == RSP_PEER_TAKEN &&
	    !goes_first(r, by->id, r->config.server_id))
		return;
	if (peer_has_proof(r, now, p))
		have_it_proven(r, now, by, p);
	else if (p->contender == 0)
		agree(r, now, by, p);
	else if (goes_first(r, by->id, p->contender))
		p->contender = by->id;
}

/* The last one that is waited for, and the time is over. */
static void
wait_no_more(struct rsp_registry *r, rsp_time now, struct peer *p, uint32_t id)
{
	struct takeover *t = p->takeover;

	for (unsigned i = 0; i < t->n; i++) {
		if (t->ids[i] != id)
			continue;
		t->ids[i] = t->ids[--t->n];
		if (t->n == 0)
			enrp_timer_set(r, &p->timer, now);
		return;
	}
}

void
takeover_acknowledged(struct rsp_registry *r, rsp_time now, struct peer *by,
    uint32_t target)
{
	struct peer *p = peer_find(r, target);

	if (p != NULL && p->takeover != NULL && p != by)
		wait_no_more(r, now, p, by->id);
}

void
takeover_forget(struct rsp_registry *r, rsp_time now, const struct peer *gone)
{
	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		struct peer *p = RSP_CONTAINER(l, struct peer, all);

		if (p != gone && p->takeover != NULL)
			wait_no_more(r, now, p, gone->id);
	}
}

/* A peer that has not hung up, but fallen silent, may have said things that
 * were lost on the way; one that took elements from others just before its end
 * may have died before it told everybody.  Its heir knows better, and checksums
 * do not show it, for they do not count values. */
static bool
is_last_word_in_doubt(const struct rsp_registry *r, const struct peer *p)
{
	return p->via != NULL ||
	       p->last_heard - p->took < 2 * r->config.peer_heartbeat_cycle;
}

void
takeover_done(struct rsp_registry *r, rsp_time now, struct peer *by,
    uint32_t target)
{
	struct peer *p = peer_find(r, target);
	bool gap = p != NULL && is_last_word_in_doubt(r, p);
	uint64_t n = 0;

	if (target == r->config.server_id) {
		enrp_event(r, RSP_EVENT_ID_CONFLICT, by, by->id, r->home.n,
		    "taken over alive");
		presence_to_all(r);
		return;
	}
	if (p == NULL || p == by)
		return;
	if (peer_has_proof(r, now, p)) {
		presence_send(r, p->via, p->id, true);
		return;
	}
	takeover_abort(r, p, "another was first");
	RSP_LIST_EACH(l, &p->owner.entries)
	{
		struct rsp_entry *e = RSP_CONTAINER(l, struct rsp_entry, owned);

		rsp_entry_give(e, &by->owner);
		subscribed_changed(r, e->pool);
		e->round = by->round;
		n++;
	}
	enrp_event(r, RSP_EVENT_TAKEOVER_DONE, p, by->id, n, NULL);
	peer_forget(r, now, p, "taken over by another");
	if (gap && r->enrp.hunt == HUNT_OVER)
		table_fetch_begin(r, now, by, FETCH_OWN);
}
