/* SPDX-License-Identifier: Apache-2.0 */
/* inherit.c - what becomes of the elements of a peer that was taken over (RFC
 * 5353 section 3.5.2), and of those that a living peer suggests (draft
 * enrp-takeover)
 *
 * Inherited elements are inherited first.  One after the other is called at its
 * ASAP transport, not too many at once, and is sent a keep-alive with the H
 * flag over the new association, which is its life line from then on.  Whoever
 * cannot be called has a while to come by himself.
 *
 * A suggested element stays its home's until it answers.
 */
#include "rsp/core/registry/inherit.h"

#include <stdlib.h>

#include "rsp/core/registry/change.h"
#include "rsp/core/registry/connecting.h"
#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/enrp.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/registry/keep_alive.h"
#include "rsp/core/registry/mentor.h"
#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/peer.h"
#include "rsp/core/registry/registry.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/subscription.h"
#include "rsp/core/registry/suggest.h"
#include "rsp/core/registry/table_send.h"
#include "rsp/core/registry/update_send.h"

#define AT_ONCE 64 /* elements between two looks at the clock */
#define TRANSPORT_ROOM 1024

static void
resume(struct rsp_registry *r, rsp_time now)
{
	if (r->enrp.inherited.n > 0)
		enrp_timer_set(r, &r->enrp.inherited_timer, now);
}

/* Calls. */

static uint32_t
hash_transport(const struct rsp_registry *r, const struct rsp_transport *t)
{
	uint8_t room[TRANSPORT_ROOM];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));

	rsp_put_transport(&b, t);
	return rsp_hash_bytes(&r->space.seed, rsp_builder_span(&b), false);
}

static struct call *
call_find(const struct rsp_registry *r, const struct rsp_transport *t)
{
	struct rsp_hash_node *node =
	    rsp_hash_find(&r->enrp.by_transport, hash_transport(r, t), t->port);

	for (; node != NULL; node = rsp_hash_find_next(node)) {
		struct call *c = RSP_CONTAINER(node, struct call, by_transport);

		if (rsp_transport_equal(&c->transport, t))
			return c;
	}
	return NULL;
}

/* NULL: out of memory. */
static struct call *
call_new(struct rsp_registry *r, const struct rsp_transport *t)
{
	struct rsp_out out = { .kind = RSP_OUT_CONNECT,
		.protocol = RSP_ASAP,
		.endpoint = -1,
		.timeout = r->config.max_time_no_response };
	struct call *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->transport = *t;
	rsp_list_init(&c->words);
	rsp_owner_init(&c->owner, &r->home);
	c->owner.kind = OWNER_CALL;
	c->by_transport.hash = hash_transport(r, t);
	c->by_transport.key = t->port;
	rsp_hash_add(&r->enrp.by_transport, &c->by_transport);
	out.connecting = connecting_begin(r, &c->connecting, CONNECTING_CALL);
	if (rsp_outbox_connect(&r->outbox, &out, t)) {
		r->enrp.n_calls++;
		return c;
	}
	call_free(r, c);
	return NULL;
}

void
call_free(struct rsp_registry *r, struct call *c)
{
	connecting_end(r, &c->connecting);
	rsp_hash_remove(&r->enrp.by_transport, &c->by_transport);
	suggest_forget(r, c);
	free(c);
}

static bool
is_busy(const struct rsp_registry *r)
{
	return r->enrp.n_calls >= (uint64_t)r->config.max_calls;
}

static struct call *
call_for(struct rsp_registry *r, const struct rsp_transport *t)
{
	struct call *c = call_find(r, t);

	return c != NULL || is_busy(r) ? c : call_new(r, t);
}

/* A loopback address leads to this host, and so only to elements of a
 * registrar that was here too. */
static bool
can_be_called(const struct rsp_transport *t, bool remote)
{
	return (t->type == RSP_PARAM_TCP || t->type == RSP_PARAM_SCTP) &&
	       t->port != 0 && t->n_addresses > 0 &&
	       !rsp_address_is_wildcard(&t->addresses[0]) &&
	       !(remote && rsp_address_is_loopback(&t->addresses[0]));
}

static void
claim(struct rsp_registry *r, rsp_time now, struct rsp_entry *e,
    struct rsp_assoc *a, int32_t life)
{
	rsp_entry_give(e, &a->owner);
	registry_alive(r, now, e, life);
	registry_claim(r, now, e);
}

/* An element that came by itself and was called at the same time prefers the
 * call, and ends the other association: possibly after the call was answered,
 * so that it seemed to be at home at the other one. */
bool
inherit_reclaim(struct rsp_registry *r, rsp_time now,
    const struct rsp_assoc *lost, struct rsp_entry *e)
{
	struct rsp_pe pe;
	struct call *c;

	rsp_entry_decode(e, &pe);
	if (!can_be_called(&pe.asap, false))
		return false;
	c = call_find(r, &pe.asap);
	if (c == NULL || c->assoc == NULL || c->assoc == lost)
		return false;
	claim(r, now, e, c->assoc, pe.life);
	return true;
}

static void
summon(struct rsp_registry *r, rsp_time now, struct rsp_entry *e)
{
	struct call *c = NULL;
	struct rsp_pe pe;

	rsp_entry_decode(e, &pe);
	e->expires = pe.life == RSP_LIFE_FOREVER
			 ? RSP_NEVER
			 : rsp_time_add(now, (int64_t)pe.life * 1000);
	if (can_be_called(&pe.asap, e->keep_alive == KEEP_ALIVE_REMOTE))
		c = call_for(r, &pe.asap);
	if (c == NULL)
		registry_leave_alone(r, now, e, r->config.inherited_grace);
	else if (c->assoc != NULL)
		claim(r, now, e, c->assoc, pe.life);
	else
		rsp_entry_give(e, &c->owner);
}

void
inherit_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *timer)
{
	struct rsp_owner *inherited = &r->enrp.inherited;

	for (unsigned i = 0; i < AT_ONCE && inherited->n > 0; i++) {
		if (is_busy(r))
			return; /* the end of a call goes on from here */
		summon(r, now,
		    RSP_CONTAINER(inherited->entries.next, struct rsp_entry,
			owned));
	}
	if (inherited->n > 0)
		enrp_timer_set(r, timer, now);
}

void
inherit_take(struct rsp_registry *r, rsp_time now, struct peer *p)
{
	RSP_LIST_EACH(l, &p->owner.entries)
	{
		struct rsp_entry *e = RSP_CONTAINER(l, struct rsp_entry, owned);

		rsp_entry_give(e, &r->enrp.inherited);
		subscribed_changed(r, e->pool);
		e->keep_alive = p->local ? KEEP_ALIVE_IDLE : KEEP_ALIVE_REMOTE;
		e->reports = 0;
		e->values_unsure = true;
	}
	resume(r, now);
}

void
inherit_opened(struct rsp_registry *r, rsp_time now, struct call *c,
    struct rsp_assoc *a)
{
	struct rsp_pe pe;

	r->enrp.n_calls--;
	c->assoc = a;
	a->call = c;
	if (c->owner.n == 0 && rsp_list_is_empty(&c->words))
		registry_hang_up(r, a); /* they have come by themselves */
	RSP_LIST_EACH(l, &c->owner.entries)
	{
		struct rsp_entry *e = RSP_CONTAINER(l, struct rsp_entry, owned);

		rsp_entry_decode(e, &pe);
		claim(r, now, e, a, pe.life);
	}
	suggest_say(r, c);
	resume(r, now);
}

void
inherit_failed(struct rsp_registry *r, rsp_time now, struct call *c)
{
	r->enrp.n_calls--;
	RSP_LIST_EACH(l, &c->owner.entries)
	registry_leave_alone(r, now, RSP_CONTAINER(l, struct rsp_entry, owned),
	    r->config.inherited_grace);
	call_free(r, c);
	resume(r, now);
}

void
inherit_closed(struct rsp_registry *r, struct call *c)
{
	call_free(r, c);
}

/* Suggestions. */

void
inherit_suggested(struct rsp_registry *r, rsp_time now, const struct peer *p,
    const struct rsp_entry *e)
{
	struct rsp_pe pe;
	struct call *c;

	rsp_entry_decode(e, &pe);
	if (r->enrp.hunt != HUNT_OVER || r->enrp.retiring ||
	    !can_be_called(&pe.asap, !p->local))
		return;
	c = call_for(r, &pe.asap);
	if (c == NULL)
		return; /* it was a suggestion */
	if (suggest_is_told(r, now, c, e) || !suggest_note(r, now, c, e))
		return;
	if (c->assoc != NULL)
		suggest_say(r, c);
}

void
inherit_adopt(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    struct rsp_entry *e)
{
	struct rsp_pe pe;

	rsp_entry_decode(e, &pe);
	if (!rsp_transport_equal(&pe.asap, &a->call->transport))
		return;
	rsp_entry_give(e, &a->owner);
	registry_alive(r, now, e, pe.life);
	update_send(r, e, RSP_UPDATE_ADD, 0, NULL);
	registry_changed(r, e, RSP_EVENT_PE_UPDATED, a, "suggested");
}

/* An orderly end. */

static struct peer *
next_up(struct rsp_registry *r)
{
	struct rsp_list *l = r->enrp.retire_to;

	do {
		l = l->next;
		if (l != &r->enrp.peers &&
		    peer_is_up(RSP_CONTAINER(l, struct peer, all))) {
			r->enrp.retire_to = l;
			return RSP_CONTAINER(l, struct peer, all);
		}
	} while (l != r->enrp.retire_to);
	return NULL;
}

bool
inherit_gives_away(const struct rsp_registry *r)
{
	const struct rsp_list *l;

	if (!r->enrp.retiring)
		return false;
	for (l = r->enrp.peers.next; l != &r->enrp.peers; l = l->next)
		if (peer_is_up(RSP_CONTAINER(l, const struct peer, all)))
			return true;
	return false;
}

void
inherit_retire_due(struct rsp_registry *r, rsp_time now,
    struct enrp_timer *timer)
{
	struct rsp_list *mark = &r->enrp.marks[ENRP_SESSIONS], *l;
	struct peer *p;

	for (unsigned i = 0; i < AT_ONCE; i++) {
		p = next_up(r);
		l = mark->next;
		rsp_list_remove(mark);
		if (l == &r->home.entries || p == NULL)
			return;
		rsp_list_add(l->next, mark);
		if (!table_send_is_mark(r, l))
			update_send(r,
			    RSP_CONTAINER(l, struct rsp_entry, at_home),
			    RSP_UPDATE_ADD, RSP_FLAG_SUGGEST, p);
	}
	enrp_timer_set(r, timer, now);
}

void
rsp_registry_retire(struct rsp_registry *r, rsp_time now)
{
	if (r->enrp.retiring)
		return;
	r->enrp.retiring = true;
	rsp_list_add(r->home.entries.next, &r->enrp.marks[ENRP_SESSIONS]);
	inherit_retire_due(r, now, &r->enrp.retire_timer);
}
