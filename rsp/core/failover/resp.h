/* SPDX-License-Identifier: Apache-2.0 */
/* resp.h - counter of whole values in Redis's protocol: questions one way,
 * answers the other
 *
 * In the serialization protocol of Redis (RESP, versions 2 and 3) each command
 * is an array and has one answer, in order.  So the counts tell which questions
 * are out on a connection that speaks it, however many commands are sent at
 * once and however the answers come in.  Only the lengths are read.
 */
#ifndef RSP_RESP_H
#define RSP_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RSP_RESP_DEPTH 32 /* of arrays within arrays */

struct rsp_resp {
	uint64_t count; /* whole values so far */
	bool bad;	/* something else was said */

	uint8_t type;  /* of the value that is begun; 0: none is */
	uint8_t state; /* within it */
	bool negative, digit, aside;
	uint64_t number;
	unsigned depth;
	uint64_t left[RSP_RESP_DEPTH]; /* elements to come, by depth */
};

/* Could these be the first bytes of commands? */
bool rsp_resp_may_begin(const void *bytes, size_t n);

void rsp_resp_init(struct rsp_resp *r);
void rsp_resp_add(struct rsp_resp *r, const void *bytes, size_t n);

/* Not in the middle of a value. */
bool rsp_resp_is_between(const struct rsp_resp *r);

#endif
