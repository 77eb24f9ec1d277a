/* SPDX-License-Identifier: Apache-2.0 */
/* cursor.h - bounds-checked reader of received messages
 *
 * A cursor keeps the first error that it meets, and is empty and reads zeros
 * from then on.  A decoder reads its fields in a straight line and looks at
 * `err` once, at the end.  Cursors borrow the buffer and may be copied.
 */
#ifndef RSP_CURSOR_H
#define RSP_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rsp/core/base/error.h"
#include "rsp/core/base/span.h"

struct rsp_builder;

struct rsp_cursor {
	const uint8_t *at;  /* next byte */
	size_t left;	    /* bytes from `at` to the end */
	enum rsp_error err; /* first error met; never cleared */
	/* Receives error causes for what is not recognized (param.h).  Cursors
	 * over parts inherit it.  NULL: no report is wanted. */
	struct rsp_builder *report;
};

struct rsp_cursor rsp_cursor_over(struct rsp_span bytes);

/* Keeps `err` if it is the first one, and empties the cursor. */
void rsp_cursor_fail(struct rsp_cursor *c, enum rsp_error err);

uint8_t rsp_get_u8(struct rsp_cursor *c);
uint16_t rsp_get_u16(struct rsp_cursor *c);
uint32_t rsp_get_u32(struct rsp_cursor *c);

/* `len` bytes, borrowed; empty on error. */
struct rsp_span rsp_get_span(struct rsp_cursor *c, size_t len);

/* All that is left. */
struct rsp_span rsp_get_rest(struct rsp_cursor *c);

/* Steps to the next parameter (RFC 5354 section 3) and bounds `value` to it;
 * `whole`, unless NULL, is the parameter with its header and without padding.
 * False at the end or on error, see c->err.  Error causes have the same shape
 * and are walked by the same function. */
bool rsp_next_param(struct rsp_cursor *c, uint16_t *type,
    struct rsp_cursor *value, struct rsp_span *whole);

#endif
