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
#include "rsp/core/registry/peer_assoc.h"

#include <stdlib.h>

#include "rsp/core/registry/configured.h"
#include "rsp/core/registry/connecting.h"
#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/registry/mentor.h"
#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/peer.h"
#include "rsp/core/registry/presence.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/table_fetch.h"

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
void
peer_switch_to(struct rsp_registry *r, rsp_time now, struct peer *p,
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
	peer_switch_to(r, now, p, best);
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
