/* SPDX-License-Identifier: Apache-2.0 */
/* sim_invent.c - scenarios made up from a seed */
#include "tests/sim/sim_invent.h"
#include "tests/sim/sim_world.h"
#include "tests/sim/sim_scenario.h"

#define BOUTS 3
#define JOIN_S 5  /* everybody has been started */
#define CALM_S 90 /* the longest of the sums of timers, and some */
#define QUIET_S 30
#define AT_ONCE 8 /* elements in one order, mostly */

struct inventor {
	struct sim_scenario *s;
	struct sim_random dice;
	uint64_t now;
};

static unsigned
below(struct inventor *v, unsigned n)
{
	return (unsigned)sim_below(&v->dice, n);
}

static void
choose_settings(struct inventor *v)
{
	/* A cable, a campus, an ocean, and bad radio. */
	static const struct {
		unsigned delay, jitter, stream_loss;
	} nets[] = { { 100, 200, 0 }, { 500, 2000, 1 }, { 20000, 60000, 5 },
		{ 1000, 100000, 20 } };
	struct sim_config *c = &v->s->config;
	unsigned net = below(v, 4);

	c->delay = nets[net].delay;
	c->jitter = nets[net].jitter;
	c->stream_loss = nets[net].stream_loss;
	c->loss = below(v, 3) * 100;
	c->doubled = below(v, 2) * 50;
	c->skew = below(v, 3) * 5000;
	c->expect_every = 2000;
	c->pools = 1 + below(v, 12);
	c->sites = 2 + below(v, 6);
	c->sctp = below(v, 3) == 0;
	c->multicast = below(v, 3) != 0;
	c->disorder = below(v, 2) * 5000;
	/* Without multicast whoever comes back alone must know who is there. */
	c->static_peers =
	    c->multicast != 0 ? below(v, c->registrars) : c->registrars - 1;
}

static struct sim_order *
order(struct inventor *v, enum sim_verb verb, enum sim_kind kind)
{
	struct sim_order *o =
	    &sim_scenario_add(v->s, v->now, SIM_STEP_ORDER)->order;

	o->verb = verb;
	o->who.kind = kind;
	o->who.to = 0xffffff;
	return o;
}

static void
pick(struct inventor *v, struct sim_who *who, enum sim_kind kind, unsigned n,
    unsigned most)
{
	unsigned width = below(v, most);

	who->kind = kind;
	who->from = below(v, n);
	who->to = who->from + width < n ? who->from + width : n - 1;
}

struct choice {
	enum sim_verb verb;
	unsigned weight;
};

static enum sim_verb
choose(struct inventor *v, const struct choice *choices)
{
	unsigned sum = 0, at;
	const struct choice *c;

	for (c = choices; c->weight > 0; c++)
		sum += c->weight;
	at = below(v, sum);
	for (c = choices; at >= c->weight; c++)
		at -= c->weight;
	return c->verb;
}

static void
trouble_registrar(struct inventor *v)
{
	static const struct choice choices[] = { { SIM_KILL, 8 },
		{ SIM_LOSE, 4 }, { SIM_RESTART, 14 }, { SIM_STOP, 3 },
		{ SIM_CONTINUE, 5 }, { SIM_RETIRE, 3 }, { SIM_START, 0 } };
	struct sim_order *o = order(v, choose(v, choices), SIM_REGISTRAR);

	pick(v, &o->who, SIM_REGISTRAR, v->s->config.registrars, 1);
	if (o->verb == SIM_RESTART)
		o->value = below(v, 2);
}

static void
trouble_elements(struct inventor *v)
{
	static const struct choice choices[] = { { SIM_KILL, 6 },
		{ SIM_LOSE, 4 }, { SIM_RESTART, 14 }, { SIM_LEAVE, 3 },
		{ SIM_JOIN, 5 }, { SIM_STOP, 3 }, { SIM_CONTINUE, 5 },
		{ SIM_SICKEN, 2 }, { SIM_CURE, 4 }, { SIM_CHANGE, 6 },
		{ SIM_MOVE, 4 }, { SIM_START, 0 } };
	struct sim_order *o = order(v, choose(v, choices), SIM_ELEMENT);
	unsigned n = v->s->config.elements;

	pick(v, &o->who, SIM_ELEMENT, n, below(v, 8) == 0 ? n : AT_ONCE);
	if (o->verb == SIM_RESTART)
		o->value = below(v, 2);
	if (o->verb == SIM_CHANGE)
		o->value = 1 + below(v, 1000);
}

static void
trouble_network(struct inventor *v)
{
	bool heal = below(v, 2) == 0;
	struct sim_order *o =
	    order(v, heal ? SIM_HEAL : SIM_CUT, SIM_REGISTRAR);
	unsigned n = v->s->config.registrars;

	pick(v, &o->who, SIM_REGISTRAR, n, n / 2);
	o->value = below(v, 4) == 0;
	switch (below(v, 4)) {
	case 0:
		pick(v, &o->other, SIM_REGISTRAR, n, 1);
		break;
	case 1:
		pick(v, &o->other, SIM_SITE, v->s->config.sites, 2);
		break;
	default:
		o->other.kind = SIM_ALL;
		o->other.to = 0xffffff;
		if (heal)
			o->who.kind = SIM_ALL;
	}
}

/* Many things at once, or one after the other, or a pause in which something
 * may come to its end. */
static void
pass_time(struct inventor *v)
{
	static const unsigned most_ms[] = { 1, 50, 500, 3000, 12000 };

	v->now +=
	    (uint64_t)below(v, most_ms[below(v, 5)]) * SIM_MS + below(v, 1000);
}

static struct sim_expect *
expect(struct inventor *v, enum sim_expectation what, enum sim_term term,
    unsigned seconds)
{
	struct sim_expect *e =
	    &sim_scenario_add(v->s, v->now, SIM_STEP_EXPECT)->expect;

	e->what = what;
	e->term = term;
	e->end = v->now + (uint64_t)seconds * SIM_S;
	return e;
}

static void
calm_down(struct inventor *v)
{
	struct sim_order *o = order(v, SIM_HEAL, SIM_ALL);

	o->other.kind = SIM_ALL;
	o->other.to = 0xffffff;
	order(v, SIM_CONTINUE, SIM_REGISTRAR);
	order(v, SIM_CONTINUE, SIM_ELEMENT);
	expect(v, SIM_EXPECT_EQUAL, SIM_BY, CALM_S);
	v->now += (uint64_t)CALM_S * SIM_S;
	expect(v, SIM_EXPECT_EQUAL, SIM_UNTIL, QUIET_S);
	expect(v, SIM_EXPECT_QUIET, SIM_UNTIL, QUIET_S);
	v->now += (uint64_t)(QUIET_S + 1) * SIM_S;
}

static void
begin(struct inventor *v)
{
	const struct sim_config *c = &v->s->config;

	for (unsigned i = 0; i < c->registrars; i++) {
		order(v, SIM_START, SIM_REGISTRAR)->who.from = i;
		v->s->scenes[v->s->n - 1].order.who.to = i;
		if (below(v, 2) == 0)
			v->now += below(v, JOIN_S * SIM_S / c->registrars);
	}
	order(v, SIM_START, SIM_ELEMENT);
	order(v, SIM_START, SIM_USER);
	v->now += (uint64_t)below(v, JOIN_S * SIM_S);
}

void
sim_invent(struct sim_scenario *s, uint64_t seed, unsigned orders)
{
	struct inventor v = { .s = s };

	s->config.seed = seed;
	sim_random_init(&v.dice, seed ^ 0x5ca1ab1e);
	choose_settings(&v);
	begin(&v);
	for (unsigned i = 0; i < orders; i++) {
		unsigned what = below(&v, 10);

		if (what < 4)
			trouble_registrar(&v);
		else if (what < 8)
			trouble_elements(&v);
		else
			trouble_network(&v);
		pass_time(&v);
		if ((i + 1) % ((orders + BOUTS - 1) / BOUTS) == 0 &&
		    i + 1 < orders)
			calm_down(&v);
	}
	calm_down(&v);
	sim_scenario_add(s, v.now, SIM_STEP_END);
}
