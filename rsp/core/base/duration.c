/* SPDX-License-Identifier: Apache-2.0 */
/* duration.c - parser of durations: decimal seconds into milliseconds */
#include "rsp/core/base/duration.h"

#include <stdbool.h>

#include "rsp/core/base/error.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int
rsp_duration_parse(const char *text, int64_t *ms)
{
	int64_t whole = 0, part = 0, unit = 100;
	bool digits = false, rest = false;

	*ms = 0;
	for (; is_digit(*text); text++, digits = true) {
		whole = whole * 10 + (*text - '0');
		if (whole > RSP_DURATION_MAX_S)
			return RSP_EINVALID;
	}
	if (*text == '.')
		text++;
	for (; is_digit(*text); text++, unit /= 10, digits = true) {
		part += (*text - '0') * unit;
		rest |= unit == 0 && *text != '0';
	}
	if (!digits || *text != '\0')
		return RSP_EINVALID;
	*ms = whole * 1000 + part + rest;
	return RSP_OK;
}
