/* SPDX-License-Identifier: Apache-2.0 */
/* sim_world.c - simulated system: built from its configuration, and moved by
 * orders */
#include "tests/sim/sim_world.h"

#include <stdlib.h>
#include <string.h>

#include "rsp/core/pool/policy.h"
#include "tests/sim/sim_registrar.h"

/* What a user grants one registrar; the shim's RSP_CONNECT_TIMEOUT. */
#define USER_T1_MS 2000

void
sim_config_init(struct sim_config *c)
{
	memset(c, 0, sizeof(*c));
#define SIM_DEFAULT(name, value) c->name = value;
	SIM_SETTINGS(SIM_DEFAULT)
#undef SIM_DEFAULT
	rsp_registry_config_init(&c->core);
}

static void *
rows(unsigned n, size_t size)
{
	void *p = calloc(n == 0 ? 1 : n, size);

	if (p == NULL)
		abort();
	return p;
}

static struct sim_skew
skew(struct sim_world *w)
{
	struct sim_skew s;
	uint32_t most = w->config.skew;

	s.offset = (int64_t)sim_below(&w->dice, 1000000000);
	s.ppm = (int32_t)sim_below(&w->dice, 2 * (uint64_t)most + 1) -
		(int32_t)most;
	return s;
}

static uint64_t
seed(struct sim_world *w)
{
	uint64_t high = sim_random(&w->dice);

	return high << 32 | sim_random(&w->dice);
}

static unsigned
site(const struct sim_world *w, unsigned number)
{
	return w->config.registrars + number % w->config.sites;
}

static void
init_registrars(struct sim_world *w)
{
	unsigned n = w->config.registrars;

	w->registrars = rows(n, sizeof(*w->registrars));
	w->realm.net = &w->net;
	w->realm.config = w->config.core;
	w->realm.config.multicast = w->config.multicast != 0;
	w->realm.registrars = w->registrars;
	w->realm.n_registrars = n;
	w->realm.static_peers = w->config.static_peers;
	w->realm.transport =
	    w->config.sctp != 0 ? RSP_PARAM_SCTP : RSP_PARAM_TCP;
	w->realm.mute[RSP_ASAP] = w->config.mute_asap;
	w->realm.mute[RSP_ENRP] = w->config.mute_enrp;
	w->realm.mute_after = (uint64_t)w->config.mute_after * SIM_MS;
	w->realm.stutter = w->config.stutter;
	for (unsigned i = 0; i < n; i++) {
		sim_registrar_init(&w->registrars[i], &w->realm, i, i, seed(w));
		w->registrars[i].skew = skew(w);
	}
}

/* A rotation of all registrars; of many, some that are spread over all. */
static void
choose_endpoints(struct sim_world *w, struct sim_pe *p)
{
	unsigned n = w->config.registrars;
	unsigned at = (unsigned)sim_below(&w->dice, n), stride = 1;

	p->n_endpoints = (uint8_t)(n < SIM_ENDPOINTS ? n : SIM_ENDPOINTS);
	if (n > SIM_ENDPOINTS)
		stride = n / SIM_ENDPOINTS;
	for (unsigned i = 0; i < p->n_endpoints; i++)
		p->endpoints[i] = (uint16_t)((at + i * stride) % n);
}

static void
choose_policy(const struct sim_world *w, struct sim_pe *p)
{
	static const uint32_t types[] = { RSP_POLICY_LU, RSP_POLICY_RR,
		RSP_POLICY_WRR, RSP_POLICY_LUD };
	const struct rsp_policy_def *def;

	p->pool = p->number % w->config.pools;
	p->values.policy.type = types[p->pool % 4];
	def = rsp_policy_def(p->values.policy.type);
	p->values.policy.n_words = def->n_words;
	for (unsigned i = 0; i < def->n_words; i++)
		p->values.policy.words[i] = 1;
}

static void
init_elements(struct sim_world *w)
{
	w->ids_size = 2 * w->config.elements + 64;
	w->ids = rows(w->ids_size, sizeof(*w->ids));
	w->pes = rows(w->config.elements, sizeof(*w->pes));
	for (unsigned i = 0; i < w->config.elements; i++) {
		struct sim_pe *p = &w->pes[i];

		sim_pe_init(p, &w->realm, i, site(w, i), seed(w));
		p->skew = skew(w);
		choose_endpoints(w, p);
		choose_policy(w, p);
	}
}

static void
init_users(struct sim_world *w)
{
	unsigned n =
	    w->config.registrars < SIM_TURNS ? w->config.registrars : SIM_TURNS;

	w->commons.realm = &w->realm;
	w->commons.pools = w->config.pools;
	w->commons.every = (uint64_t)w->config.ask_every * SIM_MS;
	w->commons.t1_ms = USER_T1_MS;
	w->users = rows(w->config.users, sizeof(*w->users));
	if (w->config.users > 0) {
		struct rsp_cache_id id = { .scope = 1 };

		w->commons.cache = rows(1, rsp_cache_size());
		rsp_cache_format(w->commons.cache, &id);
	}
	for (unsigned i = 0; i < w->config.users; i++) {
		struct sim_user *u = &w->users[i];

		sim_user_init(u, &w->commons, i, site(w, i), seed(w));
		u->skew = skew(w);
		u->n_endpoints = (uint8_t)n;
		for (unsigned k = 0; k < n; k++)
			u->endpoints[k] =
			    (uint8_t)((i + k) % w->config.registrars);
	}
}

void
sim_world_init(struct sim_world *w, const struct sim_config *c)
{
	memset(w, 0, sizeof(*w));
	w->config = *c;
	sim_random_init(&w->dice, c->seed);
	sim_clock_init(&w->clock);
	sim_net_init(&w->net, &w->clock, seed(w), c->registrars + c->sites);
	w->net.delay_us = c->delay;
	w->net.jitter_us = c->jitter;
	w->net.stream_loss = c->stream_loss;
	w->net.loss = c->loss;
	w->net.doubled = c->doubled;
	w->net.disorder_us = c->disorder;
	init_registrars(w);
	init_elements(w);
	init_users(w);
}

void
sim_world_fini(struct sim_world *w)
{
	for (unsigned i = 0; i < w->config.users; i++)
		sim_user_fini(&w->users[i]);
	for (unsigned i = 0; i < w->config.elements; i++)
		sim_pe_fini(&w->pes[i]);
	for (unsigned i = 0; i < w->config.registrars; i++)
		sim_registrar_fini(&w->registrars[i]);
	sim_net_fini(&w->net);
	sim_clock_fini(&w->clock);
	free(w->commons.cache);
	free(w->registrars);
	free(w->pes);
	free(w->users);
	free(w->ids);
}

struct sim_identity *
sim_identity(const struct sim_world *w, uint32_t pe_id)
{
	uint32_t place = pe_id & ((1u << SIM_ID_BITS) - 1);

	if (place == 0 || place > w->n_ids || w->ids[place - 1].pe_id != pe_id)
		return NULL;
	return &w->ids[place - 1];
}

struct sim_identity *
sim_identity_of(const struct sim_world *w, const struct sim_pe *p)
{
	return sim_identity(w, p->values.id);
}

/* Its present identity or, if there is none or it is to be `another`, a new
 * one. */
static uint32_t
identify(struct sim_world *w, struct sim_pe *p, bool another)
{
	struct sim_identity *i = sim_identity_of(w, p);

	if (i != NULL && !another)
		return i->pe_id;
	if (i != NULL)
		i->ended = w->clock.now;
	if (w->n_ids == w->ids_size) {
		w->ids_size *= 2;
		w->ids = realloc(w->ids, w->ids_size * sizeof(*w->ids));
		if (w->ids == NULL)
			abort();
	}
	i = &w->ids[w->n_ids++];
	i->pe_id = sim_random(&w->dice) << SIM_ID_BITS | w->n_ids;
	i->pe = p->number;
	i->ended = 0;
	return i->pe_id;
}

static void
order_registrar(struct sim_registrar *r, const struct sim_order *o)
{
	switch (o->verb) {
	case SIM_START:
	case SIM_RESTART:
		sim_registrar_start(r, o->value != 0);
		break;
	case SIM_KILL:
		sim_registrar_kill(r);
		break;
	case SIM_LOSE:
		sim_registrar_die(r);
		break;
	case SIM_STOP:
		sim_registrar_stop(r, true);
		break;
	case SIM_CONTINUE:
		sim_registrar_stop(r, false);
		break;
	case SIM_RETIRE:
		sim_registrar_retire(r);
		break;
	default:
		break;
	}
}

static void
order_element(struct sim_world *w, struct sim_pe *p, const struct sim_order *o)
{
	switch (o->verb) {
	case SIM_START:
	case SIM_RESTART:
		if (p->core == NULL)
			sim_pe_start(p, identify(w, p, o->value != 0));
		break;
	case SIM_KILL:
		sim_pe_kill(p);
		break;
	case SIM_LOSE:
		sim_pe_die(p);
		break;
	case SIM_STOP:
		sim_pe_stop(p, true);
		break;
	case SIM_CONTINUE:
		sim_pe_stop(p, false);
		break;
	case SIM_LEAVE:
	case SIM_RETIRE:
		sim_pe_leave(p);
		break;
	case SIM_JOIN:
		sim_pe_join(p);
		break;
	case SIM_SICKEN:
		sim_pe_set_healthy(p, false);
		break;
	case SIM_CURE:
		sim_pe_set_healthy(p, true);
		break;
	case SIM_CHANGE:
		sim_pe_change(p, o->value);
		break;
	case SIM_MOVE:
		sim_pe_move(p);
		break;
	case SIM_CUT:
	case SIM_HEAL:
		break;
	}
}

static void
order_user(struct sim_user *u, const struct sim_order *o)
{
	if (o->verb == SIM_START || o->verb == SIM_RESTART)
		sim_user_start(u);
	else if (o->verb == SIM_KILL)
		sim_user_stop(u);
}

static bool
is_zone_of(const struct sim_world *w, const struct sim_who *who, unsigned zone)
{
	unsigned first = who->kind == SIM_SITE ? w->config.registrars : 0;

	if (who->kind == SIM_ALL)
		return true;
	if (who->kind == SIM_ELEMENT || who->kind == SIM_USER) {
		for (unsigned i = who->from; i <= who->to; i++)
			if (site(w, i) == zone)
				return true;
		return false;
	}
	return zone >= first + who->from && zone <= first + who->to;
}

static void
order_cut(struct sim_world *w, const struct sim_order *o)
{
	bool cut = o->verb == SIM_CUT;

	for (unsigned a = 0; a < w->net.n_zones; a++) {
		if (!is_zone_of(w, &o->who, a))
			continue;
		w->troubled_registrars++;
		for (unsigned b = 0; b < w->net.n_zones; b++) {
			if (a == b || !is_zone_of(w, &o->other, b))
				continue;
			sim_cut(&w->net, a, b, cut);
			if (o->value == 0)
				sim_cut(&w->net, b, a, cut);
		}
	}
}

static void
order_each(struct sim_world *w, enum sim_kind kind, unsigned i,
    const struct sim_order *o)
{
	if (kind == SIM_REGISTRAR && i < w->config.registrars) {
		order_registrar(&w->registrars[i], o);
		w->troubled_registrars++;
	} else if (kind == SIM_ELEMENT && i < w->config.elements) {
		order_element(w, &w->pes[i], o);
		w->troubled_elements++;
	} else if (kind == SIM_USER && i < w->config.users) {
		order_user(&w->users[i], o);
	}
}

void
sim_world_order(struct sim_world *w, const struct sim_order *o)
{
	w->orders++;
	if (o->verb == SIM_CUT || o->verb == SIM_HEAL) {
		order_cut(w, o);
		return;
	}
	for (unsigned i = o->who.from; i <= o->who.to && i < w->net.n_hosts;
	     i++)
		order_each(w, o->who.kind, i, o);
}
