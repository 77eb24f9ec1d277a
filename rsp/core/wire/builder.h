/* SPDX-License-Identifier: Apache-2.0 */
/* builder.h - bounds-checked writer of messages and parameters
 *
 * It writes into the caller's buffer.  What does not fit is not written at all
 * and sets `overflow`, which sticks: look at it once, at the end.  Pairs of
 * open and close fill in lengths and write the padding.  Pairs nest.
 */
#ifndef RSP_BUILDER_H
#define RSP_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rsp/core/base/span.h"

struct rsp_builder {
	uint8_t *start;
	size_t len;  /* bytes written */
	size_t size; /* bytes there are */
	bool overflow;
};

struct rsp_builder rsp_builder_into(void *buffer, size_t size);

void rsp_put_u8(struct rsp_builder *b, uint8_t v);
void rsp_put_u16(struct rsp_builder *b, uint16_t v);
void rsp_put_u32(struct rsp_builder *b, uint32_t v);
void rsp_put_span(struct rsp_builder *b, struct rsp_span bytes);

/* Zeros up to the next multiple of 4 from the start of the buffer. */
void rsp_put_padding(struct rsp_builder *b);

/* A parameter or error cause (type, length, value) or a message (type, flags,
 * length, value).  `open` pads what stands before and returns a mark for
 * `close`, which fills in the length.  So padding is counted between nested
 * parameters and not after the last, as RFC 5354 section 2 wants it.  Closing a
 * message pads it; rsp_put_padding() pads a parameter on its own.  A length
 * over 65535 is an overflow. */
size_t rsp_open_param(struct rsp_builder *b, uint16_t type);
void rsp_close_param(struct rsp_builder *b, size_t mark);
size_t rsp_open_message(struct rsp_builder *b, uint8_t type, uint8_t flags);
void rsp_close_message(struct rsp_builder *b, size_t mark);

/* What was written so far; empty after an overflow. */
struct rsp_span rsp_builder_span(const struct rsp_builder *b);

#endif
