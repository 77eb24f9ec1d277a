/* SPDX-License-Identifier: Apache-2.0 */
/* element_input.c - what registrars say to a pool element: answers,
 * keep-alives, errors
 */
#include "rsp/core/element/element_inner.h"

static bool
is_ours(const struct rsp_element *e, const struct rsp_message *m)
{
	return rsp_span_equal(m->handle, e->config.handle) &&
	       m->pe_id == e->pe.id;
}

static uint16_t
first_cause(const struct rsp_message *m)
{
	struct rsp_cursor c = rsp_cursor_over(m->causes);
	uint16_t cause = RSP_CAUSE_UNSPECIFIED;
	struct rsp_span information;

	if (m->has_error)
		rsp_next_cause(&c, &cause, &information);
	return cause;
}

/* T4: before the life ends by 20 s, or by half of it when it is that short
 * (5352-7.1-04); a little earlier at random. */
static int64_t
t4(struct rsp_element *e)
{
	int64_t life = (int64_t)e->pe.life * 1000, ms = 600000;

	if (e->pe.life >= 0) {
		life = life > 20000 ? life - 20000 : life / 2;
		ms = life < ms ? life : ms;
	}
	if (e->config.t4_reregistration < ms)
		ms = e->config.t4_reregistration;
	return ms - (int64_t)(e->config.random(e->config.ctx) %
			      (uint64_t)(ms / 16 + 1));
}

static void
reject(struct rsp_element *e, rsp_time now, uint16_t cause)
{
	bool asked_for = e->home == RSP_LINK_OUT;
	unsigned i;

	element_put_event(e, RSP_ELEMENT_REJECTED, cause, NULL);
	for (i = 0; i < RSP_LINKS; i++)
		element_hang_up(e, i);
	e->home = RSP_LINK_NONE;
	e->member = e->known = false;
	e->state = PAUSED;
	if (e->changed) { /* it was another one that they rejected */
		element_forget_refusals(e);
		e->tried = 0;
		element_attempt(e, now);
		return;
	}
	e->rejected = true;
	if (asked_for)
		element_refuse(e, now);
	element_try_next(e, now);
}

static void
on_registered(struct rsp_element *e, rsp_time now, const struct rsp_message *m)
{
	if (e->state != ASKED || e->leaving)
		return;
	if ((m->flags & RSP_FLAG_REJECT) != 0) {
		reject(e, now, first_cause(m));
		return;
	}
	if (m->has_error)
		element_put_event(e, RSP_ELEMENT_WARNED, first_cause(m), NULL);
	if (!e->member)
		e->member_since = now;
	if (!e->member || e->moved)
		element_put_event(e, RSP_ELEMENT_REGISTERED, 0, NULL);
	e->member = true;
	e->moved = false;
	e->state = MEMBER;
	e->tried = 0;
	e->rounds = 0;
	e->t2 = e->config.t2_registration;
	if (e->t2 < 2 * (now - e->asked)) /* the way there is that long */
		e->t2 = 2 * (now - e->asked);
	e->attempt = e->config.attempt;
	element_forget_refusals(e);
	e->deadline = rsp_time_add(now, t4(e));
	if (e->changed)
		element_register(e, now);
}

static void
on_deregistered(struct rsp_element *e, rsp_time now,
    const struct rsp_message *m)
{
	if (e->leaving && e->state == ASKED) {
		element_finish(e, now,
		    m->has_error ? rsp_cause_text(first_cause(m)) : NULL);
		return;
	}
	/* Not asked for: the registration has ended (5352-3.2-03), unless the
	 * message says that something else was wrong (5352-2.2.4-03).  With a
	 * registration under way its answer decides; but a home that knows who
	 * called does not answer. */
	if (e->leaving || !e->member || m->has_error)
		return;
	if (e->caller != RSP_LINK_NONE)
		element_adopt(e, now, (unsigned)e->caller);
	else if (e->state != ASKED)
		element_lapse(e, now, "the registrar ended the registration");
}

/* Somebody says that he is home now.  RFC 5352 has that believed at once, but
 * whoever reaches our port can say it, and would have the element for as long
 * as he likes.  A home that is not lost is asked first, once in T2 however many
 * call; an answer within T2 keeps it.  The caller is remembered, and adopted
 * when the home is lost. */
static void
call(struct rsp_element *e, rsp_time now, unsigned link)
{
	rsp_time silent = rsp_time_add(e->heard, e->config.t2_registration);

	if (e->home == RSP_LINK_NONE) {
		element_adopt(e, now, link);
		return;
	}
	e->caller = (int)link;
	if (e->state == ASKED)
		return;
	e->deadline = rsp_time_min(e->deadline, silent);
	if (rsp_time_reached(e->deadline, now))
		element_register(e, now);
}

/* RFC 5352 section 3.4, KA1 and KA2. */
static void
on_keep_alive(struct rsp_element *e, rsp_time now, unsigned link,
    const struct rsp_message *m)
{
	struct rsp_message ack = element_message(e, RSP_ASAP_KEEP_ALIVE_ACK);

	/* 5352-3.4-03 rules over 5352-2.2.7-03: a foreign handle gets silence,
	 * and so does the identifier, if one is there (as RSPLIB has it), of
	 * another element.  So does everybody while the server could not
	 * serve. */
	if (!rsp_span_equal(m->handle, e->config.handle) ||
	    (m->has_pe_id && m->pe_id != e->pe.id) || !e->healthy ||
	    !e->known || e->leaving)
		return;
	element_put_message(e, (int)link, &ack);
	if ((m->flags & RSP_FLAG_HOME) != 0 && (int)link != e->home)
		call(e, now, link);
}

/* What was not understood is told to its sender (5352-2.2.14-03, -04), but no
 * error message is ever answered by one. */
static void
send_error(struct rsp_element *e, unsigned link, const struct rsp_message *m,
    const struct rsp_builder *report)
{
	struct rsp_message error;

	if (report->len == 0 || report->overflow || m->type == RSP_ASAP_ERROR)
		return;
	rsp_message_init(&error, RSP_ASAP, RSP_ASAP_ERROR);
	error.has_error = true;
	error.causes = rsp_builder_span(report);
	element_put_message(e, (int)link, &error);
}

/* Instead of an answer it is a refusal: a registrar that cannot read a value of
 * a registration says so without a response (RSPLIB's, of addresses that it
 * does not take).  What is only unrecognized may be answered all the same. */
static void
on_error(struct rsp_element *e, rsp_time now, uint16_t cause)
{
	if (e->state == ASKED && !e->leaving && cause != RSP_CAUSE_PARAM &&
	    cause != RSP_CAUSE_MESSAGE)
		reject(e, now, cause);
	else
		element_put_event(e, RSP_ELEMENT_WARNED, cause,
		    "the registrar reports an error");
}

static void
dispatch(struct rsp_element *e, rsp_time now, unsigned link,
    const struct rsp_message *m)
{
	switch (m->type) {
	case RSP_ASAP_REGISTRATION_RESPONSE:
		if ((int)link == e->home && is_ours(e, m))
			on_registered(e, now, m);
		break;
	case RSP_ASAP_DEREGISTRATION_RESPONSE:
		if ((int)link == e->home && is_ours(e, m))
			on_deregistered(e, now, m);
		break;
	case RSP_ASAP_KEEP_ALIVE:
		on_keep_alive(e, now, link, m);
		break;
	case RSP_ASAP_ERROR:
		if ((int)link == e->home)
			on_error(e, now, first_cause(m));
		break;
	}
}

int
rsp_element_input(struct rsp_element *e, rsp_time now, unsigned link,
    struct rsp_span bytes)
{
	uint8_t causes[ELEMENT_REPORT];
	struct rsp_builder report = rsp_builder_into(causes, sizeof(causes));
	struct rsp_message m;
	int err;

	if (!e->up[link])
		return RSP_OK;
	if ((int)link == e->home)
		e->heard = now;
	err = rsp_message_decode(RSP_ASAP, bytes, &m, &report);
	if (err == RSP_ETRUNC || err == RSP_EMALFORMED)
		return err;
	send_error(e, link, &m, &report);
	if (err == RSP_OK)
		dispatch(e, now, link, &m);
	return RSP_OK;
}
