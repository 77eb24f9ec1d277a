/* SPDX-License-Identifier: Apache-2.0 */
/* sim_shrink.c - search for a smaller scenario that still fails: it leaves
 * parts out, half of it first */
#include "tests/sim/sim_shrink.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_run.h"
#include "tests/sim/sim_world.h"
#include "tests/sim/sim_scenario.h"

#define KIND 60

struct shrinking {
	struct sim_scenario *s;
	unsigned runs;	 /* left */
	char kind[KIND]; /* of failure: its text without numbers */
};

static void
kind_of(const char *failure, char kind[KIND])
{
	unsigned n = 0;

	for (; *failure != '\0' && n < KIND - 1; failure++)
		if (strchr("0123456789abcdef.", *failure) == NULL)
			kind[n++] = *failure;
	kind[n] = '\0';
}

static bool
still_fails(struct shrinking *k, const struct sim_scenario *s)
{
	struct sim_result result;
	char kind[KIND];

	if (k->runs == 0)
		return false;
	k->runs--;
	sim_run(s, SIM_NEVER, &result);
	kind_of(result.failure, kind);
	return result.failed && strcmp(kind, k->kind) == 0;
}

/* The scenario without some scenes; true if it does as well. */
static bool
leave_out(struct shrinking *k, unsigned from, unsigned n)
{
	struct sim_scenario less = *k->s;
	unsigned behind = less.n - from - n;

	for (unsigned i = from; i < from + n; i++)
		if (less.scenes[i].kind == SIM_STEP_ORDER &&
		    less.scenes[i].order.verb == SIM_START)
			return false;
	less.scenes = malloc(less.n * sizeof(*less.scenes));
	if (less.scenes == NULL)
		abort();
	memcpy(less.scenes, k->s->scenes, from * sizeof(*less.scenes));
	memcpy(less.scenes + from, k->s->scenes + from + n,
	    behind * sizeof(*less.scenes));
	less.n -= n;
	if (!still_fails(k, &less)) {
		free(less.scenes);
		return false;
	}
	free(k->s->scenes);
	k->s->scenes = less.scenes;
	k->s->n = k->s->size = less.n;
	return true;
}

static bool
shrink_scenes(struct shrinking *k, unsigned n)
{
	bool any = false;

	for (unsigned from = 0; from + n <= k->s->n;)
		if (leave_out(k, from, n))
			any = true;
		else
			from += n;
	return any;
}

static bool
shrink_setting(struct shrinking *k, unsigned *setting, unsigned value)
{
	unsigned old = *setting;

	if (value >= old)
		return false;
	*setting = value;
	if (still_fails(k, k->s))
		return true;
	*setting = old;
	return false;
}

void
sim_shrink(struct sim_scenario *s, const char *failure, unsigned runs)
{
	struct shrinking k = { s, runs, "" };
	struct sim_config *c = &s->config;
	bool any = true;

	kind_of(failure, k.kind);
	/* What comes after the failure goes first. */
	for (unsigned n = s->n / 2; n > 0; n /= 2)
		while (s->n > n && leave_out(&k, s->n - n, n))
			;
	while (any && k.runs > 0) {
		any = false;
		for (unsigned n = s->n / 2; n > 0; n /= 2)
			any = shrink_scenes(&k, n) || any;
		any = shrink_setting(&k, &c->elements, c->elements / 2) || any;
		any = shrink_setting(&k, &c->elements, c->elements - 1) || any;
		any = shrink_setting(&k, &c->users, 0) || any;
		any = shrink_setting(&k, &c->skew, 0) || any;
		any = shrink_setting(&k, &c->loss, 0) || any;
		any = shrink_setting(&k, &c->doubled, 0) || any;
		any = shrink_setting(&k, &c->stream_loss, 0) || any;
		any = shrink_setting(&k, &c->sctp, 0) || any;
		any = shrink_setting(&k, &c->pools, 1) || any;
	}
}
