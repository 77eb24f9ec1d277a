/* SPDX-License-Identifier: Apache-2.0 */
/* net_look.c - inspection of the small network: what registrars did and hold */
#include "tests/sim/net_look.h"

#include <string.h>

#include "tests/sim/net.h"
#include "rsp/core/registry/registry_inner.h"

unsigned
net_count(unsigned i, enum rsp_registry_event event, rsp_time from)
{
	unsigned n = 0;

	for (unsigned k = 0; k < net.n_events; k++)
		n += net.events[k].reg == i && net.events[k].event == event &&
		     net.events[k].at >= from;
	return n;
}

uint64_t
net_sent_of(unsigned i, uint8_t type)
{
	return net.sent[i].messages[type];
}

uint32_t
net_owner(unsigned i, const char *handle, unsigned e)
{
	struct rsp_pool *pool = rsp_pool_find(&net.reg[i]->space,
	    (struct rsp_span){ (const uint8_t *)handle, strlen(handle) });
	struct rsp_entry *entry =
	    pool == NULL ? NULL
			 : rsp_entry_find(&net.reg[i]->space, pool, e + 1);

	return entry == NULL ? 0 : entry->owner->home->id;
}

unsigned
net_owned(unsigned i, uint32_t home, unsigned n)
{
	unsigned found = 0;

	for (unsigned e = 0; e < n; e++)
		found += net_owner(i, "P", e) == home;
	return found;
}

uint64_t
net_elements(unsigned i)
{
	return net.reg[i]->space.n_entries;
}

static bool
has_equal(const struct rsp_registry *r, const struct rsp_entry *e)
{
	struct rsp_pool *pool =
	    rsp_pool_find(&r->space, rsp_pool_handle(e->pool));
	struct rsp_entry *o =
	    pool == NULL ? NULL
			 : rsp_entry_find(&r->space, pool, rsp_entry_id(e));

	return o != NULL && e->owner->home->id == o->owner->home->id &&
	       rsp_span_equal(rsp_entry_values(e), rsp_entry_values(o));
}

static bool
same_entries(const struct rsp_registry *a, const struct rsp_registry *b)
{
	const struct rsp_hash *t = &a->space.pools;

	if (a->space.n_entries != b->space.n_entries)
		return false;
	for (uint32_t i = 0; i < t->n_chains; i++)
		for (struct rsp_hash_node *node = t->chains[i]; node != NULL;
		     node = node->next) {
			struct rsp_pool *pool =
			    RSP_CONTAINER(node, struct rsp_pool, by_handle);
			struct rsp_entry *e = NULL;

			while ((e = rsp_pool_next(pool, e)) != NULL)
				if (!has_equal(b, e))
					return false;
		}
	return true;
}

bool
net_is_equal(void)
{
	for (unsigned i = 0; i < NET_REGISTRARS; i++)
		for (unsigned k = 0; k < NET_REGISTRARS; k++) {
			struct rsp_peer_view v = { 0 };
			bool known = i == k;

			if (net.reg[i] == NULL || net.reg[k] == NULL)
				continue;
			if (!same_entries(net.reg[i], net.reg[k]))
				return false;
			while (rsp_registry_next_peer(net.reg[i], &v))
				known = known ||
					(v.id == net.config[k].server_id &&
					    v.connected &&
					    v.checksum == rsp_registry_checksum(
							      net.reg[k]));
			if (!known)
				return false;
		}
	return true;
}
