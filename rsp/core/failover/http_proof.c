/* SPDX-License-Identifier: Apache-2.0 */
/* http_proof.c - proof that two servers have the same content: their
 * validators, compared */
#include "rsp/core/failover/http_proof.h"

#include "rsp/core/base/hash.h"

/* Up to here it is the epoch of Unix or of zip, in any time zone: seconds since
 * 1970 at the beginning of 1980-01-03. */
#define DATE_MIN 315705600
/* The date that npm gives to all files of a package: 1985-10-26 08:15:00. */
#define DATE_PACKED 499162500

static bool
is_kept(const struct rsp_http_text *t)
{
	return t->n <= sizeof(t->text);
}

static bool
same_text(const struct rsp_http_text *a, const struct rsp_http_text *b)
{
	return a->n == b->n && is_kept(a) &&
	       memcmp(a->text, b->text, a->n) == 0;
}

/* Types and codings are names: their case does not count. */
static bool
same_name(const struct rsp_http_text *a, const struct rsp_http_text *b)
{
	struct rsp_span x = { (const uint8_t *)a->text, a->n };
	struct rsp_span y = { (const uint8_t *)b->text, b->n };

	return is_kept(a) && is_kept(b) && rsp_span_equal_fold(x, y);
}

/* The same time, however it is written. */
static bool
same_date(const struct rsp_http_head *a, const struct rsp_http_head *b)
{
	int64_t one = rsp_http_time(&a->modified);
	int64_t other = rsp_http_time(&b->modified);

	if (one != 0 && other != 0)
		return one == other;
	return same_text(&a->modified, &b->modified);
}

static bool
same_tag(const struct rsp_http_head *a, const struct rsp_http_head *b)
{
	return same_text(&a->etag, &b->etag);
}

bool
rsp_http_is_strong_date(const struct rsp_http_head *head)
{
	int64_t modified = rsp_http_time(&head->modified);

	return modified >= DATE_MIN && modified != DATE_PACKED &&
	       modified < rsp_http_time(&head->date);
}

bool
rsp_http_has_proof(const struct rsp_http_head *head)
{
	return rsp_http_is_strong(&head->etag) || rsp_http_is_strong_date(head);
}

static bool
is_type(struct rsp_span type, const char *name)
{
	struct rsp_span s = { (const uint8_t *)name, strlen(name) };

	return rsp_span_equal_fold(type, s);
}

bool
rsp_http_is_endless(const struct rsp_http_head *head)
{
	static const char *const types[] = { "text/event-stream",
		"multipart/x-mixed-replace", "application/x-ndjson",
		"application/ndjson", "application/jsonl",
		"application/x-jsonlines", "application/json-seq",
		"application/stream+json", "application/x-json-stream" };
	struct rsp_span type = { (const uint8_t *)head->type.text, 0 };

	if (!is_kept(&head->type))
		return false;
	/* up to its parameters */
	while (type.len < head->type.n &&
	       memchr("; \t", type.at[type.len], 3) == NULL)
		type.len++;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (is_type(type, types[i]))
			return true;
	return false;
}

/* Busybox gives a part a type where it gives none to the whole.  A type that
 * the program has not been told cannot be another one. */
static bool
same_type(const struct rsp_http_head *view, const struct rsp_http_head *answer)
{
	if (view->type.n == 0 && view->status == 200 && answer->status == 206)
		return true;
	return same_name(&view->type, &answer->type);
}

bool
rsp_http_same_form(const struct rsp_http_head *view,
    const struct rsp_http_head *answer)
{
	return same_type(view, answer) &&
	       same_name(&view->encoding, &answer->encoding);
}

static bool
dates_differ(const struct rsp_http_head *view,
    const struct rsp_http_head *answer)
{
	return view->modified.n != 0 && answer->modified.n != 0 &&
	       !same_date(view, answer);
}

static bool
tags_differ(const struct rsp_http_head *view,
    const struct rsp_http_head *answer)
{
	return view->etag.n != 0 && answer->etag.n != 0 &&
	       !same_tag(view, answer);
}

bool
rsp_http_same_content(const struct rsp_http_head *view,
    const struct rsp_http_head *answer, bool vouched)
{
	if (dates_differ(view, answer))
		return false;
	if (rsp_http_is_strong(&view->etag) && same_tag(view, answer))
		return true;
	if (same_date(view, answer) && rsp_http_is_strong_date(view) &&
	    rsp_http_is_strong_date(answer))
		return true;
	return vouched && !tags_differ(view, answer);
}

/* Some servers do not look at the condition, so we look at the answer.  A
 * server that is content with a date need not say what time it is. */
bool
rsp_http_same_part(const struct rsp_http_head *view,
    const struct rsp_http_head *answer)
{
	if (rsp_http_is_strong(&view->etag))
		return same_tag(view, answer) &&
		       (answer->modified.n == 0 || same_date(view, answer));
	return answer->modified.n != 0 && same_date(view, answer) &&
	       (answer->date.n == 0 || rsp_http_is_strong_date(answer));
}
