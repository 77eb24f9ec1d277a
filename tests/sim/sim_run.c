/* SPDX-License-Identifier: Apache-2.0 */
/* sim_run.c - run of a scenario: it goes through the scenes, and watches what
 * is expected */
#include "tests/sim/sim_run.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_equal.h"
#include "tests/sim/sim_memory.h"
#include "tests/sim/sim_trace.h"
#include "tests/sim/sim_traffic.h"
#include "tests/sim/sim_world.h"
#include "tests/sim/sim_scenario.h"
#include "tests/sim/sim_registrar.h"
#include "tests/sim/sim_check.h"

#define PENDING 64

/* An expectation that has begun and not ended. */
struct pending {
	const struct sim_scene *scene;
	uint64_t events; /* so many there were at its beginning */
	struct sim_traffic traffic;
};

struct run {
	const struct sim_scenario *scenario;
	struct sim_world w;
	struct sim_check check;
	struct sim_trace trace;
	struct sim_traffic traffic; /* of the whole run */
	struct sim_event poll;
	struct pending pending[PENDING];
	unsigned n_pending;
	size_t memory; /* bytes in use before it began */
	double most_memory, most_traffic;
};

static bool
each_knows(const struct run *r, const struct sim_expect *e, bool wanted)
{
	const struct sim_config *c = &r->w.config;
	uint64_t since;

	for (unsigned i = e->who.from; i <= e->who.to && i < c->elements; i++)
		for (unsigned k = e->where.from;
		     k <= e->where.to && k < c->registrars; k++)
			if (sim_knows(&r->check, &r->w.registrars[k],
				&r->w.pes[i], &since) != wanted)
				return false;
	return true;
}

static bool
all_are(const struct run *r, const struct sim_expect *e)
{
	const struct sim_config *c = &r->w.config;
	unsigned n =
	    e->what == SIM_EXPECT_SERVING ? c->registrars : c->elements;

	for (unsigned i = e->who.from; i <= e->who.to && i < n; i++)
		if (e->what == SIM_EXPECT_SERVING
			? !r->w.registrars[i].serving
			: !sim_pe_is_member(&r->w.pes[i]))
			return false;
	return true;
}

/* No registrar that runs believes that an element is at home there. */
static bool
is_taken_over(const struct run *r, const struct sim_expect *e)
{
	const struct sim_config *c = &r->w.config;

	for (unsigned t = e->who.from; t <= e->who.to; t++)
		for (unsigned k = 0; k < c->registrars; k++) {
			const struct sim_registrar *at = &r->w.registrars[k];

			if (k == t || !sim_registrar_runs(at))
				continue;
			for (unsigned i = 0; i < c->elements; i++)
				if (sim_home_at(at, r->w.pes[i].values.id,
					r->w.pes[i].pool) ==
				    r->w.registrars[t].id)
					return false;
		}
	return true;
}

static bool
holds(const struct run *r, const struct pending *p, char *text, size_t size)
{
	const struct sim_expect *e = &p->scene->expect;

	text[0] = '\0';
	switch (e->what) {
	case SIM_EXPECT_EQUAL:
		return sim_is_equal(&r->w, text, size);
	case SIM_EXPECT_TAKEOVER:
		return is_taken_over(r, e);
	case SIM_EXPECT_KNOWN:
		return each_knows(r, e, true);
	case SIM_EXPECT_UNKNOWN:
		return each_knows(r, e, false);
	case SIM_EXPECT_MEMBER:
	case SIM_EXPECT_SERVING:
		return all_are(r, e);
	case SIM_EXPECT_QUIET:
		return true; /* it is counted at the end */
	case SIM_EXPECT_EVENT:
		return r->check.events[e->event] > p->events;
	case SIM_EXPECT_NO_EVENT:
		return r->check.events[e->event] == p->events;
	}
	return false;
}

static void
end_quiet(struct run *r, const struct pending *p)
{
	double memory = sim_memory_check(&r->check, r->memory);

	sim_traffic_end(&p->traffic, &r->check, true);
	if (memory > r->most_memory)
		r->most_memory = memory;
}

/* True when it has ended. */
static bool
look_at(struct run *r, struct pending *p)
{
	const struct sim_expect *e = &p->scene->expect;
	bool over = r->w.clock.now >= e->end;
	char scene[200], why[SIM_FAILURE_TEXT - 220];

	if (holds(r, p, why, sizeof(why))) {
		if (over && e->what == SIM_EXPECT_QUIET)
			end_quiet(r, p);
		return over || e->term != SIM_UNTIL;
	}
	if (!over && e->term == SIM_BY)
		return false;
	sim_scene_text(p->scene, scene, sizeof(scene));
	sim_fail(&r->check, "not so: %s%s%s", scene, why[0] == '\0' ? "" : ": ",
	    why);
	return true;
}

static void
on_poll(struct sim_event *ev)
{
	struct run *r = RSP_CONTAINER(ev, struct run, poll);
	uint64_t next =
	    r->w.clock.now + (uint64_t)r->w.config.expect_every * SIM_MS;
	unsigned kept = 0;

	for (unsigned i = 0; i < r->n_pending; i++) {
		if (look_at(r, &r->pending[i]))
			continue;
		if (r->pending[i].scene->expect.end < next)
			next = r->pending[i].scene->expect.end;
		r->pending[kept++] = r->pending[i];
	}
	r->n_pending = kept;
	if (kept > 0)
		sim_at(&r->w.clock, &r->poll, next);
}

static void
begin_expect(struct run *r, const struct sim_scene *scene)
{
	struct pending *p = &r->pending[r->n_pending];

	if (r->n_pending == PENDING)
		abort();
	p->scene = scene;
	p->events = r->check.events[scene->expect.event];
	sim_traffic_begin(&p->traffic, &r->w);
	r->n_pending++;
	on_poll(&r->poll);
}

static void
play(struct run *r, const struct sim_scene *scene)
{
	while (!r->check.failed && sim_step(&r->w.clock, scene->at))
		;
	if (r->check.failed)
		return;
	sim_trace_scene(&r->trace, scene);
	switch (scene->kind) {
	case SIM_STEP_ORDER:
		sim_world_order(&r->w, &scene->order);
		break;
	case SIM_STEP_EXPECT:
		begin_expect(r, scene);
		break;
	case SIM_STEP_END:
		break;
	}
}

static void
report(struct run *r, struct sim_result *result)
{
	const struct sim_net *n = &r->w.net;

	result->failed = r->check.failed;
	memcpy(result->failure, r->check.failure, sizeof(result->failure));
	result->traffic = r->most_traffic;
	result->memory = r->most_memory;
	result->ended = r->w.clock.now;
	result->fired = r->w.clock.fired;
	result->asap = n->messages[RSP_ASAP];
	result->enrp = n->messages[RSP_ENRP];
	result->bytes = n->message_bytes;
	result->orders = r->w.orders;
	result->most_in_flight = n->most_in_flight;
	result->longest_missing = r->check.longest_missing;
	result->longest_outside = r->check.longest_outside;
	result->lapses = r->check.lapses;
	result->longest_lapse = r->check.longest_lapse;
	result->longest_stale = r->check.longest_stale;
	result->longest_answer = r->check.longest_answer;
	for (unsigned i = 0; i < r->w.config.users; i++) {
		result->questions += r->w.users[i].questions;
		result->answers += r->w.users[i].found;
	}
}

void
sim_run(const struct sim_scenario *s, uint64_t trace_from,
    struct sim_result *result)
{
	struct run *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	memset(result, 0, sizeof(*result));
	r->memory = sim_memory_used();
	r->scenario = s;
	sim_world_init(&r->w, &s->config);
	sim_check_init(&r->check, &r->w);
	sim_trace_init(&r->trace, &r->w, trace_from);
	r->check.trace = &r->trace;
	sim_traffic_begin(&r->traffic, &r->w);
	r->poll.fire = on_poll;
	for (unsigned i = 0; i < s->n && !r->check.failed; i++)
		play(r, &s->scenes[i]);
	if (!r->check.failed)
		r->most_traffic =
		    sim_traffic_end(&r->traffic, &r->check, false);
	report(r, result);
	sim_check_fini(&r->check);
	sim_world_fini(&r->w);
	free(r);
}
