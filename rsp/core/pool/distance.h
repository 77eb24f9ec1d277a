/* SPDX-License-Identifier: Apache-2.0 */
/* distance.h - distance of a pool element (draft-dreibholz-rserpool-delay):
 * from round trips to the word of its policy
 *
 * Some policies have a word for the distance in milliseconds.  An element that
 * registers is as far from its home as its association is long.  A registrar
 * that learns of it from another registrar adds the way to that one.  A
 * registrar's users are near it, so its distances are the ones that they want
 * to know.
 */
#ifndef RSP_DISTANCE_H
#define RSP_DISTANCE_H

#include "rsp/core/wire/param.h"

/* Half a round trip, as the nearest multiple of the step (section 2.1).  The
 * result is 0 for a step of 0 and for a round trip below 0, which is not
 * known. */
uint32_t rsp_distance_of(int64_t round_trip_us, int64_t step_ms);

/* The policy's word for the distance; NULL: it has none. */
uint32_t *rsp_policy_distance(struct rsp_policy *p);

#endif
