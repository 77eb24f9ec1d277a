/* SPDX-License-Identifier: Apache-2.0 */
/* resp.c - counter of whole values in Redis's protocol.  A value is a line, a
 * line and so many bytes, or so many values. */
#include "rsp/core/failover/resp.h"

#include <string.h>

enum { TYPE, LINE, NUMBER, LINE_LF, NUMBER_LF, BYTES, BYTES_CR, BYTES_LF };

/* What follows the type. */
enum shape { NOTHING, TEXT, BLOB, VALUES, PAIRS };

static enum shape
shape_of(uint8_t type)
{
	switch (type) {
	case '+':
	case '-':
	case ':':
	case ',':
	case '(':
	case '#':
	case '_':
		return TEXT;
	case '$':
	case '=':
	case '!':
		return BLOB;
	case '*':
	case '~':
	case '>':
		return VALUES;
	case '%':
	case '|':
		return PAIRS;
	}
	return NOTHING;
}

bool
rsp_resp_may_begin(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	return n > 0 && p[0] == '*' && (n == 1 || (p[1] >= '1' && p[1] <= '9'));
}

void
rsp_resp_init(struct rsp_resp *r)
{
	memset(r, 0, sizeof(*r));
}

bool
rsp_resp_is_between(const struct rsp_resp *r)
{
	return r->state == TYPE && r->depth == 0 && !r->aside;
}

/* A value is whole, and so may be those that it is in.  An attribute stands
 * before the value that it belongs to.  Pushed values answer nothing. */
static void
end_value(struct rsp_resp *r)
{
	r->state = TYPE;
	while (r->depth > 0 && --r->left[r->depth - 1] == 0)
		r->depth--;
	if (r->depth > 0)
		return;
	if (!r->aside)
		r->count++;
	r->aside = false;
}

/* The line with a number is over. */
static void
begin_content(struct rsp_resp *r)
{
	bool pairs = shape_of(r->type) == PAIRS;
	uint64_t n = pairs ? r->number * 2 : r->number;

	if (!r->digit || (r->negative && r->number != 1))
		r->bad = true;
	else if (r->negative)
		end_value(r);
	else if (shape_of(r->type) == BLOB)
		r->state = n > 0 ? BYTES : BYTES_CR;
	else if (n == 0)
		end_value(r);
	else if (r->depth == RSP_RESP_DEPTH)
		r->bad = true;
	else {
		r->left[r->depth++] = n;
		r->state = TYPE;
	}
}

static void
begin_value(struct rsp_resp *r, uint8_t c)
{
	r->type = c;
	r->negative = r->digit = false;
	r->number = 0;
	r->state = shape_of(c) == TEXT ? LINE : NUMBER;
	/* within a value they would have to be counted in another way */
	if (shape_of(c) == NOTHING || ((c == '|' || c == '>') && r->depth > 0))
		r->bad = true;
	r->aside |= c == '|' || c == '>';
}

static void
number_byte(struct rsp_resp *r, uint8_t c)
{
	if (c == '\r')
		r->state = NUMBER_LF;
	else if (c == '-' && !r->digit && !r->negative)
		r->negative = true;
	else if (c >= '0' && c <= '9' && r->number < UINT32_MAX) {
		r->number = r->number * 10 + (uint64_t)(c - '0');
		r->digit = true;
	} else
		r->bad = true;
}

static void
expect(struct rsp_resp *r, uint8_t c, uint8_t wanted, uint8_t next)
{
	r->bad |= c != wanted;
	r->state = next;
}

static void
take_byte(struct rsp_resp *r, uint8_t c)
{
	switch (r->state) {
	case TYPE:
		begin_value(r, c);
		break;
	case LINE:
		if (c == '\r')
			r->state = LINE_LF;
		break;
	case NUMBER:
		number_byte(r, c);
		break;
	case LINE_LF:
	case BYTES_LF:
		expect(r, c, '\n', TYPE);
		end_value(r);
		break;
	case NUMBER_LF:
		expect(r, c, '\n', TYPE);
		begin_content(r);
		break;
	case BYTES_CR:
		expect(r, c, '\r', BYTES_LF);
		break;
	}
}

void
rsp_resp_add(struct rsp_resp *r, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	size_t some;

	for (; n > 0 && !r->bad; p += some, n -= some) {
		some = 1;
		if (r->state != BYTES) {
			take_byte(r, *p);
			continue;
		}
		some = n < r->number ? n : (size_t)r->number;
		r->number -= some;
		if (r->number == 0)
			r->state = BYTES_CR;
	}
}
