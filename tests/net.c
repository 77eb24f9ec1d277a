/* SPDX-License-Identifier: Apache-2.0 */
/* net.c - the shells and the wires between registrars and elements
 *
 * Long: everything here steps on the same connections and the same clock.
 */
#include "net.h"

#include <stdio.h>
#include <stdlib.h>

#include "registry_audit.h"
#include "rsp/core/policy.h"
#include "rsp/core/registry_impl.h"

#define PIPES 2048
#define NEVER_CONNECTS 100000000

struct net net;

enum side_kind { REGISTRAR, ELEMENT, END };

struct packet {
	struct packet *next;
	rsp_time at;
	size_t len;
	uint8_t bytes[];
};

/* One end of a connection, and what is on its way to it. */
struct side {
	enum side_kind kind;
	unsigned who;
	unsigned link;		 /* ELEMENT */
	struct rsp_assoc *assoc; /* REGISTRAR */
	bool open;
	struct packet *first, **last;
	bool ends; /* the far end has closed */
	rsp_time end_at;
};

struct pipe {
	bool used, connected;
	enum rsp_protocol protocol;
	uint32_t dial;
	rsp_time at; /* connects, or fails */
	bool fails;
	rsp_time gives_up;
	struct side sides[2]; /* [0] has called */
};

struct element {
	struct rsp_element *core;
	unsigned homes[NET_REGISTRARS];
	bool callable, gone;
	struct rsp_transport at;
};

struct end {
	struct pipe *pipe;
	struct packet *first, **last, *taken;
	unsigned instead_of; /* registrar + 1; 0: of none */
};

static struct pipe pipes[PIPES];
static unsigned n_pipes; /* ever used at the same time */
static struct element elements[NET_ELEMENTS];
static struct end ends[NET_ENDS];
static bool busy; /* something has been said since it was cleared */
static bool frozen[NET_REGISTRARS], cut[NET_REGISTRARS][NET_REGISTRARS];

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "net: %s\n", what);
	abort();
}

static uint32_t
random32(void *ctx)
{
	uint64_t *state = ctx;

	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32);
}

static struct rsp_transport
transport(uint8_t net_byte, unsigned i, uint16_t port)
{
	struct rsp_transport t = { .type = RSP_PARAM_TCP, .port = port,
		.n_addresses = 1 };

	t.addresses[0].family = 4;
	t.addresses[0].bytes[0] = 10;
	t.addresses[0].bytes[1] = net_byte;
	t.addresses[0].bytes[2] = (uint8_t)(i >> 8);
	t.addresses[0].bytes[3] = (uint8_t)(i + 1);
	return t;
}

static struct rsp_transport
place_of(const struct side *s)
{
	if (s->kind == ELEMENT)
		return elements[s->who].at;
	return transport(s->kind == END ? 9 : 0, s->who, NET_PORT);
}

void
net_init(void)
{
	memset(&net, 0, sizeof(net));
	memset(pipes, 0, sizeof(pipes));
	n_pipes = 0;
	memset(elements, 0, sizeof(elements));
	memset(ends, 0, sizeof(ends));
	memset(frozen, 0, sizeof(frozen));
	memset(cut, 0, sizeof(cut));
	net.now = 1000000;
	net.latency = 1;
	net.seed = UINT64_C(88172645463325252);
}

static void
free_packets(struct packet *p)
{
	struct packet *next;

	for (; p != NULL; p = next) {
		next = p->next;
		free(p);
	}
}

static void
free_pipe(struct pipe *p)
{
	for (unsigned i = 0; i < 2; i++)
		free_packets(p->sides[i].first);
	for (unsigned i = 0; i < NET_ENDS; i++)
		if (ends[i].pipe == p)
			ends[i].pipe = NULL;
	memset(p, 0, sizeof(*p));
}

void
net_end(void)
{
	for (unsigned i = 0; i < n_pipes; i++)
		free_pipe(&pipes[i]);
	for (unsigned i = 0; i < NET_REGISTRARS; i++) {
		if (net.reg[i] != NULL)
			registry_audit(net.reg[i]);
		rsp_registry_free(net.reg[i]);
		net.reg[i] = NULL;
	}
	for (unsigned i = 0; i < NET_ELEMENTS; i++)
		rsp_element_free(elements[i].core);
	for (unsigned i = 0; i < NET_ENDS; i++) {
		free_packets(ends[i].first);
		free_packets(ends[i].taken);
	}
}

/* Pipes. */

static struct pipe *
new_pipe(enum rsp_protocol protocol, struct side from, struct side to)
{
	for (unsigned i = 0; i < PIPES; i++) {
		struct pipe *p = &pipes[i];

		if (p->used)
			continue;
		if (i >= n_pipes)
			n_pipes = i + 1;
		*p = (struct pipe){ .used = true, .protocol = protocol };
		p->sides[0] = from;
		p->sides[1] = to;
		p->at = net.now + net.latency;
		busy = true;
		p->gives_up = RSP_NEVER;
		for (unsigned k = 0; k < 2; k++)
			p->sides[k].last = &p->sides[k].first;
		return p;
	}
	fail("too many connections");
}

static bool
is_alive(const struct side *s)
{
	switch (s->kind) {
	case REGISTRAR:
		return net.reg[s->who] != NULL;
	case ELEMENT:
		return elements[s->who].core != NULL && !elements[s->who].gone;
	case END:
		return true;
	}
	return false;
}

static bool
is_cut(const struct pipe *p)
{
	const struct side *a = &p->sides[0], *b = &p->sides[1];

	return a->kind == REGISTRAR && b->kind == REGISTRAR &&
	    cut[a->who][b->who];
}

static struct side *
far(struct pipe *p, const struct side *s)
{
	return &p->sides[s == &p->sides[0]];
}

static void
push(struct packet ***last, struct rsp_span bytes)
{
	struct packet *k = malloc(sizeof(*k) + bytes.len);

	if (k == NULL)
		fail("no memory");
	*k = (struct packet){ .at = net.now + net.latency, .len = bytes.len };
	if (bytes.len > 0)
		memcpy(k->bytes, bytes.at, bytes.len);
	**last = k;
	*last = &k->next;
}

static void
send_over(struct pipe *p, struct side *from, struct rsp_span bytes)
{
	struct side *to = far(p, from);

	busy = true;
	if (!to->open && p->connected)
		return; /* nobody reads it */
	if (net.on_message != NULL)
		net.on_message(from->kind == REGISTRAR ? from->who : 99,
		    to->kind == REGISTRAR ? to->who : 99, p->protocol, bytes);
	push(&to->last, bytes);
}

static void drain(unsigned i);
static void drain_element(unsigned e);

/* This side is done with it. */
static void
close_side(struct pipe *p, struct side *s)
{
	struct side *to = far(p, s);

	s->open = false;
	busy = true;
	if (!to->ends) {
		to->ends = true;
		to->end_at = net.now + net.latency;
	}
}

static void
tell_closed(struct side *s)
{
	s->open = false;
	switch (s->kind) {
	case REGISTRAR:
		if (net.reg[s->who] == NULL)
			break;
		net.in_registry = true;
		rsp_registry_close(net.reg[s->who], net.now, s->assoc);
		net.in_registry = false;
		drain(s->who);
		break;
	case ELEMENT:
		if (elements[s->who].core == NULL || elements[s->who].gone)
			break;
		rsp_element_closed(elements[s->who].core, net.now, s->link);
		drain_element(s->who);
		break;
	case END:
		ends[s->who].pipe = NULL;
		break;
	}
}

static void
tell_failed(struct pipe *p)
{
	struct side s = p->sides[0];
	uint32_t dial = p->dial;

	free_pipe(p);
	if (s.kind == REGISTRAR && net.reg[s.who] != NULL) {
		rsp_registry_failed(net.reg[s.who], net.now, dial);
		drain(s.who);
	} else if (s.kind == ELEMENT && is_alive(&s)) {
		rsp_element_closed(elements[s.who].core, net.now, s.link);
		drain_element(s.who);
	}
}

static void
open_side(struct pipe *p, struct side *s)
{
	struct rsp_assoc_info info = { .protocol = p->protocol,
		.dial = s == &p->sides[0] ? p->dial : 0 };

	s->open = true;
	info.remote = place_of(far(p, s));
	switch (s->kind) {
	case REGISTRAR:
		net.in_registry = true;
		s->assoc =
		    rsp_registry_open(net.reg[s->who], net.now, &info, s);
		net.in_registry = false;
		if (s->assoc == NULL)
			close_side(p, s);
		break;
	case ELEMENT:
		rsp_element_opened(elements[s->who].core, net.now, s->link);
		break;
	case END:
		ends[s->who].pipe = p;
		break;
	}
}

static bool
take_link(struct side *s)
{
	bool used[RSP_LINKS] = { true };

	if (s->kind != ELEMENT)
		return true;
	for (unsigned i = 0; i < n_pipes; i++)
		for (unsigned k = 0; k < 2; k++) {
			const struct side *o = &pipes[i].sides[k];

			if (pipes[i].used && o != s && o->open &&
			    o->kind == ELEMENT && o->who == s->who)
				used[o->link] = true;
		}
	for (s->link = 1; s->link < RSP_LINKS && used[s->link]; s->link++)
		;
	return s->link < RSP_LINKS;
}

static void
connect_pipe(struct pipe *p)
{
	struct side *a = &p->sides[0], *b = &p->sides[1];

	if (is_cut(p) && !p->fails) {
		p->at = p->gives_up;
		p->fails = true;
		return;
	}
	if (!is_alive(a)) {
		free_pipe(p);
		return;
	}
	for (unsigned i = 0; i < NET_ENDS; i++)
		if (b->kind == REGISTRAR && ends[i].instead_of == b->who + 1) {
			b->kind = END;
			b->who = i;
		}
	if (p->fails || !is_alive(b) ||
	    (b->kind == ELEMENT && !elements[b->who].callable) ||
	    (b->kind == REGISTRAR && p->protocol == RSP_ASAP &&
		!rsp_registry_is_serving(net.reg[b->who])) ||
	    !take_link(b)) {
		tell_failed(p);
		return;
	}
	p->connected = true;
	open_side(p, b);
	open_side(p, a);
	if (b->kind == REGISTRAR)
		drain(b->who);
	if (a->kind == REGISTRAR)
		drain(a->who);
	if (b->kind == ELEMENT)
		drain_element(b->who);
	if (a->kind == ELEMENT)
		drain_element(a->who);
}

/* Outputs. */

static void
dial(unsigned i, const struct rsp_out *out)
{
	struct side from = { .kind = REGISTRAR, .who = i }, to = { 0 };
	struct rsp_transport t;
	bool found = false;
	struct pipe *p;

	to.kind = out->protocol == RSP_ENRP ? REGISTRAR : ELEMENT;
	if (out->endpoint >= 0) {
		to.who = (unsigned)out->endpoint;
		found = true;
	}
	for (unsigned k = 0; !found && k < NET_REGISTRARS; k++) {
		t = transport(0, k, NET_PORT);
		found = out->protocol == RSP_ENRP &&
		    rsp_transport_equal(out->transport, &t);
		to.who = k;
	}
	for (unsigned k = 0; !found && to.kind == ELEMENT && k < NET_ELEMENTS;
	     k++) {
		found = elements[k].core != NULL && !elements[k].gone &&
		    rsp_transport_equal(out->transport, &elements[k].at);
		to.who = k;
	}
	p = new_pipe(out->protocol, from, to);
	p->dial = out->dial;
	p->fails = !found;
	p->gives_up = net.now + out->timeout;
}

static void
keep_event(unsigned i, const struct rsp_out *out)
{
	if (net.n_events == NET_EVENTS && net.forgets)
		net.n_events = 0;
	if (net.n_events == NET_EVENTS)
		fail("too many events");
	net.events[net.n_events++] = (struct net_event){ i, net.now, out->event,
		out->server_id, out->other_id, out->pe_id, out->n,
		out->reason };
	if (getenv("NET_VERBOSE") != NULL)
		fprintf(stderr, "%7lld reg%u %s server=%08x other=%08x pe=%u "
				"n=%llu %s\n",
		    (long long)(net.now - 1000000), i,
		    rsp_registry_event_text(out->event), out->server_id,
		    out->other_id, out->pe_id, (unsigned long long)out->n,
		    out->reason == NULL ? "" : out->reason);
}

static struct pipe *
pipe_of(const struct side *s)
{
	for (unsigned i = 0; i < n_pipes; i++)
		if (s == &pipes[i].sides[0] || s == &pipes[i].sides[1])
			return &pipes[i];
	fail("no such connection");
}

static void
announce(unsigned i, struct rsp_span bytes)
{
	struct rsp_transport from = transport(0, i, NET_PORT);

	net.announced[i]++;
	if (!net.multicast)
		return;
	/* The registry's own bytes are valid until its next call only; the
	 * others take them at once. */
	for (unsigned k = 0; k < NET_REGISTRARS; k++)
		if (k != i && net.reg[k] != NULL && !frozen[k] && !cut[i][k])
			rsp_registry_datagram(net.reg[k], net.now, RSP_ENRP,
			    &from, bytes);
}

static void
drain(unsigned i)
{
	struct rsp_out out;

	while (rsp_registry_output(net.reg[i], &out)) {
		struct side *s = out.user;

		switch (out.kind) {
		case RSP_OUT_SEND:
			if (pipe_of(s)->protocol == RSP_ENRP) {
				net.sent[i].messages[out.bytes.at[0] & 15]++;
				net.sent[i].bytes += out.bytes.len;
			}
			send_over(pipe_of(s), s, out.bytes);
			break;
		case RSP_OUT_HANGUP:
			close_side(pipe_of(s), s);
			rsp_registry_close(net.reg[i], net.now, s->assoc);
			break;
		case RSP_OUT_EVENT:
			keep_event(i, &out);
			break;
		case RSP_OUT_CONNECT:
			dial(i, &out);
			break;
		case RSP_OUT_ANNOUNCE:
			announce(i, out.bytes);
			break;
		}
	}
}

static struct pipe *
link_of(unsigned e, unsigned link, struct side **side)
{
	for (unsigned i = 0; i < n_pipes; i++)
		for (unsigned k = 0; k < 2; k++) {
			struct side *s = &pipes[i].sides[k];

			if (!pipes[i].used || s->kind != ELEMENT ||
			    s->who != e || s->link != link ||
			    (pipes[i].connected && !s->open))
				continue;
			*side = s;
			return &pipes[i];
		}
	return NULL;
}

static void
drain_element(unsigned e)
{
	struct rsp_element_out out;
	struct side *s;
	struct pipe *p;

	while (rsp_element_output(elements[e].core, &out)) {
		switch (out.kind) {
		case RSP_ELEMENT_CONNECT:
			new_pipe(RSP_ASAP,
			    (struct side){ .kind = ELEMENT,
				.who = e,
				.link = RSP_LINK_OUT },
			    (struct side){ .kind = REGISTRAR,
				.who = elements[e].homes[out.endpoint] });
			break;
		case RSP_ELEMENT_SEND:
			p = link_of(e, out.link, &s);
			if (p != NULL)
				send_over(p, s, out.bytes);
			break;
		case RSP_ELEMENT_HANGUP:
			p = link_of(e, out.link, &s);
			if (p == NULL)
				break;
			if (p->connected)
				close_side(p, s);
			else
				free_pipe(p);
			break;
		case RSP_ELEMENT_EVENT:
			if (getenv("NET_VERBOSE") != NULL)
				fprintf(stderr, "%7lld element%u event %d %s\n",
				    (long long)(net.now - 1000000), e,
				    (int)out.event,
				    out.reason == NULL ? "" : out.reason);
			break;
		}
	}
}

/* Time. */

static bool
may_run(const struct side *s)
{
	return s->kind != REGISTRAR || !frozen[s->who];
}

static void
hand_over(struct pipe *p, struct side *s, struct packet *k)
{
	struct rsp_span bytes = { k->bytes, k->len };
	int err = RSP_OK;

	switch (s->kind) {
	case REGISTRAR:
		net.in_registry = true;
		err = rsp_registry_input(net.reg[s->who], net.now, s->assoc,
		    bytes);
		net.in_registry = false;
		drain(s->who);
		break;
	case ELEMENT:
		err = rsp_element_input(elements[s->who].core, net.now,
		    s->link, bytes);
		drain_element(s->who);
		break;
	case END:
		push(&ends[s->who].last, bytes);
		break;
	}
	if (err != RSP_OK && p->used && s->open) {
		close_side(p, s);
		tell_closed(s);
	}
}

/* When something happens next on this side; RSP_NEVER: nothing. */
static rsp_time
side_due(const struct pipe *p, const struct side *s)
{
	if (!s->open || !may_run(s) || is_cut(p))
		return RSP_NEVER;
	if (s->first != NULL)
		return s->first->at;
	return s->ends ? s->end_at : RSP_NEVER;
}

static void
step_side(struct pipe *p, struct side *s)
{
	struct packet *k = s->first;

	if (side_due(p, s) > net.now)
		return;
	if (k == NULL) {
		tell_closed(s);
		return;
	}
	s->first = k->next;
	if (s->first == NULL)
		s->last = &s->first;
	hand_over(p, s, k);
	free(k);
}

static rsp_time
step_pipes(void)
{
	rsp_time next = RSP_NEVER;

	for (unsigned i = 0; i < n_pipes; i++) {
		struct pipe *p = &pipes[i];

		if (!p->used)
			continue;
		if (!p->connected && p->at <= net.now)
			connect_pipe(p);
		for (unsigned k = 0; k < 2 && p->used && p->connected; k++)
			step_side(p, &p->sides[k]);
		if (p->used && p->connected && !p->sides[0].open &&
		    !p->sides[1].open)
			free_pipe(p);
		if (!p->used)
			continue;
		if (!p->connected) {
			next = rsp_time_min(next, p->at);
			continue;
		}
		for (unsigned k = 0; k < 2; k++)
			next = rsp_time_min(next, side_due(p, &p->sides[k]));
	}
	return next;
}

static rsp_time
step_timers(void)
{
	rsp_time next = RSP_NEVER;

	for (unsigned i = 0; i < NET_REGISTRARS; i++) {
		if (net.reg[i] == NULL || frozen[i])
			continue;
		if (rsp_time_reached(rsp_registry_deadline(net.reg[i]),
			net.now)) {
			net.in_registry = true;
			rsp_registry_tick(net.reg[i], net.now);
			net.in_registry = false;
			drain(i);
		}
		next =
		    rsp_time_min(next, rsp_registry_deadline(net.reg[i]));
	}
	for (unsigned i = 0; i < NET_ELEMENTS; i++) {
		struct rsp_element *e = elements[i].core;

		if (e == NULL || elements[i].gone)
			continue;
		if (rsp_time_reached(rsp_element_deadline(e), net.now)) {
			rsp_element_tick(e, net.now);
			drain_element(i);
		}
		next = rsp_time_min(next, rsp_element_deadline(e));
	}
	return next;
}

void
net_run(int64_t ms)
{
	rsp_time until = net.now + ms;
	unsigned still = 0;

	for (;;) {
		rsp_time next;

		busy = false;
		next = step_timers();
		next = rsp_time_min(next, step_pipes());
		next = rsp_time_min(next, step_timers());
		if (!busy && next > until)
			break;
		if (!busy && next > net.now) {
			net.now = next;
			still = 0;
		} else if (++still > 100000) {
			fail("time stands still");
		}
	}
	net.now = until;
	for (unsigned i = 0; i < NET_REGISTRARS; i++)
		if (net.reg[i] != NULL)
			registry_audit(net.reg[i]);
}

/* Registrars. */

void
net_prepare(unsigned i)
{
	struct rsp_registry_config *c = &net.config[i];

	rsp_registry_config_init(c);
	c->server_id = NET_ID(i);
	c->random = random32;
	c->ctx = &net.seed;
}

void
net_start(unsigned i, unsigned peers)
{
	struct rsp_transport t = transport(0, i, NET_PORT);

	net.reg[i] = rsp_registry_new(&net.config[i]);
	if (net.reg[i] == NULL)
		fail("no registry");
	rsp_registry_set_transports(net.reg[i], RSP_ENRP, &t, 1);
	for (unsigned k = 0; k < NET_REGISTRARS; k++)
		if ((peers >> k & 1) != 0 &&
		    rsp_registry_add_peer(net.reg[i], net.now, k) != RSP_OK)
			fail("no peer");
	rsp_registry_hunt(net.reg[i], net.now);
	drain(i);
}

void
net_reload(unsigned i, unsigned peer, bool add)
{
	if (add)
		rsp_registry_add_peer(net.reg[i], net.now, peer);
	else
		rsp_registry_remove_peer(net.reg[i], net.now, peer);
	drain(i);
}

void
net_start_all(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		net_prepare(i);
		net_start(i, ((1u << n) - 1) & ~(1u << i));
	}
	net_run(1000);
}

void
net_kill(unsigned i)
{
	for (unsigned k = 0; k < n_pipes; k++)
		for (unsigned s = 0; s < 2; s++) {
			struct pipe *p = &pipes[k];
			struct side *side = &p->sides[s];

			if (!p->used || side->kind != REGISTRAR ||
			    side->who != i)
				continue;
			if (p->connected && side->open)
				close_side(p, side);
		}
	rsp_registry_free(net.reg[i]);
	net.reg[i] = NULL;
	frozen[i] = false;
}

void
net_freeze(unsigned i, bool is)
{
	frozen[i] = is;
}

void
net_cut(unsigned i, unsigned j, bool is)
{
	cut[i][j] = cut[j][i] = is;
}

/* Elements. */

void
net_element(unsigned e, const char *handle, unsigned homes, bool callable)
{
	struct rsp_element_config c;
	struct rsp_pe pe = { .id = e + 1, .life = 90 };
	unsigned n = 0;

	rsp_element_config_init(&c);
	c.handle = (struct rsp_span){ (const uint8_t *)handle,
		strlen(handle) };
	c.random = random32;
	c.ctx = &net.seed;
	for (unsigned i = 0; i < NET_REGISTRARS; i++)
		if ((homes >> i & 1) != 0)
			elements[e].homes[n++] = i;
	c.n_endpoints = n;
	elements[e].at = transport(1, e, 40000);
	elements[e].callable = callable;
	elements[e].gone = false;
	pe.user = transport(1, e, 80);
	pe.policy.type = RSP_POLICY_LU;
	pe.policy.n_words = 1;
	rsp_element_free(elements[e].core); /* of an earlier life */
	elements[e].core = rsp_element_new(&c, &pe);
	if (elements[e].core == NULL)
		fail("no element");
	rsp_element_join(elements[e].core, net.now);
	drain_element(e);
}

void
net_element_load(unsigned e, uint32_t load)
{
	struct rsp_pe pe = *rsp_element_pe(elements[e].core);

	pe.policy.words[0] = load;
	rsp_element_change(elements[e].core, net.now, &pe);
	drain_element(e);
}

void
net_element_kill(unsigned e)
{
	elements[e].gone = true;
	for (unsigned k = 0; k < n_pipes; k++)
		for (unsigned s = 0; s < 2; s++) {
			struct pipe *p = &pipes[k];
			struct side *side = &p->sides[s];

			if (p->used && p->connected && side->open &&
			    side->kind == ELEMENT && side->who == e)
				close_side(p, side);
		}
}

void
net_element_leave(unsigned e)
{
	rsp_element_leave(elements[e].core, net.now);
	drain_element(e);
}

bool
net_is_element(unsigned e)
{
	return elements[e].core != NULL && !elements[e].gone;
}

int
net_element_home(unsigned e)
{
	int link = rsp_element_home(elements[e].core);
	struct side *s;
	struct pipe *p;

	if (link == RSP_LINK_NONE || elements[e].gone)
		return -1;
	p = link_of(e, (unsigned)link, &s);
	return p == NULL ? -1 : (int)far(p, s)->who;
}

/* Hand-made associations. */

void
net_open(unsigned end, unsigned i)
{
	struct pipe *p = new_pipe(RSP_ENRP,
	    (struct side){ .kind = END, .who = end },
	    (struct side){ .kind = REGISTRAR, .who = i });

	free_packets(ends[end].first);
	ends[end].first = NULL;
	ends[end].last = &ends[end].first;
	ends[end].pipe = p;
	net_run(net.latency + 1);
}

static struct side *
side_of(unsigned end)
{
	struct pipe *p = ends[end].pipe;

	if (p == NULL)
		fail("the association is closed");
	return &p->sides[p->sides[0].kind != END];
}

void
net_listen(unsigned end, unsigned i)
{
	ends[end].instead_of = i + 1;
	ends[end].last = &ends[end].first;
}

void
net_close(unsigned end)
{
	close_side(ends[end].pipe, side_of(end));
	ends[end].pipe = NULL;
}

bool
net_is_open(unsigned end)
{
	return ends[end].pipe != NULL;
}

void
net_say_bytes(unsigned end, struct rsp_span bytes)
{
	send_over(ends[end].pipe, side_of(end), bytes);
	net_run(2 * net.latency + 1);
}

void
net_say(unsigned end, const struct rsp_message *m)
{
	static uint8_t room[RSP_MESSAGE_MAX + 1];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));

	rsp_message_encode(&b, m);
	net_say_bytes(end, rsp_builder_span(&b));
}

bool
net_hear(unsigned end, struct rsp_message *m)
{
	struct end *e = &ends[end];

	if (e->first == NULL)
		return false;
	free(e->taken);
	e->taken = e->first;
	e->first = e->first->next;
	if (e->first == NULL)
		e->last = &e->first;
	e->taken->next = NULL;
	if (rsp_message_decode(RSP_ENRP,
		(struct rsp_span){ e->taken->bytes, e->taken->len }, m,
		NULL) != RSP_OK)
		fail("it sends what cannot be read");
	return true;
}

bool
net_hear_type(unsigned end, uint8_t type, struct rsp_message *m)
{
	while (net_hear(end, m))
		if (m->type == type)
			return true;
	return false;
}

/* Looks. */

unsigned
net_count(unsigned i, enum rsp_registry_event event, rsp_time from)
{
	unsigned n = 0;

	for (unsigned k = 0; k < net.n_events; k++)
		n += net.events[k].reg == i && net.events[k].event == event &&
		    net.events[k].at >= from;
	return n;
}

uint32_t
net_owner(unsigned i, const char *handle, unsigned e)
{
	struct rsp_pool *pool = rsp_pool_find(&net.reg[i]->space,
	    (struct rsp_span){ (const uint8_t *)handle, strlen(handle) });
	struct rsp_entry *entry = pool == NULL ?
	    NULL :
	    rsp_entry_find(&net.reg[i]->space, pool, e + 1);

	return entry == NULL ? 0 : entry->owner->home->id;
}

uint64_t
net_elements(unsigned i)
{
	return net.reg[i]->space.entries.n;
}

static bool
same_entries(const struct rsp_registry *a, const struct rsp_registry *b)
{
	const struct rsp_hash *t = &a->space.entries;

	if (t->n != b->space.entries.n)
		return false;
	for (uint32_t i = 0; i < t->n_chains; i++)
		for (struct rsp_hash_node *node = t->chains[i]; node != NULL;
		     node = node->next) {
			struct rsp_entry *e =
			    RSP_CONTAINER(node, struct rsp_entry, by_id);
			struct rsp_pool *pool = rsp_pool_find(&b->space,
			    rsp_pool_handle(e->pool));
			struct rsp_entry *o = pool == NULL ?
			    NULL :
			    rsp_entry_find(&b->space, pool, rsp_entry_id(e));

			if (o == NULL ||
			    e->owner->home->id != o->owner->home->id ||
			    !rsp_span_equal(rsp_entry_values(e),
				rsp_entry_values(o)))
				return false;
		}
	return true;
}

bool
net_is_equal(void)
{
	for (unsigned i = 0; i < NET_REGISTRARS; i++)
		for (unsigned k = 0; k < NET_REGISTRARS; k++) {
			struct rsp_peer_view v = { 0 };
			bool known = i == k;

			if (net.reg[i] == NULL || net.reg[k] == NULL)
				continue;
			if (!same_entries(net.reg[i], net.reg[k]))
				return false;
			while (rsp_registry_next_peer(net.reg[i], &v))
				known = known ||
				    (v.id == net.config[k].server_id &&
					v.connected &&
					v.checksum ==
					    rsp_registry_checksum(net.reg[k]));
			if (!known)
				return false;
		}
	return true;
}
