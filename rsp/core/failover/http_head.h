/* SPDX-License-Identifier: Apache-2.0 */
/* http_head.h - parser of message heads in HTTP/1.x: the fields that matter for
 * a move
 *
 * A head is read in pieces of any size.  Of each line as much is kept as a
 * field that matters can have.  The reading is strict (lines end in CR LF,
 * nothing is folded, lengths agree): a head that two readers could read
 * differently is BAD, and its connection is left alone.
 */
#ifndef RSP_HTTP_HEAD_H
#define RSP_HTTP_HEAD_H

#include <stdbool.h>

#include "rsp/core/base/span.h"

#define RSP_HTTP_LINE 512
#define RSP_HTTP_TAG 200 /* the longest validator that is kept */

enum rsp_http_head_state {
	RSP_HEAD_OPEN,
	RSP_HEAD_DONE, /* with its empty line */
	RSP_HEAD_BAD,
};

/* A field's value as it came; `n` beyond the array: too long to be kept. */
struct rsp_http_text {
	uint16_t n;
	char text[RSP_HTTP_TAG];
};

struct rsp_http_head {
	enum rsp_http_head_state state;
	bool request;
	bool cr;	/* the last byte was a CR */
	bool first;	/* the start line is still to come */
	uint16_t line;	/* bytes in `buffer` */
	bool cut;	/* the line is longer than the buffer */
	uint64_t bytes; /* of the head so far */

	/* From the start line. */
	uint16_t status;	 /* response */
	bool get, head, connect; /* request: the method */
	uint8_t minor;		 /* HTTP/1.minor */

	/* From the fields. */
	uint64_t length;
	bool has_length;
	bool chunked;
	bool other_coding; /* a transfer coding besides chunked */
	bool close, keep_alive, upgrade;
	bool trailer;		   /* announced */
	bool has_range, bad_range; /* Content-Range, or a request's Range */
	uint64_t range_first, range_last, range_total;
	struct rsp_http_text etag, modified, date, encoding, type;

	char buffer[RSP_HTTP_LINE];
};

void rsp_http_head_init(struct rsp_http_head *h, bool request);

/* Takes bytes up to the end of the head.  Returns how many. */
size_t rsp_http_head_add(struct rsp_http_head *h, const uint8_t *p, size_t n);

/* A strong validator: an entity tag without W/. */
bool rsp_http_is_strong(const struct rsp_http_text *etag);

/* "Sun, 06 Nov 1994 08:49:37 GMT" (one digit for the day will do) in seconds
 * since 1970; 0 for anything else. */
int64_t rsp_http_date(struct rsp_span text);
int64_t rsp_http_time(const struct rsp_http_text *date);

#endif
