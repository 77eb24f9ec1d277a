/* SPDX-License-Identifier: Apache-2.0 */
/* configured.c - configured peers, and peers that were lost and may come back
 */
#include "rsp/core/registry/configured.h"

#include <stdlib.h>

#include "rsp/core/registry/connecting.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/peer.h"
#include "rsp/core/registry/registry_inner.h"

/* Calls of a configured peer that turned out to be this registrar itself come
 * so many times less often. */
#define SELF_FACTOR 30

/* Peers that were lost: how many are remembered, for how long, and how many
 * times less often they are called.  Without that a registrar whose configured
 * peers have died while it was cut off would never find the others again. */
#define REMEMBERED_MAX 64
#define REMEMBERED_MS 3600000
#define LOST_FACTOR 5

/* NULL: out of memory. */
struct configured *
configured_new(struct rsp_registry *r, int number)
{
	struct configured *e = calloc(1, sizeof(*e));

	if (e == NULL || enrp_timer_reserve(r, 1) != RSP_OK) {
		free(e);
		return NULL;
	}
	e->number = number;
	e->until = RSP_NEVER;
	e->timer.kind = ENRP_TIMER_CONFIGURED;
	rsp_list_add(&r->enrp.configured, &e->all);
	return e;
}

void
configured_free(struct rsp_registry *r, struct configured *e)
{
	if (e->assoc != NULL)
		e->assoc->configured = NULL;
	r->enrp.n_remembered -= e->number < 0;
	connecting_end(r, &e->connecting);
	enrp_timer_set(r, &e->timer, RSP_NEVER);
	enrp_timer_release(r, 1);
	rsp_list_remove(&e->all);
	free(e);
}

struct configured *
configured_of(const struct rsp_registry *r, uint32_t id)
{
	RSP_LIST_EACH(l, &r->enrp.configured)
	{
		struct configured *e = RSP_CONTAINER(l, struct configured, all);

		if (e->id == id)
			return e;
	}
	return NULL;
}

void
configured_call(struct rsp_registry *r, rsp_time now, struct configured *e)
{
	struct rsp_out out = { .kind = RSP_OUT_CONNECT,
		.protocol = RSP_ENRP,
		.endpoint = e->number,
		.timeout = r->config.max_time_no_response };
	const struct rsp_transport *t =
	    e->n_transports == 0
		? NULL
		: &e->transports[e->next_transport++ % e->n_transports];

	if (e->connecting.number != 0 || e->assoc != NULL)
		return;
	e->called = now;
	out.connecting =
	    connecting_begin(r, &e->connecting, CONNECTING_CONFIGURED);
	if (rsp_outbox_connect(&r->outbox, &out, t)) {
		enrp_timer_set(r, &e->timer, RSP_NEVER);
		return;
	}
	connecting_end(r, &e->connecting);
	enrp_timer_set(r, &e->timer, rsp_time_add(now, r->config.peer_retry));
}

/* It is called again, counted from when it was called last. */
void
configured_call_again(struct rsp_registry *r, struct configured *e)
{
	int64_t pause = r->config.peer_retry;

	e->tried = true;
	if (e->is_self)
		pause *= SELF_FACTOR;
	else if (e->number < 0)
		pause *= LOST_FACTOR;
	enrp_timer_set(r, &e->timer, rsp_time_add(e->called, pause));
}

void
configured_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *timer)
{
	struct configured *e = RSP_CONTAINER(timer, struct configured, timer);
	const struct peer *p = e->id == 0 ? NULL : peer_find(r, e->id);
	int64_t pause = r->config.peer_retry;

	if (e->assoc != NULL)
		return;
	if (e->number < 0 && (now >= e->until || p != NULL))
		configured_free(r, e); /* given up, or it is back */
	else if (p != NULL && p->via != NULL)
		enrp_timer_set(r, &e->timer, rsp_time_add(now, pause));
	else
		configured_call(r, now, e);
}

void
configured_closed(struct rsp_registry *r, struct configured *e)
{
	e->assoc = NULL;
	configured_call_again(r, e);
}

bool
configured_is_pending(const struct rsp_registry *r)
{
	RSP_LIST_EACH(l, &r->enrp.configured)
	{
		const struct configured *e =
		    RSP_CONTAINER(l, struct configured, all);

		if (e->assoc != NULL ? e->assoc->peer == NULL : !e->tried)
			return true;
	}
	return false;
}

static void
forget_oldest(struct rsp_registry *r)
{
	RSP_LIST_EACH(l, &r->enrp.configured)
	{
		struct configured *e = RSP_CONTAINER(l, struct configured, all);

		if (e->number >= 0)
			continue;
		configured_free(r, e);
		return;
	}
}

void
configured_remember(struct rsp_registry *r, rsp_time now, const struct peer *p)
{
	struct configured *e = configured_of(r, p->id);

	if (e != NULL || p->n_transports == 0 || !(p->heard || p->introduced))
		return;
	if (r->enrp.n_remembered >= REMEMBERED_MAX)
		forget_oldest(r);
	e = configured_new(r, -1);
	if (e == NULL)
		return;
	r->enrp.n_remembered++;
	e->id = p->id;
	e->tried = true;
	e->called = now;
	e->until = rsp_time_add(now, REMEMBERED_MS);
	e->n_transports = p->n_transports;
	for (unsigned i = 0; i < p->n_transports; i++)
		e->transports[i] = p->transports[i];
	configured_call_again(r, e);
}
