/* SPDX-License-Identifier: Apache-2.0 */
/* run_setting.c - checks of the values of rsp-run's options
 *
 * Each value is checked by the function that reads it in the library.
 */
#include "shim/run/run_setting.h"

#include <stdlib.h>
#include <string.h>

#include "rsp/net/log.h"
#include "rsp/user/user.h"
#include "rsp/core/base/duration.h"
#include "rsp/core/base/error.h"
#include "rsp/user/failover_mode.h"

const char *
setting_registrars(const char *value)
{
	struct rsp_endpoint e;
	char text[sizeof(e.text)];
	const char *what;
	int n = 0;

	for (; rsp_endpoint_next(&value, text, sizeof(text)); n++)
		if (rsp_registrar_parse(text, &e, &what) != RSP_OK)
			return what;
	return n > 0 ? NULL : "not an endpoint";
}

/* Pools' handles, with a comma between two. */
const char *
setting_pools(const char *value)
{
	return *value != '\0' && *value != ',' && strstr(value, ",,") == NULL &&
		       value[strlen(value) - 1] != ','
		   ? NULL
		   : "not a list of pools";
}

const char *
setting_failover(const char *value)
{
	return failover_mode_is_good(value)
		   ? NULL
		   : "not MODE[,POOL=MODE]..., with off, "
		     "connect, auto, same, idle or replay";
}

const char *
setting_seconds(const char *value)
{
	int64_t ms;

	return rsp_duration_parse(value, &ms) == RSP_OK
		   ? NULL
		   : "not a number of seconds";
}

const char *
setting_more_than_no_seconds(const char *value)
{
	int64_t ms;

	return rsp_duration_parse(value, &ms) == RSP_OK && ms > 0
		   ? NULL
		   : "not a number of seconds above 0";
}

const char *
setting_cache(const char *value)
{
	return strcmp(value, "shared") == 0 || strcmp(value, "private") == 0 ||
		       strcmp(value, "off") == 0
		   ? NULL
		   : "not shared, private or off";
}

const char *
setting_bytes(const char *value)
{
	char *end;

	if (*value < '0' || *value > '9')
		return "not a number of bytes";
	strtoll(value, &end, 10);
	return *end == '\0' ? NULL : "not a number of bytes";
}

/* An empty one switches dotted names off. */
const char *
setting_domain(const char *value)
{
	struct rsp_user_config c;

	return strlen(value) < sizeof(c.domain) ? NULL : "too long";
}

const char *
setting_directory(const char *value)
{
	struct rsp_user_config c;

	return *value == '\0'			       ? "not a directory"
	       : strlen(value) < sizeof(c.runtime_dir) ? NULL
						       : "too long";
}

const char *
setting_level(const char *value)
{
	return rsp_log_parse(value) >= 0 ? NULL
					 : "not error, warn, info or debug";
}

const char *
setting_file(const char *value)
{
	return *value != '\0' ? NULL : "not a file";
}
