/* SPDX-License-Identifier: Apache-2.0 */
/* holders.c - a table of what was held, by element, and a list by association
 *
 * It is empty as a rule: only what has changed its association is in it.
 */
#include "rsp/core/registry/holders.h"

#include <stdlib.h>

#include "rsp/core/registry/keep_alive.h"
#include "rsp/core/registry/registry_inner.h"

struct hold {
	struct rsp_hash_node by_element; /* key: the identifier */
	struct rsp_list of_assoc;
	struct rsp_assoc *assoc;
	uint32_t pool; /* its number */
};

int
holders_init(struct rsp_registry *r)
{
	return rsp_hash_init(&r->holders.by_element);
}

static void
let_go(struct rsp_registry *r, struct hold *h)
{
	h->assoc->n_held--;
	rsp_list_remove(&h->of_assoc);
	rsp_hash_remove(&r->holders.by_element, &h->by_element);
	free(h);
}

void
holders_leave(struct rsp_registry *r, struct rsp_assoc *a)
{
	RSP_LIST_EACH(l, &a->held)
	let_go(r, RSP_CONTAINER(l, struct hold, of_assoc));
}

void
holders_fini(struct rsp_registry *r)
{
	RSP_LIST_EACH(l, &r->assocs)
	holders_leave(r, RSP_CONTAINER(l, struct rsp_assoc, all));
	rsp_hash_fini(&r->holders.by_element);
}

static uint32_t
hash_of(const struct rsp_registry *r, const struct rsp_entry *e)
{
	return rsp_hash_pair(&r->space.seed, e->pool->number, rsp_entry_id(e));
}

/* The first behind `h`, or of all if that is NULL; NULL: no more. */
static struct hold *
next(const struct rsp_registry *r, const struct rsp_entry *e,
    const struct hold *h)
{
	struct rsp_hash_node *node = h == NULL
					 ? rsp_hash_find(&r->holders.by_element,
					       hash_of(r, e), rsp_entry_id(e))
					 : rsp_hash_find_next(&h->by_element);

	for (; node != NULL; node = rsp_hash_find_next(node)) {
		struct hold *found =
		    RSP_CONTAINER(node, struct hold, by_element);

		if (found->pool == e->pool->number)
			return found;
	}
	return NULL;
}

bool
holders_has(const struct rsp_registry *r, const struct rsp_entry *e,
    const struct rsp_assoc *a)
{
	const struct hold *h = next(r, e, NULL);

	while (h != NULL && h->assoc != a)
		h = next(r, e, h);
	return h != NULL;
}

static unsigned
count(const struct rsp_registry *r, const struct rsp_entry *e)
{
	unsigned n = 0;

	for (const struct hold *h = next(r, e, NULL); h != NULL;
	     h = next(r, e, h))
		n++;
	return n;
}

void
holders_drop(struct rsp_registry *r, const struct rsp_entry *e,
    const struct rsp_assoc *a)
{
	for (struct hold *h = next(r, e, NULL); h != NULL; h = next(r, e, h)) {
		if (h->assoc != a)
			continue;
		let_go(r, h);
		return;
	}
}

void
holders_add(struct rsp_registry *r, const struct rsp_entry *e,
    struct rsp_assoc *from)
{
	struct hold *h = NULL;

	if (count(r, e) < RSP_HOLDERS_MAX)
		h = malloc(sizeof(*h));
	if (h == NULL) {
		registry_dismiss(r, from, e); /* now or never */
		return;
	}
	h->assoc = from;
	h->pool = e->pool->number;
	h->by_element.hash = hash_of(r, e);
	h->by_element.key = rsp_entry_id(e);
	rsp_hash_add(&r->holders.by_element, &h->by_element);
	rsp_list_add(&from->held, &h->of_assoc);
	from->n_held++;
}

bool
holders_reclaim(struct rsp_registry *r, rsp_time now, struct rsp_entry *e)
{
	struct hold *h = next(r, e, NULL);
	struct rsp_assoc *a;

	if (h == NULL)
		return false;
	a = h->assoc;
	let_go(r, h);
	rsp_entry_give(e, &a->owner);
	registry_ask(r, now, e);
	return true;
}

void
holders_dismiss(struct rsp_registry *r, const struct rsp_entry *e)
{
	struct hold *h;

	while ((h = next(r, e, NULL)) != NULL) {
		struct rsp_assoc *a = h->assoc;

		let_go(r, h);
		registry_dismiss(r, a, e);
	}
}
