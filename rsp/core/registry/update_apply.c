/* SPDX-License-Identifier: Apache-2.0 */
/* update_apply.c - what peers say about pool elements, and what of it is taken
 * (RFC 5353 sections 3.2.3, 3.3 and 3.6.3)
 *
 * An element belongs to the registrar where it registered last.  Each registrar
 * speaks for its own elements only, and an update is the newest word of all:
 * even an element of this registrar's goes with it, and is told so over its
 * association, so that it says it again if it is still there.  A table may be
 * older than what is known here; against an element that has its association
 * here it proves nothing.  Tables of third parties count least.
 */
#include "rsp/core/registry/update_apply.h"

#include "rsp/core/pool/distance.h"
#include "rsp/core/registry/change.h"
#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/enrp.h"
#include "rsp/core/registry/holders.h"
#include "rsp/core/registry/inherit.h"
#include "rsp/core/registry/keep_alive.h"
#include "rsp/core/registry/mentor.h"
#include "rsp/core/registry/owners.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/removal.h"
#include "rsp/core/registry/update_send.h"

static bool
is_acceptable(const struct rsp_registry *r, const struct rsp_pool *pool,
    struct rsp_span handle, const struct rsp_pe *pe, bool is_new)
{
	const struct rsp_registry_config *c = &r->config;

	if (handle.len == 0 || handle.len > (uint64_t)c->max_handle_length ||
	    pe->life == 0 || pe->life < RSP_LIFE_FOREVER ||
	    !rsp_policy_is_valid(&pe->policy))
		return false;
	if (pool == NULL)
		return r->space.pools.n < c->max_pools;
	if (is_new && pool->select.n >= c->max_pes_per_pool)
		return false;
	return pe->policy.type == pool->policy.type &&
	       pe->user.type == pool->transport && pe->user.use == pool->use;
}

static bool
serves_elsewhere(const struct rsp_entry *e, const struct rsp_pe *pe)
{
	struct rsp_pe known;

	rsp_entry_decode(e, &known);
	return !rsp_transport_equal(&known.user, &pe->user);
}

/* Whether an element of this registrar's goes to `p`. */
static bool
yields(struct rsp_registry *r, struct peer *p, const struct rsp_entry *e,
    enum apply_from how)
{
	if (how == APPLY_UPDATE)
		return true;
	if (how == APPLY_HEARSAY)
		return false;
	if (registry_assoc_of(r, e) == NULL)
		return true;
	update_send(r, e, RSP_UPDATE_ADD, 0, p);
	return false;
}

/* Whether a third party may know better than the owner's own word. */
static bool
is_hearsay_better(const struct rsp_registry *r, const struct rsp_entry *e)
{
	const struct peer *owner = RSP_CONTAINER(e->owner, struct peer, owner);

	if (e->owner->kind != OWNER_PEER)
		return true;
	return owner == r->enrp.mentor || owner->via == NULL;
}

static bool
may_take(struct rsp_registry *r, struct peer *p, const struct rsp_entry *e,
    enum apply_from how)
{
	if (e->owner->home == &r->home)
		return yields(r, p, e, how);
	return how != APPLY_HEARSAY || is_hearsay_better(r, e);
}

/* RSPLIB counts in milliseconds what RFC 5354 counts in seconds. */
static void
correct_life(const struct rsp_registry *r, const struct peer *p,
    struct rsp_pe *pe)
{
	if (update_is_rsplib(r, p) && pe->life > 0)
		pe->life = pe->life / 1000 + (pe->life % 1000 != 0);
}

/* From here it is farther, by the way to the one who tells of it. */
static void
add_distance(const struct rsp_registry *r, const struct rsp_assoc *from,
    struct rsp_policy *policy)
{
	uint32_t *distance = rsp_policy_distance(policy), more;

	if (distance == NULL)
		return;
	more = registry_distance(r, from);
	*distance =
	    more > UINT32_MAX - *distance ? UINT32_MAX : *distance + more;
}

static struct rsp_entry *
enter(struct rsp_registry *r, struct rsp_owner *owner, struct rsp_assoc *from,
    struct rsp_span handle, const struct rsp_pe *pe, struct rsp_entry *e)
{
	bool changed, is_new = e == NULL;
	int err = rsp_heap_reserve(&r->timers, r->space.n_entries + 1);

	if (err != RSP_OK)
		return NULL;
	if (is_new)
		err = rsp_entry_add(&r->space, handle, pe, owner, &e);
	else
		err = rsp_entry_update(&r->space, &e, pe, owner, &changed);
	if (err != RSP_OK)
		return NULL;
	rsp_heap_replace(&r->timers, &e->timer);
	rsp_heap_remove(&r->timers, &e->timer);
	e->keep_alive = KEEP_ALIVE_IDLE;
	e->reports = 0;
	if (is_new)
		registry_changed(r, e, RSP_EVENT_PE_ADDED, from, "learned");
	else if (changed)
		registry_changed(r, e, RSP_EVENT_PE_UPDATED, from, "learned");
	return e;
}

void
apply_add(struct rsp_registry *r, struct peer *p, struct rsp_assoc *from,
    struct rsp_span handle, struct rsp_pe *pe, enum apply_from how)
{
	struct rsp_pool *pool = rsp_pool_find(&r->space, handle);
	struct rsp_entry *e =
	    pool == NULL ? NULL : rsp_entry_find(&r->space, pool, pe->id);
	struct rsp_assoc *old = e == NULL ? NULL : registry_assoc_of(r, e);
	bool differs = old != NULL && serves_elsewhere(e, pe);

	correct_life(r, p, pe);
	if (!is_acceptable(r, pool, handle, pe, e == NULL) ||
	    (e != NULL && !may_take(r, p, e, how)))
		return;
	if (how == APPLY_UPDATE && e != NULL && e->owner != &p->owner)
		p->took = p->last_heard;
	add_distance(r, from, &pe->policy);
	e = enter(r, &p->owner, from, handle, pe, e);
	if (e == NULL)
		return; /* the next audit brings it back */
	e->round = p->round;
	if (old != NULL)
		registry_dismiss(r, old, e);
	holders_dismiss(r, e);
	owners_drop(r, e);
	/* It may say that it is here all the same, once: what the peer said may
	 * have been made up. */
	if (differs && !old->yielded) {
		old->yielded = true;
		holders_add(r, e, old);
	}
}

void
apply_drop(struct rsp_registry *r, struct rsp_entry *e, struct rsp_assoc *from,
    const char *reason)
{
	registry_changed(r, e, RSP_EVENT_PE_REMOVED, from, reason);
	holders_dismiss(r, e);
	owners_drop(r, e);
	rsp_heap_remove(&r->timers, &e->timer);
	rsp_entry_remove(&r->space, e);
}

/* An element that serves elsewhere, with the identifier of one that is here: it
 * has been registered where this one was not known yet, or is made up.  Who has
 * been here for a while stays.  Of two that have come at the same moment the
 * one at the registrar of the greater ID does, or each would give way to the
 * other for ever. */
static bool
is_another(const struct rsp_registry *r, rsp_time now, const struct peer *p,
    const struct rsp_entry *e, const struct rsp_pe *pe)
{
	const struct rsp_assoc *a = registry_assoc_of(r, e);

	if (a == NULL ||
	    (now < rsp_time_add(a->since, r->config.max_time_last_heard) &&
		r->config.server_id < p->id))
		return false;
	return serves_elsewhere(e, pe);
}

/* Somebody else wants its identifier at that peer.  Is it still there? */
static void
contest(struct rsp_registry *r, rsp_time now, struct peer *p,
    struct rsp_entry *e, bool tell)
{
	bool doubts;

	if (p->via == NULL)
		return;
	/* Not both of two without end. */
	doubts = report_is_new(r, now, p->via, e);
	if (tell && (doubts || r->config.server_id > p->id))
		update_send(r, e, RSP_UPDATE_ADD, 0, p);
	if (!doubts)
		return;
	if (e->owner->kind == OWNER_ORPHAN)
		registry_remove(r, e, "gone, and another has come", false);
	else
		registry_question(r, now, e);
}

/* What is said of an element of this registrar's; false: nothing special. */
static bool
is_contested(struct rsp_registry *r, rsp_time now, struct peer *p,
    const struct rsp_message *m, struct rsp_entry *e)
{
	if (m->action != RSP_UPDATE_ADD || e->owner->home != &r->home)
		return false;
	if (m->pe.home == r->config.server_id) { /* update_doubt() */
		if ((m->flags & RSP_FLAG_SUGGEST) != 0)
			contest(r, now, p, e, false);
		return true;
	}
	if ((m->pe.home != p->id && m->pe.home != 0) ||
	    !is_another(r, now, p, e, &m->pe))
		return false;
	contest(r, now, p, e, true);
	return true;
}

void
apply_update(struct rsp_registry *r, rsp_time now, struct peer *p,
    struct rsp_message *m)
{
	struct rsp_pool *pool = rsp_pool_find(&r->space, m->handle);
	struct rsp_entry *e =
	    pool == NULL ? NULL : rsp_entry_find(&r->space, pool, m->pe.id);

	if (e != NULL && is_contested(r, now, p, m, e))
		return;
	if (m->action == RSP_UPDATE_ADD &&
	    (m->pe.home == p->id || m->pe.home == 0))
		apply_add(r, p, p->via, m->handle, &m->pe, APPLY_UPDATE);
	pool = rsp_pool_find(&r->space, m->handle);
	e = pool == NULL ? NULL : rsp_entry_find(&r->space, pool, m->pe.id);
	/* An element that has found another home is not its old one's to
	 * remove. */
	if (e == NULL || e->owner != &p->owner)
		return;
	if (m->action == RSP_UPDATE_DEL)
		apply_drop(r, e, p->via, "removed by its home");
	else if ((m->flags & RSP_FLAG_SUGGEST) != 0)
		inherit_suggested(r, now, p, e);
}

void
apply_inherit(struct rsp_registry *r, struct rsp_span handle, struct rsp_pe *pe)
{
	struct rsp_pool *pool = rsp_pool_find(&r->space, handle);

	if (r->enrp.hunt == HUNT_OVER ||
	    !is_acceptable(r, pool, handle, pe, true) ||
	    (pool != NULL && rsp_entry_find(&r->space, pool, pe->id) != NULL))
		return;
	enter(r, &r->enrp.inherited, NULL, handle, pe, NULL);
}
