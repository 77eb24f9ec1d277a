/* SPDX-License-Identifier: Apache-2.0 */
/* word.c - lines of bytes, of which few are ours */
#include "rsp/register/word.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "X_RSP_"
#define VALUE_MAX 32

static void
take_load(struct word *w, const char *value)
{
	char *end;
	double v = strtod(value, &end);

	if (end == value || !(v >= 0) ||
	    (*end != '\0' && strcmp(end, "%") != 0)) {
		w->trouble = "X_RSP_LOAD is no percentage";
		return;
	}
	w->has_load = true;
	w->load = v > 100 ? 100 : v;
}

static void
take_ready(struct word *w, const char *value)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0) {
		w->trouble = "X_RSP_READY is neither 0 nor 1";
		return;
	}
	w->has_ready = true;
	w->ready = *value == '1';
}

static const struct {
	const char *name;
	void (*take)(struct word *w, const char *value);
} rows[] = {
	{ PREFIX "LOAD=", take_load },
	{ PREFIX "READY=", take_ready },
};

static bool
starts(const char *line, size_t len, const char *text)
{
	size_t n = strlen(text);

	return len >= n && memcmp(line, text, n) == 0;
}

/* A line without its end. */
static void
take_line(struct word *w, const char *line, size_t len)
{
	char value[VALUE_MAX];
	size_t i, name;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (starts(line, len, rows[i].name))
			break;
	if (i == sizeof(rows) / sizeof(rows[0])) {
		w->trouble = "X_RSP_LOAD and X_RSP_READY are all there is";
		return;
	}
	name = strlen(rows[i].name);
	len -= name;
	/* the zero of a string that was sent with it */
	if (len > 0 && line[name + len - 1] == '\0')
		len--;
	/* what is too long, or has a zero in it, is no value of any of them */
	if (len >= sizeof(value))
		len = 0;
	memcpy(value, line + name, len);
	value[len] = '\0';
	if (strlen(value) != len)
		value[0] = '\0';
	rows[i].take(w, value);
}

size_t
word_take(struct word *w, char *text, size_t len)
{
	char *line = text, *end, *next, *out = text;

	for (; line < text + len; line = next) {
		end = memchr(line, '\n', (size_t)(text + len - line));
		next = end == NULL ? text + len : end + 1;
		if (end == NULL)
			end = next;
		if (starts(line, (size_t)(end - line), PREFIX)) {
			take_line(w, line, (size_t)(end - line));
			continue;
		}
		memmove(out, line, (size_t)(next - line));
		out += next - line;
	}
	return (size_t)(out - text);
}
