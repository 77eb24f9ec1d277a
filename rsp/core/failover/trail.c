/* SPDX-License-Identifier: Apache-2.0 */
/* trail.c - digests along a run of bytes: the marks, and where they lie */
#include "rsp/core/failover/trail.h"

#define EVEN 32	      /* marks with the same distance, */
#define PER_DOUBLE 16 /* and then for each doubling */

/* The mark behind `at`: where it is, and which. */
static uint64_t
next_mark(uint64_t at, size_t *which)
{
	uint64_t base = (uint64_t)EVEN * RSP_TRAIL_STEP, step, next;
	unsigned doubled = 0;

	if (at < base) {
		next = (at / RSP_TRAIL_STEP + 1) * RSP_TRAIL_STEP;
		*which = (size_t)(next / RSP_TRAIL_STEP) - 1;
		return next;
	}
	for (; at / 2 >= base; doubled++)
		base *= 2;
	step = base / PER_DOUBLE;
	next = (at / step + 1) * step;
	*which =
	    EVEN + PER_DOUBLE * doubled + (size_t)((next - base) / step) - 1;
	return next;
}

/* A mark is a digest's chain, for it lies at the end of a block. */
static bool
is_at(const struct rsp_digest *d, uint64_t mark, size_t which)
{
	return d->at == mark && which < RSP_TRAIL_MARKS;
}

/* Adds bytes up to the next mark.  Returns how many. */
static size_t
add_some(struct rsp_digest *d, uint64_t mark, const void *bytes, size_t n)
{
	if (n > mark - d->at)
		n = (size_t)(mark - d->at);
	rsp_digest_add(d, bytes, n);
	return n;
}

void
rsp_trail_reach(struct rsp_trail *t, struct rsp_digest *d, const void *bytes,
    size_t n)
{
	const uint8_t *p = bytes;
	size_t which, some;
	uint64_t mark;

	for (; n > 0; p += some, n -= some) {
		mark = next_mark(d->at, &which);
		some = add_some(d, mark, p, n);
		if (is_at(d, mark, which))
			t->marks[which] = (uint32_t)d->chain;
	}
	t->next = next_mark(d->at, &which);
}

bool
rsp_trail_follow(const struct rsp_trail *t, struct rsp_digest *again,
    const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	size_t which, some;
	uint64_t mark;

	for (; n > 0; p += some, n -= some) {
		mark = next_mark(again->at, &which);
		some = add_some(again, mark, p, n);
		if (is_at(again, mark, which) &&
		    t->marks[which] != (uint32_t)again->chain)
			return false;
	}
	return true;
}
