/* SPDX-License-Identifier: Apache-2.0 */
/* sim_memory.c - bound on a simulation's memory: so many bytes for each thing
 * that there is */
#include "tests/sim/sim_memory.h"

#include <malloc.h>

#include "rsp/core/user/cache.h"
#include "tests/sim/sim_world.h"
#include "tests/sim/sim_check.h"

#define PER_ENTRY 640	  /* an element in a handlespace, and its hash slots */
#define PER_IDENTITY 16	  /* our books, for each registrar */
#define PER_ELEMENT 16384 /* the element's process, and its connection */
#define PER_PEER 4096
#define PER_REGISTRAR (1u << 20)
#define PER_USER (SIM_ANSWER_ROOM + 16384)
#define FIXED (1u << 20)

size_t
sim_memory_used(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

double
sim_memory_check(struct sim_check *c, size_t before)
{
	const struct sim_world *w = c->w;
	double r = w->config.registrars, n = w->config.elements;
	double used = (double)sim_memory_used() - (double)before;
	double bound = r * n * PER_ENTRY + r * w->ids_size * PER_IDENTITY +
		       n * PER_ELEMENT + r * r * PER_PEER + r * PER_REGISTRAR +
		       w->config.users * (double)PER_USER +
		       (double)rsp_cache_size() + FIXED;

	if (used > bound)
		sim_fail(c, "%.0f bytes in use in quiet, %.0f expected", used,
		    bound);
	return used / bound;
}
