/* SPDX-License-Identifier: Apache-2.0 */
/* sim_user.c - simulated pool user: one question after the other */
#include "tests/sim/sim_user.h"
#include "tests/sim/sim_registrar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As the shim marks registrars: a refusal is forgotten sooner. */
#define REFUSED_S 1
#define SILENT_S 10

static void step(struct sim_user *u);

static struct sim_clock *
clock_of(const struct sim_user *u)
{
	return u->commons->realm->net->clock;
}

static rsp_time
local_now(const struct sim_user *u)
{
	return sim_local(&u->skew, clock_of(u)->now);
}

/* All of one site share what they know; the cache is one for all, so sites
 * have keys of their own. */
static uint64_t
key_of(const struct sim_user *u, unsigned registrar)
{
	uint64_t numbers[2] = { u->host.zone, registrar };

	return rsp_cache_hash((struct rsp_span){ (const uint8_t *)numbers,
				  sizeof(numbers) },
	    1);
}

static void
order_registrars(struct sim_user *u, struct rsp_resolver_config *c)
{
	for (int pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < u->n_endpoints; i++) {
			bool dead = rsp_cache_mark(u->commons->cache,
					key_of(u, u->endpoints[i]),
					local_now(u)) == RSP_MARK_DEAD;

			if (dead == (pass == 1))
				c->turns[c->n_turns++] = u->endpoints[i];
		}
}

static void
mark_registrars(struct sim_user *u)
{
	const struct rsp_resolver *r = &u->resolver;
	struct rsp_cache *c = u->commons->cache;

	for (unsigned i = 0; i < r->config.n_turns; i++) {
		uint64_t key = key_of(u, r->config.turns[i]);

		switch (r->turns[i].turn) {
		case RSP_TURN_NONE:
			break;
		case RSP_TURN_REFUSED:
		case RSP_TURN_ANSWERED:
			rsp_cache_mark_alive(c, key);
			break;
		case RSP_TURN_SILENT:
			if (r->result != RSP_RESOLVER_UNKNOWN)
				rsp_cache_mark_dead(c, key, local_now(u),
				    SILENT_S, SILENT_S);
			break;
		case RSP_TURN_BAD:
		case RSP_TURN_FAILED:
			rsp_cache_mark_dead(c, key, local_now(u), REFUSED_S,
			    REFUSED_S);
			break;
		}
	}
}

static void
drop(struct sim_user *u)
{
	if (u->end != NULL)
		sim_close(u->end);
	u->end = NULL;
	u->up = false;
}

static void
ask(struct sim_user *u)
{
	struct rsp_resolver_config c = { .t1_ms = u->commons->t1_ms };

	u->pool = (unsigned)sim_below(&u->random, u->commons->pools);
	c.handle.at = (const uint8_t *)u->handle;
	c.handle.len =
	    (size_t)snprintf(u->handle, sizeof(u->handle), "pool%u", u->pool);
	order_registrars(u, &c);
	c.deadline = rsp_time_add(local_now(u), c.t1_ms * c.n_turns);
	c.items = 128;
	c.out = u->question;
	c.out_size = sizeof(u->question);
	c.in = u->answer;
	c.in_size = SIM_ANSWER_ROOM;
	u->asked = clock_of(u)->now;
	u->asking = true;
	u->questions++;
	if (rsp_resolver_init(&u->resolver, &c, local_now(u)) != RSP_OK)
		abort();
	step(u);
}

static void
done(struct sim_user *u)
{
	uint64_t took = clock_of(u)->now - u->asked;

	drop(u);
	u->asking = false;
	mark_registrars(u);
	switch (u->resolver.result) {
	case RSP_RESOLVER_FOUND:
		u->found++;
		if (took > u->longest)
			u->longest = took;
		break;
	case RSP_RESOLVER_UNKNOWN:
		u->unknown++;
		break;
	default:
		u->nobody++;
	}
	u->commons->on_answer(u->commons->ctx, u);
	sim_at(clock_of(u), &u->timer,
	    clock_of(u)->now + u->commons->every / 2 +
		sim_below(&u->random, u->commons->every));
}

static void
step(struct sim_user *u)
{
	struct rsp_resolver_step s;

	for (;;) {
		switch (rsp_resolver_step(&u->resolver, local_now(u), &s)) {
		case RSP_STEP_CONNECT:
			if (u->end == NULL || u->up) {
				drop(u);
				u->end = sim_connect(&u->host,
				    &u->commons->realm->registrars[s.registrar]
					 .host,
				    RSP_ASAP, u);
			} else if (sim_end_peer(u->end) !=
				   &u->commons->realm->registrars[s.registrar]
					.host) {
				drop(u);
				continue;
			}
			break;
		case RSP_STEP_SEND:
			sim_send(u->end, s.bytes);
			rsp_resolver_sent(&u->resolver, s.bytes.len);
			continue;
		case RSP_STEP_WAIT:
			break;
		case RSP_STEP_DONE:
			done(u);
			return;
		}
		sim_at(clock_of(u), &u->timer, sim_true(&u->skew, s.deadline));
		return;
	}
}

static bool
accepted(struct sim_host *h, struct sim_end *e)
{
	(void)h;
	(void)e;
	return false;
}

static void
opened(struct sim_host *h, struct sim_end *e)
{
	struct sim_user *u = h->owner;

	(void)e;
	u->up = true;
	rsp_resolver_connected(&u->resolver);
	step(u);
}

static void
closed(struct sim_host *h, struct sim_end *e)
{
	struct sim_user *u = h->owner;

	(void)e;
	u->end = NULL;
	u->up = false;
	rsp_resolver_failed(&u->resolver, 0);
	step(u);
}

static void
message(struct sim_host *h, struct sim_end *e, struct rsp_span bytes)
{
	struct sim_user *u = h->owner;
	struct rsp_resolver_step s;

	(void)e;
	if (rsp_resolver_step(&u->resolver, local_now(u), &s) ==
		RSP_STEP_WAIT &&
	    bytes.len <= s.room_size) {
		memcpy(s.room, bytes.at, bytes.len);
		rsp_resolver_received(&u->resolver, local_now(u), bytes.len);
	}
	step(u);
}

static const struct sim_process process = { accepted, opened, closed, message,
	NULL };

static void
on_timer(struct sim_event *e)
{
	struct sim_user *u = RSP_CONTAINER(e, struct sim_user, timer);

	if (u->asking)
		step(u);
	else
		ask(u);
}

void
sim_user_init(struct sim_user *u, struct sim_commons *c, unsigned number,
    unsigned zone, uint64_t seed)
{
	memset(u, 0, sizeof(*u));
	sim_host_init(c->realm->net, &u->host, zone);
	u->host.idle_ms = 0;
	u->host.patience_ms = 10000;
	u->host.owner = u;
	u->commons = c;
	u->number = number;
	u->timer.fire = on_timer;
	sim_random_init(&u->random, seed);
	u->answer = malloc(SIM_ANSWER_ROOM);
	if (u->answer == NULL)
		abort();
}

void
sim_user_start(struct sim_user *u)
{
	if (u->runs)
		return;
	u->runs = true;
	u->host.process = &process;
	u->since = clock_of(u)->now;
	sim_at(clock_of(u), &u->timer,
	    clock_of(u)->now + sim_below(&u->random, u->commons->every));
}

void
sim_user_stop(struct sim_user *u)
{
	drop(u);
	u->runs = u->asking = false;
	sim_cancel(clock_of(u), &u->timer);
}

void
sim_user_fini(struct sim_user *u)
{
	sim_user_stop(u);
	free(u->answer);
}
