/* SPDX-License-Identifier: Apache-2.0 */
/* reports.c - reports are known by 64 bits of keyed hash, not by their contents
 */
#include "rsp/core/registry/reports.h"

#include <stdlib.h>

#include "rsp/core/registry/registry_inner.h"

struct report {
	struct rsp_hash_node node;
	struct rsp_list aged;
	rsp_time at;
};

int
rsp_reports_init(struct rsp_reports *r, rsp_random_fn *random, void *ctx)
{
	rsp_list_init(&r->by_age);
	rsp_hash_seed_init(&r->seeds[0], random, ctx);
	rsp_hash_seed_init(&r->seeds[1], random, ctx);
	return rsp_hash_init(&r->table);
}

static void
forget(struct rsp_reports *r, struct report *report)
{
	rsp_list_remove(&report->aged);
	rsp_hash_remove(&r->table, &report->node);
	free(report);
}

void
rsp_reports_fini(struct rsp_reports *r)
{
	RSP_LIST_EACH(l, &r->by_age)
	free(RSP_CONTAINER(l, struct report, aged));
	rsp_hash_fini(&r->table);
}

static void
forget_old(struct rsp_reports *r, rsp_time now, int64_t interval_ms)
{
	RSP_LIST_EACH(l, &r->by_age)
	{
		struct report *report = RSP_CONTAINER(l, struct report, aged);

		if (rsp_time_add(report->at, interval_ms) > now)
			return;
		forget(r, report);
	}
}

bool
rsp_reports_count(struct rsp_reports *r, rsp_time now, int64_t interval_ms,
    const struct rsp_address *reporter, uint32_t pool, uint32_t id)
{
	uint8_t bytes[sizeof(*reporter) + sizeof(pool) + sizeof(id)];
	struct rsp_span key = { bytes, sizeof(bytes) };
	struct rsp_address network = *reporter;
	struct report *report;
	uint32_t hash, check;

	forget_old(r, now, interval_ms);
	/* An IPv6 host has all of its /64 to speak from. */
	if (network.family == 6)
		memset(network.bytes + 8, 0, 8);
	memcpy(bytes, &network, sizeof(network));
	memcpy(bytes + sizeof(*reporter), &pool, sizeof(pool));
	memcpy(bytes + sizeof(*reporter) + sizeof(pool), &id, sizeof(id));
	hash = rsp_hash_bytes(&r->seeds[0], key, false);
	check = rsp_hash_bytes(&r->seeds[1], key, false);
	if (rsp_hash_find(&r->table, hash, check) != NULL ||
	    r->table.n >= RSP_REPORTS_MAX)
		return false;
	report = malloc(sizeof(*report));
	if (report == NULL)
		return false;
	report->at = now;
	report->node.hash = hash;
	report->node.key = check;
	rsp_hash_add(&r->table, &report->node);
	rsp_list_add(&r->by_age, &report->aged);
	return true;
}
