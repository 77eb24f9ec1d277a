/* SPDX-License-Identifier: Apache-2.0 */
/* sim_check.h - continuous checks of a simulation: what must be true all the
 * time
 *
 * Continuously, from what registrars report:
 *
 * - A pool element that serves, and has a registrar to do so, is known to every
 *   registrar that is connected to its home.  If not, then for no longer than
 *   `live_bound` since something last happened to any of these three or to the
 *   ways between them.
 * - Undisturbed for longer, and with all registrars connected, it may lapse for
 *   a moment only (`lapse_bound`), and it is never rejected.
 * - It believes to be a member itself, too.
 * - An element that serves no more is gone after `dead_bound`.
 * - A user gets an answer within its deadline while any registrar can give one.
 *
 * sim_equal.h looks at what must be true when it is quiet, sim_traffic.h at
 * what it costs.
 */
#ifndef RSP_SIM_CHECK_H
#define RSP_SIM_CHECK_H

#include "tests/sim/sim_world.h"

struct sim_trace;
struct sim_view; /* what one registrar knows */

struct sim_check {
	struct sim_world *w;
	const struct sim_trace *trace; /* may be NULL */
	struct sim_event look;
	uint64_t events[RSP_EVENT_PEER_ERROR + 1];    /* of all registrars */
	struct sim_view *views;			      /* by registrar */
	uint64_t live_bound, lapse_bound, dead_bound; /* us */
	bool failed;
	char failure[SIM_FAILURE_TEXT];
	/* Figures. */
	uint64_t lapses;
	uint64_t longest_missing, longest_lapse, longest_stale; /* us */
	uint64_t longest_answer, longest_outside;
};

void sim_check_init(struct sim_check *c, struct sim_world *w);
void sim_check_fini(struct sim_check *c);

/* The run has failed; the first reason is kept. */
void sim_fail(struct sim_check *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Since when (us) the registrar knows the element, or does not. */
bool sim_knows(const struct sim_check *c, const struct sim_registrar *r,
    const struct sim_pe *p, uint64_t *since);

#endif
