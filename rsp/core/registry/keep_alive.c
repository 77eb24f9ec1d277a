/* SPDX-License-Identifier: Apache-2.0 */
/* keep_alive.c - who is still there
 *
 * An entry has one deadline, the first of the end of its registration's life
 * and of what its watch waits for.  Any sign of life sets the watch back to
 * idle.
 */
#include "rsp/core/registry/keep_alive.h"

#include "rsp/core/registry/change.h"
#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/reports.h"
#include "rsp/core/registry/update_send.h"

#define REST 1000 /* ms from an answer to the next question in doubt */

void
keep_alive_arm(struct rsp_registry *r, struct rsp_entry *e, uint8_t watch,
    rsp_time at)
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
rsp_time
keep_alive_next(const struct rsp_registry *r, rsp_time now)
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
	keep_alive_arm(r, e, KEEP_ALIVE_IDLE, keep_alive_next(r, now));
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
	keep_alive_arm(r, e, KEEP_ALIVE_WAITING,
	    rsp_time_add(now, r->config.keep_alive_timeout));
}

void
registry_ask(struct rsp_registry *r, rsp_time now, struct rsp_entry *e)
{
	send_keep_alive(r, now, e, 0);
}

void
registry_probe(struct rsp_registry *r, rsp_time now, struct rsp_entry *e)
{
	struct rsp_assoc *a = registry_assoc_of(r, e);

	if (a != NULL && e->keep_alive != KEEP_ALIVE_WAITING)
		send_keep_alive(r, now, e, 0);
}

/* However many doubt it: RFC 5355 section 2.14 wants keep-alives to any one
 * element limited, and who has many addresses has many reports. */
void
registry_question(struct rsp_registry *r, rsp_time now, struct rsp_entry *e)
{
	if (e->reports == 0)
		e->reports = 1;
	if (e->keep_alive != KEEP_ALIVE_RESTING)
		registry_probe(r, now, e);
}

void
keep_alive_answered(struct rsp_registry *r, rsp_time now, struct rsp_entry *e)
{
	bool doubted = e->reports > 0;

	/* RFC 5352 section 3.5 lets the number of reports only grow.  It would
	 * end every element's membership some day; an answer is proof that the
	 * reports were wrong. */
	e->reports = 0;
	if (e->keep_alive != KEEP_ALIVE_WAITING)
		return;
	if (doubted)
		keep_alive_arm(r, e, KEEP_ALIVE_RESTING,
		    rsp_time_add(now, REST));
	else
		keep_alive_arm(r, e, KEEP_ALIVE_IDLE, keep_alive_next(r, now));
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
	keep_alive_arm(r, e, KEEP_ALIVE_GRACE, rsp_time_add(now, grace));
}

void
registry_leave_alone(struct rsp_registry *r, rsp_time now, struct rsp_entry *e,
    int64_t grace)
{
	registry_leave_to(r, now, e, &r->orphans, grace);
}

bool
report_is_new(struct rsp_registry *r, rsp_time now, const struct rsp_assoc *a,
    const struct rsp_entry *e)
{
	struct rsp_address none = { 0 };

	memcpy(none.bytes, &a->uid, sizeof(a->uid));
	return rsp_reports_count(&r->reports, now, r->config.report_interval,
	    a->n_addresses > 0 ? &a->addresses[0] : &none, e->pool->number,
	    rsp_entry_id(e));
}

/* The registrar's own probe decides, and not how many say the same within one
 * round trip. */
bool
keep_alive_is_asked(const struct rsp_registry *r, const struct rsp_entry *e)
{
	return registry_assoc_of(r, e) != NULL &&
	       e->keep_alive == KEEP_ALIVE_WAITING;
}
