/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.c - recent verdicts on whether an element is dead
 *
 * The table is small.
 */
#include "shim/verdict.h"

#include "shim/lock.h"

#define HOLDS_MS 100
#define N_VERDICTS 16

static struct verdict {
	uint32_t pe_id;
	uint16_t port;
	struct rsp_address address;
	rsp_time until;
	int death;
} verdicts[N_VERDICTS];
static unsigned next;
static uint32_t
    lock; /* only ever tried: a thread that does not get it probes itself */

static bool
is_of(const struct verdict *v, const struct rsp_candidate *e)
{
	return v->pe_id == e->pe_id && v->port == e->port &&
	       rsp_address_equal(&v->address, &e->address);
}

bool
verdict_find(const struct rsp_candidate *e, int *death)
{
	rsp_time now = rsp_user_now();
	bool found = false;

	if (!lock_try(&lock))
		return false;
	for (unsigned i = 0; i < N_VERDICTS && !found; i++) {
		const struct verdict *v = &verdicts[i];

		found = is_of(v, e) && v->until > now;
		*death = found ? v->death : 0;
	}
	lock_give(&lock);
	return found;
}

void
verdict_note(const struct rsp_candidate *e, int death)
{
	struct verdict *v = NULL;

	if (!lock_try(&lock))
		return;
	for (unsigned i = 0; i < N_VERDICTS && v == NULL; i++)
		if (is_of(&verdicts[i], e))
			v = &verdicts[i];
	if (v == NULL)
		v = &verdicts[next++ % N_VERDICTS];
	v->pe_id = e->pe_id;
	v->port = e->port;
	v->address = e->address;
	v->death = death;
	v->until = rsp_time_add(rsp_user_now(), HOLDS_MS);
	lock_give(&lock);
}
