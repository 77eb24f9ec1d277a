/* SPDX-License-Identifier: Apache-2.0 */
/* table_fetch.c - a peer's handlespace downloaded, all of it at the start or
 * its own part after a failed audit (RFC 5353 sections 3.2.3 and 3.6)
 *
 * Every table has a number, and elements of the peer that stand in it, or come
 * by an update meanwhile, get that number.  When the last part is in, those
 * with another number are gone: that is the mark of RFC 5353 section 3.6.3.
 *
 * An answer does not say to which request it belongs.  After one that came too
 * late the far end may be in the middle of a table that was given up here; such
 * a fetch takes what comes, and proves nobody's absence.  After a long silence
 * both ends have forgotten.
 */
#include "rsp/core/registry/table_fetch.h"

#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/registry/mentor.h"
#include "rsp/core/registry/peer.h"
#include "rsp/core/registry/registry_inner.h"

/* The pause between audits that fail again and again doubles, from a heartbeat
 * up to this: there are elements that cannot be had (a pool with two policies,
 * a limit), and no resynchronisation will bring them. */
#define PAUSE_MAX 60000 /* ms */

void
table_fetch_request(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	struct rsp_message m;

	enrp_begin(r, &m, RSP_ENRP_TABLE_REQUEST, p->id);
	m.flags = p->fetch == FETCH_OWN ? RSP_FLAG_OWN : 0;
	registry_send(r, p->via, &m);
	if (p->fetch_via != p->via)
		p->unanswered = 0;
	p->fetch_via = p->via;
	p->fetch_asked = now;
	p->unanswered++;
	enrp_timer_set(r, &p->fetch_timer,
	    rsp_time_add(now, r->config.max_time_no_response));
}

bool
table_fetch_is_second_hand(const struct peer *p)
{
	return p->spared && p->via == NULL;
}

static void
number_second_hand(struct rsp_registry *r)
{
	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		struct peer *p = RSP_CONTAINER(l, struct peer, all);

		if (table_fetch_is_second_hand(p))
			p->round++;
	}
}

void
table_fetch_begin(struct rsp_registry *r, rsp_time now, struct peer *p,
    enum table_fetch what)
{
	if (p->via == NULL ||
	    (p->fetch != FETCH_NONE && p->fetch_via == p->via))
		return;
	if (now >= rsp_time_add(p->fetch_asked,
		       (ENRP_PATIENCE + 1) * r->config.max_time_no_response)) {
		p->unanswered = 0;
		p->unfinished = false;
	}
	p->clean =
	    p->fetch_via != p->via || (p->unanswered == 0 && !p->unfinished);
	p->unfinished = false;
	/* What it sends from here on is newer than all that is known. */
	p->round++;
	if (what == FETCH_ALL)
		number_second_hand(r);
	p->fetch = what;
	table_fetch_request(r, now, p);
}

/* The pause is for those that fail again at once. */
static rsp_time
next_audit(const struct rsp_registry *r, rsp_time now, const struct peer *p)
{
	int64_t pause = r->config.peer_heartbeat_cycle;

	if (p->disagreements <= 2)
		return now;
	for (unsigned i = 2; i < p->disagreements && pause < PAUSE_MAX; i++)
		pause *= 2;
	return rsp_time_add(now, pause < PAUSE_MAX ? pause : PAUSE_MAX);
}

void
table_fetch_audit(struct rsp_registry *r, rsp_time now, struct peer *p,
    uint16_t checksum)
{
	if (p->fetch != FETCH_NONE || r->enrp.hunt != HUNT_OVER)
		return;
	if (rsp_checksum_is(checksum, p->home.sum, p->home.swapped,
		p->foreign)) {
		p->disagreements = 0;
		p->audit_after = now;
		return;
	}
	if (now < p->audit_after)
		return;
	if (p->disagreements < UINT8_MAX)
		p->disagreements++;
	p->audit_after = next_audit(r, now, p);
	enrp_event(r, RSP_EVENT_AUDIT_FAILED, p, 0, p->home.n, NULL);
	table_fetch_begin(r, now, p, FETCH_OWN);
}
