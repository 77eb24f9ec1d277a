/* SPDX-License-Identifier: Apache-2.0 */
/* element.c - one pool element: a home, a registration there, and the way back
 *
 * The life of an element.  It begins OUT.  Told to join, it hunts: it asks the
 * shell for a connection to one registrar after the other (CONNECTING) and,
 * when a whole round has failed, pauses (PAUSED), each time longer.  A link
 * that comes up is its home from then on, and gets the registration (ASKED).
 * Granted, it is a MEMBER and registers again whenever T4 has run out.
 * Rejected, it asks the next registrar, and after a while this one again,
 * unless somebody changes what it registers.  A home that says that the
 * registration has ended, or an element that is not healthy, makes it LAPSED:
 * the link is there, the membership is not.  When the link breaks, or no answer
 * comes within T2, it hunts again, beginning with the registrar after the lost
 * one.
 *
 * Told to leave, it sends the deregistration over the home link and waits for
 * the answer (ASKED, but `wanted` is false); when that link breaks, all other
 * registrars are asked once.  However that ends, the link ends with it, so that
 * the life-line rule of TCP removes what no answer confirmed.
 *
 * A registrar that takes over calls: its link came in, and its keep-alive has
 * the H flag.  Anybody can say that, so a home that is there is asked first, by
 * a registration; only if it has fallen silent is the caller's link home.
 *
 * Here are its own life, what the shell wants of it, and its timers; the other
 * files of element_inner.h have the rest.
 */
#include "rsp/core/element/element.h"

#include <stdlib.h>

#include "rsp/core/element/element_inner.h"
#include "rsp/core/pool/policy.h"

#define MESSAGES 4 /* in one output; three occur */

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
	size_t room = MESSAGES * (c->handle.len + ELEMENT_MESSAGE);
	struct rsp_element *e =
	    calloc(1, sizeof(*e) + c->n_endpoints * sizeof(e->refusals[0]));

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
	e->home = e->caller = RSP_LINK_NONE;
	e->retry = c->retry;
	e->attempt = c->attempt;
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

/* Requests. */

static void
send_deregistration(struct rsp_element *e, rsp_time now)
{
	struct rsp_message m = element_message(e, RSP_ASAP_DEREGISTRATION);

	element_put_message(e, e->home, &m);
	e->state = ASKED;
	e->deadline = rsp_time_add(now, e->config.t3_deregistration);
}

/* What the shell wants. */

void
rsp_element_join(struct rsp_element *e, rsp_time now)
{
	e->wanted = true;
	if (e->state != OUT)
		return;
	e->endpoint = 0;
	element_attempt(e, now);
}

void
rsp_element_leave(struct rsp_element *e, rsp_time now)
{
	e->wanted = false;
	if (e->leaving)
		return;
	e->leaving = true;
	if (!e->known)
		element_finish(e, now, "it was in no pool");
	else if (e->home != RSP_LINK_NONE)
		send_deregistration(e, now);
	else if (e->state == PAUSED)
		element_attempt(e, now);
	e->tried = 0;
}

void
rsp_element_set_healthy(struct rsp_element *e, rsp_time now, bool healthy)
{
	bool better = healthy && !e->healthy;

	e->healthy = healthy;
	if (better && e->state == LAPSED)
		element_register(e, now);
}

static bool
pe_equal(const struct rsp_pe *a, const struct rsp_pe *b)
{
	return a->id == b->id && a->life == b->life &&
	       rsp_transport_equal(&a->user, &b->user) &&
	       rsp_policy_equal(&a->policy, &b->policy);
}

/* Both are the same but for the load, which comes first in a policy. */
static bool
only_load_differs(const struct rsp_pe *a, const struct rsp_pe *b)
{
	struct rsp_pe same = *b;

	if (!rsp_policy_is_adaptive(a->policy.type))
		return false;
	same.policy.words[0] = a->policy.words[0];
	return pe_equal(a, &same);
}

/* Rejected; but it is another one now. */
static void
correct(struct rsp_element *e, rsp_time now)
{
	element_forget_refusals(e);
	e->tried = 0;
	if (e->state == PAUSED && e->wanted)
		element_attempt(e, now);
}

int
rsp_element_change(struct rsp_element *e, rsp_time now, const struct rsp_pe *pe)
{
	bool corrected = e->rejected && !only_load_differs(&e->pe, pe);

	if (pe_equal(&e->pe, pe))
		return RSP_OK;
	if (pe->id != e->pe.id && e->known)
		return RSP_ESTATE;
	e->pe = *pe;
	if (e->state == MEMBER)
		element_register(e, now);
	else if (e->state == ASKED)
		e->changed = true;
	else if (corrected)
		correct(e, now);
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
		element_register(e, now);
}

void
rsp_element_closed(struct rsp_element *e, rsp_time now, unsigned link)
{
	e->up[link] = false;
	if ((int)link == e->caller)
		e->caller = RSP_LINK_NONE;
	if ((int)link == e->home)
		element_lose(e, now, "the registrar closed the connection");
	else if (link == RSP_LINK_OUT && e->state == CONNECTING)
		element_try_next(e, now);
}

/* Timers. */

/* T2 or T3 has run out. */
static void
give_up(struct rsp_element *e, rsp_time now)
{
	element_hang_up(e, (unsigned)e->home);
	if (!e->leaving) {
		e->t2 *= 2;
		if (e->t2 > e->config.t2_registration_max)
			e->t2 = e->config.t2_registration_max;
	}
	element_lose(e, now, "the registrar does not answer");
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
		element_attempt(e, now);
		break;
	case CONNECTING:
		e->slow = true;
		element_hang_up(e, RSP_LINK_OUT);
		element_try_next(e, now);
		break;
	case ASKED:
		give_up(e, now);
		break;
	case MEMBER: /* T4 */
	case LAPSED:
		element_register(e, now);
		break;
	}
}
