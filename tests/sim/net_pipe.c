/* SPDX-License-Identifier: Apache-2.0 */
/* net_pipe.c - connections of the small network, between registrars, elements
 * and hand-made ends
 *
 * A pipe is made when one of them dials.  It connects or fails a latency later,
 * and is gone when neither side is open.  What its sides are told goes to the
 * file of their kind.
 */
#include "tests/sim/net_inner.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/net_element.h"

#define PIPES 2048

static struct pipe pipes[PIPES];
static unsigned n_pipes; /* ever used at the same time */
static bool busy;

void
net_pipe_init(void)
{
	memset(pipes, 0, sizeof(pipes));
	n_pipes = 0;
}

void
net_packets_free(struct packet *p)
{
	struct packet *next;

	for (; p != NULL; p = next) {
		next = p->next;
		free(p);
	}
}

void
net_packet_push(struct packet ***last, struct rsp_span bytes)
{
	struct packet *k = malloc(sizeof(*k) + bytes.len);

	if (k == NULL)
		net_fail("no memory");
	*k = (struct packet){ .at = net.now + net.latency, .len = bytes.len };
	if (bytes.len > 0)
		memcpy(k->bytes, bytes.at, bytes.len);
	**last = k;
	*last = &k->next;
}

void
net_pipe_free(struct pipe *p)
{
	for (unsigned i = 0; i < 2; i++)
		net_packets_free(p->sides[i].first);
	net_handmade_forget(p);
	memset(p, 0, sizeof(*p));
}

void
net_pipe_end(void)
{
	for (unsigned i = 0; i < n_pipes; i++)
		net_pipe_free(&pipes[i]);
}

struct pipe *
net_pipe_new(enum rsp_protocol protocol, struct side from, struct side to)
{
	for (unsigned i = 0; i < PIPES; i++) {
		struct pipe *p = &pipes[i];

		if (p->used)
			continue;
		if (i >= n_pipes)
			n_pipes = i + 1;
		*p = (struct pipe){ .used = true, .protocol = protocol };
		p->sides[0] = from;
		p->sides[1] = to;
		p->at = net.now + net.latency;
		busy = true;
		p->gives_up = RSP_NEVER;
		for (unsigned k = 0; k < 2; k++)
			p->sides[k].last = &p->sides[k].first;
		return p;
	}
	net_fail("too many connections");
}

struct pipe *
net_pipe_of(const struct side *s)
{
	for (unsigned i = 0; i < n_pipes; i++)
		if (s == &pipes[i].sides[0] || s == &pipes[i].sides[1])
			return &pipes[i];
	net_fail("no such connection");
}

struct side *
net_pipe_far(struct pipe *p, const struct side *s)
{
	return &p->sides[s == &p->sides[0]];
}

struct side *
net_pipe_link(unsigned e, unsigned link)
{
	for (unsigned i = 0; i < n_pipes; i++)
		for (unsigned k = 0; k < 2; k++) {
			struct side *s = &pipes[i].sides[k];

			if (pipes[i].used && s->kind == ELEMENT &&
			    s->who == e && s->link == link &&
			    (!pipes[i].connected || s->open))
				return s;
		}
	return NULL;
}

void
net_pipe_send(struct pipe *p, struct side *from, struct rsp_span bytes)
{
	struct side *to = net_pipe_far(p, from);

	busy = true;
	if (!to->open && p->connected)
		return; /* nobody reads it */
	if (net.on_message != NULL)
		net.on_message(from->kind == REGISTRAR ? from->who : 99,
		    to->kind == REGISTRAR ? to->who : 99, p->protocol, bytes);
	net_packet_push(&to->last, bytes);
}

/* This side is done with it. */
void
net_pipe_close(struct pipe *p, struct side *s)
{
	struct side *to = net_pipe_far(p, s);

	s->open = false;
	busy = true;
	if (!to->ends) {
		to->ends = true;
		to->end_at = net.now + net.latency;
	}
}

void
net_pipe_reset(enum side_kind kind, unsigned who)
{
	for (unsigned i = 0; i < n_pipes; i++)
		for (unsigned k = 0; k < 2; k++) {
			struct pipe *p = &pipes[i];
			struct side *s = &p->sides[k];

			if (p->used && p->connected && s->open &&
			    s->kind == kind && s->who == who)
				net_pipe_close(p, s);
		}
}

bool
net_pipe_was_busy(void)
{
	bool was = busy;

	busy = false;
	return was;
}

/* To the sides. */

static struct rsp_transport
place_of(const struct side *s)
{
	if (s->kind == ELEMENT)
		return net_element_place(s->who);
	return net_place(s->kind == END ? 9 : 0, s->who, NET_PORT);
}

static bool
is_alive(const struct side *s)
{
	switch (s->kind) {
	case REGISTRAR:
		return net.reg[s->who] != NULL;
	case ELEMENT:
		return net_is_element(s->who);
	case END:
		return true;
	}
	return false;
}

static bool
is_cut(const struct pipe *p)
{
	const struct side *a = &p->sides[0], *b = &p->sides[1];

	return a->kind == REGISTRAR && b->kind == REGISTRAR &&
	       net_is_cut(a->who, b->who);
}

static void
tell_closed(struct side *s)
{
	s->open = false;
	switch (s->kind) {
	case REGISTRAR:
		net_registrar_closed(s);
		break;
	case ELEMENT:
		net_element_closed(s);
		break;
	case END:
		net_handmade_closed(s->who);
		break;
	}
}

static void
tell_failed(struct pipe *p)
{
	struct side s = p->sides[0];
	uint32_t connecting = p->connecting;

	net_pipe_free(p);
	if (s.kind == REGISTRAR)
		net_registrar_failed(s.who, connecting);
	else if (s.kind == ELEMENT)
		net_element_closed(&s);
}

static void
tell_opened(struct pipe *p, struct side *s)
{
	struct rsp_transport remote = place_of(net_pipe_far(p, s));

	s->open = true;
	switch (s->kind) {
	case REGISTRAR:
		net_registrar_opened(p, s, &remote);
		break;
	case ELEMENT:
		net_element_opened(s);
		break;
	case END:
		net_handmade_opened(s->who, p);
		break;
	}
}

static bool
takes_calls(const struct pipe *p, struct side *s)
{
	switch (s->kind) {
	case REGISTRAR:
		return net_registrar_takes_calls(s->who, p->protocol);
	case ELEMENT:
		return net_element_takes_call(s);
	case END:
		return true;
	}
	return false;
}

static void
connect_pipe(struct pipe *p)
{
	struct side *a = &p->sides[0], *b = &p->sides[1];

	if (is_cut(p) && !p->fails) {
		p->at = p->gives_up;
		p->fails = true;
		return;
	}
	if (!is_alive(a)) {
		net_pipe_free(p);
		return;
	}
	if (b->kind == REGISTRAR && net_handmade_instead_of(b->who) >= 0) {
		b->who = (unsigned)net_handmade_instead_of(b->who);
		b->kind = END;
	}
	if (p->fails || !takes_calls(p, b)) {
		tell_failed(p);
		return;
	}
	p->connected = true;
	tell_opened(p, b);
	tell_opened(p, a);
	if (b->kind == REGISTRAR)
		net_registrar_drain(b->who);
	if (a->kind == REGISTRAR)
		net_registrar_drain(a->who);
	if (b->kind == ELEMENT)
		net_element_drain(b->who);
	if (a->kind == ELEMENT)
		net_element_drain(a->who);
}

static void
hand_over(struct pipe *p, struct side *s, struct packet *k)
{
	struct rsp_span bytes = { k->bytes, k->len };
	int err = RSP_OK;

	switch (s->kind) {
	case REGISTRAR:
		err = net_registrar_input(s, bytes);
		break;
	case ELEMENT:
		err = net_element_input(s, bytes);
		break;
	case END:
		net_handmade_input(s->who, bytes);
		break;
	}
	if (err != RSP_OK && p->used && s->open) {
		net_pipe_close(p, s);
		tell_closed(s);
	}
}

/* Time. */

static bool
may_run(const struct side *s)
{
	return s->kind != REGISTRAR || !net_is_frozen(s->who);
}

/* When something happens next on this side; RSP_NEVER: nothing. */
static rsp_time
side_due(const struct pipe *p, const struct side *s)
{
	if (!s->open || !may_run(s) || is_cut(p))
		return RSP_NEVER;
	if (s->first != NULL)
		return s->first->at;
	return s->ends ? s->end_at : RSP_NEVER;
}

static void
step_side(struct pipe *p, struct side *s)
{
	struct packet *k = s->first;

	if (side_due(p, s) > net.now)
		return;
	if (k == NULL) {
		tell_closed(s);
		return;
	}
	s->first = k->next;
	if (s->first == NULL)
		s->last = &s->first;
	hand_over(p, s, k);
	free(k);
}

rsp_time
net_pipe_step(void)
{
	rsp_time next = RSP_NEVER;

	for (unsigned i = 0; i < n_pipes; i++) {
		struct pipe *p = &pipes[i];

		if (!p->used)
			continue;
		if (!p->connected && p->at <= net.now)
			connect_pipe(p);
		for (unsigned k = 0; k < 2 && p->used && p->connected; k++)
			step_side(p, &p->sides[k]);
		if (p->used && p->connected && !p->sides[0].open &&
		    !p->sides[1].open)
			net_pipe_free(p);
		if (!p->used)
			continue;
		if (!p->connected) {
			next = rsp_time_min(next, p->at);
			continue;
		}
		for (unsigned k = 0; k < 2; k++)
			next = rsp_time_min(next, side_due(p, &p->sides[k]));
	}
	return next;
}
