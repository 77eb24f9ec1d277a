/* SPDX-License-Identifier: Apache-2.0 */
/* exchange.c - the three kinds of connection behind one face */
#include "shim/real.h"

#include "shim/exchange.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "rsp/net/sys.h"
#include "rsp/core/failover/replay.h"
#include "shim/settings.h"
#include "shim/lock.h"

#define SPINS 100
#define YIELDS 10000
#define NAPS 1000 /* of a millisecond: its thread never comes back */
#define PAGE 4096u

struct follow {
	struct follow *next; /* in the free list */
	bool is_http;
	size_t used; /* of the room, at most */
	union {
		struct rsp_http http;
		struct rsp_replay replay;
	};
	uint8_t room[];
};

static uint32_t lock; /* of the free list; only ever tried */
static struct follow *spare;

static size_t
room_size(void)
{
	return (size_t)settings()->replay_limit;
}

static size_t
block_size(void)
{
	return (sizeof(struct follow) + room_size() + PAGE - 1) / PAGE * PAGE;
}

/* Blocks are all of one size and are kept for the next connection, but for
 * their memory. */
static struct follow *
take_block(void)
{
	struct follow *f = NULL;
	void *p;

	if (lock_try(&lock)) {
		f = spare;
		if (f != NULL)
			spare = f->next;
		lock_give(&lock);
	}
	if (f == NULL &&
	    sys_mmap(&p, NULL, block_size(), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1) >= 0)
		f = p;
	return f;
}

static void
give_block(struct follow *f)
{
	if (sizeof(*f) + f->used > 3 * PAGE)
		sys_call(SYS_madvise, (long)((uint8_t *)f + 3 * PAGE),
		    (long)(block_size() - 3 * PAGE), MADV_DONTNEED, 0, 0, 0);
	if (lock_try(&lock)) {
		f->next = spare;
		spare = f;
		lock_give(&lock);
	} else
		sys_munmap(f, block_size());
}

void
follow_begin(struct conn *c)
{
	conn_follow(c,
	    failover_of(&c->pool) != FAILOVER_OFF && !conn_frozen(c));
	c->touched = false;
}

void
follow_end(struct conn *c)
{
	struct follow *f;

	conn_follow(c, false);
	if (!follow_enter(c)) {
		c->follow = NULL;
		return;
	}
	f = c->follow;
	c->follow = NULL;
	follow_leave(c);
	if (f != NULL)
		give_block(f);
}

static void
pause_before(int i)
{
	struct timespec ms = { 0, 1000000 };

	if (i >= SPINS + YIELDS)
		sys_call(SYS_nanosleep, (long)&ms, 0, 0, 0, 0, 0);
	else if (i >= SPINS)
		sys_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

bool
follow_enter(struct conn *c)
{
	uintptr_t me = (uintptr_t)pthread_self();
	int cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	for (int i = 0; i < SPINS + YIELDS + NAPS; i++) {
		uintptr_t who = 0;

		if (__atomic_compare_exchange_n(&c->inside, &who, me, false,
			__ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			c->cancel = cancel;
			return true;
		}
		if (who == me)
			break;
		pause_before(i);
	}
	pthread_setcancelstate(cancel, NULL);
	conn_freeze(c);
	return false;
}

void
follow_leave(struct conn *c)
{
	int cancel = c->cancel;

	__atomic_store_n(&c->inside, 0, __ATOMIC_RELEASE);
	pthread_setcancelstate(cancel, NULL);
}

void
follow_after_fork(void)
{
	if (lock != 0)
		spare = NULL;
	lock = 0;
}

static bool
make(struct conn *c, bool is_http, enum rsp_replay_kind kind)
{
	struct follow *f = take_block();

	if (f == NULL)
		return false;
	f->is_http = is_http;
	f->used = 0;
	if (is_http)
		rsp_http_init(&f->http, f->room, room_size());
	else
		rsp_replay_init(&f->replay, kind, f->room, room_size());
	c->follow = f;
	return true;
}

/* The first bytes of a connection; they lie in the first piece or are not
 * looked for. */
static bool
classify(struct conn *c, const struct iovec *v)
{
	switch (failover_of(&c->pool)) {
	case FAILOVER_OFF:
	case FAILOVER_CONNECT:
		return false;
	case FAILOVER_AUTO:
		if (rsp_http_may_begin(v->iov_base, v->iov_len))
			return make(c, true, RSP_REPLAY_IDLE);
		return rsp_replay_is_greeting(v->iov_base, v->iov_len) &&
		       make(c, false, RSP_REPLAY_GREETING);
	case FAILOVER_IDLE:
	case FAILOVER_REPLAY:
		break;
	}
	if (rsp_http_may_begin(v->iov_base, v->iov_len))
		return make(c, true, RSP_REPLAY_IDLE);
	return make(c, false,
	    failover_of(&c->pool) == FAILOVER_IDLE ? RSP_REPLAY_IDLE
						   : RSP_REPLAY_ALL);
}

bool
follow_classify(struct conn *c, const struct iovec *v, int n)
{
	if (c->follow != NULL)
		return true;
	if (c->touched || n < 1 || !classify(c, v)) {
		conn_follow(c, false);
		return false;
	}
	return true;
}

/* Calls `tell` for each piece of the first `n` bytes. */
#define EACH_PIECE(v, n, tell)                                                 \
	for (size_t left = (n), some; left > 0; left -= some, (v)++) {         \
		some = (v)->iov_len < left ? (v)->iov_len : left;              \
		tell;                                                          \
	}

/* More than this is not written to. */
static void
note_use(struct follow *f, size_t kept, size_t n)
{
	size_t most = n < room_size() - kept ? kept + n : room_size();

	if (f->used < most)
		f->used = most;
}

static void
sent_http(struct follow *f, const void *bytes, size_t n)
{
	note_use(f, f->http.kept, n);
	rsp_http_sent(&f->http, bytes, n);
}

static void
sent_other(struct follow *f, const void *bytes, size_t n)
{
	note_use(f, f->replay.kept, n);
	rsp_replay_sent(&f->replay, bytes, n);
}

void
follow_sent(struct conn *c, const struct iovec *v, size_t n)
{
	struct follow *f = c->follow;

	c->touched = true;
	if (f == NULL)
		return;
	if (f->is_http)
		EACH_PIECE(v, n, sent_http(f, v->iov_base, some))
	else
		EACH_PIECE(v, n, sent_other(f, v->iov_base, some))
}

void
follow_received(struct conn *c, const struct iovec *v, size_t n)
{
	struct follow *f = c->follow;
	enum failover mode;

	if (f == NULL && !c->touched) {
		/* the server speaks first */
		mode = failover_of(&c->pool);
		c->touched = true;
		if ((mode == FAILOVER_IDLE || mode == FAILOVER_REPLAY) &&
		    make(c, false,
			mode == FAILOVER_IDLE ? RSP_REPLAY_IDLE
					      : RSP_REPLAY_ALL))
			f = c->follow;
	}
	c->touched = true;
	if (f == NULL)
		conn_follow(c, false);
	else if (f->is_http)
		EACH_PIECE(v, n, rsp_http_received(&f->http, v->iov_base, some))
	else
		EACH_PIECE(v, n,
		    rsp_replay_received(&f->replay, v->iov_base, some))
}

void
follow_lose(struct conn *c)
{
	struct follow *f = c->follow;

	c->touched = true;
	if (f == NULL)
		conn_follow(c, false);
	else if (follow_is_moved(c))
		conn_freeze(c);
	else if (f->is_http)
		rsp_http_lose(&f->http);
	else
		rsp_replay_lose(&f->replay);
}

bool
follow_matters(const struct conn *c)
{
	const struct follow *f = c->follow;

	if (!conn_follows(c))
		return false;
	if (f == NULL)
		return !c->touched;
	if (conn_frozen(c) && !follow_is_moved(c))
		return false;
	return f->is_http ? !rsp_http_is_over(&f->http)
			  : !rsp_replay_is_over(&f->replay);
}

bool
follow_wants_look(const struct conn *c, const struct iovec *v, int n)
{
	const struct follow *f = c->follow;
	const char *p;

	if (n < 1 || v->iov_len < 1)
		return false;
	p = v->iov_base;
	if (f == NULL) {
		if (c->touched)
			return false;
		return failover_of(&c->pool) == FAILOVER_CONNECT ||
		       ((*p != 'G' && *p != 'H') ||
			   !rsp_http_may_begin(p, v->iov_len));
	}
	/* a GET or HEAD that goes into the void is asked again */
	if (f->is_http)
		return rsp_http_may_move(&f->http) == RSP_HTTP_IDLE &&
		       *p != 'G' && *p != 'H';
	return rsp_replay_may_move(&f->replay, true) == RSP_HTTP_IDLE;
}

enum rsp_http_move
follow_may_move(const struct conn *c, bool sending)
{
	const struct follow *f = c->follow;

	if (conn_frozen(c) || !conn_follows(c))
		return RSP_HTTP_STAY;
	if (f == NULL)
		return c->touched ? RSP_HTTP_STAY : RSP_HTTP_IDLE;
	return f->is_http ? rsp_http_may_move(&f->http)
			  : rsp_replay_may_move(&f->replay, sending);
}

bool
follow_is_waiting(const struct conn *c)
{
	const struct follow *f = c->follow;

	return f != NULL && f->is_http && rsp_http_is_waiting(&f->http);
}

bool
follow_is_http(const struct conn *c)
{
	return c->follow != NULL && c->follow->is_http;
}

bool
follow_is_moved(const struct conn *c)
{
	const struct follow *f = c->follow;

	if (f == NULL)
		return false;
	return f->is_http ? rsp_http_is_moving(&f->http)
			  : f->replay.moved || f->replay.refused;
}

uint64_t
follow_delivered(const struct conn *c)
{
	const struct follow *f = c->follow;

	if (f == NULL)
		return 0;
	return f->is_http ? rsp_http_delivered(&f->http) : f->replay.digest.at;
}

bool
follow_restart(struct conn *c, enum rsp_http_move move)
{
	struct follow *f = c->follow;

	if (f == NULL)
		return true;
	if (!f->is_http) {
		rsp_replay_begin(&f->replay, move);
		return true;
	}
	return rsp_http_begin(&f->http);
}

struct rsp_span
follow_output(struct conn *c)
{
	struct follow *f = c->follow;

	if (f == NULL)
		return (struct rsp_span){ 0 };
	return f->is_http ? rsp_http_output(&f->http)
			  : rsp_replay_output(&f->replay);
}

void
follow_output_sent(struct conn *c, size_t n)
{
	struct follow *f = c->follow;

	if (f->is_http)
		rsp_http_output_sent(&f->http, n);
	else
		rsp_replay_output_sent(&f->replay, n);
}

enum rsp_http_next
follow_next(struct conn *c, size_t *limit, struct rsp_span *bytes)
{
	struct follow *f = c->follow;

	*limit = SIZE_MAX;
	if (f == NULL)
		return RSP_HTTP_FLOW;
	return f->is_http ? rsp_http_next(&f->http, limit, bytes)
			  : rsp_replay_next(&f->replay, limit);
}

size_t
follow_peeked(struct conn *c, const void *bytes, size_t n)
{
	struct follow *f = c->follow;

	return f->is_http ? rsp_http_peeked(&f->http, bytes, n)
			  : rsp_replay_peeked(&f->replay, bytes, n);
}

size_t
follow_injected(struct conn *c, size_t n)
{
	return rsp_http_injected(&c->follow->http, n);
}
