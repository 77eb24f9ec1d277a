/* SPDX-License-Identifier: Apache-2.0 */
/* sim_registrar.c - simulated registrar: one core, its associations, its
 * attempts to connect */
#include "tests/sim/sim_registrar.h"
#include "tests/sim/sim_world.h"

#include <stdlib.h>
#include <string.h>

#define ASAP_PORT 3863
#define ENRP_PORT 9901
#define RETIRES_WITHIN SIM_S
/* A slow reader is cut off, as the daemon does it. */
#define MOST_PENDING (1u << 20)
#define MOST_PENDING_ENRP (64u << 20)

/* A connection, or the attempt to make one. */
struct wire {
	struct sim_registrar *r;
	struct sim_end *end;
	struct rsp_assoc *assoc;
	uint32_t connecting;
	struct sim_event timeout;
	struct rsp_list dials;
};

static void drain(struct sim_registrar *r);

rsp_time
sim_registrar_now(const struct sim_registrar *r)
{
	return sim_local(&r->skew, r->realm->net->clock->now);
}

static void
wire_free(struct wire *w)
{
	sim_cancel(w->r->realm->net->clock, &w->timeout);
	rsp_list_remove(&w->dials);
	free(w);
}

static void
on_timeout(struct sim_event *e)
{
	struct wire *w = RSP_CONTAINER(e, struct wire, timeout);
	struct sim_registrar *r = w->r;
	uint32_t connecting = w->connecting;

	sim_close(w->end);
	wire_free(w);
	rsp_registry_failed(r->core, sim_registrar_now(r), connecting);
	drain(r);
}

static struct wire *
wire_new(struct sim_registrar *r)
{
	struct wire *w = calloc(1, sizeof(*w));

	if (w == NULL)
		abort();
	w->r = r;
	w->timeout.fire = on_timeout;
	rsp_list_init(&w->dials);
	return w;
}

static struct rsp_transport
transport_of(const struct sim_realm *realm, const struct sim_host *h,
    uint16_t port)
{
	struct rsp_transport t;

	rsp_clear_transport(&t);
	t.type = realm->transport;
	t.port = port;
	t.n_addresses = 1;
	t.addresses[0] = sim_address(h);
	return t;
}

/* False: the core has no memory for it, which is a bug here. */
static void
wire_open(struct wire *w)
{
	struct sim_registrar *r = w->r;
	struct rsp_assoc_info info = { .protocol = sim_end_protocol(w->end) };

	info.remote = transport_of(r->realm, sim_end_peer(w->end), 49152);
	if (w->connecting != 0)
		info.remote.port =
		    info.protocol == RSP_ENRP ? ENRP_PORT : ASAP_PORT;
	else if (info.protocol == RSP_ASAP)
		info.remote.port = ASAP_PORT;
	info.connecting = w->connecting;
	w->assoc = rsp_registry_open(r->core, sim_registrar_now(r), &info, w);
	if (w->assoc == NULL)
		abort();
	drain(r);
}

static void
hang_up(struct wire *w)
{
	struct sim_registrar *r = w->r;
	struct rsp_assoc *a = w->assoc;

	sim_close(w->end);
	wire_free(w);
	rsp_registry_close(r->core, sim_registrar_now(r), a);
}

static struct sim_host *
host_called(struct sim_registrar *r, const struct rsp_out *out)
{
	if (out->endpoint >= 0)
		return &r->realm->registrars[out->endpoint].host;
	return sim_host_at(r->realm->net, &out->transport->addresses[0]);
}

static void
dial(struct sim_registrar *r, const struct rsp_out *out)
{
	struct sim_host *to = host_called(r, out);
	struct sim_net *n = r->realm->net;
	struct wire *w;

	if (to == NULL || to == &r->host) {
		rsp_registry_failed(r->core, sim_registrar_now(r),
		    out->connecting);
		return;
	}
	w = wire_new(r);
	w->connecting = out->connecting;
	rsp_list_add(&r->dials, &w->dials);
	w->end = sim_connect(&r->host, to, out->protocol, w);
	sim_at(n->clock, &w->timeout,
	    n->clock->now + (uint64_t)out->timeout * SIM_MS);
}

static bool
is_mute(const struct sim_realm *realm, enum rsp_protocol protocol, uint8_t type)
{
	return (realm->mute[protocol] >> type & 1) != 0 &&
	       realm->net->clock->now >= realm->mute_after;
}

static void
send(struct sim_registrar *r, const struct rsp_out *out)
{
	struct wire *w = out->user;
	enum rsp_protocol protocol = sim_end_protocol(w->end);

	if (is_mute(r->realm, protocol, out->bytes.at[0]))
		return;
	r->sent[protocol]++;
	sim_send(w->end, out->bytes);
	for (unsigned i = 0; protocol == RSP_ENRP && i < r->realm->stutter; i++)
		sim_send(w->end, out->bytes);
	if (sim_end_pending(w->end) >
	    (protocol == RSP_ENRP ? MOST_PENDING_ENRP : MOST_PENDING))
		hang_up(w);
}

static void
set_timer(struct sim_registrar *r)
{
	struct sim_clock *c = r->realm->net->clock;
	rsp_time deadline = rsp_registry_deadline(r->core);

	sim_at(c, &r->timer,
	    deadline == RSP_NEVER ? SIM_NEVER : sim_true(&r->skew, deadline));
}

static void
drain(struct sim_registrar *r)
{
	struct rsp_out out;

	while (rsp_registry_output(r->core, &out)) {
		switch (out.kind) {
		case RSP_OUT_SEND:
			send(r, &out);
			break;
		case RSP_OUT_HANGUP:
			hang_up(out.user);
			break;
		case RSP_OUT_EVENT:
			r->realm->on_event(r->realm->ctx, r, &out);
			break;
		case RSP_OUT_CONNECT:
			dial(r, &out);
			break;
		case RSP_OUT_ANNOUNCE:
			sim_multicast(&r->host, out.protocol, out.bytes);
			break;
		}
	}
	if (!r->serving && rsp_registry_is_serving(r->core)) {
		r->serving = true;
		r->serving_since = r->realm->net->clock->now;
	}
	set_timer(r);
}

static bool
accepted(struct sim_host *h, struct sim_end *e)
{
	struct sim_registrar *r = h->owner;
	struct wire *w;

	if (sim_end_protocol(e) == RSP_ASAP && !r->serving)
		return false;
	w = wire_new(r);
	w->end = e;
	e->user = w;
	wire_open(w);
	return true;
}

static void
opened(struct sim_host *h, struct sim_end *e)
{
	struct sim_registrar *r = h->owner;
	struct wire *w = e->user;

	sim_cancel(r->realm->net->clock, &w->timeout);
	rsp_list_remove(&w->dials);
	wire_open(w);
}

static void
closed(struct sim_host *h, struct sim_end *e)
{
	struct sim_registrar *r = h->owner;
	struct wire *w = e->user;
	struct rsp_assoc *a = w->assoc;
	uint32_t number = w->connecting;

	wire_free(w);
	if (a != NULL)
		rsp_registry_close(r->core, sim_registrar_now(r), a);
	else
		rsp_registry_failed(r->core, sim_registrar_now(r), number);
	drain(r);
}

static void
message(struct sim_host *h, struct sim_end *e, struct rsp_span bytes)
{
	struct sim_registrar *r = h->owner;
	struct wire *w = e->user;

	if (rsp_registry_input(r->core, sim_registrar_now(r), w->assoc,
		bytes) != RSP_OK)
		hang_up(w);
	drain(r);
}

static void
datagram(struct sim_host *h, const struct sim_host *from,
    enum rsp_protocol protocol, struct rsp_span bytes)
{
	struct sim_registrar *r = h->owner;
	struct rsp_transport t = transport_of(r->realm, from,
	    protocol == RSP_ENRP ? ENRP_PORT : ASAP_PORT);

	rsp_registry_datagram(r->core, sim_registrar_now(r), protocol, &t,
	    bytes);
	drain(r);
}

static const struct sim_process process = { accepted, opened, closed, message,
	datagram };

/* The process, without a word to anybody. */
static void
vanish(struct sim_registrar *r)
{
	struct sim_clock *c = r->realm->net->clock;

	RSP_LIST_EACH(l, &r->host.ends)
	{
		struct sim_end *e = RSP_CONTAINER(l, struct sim_end, of_host);

		if (e->user != NULL)
			wire_free(e->user);
		e->user = NULL;
	}
	sim_cancel(c, &r->timer);
	rsp_registry_free(r->core);
	r->core = NULL;
	r->serving = r->retiring = false;
	r->disturbed = c->now;
}

void
sim_registrar_kill(struct sim_registrar *r)
{
	if (r->core == NULL)
		return;
	vanish(r);
	sim_host_kill(&r->host);
}

void
sim_registrar_die(struct sim_registrar *r)
{
	if (r->core != NULL)
		vanish(r);
	sim_host_die(&r->host);
}

static struct wire *
first_open(const struct sim_registrar *r, enum rsp_protocol protocol)
{
	RSP_LIST_EACH(l, &r->host.ends)
	{
		struct sim_end *e = RSP_CONTAINER(l, struct sim_end, of_host);
		struct wire *w = e->user;

		if (w != NULL && w->assoc != NULL &&
		    sim_end_protocol(e) == protocol)
			return w;
	}
	return NULL;
}

/* As the daemon does it at its end: elements before peers, who hear what the
 * core has to say to that. */
static void
close_all(struct sim_registrar *r, enum rsp_protocol protocol)
{
	struct wire *w;

	while ((w = first_open(r, protocol)) != NULL) {
		rsp_assoc_end(w->assoc);
		hang_up(w);
		drain(r);
	}
}

static void
on_timer(struct sim_event *e)
{
	struct sim_registrar *r = RSP_CONTAINER(e, struct sim_registrar, timer);
	uint64_t now = r->realm->net->clock->now;

	if (r->retiring &&
	    (now >= r->retires || rsp_registry_own_elements(r->core) == 0)) {
		close_all(r, RSP_ASAP);
		close_all(r, RSP_ENRP);
		sim_registrar_kill(r);
		return;
	}
	rsp_registry_tick(r->core, sim_registrar_now(r));
	drain(r);
	if (r->retiring)
		sim_at(r->realm->net->clock, &r->timer, now + 10 * SIM_MS);
}

void
sim_registrar_stop(struct sim_registrar *r, bool stop)
{
	if (r->core == NULL || r->host.stopped == stop)
		return;
	r->disturbed = r->realm->net->clock->now;
	if (stop) {
		sim_host_stop(&r->host, true);
		sim_cancel(r->realm->net->clock, &r->timer);
		RSP_LIST_EACH(l, &r->dials)
		sim_cancel(r->realm->net->clock,
		    &RSP_CONTAINER(l, struct wire, dials)->timeout);
		return;
	}
	RSP_LIST_EACH(l, &r->dials)
	sim_at(r->realm->net->clock,
	    &RSP_CONTAINER(l, struct wire, dials)->timeout,
	    r->realm->net->clock->now + SIM_S);
	sim_host_stop(&r->host, false);
	set_timer(r);
}

void
sim_registrar_retire(struct sim_registrar *r)
{
	if (!sim_registrar_runs(r) || r->retiring)
		return;
	r->retiring = true;
	r->disturbed = r->realm->net->clock->now;
	r->retires = r->disturbed + RETIRES_WITHIN;
	rsp_registry_retire(r->core, sim_registrar_now(r));
	drain(r);
	sim_at(r->realm->net->clock, &r->timer,
	    r->realm->net->clock->now + 10 * SIM_MS);
}

void
sim_registrar_init(struct sim_registrar *r, struct sim_realm *realm,
    unsigned number, unsigned zone, uint64_t seed)
{
	memset(r, 0, sizeof(*r));
	sim_host_init(realm->net, &r->host, zone);
	sim_host_join(&r->host);
	/* The daemon's: tcp_keep_alive of 10 s, given up after twice that. */
	r->host.idle_ms = 10000;
	r->host.patience_ms = 20000;
	r->host.owner = r;
	r->realm = realm;
	r->number = number;
	r->timer.fire = on_timer;
	rsp_list_init(&r->dials);
	sim_random_init(&r->random, seed);
}

void
sim_registrar_fini(struct sim_registrar *r)
{
	if (r->core != NULL)
		vanish(r);
}

/* A ring with chords: so many of the next ones, the nearest first. */
static void
add_peers(struct sim_registrar *r)
{
	unsigned n = r->realm->n_registrars;

	for (unsigned i = 1; i < n && i <= r->realm->static_peers; i++)
		rsp_registry_add_peer(r->core, sim_registrar_now(r),
		    (r->number + i) % n);
}

static bool
is_ending(void *ctx, void *user)
{
	const struct wire *w = user;

	(void)ctx;
	return sim_end_is_ending(w->end);
}

void
sim_registrar_start(struct sim_registrar *r, bool new_id)
{
	struct rsp_registry_config config = r->realm->config;
	struct rsp_transport t;

	if (r->core != NULL)
		return;
	if (new_id || r->id == 0)
		r->id = sim_random(&r->random) | 1;
	config.server_id = r->id;
	config.is_ending = is_ending;
	config.random = sim_random;
	config.ctx = &r->random;
	r->core = rsp_registry_new(&config);
	if (r->core == NULL)
		abort();
	r->realm->on_start(r->realm->ctx, r);
	sim_host_revive(&r->host);
	r->host.process = &process;
	r->disturbed = r->realm->net->clock->now;
	t = transport_of(r->realm, &r->host, ENRP_PORT);
	rsp_registry_set_transports(r->core, RSP_ENRP, &t, 1);
	t = transport_of(r->realm, &r->host, ASAP_PORT);
	rsp_registry_set_transports(r->core, RSP_ASAP, &t, 1);
	add_peers(r);
	if (r->realm->n_registrars > 1)
		rsp_registry_hunt(r->core, sim_registrar_now(r));
	drain(r);
}
