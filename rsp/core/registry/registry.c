/* SPDX-License-Identifier: Apache-2.0 */
/* registry.c - the registry's life, its associations, and who gets a message
 */
#include "rsp/core/registry/registry.h"

#include <stdlib.h>

#include "rsp/core/registry/announce.h"
#include "rsp/core/registry/configured.h"
#include "rsp/core/registry/connecting.h"
#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/enrp.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/registry/holders.h"
#include "rsp/core/registry/keep_alive.h"
#include "rsp/core/registry/liveness.h"
#include "rsp/core/registry/mentor.h"
#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/owners.h"
#include "rsp/core/registry/peer.h"
#include "rsp/core/registry/peer_assoc.h"
#include "rsp/core/registry/presence.h"
#include "rsp/core/registry/quotas.h"
#include "rsp/core/registry/registration.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/removal.h"
#include "rsp/core/registry/reports.h"
#include "rsp/core/registry/resolution.h"
#include "rsp/core/registry/subscription.h"
#include "rsp/core/registry/update_apply.h"

/* Peers that have only been announced by multicast, at once. */
#define MAX_ANNOUNCED 64

#define AT_ONCE 1024 /* entries that one tick looks after, so that it ends */
#define COMPANY 128  /* of these, for the sake of one that is due */

#define REPORT_ROOM 2048 /* of error causes; larger ones go without details */

void
rsp_registry_config_init(struct rsp_registry_config *c)
{
	*c = (struct rsp_registry_config){
#define SETTING(name, value) .name = value,
		RSP_REGISTRY_SETTINGS(SETTING)
#undef SETTING
	};
}

static int
space_init(struct rsp_registry *r)
{
	return rsp_handlespace_init(&r->space, r->config.random, r->config.ctx);
}

static void
space_fini(struct rsp_registry *r)
{
	rsp_handlespace_fini(&r->space);
}

static int
reports_init(struct rsp_registry *r)
{
	return rsp_reports_init(&r->reports, r->config.random, r->config.ctx);
}

static void
reports_fini(struct rsp_registry *r)
{
	rsp_reports_fini(&r->reports);
}

/* Parts with memory of their own; each looks at those before it at most. */
static const struct {
	int (*init)(struct rsp_registry *r);
	void (*fini)(struct rsp_registry *r);
} parts[] = {
	{ space_init, space_fini },
	{ reports_init, reports_fini },
	{ owners_init, owners_fini },
	{ quotas_init, quotas_fini },
	{ holders_init, holders_fini },
	{ enrp_init, enrp_fini },
};

#define FIRST_PARTS 2 /* that associations look at themselves */
#define PARTS (sizeof(parts) / sizeof(parts[0]))

struct rsp_registry *
rsp_registry_new(const struct rsp_registry_config *c)
{
	struct rsp_registry *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->config = *c;
	rsp_home_init(&r->home, c->server_id);
	rsp_owner_init(&r->orphans, &r->home);
	r->orphans.kind = OWNER_ORPHAN;
	rsp_list_init(&r->assocs);
	rsp_list_init(&r->broken);
	subscriptions_init(&r->subscriptions);
	for (size_t i = 0; i < PARTS; i++)
		if (parts[i].init(r) != RSP_OK) {
			while (i-- > 0)
				parts[i].fini(r);
			free(r);
			return NULL;
		}
	return r;
}

void
rsp_registry_free(struct rsp_registry *r)
{
	if (r == NULL)
		return;
	for (size_t i = PARTS; i-- > FIRST_PARTS;)
		parts[i].fini(r); /* these look at associations */
	RSP_LIST_EACH(l, &r->assocs)
	{
		struct rsp_assoc *a = RSP_CONTAINER(l, struct rsp_assoc, all);

		subscriber_fini(r, a);
		free(a);
	}
	for (size_t i = FIRST_PARTS; i-- > 0;)
		parts[i].fini(r);
	rsp_heap_fini(&r->timers);
	rsp_outbox_fini(&r->outbox);
	free(r);
}

void
rsp_registry_configure(struct rsp_registry *r,
    const struct rsp_registry_config *c)
{
	struct rsp_registry_config old = r->config;

	r->config = *c;
	r->config.server_id = old.server_id;
	r->config.is_own_address = old.is_own_address;
	r->config.has_address = old.has_address;
	r->config.is_clogged = old.is_clogged;
	r->config.is_ending = old.is_ending;
	r->config.round_trip = old.round_trip;
	r->config.random = old.random;
	r->config.ctx = old.ctx;
}

struct rsp_assoc *
rsp_registry_open(struct rsp_registry *r, rsp_time now,
    const struct rsp_assoc_info *info, void *user)
{
	unsigned n = info->remote.type == 0 ? 0 : info->remote.n_addresses;
	struct rsp_assoc *a =
	    malloc(sizeof(*a) + n * sizeof(struct rsp_address));

	if (a == NULL) {
		rsp_registry_failed(r, now, info->connecting);
		return NULL;
	}
	memset(a, 0, sizeof(*a));
	rsp_owner_init(&a->owner, &r->home);
	a->owner.kind = OWNER_ASSOC;
	rsp_list_init(&a->broken);
	rsp_list_init(&a->asking);
	rsp_list_init(&a->held);
	rsp_list_init(&a->of_peer);
	subscriber_init(&a->subscriber);
	rsp_list_add(&r->assocs, &a->all);
	a->user = user;
	a->since = now;
	a->protocol = info->protocol;
	a->local = info->local;
	a->has_uid = info->has_uid;
	a->uid = info->uid;
	a->type = info->remote.type;
	a->port = info->remote.port;
	a->n_addresses = n;
	if (n > 0)
		memcpy(a->addresses, info->remote.addresses,
		    n * sizeof(struct rsp_address));
	a->outgoing = info->connecting != 0;
	r->counts.associations++;
	quotas_open(r, now, a, info);
	enrp_open(r, now, a, info->connecting);
	return a;
}

void
rsp_registry_close(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a)
{
	subscriber_fini(r, a);
	holders_leave(r, a);
	registry_orphan(r, now, a);
	enrp_close(r, now, a);
	/* Last: what the end sets off may be told to all, and so to this one.
	 */
	rsp_outbox_forget(&r->outbox, a);
	rsp_list_remove(&a->all);
	rsp_list_remove(&a->broken);
	rsp_list_remove(&a->asking);
	quotas_close(r, a);
	r->counts.associations--;
	free(a);
}

unsigned
rsp_assoc_elements(const struct rsp_assoc *a)
{
	return a->owner.n + a->n_held;
}

void
rsp_assoc_end(struct rsp_assoc *a)
{
	a->cut = true;
}

bool
rsp_assoc_is_peer(const struct rsp_assoc *a)
{
	return a->peer != NULL;
}

/* Requests only.  Responses, announcements and what pool elements and users
 * tell each other are of no use to a registrar, and do no harm. */
static void
dispatch(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    struct rsp_message *m)
{
	switch (m->type) {
	case RSP_ASAP_REGISTRATION:
		registry_register(r, now, a, m);
		break;
	case RSP_ASAP_DEREGISTRATION:
		registry_deregister(r, a, m);
		break;
	case RSP_ASAP_RESOLUTION:
		registry_resolve(r, a, m);
		break;
	case RSP_ASAP_KEEP_ALIVE_ACK:
		registry_acknowledged(r, now, a, m);
		break;
	case RSP_ASAP_UNREACHABLE:
		registry_unreachable(r, now, a, m);
		break;
	}
}

/* A message as long as its header says: whatever is wrong inside it, the next
 * one begins behind it. */
static bool
is_framed(struct rsp_span bytes)
{
	int len = rsp_message_frame(bytes);

	return len > 0 && bytes.len <= (size_t)len &&
	       bytes.len + 4 > (size_t)len;
}

int
rsp_registry_input(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    struct rsp_span bytes)
{
	uint8_t room[REPORT_ROOM];
	struct rsp_builder report = rsp_builder_into(room, sizeof(room));
	struct rsp_message *m = &r->in;
	struct rsp_span causes;
	int err;

	if (a->ended)
		return RSP_OK;
	if (a->protocol == RSP_ENRP)
		return enrp_input(r, now, a, bytes);
	if (!rsp_registry_is_serving(r) && a->call == NULL) {
		registry_hang_up(r, a);
		return RSP_OK;
	}
	err = rsp_message_decode(RSP_ASAP, bytes, m, &report);
	causes = rsp_builder_span(&report);
	switch (err) {
	case RSP_OK:
		registry_error(r, a, m, causes);
		dispatch(r, now, a, m);
		return RSP_OK;
	case RSP_ETRUNC:
	case RSP_EMALFORMED:
		if (!is_framed(bytes))
			return err;
		registry_refuse(r, a, m, causes);
		return RSP_OK;
	case RSP_EINVALID:
	case RSP_EMISSING:
		registry_refuse(r, a, m, causes);
		return RSP_OK;
	case RSP_EMESSAGE: /* whole, though of no use */
	case RSP_EPARAM:
		registry_error(r, a, m, causes);
		return RSP_OK;
	}
	return err;
}

bool
rsp_registry_output(struct rsp_registry *r, struct rsp_out *out)
{
	struct rsp_list *first = r->broken.next;

	if (rsp_outbox_next(&r->outbox, out)) {
		out->user = out->assoc == NULL ? NULL : out->assoc->user;
		return true;
	}
	if (first == &r->broken)
		return false;
	rsp_list_remove(first);
	*out = (struct rsp_out){ .kind = RSP_OUT_HANGUP };
	out->assoc = RSP_CONTAINER(first, struct rsp_assoc, broken);
	out->user = out->assoc->user;
	return true;
}

void
rsp_registry_count(const struct rsp_registry *r,
    struct rsp_registry_counts *counts)
{
	*counts = r->counts;
	counts->pools = r->space.pools.n;
	counts->elements = r->space.n_entries;
}

void
rsp_registry_failed(struct rsp_registry *r, rsp_time now, uint32_t connecting)
{
	struct connecting *d = connecting_find(r, connecting);

	if (d == NULL)
		return;
	connecting_end(r, d);
	connecting_failed(r, now, d);
	mentor_look(r, now);
}

static unsigned
count_announced(const struct rsp_registry *r)
{
	unsigned n = 0;

	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		const struct peer *p = RSP_CONTAINER(l, struct peer, all);

		n += p->state == RSP_PEER_NAMED && !p->introduced;
	}
	return n;
}

/* Anybody can send a datagram in anybody's name: it makes the registrar call
 * the place that is named, and what is said there counts. */
void
rsp_registry_datagram(struct rsp_registry *r, rsp_time now,
    enum rsp_protocol protocol, const struct rsp_transport *from,
    struct rsp_span message)
{
	struct rsp_message *m = &r->in;
	struct peer *p;

	if (protocol == RSP_ASAP)
		announce_heard(r, now, &from->addresses[0], message);
	if (protocol != RSP_ENRP ||
	    rsp_message_decode(RSP_ENRP, message, m, NULL) != RSP_OK ||
	    m->type != RSP_ENRP_PRESENCE || m->sender == 0 ||
	    m->sender == r->config.server_id)
		return;
	p = peer_find(r, m->sender);
	if (p == NULL && count_announced(r) < MAX_ANNOUNCED)
		p = enrp_meet(r, now, m->sender);
	if (p == NULL || p->via != NULL)
		return;
	presence_learn_from(p, m, from);
	if (!enrp_timer_is_set(&p->call_timer))
		peer_call(r, now, p);
}

int
rsp_registry_set_transports(struct rsp_registry *r, enum rsp_protocol protocol,
    const struct rsp_transport *t, unsigned n)
{
	if (n > RSP_OWN_TRANSPORTS)
		return RSP_ELIMIT;
	if (protocol == RSP_ASAP) {
		announce_set_transports(r, t, n);
		return RSP_OK;
	}
	for (unsigned i = 0; i < n; i++)
		r->enrp.own[i] = t[i];
	r->enrp.n_own = n;
	return RSP_OK;
}

void
rsp_registry_hunt(struct rsp_registry *r, rsp_time now)
{
	enrp_beat(r, now);
	mentor_hunt(r, now);
}

uint64_t
rsp_registry_own_elements(const struct rsp_registry *r)
{
	return r->home.n;
}

uint16_t
rsp_registry_checksum(const struct rsp_registry *r)
{
	return rsp_home_checksum(&r->home);
}

bool
rsp_registry_next_peer(const struct rsp_registry *r, struct rsp_peer_view *v)
{
	size_t i = 0, at = v->at;

	RSP_LIST_EACH(l, &r->enrp.peers)
	{
		const struct peer *p = RSP_CONTAINER(l, struct peer, all);

		if (i++ != at)
			continue;
		*v = (struct rsp_peer_view){
			.id = p->id,
			.state = p->state,
			.connected = p->via != NULL,
			.ours = p->heard && !p->foreign,
			.last_heard = p->last_heard,
			.elements = p->home.n,
			.checksum = rsp_home_checksum(&p->home),
			.at = at + 1,
		};
		if (p->n_transports > 0)
			v->transport = p->transports[0];
		return true;
	}
	return false;
}

int
rsp_registry_add_peer(struct rsp_registry *r, rsp_time now, unsigned number)
{
	struct configured *e;

	RSP_LIST_EACH(l, &r->enrp.configured)
	if (RSP_CONTAINER(l, struct configured, all)->number == (int)number)
		return RSP_EEXIST;
	e = configured_new(r, (int)number);
	if (e == NULL)
		return RSP_ENOMEM;
	enrp_beat(r, now);
	configured_call(r, now, e);
	return RSP_OK;
}

void
rsp_registry_remove_peer(struct rsp_registry *r, rsp_time now, unsigned number)
{
	RSP_LIST_EACH(l, &r->enrp.configured)
	{
		struct configured *e = RSP_CONTAINER(l, struct configured, all);

		if (e->number == (int)number)
			configured_free(r, e);
	}
	mentor_look(r, now);
}

static rsp_time
first(const struct rsp_registry *r)
{
	uint64_t key = rsp_heap_first_key(&r->timers);

	return key > RSP_NEVER ? RSP_NEVER : (rsp_time)key;
}

static struct rsp_entry *
entry_at(struct rsp_heap_node *timer)
{
	return RSP_CONTAINER(timer, struct rsp_entry, timer);
}

/* Those beside it on its association, if their turn is near: one segment asks
 * them all, and another has their answers. */
static void
probe_company(struct rsp_registry *r, rsp_time now, const struct rsp_entry *e,
    unsigned *left)
{
	rsp_time soon = rsp_time_add(now, r->config.keep_alive_interval / 16);
	const struct rsp_list *l = e->owned.next;

	for (unsigned i = 0; i < COMPANY && (*left) > 1; i++, l = l->next) {
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
	case KEEP_ALIVE_RESTING:
		if (e->reports > 0)
			registry_probe(r, now, e);
		else
			keep_alive_arm(r, e, KEEP_ALIVE_IDLE,
			    keep_alive_next(r, now));
		break;
	case KEEP_ALIVE_WAITING:
		removal_of_silent(r, now, e);
		break;
	case KEEP_ALIVE_GRACE:
		if (e->owner->kind == OWNER_STRAY)
			apply_drop(r, e, NULL, "not at its home");
		else
			registry_remove(r, e, "connection lost", false);
		break;
	}
}

/* What is left after so many stays due: the deadline says so. */
void
rsp_registry_tick(struct rsp_registry *r, rsp_time now)
{
	unsigned left = AT_ONCE;

	enrp_timer_run(r, now, &left, enrp_timer_due);
	for (; left > 0 && rsp_time_reached(first(r), now); left--)
		look_after(r, now, entry_at(rsp_heap_first(&r->timers)), &left);
	table_run(r, now);
	subscriptions_run(r, now);
	announce_run(r, now);
}

rsp_time
rsp_registry_deadline(const struct rsp_registry *r)
{
	rsp_time next = rsp_time_min(first(r), enrp_timer_first(r));

	if (!rsp_list_is_empty(&r->enrp.asking))
		return 0; /* at once */
	next = rsp_time_min(next, subscriptions_first(r));
	return rsp_time_min(next, announce_first(r));
}
