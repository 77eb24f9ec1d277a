/* SPDX-License-Identifier: Apache-2.0 */
/* heap.c - heap with four children per entry. up() and down() carry one entry
 * to its place; all else is built on them. */
#include "rsp/core/base/heap.h"

#include <stdlib.h>

#include "rsp/core/base/error.h"

#define CHILDREN 4
#define LEAST_SIZE 4

static uint32_t
first_child(uint32_t i)
{
	return i * CHILDREN + 1;
}

static uint32_t
parent(uint32_t i)
{
	return (i - 1) / CHILDREN;
}

static bool
comes_before(const struct rsp_heap *h, const struct rsp_heap_entry *a,
    const struct rsp_heap_entry *b)
{
	if (a->key != b->key)
		return a->key < b->key;
	return h->before != NULL && h->before(a->node, b->node);
}

static void
put(struct rsp_heap *h, uint32_t i, struct rsp_heap_entry e)
{
	h->entries[i] = e;
	e.node->slot = i + 1;
}

/* Finds the place of `e` from the hole at `i` upwards; true if it moved. */
static bool
up(struct rsp_heap *h, uint32_t i, struct rsp_heap_entry e)
{
	uint32_t start = i;

	while (i > 0 && comes_before(h, &e, &h->entries[parent(i)])) {
		put(h, i, h->entries[parent(i)]);
		i = parent(i);
	}
	put(h, i, e);
	return i != start;
}

static uint32_t
least_child(const struct rsp_heap *h, uint32_t i)
{
	uint32_t least = first_child(i), end = least + CHILDREN;

	if (end > h->n)
		end = h->n;
	for (uint32_t c = least + 1; c < end; c++)
		if (comes_before(h, &h->entries[c], &h->entries[least]))
			least = c;
	return least;
}

static void
down(struct rsp_heap *h, uint32_t i, struct rsp_heap_entry e)
{
	while (first_child(i) < h->n) {
		uint32_t c = least_child(h, i);

		if (!comes_before(h, &h->entries[c], &e))
			break;
		put(h, i, h->entries[c]);
		i = c;
	}
	put(h, i, e);
}

void
rsp_heap_fini(struct rsp_heap *h)
{
	free(h->entries);
	h->entries = NULL;
	h->n = h->size = 0;
}

int
rsp_heap_reserve(struct rsp_heap *h, uint32_t n)
{
	uint32_t size = h->size < LEAST_SIZE ? LEAST_SIZE : h->size;
	struct rsp_heap_entry *entries;

	if (n <= h->size)
		return RSP_OK;
	while (size < n)
		size = size > UINT32_MAX / 2 ? UINT32_MAX : size * 2;
	entries = realloc(h->entries, size * sizeof(*entries));
	if (entries == NULL)
		return RSP_ENOMEM;
	h->entries = entries;
	h->size = size;
	return RSP_OK;
}

void
rsp_heap_add(struct rsp_heap *h, struct rsp_heap_node *node, uint64_t key)
{
	up(h, h->n++, (struct rsp_heap_entry){ key, node });
}

void
rsp_heap_remove(struct rsp_heap *h, struct rsp_heap_node *node)
{
	struct rsp_heap_entry last;
	uint32_t i = node->slot - 1;

	if (node->slot == 0)
		return;
	node->slot = 0;
	last = h->entries[--h->n];
	if (i < h->n && !up(h, i, last))
		down(h, i, last);
}

void
rsp_heap_move(struct rsp_heap *h, struct rsp_heap_node *node, uint64_t key)
{
	struct rsp_heap_entry e = { key, node };
	uint32_t i = node->slot - 1;

	if (!up(h, i, e))
		down(h, i, e);
}

void
rsp_heap_replace(struct rsp_heap *h, struct rsp_heap_node *node)
{
	if (node->slot != 0)
		h->entries[node->slot - 1].node = node;
}

/* The frontier: slots whose parents are in the list already, a binary heap of
 * its own in the caller's scratch. */
struct frontier {
	const struct rsp_heap *heap;
	uint32_t *slots;
	uint32_t n;
};

static bool
slot_before(const struct frontier *f, uint32_t a, uint32_t b)
{
	return comes_before(f->heap, &f->heap->entries[a],
	    &f->heap->entries[b]);
}

static void
frontier_push(struct frontier *f, uint32_t slot)
{
	uint32_t i = f->n++;

	for (; i > 0 && slot_before(f, slot, f->slots[(i - 1) / 2]);
	     i = (i - 1) / 2)
		f->slots[i] = f->slots[(i - 1) / 2];
	f->slots[i] = slot;
}

static uint32_t
frontier_pop(struct frontier *f)
{
	uint32_t first = f->slots[0], last = f->slots[--f->n], i = 0, c;

	while ((c = 2 * i + 1) < f->n) {
		if (c + 1 < f->n &&
		    slot_before(f, f->slots[c + 1], f->slots[c]))
			c++;
		if (!slot_before(f, f->slots[c], last))
			break;
		f->slots[i] = f->slots[c];
		i = c;
	}
	f->slots[i] = last;
	return first;
}

uint32_t
rsp_heap_list(const struct rsp_heap *h, uint32_t max,
    struct rsp_heap_node **list, uint32_t *scratch)
{
	struct frontier f = { h, scratch, 0 };
	uint32_t n = 0;

	if (h->n > 0 && max > 0)
		frontier_push(&f, 0);
	while (f.n > 0) {
		uint32_t slot = frontier_pop(&f), c = first_child(slot);

		list[n++] = h->entries[slot].node;
		if (n == max)
			break;
		for (uint32_t i = 0; i < CHILDREN && c + i < h->n; i++)
			frontier_push(&f, c + i);
	}
	return n;
}

void
rsp_heap_shift(struct rsp_heap *h, uint64_t by)
{
	for (uint32_t i = 0; i < h->n; i++)
		h->entries[i].key -= by;
}

/* Each first entry goes behind those that are left.  In the end, the last one
 * is in front. */
void
rsp_heap_sort(struct rsp_heap *h)
{
	uint32_t n = h->n;

	while (h->n > 1) {
		struct rsp_heap_entry first = h->entries[0];
		struct rsp_heap_entry last = h->entries[--h->n];

		down(h, 0, last);
		put(h, h->n, first);
	}
	h->n = n;
	for (uint32_t i = 0; i < n / 2; i++) {
		struct rsp_heap_entry e = h->entries[i];

		put(h, i, h->entries[n - 1 - i]);
		put(h, n - 1 - i, e);
	}
}
