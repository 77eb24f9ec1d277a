/* SPDX-License-Identifier: Apache-2.0 */
/* http_world.c - web servers in memory: servers of many kinds, without anything
 * of the code under test */
#include "tests/lib/http_world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

uint64_t
world_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

size_t
world_length(unsigned object)
{
	static const size_t lengths[] = { 0, 1, 17, 100, 1000, 8191, 8192, 8193,
		16384, 20000, 24576, 40000, 65536, 70001, 100000 };

	return lengths[object % (sizeof(lengths) / sizeof(lengths[0]))];
}

uint8_t
world_byte(unsigned object, size_t at)
{
	uint64_t s = (uint64_t)object << 40 ^ at / 8;

	return (uint8_t)(world_random(&s) >> at % 8 * 8);
}

static bool
coin(uint64_t *random)
{
	return world_below(random, 2) == 0;
}

void
world_server(struct world_server *s, uint64_t *random, bool honest)
{
	memset(s, 0, sizeof(*s));
	if (!honest)
		s->lie = (enum world_lie)world_below(random, LIE_COUNT);
	s->framing = (enum world_framing)(world_below(random, 9) / 4);
	s->old = s->framing != FRAME_CHUNKED && world_below(random, 4) == 0;
	s->ranges = world_below(random, 3) > 0;
	s->conditions = coin(random);
	s->etag = coin(random);
	s->weak = world_below(random, 4) == 0;
	s->inode = world_below(random, 4) == 0;
	s->modified = coin(random);
	s->young = world_below(random, 6) == 0;
	s->close = world_below(random, 4) == 0;
	s->interim =
	    world_below(random, 6) == 0 ? (unsigned)world_below(random, 3) : 0;
	s->chunk = coin(random) ? 8192 : 1 + (unsigned)world_below(random, 300);
	s->seed = world_random(random);
}

struct text {
	uint8_t *at;
	size_t len, room;
};

static void
put(struct text *t, const void *bytes, size_t n)
{
	if (t->len + n > t->room) {
		t->room = (t->len + n) * 2;
		t->at = realloc(t->at, t->room);
		if (t->at == NULL)
			abort();
	}
	memcpy(t->at + t->len, bytes, n);
	t->len += n;
}

__attribute__((format(printf, 2, 3))) static void
say(struct text *t, const char *format, ...)
{
	char line[300];
	va_list ap;

	va_start(ap, format);
	put(t, line, (size_t)vsnprintf(line, sizeof(line), format, ap));
	va_end(ap);
}

/* The value of a request's field, up to the end of its line; NULL. */
static const char *
field(const char *request, const char *name)
{
	const char *line = request;

	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, name, strlen(name)) == 0 &&
		    line[strlen(name)] == ':')
			return line + strlen(name) + 2;
	}
	return NULL;
}

struct plan {
	unsigned object;
	size_t length, first, last; /* of the object, as this server has it */
	int status;
	char etag[64], modified[64];
};

bool
world_is_other_size(const struct world_server *s)
{
	return s->lie == LIE_SHORT ||
	       (s->framing == FRAME_CHUNKED &&
		   (s->lie == LIE_EARLY_END || s->lie == LIE_LATE_END));
}

static void
make_validators(const struct world_server *s, struct plan *p)
{
	unsigned version =
	    s->lie == LIE_VALIDATORS || world_is_other_size(s) ? s->lie : 0;

	if (s->etag)
		snprintf(p->etag, sizeof(p->etag), "%s\"%u-%u-%x\"",
		    s->weak ? "W/" : "", p->object, version,
		    s->inode ? (unsigned)s->seed : 0);
	if (s->modified)
		snprintf(p->modified, sizeof(p->modified),
		    "Sun, 06 Nov 1994 08:49:%02d GMT",
		    s->young ? 37 : 30 - (int)version);
}

bool
world_tells_apart(const struct world_server *a, const struct world_server *b,
    bool vouched)
{
	struct plan p = { .status = 200 }, q = { .status = 200 };

	make_validators(a, &p);
	make_validators(b, &q);
	if (p.modified[0] != '\0' && q.modified[0] != '\0' &&
	    strcmp(p.modified, q.modified) != 0)
		return true;
	if (p.etag[0] == '"' && strcmp(p.etag, q.etag) == 0)
		return false;
	/* Entity tags differ between twins, where dates are as good. */
	if (p.modified[0] != '\0' && q.modified[0] != '\0' && !a->young)
		return false;
	return !vouched || (p.etag[0] != '\0' && q.etag[0] != '\0' &&
			       strcmp(p.etag, q.etag) != 0);
}

static bool
equals(const char *value, const char *text)
{
	size_t n = strlen(text);

	return n > 0 && strncmp(value, text, n) == 0 && value[n] == '\r';
}

/* Is a range asked for, and to be given? */
static void
make_range(const struct world_server *s, const char *request, struct plan *p)
{
	const char *range = field(request, "range");
	const char *only = field(request, "if-range");
	unsigned long long first, last;
	int n;

	if (!s->ranges || range == NULL || p->status != 200 || s->old)
		return;
	if (s->conditions && only != NULL && !equals(only, p->etag) &&
	    !equals(only, p->modified))
		return;
	last = p->length - 1;
	n = sscanf(range, "bytes=%llu-%llu", &first, &last);
	if (n < 1)
		return;
	if (first >= p->length || first > last) {
		p->status = 416;
		p->length = 0;
		return;
	}
	p->status = 206;
	p->first = (size_t)first;
	p->last = last < p->length ? (size_t)last : p->length - 1;
}

static void
make_status(const struct world_server *s, struct plan *p)
{
	static const int statuses[] = { 404, 500, 302, 304, 101, 204 };

	if (s->lie != LIE_STATUS)
		return;
	p->status = statuses[s->seed % 6];
}

static void
say_range(const struct world_server *s, struct text *t, const struct plan *p)
{
	size_t first = p->first, last = p->last, total = p->length;

	if (p->status != 206 || s->lie == LIE_NO_RANGE)
		return;
	if (s->lie == LIE_RANGE_FIRST)
		first += first < last ? 1 : 0;
	if (s->lie == LIE_RANGE_TOTAL)
		total++;
	if (s->lie == LIE_RANGE_LAST)
		last -= last > first ? 1 : 0;
	say(t, "Content-Range: bytes %zu-%zu/%zu\r\n", first, last, total);
}

static bool
has_body(const struct plan *p, bool is_head)
{
	return !is_head && p->status != 304 && p->status != 204 &&
	       p->status >= 200;
}

static void
say_head(const struct world_server *s, struct text *t, const struct plan *p)
{
	size_t n = p->length == 0 ? 0 : p->last - p->first + 1;

	for (unsigned i = 0; i < s->interim; i++)
		say(t, "HTTP/1.1 103 Early Hints\r\nLink: <%u>\r\n\r\n", i);
	say(t, "HTTP/1.%d %d Whatever\r\n", s->old ? 0 : 1, p->status);
	say(t, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: %d\r\n",
	    (int)(s->seed % 1000));
	if (p->status < 300 && p->etag[0] != '\0')
		say(t, "ETag: %s\r\n", p->etag);
	if (p->status < 300 && p->modified[0] != '\0')
		say(t, "last-modified:%s\r\n", p->modified);
	if (s->lie == LIE_ENCODING)
		say(t, "Content-Encoding: gzip\r\n");
	say_range(s, t, p);
	if (s->close || s->framing == FRAME_CLOSE)
		say(t, "Connection: close\r\n");
	else if (s->old)
		say(t, "Connection: keep-alive\r\n");
	if (s->framing == FRAME_LENGTH)
		say(t, "Content-Length: %zu\r\n", n);
	else if (s->framing == FRAME_CHUNKED)
		say(t, "Transfer-Encoding: chunked\r\n");
	if (s->lie == LIE_HEAD)
		say(t, "%s", s->seed % 2 == 0 ? "what is this\r\n" : "A: b\n");
	say(t, "\r\n");
}

static void
say_body(const struct world_server *s, struct text *t, const struct plan *p)
{
	bool other = s->lie == LIE_CONTENT || s->lie == LIE_VALIDATORS;
	bool chunked = s->framing == FRAME_CHUNKED;
	size_t at = p->first, end = p->length == 0 ? 0 : p->last + 1, n, i;
	uint64_t random = s->seed;

	if (s->lie == LIE_EARLY_END && chunked && end > at)
		end -= 1 + world_below(&random, end - at);
	while (at < end) {
		n = chunked ? 1 + world_below(&random, s->chunk) : end - at;
		if (n > end - at)
			n = end - at;
		if (chunked)
			say(t, random % 3 == 0 ? "%zX;x=\"y\"\r\n" : "%zx\r\n",
			    n);
		for (i = 0; i < n; i++) {
			uint8_t b = world_byte(p->object, at + i);

			if (other)
				b ^= 0x55;
			put(t, &b, 1);
		}
		if (chunked)
			say(t, "\r\n");
		at += n;
	}
	if (s->lie == LIE_LATE_END)
		say(t, chunked ? "3\r\nmor\r\n" : "more");
	if (chunked)
		say(t, "0\r\n%s\r\n", random % 4 == 0 ? "Sum: 1\r\n" : "");
}

void
world_answer(const struct world_server *s, const char *request,
    struct world_reply *reply)
{
	bool is_head = strncmp(request, "HEAD ", 5) == 0;
	struct text t = { NULL, 0, 0 };
	struct plan p = { .status = 200 };

	p.object = (unsigned)atoi(strchr(request, '/') + 1);
	p.length = world_length(p.object);
	if (s->lie == LIE_SHORT && p.length > 0)
		p.length -= 1 + s->seed % p.length;
	p.last = p.length == 0 ? 0 : p.length - 1;
	make_validators(s, &p);
	make_status(s, &p);
	if (!is_head)
		make_range(s, request, &p);
	say_head(s, &t, &p);
	reply->head = t.len;
	if (has_body(&p, is_head))
		say_body(s, &t, &p);
	reply->bytes = t.at;
	reply->len = t.len;
}

/* Reading. */

static const char *
header(const char *head, const char *end, const char *name)
{
	const char *value = field(head, name);

	return value != NULL && value < end ? value : NULL;
}

static void
read_chunks(const uint8_t *p, size_t n, struct world_response *r)
{
	size_t at = 0, size, i;
	char *end;

	for (;;) {
		const uint8_t *lf = memchr(p + at, '\n', n - at);

		if (lf == NULL)
			return;
		size = strtoul((const char *)p + at, &end, 16);
		at = (size_t)(lf - p) + 1;
		if (size == 0)
			break;
		for (i = 0; i < size && at < n; i++)
			r->body[r->body_len++] = p[at++];
		if (i < size || n - at < 2)
			return;
		at += 2;
	}
	for (;;) { /* the trailer */
		const uint8_t *lf = memchr(p + at, '\n', n - at);

		if (lf == NULL)
			return;
		if (lf - p - (ptrdiff_t)at == 1)
			break;
		at = (size_t)(lf - p) + 1;
	}
	r->complete = true;
}

static void
read_body(const uint8_t *p, size_t n, const char *head, const char *end,
    bool ended, struct world_response *r)
{
	const char *length = header(head, end, "content-length");
	size_t most = n;

	if (header(head, end, "transfer-encoding") != NULL) {
		read_chunks(p, n, r);
		return;
	}
	if (length != NULL && strtoul(length, NULL, 10) < n)
		most = strtoul(length, NULL, 10);
	memcpy(r->body, p, most);
	r->body_len = most;
	r->complete =
	    length != NULL ? most == strtoul(length, NULL, 10) : ended;
}

void
world_read(const uint8_t *bytes, size_t n, bool is_head, bool ended,
    struct world_response *r)
{
	char *copy = malloc(n + 1), *head, *end;
	const char *connection;
	int status, minor;
	uint8_t *body = r->body;

	memset(r, 0, sizeof(*r));
	r->body = body;
	if (copy == NULL)
		abort();
	if (n > 0)
		memcpy(copy, bytes, n);
	copy[n] = '\0';
	for (head = copy;; head = end + 4) {
		end = memmem(head, n - (size_t)(head - copy), "\r\n\r\n", 4);
		if (end == NULL ||
		    sscanf(head, "HTTP/1.%d %d", &minor, &status) != 2)
			goto out;
		if (status >= 200 || status == 101)
			break;
	}
	r->head_at = (size_t)(head - copy);
	r->head_len = (size_t)(end + 4 - head);
	connection = header(head, end, "connection");
	r->close = connection != NULL ? connection[0] == 'c' : minor == 0;
	if (is_head || status == 304 || status == 204 || status == 101)
		r->complete = true;
	else
		read_body((const uint8_t *)copy + (end + 4 - copy),
		    n - (size_t)(end + 4 - copy), head, end, ended, r);
out:
	free(copy);
}
