/* SPDX-License-Identifier: Apache-2.0 */
/* sim_equal.h - comparison of the handlespaces of simulated registrars
 *
 * Everything is compared as it is kept: handle and encoded pool element, which
 * has the home, the life, the addresses and the policy's values.
 */
#ifndef RSP_SIM_EQUAL_H
#define RSP_SIM_EQUAL_H

#include "tests/sim/sim_world.h"

/* All registrars that run serve, are equal, hold who serves and nobody else, at
 * the home that the element has, and agree about their checksums; else false,
 * and what is not so. */
bool sim_is_equal(const struct sim_world *w, char *text, size_t size);

/* The home that `r` has written down for it; 0: it does not know it. */
uint32_t sim_home_at(const struct sim_registrar *r, uint32_t pe_id,
    unsigned pool);

#endif
