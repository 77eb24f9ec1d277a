/* SPDX-License-Identifier: Apache-2.0 */
/* http_splice.c - rest of a body from another server, joined to what the
 * program has
 *
 * The new response is read to the point that the program had reached: its head
 * must say that it is the same thing, and the bytes that are there twice must
 * be the same.  From there on its data flows, its own framing is taken out, and
 * the framing that the first response announced is put in.
 *
 * Framing that is put in goes to the program while a byte of the socket is
 * still to be taken (of the data behind it, else the last one before it), so
 * that poll() and its like are right about this socket without being told.
 */
#include "rsp/core/failover/http.h"

#include "rsp/core/failover/http_inner.h"
#include "rsp/core/failover/http_proof.h"

static void
refuse(struct rsp_http *h)
{
	h->source = RSP_SOURCE_REFUSED;
}

/* The head of the new response. */

/* For 206: is the part the one that was asked for? */
static bool
take_part(struct rsp_http *h)
{
	const struct rsp_http_head *v = &h->view, *a = &h->answer;
	uint64_t overlap = rsp_digest_overlap(&h->digest);

	if (!a->has_range || a->bad_range ||
	    (a->has_length && a->length != a->range_last - a->range_first + 1))
		return false;
	if (v->status == 206 && (a->range_last != v->range_last ||
				    a->range_total != v->range_total))
		return false;
	if (v->status == 200 &&
	    (a->range_last + 1 != a->range_total ||
		(v->has_length && !v->chunked && v->length != a->range_total)))
		return false;
	h->ignore = 0;
	h->compare = h->digest.at - (h->ranged ? overlap : 0);
	if (h->ranged)
		return a->range_first == h->base + overlap &&
		       rsp_http_same_part(v, a);
	return v->status == 206 && a->range_first == v->range_first &&
	       rsp_http_same_content(v, a, h->vouched);
}

/* For 200: the answer is the whole, of which the program has a part. */
static bool
take_all(struct rsp_http *h)
{
	const struct rsp_http_head *v = &h->view, *a = &h->answer;

	if (v->status == 206 &&
	    (v->range_last + 1 != v->range_total ||
		(a->has_length && a->length != v->range_total)))
		return false;
	h->ranged = false;
	h->ignore = h->base;
	h->compare = h->digest.at;
	return rsp_http_same_content(v, a, h->vouched);
}

/* The rest of it is as much as the program still expects: all of a known
 * length, the open chunk at least. */
static bool
is_long_enough(struct rsp_http *h)
{
	const struct rsp_http_head *a = &h->answer;
	uint64_t before = h->ignore + h->compare, length = a->length;

	h->rest = UINT64_MAX;
	if (!a->has_length && !a->chunked && h->body.chunked)
		return false; /* nothing would vouch for its end */
	if (a->status == 206)
		length = a->range_last - a->range_first + 1;
	else if (!a->has_length)
		return true;
	if (length < before)
		return false;
	h->rest = length - before;
	return h->body.chunked ? h->rest >= h->body.left
			       : h->rest == h->body.left;
}

/* Lets the data flow if the digests are equal. */
static void
splice(struct rsp_http *h)
{
	bool same = h->ranged ? rsp_digest_ends(&h->digest, &h->check)
			      : rsp_digest_equal(&h->digest, &h->check);

	h->source = same ? RSP_SOURCE_FLOW : RSP_SOURCE_REFUSED;
}

static void
judge(struct rsp_http *h)
{
	const struct rsp_http_head *a = &h->answer;
	bool same;

	if (a->status < 200 && a->status != 101) {
		rsp_http_head_init(&h->answer, false);
		return;
	}
	same = rsp_http_is_clear(a) && rsp_http_same_form(&h->view, a) &&
	       ((a->status == 206 && take_part(h)) ||
		   (a->status == 200 && take_all(h))) &&
	       is_long_enough(h);
	if (!same) {
		refuse(h);
		return;
	}
	if (a->chunked)
		rsp_http_body_chunked(&h->run);
	else if (a->has_length)
		rsp_http_body_length(&h->run, a->length);
	else
		rsp_http_body_until_close(&h->run);
	h->source = RSP_SOURCE_SKIP;
}

/* After an interim response was delivered, the new server's are passed over.
 * The tenth byte tells them from the final response, whose first bytes are
 * given to the program from here. */
static size_t
tell_interim(struct rsp_http *h, const uint8_t *p, size_t n)
{
	size_t wanted = 10 - (size_t)h->answer.bytes;
	size_t used = rsp_http_head_add(&h->answer, p, n < wanted ? n : wanted);

	if (h->answer.line < h->answer.bytes)
		refuse(h); /* a line that short */
	else if (used == wanted && h->answer.buffer[9] == '1')
		h->source = RSP_SOURCE_INTERIM;
	else if (used == wanted) {
		memcpy(h->inject, h->answer.buffer, 10);
		h->inject_len = 10;
		h->inject_take = 1;
		h->source = RSP_SOURCE_PLAIN;
		return used - 1;
	}
	return used;
}

static size_t
pass_interim(struct rsp_http *h, const uint8_t *p, size_t n)
{
	size_t used = rsp_http_head_add(&h->answer, p, n);

	if (h->answer.state == RSP_HEAD_BAD || h->answer.status == 101)
		refuse(h);
	else if (h->answer.state == RSP_HEAD_DONE) {
		rsp_http_head_init(&h->answer, false);
		h->source = RSP_SOURCE_FIRST;
	}
	return used;
}

static size_t
read_head(struct rsp_http *h, const uint8_t *p, size_t n)
{
	size_t used = rsp_http_head_add(&h->answer, p, n);

	if (h->answer.state == RSP_HEAD_BAD)
		refuse(h);
	else if (h->answer.state == RSP_HEAD_DONE)
		judge(h);
	return used;
}

/* Framing for the program. */

static void
inject(struct rsp_http *h, const char *text)
{
	size_t n = strlen(text);

	memcpy(h->inject + h->inject_len, text, n);
	h->inject_len = (uint8_t)(h->inject_len + n);
}

static void
inject_size(struct rsp_http *h, uint64_t size)
{
	char text[19];
	size_t at = sizeof(text) - 1;

	text[at] = '\0';
	text[--at] = '\n';
	text[--at] = '\r';
	do
		text[--at] = "0123456789abcdef"[size % 16];
	while ((size /= 16) > 0);
	inject(h, text + at);
}

/* Is this between two chunks of the program's, or in the middle of the framing
 * between them? */
static bool
is_between(const struct rsp_http_body *b)
{
	return b->chunked && b->state != RSP_BODY_DATA;
}

/* The program's next chunk, of all that the source is known to have.  A size
 * that the program has in part is taken as it is: it can only be less than what
 * the first server meant. */
static void
inject_chunk(struct rsp_http *h)
{
	const struct rsp_http_body *b = &h->body;

	if (b->state == RSP_BODY_CHUNK_CR)
		inject(h, "\r\n");
	else if (b->state == RSP_BODY_CHUNK_LF || b->state == RSP_BODY_SIZE_LF)
		inject(h, "\n");
	if (b->state == RSP_BODY_SIZE_LF)
		return;
	if (b->state == RSP_BODY_SIZE && b->left > 0)
		inject(h, "\r\n");
	else
		inject_size(h, h->run.left);
}

/* The program's last chunk, behind `more` bytes of data that are injected
 * before it; false: it expects more. */
static bool
inject_end(struct rsp_http *h, uint64_t more)
{
	enum rsp_http_body_state state = h->body.state;

	if (h->rest != UINT64_MAX && h->rest != more)
		return false;
	if (state == RSP_BODY_DATA && h->body.left == more)
		state = RSP_BODY_CHUNK_CR;
	if (state == RSP_BODY_CHUNK_CR)
		inject(h, "\r\n0\r\n\r\n");
	else if (state == RSP_BODY_CHUNK_LF)
		inject(h, "\n0\r\n\r\n");
	else if (state == RSP_BODY_SIZE_FIRST)
		inject(h, "0\r\n\r\n");
	else if (state == RSP_BODY_SIZE && h->body.left == 0)
		inject(h, "\r\n\r\n");
	else
		return false;
	h->inject_take = 1;
	return true;
}

/* The source's data ends with the one byte that is left, and the program's
 * framing goes on behind it.  Both are injected. */
static bool
is_last_byte(const struct rsp_http *h)
{
	return h->body.chunked && !h->run.chunked &&
	       h->run.state == RSP_BODY_DATA && h->run.left == 1 &&
	       h->body.state == RSP_BODY_DATA && h->body.left == 1;
}

static size_t
inject_last(struct rsp_http *h, const uint8_t *p)
{
	h->inject[h->inject_len++] = *p;
	rsp_http_body_data(&h->run, 1);
	if (!inject_end(h, 1)) /* counts it as still to come */
		refuse(h);
	return 0;
}

/* The source's framing.  Its last byte may be left in the socket. */
static size_t
read_frame(struct rsp_http *h, const uint8_t *p, size_t n)
{
	size_t used = rsp_http_body_frame(&h->run, p, n);

	if (h->run.state == RSP_BODY_BAD)
		refuse(h);
	else if (h->run.state == RSP_BODY_DONE) {
		if (h->body.chunked && inject_end(h, 0))
			return used - 1;
		refuse(h);
	}
	return used;
}

/* Takes bytes that the program has.  All of them are compared while they
 * come. */
static size_t
compare(struct rsp_http *h, const uint8_t *p, size_t n)
{
	uint64_t wanted = h->ignore > 0 ? h->ignore : h->compare;
	size_t some = n < wanted ? n : (size_t)wanted;
	bool same = true;

	if (h->run.state == RSP_BODY_DATA && some > h->run.left)
		some = (size_t)h->run.left;
	if (h->ignore > 0)
		h->ignore -= some;
	else if (h->ranged) {
		rsp_digest_add(&h->check, p, some);
		h->compare -= some;
	} else {
		same = rsp_trail_follow(&h->trail, &h->check, p, some);
		h->compare -= some;
	}
	rsp_http_body_data(&h->run, some);
	if (!same) {
		refuse(h);
		return some;
	}
	if (h->ignore + h->compare > 0)
		return some;
	splice(h);
	/* There may be nothing behind, while the program lacks the last
	 * chunk. */
	if (h->source == RSP_SOURCE_FLOW && h->run.state == RSP_BODY_DONE) {
		if (inject_end(h, 0))
			return some - 1;
		refuse(h);
	}
	return some;
}

static size_t
skip_some(struct rsp_http *h, const uint8_t *p, size_t n)
{
	size_t used;

	if (h->run.state == RSP_BODY_DATA || h->run.state == RSP_BODY_CLOSE)
		return compare(h, p, n);
	used = rsp_http_body_frame(&h->run, p, n);
	if (h->run.state == RSP_BODY_BAD || h->run.state == RSP_BODY_DONE)
		refuse(h);
	return used;
}

static size_t
flow_some(struct rsp_http *h, const uint8_t *p, size_t n)
{
	if (h->run.state != RSP_BODY_DATA)
		return read_frame(h, p, n);
	if (is_last_byte(h))
		return inject_last(h, p);
	if (is_between(&h->body))
		inject_chunk(h);
	return 0;
}

static size_t
tail_some(struct rsp_http *h, const uint8_t *p, size_t n)
{
	size_t used = rsp_http_body_frame(&h->run, p, n);

	if (h->run.state == RSP_BODY_DONE) {
		h->source = RSP_SOURCE_PLAIN;
		h->lost |= h->stay;
	} else if (h->run.state == RSP_BODY_BAD ||
		   h->run.state == RSP_BODY_DATA)
		h->source = RSP_SOURCE_END;
	return used;
}

static size_t
peek_some(struct rsp_http *h, const uint8_t *p, size_t n)
{
	switch (h->source) {
	case RSP_SOURCE_FIRST:
		return tell_interim(h, p, n);
	case RSP_SOURCE_INTERIM:
		return pass_interim(h, p, n);
	case RSP_SOURCE_HEAD:
		return read_head(h, p, n);
	case RSP_SOURCE_SKIP:
		return skip_some(h, p, n);
	case RSP_SOURCE_FLOW:
		return flow_some(h, p, n);
	case RSP_SOURCE_TAIL:
		return tail_some(h, p, n);
	case RSP_SOURCE_PLAIN:
	case RSP_SOURCE_REFUSED:
	case RSP_SOURCE_END:
		break;
	}
	return 0;
}

size_t
rsp_http_peeked(void *of, const void *bytes, size_t n)
{
	struct rsp_http *h = of;
	const uint8_t *p = bytes;
	size_t used = 0, limit, some;
	struct rsp_span span;
	enum rsp_splice_step next;

	while (used < n) {
		next = rsp_http_next(h, &limit, &span);
		if (next != RSP_SPLICE_PEEK && next != RSP_SPLICE_TAKE)
			break;
		some = peek_some(h, p + used, n - used);
		used += some;
		if (some == 0)
			break;
	}
	return used;
}

/* How much may be taken without a peek: not the last byte, if that may have to
 * stay. */
static enum rsp_splice_step
next_of_skip(struct rsp_http *h, size_t *limit)
{
	uint64_t most = h->ignore + h->compare;

	if (h->run.state != RSP_BODY_DATA && h->run.state != RSP_BODY_CLOSE)
		return RSP_SPLICE_PEEK;
	if (h->run.state == RSP_BODY_DATA && h->run.left < most)
		most = h->run.left;
	if (h->body.chunked && !h->run.chunked && h->run.left == most)
		most--;
	*limit = most < SIZE_MAX ? (size_t)most : SIZE_MAX;
	return most > 0 ? RSP_SPLICE_TAKE : RSP_SPLICE_PEEK;
}

static enum rsp_splice_step
next_of_flow(struct rsp_http *h, size_t *limit)
{
	uint64_t most = h->body.left;
	bool known = h->run.state == RSP_BODY_DATA;

	if (h->lost) /* it was not followed to here */
		return RSP_SPLICE_REFUSED;
	if (h->rest < h->body.left || (known && h->rest == 0))
		return RSP_SPLICE_REFUSED; /* more or less than it said */
	if (!known && h->run.state != RSP_BODY_CLOSE)
		return h->run.state == RSP_BODY_DONE ? RSP_SPLICE_REFUSED
						     : RSP_SPLICE_PEEK;
	if (is_between(&h->body) || is_last_byte(h))
		return RSP_SPLICE_PEEK;
	if (known && h->run.left < most)
		most = h->run.left;
	if (known && h->rest < most)
		most = h->rest;
	if (known && h->body.chunked && !h->run.chunked && most == h->run.left)
		most--;
	*limit = most < SIZE_MAX ? (size_t)most : SIZE_MAX;
	return RSP_SPLICE_FLOW;
}

enum rsp_splice_step
rsp_http_next(void *of, size_t *limit, struct rsp_span *bytes)
{
	struct rsp_http *h = of;

	*limit = SIZE_MAX;
	*bytes = (struct rsp_span){ h->inject + h->inject_at,
		(size_t)(h->inject_len - h->inject_at) };
	if (h->source == RSP_SOURCE_REFUSED)
		return RSP_SPLICE_REFUSED;
	if (bytes->len > 0)
		return RSP_SPLICE_INJECT;
	switch (h->source) {
	case RSP_SOURCE_SKIP:
		return next_of_skip(h, limit);
	case RSP_SOURCE_FLOW:
		return next_of_flow(h, limit);
	case RSP_SOURCE_FIRST:
	case RSP_SOURCE_INTERIM:
	case RSP_SOURCE_HEAD:
	case RSP_SOURCE_TAIL:
		return RSP_SPLICE_PEEK;
	case RSP_SOURCE_END:
		return RSP_SPLICE_END;
	case RSP_SOURCE_PLAIN:
	case RSP_SOURCE_REFUSED:
		break;
	}
	return RSP_SPLICE_FLOW;
}

bool
rsp_http_is_skipping(const void *of)
{
	const struct rsp_http *h = of;

	return h->source == RSP_SOURCE_HEAD || h->source == RSP_SOURCE_SKIP;
}

void
rsp_http_refuse(void *of)
{
	struct rsp_http *h = of;

	refuse(h);
}

size_t
rsp_http_injected(void *of, size_t n)
{
	struct rsp_http *h = of;
	size_t take = 0, at = h->inject_at;

	h->inject_at = (uint8_t)(h->inject_at + n);
	if (h->inject_at == h->inject_len) {
		take = h->inject_take;
		h->inject_at = h->inject_len = h->inject_take = 0;
	}
	rsp_http_deliver(h, h->inject + at, n);
	return take;
}

void
rsp_http_received(void *of, const void *bytes, size_t n)
{
	struct rsp_http *h = of;

	if (h->source == RSP_SOURCE_FLOW && h->run.state == RSP_BODY_DATA) {
		if (n > h->run.left)
			refuse(h);
		else
			rsp_http_body_data(&h->run, n);
		if (h->rest != UINT64_MAX)
			h->rest -= n;
	}
	rsp_http_deliver(h, bytes, n);
}
