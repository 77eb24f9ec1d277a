/* SPDX-License-Identifier: Apache-2.0 */
/* keep_alive.c - who is still there
 *
 * An entry has one deadline, the first of the end of its registration's life
 * and of what its watch waits for.  Any sign of life sets the watch back to
 * idle.
 */
#include "rsp/core/registry/registry_inner.h"

#define AT_ONCE 1024 /* entries that one tick looks after, so that it ends */
#define COMPANY 128  /* of these, for the sake of one that is due */

static struct rsp_entry *
entry_at(struct rsp_heap_node *timer)
{
	return RSP_CONTAINER(timer, struct rsp_entry, timer);
}

static void
arm(struct rsp_registry *r, struct rsp_entry *e, uint8_t watch, rsp_time at)
{
	uint64_t key = (uint64_t)rsp_time_min(at, e->expires);

	e->keep_alive = watch & 7u;
	if (e->timer.slot == 0)
		rsp_heap_add(&r->timers, &e->timer, key);
	else
		rsp_heap_move(&r->timers, &e->timer, key);
}

/* RFC 5352 section 3.5: varied by half either way, so that many elements that
 * registered at once are not called at once.  But those of some milliseconds
 * are: a registrar that is woken for each of many has more to do with waking.
 */
static rsp_time
next_keep_alive(const struct rsp_registry *r, rsp_time now)
{
	int64_t interval = r->config.keep_alive_interval, step = interval / 512;
	rsp_time at;

	if (interval <= 0)
		return RSP_NEVER;
	at = rsp_time_add(now,
	    interval / 2 + (int64_t)rsp_random_below(r->config.random,
			       r->config.ctx, (uint64_t)interval + 1));
	return step > 1 ? at - at % step : at;
}

void
registry_alive(struct rsp_registry *r, rsp_time now, struct rsp_entry *e,
    int32_t life)
{
	e->expires = life == RSP_LIFE_FOREVER
			 ? RSP_NEVER
			 : rsp_time_add(now, (int64_t)life * 1000);
	arm(r, e, KEEP_ALIVE_IDLE, next_keep_alive(r, now));
}

void
registry_put_keep_alive(struct rsp_registry *r, struct rsp_builder *b,
    const struct rsp_entry *e, uint8_t flags)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_KEEP_ALIVE);
	m.flags = flags;
	m.server = r->config.server_id;
	m.handle = rsp_pool_handle(e->pool);
	/* RFC 5352 section 2.2.7 has no identifier here, and so no way to ask
	 * one of several elements of a pool on one association.  RSPLIB sends
	 * it and needs it. */
	m.has_pe_id = true;
	m.pe_id = rsp_entry_id(e);
	rsp_message_encode(b, &m);
}

static void
send_keep_alive(struct rsp_registry *r, rsp_time now, struct rsp_entry *e,
    uint8_t flags)
{
	struct rsp_builder b = rsp_outbox_open(&r->outbox);

	registry_put_keep_alive(r, &b, e, flags);
	registry_sent(r, registry_assoc_of(r, e), &b);
	r->counts.keep_alives++;
	arm(r, e, KEEP_ALIVE_WAITING,
	    rsp_time_add(now, r->config.keep_alive_timeout));
}

void
registry_probe(struct rsp_registry *r, rsp_time now, struct rsp_entry *e)
{
	struct rsp_assoc *a = registry_assoc_of(r, e);

	if (a != NULL && e->keep_alive != KEEP_ALIVE_WAITING)
		send_keep_alive(r, now, e, 0);
}

void
registry_claim(struct rsp_registry *r, rsp_time now, struct rsp_entry *e)
{
	send_keep_alive(r, now, e, RSP_FLAG_HOME);
}

void
registry_dismiss(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_entry *e)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_DEREGISTRATION_RESPONSE);
	m.handle = rsp_pool_handle(e->pool);
	m.pe_id = rsp_entry_id(e);
	registry_send(r, a, &m);
}

void
registry_leave_to(struct rsp_registry *r, rsp_time now, struct rsp_entry *e,
    struct rsp_owner *owner, int64_t grace)
{
	rsp_entry_give(e, owner);
	if (owner->home != &r->home)
		e->expires = RSP_NEVER;
	arm(r, e, KEEP_ALIVE_GRACE, rsp_time_add(now, grace));
}

void
registry_leave_alone(struct rsp_registry *r, rsp_time now, struct rsp_entry *e,
    int64_t grace)
{
	registry_leave_to(r, now, e, &r->orphans, grace);
}

void
registry_remove(struct rsp_registry *r, struct rsp_entry *e, const char *reason,
    bool asked)
{
	struct rsp_assoc *a = registry_assoc_of(r, e);

	if (!asked && a != NULL)
		registry_dismiss(r, a, e);
	update_send(r, e, RSP_UPDATE_DEL, 0, NULL);
	registry_event(r, RSP_EVENT_PE_REMOVED, a, e, reason);
	r->counts.removals++;
	rsp_heap_remove(&r->timers, &e->timer);
	rsp_entry_remove(&r->space, e);
}

/* SCTP's own end of an association is proof enough (RFC 5352 section 3.5); a
 * TCP connection may be lost without its element. */
void
registry_orphan(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a)
{
	RSP_LIST_EACH(l, &a->owner.entries)
	{
		struct rsp_entry *e = RSP_CONTAINER(l, struct rsp_entry, owned);

		if (inherit_reclaim(r, now, a, e))
			continue;
		registry_leave_alone(r, now, e,
		    a->call == NULL ? r->config.lifeline_grace
				    : r->config.inherited_grace);
		/* One that was called may have another home already. */
		if (a->type == RSP_PARAM_SCTP && a->call == NULL)
			registry_remove(r, e, "association lost", false);
	}
}

static struct rsp_entry *
find(const struct rsp_registry *r, const struct rsp_message *m)
{
	const struct rsp_pool *pool = rsp_pool_find(&r->space, m->handle);

	return pool == NULL ? NULL : rsp_entry_find(&r->space, pool, m->pe_id);
}

/* Only from the element itself. */
void
registry_acknowledged(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    const struct rsp_message *m)
{
	struct rsp_entry *e = find(r, m);

	if (e != NULL && e->owner->kind == OWNER_PEER && a->call != NULL)
		inherit_adopt(r, now, a, e);
	if (e == NULL || registry_assoc_of(r, e) != a)
		return;
	/* RFC 5352 section 3.5 lets the number of reports only grow.  It would
	 * end every element's membership some day; an answer is proof that the
	 * reports were wrong. */
	e->reports = 0;
	if (e->keep_alive == KEEP_ALIVE_WAITING)
		arm(r, e, KEEP_ALIVE_IDLE, next_keep_alive(r, now));
}

bool
report_is_new(struct rsp_registry *r, rsp_time now, const struct rsp_assoc *a,
    const struct rsp_entry *e)
{
	struct rsp_address none = { 0 };

	return rsp_reports_count(&r->reports, now, r->config.report_interval,
	    a->n_addresses > 0 ? &a->addresses[0] : &none, e->pool->number,
	    rsp_entry_id(e));
}

/* A report that the same host has made a moment ago has no effect at all. */
void
registry_unreachable(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    const struct rsp_message *m)
{
	struct rsp_entry *e = find(r, m);

	if (e == NULL || !report_is_new(r, now, a, e))
		return;
	r->counts.reports++;
	registry_event(r, RSP_EVENT_REPORT, a, e, "reported unreachable");
	/* Only an element's home can judge: removed here alone it would come
	 * back with the next audit. */
	if (e->owner->home != &r->home)
		return;
	if (e->reports < UINT8_MAX)
		e->reports++;
	if (e->reports > r->config.max_bad_pe_report)
		registry_remove(r, e, "reported unreachable too often", false);
	else if (e->owner->kind == OWNER_ORPHAN)
		registry_remove(r, e, "reported unreachable, and gone", false);
	else
		registry_probe(r, now, e);
}

/* Those beside it on its association, if their turn is near: one segment asks
 * them all, and another has their answers. */
static void
probe_company(struct rsp_registry *r, rsp_time now, const struct rsp_entry *e,
    unsigned *left)
{
	rsp_time soon = rsp_time_add(now, r->config.keep_alive_interval / 16);
	const struct rsp_list *l = e->owned.next;

	for (unsigned i = 0; i<COMPANY && * left> 1; i++, l = l->next) {
		struct rsp_entry *other;

		if (l == &e->owner->entries)
			l = l->next;
		if (l == &e->owned)
			return;
		other = RSP_CONTAINER(l, struct rsp_entry, owned);
		if (other->keep_alive != KEEP_ALIVE_IDLE ||
		    other->expires <= soon ||
		    rsp_heap_key(&r->timers, &other->timer) > (uint64_t)soon)
			continue;
		registry_probe(r, now, other);
		--*left;
	}
}

static void
look_after(struct rsp_registry *r, rsp_time now, struct rsp_entry *e,
    unsigned *left)
{
	if (rsp_time_reached(e->expires, now)) {
		registry_remove(r, e, "life expired", false);
		return;
	}
	switch (e->keep_alive) {
	case KEEP_ALIVE_IDLE:
		registry_probe(r, now, e);
		probe_company(r, now, e, left);
		break;
	case KEEP_ALIVE_WAITING:
		registry_remove(r, e, "keep-alive not answered", false);
		break;
	case KEEP_ALIVE_GRACE:
		if (e->owner->kind == OWNER_STRAY)
			apply_drop(r, e, NULL, "not at its home");
		else
			registry_remove(r, e, "connection lost", false);
		break;
	}
}

static rsp_time
first(const struct rsp_registry *r)
{
	uint64_t key = rsp_heap_first_key(&r->timers);

	return key > RSP_NEVER ? RSP_NEVER : (rsp_time)key;
}

/* What is left after so many stays due: the deadline says so. */
void
rsp_registry_tick(struct rsp_registry *r, rsp_time now)
{
	unsigned left = AT_ONCE;

	enrp_timer_run(r, now, &left);
	for (; left > 0 && rsp_time_reached(first(r), now); left--)
		look_after(r, now, entry_at(rsp_heap_first(&r->timers)), &left);
	subscriptions_run(r, now);
	announce_run(r, now);
}

rsp_time
rsp_registry_deadline(const struct rsp_registry *r)
{
	rsp_time next = rsp_time_min(first(r), enrp_timer_first(r));

	next = rsp_time_min(next, subscriptions_first(r));
	return rsp_time_min(next, announce_first(r));
}
