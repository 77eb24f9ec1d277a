/* SPDX-License-Identifier: Apache-2.0 */
/* emit.c - messages, errors and events on their way into the outbox */
#include "rsp/core/registry/emit.h"

#include "rsp/core/pool/distance.h"
#include "rsp/core/registry/enrp.h"
#include "rsp/core/registry/mentor.h"
#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/peer.h"
#include "rsp/core/registry/registry.h"
#include "rsp/core/registry/registry_inner.h"

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
	a->cut = true;
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
registry_sent(struct rsp_registry *r, struct rsp_assoc *to,
    const struct rsp_builder *b)
{
	if (!to->ended && !rsp_outbox_send(&r->outbox, b, to))
		registry_hang_up(r, to);
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

bool
rsp_registry_is_serving(const struct rsp_registry *r)
{
	return r->enrp.hunt == HUNT_OVER;
}

void
enrp_begin(struct rsp_registry *r, struct rsp_message *m, uint8_t type,
    uint32_t receiver)
{
	rsp_message_init(m, RSP_ENRP, type);
	m->sender = r->config.server_id;
	m->receiver = receiver;
}

void
enrp_event(struct rsp_registry *r, enum rsp_registry_event event,
    const struct peer *p, uint32_t other, uint64_t n, const char *reason)
{
	struct rsp_out out = { .kind = RSP_OUT_EVENT,
		.event = event,
		.other_id = other,
		.n = n,
		.reason = reason };

	if (p != NULL) {
		out.server_id = p->id;
		out.assoc = p->via;
	}
	rsp_outbox_event(&r->outbox, &out, (struct rsp_span){ NULL, 0 });
}

void
registry_event(struct rsp_registry *r, enum rsp_registry_event event,
    struct rsp_assoc *from, const struct rsp_entry *e, const char *reason)
{
	struct rsp_out out = { .kind = RSP_OUT_EVENT,
		.assoc = from,
		.event = event,
		.reason = reason,
		.handle = rsp_pool_handle(e->pool),
		.pe_id = rsp_entry_id(e),
		.server_id = e->owner->home->id };
	uint8_t room[RSP_ENTRY_MAX];
	struct rsp_builder param = rsp_builder_into(room, sizeof(room));

	if (event == RSP_EVENT_PE_ADDED || event == RSP_EVENT_PE_UPDATED)
		rsp_put_entry(&param, e);
	/* Without memory the log has a gap; nothing depends on it. */
	rsp_outbox_event(&r->outbox, &out, rsp_builder_span(&param));
}
