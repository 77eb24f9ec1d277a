/* SPDX-License-Identifier: Apache-2.0 */
/* duration.h - parser of durations: decimal seconds into milliseconds, as
 * options and the environment have them */
#ifndef RSP_DURATION_H
#define RSP_DURATION_H

#include <stdint.h>

/* A bit over 31 years.  A longer time is taken for a slip of the pen. */
#define RSP_DURATION_MAX_S 1000000000

/* Reads "5", "0.25", ".5" or "2." as milliseconds.  A rest below one
 * millisecond counts as one, so that only zero is zero.  The decimal point is a
 * point in every locale.  On RSP_EINVALID *ms is 0. */
int rsp_duration_parse(const char *text, int64_t *ms);

#endif
