/* SPDX-License-Identifier: Apache-2.0 */
/* sim_trace.h - trace of a simulation, from a certain time on
 *
 * Nothing is kept: a run that fails is played again, with its trace.
 */
#ifndef RSP_SIM_TRACE_H
#define RSP_SIM_TRACE_H

#include <stdint.h>

struct rsp_out;
struct sim_registrar;
struct sim_scene;
struct sim_world;

struct sim_trace {
	struct sim_world *w;
	uint64_t from; /* us */
};

void sim_trace_init(struct sim_trace *t, struct sim_world *w, uint64_t from);
void sim_trace_scene(const struct sim_trace *t, const struct sim_scene *scene);
void sim_trace_event(const struct sim_trace *t, const struct sim_registrar *r,
    const struct rsp_out *out);

#endif
