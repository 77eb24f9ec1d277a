/* SPDX-License-Identifier: Apache-2.0 */
/* sim_check.c - continuous checks of a simulation: the books of which registrar
 * knows which element, and what is overdue */
#include "tests/sim/sim_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_equal.h"
#include "tests/sim/sim_world.h"
#include "tests/sim/sim_trace.h"
#include "tests/sim/sim_registrar.h"

/* Milliseconds since the last change, and the topmost bit for presence. */
#define PRESENT 0x80000000u

struct sim_view {
	uint32_t *known; /* by the identity's place */
	unsigned size;
};

void
sim_fail(struct sim_check *c, const char *format, ...)
{
	va_list args;
	size_t len;

	if (c->failed)
		return;
	c->failed = true;
	len = (size_t)snprintf(c->failure, sizeof(c->failure),
	    "%.3f s: ", (double)c->w->clock.now / SIM_S);
	va_start(args, format);
	vsnprintf(c->failure + len, sizeof(c->failure) - len, format, args);
	va_end(args);
}

static uint32_t
now_ms(const struct sim_check *c)
{
	return (uint32_t)(c->w->clock.now / SIM_MS);
}

static uint32_t *
known(const struct sim_check *c, const struct sim_registrar *r, unsigned place)
{
	struct sim_view *v = &c->views[r->number];

	if (place >= v->size) {
		unsigned size = c->w->ids_size;

		v->known = realloc(v->known, size * sizeof(*v->known));
		if (v->known == NULL)
			abort();
		memset(v->known + v->size, 0,
		    (size - v->size) * sizeof(*v->known));
		v->size = size;
	}
	return &v->known[place];
}

static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Since when the registrar has served without anything happening to it;
 * SIM_NEVER: it does not. */
static uint64_t
steady_since(const struct sim_registrar *r)
{
	if (!sim_registrar_runs(r) || !r->serving || r->retiring)
		return SIM_NEVER;
	return later(r->disturbed, r->serving_since);
}

static uint64_t
way_since(const struct sim_world *w, const struct sim_host *a,
    const struct sim_host *b)
{
	if (a->zone == b->zone)
		return 0;
	if (!sim_reaches(&w->net, a->zone, b->zone))
		return SIM_NEVER;
	return sim_link_since(&w->net, a->zone, b->zone);
}

/* Since when `p` could be known at `r` through `home`. */
static uint64_t
chain_since(const struct sim_world *w, const struct sim_pe *p,
    const struct sim_registrar *home, const struct sim_registrar *r)
{
	uint64_t since = later(steady_since(home), steady_since(r));

	since = later(since, way_since(w, &p->host, &home->host));
	return later(since, way_since(w, &home->host, &r->host));
}

/* Since when nothing has happened that excuses `r` from knowing `p`. */
static uint64_t
owed_since(const struct sim_world *w, const struct sim_pe *p,
    const struct sim_registrar *r)
{
	int home = sim_pe_home(p);
	uint64_t since = SIM_NEVER, one;

	if (!sim_pe_serves(p))
		return SIM_NEVER;
	if (home >= 0)
		return later(later(p->disturbed, p->moved_by),
		    chain_since(w, p, &w->registrars[home], r));
	for (unsigned i = 0; i < p->n_endpoints; i++) {
		one = chain_since(w, p, &w->registrars[p->endpoints[i]], r);
		if (one < since)
			since = one;
	}
	if (p->home >= 0) {
		const struct sim_registrar *last = &w->registrars[p->home];

		since = later(since, last->disturbed);
		since = later(since,
		    sim_link_since(&w->net, p->host.zone, last->host.zone));
	}
	return later(since, later(p->disturbed, p->moved_by));
}

/* Since when nothing has happened to any registrar. */
static uint64_t
calm_since(const struct sim_world *w)
{
	uint64_t since = 0;

	for (unsigned i = 0; i < w->config.registrars; i++) {
		since = later(since, w->registrars[i].disturbed);
		since = later(since, w->registrars[i].serving_since);
	}
	for (unsigned i = 0; i < w->net.n_zones * w->net.n_zones; i++)
		since = later(since, w->net.links[i].changed);
	return since;
}

/* Have all registrars seen all others for that long?  While they do not, two of
 * them may believe with reason to be an element's home, and one of them will
 * remove it. */
static bool
is_whole(const struct sim_check *c)
{
	const struct sim_world *w = c->w;
	unsigned n = w->config.registrars;

	for (unsigned a = 0; a < n; a++)
		for (unsigned b = 0; b < a; b++)
			if (!sim_reaches(&w->net, a, b) ||
			    (sim_link_since(&w->net, a, b) > 0 &&
				w->clock.now - sim_link_since(&w->net, a, b) <=
				    c->live_bound))
				return false;
	return true;
}

static void
look_at_missing(struct sim_check *c, const struct sim_registrar *r,
    const struct sim_pe *p, uint64_t absent_since)
{
	uint64_t now = c->w->clock.now;
	uint64_t since = owed_since(c->w, p, r);
	bool was_settled;
	uint64_t missing, *longest;

	if (since == SIM_NEVER)
		return;
	was_settled = since + c->live_bound < absent_since && is_whole(c);
	missing = now - later(since, absent_since);
	longest = was_settled ? &c->longest_lapse : &c->longest_missing;
	*longest = later(*longest, missing);
	if (missing > (was_settled ? c->lapse_bound : c->live_bound))
		sim_fail(c,
		    "element %u (%08x, pool%u) is missing at registrar %u for "
		    "%.1f s%s; home %d, %s",
		    p->number + 1, p->values.id, p->pool, r->number + 1,
		    (double)missing / SIM_S,
		    was_settled ? ", and nothing had happened" : "",
		    sim_pe_home(p) + 1,
		    sim_pe_is_member(p) ? "member" : "no member");
}

static void
look_at_stale(struct sim_check *c, const struct sim_registrar *r,
    const struct sim_identity *id, uint64_t present_since, uint64_t calm)
{
	const struct sim_pe *p = &c->w->pes[id->pe];
	uint64_t now = c->w->clock.now, since;

	since = id->ended != 0 ? id->ended : p->disturbed;
	since = later(later(since, calm), present_since);
	since = now - since;
	c->longest_stale = later(c->longest_stale, since);
	if (since > c->dead_bound)
		sim_fail(c,
		    "element %u (%08x, pool%u) does not serve and is known to "
		    "registrar %u for %.1f s more, home %08x",
		    id->pe + 1, id->pe_id, p->pool, r->number + 1,
		    (double)since / SIM_S, sim_home_at(r, id->pe_id, p->pool));
}

static void
look_at(struct sim_check *c, const struct sim_registrar *r, uint64_t calm)
{
	uint32_t now = now_ms(c);

	for (unsigned i = 0; i < c->w->n_ids; i++) {
		const struct sim_identity *id = &c->w->ids[i];
		const struct sim_pe *p = &c->w->pes[id->pe];
		uint32_t k = *known(c, r, i);
		bool serves = id->ended == 0 && sim_pe_serves(p);
		uint64_t since;

		if (serves == ((k & PRESENT) != 0))
			continue;
		k &= ~PRESENT;
		since = (uint64_t)k * SIM_MS;
		if (now - k < 1000)
			continue;
		if (serves)
			look_at_missing(c, r, p, since);
		else if (!p->leaving || id->ended != 0)
			look_at_stale(c, r, id, since, calm);
	}
}

/* Its own opinion: it is a member while any registrar will have it. */
static void
look_at_element(struct sim_check *c, const struct sim_pe *p)
{
	uint64_t now = c->w->clock.now, since = SIM_NEVER, one;

	if (p->rejected != 0)
		sim_fail(c, "element %u is rejected: %s", p->number + 1,
		    rsp_cause_text(p->rejected));
	if (p->outside == 0 || now - p->outside < SIM_S || !sim_pe_serves(p))
		return;
	for (unsigned i = 0; i < p->n_endpoints; i++) {
		const struct sim_registrar *r =
		    &c->w->registrars[p->endpoints[i]];

		one = chain_since(c->w, p, r, r);
		if (one < since)
			since = one;
	}
	if (since == SIM_NEVER)
		return;
	since = later(later(since, p->outside), p->disturbed);
	c->longest_outside = later(c->longest_outside, now - since);
	if (now - since > c->live_bound)
		sim_fail(c, "element %u is in no pool for %.1f s",
		    p->number + 1, (double)(now - since) / SIM_S);
}

static void
on_look(struct sim_event *e)
{
	struct sim_check *c = RSP_CONTAINER(e, struct sim_check, look);
	struct sim_world *w = c->w;
	uint64_t calm = calm_since(w);

	for (unsigned i = 0; i < w->config.registrars; i++)
		if (steady_since(&w->registrars[i]) != SIM_NEVER)
			look_at(c, &w->registrars[i], calm);
	for (unsigned i = 0; i < w->config.elements; i++)
		look_at_element(c, &w->pes[i]);
	sim_at(&w->clock, &c->look,
	    w->clock.now + (uint64_t)w->config.check_every * SIM_MS);
}

/* One that serves, with nothing to excuse it: it happens when messages of
 * different peers overtake each other. */
static void
on_removed(struct sim_check *c, const struct sim_registrar *r,
    const struct sim_identity *id)
{
	uint64_t since = owed_since(c->w, &c->w->pes[id->pe], r);

	if (id->ended == 0 && since != SIM_NEVER &&
	    since + c->live_bound < c->w->clock.now && is_whole(c))
		c->lapses++;
}

static void
on_event(void *ctx, struct sim_registrar *r, const struct rsp_out *out)
{
	struct sim_check *c = ctx;
	struct sim_identity *id;
	bool added = out->event == RSP_EVENT_PE_ADDED;
	uint32_t *k;

	c->events[out->event]++;
	if (c->trace != NULL)
		sim_trace_event(c->trace, r, out);
	if (!added && out->event != RSP_EVENT_PE_REMOVED)
		return;
	id = sim_identity(c->w, out->pe_id);
	if (id == NULL) {
		sim_fail(c, "registrar %u knows a stranger %08x", r->number + 1,
		    out->pe_id);
		return;
	}
	k = known(c, r, (unsigned)(id - c->w->ids));
	if (added == ((*k & PRESENT) != 0))
		sim_fail(c, "registrar %u %s %08x twice", r->number + 1,
		    added ? "adds" : "removes", out->pe_id);
	*k = now_ms(c) | (added ? PRESENT : 0);
	if (!added)
		on_removed(c, r, id);
}

/* Somebody who could have answered: since before the question. */
static bool
could_answer(const struct sim_world *w, const struct sim_user *u,
    const struct sim_registrar *r)
{
	uint64_t since =
	    later(steady_since(r), way_since(w, &u->host, &r->host));

	return since != SIM_NEVER && since < u->asked;
}

/* Does every registrar that could be asked owe it this element? */
static bool
is_known_everywhere(const struct sim_check *c, const struct sim_user *u,
    const struct sim_pe *p)
{
	uint64_t now = c->w->clock.now, since;
	bool any = false;

	for (unsigned i = 0; i < u->n_endpoints; i++) {
		const struct sim_registrar *r =
		    &c->w->registrars[u->endpoints[i]];

		if (r->core == NULL && r->disturbed < u->asked)
			continue;
		since = owed_since(c->w, p, r);
		if (since == SIM_NEVER || now - since <= c->live_bound)
			return false;
		any = any || could_answer(c->w, u, r);
	}
	return any;
}

static void
on_answer(void *ctx, struct sim_user *u)
{
	struct sim_check *c = ctx;
	struct sim_world *w = c->w;
	bool unknown = u->resolver.result == RSP_RESOLVER_UNKNOWN;

	if (u->resolver.result == RSP_RESOLVER_FOUND) {
		c->longest_answer = later(c->longest_answer, u->longest);
		return;
	}
	for (unsigned i = 0; !unknown && i < u->n_endpoints; i++)
		if (could_answer(w, u, &w->registrars[u->endpoints[i]]))
			sim_fail(c,
			    "user %u gets no answer, though registrar %u "
			    "could give one",
			    u->number + 1, u->endpoints[i] + 1u);
	for (unsigned i = u->pool; unknown && i < w->config.elements;
	     i += w->config.pools)
		if (is_known_everywhere(c, u, &w->pes[i]))
			sim_fail(c,
			    "user %u is told that pool%u is unknown, though "
			    "element %u serves",
			    u->number + 1, u->pool, i + 1);
}

bool
sim_knows(const struct sim_check *c, const struct sim_registrar *r,
    const struct sim_pe *p, uint64_t *since)
{
	const struct sim_identity *id = sim_identity_of(c->w, p);
	uint32_t k;

	*since = 0;
	if (id == NULL || r->core == NULL)
		return false;
	k = *known(c, r, (unsigned)(id - c->w->ids));
	*since = (uint64_t)(k & ~PRESENT) * SIM_MS;
	return (k & PRESENT) != 0;
}

/* A registrar's process begins with nothing. */
static void
on_start(void *ctx, struct sim_registrar *r)
{
	struct sim_check *c = ctx;
	struct sim_view *v = &c->views[r->number];

	for (unsigned i = 0; i < v->size; i++)
		v->known[i] = now_ms(c);
}

/* The sums of the timers involved. */
static void
set_bounds(struct sim_check *c)
{
	const struct rsp_registry_config *r = &c->w->config.core;
	int64_t noticed = r->max_time_last_heard + 2 * r->max_time_no_response +
			  2 * r->peer_heartbeat_cycle;
	/* An element's way to a new home: some registrars may take its
	 * connection and not answer, and T2 doubles. */
	int64_t hunted = 15000 + 8 * 500 + 1000;
	/* A host that is gone without a word, or a process that hangs. */
	int64_t asked = r->keep_alive_interval * 3 / 2 + r->keep_alive_timeout;

	c->live_bound =
	    (uint64_t)(noticed + hunted + r->inherited_grace) * SIM_MS;
	/* The next presence shows that something is missing. */
	c->lapse_bound =
	    (uint64_t)(2 * r->peer_heartbeat_cycle + r->max_time_no_response) *
	    SIM_MS;
	c->dead_bound = (uint64_t)(noticed + asked + r->inherited_grace +
				   r->lifeline_grace) *
			SIM_MS;
}

void
sim_check_init(struct sim_check *c, struct sim_world *w)
{
	memset(c, 0, sizeof(*c));
	c->w = w;
	c->views = calloc(w->config.registrars, sizeof(*c->views));
	if (c->views == NULL)
		abort();
	w->realm.on_event = on_event;
	w->realm.on_start = on_start;
	w->realm.ctx = c;
	w->commons.on_answer = on_answer;
	w->commons.ctx = c;
	c->look.fire = on_look;
	set_bounds(c);
	sim_at(&w->clock, &c->look, (uint64_t)w->config.check_every * SIM_MS);
}

void
sim_check_fini(struct sim_check *c)
{
	for (unsigned i = 0; i < c->w->config.registrars; i++)
		free(c->views[i].known);
	free(c->views);
}
