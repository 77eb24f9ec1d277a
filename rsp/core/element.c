/* SPDX-License-Identifier: Apache-2.0 */
/* element.c - one pool element: a home, a registration there, and the way back
 *
 * The life of an element.  It begins OUT.  Told to join, it hunts: it asks the
 * shell for a connection to one registrar after the other (CONNECTING) and,
 * when a whole round has failed, pauses (PAUSED), each time longer.  A link
 * that comes up is its home from then on, and gets the registration (ASKED).
 * Granted, it is a MEMBER and registers again whenever T4 has run out.
 * Rejected, it is OUT until somebody changes what it registers.  A home that
 * says that the registration has ended, or an element that is not healthy,
 * makes it LAPSED: the link is there, the membership is not.  When the link
 * breaks, or no answer comes within T2, it hunts again, beginning with the
 * registrar after the lost one.
 *
 * Told to leave, it sends the deregistration over the home link and waits for
 * the answer (ASKED, but `wanted` is false); when that link breaks, all other
 * registrars are asked once.  However that ends, the link ends with it, so that
 * the life-line rule of TCP removes what no answer confirmed.
 *
 * A registrar that takes over calls: its link came in, its keep-alive has the H
 * flag, and from then on that link is home.
 *
 * Long: one state machine, whose steps are read beside each other.
 */
#include "rsp/core/element.h"

#include <stdlib.h>

#define QUEUE 16
/* Largest message that it sends, without the handle: a registration with a
 * multi-homed transport, or a report of what was not understood. */
#define REPORT_MAX 1024
#define MESSAGE_ROOM 1280
#define MESSAGES 4 /* in one output; three occur */

enum state { OUT, PAUSED, CONNECTING, ASKED, MEMBER, LAPSED };

struct rsp_element {
	struct rsp_element_config config;
	uint8_t *handle;
	struct rsp_pe pe;

	enum state state;
	bool wanted;  /* the shell wants it in the pool */
	bool leaving; /* DEREGISTERED is owed to the shell */
	bool healthy;
	bool member;   /* the registration was granted and not lost */
	bool known;    /* some registrar may hold a registration */
	bool rejected; /* and not corrected since */
	bool changed;  /* since the registration that is being answered */
	bool moved;    /* the home changed since it was last announced */
	bool up[RSP_LINKS];
	int home; /* link */

	unsigned endpoint; /* the one in use, or tried last */
	unsigned tried;	   /* failures in this round */
	int64_t rounds;	   /* failed ones in a row */
	int64_t retry;	   /* the next pause */
	int64_t t2;	   /* grows while nobody answers */
	rsp_time member_since;
	rsp_time deadline;

	struct rsp_element_out queue[QUEUE];
	unsigned head, queued;
	struct rsp_builder bytes; /* of the queued messages */
};

void
rsp_element_config_init(struct rsp_element_config *c)
{
	*c = (struct rsp_element_config){ .n_endpoints = 1 };
#define DEFAULT(name, value) c->name = value;
	RSP_ELEMENT_SETTINGS(DEFAULT)
#undef DEFAULT
}

struct rsp_element *
rsp_element_new(const struct rsp_element_config *c, const struct rsp_pe *pe)
{
	size_t room = MESSAGES * (c->handle.len + MESSAGE_ROOM);
	struct rsp_element *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->handle = malloc(c->handle.len + room);
	if (e->handle == NULL) {
		free(e);
		return NULL;
	}
	if (c->handle.len > 0)
		memcpy(e->handle, c->handle.at, c->handle.len);
	e->bytes = rsp_builder_into(e->handle + c->handle.len, room);
	e->config = *c;
	e->config.handle.at = e->handle;
	e->pe = *pe;
	e->healthy = true;
	e->home = RSP_LINK_NONE;
	e->retry = c->retry;
	e->t2 = c->t2_registration;
	e->deadline = RSP_NEVER;
	return e;
}

void
rsp_element_free(struct rsp_element *e)
{
	if (e == NULL)
		return;
	free(e->handle);
	free(e);
}

const struct rsp_pe *
rsp_element_pe(const struct rsp_element *e)
{
	return &e->pe;
}

int
rsp_element_home(const struct rsp_element *e)
{
	return e->home;
}

bool
rsp_element_is_member(const struct rsp_element *e)
{
	return e->member;
}

rsp_time
rsp_element_deadline(const struct rsp_element *e)
{
	return e->deadline;
}

/* Outputs.  A shell that drains them never fills the queue; for one that does
 * not, the oldest are lost. */

static struct rsp_element_out *
put(struct rsp_element *e, enum rsp_element_out_kind kind)
{
	struct rsp_element_out *out;

	if (e->queued == QUEUE) {
		e->head = (e->head + 1) % QUEUE;
		e->queued--;
	}
	out = &e->queue[(e->head + e->queued++) % QUEUE];
	*out = (struct rsp_element_out){ .kind = kind };
	return out;
}

bool
rsp_element_output(struct rsp_element *e, struct rsp_element_out *out)
{
	if (e->queued == 0)
		return false;
	*out = e->queue[e->head];
	e->head = (e->head + 1) % QUEUE;
	e->queued--;
	return true;
}

static void
put_event(struct rsp_element *e, enum rsp_element_event event, uint16_t cause,
    const char *reason)
{
	struct rsp_element_out *out = put(e, RSP_ELEMENT_EVENT);

	out->event = event;
	out->cause = cause;
	out->reason = reason;
}

static void
put_message(struct rsp_element *e, int link, const struct rsp_message *m)
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
	out = put(e, RSP_ELEMENT_SEND);
	out->link = (unsigned)link;
	out->bytes = rsp_builder_span(&b);
}

static struct rsp_message
message(const struct rsp_element *e, uint8_t type)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, type);
	m.has_handle = true;
	m.handle = e->config.handle;
	m.has_pe_id = true;
	m.pe_id = e->pe.id;
	return m;
}

static void
hang_up(struct rsp_element *e, unsigned link)
{
	if (!e->up[link] && !(link == RSP_LINK_OUT && e->state == CONNECTING))
		return;
	e->up[link] = false;
	put(e, RSP_ELEMENT_HANGUP)->link = link;
}

/* Timers. */

/* Half of it is fixed and half random, so that elements that lost the same
 * registrar do not come back in step. */
static int64_t
spread(struct rsp_element *e, int64_t ms)
{
	return ms - (int64_t)(e->config.random(e->config.ctx) %
			      (uint64_t)(ms / 2 + 1));
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

/* Server hunt. */

static void
attempt(struct rsp_element *e, rsp_time now)
{
	e->state = CONNECTING;
	e->deadline = rsp_time_add(now, e->config.attempt);
	put(e, RSP_ELEMENT_CONNECT)->endpoint = e->endpoint;
}

/* Out of the pool and of all links. */
static void
finish(struct rsp_element *e, rsp_time now, const char *reason)
{
	unsigned i;

	for (i = 0; i < RSP_LINKS; i++)
		hang_up(e, i);
	e->state = OUT;
	e->home = RSP_LINK_NONE;
	e->member = e->known = e->leaving = false;
	e->tried = 0;
	e->rounds = 0;
	e->deadline = RSP_NEVER;
	put_event(e, RSP_ELEMENT_DEREGISTERED, 0, reason);
	if (e->wanted) /* told to join again meanwhile */
		attempt(e, now);
}

static void
try_next(struct rsp_element *e, rsp_time now)
{
	e->state = PAUSED; /* no attempt is under way */
	e->endpoint = (e->endpoint + 1) % e->config.n_endpoints;
	if (++e->tried < e->config.n_endpoints) {
		attempt(e, now);
		return;
	}
	e->tried = 0;
	if (e->leaving) {
		finish(e, now, "no registrar confirmed it");
		return;
	}
	/* RFC 5352 3.1 would have us stop here; a server that stays out of
	 * its pool for good because of a registrar's bad minute helps nobody.
	 */
	if (e->rounds++ == e->config.max_reg_attempt)
		put_event(e, RSP_ELEMENT_NO_REGISTRAR, 0, NULL);
	e->deadline = rsp_time_add(now, spread(e, e->retry));
	e->retry *= 2;
	if (e->retry > e->config.retry_max)
		e->retry = e->config.retry_max;
}

/* Was it a member for long enough to begin with short pauses again? */
static bool
was_settled(const struct rsp_element *e, rsp_time now)
{
	return e->member && rsp_time_reached(rsp_time_add(e->member_since,
						 e->config.retry_max),
				now);
}

static void
lose(struct rsp_element *e, rsp_time now, const char *reason)
{
	bool settled = was_settled(e, now);

	e->home = RSP_LINK_NONE;
	if (e->member && !e->leaving)
		put_event(e, RSP_ELEMENT_LOST, 0, reason);
	e->member = false;
	if (settled) {
		e->retry = e->config.retry;
		e->tried = 0;
		e->endpoint = (e->endpoint + 1) % e->config.n_endpoints;
		attempt(e, now);
		return;
	}
	try_next(e, now);
}

/* Requests. */

static int32_t
life_to_send(const struct rsp_element *e)
{
	int32_t life = e->pe.life;

	if (!e->config.interop_rsplib || life == RSP_LIFE_FOREVER)
		return life;
	return life > INT32_MAX / 1000 ? INT32_MAX : life * 1000;
}

static void
send_registration(struct rsp_element *e, rsp_time now)
{
	struct rsp_message m = message(e, RSP_ASAP_REGISTRATION);

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
	put_message(e, e->home, &m);
	e->state = ASKED;
	e->changed = false;
	e->known = true;
	e->deadline = rsp_time_add(now, e->t2);
}

static void
send_deregistration(struct rsp_element *e, rsp_time now)
{
	struct rsp_message m = message(e, RSP_ASAP_DEREGISTRATION);

	put_message(e, e->home, &m);
	e->state = ASKED;
	e->deadline = rsp_time_add(now, e->config.t3_deregistration);
}

void
rsp_element_join(struct rsp_element *e, rsp_time now)
{
	e->wanted = true;
	if (e->state != OUT || e->rejected)
		return;
	e->endpoint = 0;
	attempt(e, now);
}

void
rsp_element_leave(struct rsp_element *e, rsp_time now)
{
	e->wanted = false;
	if (e->leaving)
		return;
	e->leaving = true;
	if (!e->known)
		finish(e, now, "it was in no pool");
	else if (e->home != RSP_LINK_NONE)
		send_deregistration(e, now);
	else if (e->state == PAUSED)
		attempt(e, now);
	e->tried = 0;
}

void
rsp_element_set_healthy(struct rsp_element *e, rsp_time now, bool healthy)
{
	bool better = healthy && !e->healthy;

	e->healthy = healthy;
	if (better && e->state == LAPSED)
		send_registration(e, now);
}

static bool
pe_equal(const struct rsp_pe *a, const struct rsp_pe *b)
{
	return a->id == b->id && a->life == b->life &&
	       rsp_transport_equal(&a->user, &b->user) &&
	       rsp_policy_equal(&a->policy, &b->policy);
}

int
rsp_element_change(struct rsp_element *e, rsp_time now, const struct rsp_pe *pe)
{
	if (pe_equal(&e->pe, pe))
		return RSP_OK;
	if (pe->id != e->pe.id && e->known)
		return RSP_ESTATE;
	e->pe = *pe;
	if (e->rejected) {
		e->rejected = false;
		if (e->wanted)
			rsp_element_join(e, now);
	} else if (e->state == MEMBER) {
		send_registration(e, now);
	} else if (e->state == ASKED) {
		e->changed = true;
	}
	return RSP_OK;
}

/* Links. */

void
rsp_element_opened(struct rsp_element *e, rsp_time now, unsigned link)
{
	e->up[link] = true;
	if (link != RSP_LINK_OUT || e->state != CONNECTING)
		return;
	e->home = RSP_LINK_OUT;
	if (e->leaving)
		send_deregistration(e, now);
	else
		send_registration(e, now);
}

void
rsp_element_closed(struct rsp_element *e, rsp_time now, unsigned link)
{
	e->up[link] = false;
	if ((int)link == e->home)
		lose(e, now, "the registrar closed the connection");
	else if (link == RSP_LINK_OUT && e->state == CONNECTING)
		try_next(e, now);
}

/* The registrar on `link` is home from now on.  It has the registration, but
 * saying it again makes sure, and starts T4 and the life anew.  The link tells
 * registrars apart, better than their IDs: a home that calls over a new link
 * has lost the old one. */
static void
adopt(struct rsp_element *e, rsp_time now, unsigned link)
{
	if (e->home != RSP_LINK_NONE)
		hang_up(e, (unsigned)e->home);
	hang_up(e, RSP_LINK_OUT);
	e->home = (int)link;
	e->moved = true;
	send_registration(e, now);
}

/* Answers. */

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

static void
reject(struct rsp_element *e, uint16_t cause)
{
	unsigned i;

	put_event(e, RSP_ELEMENT_REJECTED, cause, NULL);
	for (i = 0; i < RSP_LINKS; i++)
		hang_up(e, i);
	e->state = OUT;
	e->home = RSP_LINK_NONE;
	e->rejected = true;
	e->member = e->known = false;
	e->deadline = RSP_NEVER;
}

static void
on_registered(struct rsp_element *e, rsp_time now, const struct rsp_message *m)
{
	if (e->state != ASKED || e->leaving)
		return;
	if ((m->flags & RSP_FLAG_REJECT) != 0) {
		reject(e, first_cause(m));
		return;
	}
	if (m->has_error)
		put_event(e, RSP_ELEMENT_WARNED, first_cause(m), NULL);
	if (!e->member)
		e->member_since = now;
	if (!e->member || e->moved)
		put_event(e, RSP_ELEMENT_REGISTERED, 0, NULL);
	e->member = true;
	e->moved = false;
	e->state = MEMBER;
	e->tried = 0;
	e->rounds = 0;
	e->t2 = e->config.t2_registration;
	e->deadline = rsp_time_add(now, t4(e));
	if (e->changed)
		send_registration(e, now);
}

static void
on_deregistered(struct rsp_element *e, rsp_time now,
    const struct rsp_message *m)
{
	if (e->leaving && e->state == ASKED) {
		finish(e, now,
		    m->has_error ? rsp_cause_text(first_cause(m)) : NULL);
		return;
	}
	/* Not asked for: the registration has ended (5352-3.2-03), unless the
	 * message says that something else was wrong (5352-2.2.4-03).  With a
	 * registration under way its answer decides. */
	if (e->state == ASKED || !e->member || m->has_error)
		return;
	if (was_settled(e, now))
		e->retry = e->config.retry;
	e->member = false;
	e->state = LAPSED;
	e->deadline =
	    e->healthy ? rsp_time_add(now, spread(e, e->retry)) : RSP_NEVER;
	e->retry *= 2;
	if (e->retry > e->config.retry_max)
		e->retry = e->config.retry_max;
	put_event(e, RSP_ELEMENT_LOST, 0,
	    "the registrar ended the registration");
}

/* RFC 5352 section 3.4, KA1 and KA2. */
static void
on_keep_alive(struct rsp_element *e, rsp_time now, unsigned link,
    const struct rsp_message *m)
{
	struct rsp_message ack = message(e, RSP_ASAP_KEEP_ALIVE_ACK);

	/* 5352-3.4-03 rules over 5352-2.2.7-03: a foreign handle gets silence,
	 * and so does the identifier, if one is there (as RSPLIB has it), of
	 * another element.  So does everybody while the server could not
	 * serve. */
	if (!rsp_span_equal(m->handle, e->config.handle) ||
	    (m->has_pe_id && m->pe_id != e->pe.id) || !e->healthy ||
	    !e->known || e->leaving)
		return;
	put_message(e, (int)link, &ack);
	if ((m->flags & RSP_FLAG_HOME) != 0 && (int)link != e->home)
		adopt(e, now, link);
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
	put_message(e, (int)link, &error);
}

/* Instead of an answer it is a refusal: a registrar that cannot read a value of
 * a registration says so without a response (RSPLIB's, of addresses that it
 * does not take).  What is only unrecognized may be answered all the same. */
static void
on_error(struct rsp_element *e, uint16_t cause)
{
	if (e->state == ASKED && !e->leaving && cause != RSP_CAUSE_PARAM &&
	    cause != RSP_CAUSE_MESSAGE)
		reject(e, cause);
	else
		put_event(e, RSP_ELEMENT_WARNED, cause,
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
			on_error(e, first_cause(m));
		break;
	}
}

int
rsp_element_input(struct rsp_element *e, rsp_time now, unsigned link,
    struct rsp_span bytes)
{
	uint8_t causes[REPORT_MAX];
	struct rsp_builder report = rsp_builder_into(causes, sizeof(causes));
	struct rsp_message m;
	int err;

	if (!e->up[link])
		return RSP_OK;
	err = rsp_message_decode(RSP_ASAP, bytes, &m, &report);
	if (err == RSP_ETRUNC || err == RSP_EMALFORMED)
		return err;
	send_error(e, link, &m, &report);
	if (err == RSP_OK)
		dispatch(e, now, link, &m);
	return RSP_OK;
}

/* T2 or T3 has run out. */
static void
give_up(struct rsp_element *e, rsp_time now)
{
	hang_up(e, (unsigned)e->home);
	if (!e->leaving) {
		e->t2 *= 2;
		if (e->t2 > e->config.t2_registration_max)
			e->t2 = e->config.t2_registration_max;
	}
	lose(e, now, "the registrar does not answer");
}

void
rsp_element_tick(struct rsp_element *e, rsp_time now)
{
	if (!rsp_time_reached(e->deadline, now))
		return;
	switch (e->state) {
	case OUT:
		break;
	case PAUSED:
		attempt(e, now);
		break;
	case CONNECTING:
		hang_up(e, RSP_LINK_OUT);
		try_next(e, now);
		break;
	case ASKED:
		give_up(e, now);
		break;
	case MEMBER: /* T4 */
	case LAPSED:
		send_registration(e, now);
		break;
	}
}
