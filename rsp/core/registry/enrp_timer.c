/* SPDX-License-Identifier: Apache-2.0 */
/* enrp_timer.c - a heap of deadlines, each with what is to be done then
 *
 * Room for every timer is made when its owner is, so that nothing fails later.
 */
#include "rsp/core/registry/enrp_timer.h"

#include "rsp/core/registry/registry_inner.h"

int
enrp_timer_reserve(struct rsp_registry *r, unsigned n)
{
	int err = rsp_heap_reserve(&r->enrp.timers, r->enrp.n_timers + n);

	if (err == RSP_OK)
		r->enrp.n_timers += n;
	return err;
}

void
enrp_timer_release(struct rsp_registry *r, unsigned n)
{
	r->enrp.n_timers -= n;
}

void
enrp_timer_set(struct rsp_registry *r, struct enrp_timer *timer, rsp_time at)
{
	if (at == RSP_NEVER)
		rsp_heap_remove(&r->enrp.timers, &timer->node);
	else if (timer->node.slot == 0)
		rsp_heap_add(&r->enrp.timers, &timer->node, (uint64_t)at);
	else
		rsp_heap_move(&r->enrp.timers, &timer->node, (uint64_t)at);
}

bool
enrp_timer_is_set(const struct enrp_timer *timer)
{
	return timer->node.slot != 0;
}

rsp_time
enrp_timer_first(const struct rsp_registry *r)
{
	uint64_t key = rsp_heap_first_key(&r->enrp.timers);

	return key > RSP_NEVER ? RSP_NEVER : (rsp_time)key;
}

void
enrp_timer_run(struct rsp_registry *r, rsp_time now, unsigned *left,
    enrp_timer_due_fn *due)
{
	for (; *left > 0 && rsp_time_reached(enrp_timer_first(r), now);
	     --*left) {
		struct enrp_timer *timer =
		    RSP_CONTAINER(rsp_heap_first(&r->enrp.timers),
			struct enrp_timer, node);

		enrp_timer_set(r, timer, RSP_NEVER);
		due(r, now, timer);
	}
}
