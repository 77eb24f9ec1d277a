/* SPDX-License-Identifier: Apache-2.0 */
/* sim_traffic.c - bound on a simulation's messages: what a system sends in
 * peace, and what an event may cost */
#include "tests/sim/sim_traffic.h"
#include "tests/sim/sim_world.h"
#include "tests/sim/sim_check.h"

static uint64_t
messages(const struct sim_world *w)
{
	return w->net.messages[RSP_ASAP] + w->net.messages[RSP_ENRP];
}

/* Question and answer, possibly at every registrar. */
static uint64_t
answers(const struct sim_world *w)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < w->config.users; i++)
		n += w->users[i].questions * 2 * w->users[i].n_endpoints;
	return n;
}

/* Per second: heartbeats by association and multicast; keep-alives and
 * re-registrations and their answers. */
static double
in_peace(const struct sim_world *w)
{
	const struct rsp_registry_config *c = &w->config.core;
	double r = w->config.registrars, n = w->config.elements;
	double beats = 1000.0 / (double)c->peer_heartbeat_cycle;
	double asked = 1000.0 / (double)c->keep_alive_interval;

	return r * (r - 1) * beats * (w->config.multicast != 0 ? 2.2 : 1.1) +
	       n * (2 * asked + 2 / 28.0);
}

/* A registrar ends or begins, or loses sight of others: its elements move, each
 * of which is called, registers and is told to all others; and everybody may
 * download from everybody. */
static double
per_registrar(const struct sim_world *w)
{
	double r = w->config.registrars, n = w->config.elements;

	return 4 * r * r + (n / r + 1) * (12 + 3 * r) + r * n / 50;
}

/* It comes, or goes, or changes: it searches a home, and all are told. */
static double
per_element(const struct sim_world *w)
{
	return 12 + 3.0 * w->config.registrars;
}

void
sim_traffic_begin(struct sim_traffic *t, const struct sim_world *w)
{
	t->w = w;
	t->since = w->clock.now;
	t->messages = messages(w);
	t->answers = answers(w);
	t->registrars = w->troubled_registrars;
	t->elements = w->troubled_elements;
}

double
sim_traffic_end(const struct sim_traffic *t, struct sim_check *c, bool quiet)
{
	const struct sim_world *w = t->w;
	double seconds = (double)(w->clock.now - t->since) / SIM_S;
	double n = (double)(messages(w) - t->messages);
	double bound = in_peace(w) * seconds * 1.3 + 50 +
		       (double)(answers(w) - t->answers);

	if (!quiet)
		bound += per_registrar(w) *
			     (double)(w->troubled_registrars - t->registrars) +
			 per_element(w) *
			     (double)(w->troubled_elements - t->elements);
	if (n > bound)
		sim_fail(c, "%.0f messages in %.1f s of %s, %.0f expected", n,
		    seconds, quiet ? "quiet" : "trouble", bound);
	return n / bound;
}
