/* SPDX-License-Identifier: Apache-2.0 */
/* vector.c - reader of tests/data/vectors: one line at a time, and no mercy for
 * a bad one */
#include "tests/lib/vector.h"

#include <ctype.h>
#include <stdlib.h>

static void
die(const char *why, const char *line)
{
	fprintf(stderr, "vector: %s: %s\n", why, line);
	exit(EXIT_FAILURE);
}

/* Appends the hex digits before a note to `out`. */
static void
read_hex(const char *line, uint8_t *out, size_t *len, size_t size)
{
	const char *p = line;
	unsigned byte;

	while (*p != '\0' && *p != ';') {
		if (isspace((unsigned char)*p)) {
			p++;
			continue;
		}
		if (*len == size || !isxdigit((unsigned char)p[0]) ||
		    !isxdigit((unsigned char)p[1]) ||
		    sscanf(p, "%2x", &byte) != 1)
			die("no bytes in hex, or too many", line);
		out[(*len)++] = (uint8_t)byte;
		p += 2;
	}
}

static void
read_title(const char *line, struct vector *v)
{
	char protocol[8];

	memset(v, 0, sizeof(*v));
	if (sscanf(line, "= %7s %15s %79[^\n]", protocol, v->verdict,
		v->name) != 3)
		die("no title", line);
	if (strcmp(protocol, "enrp") == 0)
		v->protocol = RSP_ENRP;
	else if (strcmp(protocol, "asap") != 0)
		die("no such protocol", line);
}

/* What ends a vector: the next title, which stays in the file. */
static bool
at_title(FILE *f)
{
	int c = getc(f);

	ungetc(c, f);
	return c == '=' || c == EOF;
}

bool
vector_next(FILE *f, struct vector *v)
{
	char line[256];
	bool found = false;

	while (
	    !(found && at_title(f)) && fgets(line, sizeof(line), f) != NULL) {
		if (line[0] == '=') {
			read_title(line, v);
			found = true;
		} else if (line[0] == '#' || line[0] == '\n') {
			continue;
		} else if (!found) {
			die("bytes before the first title", line);
		} else if (line[0] == '>') {
			read_hex(line + 1, v->report, &v->report_len,
			    sizeof(v->report));
		} else {
			read_hex(line, v->bytes, &v->len, sizeof(v->bytes));
		}
	}
	return found;
}

struct rsp_span
vector_bytes(const struct vector *v)
{
	return (struct rsp_span){ v->bytes, v->len };
}

bool
vector_is_valid(const struct vector *v)
{
	return strcmp(v->verdict, "ok") == 0 ||
	       strcmp(v->verdict, "lenient") == 0;
}
