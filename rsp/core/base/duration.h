/* SPDX-License-Identifier: Apache-2.0 */
/* duration.h - seconds with a fraction, as options and the environment have
 * them */
#ifndef RSP_DURATION_H
#define RSP_DURATION_H

#include <stdint.h>

/* A bit over 31 years; what is longer is a slip. */
#define RSP_DURATION_MAX_S 1000000000

/* "5", "0.25", ".5", "2." into milliseconds; a rest below one counts as one, so
 * that only zero is zero.  The point is a point in every locale.  RSP_EINVALID
 * (then *ms is 0). */
int rsp_duration_parse(const char *text, int64_t *ms);

#endif
