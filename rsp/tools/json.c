/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - quotes, commas and colons */
#include "rsp/tools/json.h"

#include <inttypes.h>

/* Bytes of the UTF-8 character, 0 when it is none.  A string ends with its NUL,
 * which is no continuation byte, so nothing is read beyond it. */
static int
utf8(const unsigned char *s)
{
	int n = *s < 0x80 ? 1 : *s >= 0xf0 ? 4 : *s >= 0xe0 ? 3 : 2;

	if (n == 1)
		return 1;
	if (*s < 0xc2 || *s > 0xf4 || (*s == 0xe0 && s[1] < 0xa0) ||
	    (*s == 0xed && s[1] > 0x9f) || (*s == 0xf0 && s[1] < 0x90) ||
	    (*s == 0xf4 && s[1] > 0x8f))
		return 0;
	for (int i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static void
quote(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	putc('"', out);
	while (*s != '\0') {
		int n = utf8(s);

		if (n == 0) {
			fputs("\\ufffd", out);
			n = 1;
		} else if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if (*s < ' ' || *s == 0x7f)
			fprintf(out, "\\u%04x", *s);
		else
			fwrite(s, 1, (size_t)n, out);
		s += n;
	}
	putc('"', out);
}

static void
begin(struct json *j, const char *key)
{
	if (j->started)
		fputs(", ", j->out);
	j->started = true;
	if (key == NULL)
		return;
	quote(j->out, key);
	fputs(": ", j->out);
}

void
json_open(struct json *j, const char *key, char bracket)
{
	begin(j, key);
	putc(bracket, j->out);
	j->started = false;
}

void
json_close(struct json *j, char bracket)
{
	putc(bracket, j->out);
	j->started = true;
}

void
json_string(struct json *j, const char *key, const char *value)
{
	begin(j, key);
	quote(j->out, value);
}

void
json_number(struct json *j, const char *key, int64_t value)
{
	begin(j, key);
	fprintf(j->out, "%" PRId64, value);
}

void
json_raw(struct json *j, const char *key, const char *value)
{
	begin(j, key);
	fputs(value, j->out);
}

void
json_hex(struct json *j, const char *key, uint32_t value)
{
	begin(j, key);
	fprintf(j->out, "\"0x%08" PRIx32 "\"", value);
}

void
json_bool(struct json *j, const char *key, bool value)
{
	json_raw(j, key, value ? "true" : "false");
}
