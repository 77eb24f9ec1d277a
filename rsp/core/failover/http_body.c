/* SPDX-License-Identifier: Apache-2.0 */
/* http_body.c - parser of message bodies in HTTP/1.x: framing byte by byte,
 * data in one step */
#include "rsp/core/failover/http_body.h"

void
rsp_http_body_none(struct rsp_http_body *b)
{
	*b = (struct rsp_http_body){ .state = RSP_BODY_DONE };
}

void
rsp_http_body_length(struct rsp_http_body *b, uint64_t length)
{
	b->left = length;
	b->state = length == 0 ? RSP_BODY_DONE : RSP_BODY_DATA;
	b->chunked = false;
}

void
rsp_http_body_chunked(struct rsp_http_body *b)
{
	*b = (struct rsp_http_body){ .state = RSP_BODY_SIZE_FIRST,
		.chunked = true };
}

void
rsp_http_body_until_close(struct rsp_http_body *b)
{
	*b = (struct rsp_http_body){ .state = RSP_BODY_CLOSE };
}

static int
digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* A byte within the line with a chunk's size. */
static enum rsp_http_body_state
size_byte(struct rsp_http_body *b, uint8_t c)
{
	int d = digit(c);

	if (d >= 0 && b->left <= INT64_MAX >> 4) {
		b->left = b->left << 4 | (uint64_t)d;
		return RSP_BODY_SIZE;
	}
	if (b->state == RSP_BODY_SIZE_FIRST || d >= 0)
		return RSP_BODY_BAD;
	if (c == '\r')
		return RSP_BODY_SIZE_LF;
	return c == ';' || c == ' ' || c == '\t' ? RSP_BODY_EXTENSION
						 : RSP_BODY_BAD;
}

static enum rsp_http_body_state
expect(uint8_t c, uint8_t wanted, enum rsp_http_body_state next)
{
	return c == wanted ? next : RSP_BODY_BAD;
}

/* A byte of something that ends with a CR. */
static enum rsp_http_body_state
until_cr(uint8_t c, enum rsp_http_body_state now, enum rsp_http_body_state next)
{
	if (c == '\n')
		return RSP_BODY_BAD;
	return c == '\r' ? next : now;
}

static enum rsp_http_body_state
frame_byte(struct rsp_http_body *b, uint8_t c)
{
	switch (b->state) {
	case RSP_BODY_CHUNK_CR:
		return expect(c, '\r', RSP_BODY_CHUNK_LF);
	case RSP_BODY_CHUNK_LF:
		b->left = 0;
		return expect(c, '\n', RSP_BODY_SIZE_FIRST);
	case RSP_BODY_SIZE_FIRST:
	case RSP_BODY_SIZE:
		return size_byte(b, c);
	case RSP_BODY_EXTENSION:
		return until_cr(c, RSP_BODY_EXTENSION, RSP_BODY_SIZE_LF);
	case RSP_BODY_SIZE_LF:
		return expect(c, '\n',
		    b->left > 0 ? RSP_BODY_DATA : RSP_BODY_LINE);
	case RSP_BODY_LINE:
		return until_cr(c, RSP_BODY_TRAILER, RSP_BODY_LAST_LF);
	case RSP_BODY_TRAILER:
		return until_cr(c, RSP_BODY_TRAILER, RSP_BODY_TRAILER_LF);
	case RSP_BODY_TRAILER_LF:
		return expect(c, '\n', RSP_BODY_LINE);
	case RSP_BODY_LAST_LF:
		return expect(c, '\n', RSP_BODY_DONE);
	case RSP_BODY_DONE:
	case RSP_BODY_DATA:
	case RSP_BODY_CLOSE:
	case RSP_BODY_BAD:
		break;
	}
	return b->state;
}

static bool
in_frame(const struct rsp_http_body *b)
{
	return b->state != RSP_BODY_DONE && b->state != RSP_BODY_DATA &&
	       b->state != RSP_BODY_CLOSE && b->state != RSP_BODY_BAD;
}

size_t
rsp_http_body_frame(struct rsp_http_body *b, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && in_frame(b); i++)
		b->state = frame_byte(b, p[i]);
	return i;
}

void
rsp_http_body_data(struct rsp_http_body *b, uint64_t n)
{
	if (b->state == RSP_BODY_CLOSE)
		return;
	b->left -= n;
	if (b->left == 0)
		b->state = b->chunked ? RSP_BODY_CHUNK_CR : RSP_BODY_DONE;
}
