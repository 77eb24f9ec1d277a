/* SPDX-License-Identifier: Apache-2.0 */
/* log.h - log lines that are safe anywhere, one line and one write(2) each
 *
 * For a stranger's process: no allocation, no stdio, no descriptor kept, errno
 * kept, no signal raised, nothing that blocks.  A line that cannot be written
 * is lost.  Standard error is written to only while descriptor 2 is still what
 * it was at rsp_log_init(): a daemon may have given the number to a socket.
 */
#ifndef RSP_LOG_H
#define RSP_LOG_H

#include <stdbool.h>

enum rsp_log_level {
	RSP_LOG_ERROR,
	RSP_LOG_WARN,
	RSP_LOG_INFO,
	RSP_LOG_DEBUG,
};

/* `who` begins each line, `path` is NULL for standard error; both must stay.
 * Without this call nothing is written. */
void rsp_log_init(const char *who, enum rsp_log_level level, const char *path);

/* "error", "warn", "info", "debug"; -1 for none of them. */
int rsp_log_parse(const char *text);

/* Would a line of this level be written? */
bool rsp_log_enabled(enum rsp_log_level level);

/* "who: text\n".  Of printf there are %s %d %u %x %ld %lu %lx %lld %llu %llx
 * %zu %c and %%, without flags and widths.  Control characters in a %s become
 * '?', so that one event stays one line; a line is cut at 1000 bytes. */
void rsp_log(enum rsp_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
