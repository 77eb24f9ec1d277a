/* SPDX-License-Identifier: Apache-2.0 */
/* http_world.h - web servers in memory, good ones and bad ones, that die
 *
 * A server answers the bytes of one request with the bytes of one response, in
 * one of many ways.  What it serves is known, so a test can say what a program
 * must have received.
 */
#ifndef RSP_HTTP_WORLD_H
#define RSP_HTTP_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum world_lie {
	LIE_NONE,
	LIE_CONTENT,	 /* other bytes under the same validators */
	LIE_VALIDATORS,	 /* other bytes and validators */
	LIE_SHORT,	 /* a shorter file, with its own validators */
	LIE_STATUS,	 /* 404, 500, 302, 304, 101, with a body */
	LIE_RANGE_FIRST, /* Content-Range begins elsewhere */
	LIE_RANGE_TOTAL,
	LIE_RANGE_LAST,
	LIE_NO_RANGE, /* 206 without Content-Range */
	LIE_ENCODING,
	LIE_HEAD,      /* not HTTP */
	LIE_EARLY_END, /* the last chunk comes early */
	LIE_LATE_END,  /* bytes behind the end */
	LIE_COUNT,
};

enum world_framing { FRAME_LENGTH, FRAME_CHUNKED, FRAME_CLOSE };

struct world_server {
	enum world_lie lie;
	enum world_framing framing;
	bool old;				 /* HTTP/1.0 */
	bool ranges;				 /* honours Range */
	bool conditions;			 /* honours If-Range */
	bool etag, weak, inode, modified, young; /* its validators */
	bool close;				 /* Connection: close */
	unsigned interim;			 /* 1xx responses before */
	unsigned chunk;				 /* greatest chunk */
	uint64_t seed; /* of chunk sizes; an inode's number */
};

struct world_reply {
	uint8_t *bytes;
	size_t len;
	size_t head; /* of len: interim responses and the head */
};

uint64_t world_random(uint64_t *state);
static inline uint64_t
world_below(uint64_t *state, uint64_t n)
{
	return world_random(state) % n;
}

/* The object's length and its bytes. */
size_t world_length(unsigned object);
uint8_t world_byte(unsigned object, size_t at);

/* Does it have less or more, and validators of its own for that? */
bool world_is_other_size(const struct world_server *s);

/* Does a client tell their objects apart: by a validator that differs, or that
 * is missing where nobody has vouched for them? */
bool world_tells_apart(const struct world_server *a,
    const struct world_server *b, bool vouched);

void world_server(struct world_server *s, uint64_t *random, bool honest);

/* The answer to "GET /OBJECT HTTP/1.x" or HEAD; the caller frees its bytes. */
void world_answer(const struct world_server *s, const char *request,
    struct world_reply *reply);

/* What a program makes of a response: reads past interim responses, the head
 * and the body. */
struct world_response {
	size_t head_at, head_len; /* of the final response; 0: not complete */
	uint8_t *body;		  /* of the caller's, as large as the input */
	size_t body_len;
	bool complete, close;
};

/* `ended`: no more bytes will come. */
void world_read(const uint8_t *bytes, size_t n, bool is_head, bool ended,
    struct world_response *r);

#endif
