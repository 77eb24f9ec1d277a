/* SPDX-License-Identifier: Apache-2.0 */
/* quota.c - a counter per address, in a balanced tree
 *
 * A tree and not a hash table, so that nobody can choose addresses that make
 * it slow.
 */
#include "registrar/quota.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "rsp/core/base/error.h"

struct counter {
	struct rsp_address network;
	int64_t n;
};

static int
compare(const void *a, const void *b)
{
	return memcmp(&((const struct counter *)a)->network,
	    &((const struct counter *)b)->network, sizeof(struct rsp_address));
}

static struct counter
network_of(const struct rsp_address *a)
{
	struct counter c = { .n = 0 };

	c.network.family = a->family;
	memcpy(c.network.bytes, a->bytes, a->family == 6 ? 8 : 4);
	return c;
}

static bool
is_counted(const struct rsp_address *a)
{
	return a->family != 0 && !rsp_address_is_loopback(a);
}

int
quota_take(struct quota *q, const struct rsp_address *a, int64_t max)
{
	struct counter key = network_of(a), *c;
	void **node;

	if (!is_counted(a))
		return RSP_OK;
	node = tfind(&key, &q->root, compare);
	if (node == NULL) {
		c = malloc(sizeof(*c));
		if (c == NULL)
			return RSP_ENOMEM;
		*c = key;
		node = tsearch(c, &q->root, compare);
		if (node == NULL) {
			free(c);
			return RSP_ENOMEM;
		}
	}
	c = *node;
	if (c->n >= max)
		return RSP_ELIMIT;
	c->n++;
	return RSP_OK;
}

void
quota_drop(struct quota *q, const struct rsp_address *a)
{
	struct counter key = network_of(a), *c;
	void **node;

	if (!is_counted(a))
		return;
	node = tfind(&key, &q->root, compare);
	if (node == NULL)
		return;
	c = *node;
	if (--c->n > 0)
		return;
	tdelete(c, &q->root, compare);
	free(c);
}
