/* SPDX-License-Identifier: Apache-2.0 */
/* enrp.c - who gets a message of a peer's, and what the shell calls
 */
#include "rsp/core/registry/enrp.h"

#include <stdlib.h>

#include "rsp/core/registry/configured.h"
#include "rsp/core/registry/connecting.h"
#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/registry/inherit.h"
#include "rsp/core/registry/mentor.h"
#include "rsp/core/registry/peer.h"
#include "rsp/core/registry/peer_assoc.h"
#include "rsp/core/registry/peer_life.h"
#include "rsp/core/registry/presence.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/table_apply.h"
#include "rsp/core/registry/table_fetch.h"
#include "rsp/core/registry/table_send.h"
#include "rsp/core/registry/takeover.h"
#include "rsp/core/registry/update_apply.h"

/* Heartbeats from one question for another's list to the next. */
#define GOSSIP_BEATS 8

#define REPORT_ROOM 2048 /* of error causes; larger ones go without details */

int
enrp_init(struct rsp_registry *r)
{
	struct enrp *n = &r->enrp;
	struct rsp_hash *tables[] = { &n->by_id, &n->by_number,
		&n->by_transport, &n->by_word };
	int err = enrp_timer_reserve(r, ENRP_SESSIONS + 4);

	for (unsigned i = 0; i < 4 && err == RSP_OK; i++)
		err = rsp_hash_init(tables[i]);
	rsp_list_init(&n->peers);
	rsp_list_init(&n->configured);
	rsp_list_init(&n->asking);
	rsp_owner_init(&n->inherited, &r->home);
	n->inherited.kind = OWNER_INHERITED;
	rsp_home_init(&n->no_home, 0);
	rsp_owner_init(&n->strays, &n->no_home);
	n->strays.kind = OWNER_STRAY;
	n->heartbeat.kind = ENRP_TIMER_HEARTBEAT;
	n->hunt_timer.kind = ENRP_TIMER_HUNT;
	n->inherited_timer.kind = ENRP_TIMER_INHERITED;
	n->retire_timer.kind = ENRP_TIMER_RETIRE;
	n->retire_to = &n->peers;
	for (unsigned i = 0; i < ENRP_SESSIONS; i++)
		n->sessions[i].timer.kind = ENRP_TIMER_SESSION;
	for (unsigned i = 0; i < ENRP_MARKS; i++)
		rsp_list_init(&n->marks[i]);
	if (err != RSP_OK)
		enrp_fini(r);
	return err;
}

static void
free_calls(struct rsp_registry *r)
{
	struct rsp_hash *t = &r->enrp.by_transport;

	for (uint32_t i = 0; i < t->n_chains; i++)
		while (t->chains[i] != NULL)
			call_free(r, RSP_CONTAINER(t->chains[i], struct call,
					 by_transport));
}

void
enrp_fini(struct rsp_registry *r)
{
	struct enrp *n = &r->enrp;

	RSP_LIST_EACH(l, &n->configured)
	configured_free(r, RSP_CONTAINER(l, struct configured, all));
	RSP_LIST_EACH(l, &n->peers)
	peer_free(r, RSP_CONTAINER(l, struct peer, all));
	free_calls(r);
	rsp_hash_fini(&n->by_id);
	rsp_hash_fini(&n->by_number);
	rsp_hash_fini(&n->by_transport);
	rsp_hash_fini(&n->by_word);
	rsp_heap_fini(&n->timers);
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

static void
configured_failed(struct rsp_registry *r, rsp_time now, struct configured *e)
{
	struct peer *p = e->id == 0 ? NULL : peer_find(r, e->id);

	configured_call_again(r, e);
	/* It was the only way to ask whether it lives. */
	if (p != NULL && p->state == RSP_PEER_SILENT && p->via == NULL &&
	    !p->dying_soon && !p->spared && p->n_transports == 0)
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

static void
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

/* Registrars that know only some of the others meet the rest this way, however
 * that came about. */
static void
ask_around(struct rsp_registry *r)
{
	unsigned n = peer_count_up(r, NULL), chosen;

	if (r->enrp.hunt != HUNT_OVER || n == 0 ||
	    ++r->enrp.beats % GOSSIP_BEATS != 0)
		return;
	chosen = (unsigned)rsp_random_below(r->config.random, r->config.ctx, n);
	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		struct peer *p = RSP_CONTAINER(l, struct peer, all);

		if (peer_is_up(p) && chosen-- == 0) {
			list_request(r, p);
			return;
		}
	}
}

/* A tenth more or less, so that registrars that were started together do not
 * beat together. */
static void
presence_beat_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *t)
{
	int64_t cycle = r->config.peer_heartbeat_cycle;
	uint64_t fifth = (uint64_t)cycle / 5;

	presence_to_all(r);
	if (r->config.multicast)
		presence_announce(r);
	ask_around(r);
	enrp_timer_set(r, t,
	    rsp_time_add(now, cycle - cycle / 10 +
				  (int64_t)rsp_random_below(r->config.random,
				      r->config.ctx, fifth + 1)));
}

void
enrp_beat(struct rsp_registry *r, rsp_time now)
{
	if (!enrp_timer_is_set(&r->enrp.heartbeat))
		presence_beat_due(r, now, &r->enrp.heartbeat);
}

struct peer *
enrp_meet(struct rsp_registry *r, rsp_time now, uint32_t id)
{
	struct peer *p = peer_new(r, now, id);

	if (p != NULL)
		enrp_beat(r, now);
	return p;
}

static void
introduce(struct rsp_registry *r, rsp_time now,
    const struct rsp_server_info *info)
{
	struct peer *p = peer_find(r, info->id);

	if (p == NULL)
		p = enrp_meet(r, now, info->id);
	if (p == NULL || p->heard)
		return; /* it has spoken for itself */
	p->introduced = true;
	presence_add_transport(p, &info->transport, NULL, 0);
}

static void
call_introduced(struct rsp_registry *r, rsp_time now)
{
	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		struct peer *p = RSP_CONTAINER(l, struct peer, all);

		if (p->state == RSP_PEER_NAMED && p->n_transports > 0 &&
		    !enrp_timer_is_set(&p->call_timer))
			peer_call(r, now, p);
	}
}

static void
presence_input(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    const struct rsp_message *m)
{
	struct peer *p = a->peer;

	presence_learn(p, m, a);
	if ((m->flags & RSP_FLAG_REPLY) != 0 && !a->greeted)
		presence_send(r, a, p->id, false);
	if (p->list_refused && r->enrp.hunt == HUNT_OVER)
		list_request(r, p);
	/* Only beside the updates that it may count does it prove anything. */
	if (m->has_checksum && p->via == a)
		table_fetch_audit(r, now, p, m->checksum);
}

static void
list_input(struct rsp_registry *r, rsp_time now, struct peer *p,
    const struct rsp_message *m)
{
	struct rsp_cursor c = rsp_cursor_over(m->servers);
	bool rejected = (m->flags & RSP_FLAG_REJECT) != 0;
	struct rsp_server_info info;

	if (!p->list_wanted)
		return; /* nobody has asked */
	p->list_wanted = false;
	p->list_refused = rejected;
	while (!rejected && rsp_next_server(&c, &info))
		/* RSPLIB has a 0 for those that it has not heard itself. */
		if (info.id != 0 && info.id != r->config.server_id)
			introduce(r, now, &info);
	call_introduced(r, now);
	mentor_listed(r, now, p, rejected);
}

bool
enrp_open(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    uint32_t connecting)
{
	struct connecting *d = connecting_find(r, connecting);

	if (d != NULL) {
		enum connecting_kind kind = d->kind;

		connecting_end(r, d);
		if (kind == CONNECTING_CALL) {
			inherit_opened(r, now,
			    RSP_CONTAINER(d, struct call, connecting), a);
			return true;
		}
		if (kind == CONNECTING_PEER) {
			a->expected =
			    RSP_CONTAINER(d, struct peer, connecting)->id;
		} else {
			a->configured =
			    RSP_CONTAINER(d, struct configured, connecting);
			a->configured->assoc = a;
		}
	}
	if (a->protocol != RSP_ENRP)
		return true;
	enrp_beat(r, now);
	if (a->outgoing)
		presence_send(r, a, a->expected, true);
	return true;
}

void
enrp_close(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a)
{
	if (a->session != NULL)
		table_send_close(r, a->session);
	if (a->call != NULL)
		inherit_closed(r, a->call);
	if (a->configured != NULL)
		configured_closed(r, a->configured);
	if (a->peer != NULL)
		peer_unbind(r, now, a);
	else if (a->expected != 0 && peer_find(r, a->expected) != NULL)
		peer_call(r, now, peer_find(r, a->expected));
	if (a->protocol == RSP_ENRP)
		mentor_look(r, now);
}

static void
send_error(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m, struct rsp_span causes)
{
	struct rsp_message error;

	/* Errors are not answered, or two ends would never stop. */
	if (causes.len == 0 || m->type == RSP_ENRP_ERROR)
		return;
	enrp_begin(r, &error, RSP_ENRP_ERROR, m->sender);
	error.has_error = true;
	error.causes = causes;
	registry_send(r, a, &error);
}

/* The association has a peer now, or a peer an association. */
static void
greet(struct rsp_registry *r, rsp_time now, struct peer *p, struct rsp_assoc *a,
    bool is_new)
{
	/* RFC 5353 section 3.4.1 */
	if (!a->asked)
		presence_send(r, a, p->id, true);
	if (r->enrp.hunt != HUNT_OVER) {
		mentor_look(r, now);
		return;
	}
	/* Groups that have been apart find each other this way: whoever is
	 * new may know others. */
	if (is_new)
		list_request(r, p);
	/* Checksums tell of elements, not of their values, which may have
	 * changed while there was no association. */
	table_fetch_begin(r, now, p, FETCH_OWN);
}

/* Binds the association to whom its first message names; false when it is not
 * to be spoken to. */
static bool
admit(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    const struct rsp_message *m)
{
	struct peer *p = a->peer;
	bool is_new, connected;

	if (m->sender == r->config.server_id) {
		enrp_event(r, RSP_EVENT_ID_CONFLICT, NULL, m->sender, 0,
		    a->outgoing ? "it calls itself, or another has its ID"
				: "another has its ID, or it calls itself");
		if (a->configured != NULL)
			a->configured->is_self = true;
		/* so that it knows, too */
		if (!a->outgoing)
			presence_send(r, a, m->sender, false);
		registry_hang_up(r, a);
		return false;
	}
	if (p != NULL && p->id == m->sender)
		return true;
	if (p == NULL)
		p = peer_find(r, m->sender);
	else
		p = NULL; /* nobody changes his ID on an association */
	if (p == NULL && a->peer == NULL)
		p = enrp_meet(r, now, m->sender);
	if (p == NULL) {
		registry_hang_up(r, a);
		return false;
	}
	is_new = !p->heard && !p->introduced;
	connected = p->via != NULL;
	if (m->type == RSP_ENRP_PRESENCE)
		presence_learn(p, m, a);
	peer_bind(r, now, p, a);
	peer_heard(r, now, p);
	if (!connected)
		greet(r, now, p, a, is_new);
	return !a->ended;
}

static void
dispatch(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    struct rsp_message *m)
{
	struct peer *p = a->peer;
	struct rsp_cursor c;
	struct rsp_span information;
	uint16_t cause = 0;

	switch (m->type) {
	case RSP_ENRP_PRESENCE:
		presence_input(r, now, a, m);
		break;
	case RSP_ENRP_TABLE_REQUEST:
		table_send_answer(r, now, a, m);
		break;
	case RSP_ENRP_TABLE_RESPONSE:
		table_fetch_input(r, now, a, m);
		break;
	case RSP_ENRP_UPDATE:
		apply_update(r, now, p, m);
		break;
	case RSP_ENRP_LIST_REQUEST:
		list_answer(r, a, m);
		break;
	case RSP_ENRP_LIST_RESPONSE:
		list_input(r, now, p, m);
		break;
	case RSP_ENRP_INIT_TAKEOVER:
		takeover_asked(r, now, p, m->server);
		break;
	case RSP_ENRP_INIT_TAKEOVER_ACK:
		takeover_acknowledged(r, now, p, m->server);
		break;
	case RSP_ENRP_TAKEOVER_SERVER:
		takeover_done(r, now, p, m->server);
		break;
	case RSP_ENRP_ERROR:
		c = rsp_cursor_over(m->causes);
		rsp_next_cause(&c, &cause, &information);
		enrp_event(r, RSP_EVENT_PEER_ERROR, p, 0, cause,
		    rsp_cause_text(cause));
		break;
	}
}

/* Who has no ID is no registrar: a tool may ask, and is no peer by that. */
static bool
is_for_anybody(const struct rsp_message *m)
{
	return m->type == RSP_ENRP_LIST_REQUEST ||
	       m->type == RSP_ENRP_TABLE_REQUEST;
}

/* False for what may have been under way for a long time.  Questions are as
 * good as ever, and answers are looked at by those who have asked. */
static bool
is_current(const struct rsp_assoc *a, const struct rsp_message *m)
{
	switch (m->type) {
	case RSP_ENRP_UPDATE:
	case RSP_ENRP_INIT_TAKEOVER:
	case RSP_ENRP_INIT_TAKEOVER_ACK:
	case RSP_ENRP_TAKEOVER_SERVER:
		return a->peer->via == a || a->peer->foreign;
	}
	return true;
}

int
enrp_input(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    struct rsp_span bytes)
{
	uint8_t room[REPORT_ROOM];
	struct rsp_builder report = rsp_builder_into(room, sizeof(room));
	struct rsp_message *m = &r->in;
	int err = rsp_message_decode(RSP_ENRP, bytes, m, &report);

	if (err == RSP_ETRUNC || err == RSP_EMALFORMED)
		return err;
	a->greeted = false;
	if (a->peer != NULL && a->peer->id == m->sender)
		peer_heard(r, now, a->peer);
	if (err == RSP_OK && m->sender != 0 && !admit(r, now, a, m))
		return RSP_OK;
	send_error(r, a, m, rsp_builder_span(&report));
	if (err != RSP_OK)
		return RSP_OK;
	/* Meant for whoever was at this address before, most likely. */
	if (m->receiver != 0 && m->receiver != r->config.server_id &&
	    m->type != RSP_ENRP_PRESENCE)
		return RSP_OK;
	if (m->sender == 0 ? a->peer == NULL && is_for_anybody(m)
			   : is_current(a, m))
		dispatch(r, now, a, m);
	return RSP_OK;
}

/* Each kind of timer, and what is done when it is over. */
void
enrp_timer_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *timer)
{
	static enrp_timer_due_fn *const due[] = {
		[ENRP_TIMER_HEARTBEAT] = presence_beat_due,
		[ENRP_TIMER_HUNT] = mentor_due,
		[ENRP_TIMER_INHERITED] = inherit_due,
		[ENRP_TIMER_RETIRE] = inherit_retire_due,
		[ENRP_TIMER_PEER] = peer_state_due,
		[ENRP_TIMER_CALL] = peer_call_due,
		[ENRP_TIMER_FETCH] = table_fetch_due,
		[ENRP_TIMER_SESSION] = table_send_due,
		[ENRP_TIMER_CONFIGURED] = configured_due,
	};

	due[timer->kind](r, now, timer);
}
