/* SPDX-License-Identifier: Apache-2.0 */
/* table_send.c - the handlespace as others download it (RFC 5353
 * sections 2.3, 3.2.3 and 3.6.3, the mentor's side)
 *
 * One request, one response: how fast a download goes is for the one who asks
 * to say, and its cost here is one message at a time.  A download that is not
 * finished is a session: a mark in the list of a home's elements, before which
 * all have been sent.  Elements come and go on both sides of it; who changes
 * his place is behind it again, at worst told twice.
 */
#include "rsp/core/registry/table_send.h"

#include "rsp/core/registry/emit.h"
#include "rsp/core/registry/enrp.h"
#include "rsp/core/registry/enrp_timer.h"
#include "rsp/core/registry/mentor.h"
#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/registry_inner.h"
#include "rsp/core/registry/table_fetch.h"
#include "rsp/core/registry/update_send.h"

/* The largest multiple of 4 that a length can say. */
#define RESPONSE_MAX 65532

/* More of them on one association are not remembered. */
#define REQUESTS_MAX 8

/* RSPLIB reads no more of them. */
#define PLAIN_ELEMENTS 128

static struct rsp_list *
mark_of(struct rsp_registry *r, const struct session *s)
{
	return &r->enrp.marks[s - r->enrp.sessions];
}

bool
table_send_is_mark(const struct rsp_registry *r, const struct rsp_list *l)
{
	const struct rsp_list *first = r->enrp.marks;

	return l >= first && l < first + ENRP_MARKS;
}

/* Homes in their order: this registrar, then the peers.  NULL behind the
 * last. */
static struct rsp_home *
next_home(const struct rsp_registry *r, struct rsp_home *home)
{
	const struct rsp_list *l;

	if (home == &r->home)
		l = r->enrp.peers.next;
	else
		l = RSP_CONTAINER(home, struct peer, home)->all.next;
	return l == &r->enrp.peers ? NULL
				   : &RSP_CONTAINER(l, struct peer, all)->home;
}

/* The element behind `l`; NULL behind the last. */
static struct rsp_entry *
entry_behind(const struct rsp_registry *r, const struct rsp_home *home,
    const struct rsp_list *l)
{
	do
		l = l->next;
	while (table_send_is_mark(r, l));
	return l == &home->entries
		   ? NULL
		   : RSP_CONTAINER(l, struct rsp_entry, at_home);
}

/* Moves the mark to the next home with elements if it is at the end of its
 * list; NULL at the end of all. */
static struct rsp_entry *
next_entry(struct rsp_registry *r, struct session *s)
{
	struct rsp_list *mark = mark_of(r, s);
	struct rsp_entry *e;

	while (s->home != NULL) {
		e = entry_behind(r, s->home, mark);
		if (e != NULL)
			return e;
		rsp_list_remove(mark);
		s->home = s->own ? NULL : next_home(r, s->home);
		if (s->home != NULL)
			rsp_list_add(s->home->entries.next, mark);
	}
	return NULL;
}

void
table_send_close(struct rsp_registry *r, struct session *s)
{
	rsp_list_remove(mark_of(r, s));
	enrp_timer_set(r, &s->timer, RSP_NEVER);
	s->assoc->session = NULL;
	s->assoc = NULL;
}

void
table_send_due(struct rsp_registry *r, rsp_time now, struct enrp_timer *timer)
{
	(void)now;
	table_send_close(r, RSP_CONTAINER(timer, struct session, timer));
}

void
table_send_leave(struct rsp_registry *r, struct rsp_home *home)
{
	for (unsigned i = 0; i < ENRP_SESSIONS; i++) {
		struct session *s = &r->enrp.sessions[i];

		if (s->assoc == NULL || s->home != home)
			continue;
		rsp_list_remove(mark_of(r, s));
		s->home = next_home(r, home);
		if (s->home != NULL)
			rsp_list_add(s->home->entries.next, mark_of(r, s));
	}
}

/* The one that is open over this association and for the same question, or a
 * new one; NULL: too many. */
static struct session *
session_for(struct rsp_registry *r, struct rsp_assoc *a, bool own)
{
	struct session *s = a->session;

	if (s != NULL && s->own == own)
		return s;
	if (s != NULL)
		table_send_close(r, s);
	for (unsigned i = 0;
	     i < (unsigned)r->config.max_downloads && i < ENRP_SESSIONS; i++) {
		s = &r->enrp.sessions[i];
		if (s->assoc != NULL)
			continue;
		s->assoc = a;
		s->own = own;
		s->home = &r->home;
		a->session = s;
		rsp_list_add(r->home.entries.next, mark_of(r, s));
		return s;
	}
	return NULL;
}

static void
put_handle(struct rsp_builder *b, struct rsp_span handle)
{
	size_t mark = rsp_open_param(b, RSP_PARAM_HANDLE);

	rsp_put_span(b, handle);
	rsp_close_param(b, mark);
	rsp_put_padding(b);
}

/* As many elements as fit, one at least; false when there are more. */
static bool
put_entries(struct rsp_registry *r, struct session *s, struct rsp_builder *b,
    const struct peer *p)
{
	uint64_t room = (uint64_t)r->config.max_table_response;
	const struct rsp_pool *pool = NULL;
	struct rsp_entry *e;
	unsigned n = 0;

	while ((e = next_entry(r, s)) != NULL) {
		size_t len = b->len + rsp_entry_len(e);

		if (!update_suits(r, p, e)) {
			rsp_list_remove(mark_of(r, s));
			rsp_list_add(e->at_home.next, mark_of(r, s));
			continue;
		}
		if (e->pool != pool)
			len += 4 + (e->pool->handle_len + 3) / 4 * 4;
		if (len > RESPONSE_MAX || (n > 0 && len > room) ||
		    (n == PLAIN_ELEMENTS && p != NULL && p->foreign))
			return false;
		if (e->pool != pool)
			put_handle(b, rsp_pool_handle(e->pool));
		pool = e->pool;
		update_put_pe(r, b, e, p);
		rsp_put_padding(b);
		rsp_list_remove(mark_of(r, s));
		rsp_list_add(e->at_home.next, mark_of(r, s));
		n++;
	}
	return true;
}

static void
answer(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a, uint8_t flags,
    uint32_t receiver)
{
	struct session *s = r->enrp.hunt == HUNT_OVER
				? session_for(r, a, (flags & RSP_FLAG_OWN) != 0)
				: NULL;
	struct rsp_builder b = rsp_outbox_open(&r->outbox);
	size_t mark = rsp_open_message(&b, RSP_ENRP_TABLE_RESPONSE,
	    s == NULL ? RSP_FLAG_REJECT : 0);
	bool last = true;

	rsp_put_u32(&b, r->config.server_id);
	rsp_put_u32(&b, receiver);
	if (s != NULL && !b.overflow)
		last = put_entries(r, s, &b, a->peer);
	rsp_close_message(&b, mark);
	if (!last && !b.overflow)
		b.start[1] |= RSP_FLAG_MORE;
	registry_sent(r, a, &b);
	if (s == NULL)
		return;
	if (last)
		table_send_close(r, s);
	else
		enrp_timer_set(r, &s->timer,
		    rsp_time_add(now,
			ENRP_PATIENCE * r->config.max_time_no_response));
}

static bool
is_clogged(const struct rsp_registry *r, const struct rsp_assoc *a)
{
	return r->config.is_clogged != NULL &&
	       r->config.is_clogged(r->config.ctx, a->user);
}

/* Who asks once more before it has read the answer waits: each is as large as
 * a message can be, and the question is small. */
void
table_send_answer(struct rsp_registry *r, rsp_time now, struct rsp_assoc *a,
    const struct rsp_message *m)
{
	if (a->requests == 0 && !is_clogged(r, a)) {
		answer(r, now, a, m->flags, m->sender);
		return;
	}
	a->table_flags = m->flags;
	if (a->requests < REQUESTS_MAX)
		a->requests++;
}

void
table_go_on(struct rsp_registry *r, struct rsp_assoc *a)
{
	if (a->requests > 0 && rsp_list_is_empty(&a->asking))
		rsp_list_add(&r->enrp.asking, &a->asking);
}

/* One answer each: whoever has more questions comes again when it is out. */
void
table_run(struct rsp_registry *r, rsp_time now)
{
	RSP_LIST_EACH(l, &r->enrp.asking)
	{
		struct rsp_assoc *a =
		    RSP_CONTAINER(l, struct rsp_assoc, asking);

		rsp_list_remove(&a->asking);
		a->requests--;
		answer(r, now, a, a->table_flags,
		    a->peer == NULL ? 0 : a->peer->id);
	}
}
