/* SPDX-License-Identifier: Apache-2.0 */
/* sim_clock.h - virtual time of a simulation: what happens next, and what a
 * node's clock shows
 *
 * There is one true time, in microseconds, that jumps from event to event.
 * Events are embedded in what they belong to; equal times fire in the order in
 * which they were set, so that a seed decides everything.  A node reads the
 * time through a skew: its clock began elsewhere and runs at a rate of its own.
 */
#ifndef RSP_SIM_CLOCK_H
#define RSP_SIM_CLOCK_H

#include "rsp/core/base/heap.h"
#include "rsp/core/base/time.h"

#define SIM_NEVER UINT64_MAX
#define SIM_MS 1000u
#define SIM_S 1000000u

struct sim_event {
	struct rsp_heap_node node;
	uint64_t turn; /* among those of the same time */
	void (*fire)(struct sim_event *e);
};

struct sim_clock {
	struct rsp_heap events;
	uint64_t now;
	uint64_t turns;
	uint64_t fired;
};

void sim_clock_init(struct sim_clock *c);
void sim_clock_fini(struct sim_clock *c);

/* Fires at that time, or now if it has passed; replaces an earlier setting.
 * SIM_NEVER cancels. */
void sim_at(struct sim_clock *c, struct sim_event *e, uint64_t at);
void sim_cancel(struct sim_clock *c, struct sim_event *e);

static inline bool
sim_is_set(const struct sim_event *e)
{
	return e->node.slot != 0;
}

/* Fires the next event if it is due by then; else time is `until`, and false.
 */
bool sim_step(struct sim_clock *c, uint64_t until);

struct sim_skew {
	int64_t offset; /* ms */
	int32_t ppm;	/* how much faster than the true time */
};

rsp_time sim_local(const struct sim_skew *s, uint64_t now);

/* When this clock shows `local` for the first time. */
uint64_t sim_true(const struct sim_skew *s, rsp_time local);

/* Random numbers, all of a run from one seed (xorshift64*). */
struct sim_random {
	uint64_t state;
};

void sim_random_init(struct sim_random *r, uint64_t seed);
uint32_t sim_random(void *r); /* a rsp_random_fn */
uint64_t sim_below(struct sim_random *r, uint64_t bound);

/* True once in that many thousands. */
static inline bool
sim_chance(struct sim_random *r, unsigned permille)
{
	return permille > 0 && sim_below(r, 1000) < permille;
}

#endif
