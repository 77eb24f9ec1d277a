/* SPDX-License-Identifier: Apache-2.0 */
/* cursor.c - bounds-checked reader of received messages.  split() is the only
 * function that moves a cursor, so there is one bounds check to review. */
#include "rsp/core/wire/cursor.h"

#define PARAM_HEADER 4

struct rsp_cursor
rsp_cursor_over(struct rsp_span bytes)
{
	return (struct rsp_cursor){ .at = bytes.at, .left = bytes.len };
}

void
rsp_cursor_fail(struct rsp_cursor *c, enum rsp_error err)
{
	if (c->err == RSP_OK)
		c->err = err;
	c->left = 0;
}

static struct rsp_cursor
split(struct rsp_cursor *c, size_t len)
{
	struct rsp_cursor head = { c->at, len, RSP_OK, c->report };

	if (len > c->left)
		rsp_cursor_fail(c, RSP_ETRUNC);
	if (c->err != RSP_OK)
		return (struct rsp_cursor){ .err = c->err };
	if (len > 0)
		c->at += len;
	c->left -= len;
	return head;
}

uint8_t
rsp_get_u8(struct rsp_cursor *c)
{
	const uint8_t *p = split(c, 1).at;

	return p == NULL ? 0 : p[0];
}

uint16_t
rsp_get_u16(struct rsp_cursor *c)
{
	const uint8_t *p = split(c, 2).at;

	return p == NULL ? 0 : (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

uint32_t
rsp_get_u32(struct rsp_cursor *c)
{
	const uint8_t *p = split(c, 4).at;

	if (p == NULL)
		return 0;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

struct rsp_span
rsp_get_span(struct rsp_cursor *c, size_t len)
{
	struct rsp_cursor head = split(c, len);

	return (struct rsp_span){ head.at, head.left };
}

struct rsp_span
rsp_get_rest(struct rsp_cursor *c)
{
	return rsp_get_span(c, c->left);
}

bool
rsp_next_param(struct rsp_cursor *c, uint16_t *type, struct rsp_cursor *value,
    struct rsp_span *whole)
{
	const uint8_t *start = c->at;
	size_t len, pad;

	*type = 0;
	*value = (struct rsp_cursor){ .err = c->err };
	if (whole != NULL)
		*whole = (struct rsp_span){ NULL, 0 };
	if (c->left == 0)
		return false;
	*type = rsp_get_u16(c);
	len = rsp_get_u16(c); /* counts the header, not the padding */
	if (len < PARAM_HEADER) {
		rsp_cursor_fail(c, RSP_EMALFORMED);
		len = PARAM_HEADER;
	}
	*value = split(c, len - PARAM_HEADER);
	pad = -len % 4; /* tolerate a message that ends before its pad */
	split(c, pad < c->left ? pad : c->left);
	if (c->err != RSP_OK)
		return false;
	if (whole != NULL)
		*whole = (struct rsp_span){ start, len };
	return true;
}
