/* SPDX-License-Identifier: Apache-2.0 */
/* response.c - answers to handle resolutions, and refusals of them */
#include "rsp/core/registry/response.h"

#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/registry_inner.h"

#define ALL_ITEMS 0xffffffff
/* The largest multiple of 4 that a length can say. */
#define ANSWER_MAX 65532

uint32_t
registry_items(const struct rsp_registry *r, const struct rsp_message *m)
{
	int64_t items = m->has_items ? m->items : 0;

	if (items == 0)
		items = r->config.default_items;
	return items >= ALL_ITEMS ? ALL_ITEMS : (uint32_t)items;
}

static void
put_handle(struct rsp_builder *b, struct rsp_span handle)
{
	size_t mark = rsp_open_param(b, RSP_PARAM_HANDLE);

	rsp_put_span(b, handle);
	rsp_close_param(b, mark);
}

/* As many of the list as fit; returns their number.  Parameters are multiples
 * of 4. */
static uint32_t
put_entries(const struct rsp_handlespace *space, struct rsp_builder *b)
{
	uint32_t i;

	for (i = 0; i < space->list.n; i++) {
		const struct rsp_entry *e = rsp_pool_listed(space, i);

		if (b->len + rsp_entry_len(e) > ANSWER_MAX)
			break;
		rsp_put_entry(b, e);
	}
	return i;
}

bool
registry_answer(struct rsp_registry *r, struct rsp_assoc *a,
    struct rsp_pool *pool, uint32_t items, uint8_t flags, bool selects)
{
	struct rsp_builder b;
	size_t mark;
	uint32_t n;

	rsp_pool_list(&r->space, pool, items, r->config.random, r->config.ctx);
	if (r->space.list.n == 0)
		return false;
	b = rsp_outbox_open(&r->outbox);
	mark = rsp_open_message(&b, RSP_ASAP_RESOLUTION_RESPONSE, flags);
	put_handle(&b, rsp_pool_handle(pool));
	/* RFC 5352 lets round robin go without; RSPLIB does not read that. */
	rsp_put_policy(&b, &pool->policy);
	n = put_entries(&r->space, &b);
	if (n == 0 && !b.overflow)
		return false; /* only beside a handle of 64 KiB */
	rsp_close_message(&b, mark);
	registry_sent(r, a, &b);
	if (selects)
		rsp_pool_selected(&r->space, pool, n);
	return true;
}

static void
put_refusal(struct rsp_registry *r, struct rsp_assoc *a, uint8_t flags,
    struct rsp_span handle, struct rsp_span causes)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_RESOLUTION_RESPONSE);
	m.flags = flags;
	m.handle = handle;
	m.has_error = true;
	m.causes = causes;
	registry_send(r, a, &m);
}

void
registry_refuse_handle(struct rsp_registry *r, struct rsp_assoc *a,
    uint8_t flags, struct rsp_span handle, uint16_t cause, uint16_t second)
{
	uint8_t room[16];
	struct rsp_builder causes = rsp_builder_into(room, sizeof(room));
	struct rsp_span none = { NULL, 0 };

	rsp_put_cause(&causes, cause, none);
	if (second != 0)
		rsp_put_cause(&causes, second, none);
	put_refusal(r, a, flags, handle, rsp_builder_span(&causes));
}

void
registry_refuse_resolution(struct rsp_registry *r, struct rsp_assoc *a,
    struct rsp_span handle, struct rsp_span causes)
{
	put_refusal(r, a, 0, handle, causes);
}
