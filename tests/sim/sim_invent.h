/* SPDX-License-Identifier: Apache-2.0 */
/* sim_invent.h - scenarios made up from a seed: everything that can go wrong,
 * in any order */
#ifndef RSP_SIM_INVENT_H
#define RSP_SIM_INVENT_H

#include "tests/sim/sim_scenario.h"

/* So many orders, in three bouts of trouble.  After each the network heals, who
 * hangs goes on, and all must become equal and quiet.  `s` is initialised and
 * its settings registrars, elements and users count; all others are chosen. */
void sim_invent(struct sim_scenario *s, uint64_t seed, unsigned orders);

#endif
