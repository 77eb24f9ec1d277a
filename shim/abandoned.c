/* SPDX-License-Identifier: Apache-2.0 */
/* abandoned.c - elements that the program has not waited for: this process's
 * own marks */
#include "shim/abandoned.h"

#include <errno.h>
#include <string.h>

#include "shim/attempt.h"
#include "shim/settings.h"
#include "shim/explain.h"
#include "shim/fdtable.h"
#include "shim/lock.h"

/* A program that closes a socket sooner than this has not waited for anything.
 */
#define HASTE_MS 10
/* How long a marked element is tried last; doubled each time, as other marks
 * are. */
#define FIRST_MS 10000
#define MOST_MS 60000
#define MARKS 32
/* A handshake that has run so long is one that a program, which tries two
 * addresses of a name side by side, looks for another element beside. */
#define WAIT_MS 150
#define WAITS 16

struct mark {
	rsp_time since; /* 0: the place is free */
	int64_t ms;
	uint32_t pool, pe_id;
	bool overtaken; /* a handshake that began after it was done before */
};

static uint32_t lock;
static unsigned n_marks; /* looked at without the lock */
static struct mark marks[MARKS];
static struct mark waits[WAITS]; /* handshakes; `ms`: the time that they have */
static unsigned next_wait;

static struct mark *
find(uint32_t pool, uint32_t pe_id)
{
	for (unsigned i = 0; i < MARKS; i++)
		if (marks[i].since != 0 && marks[i].pool == pool &&
		    marks[i].pe_id == pe_id)
			return &marks[i];
	return NULL;
}

static struct mark *
oldest(void)
{
	struct mark *m = &marks[0];

	for (unsigned i = 1; i < MARKS; i++)
		if (marks[i].since < m->since)
			m = &marks[i];
	return m;
}

/* How long its handshake has run. */
int64_t
abandoned_age(const struct conn *c)
{
	return settings()->connect_timeout_ms -
	       (c->attempt_end - rsp_user_now());
}

void
abandoned_wait(const struct conn *c)
{
	rsp_time now = rsp_user_now();

	if (conn_is_aside(c) || c->moving || c->attempt_end <= now)
		return;
	lock_take(&lock);
	waits[next_wait++ % WAITS] = (struct mark){ now, c->attempt_end - now,
		c->pool.index, c->list[c->at].pe_id, false };
	__atomic_store_n(&n_marks, MARKS, __ATOMIC_RELAXED);
	lock_give(&lock);
}

void
abandoned_mark(const struct rsp_user_pool *pool, const struct rsp_candidate *e)
{
	rsp_time now = rsp_user_now();
	struct mark *m;

	lock_take(&lock);
	m = find(pool->index, e->pe_id);
	if (m == NULL) {
		m = oldest();
		*m = (struct mark){ now, FIRST_MS / 2, pool->index, e->pe_id,
			false };
		__atomic_store_n(&n_marks, MARKS, __ATOMIC_RELAXED);
	}
	/* a mark that has been over for as long as it lasted is forgotten */
	if (now - m->since > 2 * m->ms)
		m->ms = FIRST_MS / 2;
	m->since = now;
	m->ms = 2 * m->ms < MOST_MS ? 2 * m->ms : MOST_MS;
	lock_give(&lock);
}

void
abandoned_note(const struct conn *c)
{
	if (conn_is_aside(c) || c->moving || abandoned_age(c) < HASTE_MS)
		return;
	abandoned_mark(&c->pool, &c->list[c->at]);
	explain_abandoned(c);
}

void
abandoned_clear(const struct rsp_user_pool *pool, const struct rsp_candidate *e)
{
	struct mark *m;

	if (__atomic_load_n(&n_marks, __ATOMIC_RELAXED) == 0)
		return;
	lock_take(&lock);
	m = find(pool->index, e->pe_id);
	if (m != NULL)
		m->since = 0;
	for (unsigned i = 0; i < WAITS; i++)
		if (waits[i].pool == pool->index && waits[i].pe_id == e->pe_id)
			waits[i].since = 0;
	lock_give(&lock);
}

void
abandoned_overtake(const struct conn *c)
{
	rsp_time began;

	if (__atomic_load_n(&n_marks, __ATOMIC_RELAXED) == 0)
		return;
	began = rsp_user_now() - abandoned_age(c);
	lock_take(&lock);
	for (unsigned i = 0; i < WAITS; i++)
		if (waits[i].pool == c->pool.index &&
		    waits[i].pe_id != c->list[c->at].pe_id &&
		    began - waits[i].since >= WAIT_MS)
			waits[i].overtaken = true;
	lock_give(&lock);
}

bool
abandoned_is_overtaken(const struct conn *c)
{
	bool overtaken = false;

	lock_take(&lock);
	for (unsigned i = 0; i < WAITS; i++)
		if (waits[i].since != 0 && waits[i].pool == c->pool.index &&
		    waits[i].pe_id == c->list[c->at].pe_id)
			overtaken = overtaken || waits[i].overtaken;
	lock_give(&lock);
	return overtaken;
}

/* When it was given up, or when a handshake that has run for a while began; 0:
 * nothing is known against it. */
static rsp_time
since(uint32_t pool, uint32_t pe_id, rsp_time now)
{
	const struct mark *m = find(pool, pe_id);

	if (m != NULL && now - m->since < m->ms)
		return m->since;
	for (unsigned i = 0; i < WAITS; i++) {
		int64_t ms = now - waits[i].since;

		if (waits[i].since != 0 && waits[i].pool == pool &&
		    waits[i].pe_id == pe_id && ms >= WAIT_MS &&
		    ms < waits[i].ms)
			return waits[i].since;
	}
	return 0;
}

/* Few elements are marked and most lists are short, so each is inserted in its
 * place. */
static unsigned
sort(uint32_t pool, struct rsp_candidate *list, unsigned n)
{
	rsp_time now = rsp_user_now(), times[RSP_CANDIDATES_MAX];
	unsigned good = 0;

	for (unsigned i = 0; i < n; i++) {
		struct rsp_candidate e = list[i];
		rsp_time t = since(pool, e.pe_id, now);
		unsigned at = i;

		for (; at > 0 && times[at - 1] > t; at--) {
			times[at] = times[at - 1];
			list[at] = list[at - 1];
		}
		times[at] = t;
		list[at] = e;
		good += t == 0;
	}
	return good;
}

unsigned
abandoned_last(const struct rsp_user_pool *pool, struct rsp_candidate *list,
    unsigned n)
{
	uint64_t mask;

	if (n < 2 || __atomic_load_n(&n_marks, __ATOMIC_RELAXED) == 0)
		return n;
	mask = signals_block();
	lock_take(&lock);
	n = sort(pool->index, list, n);
	lock_give(&lock);
	signals_unblock(mask);
	return n;
}

void
abandoned_after_fork(void)
{
	if (lock != 0)
		memset(marks, 0, sizeof(marks));
	memset(waits, 0, sizeof(waits)); /* those of the parent */
	lock = 0;
}
