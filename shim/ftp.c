/* SPDX-License-Identifier: Apache-2.0 */
/* ftp.c - the reader of FTP servers' replies (RFC 959, RFC 2428)
 *
 * The replies are read byte by byte.
 */
#include "shim/ftp.h"

#include <string.h>
#include <strings.h>

#include "rsp/net/sys.h"
#include "shim/conn.h"
#include "shim/lock.h"

#define GOOD_MS 60000
#define OFFERS 64

/* A port that a server waits at. */
struct offer {
	rsp_time since; /* 0: the place is free */
	uint32_t pool;
	long thread; /* that has read the reply */
	struct rsp_candidate element;
};

static uint32_t lock;
static unsigned n_offers; /* looked at without the lock */
static struct offer offers[OFFERS];

static long
own_thread(void)
{
	return sys_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

static bool
is_good(const struct offer *o, rsp_time now)
{
	return o->since != 0 && now - o->since < GOOD_MS;
}

/* The place for another: that of an equal one, a free one, the oldest. */
static struct offer *
place_for(uint32_t pool, const struct rsp_candidate *e)
{
	struct offer *place = &offers[0];

	for (unsigned i = 0; i < OFFERS; i++) {
		struct offer *o = &offers[i];

		if (o->since != 0 && o->pool == pool &&
		    o->element.pe_id == e->pe_id && o->element.port == e->port)
			return o;
		if (o->since < place->since)
			place = o;
	}
	return place;
}

static void
offer(const struct conn *c, uint16_t port)
{
	struct rsp_candidate e = c->list[c->at];
	rsp_time now = rsp_user_now();
	long thread = own_thread();
	struct offer *place;
	uint64_t mask;

	/* that port is the pool's, and must not be taken away from it */
	if (port == e.port || htons(port) == c->named.v4.sin_port)
		return;
	e.port = port;
	e.marked = false;
	mask = signals_block();
	lock_take(&lock);
	place = place_for(c->pool.index, &e);
	*place = (struct offer){ now, c->pool.index, thread, e };
	__atomic_store_n(&n_offers, OFFERS, __ATOMIC_RELAXED);
	lock_give(&lock);
	signals_unblock(mask);
}

/* Servers on different hosts may name the same number.  A thread that reads a
 * reply connects at once, so the last reply is meant, and the thread's own
 * before those of others. */
static struct offer *
best_offer(uint32_t pool, uint16_t port, rsp_time now, long thread)
{
	struct offer *best = NULL;

	for (unsigned i = 0; i < OFFERS; i++) {
		struct offer *o = &offers[i];
		bool own = o->thread == thread;

		if (!is_good(o, now) || o->pool != pool ||
		    o->element.port != port)
			continue;
		if (best == NULL || own > (best->thread == thread) ||
		    (own == (best->thread == thread) &&
			o->since >= best->since))
			best = o;
	}
	return best;
}

bool
ftp_take(const struct rsp_user_pool *pool, uint16_t port,
    struct rsp_candidate *e)
{
	struct offer *o;
	uint64_t mask;

	if (__atomic_load_n(&n_offers, __ATOMIC_RELAXED) == 0)
		return false;
	mask = signals_block();
	lock_take(&lock);
	o = best_offer(pool->index, port, rsp_user_now(), own_thread());
	if (o != NULL) {
		*e = o->element;
		o->since = 0;
	}
	lock_give(&lock);
	signals_unblock(mask);
	return o != NULL;
}

void
ftp_after_fork(void)
{
	if (lock != 0)
		memset(offers, 0, sizeof(offers));
	lock = 0;
}

void
ftp_begin(struct ftp *f)
{
	memset(f, 0, sizeof(*f));
	f->state = FTP_GREETING;
}

void
ftp_asked(struct ftp *f, const void *bytes, size_t n)
{
	static const char *const commands[] = { "USER", "AUTH", "FEAT", "HOST",
		"OPTS", "CLNT", "SYST", "PBSZ" };

	if (f->state != FTP_GREETED)
		return;
	memset(f, 0, sizeof(*f));
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (n >= 4 && strncasecmp(bytes, commands[i], 4) == 0)
			f->state = FTP_CONTROL;
}

static bool
digit(struct ftp *f, char byte)
{
	if (byte < '0' || byte > '9')
		return false;
	if (f->value <= UINT16_MAX)
		f->value = f->value * 10 + (uint32_t)(byte - '0');
	f->digits = true;
	return true;
}

static void
begin_number(struct ftp *f, uint8_t n)
{
	f->n = n;
	f->digits = false;
	f->value = 0;
}

/* "h1,h2,h3,h4,p1,p2", wherever it stands.  The host is the control
 * connection's, whatever the server says. */
static void
read_passive(struct ftp *f, char byte)
{
	bool fits = f->digits && f->value <= UINT8_MAX;

	if (digit(f, byte))
		return;
	if (byte == ',' && fits && f->n < 5) {
		f->parts[f->n] = (uint8_t)f->value;
		begin_number(f, (uint8_t)(f->n + 1));
		return;
	}
	if (byte != ',' && fits && f->n == 5 && f->port == 0)
		f->port = (uint16_t)((uint32_t)f->parts[4] << 8 | f->value);
	begin_number(f, 0);
}

/* "(|||port|)", with any sign for the bar. */
static void
read_extended(struct ftp *f, char byte)
{
	switch (f->n) {
	case 0:
		break;
	case 1:
		f->bar = byte;
		begin_number(f, 2);
		return;
	case 2:
	case 3:
		if (byte != f->bar)
			break;
		begin_number(f, (uint8_t)(f->n + 1));
		return;
	case 4:
		if (digit(f, byte))
			return;
		if (byte == f->bar && f->digits && f->value <= UINT16_MAX) {
			f->n = 5;
			return;
		}
		break;
	case 5:
		if (byte == ')' && f->port == 0)
			f->port = (uint16_t)f->value;
		break;
	}
	begin_number(f, byte == '(' ? 1 : 0);
}

static void
read_code(struct ftp *f, char byte)
{
	bool fits = f->at < 2	 ? byte == '2'
		    : f->at == 2 ? byte == '7' || byte == '9'
				 : byte == ' ';

	if (f->at == 2)
		f->code = (uint8_t)byte;
	f->at++;
	if (fits)
		return;
	f->code = 0;
	f->at = 4;
}

static void
hear_byte(struct conn *c, char byte)
{
	struct ftp *f = &c->ftp;

	if (f->at < 4 && byte != '\n')
		read_code(f, byte);
	else if (f->at == 4 && f->code == '7')
		read_passive(f, byte);
	else if (f->at == 4 && f->code == '9')
		read_extended(f, byte);
	if (byte != '\n')
		return;
	if (f->port != 0)
		offer(c, f->port);
	f->port = 0;
	f->at = f->code = 0;
	begin_number(f, 0);
}

static void
hear_greeting(struct ftp *f, char byte)
{
	if (byte != "220"[f->at++])
		f->state = FTP_NONE;
	else if (f->at == 3)
		f->state = FTP_GREETED;
}

void
ftp_heard(struct conn *c, const void *bytes, size_t n)
{
	const char *at = bytes, *end = at + n;

	for (; at < end && c->ftp.state == FTP_GREETING; at++)
		hear_greeting(&c->ftp, *at);
	for (; at < end && c->ftp.state == FTP_CONTROL; at++)
		hear_byte(c, *at);
}
