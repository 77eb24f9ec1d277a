/* SPDX-License-Identifier: Apache-2.0 */
/* refresh.c - the slow path of a handle resolution: a registrar is asked, and
 * its answer or its silence is dealt with */
#include <string.h>

#include "rsp/net/log.h"
#include "rsp/net/sys.h"
#include "rsp/user/user_inner.h"
#include "rsp/core/base/error.h"
#include "rsp/core/wire/pool_name.h"
#include "rsp/core/pool/policy.h"

/* While there are old answers, a registrar that refused, or was silent, is not
 * asked for this long. */
#define REFUSED_S 1
#define SILENT_S 10

/* A lease outlives its refresh by this much. */
#define LEASE_SPARE_MS 250

/* The addresses of a name are kept for this long after its last answer. */
#define HOSTS_MS 60000

#define REPORTS_AT_ONCE 16

struct report {
	int slot;
	uint32_t pe_id;
};

static unsigned
take_reports(struct rsp_cache *c, struct rsp_scratch *s, rsp_time now,
    struct report *taken, struct rsp_span *encoded)
{
	struct rsp_builder b = rsp_builder_into(s->reports, sizeof(s->reports));
	struct rsp_span handle = { s->real, 0 };
	unsigned n = 0;

	while (n < REPORTS_AT_ONCE &&
	       rsp_cache_take_report(c, &taken[n].slot, &taken[n].pe_id, now)) {
		handle.len = rsp_cache_handle(c, taken[n].slot, s->real,
		    sizeof(s->real));
		if (handle.len == 0 || b.len + handle.len + 32 > b.size)
			continue;
		rsp_resolver_put_report(&b, handle, taken[n].pe_id);
		n++;
	}
	*encoded = rsp_builder_span(&b);
	return n;
}

/* Registrars that did not answer lately come last, or not at all. */
static void
order_registrars(struct rsp_cache *c, const struct rsp_scratch *s, bool hurry,
    rsp_time now, struct rsp_resolver_config *config)
{
	for (int pass = 0; pass < (hurry ? 1 : 2); pass++)
		for (unsigned i = 0; i < s->n_registrars; i++) {
			uint64_t key =
			    rsp_user_registrar_key(&s->registrars[i]);
			bool dead =
			    rsp_cache_mark(c, key, now) == RSP_MARK_DEAD;

			if (dead == (pass == 1) &&
			    config->n_turns < RSP_RESOLVER_TURNS)
				config->turns[config->n_turns++] = (uint8_t)i;
		}
}

/* With an old answer there is no waiting for a name to be looked up, if it was
 * looked up before. */
static void
recall_hosts(struct rsp_cache *c, struct rsp_scratch *s,
    const struct rsp_resolver_config *config, bool hurry)
{
	rsp_time since;

	for (unsigned i = 0; i < config->n_turns; i++) {
		struct rsp_endpoint *e = &s->registrars[config->turns[i]];
		unsigned n;

		if (!hurry || e->scheme == RSP_UNIX || e->name[0] == '\0')
			continue;
		n = rsp_cache_hosts(c, rsp_user_registrar_key(e), e->hosts,
		    &since);
		if (n > 0)
			e->n_hosts = n;
	}
}

/* A registrar that does not answer may have moved; but a name is not looked up
 * again at once, for perhaps it is the network that is gone. */
static void
keep_hosts(struct rsp_cache *c, const struct rsp_endpoint *e,
    enum rsp_resolver_turn turn, rsp_time now)
{
	struct rsp_address hosts[RSP_CACHE_HOSTS];
	uint64_t key = rsp_user_registrar_key(e);
	rsp_time since;

	if (e->scheme == RSP_UNIX || e->name[0] == '\0' ||
	    e->hosts[0].family == 0 || turn == RSP_TURN_NONE)
		return;
	if (rsp_cache_hosts(c, key, hosts, &since) == 0)
		since = now;
	if (turn == RSP_TURN_ANSWERED)
		rsp_cache_set_hosts(c, key, e->hosts, e->n_hosts, now);
	else if (since > now || now - since > HOSTS_MS)
		rsp_cache_set_hosts(c, key, NULL, 0, now);
}

/* Shortages of this process say nothing about the registrar. */
static bool
is_own_fault(int why)
{
	return why == EMFILE || why == ENFILE || why == ENOMEM ||
	       why == ENOBUFS || why == EPROTONOSUPPORT || why == EOPNOTSUPP;
}

static void
mark_registrars(struct rsp_cache *c, const struct rsp_scratch *s, rsp_time now)
{
	const struct rsp_resolver *r = &s->resolver;

	for (unsigned i = 0; i < r->config.n_turns; i++) {
		const struct rsp_endpoint *e =
		    &s->registrars[r->config.turns[i]];
		uint64_t key = rsp_user_registrar_key(e);
		int why = r->turns[i].why;

		keep_hosts(c, e, r->turns[i].turn, now);
		switch (r->turns[i].turn) {
		case RSP_TURN_NONE:
			break;
		case RSP_TURN_REFUSED: /* alive, whatever it has against us */
		case RSP_TURN_ANSWERED:
			rsp_cache_mark_alive(c, key);
			break;
		case RSP_TURN_SILENT:
			/* perhaps it had hardly any time to answer */
			if (r->result != RSP_RESOLVER_UNKNOWN)
				rsp_cache_mark_dead(c, key, now, SILENT_S,
				    SILENT_S);
			break;
		case RSP_TURN_BAD:
		case RSP_TURN_FAILED:
			if (why == EDESTADDRREQ) /* that took long */
				rsp_cache_mark_dead(c, key, now, SILENT_S,
				    SILENT_S);
			else if (!is_own_fault(why))
				rsp_cache_mark_dead(c, key, now, REFUSED_S,
				    REFUSED_S);
			break;
		}
	}
}

/* Runs one conversation with s->registrars. */
static void
converse(struct rsp_user *u, struct rsp_cache *c, struct rsp_scratch *s,
    const struct rsp_question *q)
{
	struct rsp_resolver *r = &s->resolver;
	bool hurry = q->budget_ms != 0;
	struct rsp_resolver_config config = {
		.t1_ms = hurry ? q->budget_ms : u->config.connect_timeout_ms,
		.handle = q->handle,
		.any_case = q->any_case,
		.items = RSP_ANSWER_ELEMENTS,
		.out = s->out,
		.out_size = sizeof(s->out),
		.in = s->in,
		.in_size = sizeof(s->in),
	};
	struct report taken[REPORTS_AT_ONCE];
	rsp_time now = rsp_user_now();
	unsigned n_reports;

	order_registrars(c, s, hurry, now, &config);
	config.deadline =
	    hurry ? q->until : rsp_time_add(now, config.t1_ms * config.n_turns);
	n_reports = take_reports(c, s, now, taken, &config.reports);
	recall_hosts(c, s, &config, hurry);
	if (rsp_resolver_init(r, &config, now) == RSP_OK)
		rsp_ask_registrars(r, s->registrars);
	rsp_user_cache(u); /* is it still there? */
	mark_registrars(c, s, rsp_user_now());
	for (unsigned i = 0; i < n_reports && r->result == RSP_RESOLVER_NOBODY;
	     i++)
		rsp_cache_report(c, taken[i].slot, taken[i].pe_id, now);
}

enum rsp_resolver_result
rsp_user_ask(struct rsp_user *u, struct rsp_cache *c, struct rsp_scratch *s,
    struct rsp_span handle, bool any_case, int64_t budget_ms)
{
	struct rsp_question q = { handle, any_case, budget_ms, RSP_NEVER,
		false };

	if (budget_ms != 0)
		q.until = rsp_time_add(rsp_user_now(), budget_ms);
	rsp_hunt_before(u, c, s, &q);
	converse(u, c, s, &q);
	if (rsp_hunt_after(u, c, s, &q))
		converse(u, c, s, &q);
	return s->resolver.result;
}

static int64_t
ttl_of(const struct rsp_user *u, const struct rsp_answer *a)
{
	if (u->config.cache == RSP_CACHE_OFF)
		return 0;
	return rsp_policy_is_adaptive(rsp_answer_policy(a))
		   ? u->config.ttl_adaptive_ms
		   : u->config.ttl_ms;
}

bool
rsp_user_is_fresh(struct rsp_user *u, struct rsp_cache *c, int slot,
    const struct rsp_answer *a, rsp_time now)
{
	rsp_time confirmed = rsp_cache_confirmed(c, slot, now);

	return confirmed != RSP_NEVER && now - confirmed < ttl_of(u, a);
}

/* Puts a positive answer, asked for at `asked`, into the cache. */
static int
take_found(struct rsp_cache *c, struct rsp_scratch *s, struct rsp_wanted *w,
    rsp_time asked, struct rsp_answer *a)
{
	const struct rsp_resolver *r = &s->resolver;
	struct rsp_answer other = { s->other, RSP_ANSWER_WORDS, 0 };
	rsp_time now = rsp_user_now();
	int slot = rsp_cache_claim(c, r->handle), own;

	if (rsp_answer_pack(a, &r->policy, r->elements) != RSP_OK)
		return RSP_ENOENT;
	if (slot < 0)
		return slot;
	rsp_cache_publish(c, slot, a, asked, now, &other);
	/* as it was published: it holds the place where round robin goes on */
	if (rsp_cache_read(c, slot, a) != RSP_OK)
		rsp_answer_pack(a, &r->policy, r->elements);
	w->slot = slot;
	if (rsp_span_equal(w->handle, r->handle))
		return RSP_OK;
	own = rsp_cache_lookup(c, w->handle);
	if (own >= 0)
		rsp_cache_unknown(c, own, now);
	rsp_cache_set_alias(c, w->handle, slot, now);
	return RSP_OK;
}

/* Asks for the handle as the program wrote it.  If that is unknown and we took
 * it for another handle, asks for that one, because not every registrar knows
 * our parameter for any case. */
static enum rsp_resolver_result
ask_for(struct rsp_user *u, struct rsp_cache *c, struct rsp_scratch *s,
    const struct rsp_wanted *w, int64_t budget_ms)
{
	enum rsp_resolver_result result =
	    rsp_user_ask(u, c, s, w->handle, w->any_case, budget_ms);
	struct rsp_span real = { s->handle, 0 };

	if (result != RSP_RESOLVER_UNKNOWN || !w->alias)
		return result;
	real.len = rsp_cache_handle(c, w->slot, s->handle, sizeof(s->handle));
	if (real.len == 0 || rsp_span_equal(real, w->handle))
		return result;
	return rsp_user_ask(u, c, s, real, false, budget_ms);
}

/* No positive answer: the old one stays in use, or there is none. */
static int
take_nothing(struct rsp_cache *c, struct rsp_scratch *s, struct rsp_wanted *w,
    bool old, rsp_time asked, uint64_t key)
{
	if (s->resolver.result == RSP_RESOLVER_SEVERAL)
		return RSP_EEXIST;
	if (s->resolver.result == RSP_RESOLVER_NOBODY) {
		if (!old)
			return RSP_ETIMEOUT;
		rsp_cache_nobody(c, w->slot);
		return RSP_OK;
	}
	if (old && !rsp_cache_unknown(c, w->slot, asked))
		return RSP_OK;
	rsp_cache_note_unknown(c, key, rsp_user_now());
	return RSP_ENOENT;
}

int
rsp_user_refresh(struct rsp_user *u, struct rsp_cache *c, struct rsp_scratch *s,
    struct rsp_wanted *w, struct rsp_answer *a)
{
	bool off = u->config.cache == RSP_CACHE_OFF, leased = false, old;
	rsp_time asked = rsp_user_now(), again = 0;
	uint64_t key = rsp_cache_hash(w->handle, w->any_case ? 2 : 1);
	uint64_t token = 0;
	int slot = w->slot, err;

	*a = (struct rsp_answer){ s->answer, RSP_ANSWER_WORDS, 0 };
	s->resolver.config.n_turns = 0;
	old = !off && slot >= 0 && rsp_cache_read(c, slot, a) == RSP_OK;
	if (!old && !off &&
	    rsp_cache_was_unknown(c, key, asked, RSP_UNKNOWN_TTL_MS))
		return RSP_ENOENT;
	if (old) {
		leased = rsp_cache_lease(c, slot, asked,
		    RSP_HURRY_MS + LEASE_SPARE_MS, &token);
		if (!leased && ttl_of(u, a) > 0) {
			rsp_cache_count(c, slot, RSP_CACHE_HITS);
			return RSP_OK;
		}
	}
	if (ask_for(u, c, s, w, old ? RSP_HURRY_MS : 0) == RSP_RESOLVER_FOUND)
		err = take_found(c, s, w, asked, a);
	else {
		err = take_nothing(c, s, w, old, asked, key);
		again = rsp_user_now() + RSP_RETRY_MS;
	}
	rsp_cache_count(c, w->slot, RSP_CACHE_ASKED);
	if (leased)
		rsp_cache_hold(c, slot, token, again);
	return err;
}

static size_t
append(char *text, size_t at, size_t size, const char *more)
{
	size_t len = strlen(more);

	if (len > size - at - 1)
		len = size - at - 1;
	memcpy(text + at, more, len);
	text[at + len] = '\0';
	return at + len;
}

/* "tcp://a (connection refused), tcp://b (no answer)" */
static void
list_registrars(const struct rsp_user *u, const struct rsp_scratch *s,
    bool reasons, char *text, size_t size)
{
	const struct rsp_resolver *r = &s->resolver;
	const struct rsp_user_config *uc = &u->config;
	char endpoint[RSP_ENDPOINT_TEXT];
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < r->config.n_turns; i++) {
		at = append(text, at, size, i > 0 ? ", " : "");
		at = append(text, at, size,
		    rsp_endpoint_text(&s->registrars[r->config.turns[i]],
			endpoint));
		if (!reasons)
			continue;
		at = append(text, at, size, " (");
		at = append(text, at, size,
		    rsp_turn_text(r->turns[i].turn, r->turns[i].why));
		at = append(text, at, size, ")");
	}
	for (unsigned i = 0; reasons && i < uc->n_registrars; i++) {
		if (uc->registrars[i].scheme != RSP_MULTICAST)
			continue;
		at = append(text, at, size, at > 0 ? ", " : "");
		at = append(text, at, size, uc->registrars[i].text);
		at = append(text, at, size,
		    " (no other registrar announced there)");
	}
}

static bool
may_warn(struct rsp_user *u)
{
	rsp_time now = rsp_user_now(), last = atomic_load(&u->last_warning);

	return rsp_log_enabled(RSP_LOG_WARN) &&
	       (last == 0 || now - last >= 1000) &&
	       atomic_compare_exchange_strong(&u->last_warning, &last, now);
}

void
rsp_user_complain(struct rsp_user *u, const struct rsp_scratch *s,
    struct rsp_span handle, int err)
{
	char pool[200], tried[500];

	if (!may_warn(u))
		return;
	rsp_pool_name_escape(handle, pool, sizeof(pool));
	list_registrars(u, s, err == RSP_ETIMEOUT, tried, sizeof(tried));
	if (err == RSP_ETIMEOUT)
		rsp_log(RSP_LOG_WARN,
		    "pool %s: no registrar answers: tried %s; start one "
		    "(rsp-registrar) or name one in RSP_REGISTRARS",
		    pool, tried);
	else if (err == RSP_ENOENT)
		rsp_log(RSP_LOG_WARN,
		    "pool %s: unknown%s%s; check the name, or put a server "
		    "into it (rsp-register --pool %s -- COMMAND)",
		    pool, tried[0] != '\0' ? " at " : "", tried, pool);
	else if (err == RSP_EEXIST)
		rsp_log(RSP_LOG_WARN,
		    "pool %s: several pools differ from it in case alone; "
		    "write the exact name, as pool:HANDLE",
		    pool);
	else
		rsp_log(RSP_LOG_WARN, "pool %s: %s in the cache (%s)", pool,
		    rsp_strerror(err), u->config.runtime_dir);
}
