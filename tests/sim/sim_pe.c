/* SPDX-License-Identifier: Apache-2.0 */
/* sim_pe.c - simulated server with its rsp-register: one core, its links, its
 * faults */
#include "tests/sim/sim_pe.h"
#include "tests/sim/sim_registrar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void drain(struct sim_pe *p);

static rsp_time
local_now(const struct sim_pe *p)
{
	return sim_local(&p->skew, p->realm->net->clock->now);
}

static uint64_t
true_now(const struct sim_pe *p)
{
	return p->realm->net->clock->now;
}

static void
set_timer(struct sim_pe *p)
{
	rsp_time deadline = rsp_element_deadline(p->core);

	sim_at(p->realm->net->clock, &p->timer,
	    deadline == RSP_NEVER ? SIM_NEVER : sim_true(&p->skew, deadline));
}

static void
hang_up(struct sim_pe *p, unsigned link)
{
	if (p->links[link] != NULL)
		sim_abort(p->links[link]); /* as rsp-register does it */
	p->links[link] = NULL;
}

static void
on_event(struct sim_pe *p, const struct rsp_element_out *out)
{
	switch (out->event) {
	case RSP_ELEMENT_DEREGISTERED:
		p->leaving = false;
		break;
	case RSP_ELEMENT_REJECTED:
		p->rejected = out->cause;
		break;
	case RSP_ELEMENT_REGISTERED:
	case RSP_ELEMENT_LOST:
	case RSP_ELEMENT_WARNED:
	case RSP_ELEMENT_NO_REGISTRAR:
		break;
	}
}

/* Whatever happened to the old home excuses the element for being late at the
 * new one. */
static void
note_home(struct sim_pe *p)
{
	const struct sim_registrar *old;
	int home = sim_pe_home(p);
	uint64_t way;

	if (home < 0 || home == p->home)
		return;
	if (p->home >= 0) {
		old = &p->realm->registrars[p->home];
		way =
		    sim_link_since(p->realm->net, p->host.zone, old->host.zone);
		if (old->disturbed > p->moved_by)
			p->moved_by = old->disturbed;
		if (way > p->moved_by)
			p->moved_by = way;
	}
	p->home = home;
}

static void
drain(struct sim_pe *p)
{
	struct rsp_element_out out;
	struct sim_host *to;

	while (rsp_element_output(p->core, &out)) {
		switch (out.kind) {
		case RSP_ELEMENT_CONNECT:
			hang_up(p, RSP_LINK_OUT);
			to = &p->realm->registrars[p->endpoints[out.endpoint]]
				  .host;
			p->links[RSP_LINK_OUT] =
			    sim_connect(&p->host, to, RSP_ASAP, p);
			break;
		case RSP_ELEMENT_SEND:
			sim_send(p->links[out.link], out.bytes);
			break;
		case RSP_ELEMENT_HANGUP:
			hang_up(p, out.link);
			break;
		case RSP_ELEMENT_EVENT:
			on_event(p, &out);
			break;
		}
	}
	note_home(p);
	if (rsp_element_is_member(p->core))
		p->outside = 0;
	else if (p->outside == 0)
		p->outside = true_now(p);
	set_timer(p);
}

static unsigned
link_of(const struct sim_pe *p, const struct sim_end *e)
{
	unsigned link = 0;

	while (p->links[link] != e)
		link++;
	return link;
}

static bool
accepted(struct sim_host *h, struct sim_end *e)
{
	struct sim_pe *p = h->owner;

	for (unsigned link = 1; link < RSP_LINKS; link++) {
		if (p->links[link] != NULL)
			continue;
		p->links[link] = e;
		e->user = p;
		rsp_element_opened(p->core, local_now(p), link);
		drain(p);
		return true;
	}
	return false;
}

static void
opened(struct sim_host *h, struct sim_end *e)
{
	struct sim_pe *p = h->owner;

	rsp_element_opened(p->core, local_now(p), link_of(p, e));
	drain(p);
}

static void
closed(struct sim_host *h, struct sim_end *e)
{
	struct sim_pe *p = h->owner;
	unsigned link = link_of(p, e);

	p->links[link] = NULL;
	rsp_element_closed(p->core, local_now(p), link);
	drain(p);
}

static void
message(struct sim_host *h, struct sim_end *e, struct rsp_span bytes)
{
	struct sim_pe *p = h->owner;
	unsigned link = link_of(p, e);

	if (rsp_element_input(p->core, local_now(p), link, bytes) != RSP_OK) {
		hang_up(p, link);
		rsp_element_closed(p->core, local_now(p), link);
	}
	drain(p);
}

static const struct sim_process process = { accepted, opened, closed, message,
	NULL };

static void
on_timer(struct sim_event *e)
{
	struct sim_pe *p = RSP_CONTAINER(e, struct sim_pe, timer);

	rsp_element_tick(p->core, local_now(p));
	drain(p);
}

bool
sim_pe_is_member(const struct sim_pe *p)
{
	return p->core != NULL && rsp_element_is_member(p->core);
}

int
sim_pe_home(const struct sim_pe *p)
{
	int link = p->core == NULL ? RSP_LINK_NONE : rsp_element_home(p->core);
	struct sim_registrar *r;

	if (link == RSP_LINK_NONE || p->links[link] == NULL)
		return -1;
	r = sim_end_peer(p->links[link])->owner;
	return (int)r->number;
}

static void
vanish(struct sim_pe *p)
{
	sim_cancel(p->realm->net->clock, &p->timer);
	rsp_element_free(p->core);
	p->core = NULL;
	memset(p->links, 0, sizeof(p->links));
	p->disturbed = p->outside = true_now(p);
	p->leaving = false;
}

void
sim_pe_kill(struct sim_pe *p)
{
	if (p->core == NULL)
		return;
	vanish(p);
	sim_host_kill(&p->host);
}

void
sim_pe_die(struct sim_pe *p)
{
	if (p->core != NULL)
		vanish(p);
	sim_host_die(&p->host);
}

void
sim_pe_start(struct sim_pe *p, uint32_t id)
{
	struct rsp_element_config c;
	char handle[16];

	if (p->core != NULL)
		return;
	sim_host_revive(&p->host);
	p->host.process = &process;
	p->values.id = id;
	rsp_element_config_init(&c);
	c.handle.at = (const uint8_t *)handle;
	c.handle.len =
	    (size_t)snprintf(handle, sizeof(handle), "pool%u", p->pool);
	c.n_endpoints = p->n_endpoints;
	c.random = sim_random;
	c.ctx = &p->random;
	p->core = rsp_element_new(&c, &p->values);
	if (p->core == NULL)
		abort();
	p->sick = false;
	p->joined = false;
	p->home = -1;
	sim_pe_join(p);
}

void
sim_pe_join(struct sim_pe *p)
{
	if (p->core == NULL || p->joined || p->host.stopped)
		return;
	p->joined = true;
	p->disturbed = true_now(p);
	rsp_element_join(p->core, local_now(p));
	drain(p);
}

void
sim_pe_leave(struct sim_pe *p)
{
	if (p->core == NULL || !p->joined || p->host.stopped)
		return;
	p->joined = false;
	p->leaving = true;
	p->disturbed = true_now(p);
	rsp_element_leave(p->core, local_now(p));
	drain(p);
}

void
sim_pe_stop(struct sim_pe *p, bool stop)
{
	if (p->core == NULL || p->host.stopped == stop)
		return;
	p->disturbed = true_now(p);
	if (stop)
		sim_cancel(p->realm->net->clock, &p->timer);
	sim_host_stop(&p->host, stop);
	if (!stop)
		set_timer(p);
}

void
sim_pe_set_healthy(struct sim_pe *p, bool healthy)
{
	if (p->core == NULL || p->sick == !healthy || p->host.stopped)
		return;
	p->sick = !healthy;
	p->disturbed = true_now(p);
	rsp_element_set_healthy(p->core, local_now(p), healthy);
	drain(p);
}

void
sim_pe_change(struct sim_pe *p, uint32_t value)
{
	if (p->values.policy.n_words == 0)
		return;
	p->values.policy.words[0] = value;
	if (p->core == NULL || p->host.stopped)
		return;
	rsp_element_change(p->core, local_now(p), &p->values);
	drain(p);
}

void
sim_pe_move(struct sim_pe *p)
{
	int link;

	if (p->core == NULL || p->host.stopped)
		return;
	link = rsp_element_home(p->core);
	if (link == RSP_LINK_NONE)
		return;
	p->disturbed = true_now(p);
	hang_up(p, (unsigned)link);
	rsp_element_closed(p->core, local_now(p), (unsigned)link);
	drain(p);
}

void
sim_pe_init(struct sim_pe *p, struct sim_realm *realm, unsigned number,
    unsigned zone, uint64_t seed)
{
	memset(p, 0, sizeof(*p));
	sim_host_init(realm->net, &p->host, zone);
	/* rsp-register's keep-alive: 3 s. */
	p->host.idle_ms = 1500;
	p->host.patience_ms = 10000;
	p->host.owner = p;
	p->realm = realm;
	p->number = number;
	p->home = -1;
	p->timer.fire = on_timer;
	p->values.life = 90;
	p->values.user.type = RSP_PARAM_TCP;
	p->values.user.port = 80;
	p->values.user.n_addresses = 1;
	p->values.user.addresses[0] = sim_address(&p->host);
	sim_random_init(&p->random, seed);
}

void
sim_pe_fini(struct sim_pe *p)
{
	if (p->core != NULL)
		vanish(p);
}
