/* SPDX-License-Identifier: Apache-2.0 */
/* marked_answer.c - answers that carry their writer's mark in every element:
 * made and verified */
#include "tests/lib/marked_answer.h"

#include <stdio.h>

#include "rsp/core/pool/policy.h"
#include "tests/lib/repeatable.h"

struct rsp_span
marked_handle(unsigned pool, char text[20])
{
	int len = snprintf(text, 20, "pool %u", pool);

	return (struct rsp_span){ (const uint8_t *)text, (size_t)len };
}

void
marked_make(struct rsp_answer *a, unsigned pool, uint32_t g)
{
	static uint8_t room[65536];
	struct rsp_builder e = rsp_builder_into(room, sizeof(room));
	struct rsp_policy p = { .type = RSP_POLICY_RR };

	for (unsigned i = 0; i < 1 + g % 100; i++) {
		struct rsp_pe pe = { .id = pool << 16 | i,
			.home = g,
			.life = (int32_t)g };

		pe.user.type = RSP_PARAM_TCP;
		pe.user.port = (uint16_t)g;
		pe.user.n_addresses = 1;
		pe.user.addresses[0].family = 4;
		memcpy(pe.user.addresses[0].bytes, &g, 4);
		pe.policy = (struct rsp_policy){ 1, 0, { 0 } };
		rsp_put_pe(&e, &pe);
	}
	rsp_answer_pack(a, &p, rsp_builder_span(&e));
}

const char *
marked_verify(const struct rsp_answer *a, unsigned pool)
{
	struct rsp_answer_pe pe;
	unsigned at = 0, n = 0;
	uint32_t g = 0;

	while (rsp_answer_next(a, &at, &pe)) {
		if (n == 0)
			g = pe.home;
		if (pe.id != (pool << 16 | n))
			return "an element of another pool, or place";
		if (pe.home != g || pe.life != (int32_t)g ||
		    pe.port != (uint16_t)g ||
		    memcmp(pe.address.bytes, &g, 4) != 0)
			return "an element of another generation";
		n++;
	}
	if (n != 1 + g % 100 || n != rsp_answer_count(a))
		return "a wrong number of elements";
	return NULL;
}

uint32_t
draw(uint64_t *state)
{
	return (uint32_t)(repeatable64(state) >> 16);
}
