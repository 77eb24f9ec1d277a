/* SPDX-License-Identifier: Apache-2.0 */
/* log.h - what the registrar has to say, a line on standard error each
 *
 * One event, one line: a fixed phrase, then key=value.  Lines that a stranger
 * can bring about go through a limit of their kind: the first ones of each
 * period are written, the others are counted, and the number is said.
 * A line that standard error does not take at once is lost: a log reader that
 * stops does not stop the registrar.
 */
#ifndef RSP_REGISTRAR_LOG_H
#define RSP_REGISTRAR_LOG_H

#include <stdbool.h>

#include "rsp/core/base/time.h"

/* level: enum rsp_log_level */
void log_init(int level);

void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* warn and fatal append what errno says, warnx and fatalx do not. */
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* End the process with that status. */
void fatal(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));
void fatalx(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

#define LOG_LIMIT_LINES 100
#define LOG_LIMIT_PERIOD 10000 /* ms */

struct log_limit {
	const char *what; /* "pool element lines" */
	rsp_time since;
	unsigned lines, lost;
};

/* May one more line of this kind be written?  Says what was lost once a new
 * period has begun. */
bool log_pass(struct log_limit *limit, rsp_time now);

#endif
