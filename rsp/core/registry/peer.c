/* SPDX-License-Identifier: Apache-2.0 */
/* peer.c - the list of peers, and the life of each (RFC 5353 section 3.4; the
 * states are described in peer.h)
 */
#include "rsp/core/registry/peer.h"

#include <stdlib.h>

#include "rsp/core/registry/connecting.h"
#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/enrp.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/registry/registry_inner.h"

/* Timers of a peer: its state's, the next call, an answer to a download. */
#define TIMERS 3

struct peer *
peer_find(const struct rsp_registry *r, uint32_t id)
{
	struct rsp_hash_node *node = rsp_hash_find(&r->enrp.by_id,
	    rsp_hash_pair(&r->space.seed, id, 0), id);

	return node == NULL ? NULL : RSP_CONTAINER(node, struct peer, by_id);
}

struct peer *
peer_new(struct rsp_registry *r, rsp_time now, uint32_t id)
{
	struct peer *p;

	if (r->enrp.n_peers >= r->config.max_peers)
		return NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	if (enrp_timer_reserve(r, TIMERS) != RSP_OK) {
		free(p);
		return NULL;
	}
	p->id = id;
	p->state = RSP_PEER_NAMED;
	p->foreign = true;
	p->last_heard = now;
	rsp_home_init(&p->home, id);
	rsp_owner_init(&p->owner, &p->home);
	p->owner.kind = OWNER_PEER;
	rsp_list_init(&p->assocs);
	p->timer.kind = ENRP_TIMER_PEER;
	p->call_timer.kind = ENRP_TIMER_CALL;
	p->fetch_timer.kind = ENRP_TIMER_FETCH;
	p->by_id.hash = rsp_hash_pair(&r->space.seed, id, 0);
	p->by_id.key = id;
	rsp_hash_add(&r->enrp.by_id, &p->by_id);
	rsp_list_add(&r->enrp.peers, &p->all);
	r->enrp.n_peers++;
	enrp_timer_set(r, &p->timer,
	    rsp_time_add(now, r->config.max_time_last_heard +
				  r->config.max_time_no_response));
	return p;
}

void
peer_free(struct rsp_registry *r, struct peer *p)
{
	if (r->enrp.retire_to == &p->all)
		r->enrp.retire_to = p->all.next;
	rsp_list_remove(&p->all);
	rsp_hash_remove(&r->enrp.by_id, &p->by_id);
	connecting_end(r, &p->connecting);
	enrp_timer_set(r, &p->timer, RSP_NEVER);
	enrp_timer_set(r, &p->call_timer, RSP_NEVER);
	enrp_timer_set(r, &p->fetch_timer, RSP_NEVER);
	enrp_timer_release(r, TIMERS);
	r->enrp.n_peers--;
	free(p->takeover);
	free(p);
}

bool
peer_is_up(const struct peer *p)
{
	return p->state == RSP_PEER_ACTIVE && p->via != NULL;
}

bool
peer_has_proof(const struct rsp_registry *r, rsp_time now, const struct peer *p)
{
	return peer_is_up(p) &&
	       now < rsp_time_add(p->last_heard, r->config.max_time_last_heard);
}

unsigned
peer_count_up(const struct rsp_registry *r, const struct peer *but)
{
	unsigned n = 0;

	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		const struct peer *p = RSP_CONTAINER(l, struct peer, all);

		n += p != but && peer_is_up(p);
	}
	return n;
}

void
peer_send(struct rsp_registry *r, struct peer *p, const struct rsp_message *m)
{
	if (p->via != NULL)
		registry_send(r, p->via, m);
}
