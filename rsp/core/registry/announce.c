/* SPDX-License-Identifier: Apache-2.0 */
/* announce.c - the timer T6, and who else has one */
#include "rsp/core/registry/announce.h"

#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/registry.h"
#include "rsp/core/registry/registry_inner.h"

#define ROOM 2048 /* of own transports, encoded */
#define OF_ONE_SENDER 2

void
announce_set_transports(struct rsp_registry *r, const struct rsp_transport *t,
    unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		r->announcements.own[i] = t[i];
	r->announcements.n_own = n;
}

static unsigned
count(const struct announcements *a)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ANNOUNCERS_MAX; i++)
		n += a->others[i].id != 0;
	return n;
}

static int64_t
interval(const struct rsp_registry *r)
{
	return r->config.t6_serverannounce *
	       (int64_t)(count(&r->announcements) + 1);
}

/* Of many registrars each speaks rarely, so silence counts from when it should
 * have spoken. */
static void
forget_silent(struct rsp_registry *r, rsp_time now)
{
	int64_t silence = r->config.t7_enrpoutdate + interval(r);

	for (unsigned i = 0; i < ANNOUNCERS_MAX; i++) {
		struct announcer *other = &r->announcements.others[i];

		if (other->id != 0 &&
		    rsp_time_reached(rsp_time_add(other->heard, silence), now))
			other->id = 0;
	}
}

void
announce_heard(struct rsp_registry *r, rsp_time now,
    const struct rsp_address *from, struct rsp_span message)
{
	struct announcer *place = NULL;
	struct rsp_message *m = &r->in;
	unsigned siblings = 0;

	if (rsp_message_decode(RSP_ASAP, message, m, NULL) != RSP_OK ||
	    m->type != RSP_ASAP_ANNOUNCE || m->server == 0 ||
	    m->server == r->config.server_id)
		return;
	for (unsigned i = 0; i < ANNOUNCERS_MAX; i++) {
		struct announcer *other = &r->announcements.others[i];

		if (other->id == m->server) {
			other->heard = now;
			return;
		}
		if (other->id == 0 && place == NULL)
			place = other;
		siblings +=
		    other->id != 0 && rsp_address_equal(&other->from, from);
	}
	if (place != NULL && siblings < OF_ONE_SENDER)
		*place = (struct announcer){ m->server, *from, now };
}

static void
announce(struct rsp_registry *r)
{
	const struct announcements *a = &r->announcements;
	uint8_t room[ROOM];
	struct rsp_builder transports = rsp_builder_into(room, sizeof(room));
	struct rsp_builder b = rsp_outbox_open(&r->outbox);
	struct rsp_message m;

	for (unsigned i = 0; i < a->n_own; i++)
		rsp_put_transport(&transports, &a->own[i]);
	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_ANNOUNCE);
	m.server = r->config.server_id;
	m.transports = rsp_builder_span(&transports);
	rsp_message_encode(&b, &m);
	/* Without memory this one is left out, as if it were lost. */
	rsp_outbox_announce(&r->outbox, &b, RSP_ASAP);
}

/* Without a transport it would mean SCTP at the usual port. */
static bool
is_on(const struct rsp_registry *r)
{
	return r->config.announce && r->announcements.n_own > 0 &&
	       rsp_registry_is_serving(r);
}

void
announce_run(struct rsp_registry *r, rsp_time now)
{
	int64_t between;

	if (!is_on(r) || !rsp_time_reached(r->announcements.next, now))
		return;
	forget_silent(r, now);
	announce(r);
	between = interval(r);
	r->announcements.next = rsp_time_add(now,
	    between - between / 8 +
		(int64_t)rsp_random_below(r->config.random, r->config.ctx,
		    (uint64_t)between / 4 + 1));
}

rsp_time
announce_first(const struct rsp_registry *r)
{
	return is_on(r) ? r->announcements.next : RSP_NEVER;
}
