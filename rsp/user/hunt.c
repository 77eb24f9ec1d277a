/* SPDX-License-Identifier: Apache-2.0 */
/* hunt.c - the search for registrars that announce themselves: when a pool
 * user listens (RFC 5352 section 3.6)
 *
 * A thousand short-lived processes are not to wait for an announcement each. So
 * what one has heard is good for all, for a minute, as long as it answers; and
 * now and then, more rarely as time goes by, one of them stays a quarter of a
 * second longer to hear which registrars are there now.  Only a process that
 * knows no registrar, or none that answers, waits for an announcement.
 *
 * The RFC's client opens up to three connections at once; here it is one, for
 * nothing is to be left behind in a stranger's process.
 */
#include <string.h>

#include "rsp/user/discover.h"
#include "rsp/net/log.h"
#include "rsp/net/sys.h"
#include "rsp/user/user_inner.h"

/* Long enough for a few announcements, of one registrar alone or of several in
 * turn. */
#define HUNT_MS 3000
#define HUNT_AGAIN_MS 1250 /* when that was in vain a moment ago */

/* What is unheard stays so for a while: others do not wait for it again. */
#define UNHEARD_S 10

/* How much longer a process may stay to listen, and the pause until the next
 * one does, which grows while there is something to hear. */
#define LINGER_MS 250
#define LINGER_FIRST_S 1
#define LINGER_MOST_S 10

static uint64_t
linger_key(const struct rsp_endpoint *group)
{
	return rsp_cache_hash((struct rsp_span){ (const uint8_t *)"linger", 6 },
	    rsp_user_registrar_key(group));
}

/* Without a cache the lifetime is the RFC's. */
static int64_t
lifetime(const struct rsp_user *u)
{
	return u->config.cache == RSP_CACHE_OFF ? RSP_T7_MS : RSP_HEARD_MS;
}

/* Those heard at a group since then, in an order that differs from process to
 * process, so that all are asked. */
static void
add_known(struct rsp_user *u, struct rsp_cache *c, struct rsp_scratch *s,
    const struct rsp_endpoint *group, rsp_time since, rsp_time now)
{
	struct rsp_cache_registrar list[RSP_CACHE_REGISTRARS];
	unsigned n = rsp_cache_registrars(c, rsp_user_registrar_key(group), now,
	    lifetime(u), list, RSP_CACHE_REGISTRARS);
	unsigned turn = (unsigned)sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0) +
			(unsigned)(now / 16);

	for (unsigned i = 0; i < n && s->n_registrars < RSP_KNOWN_MAX; i++) {
		const struct rsp_cache_registrar *r = &list[(i + turn) % n];

		if (r->heard >= since)
			rsp_discovered_endpoint(r,
			    &s->registrars[s->n_registrars++]);
	}
}

/* With `since`, only announced registrars that were heard then or later, and no
 * others; 0: all.  Returns how many of them were announced. */
static unsigned
gather(struct rsp_user *u, struct rsp_cache *c, struct rsp_scratch *s,
    rsp_time since)
{
	const struct rsp_user_config *uc = &u->config;
	rsp_time now = rsp_user_now();
	unsigned configured = 0;

	s->n_registrars = 0;
	for (unsigned i = 0; i < uc->n_registrars; i++) {
		const struct rsp_endpoint *e = &uc->registrars[i];

		if (e->scheme == RSP_MULTICAST) {
			add_known(u, c, s, e, since, now);
		} else if (since == 0 && s->n_registrars < RSP_KNOWN_MAX) {
			s->registrars[s->n_registrars++] = *e;
			configured++;
		}
	}
	return s->n_registrars - configured;
}

static bool
is_mixed(const struct rsp_user_config *uc)
{
	for (unsigned i = 0; i < uc->n_registrars; i++)
		if (uc->registrars[i].scheme != RSP_MULTICAST)
			return true;
	return false;
}

/* The first group; NULL: there is none. */
static const struct rsp_endpoint *
first_group(const struct rsp_user_config *uc)
{
	for (unsigned i = 0; i < uc->n_registrars; i++)
		if (uc->registrars[i].scheme == RSP_MULTICAST)
			return &uc->registrars[i];
	return NULL;
}

/* Marks stand for all groups under the first one's name. */
static bool
listen_until(struct rsp_user *u, struct rsp_cache *c, struct rsp_scratch *s,
    rsp_time until, bool all)
{
	const struct rsp_user_config *uc = &u->config;
	const struct rsp_endpoint *group = first_group(uc);
	unsigned heard = rsp_discover(c, uc->registrars, uc->n_registrars,
	    until, all, s->out, sizeof(s->out));
	uint64_t key = linger_key(group);

	rsp_user_cache(u); /* is it still there? */
	if (heard == 0)
		rsp_cache_mark_alive(c, key);
	/* twice as long as the last time, if that was to learn of others */
	rsp_cache_mark_dead(c, key, rsp_user_now(), LINGER_FIRST_S,
	    LINGER_MOST_S);
	rsp_log(RSP_LOG_DEBUG, "%s: %u announcement%s heard%s", group->text,
	    heard, heard == 1 ? "" : "s", all ? " in passing" : "");
	return heard > 0;
}

static bool
is_unheard(struct rsp_user *u, struct rsp_cache *c)
{
	return rsp_cache_mark(c,
		   rsp_user_registrar_key(first_group(&u->config)),
		   rsp_user_now()) == RSP_MARK_DEAD;
}

/* Listens once for a question, and not at all where nothing was heard a moment
 * ago and there are other registrars to ask. */
static bool
hunt(struct rsp_user *u, struct rsp_cache *c, struct rsp_scratch *s,
    struct rsp_question *q)
{
	uint64_t key = rsp_user_registrar_key(first_group(&u->config));
	bool unheard = is_unheard(u, c);
	rsp_time now = rsp_user_now(), until;

	if (q->hunted || (unheard && is_mixed(&u->config)) ||
	    rsp_time_reached(q->until, now))
		return false;
	q->hunted = true;
	until = rsp_time_add(now, unheard ? HUNT_AGAIN_MS : HUNT_MS);
	if (listen_until(u, c, s, rsp_time_min(q->until, until), false)) {
		rsp_cache_mark_alive(c, key);
		return true;
	}
	if (q->budget_ms == 0)
		rsp_cache_mark_dead(c, key, rsp_user_now(), UNHEARD_S,
		    UNHEARD_S);
	return false;
}

void
rsp_hunt_before(struct rsp_user *u, struct rsp_cache *c, struct rsp_scratch *s,
    struct rsp_question *q)
{
	unsigned announced = gather(u, c, s, 0);

	if (u->config.registrars[0].scheme == RSP_MULTICAST && announced == 0 &&
	    hunt(u, c, s, q))
		gather(u, c, s, 0);
}

/* One process at a time, and only if the caller has the time. */
static void
linger(struct rsp_user *u, struct rsp_cache *c, struct rsp_scratch *s,
    const struct rsp_question *q)
{
	uint64_t key = linger_key(first_group(&u->config));
	rsp_time now = rsp_user_now();

	if (rsp_cache_mark(c, key, now) == RSP_MARK_DUE &&
	    rsp_cache_probe(c, key, now, LINGER_MS * 2))
		listen_until(u, c, s,
		    rsp_time_min(q->until, rsp_time_add(now, LINGER_MS)), true);
}

bool
rsp_hunt_after(struct rsp_user *u, struct rsp_cache *c, struct rsp_scratch *s,
    struct rsp_question *q)
{
	rsp_time began = rsp_user_now();

	if (first_group(&u->config) == NULL)
		return false;
	if (s->resolver.result != RSP_RESOLVER_NOBODY) {
		linger(u, c, s, q);
		return false;
	}
	return hunt(u, c, s, q) && gather(u, c, s, began) > 0;
}

unsigned
rsp_user_registrars(struct rsp_user *u, bool again, struct rsp_endpoint *list,
    unsigned max)
{
	struct rsp_question q = { .until = RSP_NEVER };
	struct rsp_cache *c = rsp_user_cache(u);
	struct rsp_scratch *s = rsp_scratch_open();
	unsigned n;

	if (s == NULL)
		return 0;
	rsp_hunt_before(u, c, s, &q);
	if (first_group(&u->config) != NULL && !q.hunted) {
		if (again)
			hunt(u, c, s, &q);
		else
			linger(u, c, s, &q);
		gather(u, c, s, 0);
	}
	n = s->n_registrars < max ? s->n_registrars : max;
	memcpy(list, s->registrars, n * sizeof(*list));
	rsp_scratch_close(s);
	return n;
}
