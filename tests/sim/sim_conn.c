/* SPDX-License-Identifier: Apache-2.0 */
/* sim_conn.c - simulated connections: two directions, each a queue of segments
 *
 * Everything that one end tells the other is a segment in its queue, the
 * handshake and the end too.  It is delivered at the time of the queue's head.
 * If the way is cut then, it is tried again and again, later each time, until
 * it works or the sender's patience is at an end.  The same goes for the
 * acknowledgement: a segment that arrives over a way that leads in one
 * direction only leaves the sender waiting.
 *
 * An end that is gone answers what still arrives there with a reset.  An end
 * that is open and silent finds out by a probe, which is set only when there is
 * something to find out.
 */
#include "tests/sim/sim_conn.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BACKOFF (200 * SIM_MS)
#define LONGEST_BACKOFF (3 * SIM_S)
#define RETRANSMISSION (200 * SIM_MS)

enum kind { SYN, SYN_ACK, DATA, FIN, RST };

struct sim_segment {
	struct sim_segment *next;
	uint64_t due;
	uint32_t len;
	uint8_t kind;
	uint8_t bytes[];
};

struct sim_conn {
	struct rsp_list all; /* in conns, or in dead */
	bool dead;	     /* to be freed after this event */
	enum rsp_protocol protocol;
	struct sim_end ends[2]; /* the one that opened it is the first */
};

static struct sim_end *
other_end(const struct sim_end *e)
{
	return &e->conn->ends[e == &e->conn->ends[0]];
}

enum rsp_protocol
sim_end_protocol(const struct sim_end *e)
{
	return e->conn->protocol;
}

struct sim_host *
sim_end_peer(const struct sim_end *e)
{
	return other_end(e)->host;
}

size_t
sim_end_pending(const struct sim_end *e)
{
	return e->bytes;
}

bool
sim_end_is_ending(const struct sim_end *e)
{
	const struct sim_end *from = other_end(e);
	const struct sim_segment *s = from->first;

	for (; s != NULL && s->due <= e->host->net->clock->now; s = s->next)
		if (s->kind == FIN || s->kind == RST)
			return true;
	return false;
}

static bool
leads(const struct sim_host *from, const struct sim_host *to)
{
	return !sim_link(from->net, from->zone, to->zone)->cut;
}

static uint64_t
travel(struct sim_net *n)
{
	uint64_t us = n->delay_us;

	if (n->jitter_us > 0)
		us += sim_below(&n->random, n->jitter_us);
	if (sim_chance(&n->random, n->stream_loss))
		us += RETRANSMISSION;
	return us;
}

static struct sim_segment *
pop(struct sim_end *e)
{
	struct sim_segment *s = e->first;

	e->first = s->next;
	if (e->first == NULL)
		e->last = &e->first;
	e->bytes -= s->len;
	e->host->net->in_flight -= s->len;
	return s;
}

static void
purge(struct sim_end *e)
{
	while (e->first != NULL)
		free(pop(e));
	sim_cancel(e->host->net->clock, &e->deliver);
	e->stalled = 0;
}

static void
push(struct sim_end *e, enum kind kind, struct rsp_span bytes)
{
	struct sim_net *n = e->host->net;
	struct sim_segment *s = malloc(sizeof(*s) + bytes.len);

	if (s == NULL)
		abort();
	s->next = NULL;
	s->len = (uint32_t)bytes.len;
	s->kind = (uint8_t)kind;
	if (bytes.len > 0)
		memcpy(s->bytes, bytes.at, bytes.len);
	s->due = n->clock->now + travel(n);
	if (kind == SYN && sim_chance(&n->random, n->stream_loss))
		s->due += SIM_S;
	if (s->due < e->last_due)
		s->due = e->last_due;
	e->last_due = s->due;
	if (e->first == NULL && e->stalled == 0)
		sim_at(n->clock, &e->deliver, s->due);
	*e->last = s;
	e->last = &s->next;
	e->bytes += s->len;
	n->in_flight += s->len;
	if (n->in_flight > n->most_in_flight)
		n->most_in_flight = n->in_flight;
}

static void
push_bare(struct sim_end *e, enum kind kind)
{
	push(e, kind, (struct rsp_span){ NULL, 0 });
}

/* Frees the connection when nobody will hear of it again, after this event. */
static void
settle(struct sim_conn *c)
{
	struct sim_end *a = &c->ends[0], *b = &c->ends[1];

	if (c->dead)
		return;
	if (a->state != SIM_END_GONE ||
	    (b->state != SIM_END_GONE &&
		!(b->state == SIM_END_NONE && a->first == NULL)))
		return;
	if (a->unheard || b->unheard)
		return;
	for (int i = 0; i < 2; i++) {
		purge(&c->ends[i]);
		sim_cancel(a->host->net->clock, &c->ends[i].probe);
		rsp_list_remove(&c->ends[i].of_host);
	}
	c->dead = true;
	rsp_list_remove(&c->all);
	rsp_list_add(&a->host->net->dead, &c->all);
}

void
sim_conns_sweep(struct rsp_list *list)
{
	RSP_LIST_EACH(l, list)
	{
		struct sim_conn *c = RSP_CONTAINER(l, struct sim_conn, all);

		purge(&c->ends[0]);
		purge(&c->ends[1]);
		rsp_list_remove(l);
		free(c);
	}
}

static void
leave(struct sim_end *e)
{
	e->state = SIM_END_GONE;
	rsp_list_remove(&e->of_host);
}

/* The process learns it, now or when it goes on. */
static void
tell_closed(struct sim_end *e)
{
	if (e->host->stopped) {
		e->state = SIM_END_GONE;
		e->unheard = true;
		return;
	}
	leave(e);
	if (e->host->process != NULL)
		e->host->process->closed(e->host, e);
	settle(e->conn);
}

/* The far end will notice by itself, if it is there: not before it is idle. */
static void
expect_probe(struct sim_end *e)
{
	struct sim_net *n = e->host->net;
	uint64_t idle = (uint64_t)e->host->idle_ms * SIM_MS;

	if (e->conn->dead || e->state == SIM_END_GONE ||
	    e->state == SIM_END_NONE || e->host->idle_ms == 0 ||
	    sim_is_set(&e->probe))
		return;
	sim_at(n->clock, &e->probe,
	    n->clock->now + idle + sim_below(&n->random, idle + 1));
}

static void
on_probe(struct sim_event *ev)
{
	struct sim_end *e = RSP_CONTAINER(ev, struct sim_end, probe);
	struct sim_end *other = other_end(e);
	bool reached = other->host->up && leads(e->host, other->host) &&
		       leads(other->host, e->host);

	sim_net_sweep(e->host->net);
	if (e->state == SIM_END_GONE || !e->host->up)
		return;
	if (reached && other->state != SIM_END_GONE)
		return;
	if (reached && other->first != NULL)
		return; /* its last words are under way */
	purge(e);
	tell_closed(e);
	expect_probe(other);
}

void
sim_conns_probe(struct sim_net *n)
{
	RSP_LIST_EACH(l, &n->conns)
	{
		struct sim_conn *c = RSP_CONTAINER(l, struct sim_conn, all);
		struct sim_host *a = c->ends[0].host, *b = c->ends[1].host;

		if (a->up && b->up && leads(a, b) && leads(b, a))
			continue;
		expect_probe(&c->ends[0]);
		expect_probe(&c->ends[1]);
	}
}

static void
lose_patience(struct sim_end *e)
{
	purge(e);
	if (e->state == SIM_END_GONE) {
		settle(e->conn);
	} else {
		tell_closed(e);
	}
	expect_probe(other_end(e));
}

static void
stall(struct sim_end *e)
{
	struct sim_clock *c = e->host->net->clock;
	uint64_t patience = (uint64_t)e->host->patience_ms * SIM_MS;
	uint64_t next;

	if (e->stalled == 0) {
		e->stalled = c->now;
		e->backoff = FIRST_BACKOFF;
	} else if (c->now - e->stalled >= patience) {
		lose_patience(e);
		return;
	}
	next = c->now + e->backoff;
	if (next > e->stalled + patience)
		next = e->stalled + patience;
	e->backoff =
	    e->backoff * 2 > LONGEST_BACKOFF ? LONGEST_BACKOFF : e->backoff * 2;
	sim_at(c, &e->deliver, next);
}

/* A segment for an end that is not there. */
static void
answer_reset(struct sim_end *gone)
{
	if (gone->first == NULL && gone->host->up)
		push_bare(gone, RST);
}

static void
accept(struct sim_end *to)
{
	struct sim_host *h = to->host;

	if (h->process == NULL) {
		to->state = SIM_END_GONE;
		push_bare(to, RST);
		return;
	}
	to->state = SIM_END_OPEN;
	rsp_list_add(&h->ends, &to->of_host);
	push_bare(to, SYN_ACK);
	if (h->stopped) {
		to->unheard = true;
	} else if (!h->process->accepted(h, to)) {
		sim_close(to);
	}
}

static void
hand_over(struct sim_end *e, struct sim_end *to, const struct sim_segment *s)
{
	struct sim_host *h = to->host;
	struct rsp_span bytes = { s->bytes, s->len };

	switch ((enum kind)s->kind) {
	case SYN:
		accept(to);
		break;
	case SYN_ACK:
		if (to->state != SIM_END_WAITING) {
			answer_reset(to);
			break;
		}
		to->state = SIM_END_OPEN;
		h->net->connections++;
		h->process->opened(h, to);
		break;
	case DATA:
		if (to->state != SIM_END_OPEN) {
			answer_reset(to);
			break;
		}
		sim_net_saw(h->net, e->host, h, e->conn->protocol, bytes);
		h->process->message(h, to, bytes);
		break;
	case FIN:
	case RST:
		if (s->kind == RST)
			purge(to);
		if (to->state == SIM_END_OPEN || to->state == SIM_END_WAITING)
			tell_closed(to);
		else if (s->kind == RST)
			settle(to->conn);
		break;
	}
}

static void
on_deliver(struct sim_event *ev)
{
	struct sim_end *e = RSP_CONTAINER(ev, struct sim_end, deliver);
	struct sim_end *to = other_end(e);
	struct sim_clock *c = e->host->net->clock;
	struct sim_segment *s = e->first;

	sim_net_sweep(e->host->net);
	if (!leads(e->host, to->host) || !to->host->up) {
		if (s != NULL && s->kind == RST) { /* never sent again */
			purge(e);
			expect_probe(to);
			settle(e->conn);
			return;
		}
		stall(e);
		return;
	}
	if (s != NULL && to->host->stopped && s->kind != SYN &&
	    to->state != SIM_END_GONE)
		return; /* its kernel keeps it */
	if (s != NULL) {
		pop(e);
		hand_over(e, to, s);
		free(s);
	}
	settle(e->conn);
	if (e->conn->dead)
		return;
	if (!leads(to->host, e->host)) {
		stall(e);
		return;
	}
	e->stalled = 0;
	if (e->first != NULL)
		sim_at(c, &e->deliver, e->first->due);
}

struct sim_end *
sim_connect(struct sim_host *h, struct sim_host *to, enum rsp_protocol protocol,
    void *user)
{
	struct sim_conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	c->protocol = protocol;
	c->ends[0].host = h;
	c->ends[1].host = to;
	for (int i = 0; i < 2; i++) {
		struct sim_end *e = &c->ends[i];

		e->conn = c;
		e->last = &e->first;
		e->deliver.fire = on_deliver;
		e->probe.fire = on_probe;
		rsp_list_init(&e->of_host);
	}
	rsp_list_add(&h->net->conns, &c->all);
	rsp_list_add(&h->ends, &c->ends[0].of_host);
	c->ends[0].state = SIM_END_WAITING;
	c->ends[0].user = user;
	push_bare(&c->ends[0], SYN);
	return &c->ends[0];
}

void
sim_send(struct sim_end *e, struct rsp_span bytes)
{
	push(e, DATA, bytes);
}

void
sim_close(struct sim_end *e)
{
	bool silent = e->state == SIM_END_WAITING && e->stalled != 0;

	leave(e);
	if (silent)
		purge(e);
	else if (other_end(e)->state != SIM_END_GONE)
		push_bare(e, FIN);
	settle(e->conn);
}

void
sim_abort(struct sim_end *e)
{
	bool silent = e->stalled != 0;

	leave(e);
	if (silent)
		purge(e);
	else if (other_end(e)->state != SIM_END_GONE)
		push_bare(e, RST);
	if (silent)
		expect_probe(other_end(e));
	settle(e->conn);
}

void
sim_conns_kill(struct sim_host *h, bool silent)
{
	RSP_LIST_EACH(l, &h->ends)
	{
		struct sim_end *e = RSP_CONTAINER(l, struct sim_end, of_host);
		bool was_gone = e->state == SIM_END_GONE;
		bool cut_short = sim_chance(&h->net->random, 500);

		e->unheard = false;
		leave(e);
		if (silent || cut_short)
			purge(e);
		if (!silent && !was_gone)
			push_bare(e, cut_short ? RST : FIN);
		else
			expect_probe(other_end(e));
		settle(e->conn);
	}
}

static struct sim_end *
first_unheard(const struct sim_host *h)
{
	RSP_LIST_EACH(l, &h->ends)
	{
		struct sim_end *e = RSP_CONTAINER(l, struct sim_end, of_host);

		if (e->unheard)
			return e;
	}
	return NULL;
}

static void
catch_up(struct sim_host *h, struct sim_end *e)
{
	e->unheard = false;
	if (e->state == SIM_END_GONE) {
		leave(e);
		if (e->user != NULL) /* else it was never accepted */
			h->process->closed(h, e);
		settle(e->conn);
	} else if (!h->process->accepted(h, e)) {
		sim_close(e);
	}
}

void
sim_conns_wake(struct sim_host *h)
{
	struct sim_end *e, *from;
	uint64_t due;

	while ((e = first_unheard(h)) != NULL)
		catch_up(h, e);
	RSP_LIST_EACH(l, &h->ends)
	{
		e = RSP_CONTAINER(l, struct sim_end, of_host);
		from = other_end(e);
		if (from->first == NULL || sim_is_set(&from->deliver))
			continue;
		due = from->first->due;
		if (h->net->disorder_us > 0)
			due = h->net->clock->now +
			      sim_below(&h->net->random, h->net->disorder_us);
		sim_at(h->net->clock, &from->deliver, due);
	}
}
