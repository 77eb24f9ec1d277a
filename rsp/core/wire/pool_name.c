/* SPDX-License-Identifier: Apache-2.0 */
/* pool_name.c - host names that mean pools: from names to handles and back */
#include "rsp/core/wire/pool_name.h"

#include "rsp/core/base/ascii.h"
#include "rsp/core/base/error.h"

#define LABEL_MAX 63

struct out {
	uint8_t *at;
	size_t len, size;
};

static char
lower(char c)
{
	return (char)rsp_ascii_lower((uint8_t)c);
}

static bool
same_nocase(const char *a, const char *b, size_t len)
{
	while (len > 0 && lower(*a) == lower(*b))
		a++, b++, len--;
	return len == 0;
}

/* -1: no hex digit */
static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
put(struct out *o, int byte)
{
	if (o->len < o->size)
		o->at[o->len] = (uint8_t)byte;
	o->len++;
}

/* NULL, or why not */
static const char *
unescape(const char *s, size_t len, struct out *o)
{
	for (; len > 0; s++, len--) {
		if (*s != '%') {
			put(o, *s);
			continue;
		}
		if (len < 3 || digit(s[1]) < 0 || digit(s[2]) < 0)
			return "% without two hex digits";
		put(o, digit(s[1]) << 4 | digit(s[2]));
		s += 2;
		len -= 2;
	}
	return NULL;
}

static const char *
unhex(const char *s, size_t len, struct out *o)
{
	int high = -1;

	for (; len > 0; s++, len--) {
		if (*s == '.')
			continue;
		if (digit(*s) < 0)
			return "x-- without hex digits";
		if (high < 0) {
			high = digit(*s);
			continue;
		}
		put(o, high << 4 | digit(*s));
		high = -1;
	}
	return high < 0 ? NULL : "an odd number of hex digits";
}

/* The bytes of the dot at the end of a text; 0: there is none.  Three other
 * characters are dots in host names, too, and would be written as ours before
 * the name is sent: RFC 3490, section 3.1. */
static size_t
dot_at_end(const char *text, size_t len)
{
	static const char dots[][4] = { "\xe3\x80\x82", "\xef\xbc\x8e",
		"\xef\xbd\xa1" };

	if (len > 0 && text[len - 1] == '.')
		return 1;
	for (size_t i = 0; len >= 3 && i < 3; i++)
		if (memcmp(text + len - 3, dots[i], 3) == 0)
			return 3;
	return 0;
}

/* The length of what stands before ".domain[.]", or -1.  The bare domain is an
 * empty handle: nothing else may have that name either. */
static ptrdiff_t
before_domain(const char *text, const char *domain)
{
	size_t len = strlen(text), dlen = strlen(domain), dot;

	len -= dot_at_end(text, len);
	if (dlen == 0)
		return -1;
	while (dlen > 0) {
		char c = domain[--dlen];

		dot = c == '.' ? dot_at_end(text, len)
		      : len > 0 && lower(text[len - 1]) == lower(c) ? 1
								    : 0;
		if (dot == 0)
			return -1;
		len -= dot;
	}
	if (len == 0)
		return 0;
	dot = dot_at_end(text, len);
	return dot > 0 ? (ptrdiff_t)(len - dot) : -1;
}

static bool
has_colon_form(const char *text)
{
	return strlen(text) >= 5 && same_nocase(text, "pool:", 5);
}

static void
finish(struct rsp_pool_name *name, const struct out *o, const char *why)
{
	if (why == NULL && o->len == 0)
		why = "an empty pool handle";
	if (why == NULL && o->len > o->size)
		why = "the pool handle is too long";
	name->kind = why == NULL ? RSP_POOL_NAME_OURS : RSP_POOL_NAME_BAD;
	name->why = why;
	if (why == NULL)
		name->handle = (struct rsp_span){ o->at, o->len };
}

void
rsp_pool_name_parse(const char *text, const char *domain, void *buffer,
    size_t size, struct rsp_pool_name *name)
{
	struct out o = { buffer, 0, size };
	ptrdiff_t len;

	memset(name, 0, sizeof(*name));
	if (has_colon_form(text)) {
		finish(name, &o, unescape(text + 5, strlen(text + 5), &o));
		return;
	}
	len = before_domain(text, domain);
	if (len < 0)
		return;
	if (len >= 3 && same_nocase(text, "x--", 3)) {
		finish(name, &o, unhex(text + 3, (size_t)len - 3, &o));
		return;
	}
	for (ptrdiff_t i = 0; i < len; i++)
		put(&o, text[i]);
	name->any_case = true;
	finish(name, &o, NULL);
}

void
rsp_pool_name_parse_bare(const char *text, const char *domain, void *buffer,
    size_t size, struct rsp_pool_name *name)
{
	struct out o = { buffer, 0, size };

	rsp_pool_name_parse(text, domain, buffer, size, name);
	if (name->kind == RSP_POOL_NAME_OTHER)
		finish(name, &o, unescape(text, strlen(text), &o));
}

bool
rsp_pool_name_is_ours(const char *text, const char *domain)
{
	return has_colon_form(text) || before_domain(text, domain) >= 0;
}

/* Is this one label that every program takes for a host name, and that the
 * parser does not take for the hex form? */
static bool
is_plain(struct rsp_span h)
{
	if (h.len == 0 || h.len > LABEL_MAX || h.at[0] == '-' ||
	    h.at[h.len - 1] == '-' ||
	    (h.len >= 3 && same_nocase((const char *)h.at, "x--", 3)))
		return false;
	for (size_t i = 0; i < h.len; i++)
		if (h.at[i] != '-' && !(h.at[i] >= '0' && h.at[i] <= '9') &&
		    !(lower((char)h.at[i]) >= 'a' &&
			lower((char)h.at[i]) <= 'z'))
			return false;
	return true;
}

static void
put_hex(struct out *o, struct rsp_span h)
{
	static const char digits[] = "0123456789abcdef";
	size_t label = 3;

	put(o, 'x');
	put(o, '-');
	put(o, '-');
	for (size_t i = 0; i < h.len; i++) {
		if (label + 2 > LABEL_MAX) {
			put(o, '.');
			label = 0;
		}
		put(o, digits[h.at[i] >> 4]);
		put(o, digits[h.at[i] & 15]);
		label += 2;
	}
}

int
rsp_pool_name_make(struct rsp_span handle, const char *domain, char *text,
    size_t size)
{
	struct out o = { (uint8_t *)text, 0, size };

	if (is_plain(handle))
		for (size_t i = 0; i < handle.len; i++)
			put(&o, handle.at[i]);
	else
		put_hex(&o, handle);
	put(&o, '.');
	for (; *domain != '\0'; domain++)
		put(&o, *domain);
	put(&o, '\0');
	if (o.len <= size)
		return (int)o.len - 1;
	if (size > 0)
		text[0] = '\0';
	return RSP_ESPACE;
}

/* What a terminal shows as a blank, or not at all, or what turns the text
 * around it (Unicode's White_Space, Default_Ignorable_Code_Point and
 * Bidi_Control, and what is no character): by it one handle looks like another,
 * or a line like two. */
static bool
is_invisible(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = { { 0xa0, 0xa0 }, { 0xad, 0xad }, { 0x34f, 0x34f },
		{ 0x61c, 0x61c }, { 0x115f, 0x1160 }, { 0x1680, 0x1680 },
		{ 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x2000, 0x200f },
		{ 0x2028, 0x202f }, { 0x205f, 0x206f }, { 0x3000, 0x3000 },
		{ 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0xfffe, 0xffff },
		{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
		{ 0xe0000, 0xe0fff } };

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Bytes of the UTF-8 character at the start, 0 when it is none (overlong,
 * surrogate, beyond the end), or is not to be seen as such. */
size_t
rsp_pool_name_visible(struct rsp_span s)
{
	uint32_t c = s.at[0];
	size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	static const uint32_t least[] = { 0, 0, 0xa0, 0x800, 0x10000 };

	if (c < 0x80)
		return c > ' ' && c < 0x7f ? 1 : 0;
	if (c < 0xc2 || c > 0xf4 || s.len < n)
		return 0;
	c &= 0x7fu >> n;
	for (size_t i = 1; i < n; i++) {
		if ((s.at[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s.at[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ||
	    is_invisible(c))
		return 0;
	return n;
}

/* Escapes the character at the front of *h into `text` (room for 4 bytes) and
 * steps over it; returns the length. */
static size_t
escape_one(struct rsp_span *h, char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t n = *h->at == '%' ? 0 : rsp_pool_name_visible(*h), len = n;

	if (n == 0) {
		text[0] = '%';
		text[1] = digits[*h->at >> 4];
		text[2] = digits[*h->at & 15];
		n = 1;
		len = 3;
	} else
		memcpy(text, h->at, n);
	h->at += n;
	h->len -= n;
	return len;
}

const char *
rsp_pool_name_escape(struct rsp_span handle, char *text, size_t size)
{
	struct rsp_span rest = handle;
	size_t used = 0, need = 0;
	char one[4];

	while (rest.len > 0 && need < size)
		need += escape_one(&rest, one);
	size -= need < size ? 1 : 4; /* what must stay free at the end */
	while (handle.len > 0) {
		size_t len = escape_one(&handle, one);

		if (used + len > size) {
			memcpy(text + used, "...", 3);
			used += 3;
			break;
		}
		memcpy(text + used, one, len);
		used += len;
	}
	text[used] = '\0';
	return text;
}
