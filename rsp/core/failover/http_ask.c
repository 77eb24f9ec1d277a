/* SPDX-License-Identifier: Apache-2.0 */
/* http_ask.c - request that another server is asked after a move
 *
 * It is the request as the program sent it, but for an offer to change the
 * protocol (whose answer the program would not expect any more) and, in the
 * middle of a body, with a range of ours instead of the program's.  Lines are
 * left out by stepping over them; nothing is copied.
 */
#include "rsp/core/failover/http.h"

#include "rsp/core/base/hash.h"
#include "rsp/core/failover/http_inner.h"
#include "rsp/core/failover/http_proof.h"

static void
add(struct rsp_http *h, const void *text, size_t n)
{
	if (n <= sizeof(h->extra) - h->extra_len) {
		memcpy(h->extra + h->extra_len, text, n);
		h->extra_len += n;
	} else
		h->extra_at = SIZE_MAX; /* see rsp_http_begin() */
}

static void
add_text(struct rsp_http *h, const char *text)
{
	add(h, text, strlen(text));
}

static void
add_number(struct rsp_http *h, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	add(h, digits + at, sizeof(digits) - at);
}

/* If-Range: RFC 9110, 13.1.5.  A date is a strong validator when it was a
 * second old at least.  It may be used only where there is no entity tag. */
static const struct rsp_http_text *
validator(const struct rsp_http *h)
{
	const struct rsp_http_head *v = &h->view;

	if (rsp_http_is_strong(&v->etag))
		return &v->etag;
	if (v->etag.n == 0 && rsp_http_is_strong_date(v))
		return &v->modified;
	return NULL;
}

/* Adds the range: from where the bytes are compared to the end of what was
 * asked for. */
static void
add_range(struct rsp_http *h, const struct rsp_http_text *if_range)
{
	const struct rsp_http_head *v = &h->view;

	add_text(h, "Range: bytes=");
	add_number(h, h->base + rsp_digest_overlap(&h->digest));
	add_text(h, "-");
	if (v->status == 206 && v->range_last + 1 != v->range_total)
		add_number(h, v->range_last);
	add_text(h, "\r\nIf-Range: ");
	add(h, if_range->text, if_range->n);
	add_text(h, "\r\n");
}

/* Returns the line of the kept head that begins at `at`, without its CR LF. */
static struct rsp_span
line_at(const struct rsp_http *h, size_t at)
{
	const uint8_t *p = h->room + at;
	const uint8_t *lf = memchr(p, '\n', h->head_len - at);

	return (struct rsp_span){ p, (size_t)(lf - p) - 1 };
}

static bool
is_word(struct rsp_span s, const char *word)
{
	struct rsp_span w = { (const uint8_t *)word, strlen(word) };

	return rsp_span_equal_fold(s, w);
}

/* In the middle of a body the new connection ends with it when the old one
 * would have: the program may wait for that. */
static bool
shall_close(const struct rsp_http *h)
{
	return h->view.state == RSP_HEAD_DONE && !rsp_http_persists(h);
}

/* Adds what is left of the field Connection without the offers. */
static void
add_connection(struct rsp_http *h)
{
	const char *comma = "Connection: ";
	struct rsp_span line, list, item;
	size_t at = 0;

	if (shall_close(h)) {
		add_text(h, "Connection: close");
		comma = ", ";
	}
	for (; at < h->head_len - 2; at += line.len + 2) {
		line = line_at(h, at);
		list = rsp_http_field(line, "connection");
		while (list.at != NULL && rsp_http_next_item(&list, &item)) {
			if (is_word(item, "upgrade") ||
			    is_word(item, "http2-settings") ||
			    (shall_close(h) && (is_word(item, "keep-alive") ||
						   is_word(item, "close"))))
				continue;
			add_text(h, comma);
			add(h, item.at, item.len);
			comma = ", ";
		}
	}
	if (comma[0] == ',')
		add_text(h, "\r\n");
}

static bool
is_left_out(const struct rsp_http *h, struct rsp_span line)
{
	bool own_range = h->view.state != RSP_HEAD_DONE ||
			 (h->view.status == 206 && !h->ranged);

	return rsp_http_field(line, "upgrade").at != NULL ||
	       rsp_http_field(line, "http2-settings").at != NULL ||
	       rsp_http_field(line, "connection").at != NULL ||
	       (!own_range && (rsp_http_field(line, "range").at != NULL ||
				  rsp_http_field(line, "if-range").at != NULL));
}

static void
begin_repeat(struct rsp_http *h)
{
	h->source = h->interim ? RSP_SOURCE_FIRST : RSP_SOURCE_PLAIN;
	rsp_http_head_init(&h->answer, false);
	h->verbatim = h->head_len == 0 || !h->ask.upgrade;
}

static void
begin_resume(struct rsp_http *h)
{
	const struct rsp_http_text *if_range = validator(h);

	h->source = RSP_SOURCE_HEAD;
	rsp_http_head_init(&h->answer, false);
	rsp_digest_init(&h->check);
	h->verbatim = false;
	h->ranged = if_range != NULL;
	if (h->ranged)
		add_range(h, if_range);
}

bool
rsp_http_begin(struct rsp_http *h)
{
	h->inject_at = h->inject_len = h->inject_take = 0;
	h->out_at = h->out_run = h->extra_at = h->extra_len = 0;
	h->verbatim = true;
	h->ranged = false;
	switch (rsp_http_may_move(h)) {
	case RSP_REPEAT_STAY:
		return false;
	case RSP_REPEAT_IDLE:
		h->source = RSP_SOURCE_PLAIN;
		return true;
	case RSP_REPEAT_REQUEST:
		begin_repeat(h);
		break;
	case RSP_REPEAT_RESUME:
		begin_resume(h);
		break;
	}
	if (!h->verbatim)
		add_connection(h);
	return h->extra_at == 0;
}

static bool
in_extra(const struct rsp_http *h)
{
	return !h->verbatim && h->out_at == h->head_len - 2 &&
	       h->extra_at < h->extra_len;
}

/* Sets out_run behind the lines that go out together. */
static void
next_lines(struct rsp_http *h)
{
	size_t end = h->head_len - 2;
	struct rsp_span line;

	while (h->out_at < end && is_left_out(h, line_at(h, h->out_at)))
		h->out_at += line_at(h, h->out_at).len + 2;
	h->out_run = h->out_at;
	while (h->out_run < end) {
		line = line_at(h, h->out_run);
		if (is_left_out(h, line))
			break;
		h->out_run += line.len + 2;
	}
}

struct rsp_span
rsp_http_output(void *of)
{
	struct rsp_http *h = of;

	if (h->verbatim)
		h->out_run = h->kept;
	else if (h->out_at == h->out_run && h->out_at < h->head_len - 2)
		next_lines(h);
	if (in_extra(h))
		return (
		    struct rsp_span){ (const uint8_t *)h->extra + h->extra_at,
			h->extra_len - h->extra_at };
	if (h->out_at >= h->head_len - 2 && !h->verbatim)
		h->out_run = h->kept;
	return (struct rsp_span){ h->room + h->out_at, h->out_run - h->out_at };
}

void
rsp_http_output_sent(void *of, size_t n)
{
	struct rsp_http *h = of;

	if (in_extra(h))
		h->extra_at += n;
	else
		h->out_at += n;
}

size_t
rsp_http_unsent(const void *of, bool begun)
{
	const struct rsp_http *h = of;

	return begun ? h->kept - h->out_at : h->kept;
}
