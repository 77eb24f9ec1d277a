/* SPDX-License-Identifier: Apache-2.0 */
/* http_fixture.c - test fixture of a followed HTTP connection: bytes sent and
 * received on it */
#include "tests/lib/http_fixture.h"

struct rsp_http http;
char room[ROOM_SIZE];

void
sent(const char *text)
{
	rsp_http_sent(&http, text, strlen(text));
}

void
received(const char *text)
{
	rsp_http_received(&http, text, strlen(text));
}

size_t
output(char *text, size_t step)
{
	struct rsp_span out;
	size_t n, at = 0;

	while ((out = rsp_http_output(&http)).len > 0) {
		n = out.len < step ? out.len : step;
		memcpy(text + at, out.at, n);
		rsp_http_output_sent(&http, n);
		at += n;
	}
	text[at] = '\0';
	return at;
}
