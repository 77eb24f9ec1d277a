/* SPDX-License-Identifier: Apache-2.0 */
/* registry_audit.c - audit of a registry: it counts everything that the
 * registry counts, the slow way */
#include "tests/lib/registry_audit.h"

#include <stdio.h>
#include <stdlib.h>

#include "rsp/core/pool/select_small.h"
#include "rsp/core/registry/inherit.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/keep_alive.h"

#define MUST(claim)                                                            \
	do {                                                                   \
		if (!(claim)) {                                                \
			fprintf(stderr, "audit: not so: %s\n", #claim);        \
			abort();                                               \
		}                                                              \
	} while (0)

static void
audit_heap(const struct rsp_heap *h)
{
	for (uint32_t i = 0; i < h->n; i++) {
		MUST(h->entries[i].node->slot == i + 1);
		MUST(
		    i == 0 || h->entries[(i - 1) / 4].key <= h->entries[i].key);
	}
}

static void
audit_watch(const struct rsp_registry *r, const struct rsp_entry *e)
{
	const struct rsp_heap_entry *timer;

	/* Others' elements are theirs to watch; inherited wait to be called. */
	if (e->owner->kind != OWNER_ASSOC && e->owner->kind != OWNER_ORPHAN &&
	    e->owner->kind != OWNER_STRAY) {
		MUST(e->timer.slot == 0);
		return;
	}
	MUST(e->timer.slot >= 1 && e->timer.slot <= r->timers.n);
	timer = &r->timers.entries[e->timer.slot - 1];
	MUST(timer->node == &e->timer);
	MUST(timer->key <= (uint64_t)e->expires);
	/* Nobody is left alone: an orphan has its end before it. */
	MUST((e->owner == &r->orphans || e->owner == &r->enrp.strays) ==
	     (e->keep_alive == KEEP_ALIVE_GRACE));
}

static void
audit_entry(const struct rsp_registry *r, const struct rsp_pool *pool,
    const struct rsp_entry *e)
{
	struct rsp_pe pe;

	MUST(e->pool == pool);
	MUST(rsp_entry_find(&r->space, pool, rsp_entry_id(e)) == e);
	rsp_entry_decode(e, &pe);
	MUST(pe.id == rsp_entry_id(e));
	MUST(pe.home == e->owner->home->id);
	MUST(pe.policy.type == pool->policy.type);
	MUST(pe.user.type == pool->transport);
	MUST(pe.user.use == pool->use);
	audit_watch(r, e);
}

/* What each of the few goes by; returns how many are placed. */
static uint32_t
audit_few(const struct rsp_select *o, uint64_t *sum)
{
	struct rsp_select_small f = rsp_select_small_view(o);
	uint32_t placed = 0, words[RSP_POLICY_WORDS];

	MUST(o->n <= o->room && o->room <= RSP_SELECT_SMALL_MAX);
	for (uint32_t i = 0; i < o->n; i++) {
		MUST(o->words(f.nodes[i], words) == f.ids[i]);
		if (o->def->rank != NULL)
			MUST(f.keys[i] ==
			     o->def->rank(words, f.nodes[i]->count));
		if (o->def->rank != NULL && i > 0)
			MUST(f.keys[i - 1] <= f.keys[i]);
		if (o->def->selection == RSP_SELECT_RANDOM)
			*sum += f.keys == NULL ? 1 : f.keys[i];
		placed += f.clock == NULL || f.keys[i] != UINT64_MAX;
	}
	if (f.clock != NULL)
		*sum = f.clock->sum;
	MUST(o->def->selection != RSP_SELECT_RR || o->n == 0 ||
	     o->first == f.nodes[o->turn]);
	return placed;
}

/* Returns how many are placed, and what their weights are taken to be. */
static uint32_t
audit_order(const struct rsp_select *o, uint64_t *sum)
{
	if (!o->large)
		return audit_few(o, sum);
	switch (o->def->selection) {
	case RSP_SELECT_RR:
		return o->n;
	case RSP_SELECT_WRR:
		*sum = o->wrr->clock.sum;
		audit_heap(&o->wrr->ready);
		audit_heap(&o->wrr->waiting);
		return o->wrr->ready.n + o->wrr->waiting.n;
	case RSP_SELECT_RANKED:
		audit_heap(o->ranks);
		return o->ranks->n;
	case RSP_SELECT_RANDOM:
		*sum = rsp_select_random_sum(o->random);
		return o->random->n;
	}
	return 0;
}

static uint32_t
audit_pool(const struct rsp_registry *r, const struct rsp_pool *pool)
{
	uint64_t weights = 0, sum = 0;
	uint32_t n = 0, placed = audit_order(&pool->select, &sum), able = 0;

	MUST(rsp_pool_find(&r->space, rsp_pool_handle(pool)) == pool);
	for (const struct rsp_entry *e = rsp_pool_next(pool, NULL); e != NULL;
	     e = rsp_pool_next(pool, e)) {
		audit_entry(r, pool, e);
		weights += rsp_select_weight(&pool->select, &e->turn);
		able += rsp_select_weight(&pool->select, &e->turn) > 0;
		n++;
	}
	MUST(n > 0 && n == pool->select.n);
	MUST(placed ==
	     (pool->select.def->selection == RSP_SELECT_WRR ? able : n));
	if (pool->select.def->selection == RSP_SELECT_WRR ||
	    pool->select.def->selection == RSP_SELECT_RANDOM)
		MUST(sum == weights);
	return n;
}

/* One of those that are alike stands for them. */
static unsigned
audit_alike(const struct rsp_pool *pool)
{
	unsigned leaders = pool->leads;

	RSP_LIST_EACH(l, &pool->alike)
	leaders += RSP_CONTAINER(l, struct rsp_pool, alike)->leads;
	MUST(leaders == 1);
	return pool->leads;
}

/* RFC 1071 over the blocks of RFC 5353 section 3.6.2, carry by carry. */
static uint16_t
add_word(uint16_t sum, unsigned word)
{
	unsigned both = sum + word;

	return (uint16_t)(both > 0xffff ? both - 0xffff : both);
}

static uint16_t
add_block(uint16_t sum, const struct rsp_entry *e)
{
	const struct rsp_pool *pool = e->pool;

	for (size_t i = 0; i < pool->handle_len; i += 2)
		sum = add_word(sum,
		    (unsigned)pool->handle[i] << 8 |
			(i + 1 < pool->handle_len ? pool->handle[i + 1] : 0));
	sum = add_word(sum, rsp_entry_id(e) >> 16);
	return add_word(sum, rsp_entry_id(e) & 0xffff);
}

static uint32_t
audit_owner(const struct rsp_home *home, const struct rsp_owner *owner,
    uint16_t *sum)
{
	uint32_t n = 0;

	MUST(owner->home == home);
	RSP_LIST_EACH(l, &owner->entries)
	{
		const struct rsp_entry *e =
		    RSP_CONTAINER(l, struct rsp_entry, owned);

		MUST(e->owner == owner);
		*sum = add_block(*sum, e);
		n++;
	}
	MUST(n == owner->n);
	return n;
}

static void
audit_home(const struct rsp_registry *r, const struct rsp_home *home,
    uint32_t n, uint16_t sum)
{
	uint32_t listed = 0;

	RSP_LIST_EACH(l, &home->entries)
	listed += !table_send_is_mark(r, l);
	MUST(n == listed);
	MUST(n == home->n);
	MUST(sum + rsp_home_checksum(home) == 0xffff);
}

static uint32_t
audit_calls(const struct rsp_registry *r, uint16_t *sum)
{
	const struct rsp_hash *t = &r->enrp.by_transport;
	uint32_t n = 0, calls = 0;

	for (uint32_t i = 0; i < t->n_chains; i++)
		for (struct rsp_hash_node *node = t->chains[i]; node != NULL;
		     node = node->next) {
			const struct call *c =
			    RSP_CONTAINER(node, struct call, by_transport);

			n += audit_owner(&r->home, &c->owner, sum);
			calls += c->connecting.number != 0;
			MUST((c->connecting.number == 0) == (c->assoc != NULL));
			MUST(c->assoc == NULL || c->owner.n == 0);
		}
	MUST(calls == r->enrp.n_calls);
	return n;
}

static uint32_t
audit_peer(const struct rsp_registry *r, const struct peer *p)
{
	uint16_t sum = 0;
	uint32_t n = audit_owner(&p->home, &p->owner, &sum), assocs = 0;
	bool speaks = p->via == NULL;

	MUST(p->id != 0 && p->id != r->config.server_id);
	MUST(peer_find(r, p->id) == p);
	MUST((p->takeover != NULL) == (p->state == RSP_PEER_TAKEN));
	MUST(p->contender == 0 || p->state == RSP_PEER_SILENT);
	MUST(enrp_timer_is_set(&p->timer));
	RSP_LIST_EACH(l, &p->assocs)
	{
		const struct rsp_assoc *a =
		    RSP_CONTAINER(l, struct rsp_assoc, of_peer);

		MUST(a->peer == p);
		speaks = speaks || a == p->via;
		assocs++;
	}
	MUST(speaks);
	audit_home(r, &p->home, n, sum);
	return n;
}

static void
audit_owners(const struct rsp_registry *r)
{
	uint16_t sum = 0;
	uint32_t n = audit_owner(&r->home, &r->orphans, &sum), peers = 0;
	uint64_t assocs = 0;

	n += audit_owner(&r->home, &r->enrp.inherited, &sum);
	n += audit_calls(r, &sum);
	RSP_LIST_EACH(l, &r->assocs)
	{
		n += audit_owner(&r->home,
		    &RSP_CONTAINER(l, struct rsp_assoc, all)->owner, &sum);
		assocs++;
	}
	audit_home(r, &r->home, n, sum);
	sum = 0;
	n += audit_owner(&r->enrp.no_home, &r->enrp.strays, &sum);
	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		n += audit_peer(r, RSP_CONTAINER(l, struct peer, all));
		peers++;
	}
	MUST(n == r->space.n_entries);
	MUST(peers == r->enrp.n_peers);
	MUST(assocs == r->counts.associations);
	MUST(r->enrp.timers.n <= r->enrp.n_timers);
	audit_heap(&r->enrp.timers);
}

/* Every subscription is in its pool's and its association's list, and what has
 * changed is about to be told. */
static void
audit_subscriptions(const struct rsp_registry *r)
{
	const struct subscriptions *s = &r->subscriptions;
	uint32_t by_pool = 0, by_assoc = 0;

	for (uint32_t i = 0; i < r->space.pools.n_chains; i++) {
		const struct rsp_hash_node *node = r->space.pools.chains[i];

		for (; node != NULL; node = node->next) {
			const struct rsp_pool *pool =
			    RSP_CONTAINER(node, struct rsp_pool, by_handle);
			const struct subscribed *p = pool->subscribed;
			uint32_t n = 0;

			if (p == NULL)
				continue;
			MUST(p->pool == pool && p->n > 0);
			RSP_LIST_EACH(l, &p->all)
			n++;
			MUST(n == p->n);
			MUST(!p->dirty || p->resting);
			MUST(!p->resting || !rsp_list_is_empty(&p->turn));
			by_pool += n;
		}
	}
	RSP_LIST_EACH(l, &r->assocs)
	{
		const struct subscriber *one =
		    &RSP_CONTAINER(l, struct rsp_assoc, all)->subscriber;
		uint32_t n = 0;

		RSP_LIST_EACH(k, &one->all)
		n++;
		MUST(n == one->n);
		MUST(one->held || rsp_list_is_empty(&one->owed));
		by_assoc += n;
	}
	MUST(by_pool == s->n && by_assoc == s->n);
}

void
registry_audit(const struct rsp_registry *r)
{
	uint32_t pools = 0, entries = 0, leaders = 0, of_many = 0;

	for (uint32_t i = 0; i < r->space.pools.n_chains; i++) {
		const struct rsp_hash_node *node = r->space.pools.chains[i];

		for (; node != NULL; node = node->next) {
			const struct rsp_pool *pool =
			    RSP_CONTAINER(node, struct rsp_pool, by_handle);

			entries += audit_pool(r, pool);
			of_many += pool->select.large ? pool->select.n : 0;
			leaders += audit_alike(pool);
			pools++;
		}
	}
	MUST(pools == r->space.pools.n);
	MUST(leaders == r->space.folds.n);
	MUST(entries == r->space.n_entries);
	MUST(of_many == r->space.ids.n);
	MUST(entries >= r->timers.n);
	audit_heap(&r->timers);
	audit_owners(r);
	audit_subscriptions(r);
}
