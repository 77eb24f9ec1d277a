/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - printf around the line writer that all our programs share */
#include "registrar/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rsp/net/log.h"

#define LINE_BYTES 1000

void
log_init(int level)
{
	rsp_log_init("rsp-registrar", (enum rsp_log_level)level, NULL);
}

static void
put(enum rsp_log_level level, int error, const char *format, va_list ap)
{
	char line[LINE_BYTES];

	if (!rsp_log_enabled(level))
		return;
	vsnprintf(line, sizeof(line), format, ap);
	if (error != 0)
		rsp_log(level, "%s: %s", line, strerror(error));
	else
		rsp_log(level, "%s", line);
}

void
log_debug(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(RSP_LOG_DEBUG, 0, format, ap);
	va_end(ap);
}

void
log_info(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(RSP_LOG_INFO, 0, format, ap);
	va_end(ap);
}

void
log_warn(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(RSP_LOG_WARN, errno, format, ap);
	va_end(ap);
}

void
log_warnx(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(RSP_LOG_WARN, 0, format, ap);
	va_end(ap);
}

void
fatal(int status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(RSP_LOG_ERROR, errno, format, ap);
	va_end(ap);
	exit(status);
}

void
fatalx(int status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(RSP_LOG_ERROR, 0, format, ap);
	va_end(ap);
	exit(status);
}

bool
log_pass(struct log_limit *limit, rsp_time now)
{
	if (limit->lines == 0 ||
	    rsp_time_reached(rsp_time_add(limit->since, LOG_LIMIT_PERIOD),
		now)) {
		if (limit->lost > 0)
			log_info("%s left out: count=%u", limit->what,
			    limit->lost);
		limit->since = now;
		limit->lines = 0;
		limit->lost = 0;
	}
	if (limit->lines < LOG_LIMIT_LINES) {
		limit->lines++;
		return true;
	}
	limit->lost++;
	return false;
}
