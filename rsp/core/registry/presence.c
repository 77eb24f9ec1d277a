/* SPDX-License-Identifier: Apache-2.0 */
/* presence.c - presences, heartbeats and lists of servers (RFC 5353 sections
 * 2.1, 2.6, 3.2.2, 3.4)
 *
 * A Server Information has room for one transport.  Registrars of this kind
 * append the others in a parameter (0xbf02) that everybody else skips, and in
 * their lists name a server once for each.
 */
#include "rsp/core/registry/presence.h"

#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/mentor.h"
#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/peer.h"
#include "rsp/core/registry/registry_inner.h"

/* Beyond this another Server Information might not fit. */
#define LIST_FULL (65532 - 1024)

#define OTHERS_ROOM 4096

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

void
presence_announce(struct rsp_registry *r)
{
	struct rsp_builder b = rsp_outbox_open(&r->outbox);

	put_presence(r, &b, 0, false);
	rsp_outbox_announce(&r->outbox, &b, RSP_ENRP);
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

void
presence_add_transport(struct peer *p, const struct rsp_transport *given,
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
		presence_add_transport(p, &m->server_info.transport, addresses,
		    n);
	if (!m->is_rspool)
		return;
	p->foreign = false;
	while (rsp_next_transport(&c, &t))
		presence_add_transport(p, &t, addresses, n);
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
