/* SPDX-License-Identifier: Apache-2.0 */
/* time.h - time of the core: milliseconds on a clock that the caller reads
 *
 * The core never reads a clock.  Its caller says what time it is, on any clock
 * that does not run backwards (the shells use CLOCK_BOOTTIME, which all
 * processes of a host share).  Times are compared and moved by these helpers
 * only, so that RSP_NEVER stays never.
 */
#ifndef RSP_TIME_H
#define RSP_TIME_H

#include <stdbool.h>
#include <stdint.h>

typedef int64_t rsp_time; /* milliseconds */

#define RSP_NEVER INT64_MAX

/* `after_ms` below 0 counts as 0; a sum that would overflow is RSP_NEVER. */
static inline rsp_time
rsp_time_add(rsp_time t, int64_t after_ms)
{
	if (after_ms < 0)
		after_ms = 0;
	return t > RSP_NEVER - after_ms ? RSP_NEVER : t + after_ms;
}

static inline bool
rsp_time_reached(rsp_time deadline, rsp_time now)
{
	return deadline != RSP_NEVER && deadline <= now;
}

static inline rsp_time
rsp_time_min(rsp_time a, rsp_time b)
{
	return a < b ? a : b;
}

/* Milliseconds from `now` to `deadline`: 0 when it is reached, -1 for never, so
 * that the result fits poll(2) and epoll_wait(2). */
static inline int
rsp_time_left(rsp_time deadline, rsp_time now)
{
	if (deadline == RSP_NEVER)
		return -1;
	if (deadline <= now)
		return 0;
	return deadline - now > INT32_MAX ? INT32_MAX : (int)(deadline - now);
}

#endif
