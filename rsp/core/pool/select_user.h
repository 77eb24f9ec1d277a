/* SPDX-License-Identifier: Apache-2.0 */
/* select_user.h - selection of pool elements by the pool user: its half of each
 * policy (RFC 5356)
 *
 * It says which of the elements that a registrar answered is tried first,
 * second, ...
 *
 * The functions have no state.  The caller keeps a position per pool, which
 * grows by one with every choice and may be shared by many processes.  Lists
 * are put into an order of their own before taking turns, so that turns stay
 * exact when the registrar rotates its answers.
 */
#ifndef RSP_SELECT_USER_H
#define RSP_SELECT_USER_H

#include "rsp/core/pool/policy.h"
#include "rsp/core/base/random.h"

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
 * `type`. Elements that cannot serve are left out.  Returns how many there are.
 *
 * In turn (RR, WRR): the position says which element's turn it is.  Over one
 * round of consecutive positions each element comes first exactly as often as
 * it weighs.  At random (RAND, WRAND, RLU): each place is drawn by weight from
 * those left.  By rank (LU, LUD, PLU, LU-DPF): the registrar's order is kept,
 * but own uses degrade LUD, and equal ranks take turns by the position.  PRIO:
 * the highest comes first, equal ones always in the same order.
 *
 * `random` gives uniform 32 bits.  It is called for random policies only.
 */
unsigned rsp_choose(uint32_t type, const struct rsp_choice *list, unsigned n,
    uint64_t position, rsp_random_fn *random, void *ctx,
    uint8_t order[RSP_CHOICE_MAX]);

#endif
