/* SPDX-License-Identifier: Apache-2.0 */
/* distance.c - distance of a pool element: from round trips to the word of its
 * policy */
#include "rsp/core/pool/distance.h"

#include "rsp/core/pool/policy.h"

uint32_t
rsp_distance_of(int64_t round_trip_us, int64_t step_ms)
{
	int64_t steps;

	if (round_trip_us <= 0 || step_ms <= 0)
		return 0;
	steps = (round_trip_us / 2 + step_ms * 500) / (step_ms * 1000);
	return steps > UINT32_MAX / step_ms ? UINT32_MAX
					    : (uint32_t)(steps * step_ms);
}

uint32_t *
rsp_policy_distance(struct rsp_policy *p)
{
	const struct rsp_policy_def *def = rsp_policy_def(p->type);

	for (unsigned i = 0; i < def->n_words && i < p->n_words; i++)
		if (def->words[i].kind == RSP_WORD_DISTANCE)
			return &p->words[i];
	return NULL;
}
