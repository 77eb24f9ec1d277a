/* SPDX-License-Identifier: Apache-2.0 */
/* enrp.c - who gets a message of a peer's, and what the shell calls
 */
#include <stdlib.h>

#include "rsp/core/registry/registry_inner.h"

#define REPORT_ROOM 2048 /* of error causes; larger ones go without details */

/* Peers that have only been announced by multicast, at once. */
#define MAX_ANNOUNCED 64

int
enrp_init(struct rsp_registry *r)
{
	struct enrp *n = &r->enrp;
	struct rsp_hash *tables[] = { &n->by_id, &n->by_number,
		&n->by_transport };
	int err = enrp_timer_reserve(r, ENRP_SESSIONS + 4);

	for (unsigned i = 0; i < 3 && err == RSP_OK; i++)
		err = rsp_hash_init(tables[i]);
	rsp_list_init(&n->peers);
	rsp_list_init(&n->configured);
	rsp_owner_init(&n->inherited, &r->home);
	n->inherited.kind = OWNER_INHERITED;
	rsp_home_init(&n->no_home, 0);
	rsp_owner_init(&n->strays, &n->no_home);
	n->strays.kind = OWNER_STRAY;
	n->heartbeat.due = presence_beat_due;
	n->hunt_timer.due = mentor_due;
	n->inherited_timer.due = inherit_due;
	n->retire_timer.due = inherit_retire_due;
	n->retire_to = &n->peers;
	for (unsigned i = 0; i < ENRP_SESSIONS; i++)
		n->sessions[i].timer.due = table_send_due;
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
	rsp_heap_fini(&n->timers);
}

void
enrp_begin(struct rsp_registry *r, struct rsp_message *m, uint8_t type,
    uint32_t receiver)
{
	rsp_message_init(m, RSP_ENRP, type);
	m->sender = r->config.server_id;
	m->receiver = receiver;
}

void
enrp_event(struct rsp_registry *r, enum rsp_registry_event event,
    const struct peer *p, uint32_t other, uint64_t n, const char *reason)
{
	struct rsp_out out = { .kind = RSP_OUT_EVENT,
		.event = event,
		.other_id = other,
		.n = n,
		.reason = reason };

	if (p != NULL) {
		out.server_id = p->id;
		out.assoc = p->via;
	}
	rsp_outbox_event(&r->outbox, &out, (struct rsp_span){ NULL, 0 });
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
	presence_beat(r, now);
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
		p = peer_new(r, now, m->sender);
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

void
rsp_registry_failed(struct rsp_registry *r, rsp_time now, uint32_t connecting)
{
	struct connecting *d = connecting_find(r, connecting);

	if (d == NULL)
		return;
	connecting_end(r, d);
	connecting_failed(r, now, d);
	mentor_look(r, now);
}

static unsigned
count_announced(const struct rsp_registry *r)
{
	unsigned n = 0;

	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		const struct peer *p = RSP_CONTAINER(l, struct peer, all);

		n += p->state == RSP_PEER_NAMED && !p->introduced;
	}
	return n;
}

/* Anybody can send a datagram in anybody's name: it makes the registrar call
 * the place that is named, and what is said there counts. */
void
rsp_registry_datagram(struct rsp_registry *r, rsp_time now,
    enum rsp_protocol protocol, const struct rsp_transport *from,
    struct rsp_span message)
{
	struct rsp_message *m = &r->in;
	struct peer *p;

	if (protocol == RSP_ASAP)
		announce_heard(r, now, &from->addresses[0], message);
	if (protocol != RSP_ENRP ||
	    rsp_message_decode(RSP_ENRP, message, m, NULL) != RSP_OK ||
	    m->type != RSP_ENRP_PRESENCE || m->sender == 0 ||
	    m->sender == r->config.server_id)
		return;
	p = peer_find(r, m->sender);
	if (p == NULL && count_announced(r) < MAX_ANNOUNCED)
		p = peer_new(r, now, m->sender);
	if (p == NULL || p->via != NULL)
		return;
	presence_learn_from(p, m, from);
	if (!enrp_timer_is_set(&p->call_timer))
		peer_call(r, now, p);
}

int
rsp_registry_set_transports(struct rsp_registry *r, enum rsp_protocol protocol,
    const struct rsp_transport *t, unsigned n)
{
	if (n > RSP_OWN_TRANSPORTS)
		return RSP_ELIMIT;
	if (protocol == RSP_ASAP) {
		announce_set_transports(r, t, n);
		return RSP_OK;
	}
	for (unsigned i = 0; i < n; i++)
		r->enrp.own[i] = t[i];
	r->enrp.n_own = n;
	return RSP_OK;
}

void
rsp_registry_hunt(struct rsp_registry *r, rsp_time now)
{
	presence_beat(r, now);
	mentor_hunt(r, now);
}

bool
rsp_registry_is_serving(const struct rsp_registry *r)
{
	return r->enrp.hunt == HUNT_OVER;
}

uint64_t
rsp_registry_own_elements(const struct rsp_registry *r)
{
	return r->home.n;
}

uint16_t
rsp_registry_checksum(const struct rsp_registry *r)
{
	return rsp_home_checksum(&r->home);
}

bool
rsp_registry_next_peer(const struct rsp_registry *r, struct rsp_peer_view *v)
{
	size_t i = 0, at = v->at;

	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		const struct peer *p = RSP_CONTAINER(l, struct peer, all);

		if (i++ != at)
			continue;
		*v = (struct rsp_peer_view){
			.id = p->id,
			.state = p->state,
			.connected = p->via != NULL,
			.ours = p->heard && !p->foreign,
			.last_heard = p->last_heard,
			.elements = p->home.n,
			.checksum = rsp_home_checksum(&p->home),
			.at = at + 1,
		};
		if (p->n_transports > 0)
			v->transport = p->transports[0];
		return true;
	}
	return false;
}
