/* SPDX-License-Identifier: Apache-2.0 */
/* sim_run.h - run of a scenario, and how it went */
#ifndef RSP_SIM_RUN_H
#define RSP_SIM_RUN_H

#include "tests/sim/sim_scenario.h"

struct sim_result {
	bool failed;
	char failure[SIM_FAILURE_TEXT];
	uint64_t ended;	     /* us */
	uint64_t fired;	     /* events of the clock */
	uint64_t asap, enrp; /* messages */
	uint64_t bytes;
	unsigned orders;
	uint64_t lapses;
	uint64_t longest_missing, longest_lapse, longest_stale; /* us */
	uint64_t longest_answer, longest_outside;
	uint64_t questions, answers;
	size_t most_in_flight;
	/* How much of the bounds on messages, and on memory in quiet, was used.
	 */
	double traffic, memory;
};

/* `trace_from`: all that happens from then on (us) is printed on stderr;
 * SIM_NEVER for silence.  The same scenario and seed always have the same
 * result. */
void sim_run(const struct sim_scenario *s, uint64_t trace_from,
    struct sim_result *result);

#endif
