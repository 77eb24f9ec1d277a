/* SPDX-License-Identifier: Apache-2.0 */
/* failover_mode.c - the parser of RSP_FAILOVER: MODE[,POOL=MODE]... */
#include "rsp/user/failover_mode.h"

#include <string.h>

int
failover_mode_parse(const char *text)
{
	static const char *const names[] = { "off", "connect", "auto", "idle",
		"replay", "same" };
	size_t len = strcspn(text, ",");

	for (int i = FAILOVER_OFF; i <= FAILOVER_SAME; i++)
		if (strlen(names[i]) == len && memcmp(names[i], text, len) == 0)
			return i;
	return -1;
}

bool
failover_mode_is_item(const char *item, size_t len)
{
	const char *equals = memrchr(item, '=', len);

	return equals != NULL && equals > item &&
	       failover_mode_parse(equals + 1) >= 0;
}

bool
failover_mode_is_good(const char *text)
{
	bool first = true;

	for (;; text++) {
		size_t len = strcspn(text, ",");

		if (!failover_mode_is_item(text, len) &&
		    (!first || memchr(text, '=', len) != NULL ||
			failover_mode_parse(text) < 0))
			return false;
		first = false;
		text += len;
		if (*text == '\0')
			return true;
	}
}
