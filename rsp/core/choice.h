/* SPDX-License-Identifier: Apache-2.0 */
/* choice.h - the pool user's half of a policy: which of the elements that a
 * registrar answered is tried first, second, ... (RFC 5356)
 *
 * Without state: whoever calls keeps a position per pool, which grows by one
 * with every choice and may be shared by many processes.  Lists are put into an
 * order of their own before taking turns, so that turns stay exact when the
 * registrar rotates its answers.
 */
#ifndef RSP_CHOICE_H
#define RSP_CHOICE_H

#include "rsp/core/policy.h"

#define RSP_CHOICE_MAX 128

/* One element of an answer. */
struct rsp_choice {
	uint32_t pe_id;
	uint32_t words[RSP_POLICY_WORDS]; /* of its own policy parameter */
	uint32_t uses; /* own choices of it since the answer came; counts for
			* policies with `counts` */
};

/* Puts the indices of the `n` elements of `list` (at most RSP_CHOICE_MAX, in
 * the order of the answer) into `order`, best first, for the pool policy
 * `type`.  Elements that cannot serve are left out.  Returns how many there
 * are.
 *
 * `random` gives uniform 32 bits; it is called for random policies only. */
unsigned rsp_choose(uint32_t type, const struct rsp_choice *list, unsigned n,
    uint64_t position, uint32_t (*random)(void *ctx), void *ctx,
    uint8_t order[RSP_CHOICE_MAX]);

#endif
