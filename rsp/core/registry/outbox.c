/* SPDX-License-Identifier: Apache-2.0 */
/* outbox.c - items and bytes grow apart, so items have offsets, not spans */
#include "rsp/core/registry/outbox.h"

#include <stdlib.h>

#include "rsp/core/registry/registry_inner.h"

#define MESSAGE_ROOM (RSP_MESSAGE_MAX + 1)
#define LEAST_ITEMS 16
#define KEEP_ROOM ((size_t)1 << 20) /* more is given back when empty */
#define PARAM_HEADER 4

struct rsp_outbox_item {
	struct rsp_out out;
	bool forgotten;
	size_t at; /* SEND: bytes; EVENT: handle, then parameter */
	size_t handle_len, len;
};

void
rsp_outbox_fini(struct rsp_outbox *o)
{
	free(o->items);
	free(o->bytes);
	o->items = NULL;
	o->bytes = NULL;
	o->n = o->size = o->next = o->len = o->room = 0;
}

static bool
reserve_item(struct rsp_outbox *o)
{
	size_t size = o->size == 0 ? LEAST_ITEMS : o->size * 2;
	struct rsp_outbox_item *items;

	if (o->n < o->size)
		return true;
	items = realloc(o->items, size * sizeof(*items));
	if (items == NULL)
		return false;
	o->items = items;
	o->size = size;
	return true;
}

static bool
reserve_bytes(struct rsp_outbox *o, size_t len)
{
	size_t room = o->room * 2;
	uint8_t *bytes;

	if (len <= o->room - o->len)
		return true;
	if (room < o->len + len)
		room = o->len + len;
	bytes = realloc(o->bytes, room);
	if (bytes == NULL)
		return false;
	o->bytes = bytes;
	o->room = room;
	return true;
}

struct rsp_builder
rsp_outbox_open(struct rsp_outbox *o)
{
	if (!reserve_item(o) || !reserve_bytes(o, MESSAGE_ROOM))
		return rsp_builder_into(NULL, 0);
	return rsp_builder_into(o->bytes + o->len, MESSAGE_ROOM);
}

bool
rsp_outbox_send(struct rsp_outbox *o, const struct rsp_builder *b,
    struct rsp_assoc *to)
{
	if (b->overflow)
		return false;
	o->items[o->n++] = (struct rsp_outbox_item){
		.out = { .kind = RSP_OUT_SEND, .assoc = to },
		.at = o->len,
		.len = b->len,
	};
	o->len += b->len;
	return true;
}

bool
rsp_outbox_event(struct rsp_outbox *o, const struct rsp_out *event,
    struct rsp_span param)
{
	struct rsp_span handle = event->handle;
	uint8_t *to;

	/* Of an empty handle, too, there is an address. */
	if (!reserve_item(o) || !reserve_bytes(o, handle.len + param.len + 1))
		return false;
	to = o->bytes + o->len;
	if (handle.len > 0)
		memcpy(to, handle.at, handle.len);
	if (param.len > 0)
		memcpy(to + handle.len, param.at, param.len);
	o->items[o->n++] = (struct rsp_outbox_item){
		.out = *event,
		.at = o->len,
		.handle_len = handle.len,
		.len = param.len,
	};
	o->len += handle.len + param.len;
	return true;
}

bool
rsp_outbox_connect(struct rsp_outbox *o, const struct rsp_out *connect,
    const struct rsp_transport *transport)
{
	struct rsp_builder b = rsp_outbox_open(o);

	if (transport != NULL)
		rsp_put_transport(&b, transport);
	if (b.overflow || b.start == NULL)
		return false;
	o->items[o->n++] = (struct rsp_outbox_item){
		.out = *connect,
		.at = o->len,
		.len = b.len,
	};
	o->len += b.len;
	return true;
}

bool
rsp_outbox_announce(struct rsp_outbox *o, const struct rsp_builder *b,
    enum rsp_protocol protocol)
{
	if (!rsp_outbox_send(o, b, NULL))
		return false;
	o->items[o->n - 1].out.kind = RSP_OUT_ANNOUNCE;
	o->items[o->n - 1].out.protocol = protocol;
	return true;
}

/* Empty: from the start again. */
static void
rewind_all(struct rsp_outbox *o)
{
	o->n = o->next = o->len = 0;
	if (o->room <= KEEP_ROOM)
		return;
	free(o->bytes);
	o->bytes = NULL;
	o->room = 0;
}

static void
take_event(struct rsp_outbox *o, const struct rsp_outbox_item *item,
    struct rsp_out *out)
{
	const uint8_t *handle = o->bytes + item->at;
	struct rsp_cursor c;

	out->handle = (struct rsp_span){ handle, item->handle_len };
	out->pe = NULL;
	if (item->len == 0)
		return;
	c = rsp_cursor_over(
	    (struct rsp_span){ handle + item->handle_len, item->len });
	rsp_get_span(&c, PARAM_HEADER);
	rsp_get_pe(&c, &o->pe);
	out->pe = &o->pe;
}

static void
take_connect(struct rsp_outbox *o, const struct rsp_outbox_item *item,
    struct rsp_out *out)
{
	struct rsp_span bytes = { o->bytes + item->at, item->len };
	struct rsp_cursor c = rsp_cursor_over(bytes), value;
	uint16_t type;

	out->transport = NULL;
	if (!rsp_next_param(&c, &type, &value, NULL))
		return;
	rsp_get_transport(&value, type, &o->transport);
	out->transport = &o->transport;
}

bool
rsp_outbox_next(struct rsp_outbox *o, struct rsp_out *out)
{
	const struct rsp_outbox_item *item;

	while (o->next < o->n && o->items[o->next].forgotten)
		o->next++;
	if (o->next == o->n) {
		rewind_all(o);
		return false;
	}
	item = &o->items[o->next++];
	*out = item->out;
	if (out->kind == RSP_OUT_CONNECT)
		take_connect(o, item, out);
	else if (out->kind == RSP_OUT_EVENT)
		take_event(o, item, out);
	else
		out->bytes =
		    (struct rsp_span){ o->bytes + item->at, item->len };
	return true;
}

void
rsp_outbox_forget(struct rsp_outbox *o, const struct rsp_assoc *a)
{
	for (size_t i = o->next; i < o->n; i++) {
		struct rsp_outbox_item *item = &o->items[i];

		if (item->out.assoc != a || a == NULL)
			continue;
		item->forgotten = item->out.kind == RSP_OUT_SEND;
		item->out.assoc = NULL;
	}
}
