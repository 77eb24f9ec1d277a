/* SPDX-License-Identifier: Apache-2.0 */
/* connecting.c - attempts to connect, by the numbers that the shell knows
 * them by */
#include "rsp/core/registry/connecting.h"

#include "rsp/core/registry/registry_inner.h"

static uint32_t
hash_number(uint32_t number)
{
	return number * UINT32_C(2654435761);
}

uint32_t
connecting_begin(struct rsp_registry *r, struct connecting *d,
    enum connecting_kind kind)
{
	struct enrp *n = &r->enrp;

	if (++n->next_connecting == 0)
		++n->next_connecting;
	d->number = n->next_connecting;
	d->kind = kind;
	d->by_number.key = d->number;
	d->by_number.hash = hash_number(d->number);
	rsp_hash_add(&n->by_number, &d->by_number);
	return d->number;
}

void
connecting_end(struct rsp_registry *r, struct connecting *d)
{
	if (d->number != 0)
		rsp_hash_remove(&r->enrp.by_number, &d->by_number);
	d->number = 0;
}

struct connecting *
connecting_find(const struct rsp_registry *r, uint32_t number)
{
	struct rsp_hash_node *node;

	if (number == 0)
		return NULL;
	node = rsp_hash_find(&r->enrp.by_number, hash_number(number), number);
	return node == NULL ? NULL
			    : RSP_CONTAINER(node, struct connecting, by_number);
}
