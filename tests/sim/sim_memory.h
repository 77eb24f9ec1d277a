/* SPDX-License-Identifier: Apache-2.0 */
/* sim_memory.h - bound on a simulation's memory, from the system's size
 *
 * The memory in use is read from the allocator of the GNU C library.  Where
 * another is in its place (under a sanitizer) it counts nothing, and nothing
 * fails.
 */
#ifndef RSP_SIM_MEMORY_H
#define RSP_SIM_MEMORY_H

#include "tests/sim/sim_check.h"

/* Bytes in use, of the whole process. */
size_t sim_memory_used(void);

/* When nothing is under way: fails the check when more is in use, beyond
 * `before` (what it was before the run), than elements that are known, and
 * connections, may need.  Returns the part of the bound that was used. */
double sim_memory_check(struct sim_check *c, size_t before);

#endif
