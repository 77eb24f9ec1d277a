/* SPDX-License-Identifier: Apache-2.0 */
/* http_body.h - parser of message bodies in HTTP/1.x: where a body ends (RFC
 * 9112, 6 and 7)
 *
 * A body is runs of data with framing around them.  Its reader takes framing
 * with rsp_http_body_frame() and data, of which `left` bytes lie ahead, with
 * rsp_http_body_data().  Both take the bytes in pieces of any size.  A body of
 * a known length is one run without framing.
 */
#ifndef RSP_HTTP_BODY_H
#define RSP_HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rsp_http_body_state {
	RSP_BODY_DONE,	   /* at its end */
	RSP_BODY_DATA,	   /* `left` bytes of data */
	RSP_BODY_CLOSE,	   /* data until the connection ends */
	RSP_BODY_CHUNK_CR, /* behind a chunk's data */
	RSP_BODY_CHUNK_LF,
	RSP_BODY_SIZE_FIRST, /* before the first digit of a chunk's size */
	RSP_BODY_SIZE,	     /* behind one */
	RSP_BODY_EXTENSION,
	RSP_BODY_SIZE_LF,
	RSP_BODY_LINE, /* at the start of a line of the trailer */
	RSP_BODY_TRAILER,
	RSP_BODY_TRAILER_LF,
	RSP_BODY_LAST_LF,
	RSP_BODY_BAD, /* no such framing */
};

struct rsp_http_body {
	uint64_t left; /* DATA: bytes; SIZE and SIZE_LF: the size so far */
	enum rsp_http_body_state state;
	bool chunked;
};

void rsp_http_body_none(struct rsp_http_body *b);
void rsp_http_body_length(struct rsp_http_body *b, uint64_t length);
void rsp_http_body_chunked(struct rsp_http_body *b);
void rsp_http_body_until_close(struct rsp_http_body *b);

/* Takes framing, up to the next data or the end.  Returns how many bytes it
 * was. */
size_t rsp_http_body_frame(struct rsp_http_body *b, const uint8_t *p, size_t n);

/* Takes n bytes of data, at most `left`. */
void rsp_http_body_data(struct rsp_http_body *b, uint64_t n);

#endif
