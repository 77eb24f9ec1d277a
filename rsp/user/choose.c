/* SPDX-License-Identifier: Apache-2.0 */
/* choose.c - the choice of pool elements for a connection, and what became of
 * them */
#include <string.h>

#include "rsp/user/room.h"
#include "rsp/net/sys.h"
#include "rsp/user/user_inner.h"
#include "rsp/core/pool/select_user.h"
#include "rsp/core/base/error.h"

#define REFUSED_S 1
#define SILENT_S 10

/* A connection that tries a marked element again has its connect timeout plus
 * this. */
#define PROBE_SPARE_MS 500

/* A list in which all elements are dead is asked for anew when it is older than
 * this. */
#define ALL_DEAD_MS 500

uint64_t
rsp_user_element_key(uint32_t index, const struct rsp_candidate *e)
{
	uint8_t bytes[28];
	uint32_t id = e->pe_id;

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, &index, 4);
	memcpy(bytes + 4, &id, 4);
	memcpy(bytes + 8, e->address.bytes, 16);
	memcpy(bytes + 24, &e->port, 2);
	memcpy(bytes + 26, &e->transport, 2);
	return rsp_cache_hash((struct rsp_span){ bytes, sizeof(bytes) },
	    e->address.family);
}

/* The elements of an answer, in its order, and the order to try them in. */
struct ranking {
	struct rsp_cache *c;
	uint32_t index;
	rsp_time now, confirmed;
	unsigned n;
	struct rsp_choice list[RSP_CHOICE_MAX];
	uint16_t at[RSP_CHOICE_MAX];   /* in the answer's words */
	uint8_t marks[RSP_CHOICE_MAX]; /* enum rsp_mark */
	uint8_t order[RSP_CHOICE_MAX];
};

/* What a choice needs, in a room. */
struct work {
	struct ranking ranking;
	uint64_t words[RSP_SMALL_WORDS];
};

_Static_assert(sizeof(struct work) <= RSP_ROOM_BYTES, "it is one room");

/* Selections are counted from the answer that they were made with. */
static uint64_t
use_key(const struct ranking *r, uint32_t pe_id)
{
	uint64_t words[2] = { (uint64_t)r->confirmed,
		(uint64_t)r->index << 32 | pe_id };

	return rsp_cache_hash((struct rsp_span){ (const uint8_t *)words,
				  sizeof(words) },
	    3);
}

static uint32_t
draw(void *ctx)
{
	uint64_t *state = ctx, z;

	if (*state == 0 && sys_call(SYS_getrandom, (long)state, sizeof(*state),
			       1 /* do not block */, 0, 0, 0) != sizeof(*state))
		*state = (uint64_t)sys_now() ^
			 (uint64_t)sys_call(SYS_gettid, 0, 0, 0, 0, 0, 0) << 32;
	z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(z >> 32);
}

static void
candidate_at(const struct rsp_answer *a, uint16_t word, struct rsp_candidate *e)
{
	struct rsp_answer_pe pe;
	unsigned at = word;

	memset(e, 0, sizeof(*e));
	if (!rsp_answer_next(a, &at, &pe))
		return;
	e->pe_id = pe.id;
	e->transport = pe.transport;
	e->port = pe.port;
	e->address = pe.address;
}

static enum rsp_mark
mark_of(struct ranking *r, const struct rsp_answer_pe *pe)
{
	struct rsp_candidate e = { pe->id, pe->transport, pe->port, pe->address,
		false };

	return rsp_cache_mark(r->c, rsp_user_element_key(r->index, &e), r->now);
}

/* The order by the pool's policy; returns how many can serve.  Dead elements
 * stay out of it, so that their share of the turns goes to all others alike;
 * with `dead` they take part. */
static unsigned
rank(struct ranking *r, const struct rsp_answer *a, uint64_t position,
    bool dead)
{
	uint32_t policy = rsp_answer_policy(a);
	bool counts = rsp_policy_def(policy)->counts;
	struct rsp_answer_pe pe;
	unsigned at = 0, start = 0;
	uint64_t seed = 0;

	r->n = 0;
	for (; r->n < RSP_CHOICE_MAX && rsp_answer_next(a, &at, &pe);
	     start = at) {
		struct rsp_choice *choice = &r->list[r->n];
		enum rsp_mark mark = dead ? RSP_MARK_NONE : mark_of(r, &pe);

		if (mark == RSP_MARK_DEAD)
			continue;
		choice->pe_id = pe.id;
		memcpy(choice->words, pe.policy.words, sizeof(choice->words));
		choice->uses =
		    counts ? rsp_cache_uses(r->c, use_key(r, pe.id)) : 0;
		r->marks[r->n] = (uint8_t)mark;
		r->at[r->n++] = (uint16_t)start;
	}
	return rsp_choose(policy, r->list, r->n,
	    position + rsp_answer_offset(a), draw, &seed, r->order);
}

/* May the element be tried now?  The first of a list may be one whose mark is
 * over: then this caller is the one that tries it again. */
static bool
is_usable(struct rsp_user *u, const struct ranking *r, unsigned i,
    const struct rsp_candidate *e, bool first)
{
	if (r->marks[i] == RSP_MARK_NONE)
		return true;
	return first &&
	       rsp_cache_probe(r->c, rsp_user_element_key(r->index, e), r->now,
		   u->config.connect_timeout_ms + PROBE_SPARE_MS);
}

static unsigned
fill_list(struct rsp_user *u, struct ranking *r, const struct rsp_answer *a,
    unsigned ranked, struct rsp_candidate *list, unsigned max)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ranked && n < max; i++) {
		unsigned chosen = r->order[i];

		candidate_at(a, r->at[chosen], &list[n]);
		list[n].marked = r->marks[chosen] != RSP_MARK_NONE;
		if (list[n].address.family != 0 && list[n].port != 0 &&
		    is_usable(u, r, chosen, &list[n], n == 0))
			n++;
	}
	return n;
}

/* *all_dead: every element is marked, so all are in the list. */
static int
choose_from(struct rsp_user *u, struct rsp_cache *c, int slot,
    const struct rsp_answer *a, uint64_t position, struct ranking *r,
    struct rsp_candidate *list, unsigned max, bool *all_dead)
{
	unsigned n;

	r->c = c;
	r->index = rsp_cache_index(c, slot);
	r->now = rsp_user_now();
	r->confirmed = rsp_cache_confirmed(c, slot, r->now);
	n = fill_list(u, r, a, rank(r, a, position, false), list, max);
	*all_dead = n == 0;
	if (n == 0) {
		n = fill_list(u, r, a, rank(r, a, position, true), list, max);
		for (unsigned i = 0; i < n; i++)
			list[i].marked = true;
	}
	if (n > 0 && rsp_policy_def(rsp_answer_policy(a))->counts)
		rsp_cache_use(c, use_key(r, list[0].pe_id));
	return (int)n;
}

/* Chooses when the answer is old or large, or all its elements are dead. */
static int
choose_slowly(struct rsp_user *u, struct rsp_cache *c, int slot,
    uint64_t position, struct ranking *r, struct rsp_candidate *list,
    unsigned max)
{
	struct rsp_scratch *s = rsp_scratch_open();
	struct rsp_wanted w = { { NULL, 0 }, false, slot, false, false };
	struct rsp_answer a;
	bool all_dead;
	int n;

	if (s == NULL)
		return RSP_ENOMEM;
	w.handle.at = s->handle;
	w.handle.len = rsp_cache_handle(c, slot, s->handle, sizeof(s->handle));
	n = w.handle.len == 0 ? RSP_ENOENT : rsp_user_refresh(u, c, s, &w, &a);
	if (n == RSP_OK)
		n = choose_from(u, c, slot, &a, position, r, list, max,
		    &all_dead);
	else
		rsp_user_complain(u, s, w.handle, n);
	rsp_scratch_close(s);
	return n;
}

/* Chooses from a fresh answer that does not fit into the words. */
static int
choose_large(struct rsp_user *u, struct rsp_cache *c, int slot,
    uint64_t position, struct ranking *r, struct rsp_candidate *list,
    unsigned max, bool *all_dead)
{
	struct rsp_scratch *s = rsp_scratch_open();
	struct rsp_answer a;
	int n = RSP_ENOMEM;

	*all_dead = true;
	if (s == NULL)
		return n;
	a = (struct rsp_answer){ s->answer, RSP_ANSWER_WORDS, 0 };
	n = rsp_cache_read(c, slot, &a);
	if (n == RSP_OK)
		n = rsp_user_is_fresh(u, c, slot, &a, rsp_user_now())
			? choose_from(u, c, slot, &a, position, r, list, max,
			      all_dead)
			: RSP_ENOENT;
	rsp_scratch_close(s);
	return n;
}

static int
choose_with(struct work *w, struct rsp_user *u, struct rsp_cache *c, int slot,
    struct rsp_candidate *list, unsigned max)
{
	struct rsp_answer a = { w->words, RSP_SMALL_WORDS, 0 };
	uint64_t position = rsp_cache_advance(c, slot);
	rsp_time now = rsp_user_now(), confirmed;
	int n = rsp_cache_read(c, slot, &a);
	bool all_dead = true;

	rsp_cache_used(c, slot, now);
	if (n == RSP_OK && !rsp_user_is_fresh(u, c, slot, &a, now))
		n = RSP_ENOENT;
	if (n == RSP_OK)
		n = choose_from(u, c, slot, &a, position, &w->ranking, list,
		    max, &all_dead);
	else if (n == RSP_ESPACE)
		n = choose_large(u, c, slot, position, &w->ranking, list, max,
		    &all_dead);
	confirmed = rsp_cache_confirmed(c, slot, now);
	if (n >= 0 && ((n > 0 && !all_dead) || now - confirmed < ALL_DEAD_MS)) {
		rsp_cache_count(c, slot, RSP_CACHE_HITS);
		return n;
	}
	/* stale, or no element left: perhaps they came back elsewhere */
	return choose_slowly(u, c, slot, position, &w->ranking, list, max);
}

static int
choose(struct rsp_user *u, struct rsp_cache *c,
    const struct rsp_user_pool *pool, struct rsp_candidate *list, unsigned max)
{
	int slot = rsp_user_slot(u, c, pool->index), n;
	struct work *w;

	if (slot < 0)
		return RSP_ENOENT;
	w = rsp_room_open();
	if (w == NULL)
		return RSP_ENOMEM;
	n = choose_with(w, u, c, slot, list, max);
	rsp_room_close(w);
	return n;
}

int
rsp_user_choose(struct rsp_user *u, const struct rsp_user_pool *pool,
    struct rsp_candidate *list, unsigned max)
{
	return choose(u, rsp_user_cache(u), pool, list, max);
}

int
rsp_user_choose_found(struct rsp_user *u, const struct rsp_user_pool *pool,
    struct rsp_candidate *list, unsigned max)
{
	return choose(u, __atomic_load_n(&u->cache, __ATOMIC_ACQUIRE), pool,
	    list, max);
}

/* An answer that is only looked at, whatever its size. */
struct held {
	struct rsp_answer answer;
	void *room;
	struct rsp_scratch *scratch; /* a large one's */
};

/* False: there is none.  let_go() in any case. */
static bool
hold(struct held *h, struct rsp_cache *c, int slot)
{
	int err;

	h->scratch = NULL;
	h->room = rsp_room_open();
	if (slot < 0 || h->room == NULL)
		return false;
	h->answer = (struct rsp_answer){ h->room, RSP_SMALL_WORDS, 0 };
	err = rsp_cache_read(c, slot, &h->answer);
	if (err != RSP_ESPACE)
		return err == RSP_OK;
	h->scratch = rsp_scratch_open();
	if (h->scratch == NULL)
		return false;
	h->answer =
	    (struct rsp_answer){ h->scratch->answer, RSP_ANSWER_WORDS, 0 };
	return rsp_cache_read(c, slot, &h->answer) == RSP_OK;
}

static void
let_go(struct held *h)
{
	rsp_scratch_close(h->scratch);
	rsp_room_close(h->room);
}

static bool
is_among(const struct rsp_candidate *list, unsigned n, uint32_t pe_id)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i].pe_id == pe_id)
			return true;
	return false;
}

static unsigned
append_rest(const struct rsp_answer *a, struct rsp_candidate *list, unsigned n,
    unsigned max)
{
	unsigned chosen = n, at = 0, start = 0;
	struct rsp_answer_pe pe;

	for (; n < max && rsp_answer_next(a, &at, &pe); start = at) {
		candidate_at(a, (uint16_t)start, &list[n]);
		list[n].marked = true;
		if (list[n].address.family != 0 && list[n].port != 0 &&
		    !is_among(list, chosen, pe.id))
			n++;
	}
	return n;
}

int
rsp_user_choose_rest(struct rsp_user *u, const struct rsp_user_pool *pool,
    struct rsp_candidate *list, unsigned n, unsigned max)
{
	struct rsp_cache *c = rsp_user_cache(u);
	struct held h;

	if (hold(&h, c, rsp_user_slot(u, c, pool->index)))
		n = append_rest(&h.answer, list, n, max);
	let_go(&h);
	return (int)n;
}

void
rsp_user_outcome(struct rsp_user *u, const struct rsp_user_pool *pool,
    const struct rsp_candidate *candidate, enum rsp_outcome outcome)
{
	struct rsp_cache *c = rsp_user_cache(u);
	uint64_t key = rsp_user_element_key(pool->index, candidate);
	int slot = rsp_user_slot(u, c, pool->index);
	unsigned seconds =
	    outcome == RSP_OUTCOME_TIMEOUT ? SILENT_S : REFUSED_S;

	switch (outcome) {
	case RSP_OUTCOME_ALIVE:
		rsp_cache_mark_alive(c, key);
		break;
	case RSP_OUTCOME_REFUSED:
	case RSP_OUTCOME_TIMEOUT:
		if (rsp_cache_mark_dead(c, key, rsp_user_now(), seconds,
			RSP_CACHE_MARK_MAX_S) &&
		    slot >= 0)
			rsp_cache_report(c, slot, candidate->pe_id,
			    rsp_user_now());
		break;
	case RSP_OUTCOME_OWN_FAULT:
		break;
	}
}

bool
rsp_user_is_dead(struct rsp_user *u, const struct rsp_user_pool *pool,
    const struct rsp_candidate *candidate)
{
	return rsp_cache_mark(rsp_user_cache(u),
		   rsp_user_element_key(pool->index, candidate),
		   rsp_user_now()) == RSP_MARK_DEAD;
}

static bool
find_in(const struct rsp_answer *a, const struct rsp_candidate *candidate,
    struct rsp_answer_pe *pe)
{
	unsigned at = 0;

	while (rsp_answer_next(a, &at, pe))
		if (pe->id == candidate->pe_id && pe->port == candidate->port &&
		    pe->transport == candidate->transport &&
		    rsp_address_equal(&pe->address, &candidate->address))
			return true;
	return false;
}

static bool
is_in(const struct rsp_answer *a, const struct rsp_candidate *candidate)
{
	struct rsp_answer_pe pe;

	return find_in(a, candidate, &pe);
}

static unsigned
addresses_in(const struct rsp_answer *a, const struct rsp_candidate *candidate,
    struct rsp_address *list, unsigned max)
{
	struct rsp_answer_pe pe;
	unsigned n = 0;

	if (!find_in(a, candidate, &pe))
		return 0;
	for (unsigned i = 0; i < pe.n_addresses && n < max; i++) {
		list[n] = rsp_answer_address(a, &pe, i);
		if (list[n].family != 0)
			n++;
	}
	return n;
}

unsigned
rsp_user_addresses(struct rsp_user *u, const struct rsp_user_pool *pool,
    const struct rsp_candidate *candidate, struct rsp_address *list,
    unsigned max)
{
	struct rsp_cache *c = rsp_user_cache(u);
	struct held h;
	unsigned n = 0;

	if (hold(&h, c, rsp_user_slot(u, c, pool->index)))
		n = addresses_in(&h.answer, candidate, list, max);
	let_go(&h);
	if (n > 0)
		return n;
	list[0] = candidate->address;
	return 1;
}

static bool
is_listed_slowly(struct rsp_user *u, struct rsp_cache *c, int slot,
    const struct rsp_candidate *candidate)
{
	struct rsp_scratch *s = rsp_scratch_open();
	struct rsp_wanted w = { { NULL, 0 }, false, slot, false, false };
	struct rsp_answer a;
	bool listed = true;

	if (s == NULL)
		return true;
	w.handle.at = s->handle;
	w.handle.len = rsp_cache_handle(c, slot, s->handle, sizeof(s->handle));
	if (w.handle.len > 0 && rsp_user_refresh(u, c, s, &w, &a) == RSP_OK)
		listed = is_in(&a, candidate);
	rsp_scratch_close(s);
	return listed;
}

bool
rsp_user_is_listed(struct rsp_user *u, const struct rsp_user_pool *pool,
    const struct rsp_candidate *candidate)
{
	struct rsp_cache *c = rsp_user_cache(u);
	int slot = rsp_user_slot(u, c, pool->index);
	bool known, listed = true;
	struct held h;

	if (slot < 0)
		return true;
	known = hold(&h, c, slot) &&
		rsp_user_is_fresh(u, c, slot, &h.answer, rsp_user_now());
	if (known)
		listed = is_in(&h.answer, candidate);
	let_go(&h);
	return known ? listed : is_listed_slowly(u, c, slot, candidate);
}

void
rsp_user_count(struct rsp_user *u, const struct rsp_user_pool *pool,
    enum rsp_cache_counter which)
{
	struct rsp_cache *c = rsp_user_cache(u);

	rsp_cache_count(c, rsp_user_slot(u, c, pool->index), which);
}

void
rsp_user_report(struct rsp_user *u, int budget_ms)
{
	struct rsp_cache *c = rsp_user_cache(u);
	struct rsp_scratch *s;

	if (budget_ms <= 0 || !rsp_cache_has_reports(c))
		return;
	s = rsp_scratch_open();
	if (s == NULL)
		return;
	rsp_user_ask(u, c, s, (struct rsp_span){ NULL, 0 }, false, budget_ms);
	rsp_scratch_close(s);
}
