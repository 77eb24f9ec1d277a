/* SPDX-License-Identifier: Apache-2.0 */
/* reply.c - line by line, then a count of bytes */
#include "rsp/register/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ENOUGH 12 /* "HTTP/1.1 200" */

static bool
is_interim(int status)
{
	return status >= 100 && status < 200 && status != 101;
}

static void
take_status(struct reply *r)
{
	r->line[r->len] = '\0';
	if (sscanf(r->line, "HTTP/%*1u.%*1u %3d", &r->status) != 1) {
		r->status = 0;
		r->state = REPLY_FOREIGN;
	}
	r->started = true;
}

static void
take_field(struct reply *r)
{
	static const char length[] = "content-length:",
			  coding[] = "transfer-encoding:";

	if (strncasecmp(r->line, length, sizeof(length) - 1) == 0) {
		r->has_length = true;
		r->left = strtoull(r->line + sizeof(length) - 1, NULL, 10);
	} else if (strncasecmp(r->line, coding, sizeof(coding) - 1) == 0) {
		r->coded = true;
	}
}

static void
end_head(struct reply *r)
{
	size_t taken = r->taken;

	if (is_interim(r->status)) {
		*r = (struct reply){ .taken = taken };
		return;
	}
	/* What is coded ends with the connection, for we asked for that. */
	r->has_length &= !r->coded;
	r->state = REPLY_BODY;
	if (r->status == 204 || r->status == 304 ||
	    (r->has_length && r->left == 0))
		r->state = REPLY_WHOLE;
}

static void
end_line(struct reply *r)
{
	if (r->len > 0 && r->line[r->len - 1] == '\r')
		r->len--;
	r->line[r->len] = '\0';
	if (!r->started)
		take_status(r);
	else if (r->len == 0)
		end_head(r);
	else
		take_field(r);
	r->len = 0;
}

static void
take_head(struct reply *r, char c)
{
	if (c == '\n') {
		end_line(r);
		return;
	}
	if (r->len < sizeof(r->line) - 1)
		r->line[r->len++] = c;
	if (!r->started && r->len == ENOUGH)
		take_status(r);
}

void
reply_add(struct reply *r, const char *bytes, size_t n)
{
	r->taken += n;
	for (; n > 0 && r->state == REPLY_HEAD; n--)
		take_head(r, *bytes++);
	if (r->state == REPLY_BODY && r->has_length) {
		r->left -= n < r->left ? n : r->left;
		if (r->left == 0)
			r->state = REPLY_WHOLE;
	}
	if (r->taken >= REPLY_MAX)
		reply_end(r);
}

void
reply_end(struct reply *r)
{
	if (!r->started)
		take_status(r);
	else if (is_interim(r->status))
		r->state = REPLY_FOREIGN;
	if (r->state != REPLY_FOREIGN)
		r->state = REPLY_WHOLE;
}
