/* SPDX-License-Identifier: Apache-2.0 */
/* http_head.c - parser of message heads in HTTP/1.x: line by line
 *
 * A line is collected and then read as a whole.  The fields that matter are
 * rows of a table.  A field that matters and is not understood makes the head
 * BAD: that costs a move, while a wrong reading could cost a wrong byte.
 */
#include "rsp/core/failover/http_head.h"

#include "rsp/core/base/hash.h"
#include "rsp/core/failover/http_inner.h"

void
rsp_http_head_init(struct rsp_http_head *h, bool request)
{
	/* Not the buffer, nor the texts. */
	memset(h, 0, offsetof(struct rsp_http_head, etag));
	h->etag.n = h->modified.n = h->date.n = 0;
	h->encoding.n = h->type.n = 0;
	h->request = request;
	h->first = true;
}

static struct rsp_span
literal(const char *text)
{
	return (struct rsp_span){ (const uint8_t *)text, strlen(text) };
}

static bool
is_word(struct rsp_span s, const char *word)
{
	return rsp_span_equal_fold(s, literal(word));
}

static void
skip(struct rsp_span *s, size_t n)
{
	s->at += n;
	s->len -= n;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct rsp_span
trim(struct rsp_span s)
{
	while (s.len > 0 && is_blank(s.at[0]))
		skip(&s, 1);
	while (s.len > 0 && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

static bool
starts(struct rsp_span *s, const char *text)
{
	size_t n = strlen(text);

	if (s->len < n || memcmp(s->at, text, n) != 0)
		return false;
	skip(s, n);
	return true;
}

/* Takes the digits at the beginning of s, at least one. */
static bool
number(struct rsp_span *s, uint64_t *value)
{
	size_t digits = 0;

	*value = 0;
	for (; s->len > 0 && s->at[0] >= '0' && s->at[0] <= '9'; skip(s, 1)) {
		if (++digits > 18)
			return false;
		*value = *value * 10 + (uint64_t)(s->at[0] - '0');
	}
	return digits > 0;
}

bool
rsp_http_next_item(struct rsp_span *list, struct rsp_span *item)
{
	const uint8_t *comma;

	if (list->len == 0)
		return false;
	comma = memchr(list->at, ',', list->len);
	*item = (struct rsp_span){ list->at,
		comma == NULL ? list->len : (size_t)(comma - list->at) };
	skip(list, item->len + (comma != NULL));
	*item = trim(*item);
	return true;
}

/* Fields: false where one makes the head unclear. */

static bool
take_length(struct rsp_http_head *h, struct rsp_span v)
{
	uint64_t length;

	if (!number(&v, &length) || v.len > 0)
		return false;
	if (h->has_length && h->length != length)
		return false;
	h->has_length = true;
	h->length = length;
	return true;
}

static bool
take_coding(struct rsp_http_head *h, struct rsp_span v)
{
	if (h->chunked || h->other_coding)
		return false;
	h->chunked = is_word(v, "chunked");
	h->other_coding = !h->chunked;
	return true;
}

static bool
take_connection(struct rsp_http_head *h, struct rsp_span v)
{
	struct rsp_span item;

	while (rsp_http_next_item(&v, &item)) {
		h->close |= is_word(item, "close");
		h->keep_alive |= is_word(item, "keep-alive");
		h->upgrade |=
		    is_word(item, "upgrade") || is_word(item, "http2-settings");
	}
	return true;
}

static bool
take_upgrade(struct rsp_http_head *h, struct rsp_span v)
{
	(void)v;
	h->upgrade = true;
	return true;
}

static bool
take_trailer(struct rsp_http_head *h, struct rsp_span v)
{
	(void)v;
	h->trailer = true;
	return true;
}

static bool
take_text(struct rsp_http_text *t, struct rsp_span v)
{
	if (t->n != 0 || v.len == 0)
		return false; /* twice, or empty */
	t->n = (uint16_t)v.len;
	if (v.len <= sizeof(t->text))
		memcpy(t->text, v.at, v.len);
	return true;
}

static bool
take_etag(struct rsp_http_head *h, struct rsp_span v)
{
	return take_text(&h->etag, v);
}

static bool
take_encoding(struct rsp_http_head *h, struct rsp_span v)
{
	return is_word(v, "identity") || take_text(&h->encoding, v);
}

/* A second field makes it unclear what the first one means.  So does a field
 * that is too long to be kept. */
static bool
take_type(struct rsp_http_head *h, struct rsp_span v)
{
	if (v.len == 0)
		return true;
	if (h->type.n != 0)
		h->type.n = UINT16_MAX;
	else
		take_text(&h->type, v);
	return true;
}

static bool
take_modified(struct rsp_http_head *h, struct rsp_span v)
{
	return take_text(&h->modified, v);
}

static bool
take_date(struct rsp_http_head *h, struct rsp_span v)
{
	h->date.n = 0; /* the last one counts, and none is no harm */
	return v.len == 0 || take_text(&h->date, v);
}

/* "bytes FIRST-LAST/TOTAL" with all three known, else bad_range. */
static bool
take_content_range(struct rsp_http_head *h, struct rsp_span v)
{
	h->bad_range = h->has_range || !starts(&v, "bytes ") ||
		       !number(&v, &h->range_first) || !starts(&v, "-") ||
		       !number(&v, &h->range_last) || !starts(&v, "/") ||
		       !number(&v, &h->range_total) || v.len > 0 ||
		       h->range_first > h->range_last ||
		       h->range_last >= h->range_total;
	h->has_range = true;
	return true;
}

static bool
take_range(struct rsp_http_head *h, struct rsp_span v)
{
	(void)v;
	h->has_range = true;
	return true;
}

struct rsp_span
rsp_http_field(struct rsp_span line, const char *name)
{
	const uint8_t *colon = memchr(line.at, ':', line.len);
	size_t n = colon == NULL ? 0 : (size_t)(colon - line.at);

	if (n == 0 || !is_word((struct rsp_span){ line.at, n }, name))
		return (struct rsp_span){ NULL, 0 };
	skip(&line, n + 1);
	return trim(line);
}

struct field {
	const char *name;
	size_t len;
	bool in_request, in_response;
	bool (*take)(struct rsp_http_head *h, struct rsp_span value);
};

/* clang-format off */
#define NAME(text) text, sizeof(text) - 1
static const struct field fields[] = {
	{ NAME("content-length"),	true,	true,	take_length },
	{ NAME("transfer-encoding"),	true,	true,	take_coding },
	{ NAME("connection"),		true,	true,	take_connection },
	{ NAME("upgrade"),		true,	false,	take_upgrade },
	{ NAME("http2-settings"),	true,	false,	take_upgrade },
	{ NAME("range"),		true,	false,	take_range },
	{ NAME("trailer"),		false,	true,	take_trailer },
	{ NAME("etag"),			false,	true,	take_etag },
	{ NAME("last-modified"),	false,	true,	take_modified },
	{ NAME("date"),			false,	true,	take_date },
	{ NAME("content-encoding"),	false,	true,	take_encoding },
	{ NAME("content-type"),		false,	true,	take_type },
	{ NAME("content-range"),	false,	true,	take_content_range },
};
/* clang-format on */

/* Compares two names of the same length.  A name is a token, so only letters
 * have another case than the bit says. */
static bool
is_name(struct rsp_span token, const char *name)
{
	unsigned different = 0;

	for (size_t i = 0; i < token.len; i++)
		different |= (token.at[i] | 0x20u) ^ (uint8_t)name[i];
	return different == 0;
}

static const struct field *
find_field(const struct rsp_http_head *h, struct rsp_span name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct field *f = &fields[i];

		if (name.len == f->len &&
		    (h->request ? f->in_request : f->in_response) &&
		    is_name(name, f->name))
			return f;
	}
	return NULL;
}

/* How many characters are tchar, RFC 9110, 5.6.2: letters, digits and
 * !#$%&'*+-.^_`|~, a bit for each. */
static size_t
token_length(struct rsp_span s)
{
	static const uint64_t tchar[4] = { 0x03ff6cfa00000000,
		0x57ffffffc7fffffe, 0, 0 };
	size_t n = 0;

	while (n < s.len && (tchar[s.at[n] / 64] >> s.at[n] % 64 & 1) != 0)
		n++;
	return n;
}

static bool
is_token(struct rsp_span s)
{
	return s.len > 0 && token_length(s) == s.len;
}

static bool
field_line(struct rsp_http_head *h, struct rsp_span line)
{
	struct rsp_span name = { line.at, token_length(line) };
	const struct field *f;

	/* A name that does not end within the buffer is none that we know. */
	if (name.len == line.len)
		return h->cut;
	if (name.len == 0 || line.at[name.len] != ':')
		return false; /* a folded line, too */
	f = find_field(h, name);
	if (f == NULL)
		return true;
	skip(&line, name.len + 1);
	return !h->cut && f->take(h, trim(line));
}

static bool
version(struct rsp_http_head *h, struct rsp_span *s)
{
	if (!starts(s, "HTTP/1.") || s->len == 0 || s->at[0] < '0' ||
	    s->at[0] > '9')
		return false;
	h->minor = (uint8_t)(s->at[0] - '0');
	skip(s, 1);
	return true;
}

/* Three digits and a space.  Servers that give no reason leave the space
 * out. */
static bool
status_line(struct rsp_http_head *h, struct rsp_span s)
{
	uint64_t status;
	size_t before;

	if (!version(h, &s) || !starts(&s, " "))
		return false;
	before = s.len;
	if (!number(&s, &status) || before - s.len != 3 || status < 100 ||
	    (s.len > 0 && s.at[0] != ' '))
		return false;
	h->status = (uint16_t)status;
	return true;
}

/* The end of a long target is cut off with the version behind it.  So the
 * caller, which has the whole line, reads the version from that. */
static bool
request_line(struct rsp_http_head *h, struct rsp_span s)
{
	const uint8_t *space = memchr(s.at, ' ', s.len);
	struct rsp_span method = s, end;

	if (space == NULL)
		return false;
	method.len = (size_t)(space - s.at);
	if (!is_token(method))
		return false;
	h->get = rsp_span_equal(method, literal("GET"));
	h->head = rsp_span_equal(method, literal("HEAD"));
	h->connect = rsp_span_equal(method, literal("CONNECT"));
	if (h->cut)
		return true;
	skip(&s, method.len + 1);
	space = memchr(s.at, ' ', s.len);
	if (space == NULL || space == s.at)
		return false;
	end = s;
	skip(&end, (size_t)(space - s.at) + 1);
	return version(h, &end) && end.len == 0;
}

static void
end_line(struct rsp_http_head *h, struct rsp_span line)
{
	bool good;

	if (h->first)
		good =
		    h->request ? request_line(h, line) : status_line(h, line);
	else if (line.len == 0) {
		h->state = RSP_HEAD_DONE;
		return;
	} else
		good = field_line(h, line);
	if (!good)
		h->state = RSP_HEAD_BAD;
	h->first = h->cut = false;
	h->line = 0;
}

/* The part of a line before its CR, as far as it is there.  0: the next byte is
 * to be looked at alone. */
static size_t
take_run(struct rsp_http_head *h, const uint8_t *p, size_t n)
{
	const uint8_t *cr = memchr(p, '\r', n);
	size_t run = cr == NULL ? n : (size_t)(cr - p);
	size_t room = sizeof(h->buffer) - h->line;

	if (h->cr || memchr(p, '\n', run) != NULL || memchr(p, 0, run) != NULL)
		return 0;
	h->cut |= run > room;
	if (room > run)
		room = run;
	memcpy(h->buffer + h->line, p, room);
	h->line = (uint16_t)(h->line + room);
	return run;
}

/* A CR or the LF behind it; anything else that does not belong there. */
static void
take_byte(struct rsp_http_head *h, uint8_t c)
{
	if (c != (h->cr ? '\n' : '\r')) {
		h->state = RSP_HEAD_BAD;
		return;
	}
	h->cr = c == '\r';
	if (c == '\n')
		end_line(h,
		    (struct rsp_span){ (const uint8_t *)h->buffer, h->line });
}

/* Is there a zero byte or a CR?  Eight at a time. */
static bool
is_odd(const uint8_t *p, size_t n)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t w, cr;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&w, p, 8);
		cr = w ^ ones * '\r';
		if ((((w - ones) & ~w) | ((cr - ones) & ~cr)) & ones << 7)
			return true;
	}
	for (; n > 0; p++, n--)
		if (*p == 0 || *p == '\r')
			return true;
	return false;
}

/* Reads a line where it is when all of it is there, which is the usual case. 0:
 * it is not, or something is wrong with it. */
static size_t
take_line(struct rsp_http_head *h, const uint8_t *p, size_t n)
{
	const uint8_t *lf = memchr(p, '\n', n);
	size_t len;

	if (lf == NULL || lf == p || lf[-1] != '\r')
		return 0;
	len = (size_t)(lf - p) - 1;
	if (len > sizeof(h->buffer) || is_odd(p, len))
		return 0;
	end_line(h, (struct rsp_span){ p, len });
	return len + 2;
}

size_t
rsp_http_head_add(struct rsp_http_head *h, const uint8_t *p, size_t n)
{
	size_t i = 0, run;

	while (i < n && h->state == RSP_HEAD_OPEN) {
		run = 0;
		if (h->line == 0 && !h->cr)
			run = take_line(h, p + i, n - i);
		if (run > 0) {
			i += run;
			continue;
		}
		run = take_run(h, p + i, n - i);
		if (run == 0)
			take_byte(h, p[i++]);
		i += run;
	}
	h->bytes += i;
	return i;
}

bool
rsp_http_is_strong(const struct rsp_http_text *etag)
{
	return etag->n >= 2 && etag->n <= sizeof(etag->text) &&
	       etag->text[0] == '"' && etag->text[etag->n - 1] == '"';
}

/* Days since 1970, by the civil calendar (months are counted from March, so
 * that the leap day is a year's last). */
static int64_t
days(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month < 3 ? year - 1 : year;
	int64_t m = month < 3 ? month + 9 : month - 3;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day -
	       1 - 719468;
}

static int64_t
month_number(struct rsp_span *s)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12 && s->len >= 3; i++)
		if (memcmp(names + i * 3, s->at, 3) == 0) {
			skip(s, 3);
			return i + 1;
		}
	return 0;
}

int64_t
rsp_http_time(const struct rsp_http_text *t)
{
	if (t->n > sizeof(t->text))
		return 0;
	return rsp_http_date(
	    (struct rsp_span){ (const uint8_t *)t->text, t->n });
}

int64_t
rsp_http_date(struct rsp_span s)
{
	uint64_t day, year, hour, minute, second;
	int64_t month;

	if (s.len < 5 || s.at[3] != ',')
		return 0;
	skip(&s, 4);
	if (!starts(&s, " ") || !number(&s, &day) || !starts(&s, " ") ||
	    (month = month_number(&s)) == 0 || !starts(&s, " ") ||
	    !number(&s, &year) || !starts(&s, " ") || !number(&s, &hour) ||
	    !starts(&s, ":") || !number(&s, &minute) || !starts(&s, ":") ||
	    !number(&s, &second) || !starts(&s, " GMT") || s.len > 0)
		return 0;
	if (day < 1 || day > 31 || year < 1970 || year > 9999 || hour > 23 ||
	    minute > 59 || second > 60)
		return 0;
	return days((int64_t)year, month, (int64_t)day) * 86400 +
	       (int64_t)(hour * 3600 + minute * 60 + second);
}
