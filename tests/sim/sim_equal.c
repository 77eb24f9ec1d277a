/* SPDX-License-Identifier: Apache-2.0 */
/* sim_equal.c - comparison of the handlespaces of simulated registrars */
#include "tests/sim/sim_equal.h"

#include <stdio.h>

#include "rsp/core/registry/registry_inner.h"
#include "tests/sim/sim_world.h"
#include "tests/sim/sim_registrar.h"

#define EACH_ENTRY(e, space)                                                   \
	for (uint32_t e##_i = 0; e##_i < (space)->pools.n_chains; e##_i++)     \
		for (struct rsp_hash_node *e##_node =                          \
			 (space)->pools.chains[e##_i];                         \
		     e##_node != NULL; e##_node = e##_node->next)              \
			for (const struct rsp_entry *e =                       \
				 rsp_pool_next(pool_of(e##_node), NULL);       \
			     e != NULL;                                        \
			     e = rsp_pool_next(pool_of(e##_node), e))

static const struct rsp_hash_seed seed = { { 0x9e3779b97f4a7c15, 1, 2, 3 } };

static const struct rsp_pool *
pool_of(const struct rsp_hash_node *node)
{
	return RSP_CONTAINER(node, struct rsp_pool, by_handle);
}

static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 31) * 0x7fb5d329728ea185;
	return x ^ x >> 27;
}

/* Equal handlespaces have equal digests. */
static uint64_t
digest(const struct sim_registrar *r)
{
	const struct rsp_handlespace *h = &r->core->space;
	uint64_t sum = h->n_entries;

	EACH_ENTRY(e, h)
	{
		uint64_t a =
		    rsp_hash_bytes(&seed, rsp_pool_handle(e->pool), false);

		sum +=
		    mix(a << 32 |
			rsp_hash_bytes(&seed, rsp_entry_values(e), false)) +
		    mix((uint64_t)rsp_entry_id(e) << 32 | e->owner->home->id);
	}
	return sum;
}

static const struct rsp_entry *
find(const struct rsp_handlespace *h, struct rsp_span handle, uint32_t id)
{
	const struct rsp_pool *pool = rsp_pool_find(h, handle);

	return pool == NULL ? NULL : rsp_entry_find(h, pool, id);
}

static void
say_values(const struct rsp_entry *a, const struct rsp_entry *b, char *text,
    size_t size)
{
	struct rsp_pe x, y;

	rsp_entry_decode(a, &x);
	rsp_entry_decode(b, &y);
	snprintf(text, size,
	    "home %08x/%08x life %d/%d policy %x:%u/%x:%u asap %u/%u "
	    "user %s",
	    x.home, y.home, x.life, y.life, x.policy.type, x.policy.words[0],
	    y.policy.type, y.policy.words[0], x.asap.type, y.asap.type,
	    rsp_transport_equal(&x.user, &y.user) ? "equal" : "different");
}

/* Writes the first difference; false when there is none. */
static bool
differ(const struct sim_registrar *a, const struct sim_registrar *b, char *text,
    size_t size)
{
	const struct rsp_handlespace *h = &a->core->space, *g = &b->core->space;
	char values[160];

	EACH_ENTRY(e, h)
	{
		const struct rsp_entry *f =
		    find(g, rsp_pool_handle(e->pool), rsp_entry_id(e));

		if (f != NULL && e->owner->home->id == f->owner->home->id &&
		    rsp_span_equal(rsp_entry_values(e), rsp_entry_values(f)))
			continue;
		if (f == NULL)
			snprintf(values, sizeof(values), "only at the first");
		else
			say_values(e, f, values, sizeof(values));
		snprintf(text, size,
		    "registrars %u and %u differ in %.*s/%08x: %s",
		    a->number + 1, b->number + 1, (int)e->pool->handle_len,
		    (const char *)e->pool->handle, rsp_entry_id(e), values);
		return true;
	}
	if (h->n_entries == g->n_entries)
		return false;
	return differ(b, a, text, size);
}

/* Does this registrar know the checksum of each running peer? */
static bool
checksums_agree(const struct sim_world *w, const struct sim_registrar *r,
    char *text, size_t size)
{
	for (unsigned i = 0; i < w->config.registrars; i++) {
		const struct sim_registrar *other = &w->registrars[i];
		struct rsp_peer_view v = { 0 };
		bool known = false;
		uint16_t sum;

		if (other == r || !sim_registrar_runs(other))
			continue;
		sum = rsp_registry_checksum(other->core);
		while (rsp_registry_next_peer(r->core, &v) && !known)
			known = v.id == other->id &&
				v.state == RSP_PEER_ACTIVE && v.checksum == sum;
		if (known)
			continue;
		snprintf(text, size,
		    "registrar %u does not know checksum %04x of registrar %u",
		    r->number + 1, sum, i + 1);
		return false;
	}
	return true;
}

uint32_t
sim_home_at(const struct sim_registrar *r, uint32_t pe_id, unsigned pool)
{
	char handle[16];
	struct rsp_span span = { (const uint8_t *)handle,
		(size_t)snprintf(handle, sizeof(handle), "pool%u", pool) };
	const struct rsp_entry *e = find(&r->core->space, span, pe_id);
	struct rsp_pe pe;

	if (e == NULL)
		return 0;
	rsp_entry_decode(e, &pe);
	return pe.home;
}

static bool
has_its_home(const struct sim_world *w, const struct sim_registrar *r,
    const struct sim_pe *p, char *text, size_t size)
{
	int home = sim_pe_home(p);
	uint32_t id = sim_home_at(r, p->values.id, p->pool);
	uint32_t own = home < 0 ? 0 : w->registrars[home].id;

	if (id == own && sim_pe_is_member(p))
		return true;
	snprintf(text, size,
	    "element %u (%08x, pool%u) is at home at registrar %d (%08x), "
	    "%s; registrar %u believes %08x",
	    p->number + 1, p->values.id, p->pool, home + 1, own,
	    sim_pe_is_member(p) ? "member" : "no member", r->number + 1, id);
	return false;
}

/* Who serves, and nobody else. */
static bool
holds_all(const struct sim_world *w, const struct sim_registrar *r, char *text,
    size_t size)
{
	struct rsp_registry_counts counts;
	uint64_t n = 0;

	for (unsigned i = 0; i < w->config.elements; i++) {
		if (!sim_pe_serves(&w->pes[i]))
			continue;
		n++;
		if (!has_its_home(w, r, &w->pes[i], text, size))
			return false;
	}
	rsp_registry_count(r->core, &counts);
	if (counts.elements == n)
		return true;
	snprintf(text, size, "registrar %u knows %u elements, and %u serve",
	    r->number + 1, (unsigned)counts.elements, (unsigned)n);
	return false;
}

bool
sim_is_equal(const struct sim_world *w, char *text, size_t size)
{
	const struct sim_registrar *first = NULL;

	for (unsigned i = 0; i < w->config.registrars; i++) {
		const struct sim_registrar *r = &w->registrars[i];

		if (!sim_registrar_runs(r))
			continue;
		if (!r->serving) {
			snprintf(text, size, "registrar %u does not serve",
			    i + 1);
			return false;
		}
		if (first != NULL && digest(first) != digest(r) &&
		    differ(first, r, text, size))
			return false;
		if (!holds_all(w, r, text, size) ||
		    !checksums_agree(w, r, text, size))
			return false;
		first = r;
	}
	return true;
}
