/* SPDX-License-Identifier: Apache-2.0 */
/* presence.c - presences, heartbeats and lists of servers (RFC 5353 sections
 * 2.1, 2.6, 3.2.2, 3.4)
 *
 * A Server Information has room for one transport.  Registrars of this kind
 * append the others in a parameter (0xbf02) that everybody else skips, and in
 * their lists name a server once for each.
 */
#include "rsp/core/registry/registry_inner.h"

/* Beyond this another Server Information might not fit. */
#define LIST_FULL (65532 - 1024)

#define OTHERS_ROOM 4096

/* Heartbeats from one question for another's list to the next. */
#define GOSSIP_BEATS 8

static void
put_presence(const struct rsp_registry *r, struct rsp_builder *b,
    uint32_t receiver, bool reply)
{
	const struct enrp *n = &r->enrp;
	uint8_t room[OTHERS_ROOM];
	struct rsp_builder others = rsp_builder_into(room, sizeof(room));
	struct rsp_message m;

	rsp_message_init(&m, RSP_ENRP, RSP_ENRP_PRESENCE);
	m.sender = r->config.server_id;
	m.receiver = receiver;
	m.flags = reply ? RSP_FLAG_REPLY : 0;
	m.has_checksum = true;
	m.checksum = rsp_home_checksum(&r->home);
	m.has_server_info = n->n_own > 0;
	if (m.has_server_info) {
		m.server_info.id = r->config.server_id;
		m.server_info.transport = n->own[0];
	}
	for (unsigned i = 1; i < n->n_own; i++)
		rsp_put_transport(&others, &n->own[i]);
	m.is_rspool = true;
	m.transports = rsp_builder_span(&others);
	rsp_message_encode(b, &m);
}

void
presence_send(struct rsp_registry *r, struct rsp_assoc *a, uint32_t receiver,
    bool reply)
{
	struct rsp_builder b = rsp_outbox_open(&r->outbox);

	put_presence(r, &b, receiver, reply);
	registry_sent(r, a, &b);
	a->asked = a->asked || reply;
	a->greeted = true;
}

void
presence_to_all(struct rsp_registry *r)
{
	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		const struct peer *p = RSP_CONTAINER(l, struct peer, all);

		if (p->via != NULL)
			presence_send(r, p->via, 0, false);
	}
}

static void
announce(struct rsp_registry *r)
{
	struct rsp_builder b = rsp_outbox_open(&r->outbox);

	put_presence(r, &b, 0, false);
	rsp_outbox_announce(&r->outbox, &b, RSP_ENRP);
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
void
presence_beat_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *t)
{
	int64_t cycle = r->config.peer_heartbeat_cycle;
	uint64_t fifth = (uint64_t)cycle / 5;

	presence_to_all(r);
	if (r->config.multicast)
		announce(r);
	ask_around(r);
	enrp_timer_set(r, t,
	    rsp_time_add(now, cycle - cycle / 10 +
				  (int64_t)rsp_random_below(r->config.random,
				      r->config.ctx, fifth + 1)));
}

void
presence_beat(struct rsp_registry *r, rsp_time now)
{
	if (!enrp_timer_is_set(&r->enrp.heartbeat))
		presence_beat_due(r, now, &r->enrp.heartbeat);
}

/* Transports: what a peer says replaces what others said. */

static void
fill_in(struct rsp_transport *t, const struct rsp_address *addresses,
    unsigned n)
{
	if (t->n_addresses == 0 || !rsp_address_is_wildcard(&t->addresses[0]))
		return;
	if (n == 0) {
		t->n_addresses = 0;
		return;
	}
	if (t->type != RSP_PARAM_SCTP)
		n = 1;
	t->n_addresses = n;
	memcpy(t->addresses, addresses, n * sizeof(*addresses));
}

static void
add_transport(struct peer *p, const struct rsp_transport *given,
    const struct rsp_address *addresses, unsigned n)
{
	struct rsp_transport t = *given;

	if ((t.type != RSP_PARAM_SCTP && t.type != RSP_PARAM_TCP) ||
	    t.port == 0)
		return;
	fill_in(&t, addresses, n);
	if (t.n_addresses == 0)
		return;
	for (unsigned i = 0; i < p->n_transports; i++)
		if (rsp_transport_equal(&p->transports[i], &t))
			return;
	if (p->n_transports < RSP_OWN_TRANSPORTS)
		p->transports[p->n_transports++] = t;
}

static void
learn(struct peer *p, const struct rsp_message *m,
    const struct rsp_address *addresses, unsigned n)
{
	struct rsp_cursor c = rsp_cursor_over(m->transports);
	struct rsp_transport t;

	if (m->has_server_info || m->is_rspool)
		p->n_transports = 0;
	if (m->has_server_info)
		add_transport(p, &m->server_info.transport, addresses, n);
	if (!m->is_rspool)
		return;
	p->foreign = false;
	while (rsp_next_transport(&c, &t))
		add_transport(p, &t, addresses, n);
}

void
presence_learn(struct peer *p, const struct rsp_message *m,
    const struct rsp_assoc *a)
{
	learn(p, m, a->addresses, a->n_addresses);
}

void
presence_learn_from(struct peer *p, const struct rsp_message *m,
    const struct rsp_transport *from)
{
	learn(p, m, from->addresses, from->n_addresses);
}

void
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

void
list_request(struct rsp_registry *r, struct peer *p)
{
	struct rsp_message m;

	enrp_begin(r, &m, RSP_ENRP_LIST_REQUEST, p->id);
	peer_send(r, p, &m);
	p->list_wanted = true;
	p->list_refused = false;
}

/* All transports, or the one that RFC 5353 has. */
static void
put_server(struct rsp_builder *b, const struct peer *p, bool plain)
{
	struct rsp_server_info info = { .id = p->id };

	for (unsigned i = 0; i < p->n_transports; i++) {
		if (b->len > LIST_FULL)
			return;
		if (plain && p->transports[i].type != RSP_PARAM_SCTP)
			continue;
		info.transport = p->transports[i];
		rsp_put_server_info(b, &info);
		rsp_put_padding(b);
		if (plain)
			return;
	}
}

void
list_answer(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m)
{
	bool rejected = r->enrp.hunt != HUNT_OVER;
	bool plain = a->peer != NULL && a->peer->foreign;
	struct rsp_builder b = rsp_outbox_open(&r->outbox);
	size_t mark = rsp_open_message(&b, RSP_ENRP_LIST_RESPONSE,
	    rejected ? RSP_FLAG_REJECT : 0);

	rsp_put_u32(&b, r->config.server_id);
	rsp_put_u32(&b, m->sender);
	if (!rejected)
		RSP_LIST_EACH(l, &r->enrp.peers)
		{
			const struct peer *p =
			    RSP_CONTAINER(l, struct peer, all);

			if (p != a->peer && p->heard &&
			    p->state != RSP_PEER_DYING &&
			    p->state != RSP_PEER_TAKEN)
				put_server(&b, p, plain);
		}
	rsp_close_message(&b, mark);
	registry_sent(r, a, &b);
}

static void
introduce(struct rsp_registry *r, rsp_time now,
    const struct rsp_server_info *info)
{
	struct peer *p = peer_find(r, info->id);

	if (p == NULL)
		p = peer_new(r, now, info->id);
	if (p == NULL || p->heard)
		return; /* it has spoken for itself */
	p->introduced = true;
	add_transport(p, &info->transport, NULL, 0);
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

void
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
