/* SPDX-License-Identifier: Apache-2.0 */
/* net_registrar.c - registrars of the small network: their shells */
#include "tests/sim/net_registrar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/net_inner.h"
#include "tests/lib/registry_audit.h"
#include "rsp/core/registry/registry_inner.h"

static bool frozen[NET_REGISTRARS], cut[NET_REGISTRARS][NET_REGISTRARS];

void
net_registrar_init(void)
{
	memset(frozen, 0, sizeof(frozen));
	memset(cut, 0, sizeof(cut));
}

void
net_registrar_audit(void)
{
	for (unsigned i = 0; i < NET_REGISTRARS; i++)
		if (net.reg[i] != NULL)
			registry_audit(net.reg[i]);
}

void
net_registrar_end(void)
{
	net_registrar_audit();
	for (unsigned i = 0; i < NET_REGISTRARS; i++) {
		rsp_registry_free(net.reg[i]);
		net.reg[i] = NULL;
	}
}

bool
net_is_frozen(unsigned i)
{
	return frozen[i];
}

bool
net_is_cut(unsigned i, unsigned j)
{
	return cut[i][j];
}

/* Outputs. */

/* The number of whom it calls; -1: nobody is there. */
static int
callee(const struct rsp_out *out)
{
	if (out->endpoint >= 0)
		return out->endpoint;
	if (out->protocol == RSP_ASAP)
		return net_element_at(out->transport);
	for (unsigned k = 0; k < NET_REGISTRARS; k++) {
		struct rsp_transport t = net_place(0, k, NET_PORT);

		if (rsp_transport_equal(out->transport, &t))
			return (int)k;
	}
	return -1;
}

static void
dial(unsigned i, const struct rsp_out *out)
{
	struct side from = { .kind = REGISTRAR, .who = i }, to = { 0 };
	int who = callee(out);
	struct pipe *p;

	to.kind = out->protocol == RSP_ENRP ? REGISTRAR : ELEMENT;
	to.who = who < 0 ? 0 : (unsigned)who;
	p = net_pipe_new(out->protocol, from, to);
	p->connecting = out->connecting;
	p->fails = who < 0;
	p->gives_up = net.now + out->timeout;
}

static void
keep_event(unsigned i, const struct rsp_out *out)
{
	if (net.n_events == NET_EVENTS && net.forgets)
		net.n_events = 0;
	if (net.n_events == NET_EVENTS)
		net_fail("too many events");
	net.events[net.n_events++] =
	    (struct net_event){ i, net.now, out->event, out->server_id,
		    out->other_id, out->pe_id, out->n, out->reason };
	if (getenv("NET_VERBOSE") != NULL)
		fprintf(stderr,
		    "%7lld reg%u %s server=%08x other=%08x pe=%u "
		    "n=%llu %s\n",
		    (long long)(net.now - 1000000), i,
		    rsp_registry_event_text(out->event), out->server_id,
		    out->other_id, out->pe_id, (unsigned long long)out->n,
		    out->reason == NULL ? "" : out->reason);
}

static void
announce(unsigned i, struct rsp_span bytes)
{
	struct rsp_transport from = net_place(0, i, NET_PORT);

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

void
net_registrar_drain(unsigned i)
{
	struct rsp_out out;

	while (rsp_registry_output(net.reg[i], &out)) {
		struct side *s = out.user;

		switch (out.kind) {
		case RSP_OUT_SEND:
			if (net_pipe_of(s)->protocol == RSP_ENRP) {
				net.sent[i].messages[out.bytes.at[0] & 15]++;
				net.sent[i].bytes += out.bytes.len;
			}
			net_pipe_send(net_pipe_of(s), s, out.bytes);
			break;
		case RSP_OUT_HANGUP:
			net_pipe_close(net_pipe_of(s), s);
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

/* Connections. */

void
net_registrar_opened(struct pipe *p, struct side *s,
    const struct rsp_transport *remote)
{
	struct rsp_assoc_info info = { .protocol = p->protocol,
		.connecting = s == &p->sides[0] ? p->connecting : 0,
		.remote = *remote };

	net.in_registry = true;
	s->assoc = rsp_registry_open(net.reg[s->who], net.now, &info, s);
	net.in_registry = false;
	if (s->assoc == NULL)
		net_pipe_close(p, s);
}

void
net_registrar_closed(const struct side *s)
{
	if (net.reg[s->who] == NULL)
		return;
	net.in_registry = true;
	rsp_registry_close(net.reg[s->who], net.now, s->assoc);
	net.in_registry = false;
	net_registrar_drain(s->who);
}

void
net_registrar_failed(unsigned i, uint32_t number)
{
	if (net.reg[i] == NULL)
		return;
	rsp_registry_failed(net.reg[i], net.now, number);
	net_registrar_drain(i);
}

int
net_registrar_input(const struct side *s, struct rsp_span bytes)
{
	int err;

	net.in_registry = true;
	err = rsp_registry_input(net.reg[s->who], net.now, s->assoc, bytes);
	net.in_registry = false;
	net_registrar_drain(s->who);
	return err;
}

bool
net_registrar_takes_calls(unsigned i, enum rsp_protocol protocol)
{
	return net.reg[i] != NULL &&
	       (protocol != RSP_ASAP || rsp_registry_is_serving(net.reg[i]));
}

rsp_time
net_registrar_step(void)
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
			net_registrar_drain(i);
		}
		next = rsp_time_min(next, rsp_registry_deadline(net.reg[i]));
	}
	return next;
}

/* What a test does to them. */

void
net_prepare(unsigned i)
{
	struct rsp_registry_config *c = &net.config[i];

	rsp_registry_config_init(c);
	c->server_id = NET_ID(i);
	c->random = net_random;
	c->ctx = &net.seed;
}

void
net_start(unsigned i, unsigned peers)
{
	struct rsp_transport t = net_place(0, i, NET_PORT);

	net.reg[i] = rsp_registry_new(&net.config[i]);
	if (net.reg[i] == NULL)
		net_fail("no registry");
	rsp_registry_set_transports(net.reg[i], RSP_ENRP, &t, 1);
	for (unsigned k = 0; k < NET_REGISTRARS; k++)
		if ((peers >> k & 1) != 0 &&
		    rsp_registry_add_peer(net.reg[i], net.now, k) != RSP_OK)
			net_fail("no peer");
	rsp_registry_hunt(net.reg[i], net.now);
	net_registrar_drain(i);
}

void
net_reload(unsigned i, unsigned peer, bool add)
{
	if (add)
		rsp_registry_add_peer(net.reg[i], net.now, peer);
	else
		rsp_registry_remove_peer(net.reg[i], net.now, peer);
	net_registrar_drain(i);
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
	net_pipe_reset(REGISTRAR, i);
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
