/* SPDX-License-Identifier: Apache-2.0 */
/* owners.c - a table beside the handlespace, of those that are somebody's */
#include "rsp/core/registry/owners.h"

#include <stdlib.h>

#include "rsp/core/registry/registry_inner.h"

struct owned {
	struct rsp_hash_node by_element; /* key: the identifier */
	uint32_t pool;			 /* its number */
	uint32_t uid;
};

int
owners_init(struct rsp_registry *r)
{
	return rsp_hash_init(&r->owners.by_element);
}

void
owners_fini(struct rsp_registry *r)
{
	struct rsp_hash *t = &r->owners.by_element;

	for (uint32_t i = 0; i < t->n_chains; i++)
		while (t->chains[i] != NULL) {
			struct rsp_hash_node *node = t->chains[i];

			rsp_hash_remove(t, node);
			free(RSP_CONTAINER(node, struct owned, by_element));
		}
	rsp_hash_fini(t);
}

static uint32_t
hash_of(const struct rsp_registry *r, const struct rsp_entry *e)
{
	return rsp_hash_pair(&r->space.seed, e->pool->number, rsp_entry_id(e));
}

static struct owned *
find(const struct rsp_registry *r, const struct rsp_entry *e)
{
	struct rsp_hash_node *node;

	if (r->owners.by_element.n == 0)
		return NULL;
	node = rsp_hash_find(&r->owners.by_element, hash_of(r, e),
	    rsp_entry_id(e));
	for (; node != NULL; node = rsp_hash_find_next(node)) {
		struct owned *o = RSP_CONTAINER(node, struct owned, by_element);

		if (o->pool == e->pool->number)
			return o;
	}
	return NULL;
}

bool
owners_allow(const struct rsp_registry *r, const struct rsp_entry *e,
    const struct rsp_assoc *a)
{
	const struct owned *o = find(r, e);

	return o == NULL || (a->has_uid && a->uid == o->uid);
}

int
owners_note(struct rsp_registry *r, const struct rsp_entry *e,
    const struct rsp_assoc *a)
{
	struct owned *o;

	if (!a->has_uid || find(r, e) != NULL)
		return RSP_OK;
	o = malloc(sizeof(*o));
	if (o == NULL)
		return RSP_ENOMEM;
	o->pool = e->pool->number;
	o->uid = a->uid;
	o->by_element.hash = hash_of(r, e);
	o->by_element.key = rsp_entry_id(e);
	rsp_hash_add(&r->owners.by_element, &o->by_element);
	return RSP_OK;
}

void
owners_drop(struct rsp_registry *r, const struct rsp_entry *e)
{
	struct owned *o = find(r, e);

	if (o == NULL)
		return;
	rsp_hash_remove(&r->owners.by_element, &o->by_element);
	free(o);
}
