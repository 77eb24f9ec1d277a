/* SPDX-License-Identifier: Apache-2.0 */
/* element_output.c - what a pool element wants of its shell: links, messages,
 * and that it is told what happened
 *
 * A shell that drains the outputs never fills the queue; for one that does not,
 * the oldest are lost.
 */
#include "rsp/core/element/element_inner.h"

struct rsp_element_out *
element_put(struct rsp_element *e, enum rsp_element_out_kind kind)
{
	struct rsp_element_out *out;

	if (e->queued == ELEMENT_QUEUE) {
		e->head = (e->head + 1) % ELEMENT_QUEUE;
		e->queued--;
	}
	out = &e->queue[(e->head + e->queued++) % ELEMENT_QUEUE];
	*out = (struct rsp_element_out){ .kind = kind };
	return out;
}

bool
rsp_element_output(struct rsp_element *e, struct rsp_element_out *out)
{
	if (e->queued == 0)
		return false;
	*out = e->queue[e->head];
	e->head = (e->head + 1) % ELEMENT_QUEUE;
	e->queued--;
	return true;
}

void
element_put_event(struct rsp_element *e, enum rsp_element_event event,
    uint16_t cause, const char *reason)
{
	struct rsp_element_out *out = element_put(e, RSP_ELEMENT_EVENT);

	out->event = event;
	out->cause = cause;
	out->reason = reason;
}

struct rsp_message
element_message(const struct rsp_element *e, uint8_t type)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, type);
	m.has_handle = true;
	m.handle = e->config.handle;
	m.has_pe_id = true;
	m.pe_id = e->pe.id;
	return m;
}

void
element_put_message(struct rsp_element *e, int link,
    const struct rsp_message *m)
{
	struct rsp_element_out *out;
	struct rsp_builder b;

	if (e->queued == 0) {
		e->bytes.len = 0;
		e->bytes.overflow = false;
	}
	b = rsp_builder_into(e->bytes.start + e->bytes.len,
	    e->bytes.size - e->bytes.len);
	rsp_message_encode(&b, m);
	if (b.overflow)
		return;
	e->bytes.len += b.len;
	out = element_put(e, RSP_ELEMENT_SEND);
	out->link = (unsigned)link;
	out->bytes = rsp_builder_span(&b);
}

void
element_hang_up(struct rsp_element *e, unsigned link)
{
	if (!e->up[link] && !(link == RSP_LINK_OUT && e->state == CONNECTING))
		return;
	e->up[link] = false;
	if ((int)link == e->caller)
		e->caller = RSP_LINK_NONE;
	element_put(e, RSP_ELEMENT_HANGUP)->link = link;
}

static int32_t
life_to_send(const struct rsp_element *e)
{
	int32_t life = e->pe.life;

	if (!e->config.interop_rsplib || life == RSP_LIFE_FOREVER)
		return life;
	return life > INT32_MAX / 1000 ? INT32_MAX : life * 1000;
}

void
element_register(struct rsp_element *e, rsp_time now)
{
	struct rsp_message m = element_message(e, RSP_ASAP_REGISTRATION);

	if (!e->healthy) {
		e->state = LAPSED;
		e->deadline = RSP_NEVER;
		return;
	}
	m.has_pe = true;
	m.pe = e->pe;
	m.pe.home = 0;
	m.pe.life = life_to_send(e);
	m.pe.asap.type = 0; /* the registrar fills it in (5352-3.1-16) */
	element_put_message(e, e->home, &m);
	e->state = ASKED;
	e->changed = false;
	e->known = true;
	e->asked = now;
	e->deadline = rsp_time_add(now, e->t2);
}
