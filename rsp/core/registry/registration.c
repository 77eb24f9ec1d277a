/* SPDX-License-Identifier: Apache-2.0 */
/* registration.c - who becomes a member of a pool, and who leaves it (RFC
 * 5352 sections 3.1 and 3.2, server side)
 *
 * A registration is looked at from all sides before anything is changed; every
 * check appends the causes that it finds.
 */
#include "rsp/core/registry/registration.h"

#include "rsp/core/pool/distance.h"
#include "rsp/core/registry/change.h"
#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/holders.h"
#include "rsp/core/registry/inherit.h"
#include "rsp/core/registry/keep_alive.h"
#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/owners.h"
#include "rsp/core/registry/quotas.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/removal.h"
#include "rsp/core/registry/resolution.h"
#include "rsp/core/registry/response.h"
#include "rsp/core/registry/update_send.h"

#define CAUSES_ROOM 4096
#define PARAM_ROOM 4096

static const struct rsp_span nothing = { NULL, 0 };

static void
respond(struct rsp_registry *r, struct rsp_assoc *a, uint8_t type,
    uint8_t flags, const struct rsp_message *request, uint32_t pe_id,
    struct rsp_span causes)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, type);
	m.flags = flags;
	m.handle = request->handle;
	m.pe_id = pe_id;
	m.has_error = causes.len > 0;
	m.causes = causes;
	registry_send(r, a, &m);
}

/* A cause that encloses the parameter in `b`, without its final padding. */
static void
put_cause(struct rsp_builder *causes, uint16_t cause,
    const struct rsp_builder *b)
{
	struct rsp_span param = rsp_builder_span(b);

	if (param.len > 0)
		param.len = (size_t)param.at[2] << 8 | param.at[3];
	rsp_report(causes, cause, param);
}

static void
put_transport_cause(struct rsp_builder *causes, uint16_t cause,
    const struct rsp_transport *t)
{
	uint8_t room[PARAM_ROOM];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));

	rsp_put_transport(&b, t);
	put_cause(causes, cause, &b);
}

static void
put_policy_cause(struct rsp_builder *causes, uint16_t cause,
    const struct rsp_policy *p)
{
	uint8_t room[PARAM_ROOM];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));

	rsp_put_policy(&b, p);
	put_cause(causes, cause, &b);
}

static void
put_pe_cause(struct rsp_builder *causes, uint16_t cause,
    const struct rsp_pe *pe)
{
	uint8_t room[PARAM_ROOM];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));

	rsp_put_pe(&b, pe);
	put_cause(causes, cause, &b);
}

static void
check_values(const struct rsp_registry *r, const struct rsp_message *m,
    struct rsp_builder *causes)
{
	const struct rsp_pe *pe = &m->pe;

	if (m->handle.len == 0 ||
	    m->handle.len > (uint64_t)r->config.max_handle_length)
		rsp_report(causes, RSP_CAUSE_INVALID, nothing);
	if (pe->life == 0 || pe->life < RSP_LIFE_FOREVER)
		put_pe_cause(causes, RSP_CAUSE_INVALID, pe);
	if (!rsp_policy_is_valid(&pe->policy))
		put_policy_cause(causes, RSP_CAUSE_INVALID, &pe->policy);
	if (pe->user.type != RSP_PARAM_OPAQUE && pe->user.port == 0)
		put_transport_cause(causes, RSP_CAUSE_INVALID, &pe->user);
}

static bool
is_multicast(const struct rsp_address *a)
{
	return a->family == 4 ? a->bytes[0] >= 224 : a->bytes[0] == 0xff;
}

static bool
is_remote(const struct rsp_registry *r, const struct rsp_assoc *a,
    const struct rsp_address *address)
{
	for (unsigned i = 0; i < a->n_addresses; i++)
		if (rsp_address_equal(&a->addresses[i], address))
			return true;
	return a->type == RSP_PARAM_SCTP && r->config.has_address != NULL &&
	       r->config.has_address(r->config.ctx, a->user, address);
}

static bool
is_own(const struct rsp_registry *r, const struct rsp_address *address)
{
	return rsp_address_is_loopback(address) ||
	       (r->config.is_own_address != NULL &&
		   r->config.is_own_address(r->config.ctx, address));
}

/* Why an element that speaks over `a` may not serve at this address; 0: it may.
 *
 * RFC 5352 section 2.2.1 wants a subset of the association's addresses,
 * whatever the user transport.  Who comes from the registrar's own host may
 * name any address of that host. */
static uint16_t
address_cause(const struct rsp_registry *r, const struct rsp_assoc *a,
    const struct rsp_address *address)
{
	if (rsp_address_is_wildcard(address) || is_multicast(address))
		return RSP_CAUSE_INVALID;
	if (r->config.refuse_loopback && rsp_address_is_loopback(address))
		return RSP_CAUSE_INVALID;
	if (r->config.third_party || is_remote(r, a, address))
		return 0;
	return a->local && is_own(r, address) ? 0 : RSP_CAUSE_SECURITY;
}

/* Addresses that may not be are left out, with a warning, as long as there are
 * others: a multi-homed element can be reached at these. */
static void
check_addresses(const struct rsp_registry *r, const struct rsp_assoc *a,
    struct rsp_transport *user, struct rsp_builder *causes,
    struct rsp_builder *warnings)
{
	struct rsp_transport given = *user;
	uint16_t first = 0, cause;
	unsigned n = 0;

	for (unsigned i = 0; i < given.n_addresses; i++) {
		cause = address_cause(r, a, &given.addresses[i]);
		if (cause == 0)
			user->addresses[n++] = given.addresses[i];
		else if (first == 0)
			first = cause;
	}
	if (first == 0)
		return;
	if (n > 0) {
		user->n_addresses = n;
		put_transport_cause(warnings, first, &given);
	} else {
		put_transport_cause(causes, first, &given);
	}
}

/* A transport parameter of the type that the pool has: that of its
 * elements. */
static void
put_pool_transport_cause(const struct rsp_pool *pool,
    struct rsp_builder *causes)
{
	struct rsp_pe member;

	rsp_entry_decode(rsp_pool_next(pool, NULL), &member);
	put_transport_cause(causes, RSP_CAUSE_TRANSPORT, &member.user);
}

/* RFC 5352 section 3.1, rules 2 and 3. */
static void
check_pool(const struct rsp_pool *pool, const struct rsp_pe *pe,
    struct rsp_builder *causes)
{
	if (pe->policy.type != pool->policy.type)
		put_policy_cause(causes, RSP_CAUSE_POLICY, &pool->policy);
	if (pe->user.type != pool->transport)
		put_pool_transport_cause(pool, causes);
	if (pe->user.use != pool->use)
		rsp_report(causes, RSP_CAUSE_USE, nothing);
}

/* Somebody will hear soon whether it is there. */
static bool
is_kept(const struct rsp_entry *e)
{
	return e->owner->kind == OWNER_PEER ||
	       e->owner->kind == OWNER_INHERITED ||
	       e->owner->kind == OWNER_CALL;
}

/* RFC 5352 takes a known identifier for a re-registration, RFC 5354 section
 * 3.12.5 knows an error for it.  It is another element when the known one still
 * has its association, here or at a peer, and serves elsewhere; whether that is
 * so, it is asked, or its home is. */
static void
check_identity(struct rsp_registry *r, rsp_time now, const struct rsp_assoc *a,
    struct rsp_entry *e, const struct rsp_pe *pe, struct rsp_builder *causes)
{
	struct rsp_assoc *other = registry_assoc_of(r, e);
	struct rsp_pe known;

	if (!owners_allow(r, e, a)) {
		rsp_report(causes, RSP_CAUSE_PE_ID, nothing);
		return;
	}
	if (other == a || (other == NULL && !is_kept(e)))
		return;
	rsp_entry_decode(e, &known);
	if (rsp_transport_equal(&known.user, &pe->user) || holders_has(r, e, a))
		return; /* it has come back before its old connection was lost
			 */
	rsp_report(causes, RSP_CAUSE_PE_ID, nothing);
	if (!report_is_new(r, now, a, e))
		return;
	if (e->owner->kind == OWNER_PEER)
		update_doubt(r, e);
	else
		registry_question(r, now, e);
}

static bool
is_within_limits(const struct rsp_registry *r, const struct rsp_assoc *a,
    const struct rsp_pool *pool, const struct rsp_entry *e)
{
	const struct rsp_registry_config *c = &r->config;

	if (pool == NULL && r->space.pools.n >= c->max_pools)
		return false;
	if (e == NULL && pool != NULL && pool->select.n >= c->max_pes_per_pool)
		return false;
	return (e != NULL && e->owner == &a->owner) ||
	       a->owner.n < c->max_pes_per_association;
}

/* Where the element's ASAP is: at the far end of the association (RFC 5352
 * section 3.1, rule 4), which over a unix socket has no address. */
static void
set_asap(const struct rsp_assoc *a, struct rsp_transport *asap)
{
	rsp_clear_transport(asap);
	asap->type = a->type;
	asap->port = a->port;
	asap->n_addresses = a->n_addresses;
	memcpy(asap->addresses, a->addresses,
	    a->n_addresses * sizeof(struct rsp_address));
}

/* What it says itself stays only where nobody measures: it should be 0. */
static void
set_distance(const struct rsp_registry *r, const struct rsp_assoc *a,
    struct rsp_policy *p)
{
	uint32_t *distance = rsp_policy_distance(p);

	if (distance != NULL && r->config.round_trip != NULL &&
	    r->config.distance_step > 0)
		*distance = registry_distance(r, a);
}

static int
add(struct rsp_registry *r, struct rsp_assoc *a, struct rsp_message *m,
    struct rsp_entry **e)
{
	int err = rsp_heap_reserve(&r->timers, r->space.n_entries + 1);

	if (err == RSP_OK)
		err = rsp_entry_add(&r->space, m->handle, &m->pe, &a->owner, e);
	if (err != RSP_OK)
		return err;
	if (owners_note(r, *e, a) != RSP_OK) {
		rsp_entry_remove(&r->space, *e);
		return RSP_ENOMEM;
	}
	quotas_changed(r, a, *e);
	r->counts.registrations++;
	update_send(r, *e, RSP_UPDATE_ADD, 0, NULL);
	registry_changed(r, *e, RSP_EVENT_PE_ADDED, a, "registered");
	return RSP_OK;
}

static int
update(struct rsp_registry *r, struct rsp_assoc *a, struct rsp_message *m,
    struct rsp_entry **e)
{
	bool changed, moved = (*e)->owner->home != &r->home;
	struct rsp_assoc *old = registry_assoc_of(r, *e);
	int err = rsp_entry_update(&r->space, e, &m->pe, &a->owner, &changed);

	if (err != RSP_OK)
		return err;
	rsp_heap_replace(&r->timers, &(*e)->timer);
	owners_note(r, *e, a); /* without memory it stays nobody's */
	if (old != a) {
		holders_drop(r, *e, a);
		if (old != NULL)
			holders_add(r, *e, old);
	}
	r->counts.reregistrations++;
	/* Peers of our kind need no word of what has not changed; unless it was
	 * inherited, for its last home may have told some of them only. */
	if (changed || moved || (*e)->values_unsure)
		update_send(r, *e, RSP_UPDATE_ADD, 0, NULL);
	else
		update_refresh(r, *e);
	(*e)->values_unsure = false;
	if (changed) {
		quotas_changed(r, a, *e);
		registry_changed(r, *e, RSP_EVENT_PE_UPDATED, a,
		    "registered again");
	}
	return RSP_OK;
}

static void
enter(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    struct rsp_message *m, struct rsp_entry *e, struct rsp_builder *causes)
{
	int err;

	set_asap(a, &m->pe.asap);
	set_distance(r, a, &m->pe.policy);
	err = e == NULL ? add(r, a, m, &e) : update(r, a, m, &e);
	if (err == RSP_OK)
		registry_alive(r, now, e, m->pe.life);
	else
		rsp_report(causes, RSP_CAUSE_RESOURCES, nothing);
}

static void
reject(struct rsp_registry *r, struct rsp_assoc *a, const struct rsp_message *m,
    struct rsp_span causes)
{
	struct rsp_cursor c = rsp_cursor_over(causes);
	struct rsp_out out = { .kind = RSP_OUT_EVENT,
		.assoc = a,
		.event = RSP_EVENT_REJECTED,
		.handle = m->handle,
		.pe_id = m->pe.id };
	struct rsp_span information;

	rsp_next_cause(&c, &out.cause, &information);
	out.reason = rsp_cause_text(out.cause);
	r->counts.rejections++;
	rsp_outbox_event(&r->outbox, &out, nothing);
	respond(r, a, RSP_ASAP_REGISTRATION_RESPONSE, RSP_FLAG_REJECT, m,
	    m->pe.id, causes);
}

/* RSPLIB counts milliseconds, and has nothing but SCTP. */
static void
read_life(const struct rsp_registry *r, const struct rsp_assoc *a,
    struct rsp_pe *pe)
{
	if (r->config.interop_rsplib && a->type == RSP_PARAM_SCTP &&
	    pe->life > 0)
		pe->life = pe->life / 1000 + (pe->life % 1000 != 0);
}

/* What is read from a connection whose far end has hung up is the past: where
 * the element has another home or life line by now, that is the newer word, and
 * nobody waits for an answer. */
static bool
is_outdated(const struct rsp_registry *r, const struct rsp_assoc *a,
    const struct rsp_entry *e)
{
	struct rsp_assoc *other = registry_assoc_of(r, e);

	if (other == a || (other == NULL && e->owner->kind != OWNER_PEER))
		return false;
	return r->config.is_ending != NULL &&
	       r->config.is_ending(r->config.ctx, a->user);
}

void
registry_register(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    struct rsp_message *m)
{
	uint8_t room[CAUSES_ROOM], warning_room[CAUSES_ROOM];
	struct rsp_builder causes = rsp_builder_into(room, sizeof(room));
	struct rsp_builder warnings =
	    rsp_builder_into(warning_room, sizeof(warning_room));
	struct rsp_pool *pool = rsp_pool_find(&r->space, m->handle);
	struct rsp_entry *e = NULL;

	if (pool != NULL) {
		e = rsp_entry_find(&r->space, pool, m->pe.id);
		if (e != NULL && is_outdated(r, a, e))
			return;
		check_pool(pool, &m->pe, &causes);
	}
	read_life(r, a, &m->pe);
	check_values(r, m, &causes);
	check_addresses(r, a, &m->pe.user, &causes, &warnings);
	if (e != NULL && inherit_gives_away(r))
		return; /* its heir will say that he has it */
	if (causes.len == 0 && e != NULL)
		check_identity(r, now, a, e, &m->pe, &causes);
	if (causes.len == 0 &&
	    (!is_within_limits(r, a, pool, e) ||
		(e == NULL && !quotas_allow(r, now, a, pool != NULL))))
		rsp_report(&causes, RSP_CAUSE_RESOURCES, nothing);
	if (causes.len == 0)
		enter(r, now, a, m, e, &causes);
	if (causes.len > 0)
		reject(r, a, m, rsp_builder_span(&causes));
	else
		respond(r, a, RSP_ASAP_REGISTRATION_RESPONSE, 0, m, m->pe.id,
		    rsp_builder_span(&warnings));
}

/* An orphan may be deregistered by whoever might register it. */
static bool
may_deregister(const struct rsp_registry *r, const struct rsp_assoc *a,
    const struct rsp_entry *e)
{
	struct rsp_assoc *other = registry_assoc_of(r, e);
	struct rsp_pe pe;

	if (!owners_allow(r, e, a))
		return false;
	if (other != NULL)
		return other == a;
	rsp_entry_decode(e, &pe);
	for (unsigned i = 0; i < pe.user.n_addresses; i++)
		if (address_cause(r, a, &pe.user.addresses[i]) != 0)
			return false;
	return pe.user.n_addresses > 0 || a->local || r->config.third_party;
}

void
registry_deregister(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m)
{
	struct rsp_pool *pool = rsp_pool_find(&r->space, m->handle);
	struct rsp_entry *e =
	    pool == NULL ? NULL : rsp_entry_find(&r->space, pool, m->pe_id);
	uint8_t room[8];
	struct rsp_builder causes = rsp_builder_into(room, sizeof(room));

	if (e != NULL && may_deregister(r, a, e)) {
		/* Peers take an element's end from its home only. */
		if (e->owner->home != &r->home) {
			rsp_entry_give(e, &r->orphans);
			update_send(r, e, RSP_UPDATE_ADD, 0, NULL);
		}
		registry_remove(r, e, "deregistered", true);
		r->counts.deregistrations++;
	} else if (e != NULL) {
		rsp_report(&causes, RSP_CAUSE_SECURITY, nothing);
	}
	respond(r, a, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, m, m->pe_id,
	    rsp_builder_span(&causes));
}

void
registry_refuse(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m, struct rsp_span causes)
{
	uint8_t room[8];
	struct rsp_builder missing = rsp_builder_into(room, sizeof(room));

	if (causes.len == 0) {
		rsp_report(&missing, RSP_CAUSE_INVALID, nothing);
		causes = rsp_builder_span(&missing);
	}
	if (!m->has_handle) {
		registry_error(r, a, m, causes);
		return;
	}
	switch (m->type) {
	case RSP_ASAP_REGISTRATION:
		reject(r, a, m, causes);
		break;
	case RSP_ASAP_DEREGISTRATION:
		respond(r, a, RSP_ASAP_DEREGISTRATION_RESPONSE, 0, m, m->pe_id,
		    causes);
		break;
	case RSP_ASAP_RESOLUTION:
		registry_refuse_resolution(r, a, m->handle, causes);
		break;
	default:
		registry_error(r, a, m, causes);
	}
}
