/* SPDX-License-Identifier: Apache-2.0 */
/* sim_traffic.h - bound on a simulation's messages, against storms
 *
 * How much a system may send follows from its size, the time that passes and
 * what happens to it.  The bound is generous about causes and strict about
 * growth: no feedback, by which one message makes more than one, stays below it
 * for long.
 */
#ifndef RSP_SIM_TRAFFIC_H
#define RSP_SIM_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

struct sim_check;
struct sim_world;

struct sim_traffic {
	const struct sim_world *w;
	uint64_t since; /* us */
	uint64_t messages, answers;
	uint64_t registrars, elements; /* troubled */
};

/* Begins to count. */
void sim_traffic_begin(struct sim_traffic *t, const struct sim_world *w);

/* Fails the check when there were too many messages since; `quiet` when nothing
 * was ordered and nothing had to be caught up.  Returns the part of the bound
 * that was used. */
double sim_traffic_end(const struct sim_traffic *t, struct sim_check *c,
    bool quiet);

#endif
