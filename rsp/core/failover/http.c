/* SPDX-License-Identifier: Apache-2.0 */
/* http.c - observer of an HTTP connection: what it knows of requests and
 * responses, and whether the connection may move
 *
 * Exchanges come one after the other: the request is kept as it is sent, the
 * response is read as it is delivered.  In the middle of a body that is a
 * counter and a hash.  The delivered bytes alone tell what a response looks
 * like to the program.  So it does not matter how many servers they came from,
 * nor which server's framing they have: a move changes nothing here.
 *
 * Anything unclear ends the following for good: pipelined requests, bytes that
 * nobody asked for, heads that do not pass a strict reading.
 */
#include "rsp/core/failover/http.h"

#include "rsp/core/failover/http_inner.h"
#include "rsp/core/failover/http_proof.h"

/* The state before a request.  Clients repeat themselves: the last request, if
 * it was a head and no more, stays for rsp_http_sent() to compare. */
static void
start_exchange(struct rsp_http *h)
{
	h->again = h->sent && h->whole && h->kept == h->head_len &&
			   (h->ask.get || h->ask.head)
		       ? h->kept
		       : 0;
	h->kept = h->head_len = 0;
	h->whole = true;
	h->asked = h->sent = h->interim = false;
	if (h->again == 0)
		rsp_http_head_init(&h->ask, true);
	rsp_http_head_init(&h->view, false);
	rsp_http_body_none(&h->ask_body);
	rsp_http_body_none(&h->body);
}

bool
rsp_http_may_begin(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	size_t i;

	for (i = 0; i < n && i < 16; i++)
		if (p[i] < 'A' || p[i] > 'Z')
			return i > 0 && p[i] == ' ';
	return i > 0 && i < 16;
}

/* A line up to its LF, with the version at its end? */
static bool
ends_with_version(const uint8_t *line, size_t n)
{
	return n > 11 && memcmp(line + n - 10, " HTTP/1.", 8) == 0;
}

enum rsp_http_begins
rsp_http_begins(const void *bytes, size_t n)
{
	const uint8_t *lf = n == 0 ? NULL : memchr(bytes, '\n', n);

	if (n > 0 && !rsp_http_may_begin(bytes, n))
		return RSP_HTTP_BEGINS_NOT;
	if (lf == NULL)
		return RSP_HTTP_UNCLEAR;
	return lf[-1] == '\r' && ends_with_version(bytes,
				     (size_t)(lf - (const uint8_t *)bytes))
		   ? RSP_HTTP_BEGINS
		   : RSP_HTTP_BEGINS_NOT;
}

void
rsp_http_init(struct rsp_http *h, void *room, size_t size)
{
	memset(h, 0, offsetof(struct rsp_http, ask));
	h->room = room;
	h->room_size = size;
	h->base = 0;
	rsp_digest_init(&h->digest);
	h->source = RSP_SOURCE_PLAIN;
	h->inject_at = h->inject_len = h->inject_take = 0;
	h->out_at = h->out_run = h->extra_at = h->extra_len = 0;
	h->verbatim = true;
	start_exchange(h);
}

void
rsp_http_vouch(struct rsp_http *h)
{
	h->vouched = true;
}

/* No move from here on.  A move that has begun is still finished. */
static void
give_up(struct rsp_http *h)
{
	h->stay = true;
	if (h->source == RSP_SOURCE_PLAIN || h->source == RSP_SOURCE_END)
		h->lost = true;
}

void
rsp_http_lose(void *of)
{
	struct rsp_http *h = of;

	h->stay = h->lost = true;
}

bool
rsp_http_is_over(const void *of)
{
	const struct rsp_http *h = of;

	return (h->lost || h->closing) && !rsp_http_is_moving(h);
}

/* The request. */

static void
keep(struct rsp_http *h, const uint8_t *p, size_t n)
{
	if (!h->whole || n > h->room_size - h->kept) {
		h->whole = false;
		return;
	}
	memcpy(h->room + h->kept, p, n);
	h->kept += n;
}

/* The parser of lines has not seen the end of a long target. */
static bool
has_version(const struct rsp_http *h)
{
	const uint8_t *lf = memchr(h->room, '\n', h->kept);

	return lf != NULL && ends_with_version(h->room, (size_t)(lf - h->room));
}

/* The head of the request is complete. */
static bool
begin_request_body(struct rsp_http *h)
{
	if (!h->whole || h->ask.connect || h->ask.other_coding ||
	    (h->ask.chunked && h->ask.has_length) || !has_version(h))
		return false;
	h->head_len = h->kept;
	if (h->ask.chunked)
		rsp_http_body_chunked(&h->ask_body);
	else
		rsp_http_body_length(&h->ask_body, h->ask.length);
	return true;
}

/* A part of the request, of one kind; 0: this is no request. */
static size_t
ask_some(struct rsp_http *h, const uint8_t *p, size_t n)
{
	size_t used;

	if (h->ask.state == RSP_HEAD_OPEN) {
		used = rsp_http_head_add(&h->ask, p, n);
		keep(h, p, used);
		if (h->ask.state == RSP_HEAD_BAD || !h->whole)
			return 0;
		if (h->ask.state == RSP_HEAD_DONE && !begin_request_body(h))
			return 0;
		return used;
	}
	if (h->ask_body.state == RSP_BODY_DATA) {
		used = n < h->ask_body.left ? n : (size_t)h->ask_body.left;
		rsp_http_body_data(&h->ask_body, used);
	} else {
		used = rsp_http_body_frame(&h->ask_body, p, n);
		if (h->ask_body.state == RSP_BODY_BAD)
			return 0;
	}
	if (h->ask.get || h->ask.head)
		keep(h, p, used);
	return used;
}

/* The first bytes of a request.  True: it is the last request again, all of
 * it. */
static bool
is_said_again(struct rsp_http *h, const uint8_t *p, size_t n)
{
	bool same = n == h->again && memcmp(p, h->room, n) == 0;

	h->again = 0;
	if (!same) {
		rsp_http_head_init(&h->ask, true);
		return false;
	}
	h->kept = h->head_len = n;
	h->asked = h->sent = true;
	return true;
}

void
rsp_http_sent(void *of, const void *bytes, size_t n)
{
	struct rsp_http *h = of;
	const uint8_t *p = bytes;
	size_t used;

	if (h->again > 0 && n > 0 && !h->stay && !h->closing &&
	    is_said_again(h, p, n))
		return;
	for (; n > 0 && !h->stay; p += used, n -= used) {
		if (h->sent || h->closing) { /* pipelined, or too late */
			give_up(h);
			return;
		}
		h->asked = true;
		used = ask_some(h, p, n);
		if (used == 0) {
			give_up(h);
			return;
		}
		h->sent = h->ask.state == RSP_HEAD_DONE &&
			  h->ask_body.state == RSP_BODY_DONE;
	}
}

/* The response. */

bool
rsp_http_is_clear(const struct rsp_http_head *head)
{
	return !head->other_coding &&
	       !(head->chunked && (head->has_length || head->minor == 0));
}

bool
rsp_http_persists(const struct rsp_http *h)
{
	return !h->ask.close && !h->view.close &&
	       (h->view.keep_alive || (h->view.minor > 0 && h->ask.minor > 0));
}

/* RFC 9112, 6.3 */
static void
begin_body(struct rsp_http *h)
{
	const struct rsp_http_head *v = &h->view;

	rsp_digest_init(&h->digest);
	h->base = v->status == 206 ? v->range_first : 0;
	if (h->ask.head || v->status == 204 || v->status == 304)
		rsp_http_body_none(&h->body);
	else if (v->chunked)
		rsp_http_body_chunked(&h->body);
	else if (v->has_length)
		rsp_http_body_length(&h->body, v->length);
	else
		rsp_http_body_until_close(&h->body);
}

/* The head of a response is complete.  False: it is nothing that can be
 * followed. */
static bool
take_head(struct rsp_http *h)
{
	if (h->view.status == 101)
		return false;
	if (h->view.status < 200) {
		h->interim = true;
		rsp_http_head_init(&h->view, false);
		return true;
	}
	if (!rsp_http_is_clear(&h->view))
		return false;
	begin_body(h);
	return true;
}

static void
end_exchange(struct rsp_http *h)
{
	h->closing = !rsp_http_persists(h);
	if (!h->sent) /* an early answer: where does the request end? */
		h->stay = true;
	rsp_http_source_over(h);
	if (h->stay && h->source == RSP_SOURCE_PLAIN)
		h->lost = true;
	if (!h->closing)
		start_exchange(h);
}

/* A part of the response, of one kind; 0: this is none. */
static size_t
deliver_some(struct rsp_http *h, const uint8_t *p, size_t n)
{
	size_t used;

	if (!h->asked || h->closing)
		return 0;
	if (h->view.state == RSP_HEAD_OPEN) {
		used = rsp_http_head_add(&h->view, p, n);
		if (h->view.state == RSP_HEAD_BAD ||
		    (h->view.state == RSP_HEAD_DONE && !take_head(h)))
			return 0;
		return used;
	}
	if (h->body.state == RSP_BODY_CLOSE)
		return n;
	if (h->body.state == RSP_BODY_DATA) {
		used = n < h->body.left ? n : (size_t)h->body.left;
		rsp_trail_add(&h->trail, &h->digest, p, used);
		rsp_http_body_data(&h->body, used);
		return used;
	}
	used = rsp_http_body_frame(&h->body, p, n);
	return h->body.state == RSP_BODY_BAD ? 0 : used;
}

void
rsp_http_deliver(struct rsp_http *h, const uint8_t *p, size_t n)
{
	size_t used;

	for (; n > 0 && !h->lost; p += used, n -= used) {
		used = deliver_some(h, p, n);
		if (used == 0) {
			rsp_http_lose(h);
			return;
		}
		if (h->view.state == RSP_HEAD_DONE &&
		    h->body.state == RSP_BODY_DONE)
			end_exchange(h);
	}
}

uint64_t
rsp_http_delivered(const void *of)
{
	const struct rsp_http *h = of;

	return h->view.state == RSP_HEAD_DONE ? h->digest.at : 0;
}

/* The move. */

static bool
is_kept(const struct rsp_http_text *t)
{
	return t->n <= sizeof(t->text);
}

/* Could another server's content be known to be the same?  By a validator, by
 * the administrator's word, and by a byte at least of what the program has.
 * For chunks that never end nobody knows what has been missed. */
static bool
is_provable(const struct rsp_http *h)
{
	const struct rsp_http_head *v = &h->view;

	if (h->digest.at == 0 || !is_kept(&v->etag) || !is_kept(&v->modified) ||
	    !is_kept(&v->encoding) || !is_kept(&v->type) ||
	    (v->chunked && rsp_http_is_endless(v)))
		return false;
	return h->vouched || rsp_http_has_proof(v);
}

/* Can the rest of the body be had elsewhere?  Not behind the last chunk, nor in
 * the middle of what a chunk's line says besides its size. */
static bool
can_resume(const struct rsp_http *h)
{
	const struct rsp_http_head *v = &h->view;

	if (!h->ask.get || !h->sent || !h->whole || v->trailer ||
	    !is_provable(h))
		return false;
	if (v->status != 200 &&
	    (v->status != 206 || !v->has_range || v->bad_range))
		return false;
	switch (h->body.state) {
	case RSP_BODY_DATA:
	case RSP_BODY_CHUNK_CR:
	case RSP_BODY_CHUNK_LF:
	case RSP_BODY_SIZE_FIRST:
	case RSP_BODY_SIZE:
		return true;
	case RSP_BODY_SIZE_LF:
		return h->body.left > 0;
	case RSP_BODY_DONE:
	case RSP_BODY_CLOSE:
	case RSP_BODY_EXTENSION:
	case RSP_BODY_LINE:
	case RSP_BODY_TRAILER:
	case RSP_BODY_TRAILER_LF:
	case RSP_BODY_LAST_LF:
	case RSP_BODY_BAD:
		break;
	}
	return false;
}

enum rsp_repeat
rsp_http_may_move(const struct rsp_http *h)
{
	if (h->stay || h->closing)
		return RSP_REPEAT_STAY;
	if (!h->asked)
		return RSP_REPEAT_IDLE;
	if (h->view.state == RSP_HEAD_DONE)
		return can_resume(h) ? RSP_REPEAT_RESUME : RSP_REPEAT_STAY;
	if (h->view.bytes == 0 && !h->ask.first && h->whole &&
	    (h->ask.get || h->ask.head))
		return RSP_REPEAT_REQUEST;
	return RSP_REPEAT_STAY;
}

bool
rsp_http_is_waiting(const void *of)
{
	const struct rsp_http *h = of;

	if (h->source == RSP_SOURCE_FIRST || h->source == RSP_SOURCE_HEAD)
		return true;
	return h->sent && rsp_http_may_move(h) == RSP_REPEAT_REQUEST;
}

bool
rsp_http_is_moving(const void *of)
{
	const struct rsp_http *h = of;

	return h->source != RSP_SOURCE_PLAIN || h->inject_len > 0;
}

void
rsp_http_source_over(struct rsp_http *h)
{
	if (h->source != RSP_SOURCE_FLOW)
		return;
	if (h->closing || h->run.state == RSP_BODY_CLOSE ||
	    h->run.state == RSP_BODY_DATA)
		h->source = RSP_SOURCE_END;
	else if (h->run.state == RSP_BODY_DONE)
		h->source = RSP_SOURCE_PLAIN;
	else
		h->source = RSP_SOURCE_TAIL;
}
