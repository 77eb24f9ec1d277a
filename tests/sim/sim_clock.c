/* SPDX-License-Identifier: Apache-2.0 */
/* sim_clock.c - virtual time of a simulation: a heap of events, skewed clocks,
 * and random numbers */
#include "tests/sim/sim_clock.h"

#include <stdlib.h>
#include <string.h>

#include "rsp/core/base/error.h"
#include "rsp/core/base/list.h"

#define MILLION 1000000

static bool
before(const struct rsp_heap_node *a, const struct rsp_heap_node *b)
{
	return RSP_CONTAINER(a, struct sim_event, node)->turn <
	       RSP_CONTAINER(b, struct sim_event, node)->turn;
}

void
sim_clock_init(struct sim_clock *c)
{
	memset(c, 0, sizeof(*c));
	c->events.before = before;
}

void
sim_clock_fini(struct sim_clock *c)
{
	rsp_heap_fini(&c->events);
}

void
sim_at(struct sim_clock *c, struct sim_event *e, uint64_t at)
{
	if (at == SIM_NEVER) {
		sim_cancel(c, e);
		return;
	}
	if (at < c->now)
		at = c->now;
	e->turn = c->turns++;
	if (sim_is_set(e)) {
		rsp_heap_move(&c->events, &e->node, at);
		return;
	}
	if (rsp_heap_reserve(&c->events, c->events.n + 1) != RSP_OK)
		abort();
	rsp_heap_add(&c->events, &e->node, at);
}

void
sim_cancel(struct sim_clock *c, struct sim_event *e)
{
	rsp_heap_remove(&c->events, &e->node);
}

bool
sim_step(struct sim_clock *c, uint64_t until)
{
	uint64_t at = rsp_heap_first_key(&c->events);
	struct sim_event *e;

	if (c->events.n == 0 || at > until) {
		c->now = until;
		return false;
	}
	e = RSP_CONTAINER(rsp_heap_first(&c->events), struct sim_event, node);
	rsp_heap_remove(&c->events, &e->node);
	c->now = at;
	c->fired++;
	e->fire(e);
	return true;
}

rsp_time
sim_local(const struct sim_skew *s, uint64_t now)
{
	uint64_t rate = (uint64_t)(MILLION + s->ppm);

	return s->offset + (rsp_time)(now * rate / MILLION / SIM_MS);
}

uint64_t
sim_true(const struct sim_skew *s, rsp_time local)
{
	uint64_t rate = (uint64_t)(MILLION + s->ppm);
	uint64_t scale = (uint64_t)MILLION * SIM_MS;

	if (local > s->offset + INT32_MAX)
		return SIM_NEVER;
	if (local <= s->offset)
		return 0;
	return ((uint64_t)(local - s->offset) * scale + rate - 1) / rate;
}

void
sim_random_init(struct sim_random *r, uint64_t seed)
{
	/* One step of splitmix64: neighbouring seeds begin far apart. */
	seed += 0x9e3779b97f4a7c15;
	seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9;
	seed = (seed ^ seed >> 27) * 0x94d049bb133111eb;
	seed ^= seed >> 31;
	r->state = seed == 0 ? 1 : seed;
}

uint32_t
sim_random(void *ctx)
{
	struct sim_random *r = ctx;

	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return (uint32_t)(r->state * 0x2545f4914f6cdd1d >> 32);
}

uint64_t
sim_below(struct sim_random *r, uint64_t bound)
{
	return (uint64_t)sim_random(r) * bound >> 32;
}
