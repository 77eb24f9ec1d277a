/* SPDX-License-Identifier: Apache-2.0 */
/* element_hunt.c - the way to a home and, when it is lost, to the next one (RFC
 * 5352 section 3.6)
 *
 * Pauses between the rounds grow, and are short again only for who was a member
 * for long: a registrar that says yes and hangs up is no busy loop.
 */
#include "rsp/core/element/element_inner.h"

/* Half of it is fixed and half random, so that elements that lost the same
 * registrar do not come back in step. */
static int64_t
spread(struct rsp_element *e, int64_t ms)
{
	return ms - (int64_t)(e->config.random(e->config.ctx) %
			      (uint64_t)(ms / 2 + 1));
}

static void
lengthen_pause(struct rsp_element *e)
{
	e->retry *= 2;
	if (e->retry > e->config.retry_max)
		e->retry = e->config.retry_max;
}

/* Refusals.  Why it is rejected mostly passes: other elements leave the pool,
 * a limit is raised, an old registration ends, an address arrives. */

void
element_refuse(struct rsp_element *e, rsp_time now)
{
	struct refusal *r = &e->refusals[e->endpoint];

	r->pause = r->pause == 0 ? e->config.refused : r->pause * 2;
	if (r->pause > e->config.refused_max)
		r->pause = e->config.refused_max;
	r->until = rsp_time_add(now, r->pause / 2 + spread(e, r->pause));
}

void
element_forget_refusals(struct rsp_element *e)
{
	unsigned i;

	e->rejected = false;
	for (i = 0; i < e->config.n_endpoints; i++)
		e->refusals[i] = (struct refusal){ 0 };
}

/* When the first of those that have rejected it may be asked again; `now`: one
 * of all may be asked already. */
static rsp_time
earliest(const struct rsp_element *e, rsp_time now)
{
	rsp_time t = RSP_NEVER;
	unsigned i;

	for (i = 0; i < e->config.n_endpoints; i++)
		t = rsp_time_min(t, e->refusals[i].until);
	return t > now ? t : now;
}

/* Rounds. */

static void
end_round(struct rsp_element *e, rsp_time now)
{
	e->state = PAUSED;
	e->tried = 0;
	if (e->leaving) {
		element_finish(e, now, "no registrar confirmed it");
		return;
	}
	e->deadline = earliest(e, now);
	if (e->deadline > now)
		return;
	/* RFC 5352 3.1 would have us stop here; a server that stays out of
	 * its pool for good because of a registrar's bad minute helps nobody.
	 */
	if (e->rounds++ == e->config.max_reg_attempt)
		element_put_event(e, RSP_ELEMENT_NO_REGISTRAR, 0, NULL);
	if (e->slow && e->attempt < e->config.attempt_max)
		e->attempt *= 2;
	e->slow = false;
	e->deadline = rsp_time_add(now, spread(e, e->retry));
	lengthen_pause(e);
}

void
element_attempt(struct rsp_element *e, rsp_time now)
{
	unsigned n = e->config.n_endpoints;

	while (e->tried < n && e->refusals[e->endpoint].until > now) {
		e->endpoint = (e->endpoint + 1) % n;
		e->tried++;
	}
	if (e->tried == n) {
		end_round(e, now);
		return;
	}
	e->state = CONNECTING;
	e->deadline = rsp_time_add(now, e->attempt);
	element_put(e, RSP_ELEMENT_CONNECT)->endpoint = e->endpoint;
}

void
element_try_next(struct rsp_element *e, rsp_time now)
{
	e->state = PAUSED; /* no attempt is under way */
	e->endpoint = (e->endpoint + 1) % e->config.n_endpoints;
	if (++e->tried < e->config.n_endpoints)
		element_attempt(e, now);
	else
		end_round(e, now);
}

/* It has the registration, but saying it again makes sure, and starts T4 and
 * the life anew.  The link tells registrars apart, better than their IDs: a
 * home that calls over a new link has lost the old one. */
void
element_adopt(struct rsp_element *e, rsp_time now, unsigned link)
{
	if (e->home != RSP_LINK_NONE)
		element_hang_up(e, (unsigned)e->home);
	element_hang_up(e, RSP_LINK_OUT);
	e->home = (int)link;
	e->caller = RSP_LINK_NONE;
	e->moved = true;
	element_register(e, now);
}

/* Was it a member for long enough to begin with short pauses again? */
static bool
was_settled(const struct rsp_element *e, rsp_time now)
{
	return e->member && rsp_time_reached(rsp_time_add(e->member_since,
						 e->config.retry_max),
				now);
}

void
element_lose(struct rsp_element *e, rsp_time now, const char *reason)
{
	bool settled = was_settled(e, now);

	e->home = RSP_LINK_NONE;
	if (e->caller != RSP_LINK_NONE && !e->leaving) {
		e->t2 = e->config.t2_registration;
		element_adopt(e, now, (unsigned)e->caller);
		return;
	}
	if (e->member && !e->leaving)
		element_put_event(e, RSP_ELEMENT_LOST, 0, reason);
	e->member = false;
	if (settled) {
		e->retry = e->config.retry;
		e->tried = 0;
		e->endpoint = (e->endpoint + 1) % e->config.n_endpoints;
		element_attempt(e, now);
		return;
	}
	element_try_next(e, now);
}

/* The link stays up: there the element registers again, after a pause. */
void
element_lapse(struct rsp_element *e, rsp_time now, const char *reason)
{
	if (was_settled(e, now))
		e->retry = e->config.retry;
	e->member = false;
	e->state = LAPSED;
	e->deadline =
	    e->healthy ? rsp_time_add(now, spread(e, e->retry)) : RSP_NEVER;
	lengthen_pause(e);
	element_put_event(e, RSP_ELEMENT_LOST, 0, reason);
}

void
element_finish(struct rsp_element *e, rsp_time now, const char *reason)
{
	unsigned i;

	for (i = 0; i < RSP_LINKS; i++)
		element_hang_up(e, i);
	e->state = OUT;
	e->home = RSP_LINK_NONE;
	e->member = e->known = e->leaving = false;
	e->tried = 0;
	e->rounds = 0;
	e->deadline = RSP_NEVER;
	element_put_event(e, RSP_ELEMENT_DEREGISTERED, 0, reason);
	if (e->wanted) /* told to join again meanwhile */
		element_attempt(e, now);
}
