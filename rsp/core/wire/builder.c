/* SPDX-License-Identifier: Apache-2.0 */
/* builder.c - bounds-checked writer of messages and parameters.  room() is the
 * only function that grows what was written. */
#include "rsp/core/wire/builder.h"

#define LENGTH_AT 2 /* of the length field in parameters and messages */

struct rsp_builder
rsp_builder_into(void *buffer, size_t size)
{
	return (struct rsp_builder){ .start = buffer, .size = size };
}

/* `len` bytes to be filled in by the caller; NULL when they do not fit. */
static uint8_t *
room(struct rsp_builder *b, size_t len)
{
	uint8_t *p;

	if (b->overflow || len > b->size - b->len) {
		b->overflow = true;
		return NULL;
	}
	p = b->start + b->len;
	b->len += len;
	return p;
}

static void
store_u16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void
rsp_put_u8(struct rsp_builder *b, uint8_t v)
{
	uint8_t *p = room(b, 1);

	if (p != NULL)
		*p = v;
}

void
rsp_put_u16(struct rsp_builder *b, uint16_t v)
{
	uint8_t *p = room(b, 2);

	if (p != NULL)
		store_u16(p, v);
}

void
rsp_put_u32(struct rsp_builder *b, uint32_t v)
{
	uint8_t *p = room(b, 4);

	if (p != NULL) {
		store_u16(p, v >> 16);
		store_u16(p + 2, v & 0xffff);
	}
}

void
rsp_put_span(struct rsp_builder *b, struct rsp_span bytes)
{
	uint8_t *p;

	if (bytes.len == 0)
		return;
	p = room(b, bytes.len);
	if (p != NULL)
		memcpy(p, bytes.at, bytes.len);
}

void
rsp_put_padding(struct rsp_builder *b)
{
	while (!b->overflow && b->len % 4 != 0)
		rsp_put_u8(b, 0);
}

size_t
rsp_open_param(struct rsp_builder *b, uint16_t type)
{
	uint8_t *p;

	rsp_put_padding(b);
	p = room(b, 4);
	if (p == NULL)
		return b->len;
	store_u16(p, type);
	return b->len - 4;
}

void
rsp_close_param(struct rsp_builder *b, size_t mark)
{
	size_t len = b->len - mark;

	if (len > UINT16_MAX)
		b->overflow = true;
	if (!b->overflow)
		store_u16(b->start + mark + LENGTH_AT, len);
}

size_t
rsp_open_message(struct rsp_builder *b, uint8_t type, uint8_t flags)
{
	return rsp_open_param(b, (uint16_t)(type << 8 | flags));
}

void
rsp_close_message(struct rsp_builder *b, size_t mark)
{
	rsp_close_param(b, mark);
	rsp_put_padding(b);
}

struct rsp_span
rsp_builder_span(const struct rsp_builder *b)
{
	if (b->overflow || b->len == 0)
		return (struct rsp_span){ NULL, 0 };
	return (struct rsp_span){ b->start, b->len };
}
