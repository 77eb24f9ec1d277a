/* SPDX-License-Identifier: Apache-2.0 */
/* sim_shrink.h - search for a smaller scenario that still fails */
#ifndef RSP_SIM_SHRINK_H
#define RSP_SIM_SHRINK_H

#include "tests/sim/sim_scenario.h"

/* Leaves out scenes, and elements and users, as long as the scenario fails in
 * the same way, within so many runs. */
void sim_shrink(struct sim_scenario *s, const char *failure, unsigned runs);

#endif
