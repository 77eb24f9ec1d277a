/* SPDX-License-Identifier: Apache-2.0 */
/* quotas.c - a record for each who is counted, and one for each pool of theirs
 *
 * Elements are not counted one by one, for each association knows how many it
 * has.  Changes are paid for with tokens, of which there are as many as
 * elements are allowed, and some more each second.  A record stays until they
 * are all there again: to hang up and come back buys nothing.
 */
#include "rsp/core/registry/quotas.h"

#include <stdlib.h>

#include "rsp/core/registry/registry_inner.h"

#define KEY_BYTES 9

struct counted {
	struct rsp_hash_node by_key;
	struct rsp_list idle; /* in the list, or alone */
	struct rsp_list assocs;
	uint32_t pools;
	int64_t tokens; /* thousandths */
	rsp_time at;	/* when these were so many */
	uint8_t key[KEY_BYTES];
};

struct founded {
	struct rsp_hash_node by_pool;
	struct counted *by;
};

int
quotas_init(struct rsp_registry *r)
{
	struct quotas *q = &r->quotas;

	rsp_list_init(&q->idle);
	if (rsp_hash_init(&q->by_key) != RSP_OK)
		return RSP_ENOMEM;
	if (rsp_hash_init(&q->by_pool) == RSP_OK)
		return RSP_OK;
	rsp_hash_fini(&q->by_key);
	return RSP_ENOMEM;
}

static struct rsp_hash_node *
any_of(const struct rsp_hash *t)
{
	for (uint32_t i = 0; i < t->n_chains; i++)
		if (t->chains[i] != NULL)
			return t->chains[i];
	return NULL;
}

void
quotas_fini(struct rsp_registry *r)
{
	struct quotas *q = &r->quotas;
	struct rsp_hash_node *node;

	while ((node = any_of(&q->by_pool)) != NULL) {
		rsp_hash_remove(&q->by_pool, node);
		free(RSP_CONTAINER(node, struct founded, by_pool));
	}
	while ((node = any_of(&q->by_key)) != NULL) {
		rsp_hash_remove(&q->by_key, node);
		free(RSP_CONTAINER(node, struct counted, by_key));
	}
	rsp_hash_fini(&q->by_pool);
	rsp_hash_fini(&q->by_key);
}

/* False: not counted. */
static bool
make_key(const struct rsp_assoc_info *info, uint8_t key[KEY_BYTES])
{
	const struct rsp_address *a = &info->remote.addresses[0];

	memset(key, 0, KEY_BYTES);
	if (info->has_uid) {
		memcpy(key + 1, &info->uid, sizeof(info->uid));
		return !info->trusted;
	}
	if (info->local || info->remote.type == 0 ||
	    info->remote.n_addresses == 0)
		return false;
	key[0] = a->family;
	memcpy(key + 1, a->bytes, a->family == 6 ? 8 : 4);
	return true;
}

static int64_t
most_tokens(const struct rsp_registry *r)
{
	return r->config.max_pes_per_identity * 1000;
}

static void
refill(const struct rsp_registry *r, rsp_time now, struct counted *c)
{
	int64_t passed = now - c->at, rate = r->config.changes_per_second;

	c->at = now;
	if (passed <= 0)
		return;
	if (rate > 0 && passed > INT64_MAX / 4 / rate)
		passed = INT64_MAX / 4 / rate;
	c->tokens += passed * rate;
	if (c->tokens > most_tokens(r))
		c->tokens = most_tokens(r);
}

static void
forget(struct rsp_registry *r, struct counted *c)
{
	rsp_list_remove(&c->idle);
	rsp_hash_remove(&r->quotas.by_key, &c->by_key);
	free(c);
}

/* Of those who have gone, some who would be as new; the others come behind. */
static void
forget_idle(struct rsp_registry *r, rsp_time now)
{
	struct rsp_list *idle = &r->quotas.idle;

	for (int i = 0; i < 4 && !rsp_list_is_empty(idle); i++) {
		struct counted *c =
		    RSP_CONTAINER(idle->next, struct counted, idle);

		refill(r, now, c);
		rsp_list_remove(&c->idle);
		if (c->pools == 0 && c->tokens >= most_tokens(r))
			forget(r, c);
		else
			rsp_list_add(idle, &c->idle);
	}
}

static struct counted *
find(const struct rsp_registry *r, const uint8_t key[KEY_BYTES], uint32_t hash)
{
	struct rsp_hash_node *node = rsp_hash_find(&r->quotas.by_key, hash, 0);

	for (; node != NULL; node = rsp_hash_find_next(node)) {
		struct counted *c = RSP_CONTAINER(node, struct counted, by_key);

		if (memcmp(c->key, key, KEY_BYTES) == 0)
			return c;
	}
	return NULL;
}

/* NULL: out of memory. */
static struct counted *
new_counted(struct rsp_registry *r, rsp_time now, const uint8_t *key,
    uint32_t hash)
{
	struct counted *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	memcpy(c->key, key, KEY_BYTES);
	c->tokens = most_tokens(r);
	c->at = now;
	rsp_list_init(&c->idle);
	rsp_list_init(&c->assocs);
	c->by_key.hash = hash;
	rsp_hash_add(&r->quotas.by_key, &c->by_key);
	return c;
}

/* Without memory for the record nobody is kept out. */
void
quotas_open(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    const struct rsp_assoc_info *info)
{
	uint8_t key[KEY_BYTES];
	uint32_t hash;

	rsp_list_init(&a->of_counted);
	if (info->protocol != RSP_ASAP || info->connecting != 0 ||
	    !make_key(info, key))
		return;
	forget_idle(r, now);
	hash = rsp_hash_bytes(&r->space.seed,
	    (struct rsp_span){ key, KEY_BYTES }, false);
	a->counted = find(r, key, hash);
	if (a->counted == NULL)
		a->counted = new_counted(r, now, key, hash);
	if (a->counted == NULL)
		return;
	rsp_list_remove(&a->counted->idle);
	rsp_list_add(&a->counted->assocs, &a->of_counted);
}

void
quotas_close(struct rsp_registry *r, struct rsp_assoc *a)
{
	struct counted *c = a->counted;

	rsp_list_remove(&a->of_counted);
	a->counted = NULL;
	if (c != NULL && rsp_list_is_empty(&c->assocs))
		rsp_list_add(&r->quotas.idle, &c->idle);
}

static int64_t
elements(const struct counted *c)
{
	int64_t n = 0;

	RSP_LIST_EACH(l, &c->assocs)
	n += RSP_CONTAINER(l, struct rsp_assoc, of_counted)->owner.n;
	return n;
}

bool
quotas_allow(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    bool has_pool)
{
	struct counted *c = a->counted;

	if (c == NULL)
		return true;
	refill(r, now, c);
	return c->tokens >= 1000 &&
	       (has_pool || c->pools < r->config.max_pools_per_identity) &&
	       elements(c) < r->config.max_pes_per_identity;
}

static void
found(struct rsp_registry *r, struct counted *c, const struct rsp_pool *pool)
{
	struct founded *f = malloc(sizeof(*f));

	if (f == NULL)
		return;
	f->by = c;
	f->by_pool.hash = rsp_hash_pair(&r->space.seed, pool->number, 0);
	f->by_pool.key = pool->number;
	rsp_hash_add(&r->quotas.by_pool, &f->by_pool);
	c->pools++;
}

void
quotas_changed(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_entry *e)
{
	struct counted *c = a->counted;

	if (c == NULL)
		return;
	/* A debt has its limit, too. */
	if (c->tokens > -most_tokens(r))
		c->tokens -= 1000;
	if (e->pool->select.n == 1 &&
	    rsp_hash_find(&r->quotas.by_pool,
		rsp_hash_pair(&r->space.seed, e->pool->number, 0),
		e->pool->number) == NULL)
		found(r, c, e->pool);
}

void
quotas_pool_ends(struct rsp_registry *r, const struct rsp_pool *pool)
{
	struct rsp_hash_node *node;
	struct founded *f;

	if (r->quotas.by_pool.n == 0)
		return;
	node = rsp_hash_find(&r->quotas.by_pool,
	    rsp_hash_pair(&r->space.seed, pool->number, 0), pool->number);
	if (node == NULL)
		return;
	f = RSP_CONTAINER(node, struct founded, by_pool);
	rsp_hash_remove(&r->quotas.by_pool, node);
	f->by->pools--;
	free(f);
}
