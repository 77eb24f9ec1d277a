/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c - the index over what a registrar said */
#include "rsp/tools/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "rsp/core/pool/checksum.h"

bool
snapshot_add(struct snapshot_bytes *b, struct rsp_span more)
{
	size_t pad = -more.len % 4, size = b->size;
	uint8_t *at;

	while (size - b->len < more.len + pad)
		size = size < 4096 ? 4096 : size * 2;
	if (size != b->size) {
		at = realloc(b->at, size);
		if (at == NULL)
			return false;
		b->at = at;
		b->size = size;
	}
	if (more.len > 0)
		memcpy(b->at + b->len, more.at, more.len);
	memset(b->at + b->len + more.len, 0, pad);
	b->len += more.len + pad;
	return true;
}

static int
compare_spans(struct rsp_span a, struct rsp_span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n > 0 ? memcmp(a.at, b.at, n) : 0;

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

static int
compare(const void *one, const void *other)
{
	const struct snapshot_element *a = one, *b = other;
	int order = compare_spans(a->handle, b->handle);

	return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

static struct snapshot_home *
find_home(const struct snapshot *s, uint32_t id)
{
	for (size_t i = 0; i < s->n_homes; i++)
		if (s->homes[i].id == id)
			return &s->homes[i];
	return NULL;
}

static bool
count_home(struct snapshot *s, const struct snapshot_element *e)
{
	struct snapshot_home *h = find_home(s, e->home);

	if (h == NULL && s->n_homes == s->homes_size) {
		h = realloc(s->homes, (s->homes_size * 2 + 8) * sizeof(*h));
		if (h == NULL)
			return false;
		s->homes = h;
		s->homes_size = s->homes_size * 2 + 8;
		h = NULL;
	}
	if (h == NULL) {
		h = &s->homes[s->n_homes++];
		*h = (struct snapshot_home){ .id = e->home };
	}
	h->elements++;
	h->sum += rsp_checksum_block(rsp_checksum_handle(e->handle), e->id);
	return true;
}

/* Both are sorted, so one walk over both will do. */
static void
date(struct snapshot *s, const struct snapshot *before)
{
	size_t at = 0;

	for (size_t i = 0; i < s->n_elements; i++) {
		struct snapshot_element *e = &s->elements[i];

		e->since = before == NULL ? RSP_NEVER : s->taken;
		if (before == NULL)
			continue;
		while (at < before->n_elements &&
		       compare(&before->elements[at], e) < 0)
			at++;
		if (at < before->n_elements &&
		    compare(&before->elements[at], e) == 0)
			e->since = before->elements[at].since;
	}
}

/* An element that changed its home while the table came may be in it twice. */
static void
finish(struct snapshot *s)
{
	size_t n = 0;

	qsort(s->elements, s->n_elements, sizeof(*s->elements), compare);
	for (size_t i = 0; i < s->n_elements; i++) {
		if (n > 0 && compare(&s->elements[n - 1], &s->elements[i]) == 0)
			n--;
		s->elements[n++] = s->elements[i];
	}
	s->n_elements = n;
	for (size_t i = 0; i < n; i++)
		if (i == 0 || compare_spans(s->elements[i - 1].handle,
				  s->elements[i].handle) != 0)
			s->n_pools++;
}

static bool
count_homes(struct snapshot *s)
{
	for (size_t i = 0; i < s->n_elements; i++)
		if (!count_home(s, &s->elements[i]))
			return false;
	return true;
}

bool
snapshot_index(struct snapshot *s, const struct snapshot *before)
{
	struct rsp_cursor c =
	    rsp_cursor_over((struct rsp_span){ s->table.at, s->table.len });
	struct snapshot_element *e;
	struct rsp_span handle = { NULL, 0 }, whole;
	struct rsp_pe pe;
	size_t size = 0;

	while (rsp_next_table_pe(&c, &handle, &pe, &whole)) {
		if (s->n_elements == size) {
			size = size * 2 + 64;
			e = realloc(s->elements, size * sizeof(*e));
			if (e == NULL)
				return false;
			s->elements = e;
		}
		s->elements[s->n_elements++] =
		    (struct snapshot_element){ handle, whole, pe.id, pe.home,
			    RSP_NEVER };
	}
	if (s->n_elements > 0)
		finish(s);
	date(s, before);
	return count_homes(s);
}

const struct snapshot_home *
snapshot_home(const struct snapshot *s, uint32_t id)
{
	static const struct snapshot_home none = { .id = 0 };
	const struct snapshot_home *h = find_home(s, id);

	return h != NULL ? h : &none;
}

uint16_t
snapshot_checksum(const struct snapshot_home *h)
{
	return rsp_checksum_fold(h->sum);
}

bool
snapshot_pe(const struct snapshot_element *e, struct rsp_pe *pe)
{
	struct rsp_cursor c = rsp_cursor_over(e->pe);

	return rsp_next_pe(&c, pe, NULL);
}

void
snapshot_free(struct snapshot *s)
{
	free(s->servers.at);
	free(s->table.at);
	free(s->elements);
	free(s->homes);
	memset(s, 0, sizeof(*s));
}
