/* SPDX-License-Identifier: Apache-2.0 */
/* registry.c - the registry's life, its associations, and who gets a message
 */
#include "rsp/core/registry/registry.h"

#include <stdlib.h>

#include "rsp/core/registry/registry_inner.h"

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
	if (rsp_handlespace_init(&r->space, c->random, c->ctx) != RSP_OK) {
		free(r);
		return NULL;
	}
	if (rsp_reports_init(&r->reports, c->random, c->ctx) != RSP_OK) {
		rsp_handlespace_fini(&r->space);
		free(r);
		return NULL;
	}
	if (enrp_init(r) != RSP_OK) {
		rsp_reports_fini(&r->reports);
		rsp_handlespace_fini(&r->space);
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
	enrp_fini(r); /* looks at associations */
	RSP_LIST_EACH(l, &r->assocs)
	{
		struct rsp_assoc *a = RSP_CONTAINER(l, struct rsp_assoc, all);

		subscriber_fini(r, a);
		free(a);
	}
	rsp_handlespace_fini(&r->space);
	rsp_reports_fini(&r->reports);
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
	rsp_list_init(&a->of_peer);
	subscriber_init(&a->subscriber);
	rsp_list_add(&r->assocs, &a->all);
	a->user = user;
	a->protocol = info->protocol;
	a->local = info->local;
	a->type = info->remote.type;
	a->port = info->remote.port;
	a->n_addresses = n;
	if (n > 0)
		memcpy(a->addresses, info->remote.addresses,
		    n * sizeof(struct rsp_address));
	a->outgoing = info->connecting != 0;
	r->counts.associations++;
	enrp_open(r, now, a, info->connecting);
	return a;
}

void
rsp_registry_close(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a)
{
	subscriber_fini(r, a);
	registry_orphan(r, now, a);
	enrp_close(r, now, a);
	/* Last: what the end sets off may be told to all, and so to this one.
	 */
	rsp_outbox_forget(&r->outbox, a);
	rsp_list_remove(&a->all);
	rsp_list_remove(&a->broken);
	r->counts.associations--;
	free(a);
}

unsigned
rsp_assoc_elements(const struct rsp_assoc *a)
{
	return a->owner.n;
}

uint32_t
registry_distance(const struct rsp_registry *r, const struct rsp_assoc *a)
{
	if (r->config.round_trip == NULL || a == NULL)
		return 0;
	return rsp_distance_of(r->config.round_trip(r->config.ctx, a->user),
	    r->config.distance_step);
}

struct rsp_assoc *
registry_assoc_of(const struct rsp_registry *r, const struct rsp_entry *e)
{
	(void)r;
	if (e->owner->kind != OWNER_ASSOC)
		return NULL;
	return RSP_CONTAINER(e->owner, struct rsp_assoc, owner);
}

void
registry_hang_up(struct rsp_registry *r, struct rsp_assoc *a)
{
	if (rsp_list_is_empty(&a->broken) && !a->ended)
		rsp_list_add(&r->broken, &a->broken);
	a->ended = a->protocol == RSP_ENRP;
}

void
registry_sent(struct rsp_registry *r, struct rsp_assoc *to,
    const struct rsp_builder *b)
{
	if (!to->ended && !rsp_outbox_send(&r->outbox, b, to))
		registry_hang_up(r, to);
}

void
registry_send(struct rsp_registry *r, struct rsp_assoc *to,
    const struct rsp_message *m)
{
	struct rsp_builder b = rsp_outbox_open(&r->outbox);

	rsp_message_encode(&b, m);
	registry_sent(r, to, &b);
}

void
registry_event(struct rsp_registry *r, enum rsp_registry_event event,
    struct rsp_assoc *from, const struct rsp_entry *e, const char *reason)
{
	bool values =
	    event == RSP_EVENT_PE_ADDED || event == RSP_EVENT_PE_UPDATED;
	struct rsp_out out = { .kind = RSP_OUT_EVENT,
		.assoc = from,
		.event = event,
		.reason = reason };
	uint8_t room[RSP_ENTRY_MAX];
	struct rsp_builder param = rsp_builder_into(room, sizeof(room));

	if (event == RSP_EVENT_PE_REMOVED && e->pool->select.n == 1)
		subscribed_ends(r, e->pool);
	else if (values || event == RSP_EVENT_PE_REMOVED)
		subscribed_changed(r, e->pool);
	out.handle = rsp_pool_handle(e->pool);
	out.pe_id = rsp_entry_id(e);
	out.server_id = e->owner->home->id;
	if (values)
		rsp_put_entry(&param, e);
	/* Without memory the log has a gap; nothing depends on it. */
	rsp_outbox_event(&r->outbox, &out, rsp_builder_span(&param));
}

void
registry_error(struct rsp_registry *r, struct rsp_assoc *a,
    const struct rsp_message *m, struct rsp_span causes)
{
	struct rsp_message error;

	/* Errors are not answered, or two ends would never stop. */
	if (causes.len == 0 || m->type == RSP_ASAP_ERROR)
		return;
	rsp_message_init(&error, RSP_ASAP, RSP_ASAP_ERROR);
	error.has_error = true;
	error.causes = causes;
	registry_send(r, a, &error);
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
