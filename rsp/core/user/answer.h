/* SPDX-License-Identifier: Apache-2.0 */
/* answer.h - packed answer of a registrar to a handle resolution
 *
 * It is the form that the cache of the pool user keeps: a run of 64-bit words
 * without pointers, which may lie in memory that other processes write.
 * Elements stand in the order of their IDs, so that two answers with the same
 * content are the same words however the registrar rotated them.  Only for
 * policies that rank elements is the registrar's order kept, for it knows more
 * than the numbers say.
 *
 * An answer begins with RSP_ANSWER_HEAD words that belong to the cache.
 * Reading trusts none of the words: what makes no sense reads as fewer
 * elements.
 */
#ifndef RSP_ANSWER_H
#define RSP_ANSWER_H

#include "rsp/core/wire/param.h"

#define RSP_ANSWER_ELEMENTS 128
#define RSP_ANSWER_HEAD 4
/* All elements with one address each, and 330 addresses more. */
#define RSP_ANSWER_WORDS 2048u

struct rsp_answer {
	uint64_t *words; /* the caller's */
	unsigned size;	 /* words there are */
	unsigned n;	 /* words used */
};

/* One element.  `address` is the first one; see rsp_answer_address(). */
struct rsp_answer_pe {
	uint32_t id, home;
	int32_t life;
	uint16_t transport; /* RSP_PARAM_TCP ... */
	uint16_t port;
	struct rsp_policy policy;
	unsigned n_addresses;
	struct rsp_address address;
	unsigned at; /* where its addresses are */
};

/* Packs the elements of a resolution response (decoded, so known to be whole).
 * What is too much (RSP_ANSWER_ELEMENTS, `size`) is left out.  RSP_ENOENT when
 * there is no element. */
int rsp_answer_pack(struct rsp_answer *a, const struct rsp_policy *policy,
    struct rsp_span elements);

unsigned rsp_answer_count(const struct rsp_answer *a);
uint32_t rsp_answer_policy(const struct rsp_answer *a);
uint16_t rsp_answer_transport(const struct rsp_answer *a); /* of the pool */
bool rsp_answer_has_family(const struct rsp_answer *a, int family4or6);

/* Steps through the elements; *at starts at 0.  false at the end. */
bool rsp_answer_next(const struct rsp_answer *a, unsigned *at,
    struct rsp_answer_pe *pe);
struct rsp_address rsp_answer_address(const struct rsp_answer *a,
    const struct rsp_answer_pe *pe, unsigned i);

/* The place where turns of round robin start: added to the pool's position. */
uint64_t rsp_answer_offset(const struct rsp_answer *a);

/* Sets the offset so that turns go on behind the element that `old` gave at
 * the last of `positions` choices. */
void rsp_answer_continue(struct rsp_answer *a, const struct rsp_answer *old,
    uint64_t positions);

/* Are both the same but for the head and the offset? */
bool rsp_answer_equal(const struct rsp_answer *a, const struct rsp_answer *b);

#endif
