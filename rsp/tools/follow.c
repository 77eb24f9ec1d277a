/* SPDX-License-Identifier: Apache-2.0 */
/* follow.c - one connection at a time, and the digest of what was shown last */
#include "rsp/tools/follow.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "rsp/user/ask_registrars.h"
#include "rsp/net/log.h"
#include "rsp/core/user/cache.h"
#include "rsp/core/pool/policy.h"
#include "rsp/tools/ask.h"
#include "rsp/tools/show.h"

#define ALL_ITEMS 0xffffffffu
#define POLL_MS 1000  /* without a subscription */
#define LOOK_MS 30000 /* with one, to be sure */
#define PAUSE_MS 1000 /* after nobody has answered */

struct state {
	struct follow *f;
	struct ask ask;
	struct rsp_endpoint known[RSP_KNOWN_MAX];
	unsigned n, next; /* to be asked */
	char registrar[RSP_ENDPOINT_TEXT];
	enum follow_end end; /* if it were now */
	bool subscribed;
	uint64_t shown; /* digest; 0: nothing */
	struct rsp_message answer;
};

/* The same for the same elements in any order, for a registrar's order changes
 * with every question.  Not 0. */
static uint64_t
digest(const struct rsp_message *m)
{
	struct rsp_cursor c = rsp_cursor_over(m->elements);
	struct rsp_span whole;
	struct rsp_pe pe;
	uint64_t sum = m->has_policy ? m->policy.type : RSP_POLICY_RR;

	sum = sum << 32 | 1;
	while (rsp_next_pe(&c, &pe, &whole))
		sum += rsp_cache_hash(whole, 1) << 1;
	return sum;
}

static void
show_list(const struct state *s, const struct rsp_message *m)
{
	struct rsp_cursor c = rsp_cursor_over(m->elements);
	struct show *show = show_new(s->f->json);
	struct show_element e = { .dead = false };
	struct show_pool pool = { .handle = m->handle,
		.policy = m->has_policy ? m->policy.type : RSP_POLICY_RR,
		.unknown = m->has_error,
		.registrar = s->registrar };

	if (show == NULL)
		return; /* the next change will do */
	while (rsp_next_pe(&c, &e.pe, NULL))
		pool.n_elements++;
	pool.part = show_is_part(m->handle, m->elements);
	show_begin(show, &pool);
	c = rsp_cursor_over(m->elements);
	while (rsp_next_pe(&c, &e.pe, NULL))
		show_element(show, &e);
	show_end(show);
	fflush(stdout);
}

static bool
knows(const struct rsp_message *m)
{
	struct rsp_cursor c = rsp_cursor_over(m->causes);
	struct rsp_span information;
	uint16_t cause;

	while (rsp_next_cause(&c, &cause, &information))
		if (cause == RSP_CAUSE_HANDLE)
			return false;
	return true;
}

static void
take(struct state *s)
{
	struct rsp_message *m = &s->answer;
	uint64_t now;

	/* for want of elements, or of something else */
	if (m->elements.len == 0 && !m->has_error)
		m->has_error = true;
	now = !m->has_error ? digest(m) : knows(m) ? 2 : 4;
	s->subscribed = (m->flags & RSP_FLAG_ACCEPT_UPDATES) != 0;
	s->end = m->has_error ? FOLLOW_UNKNOWN : FOLLOW_FOUND;
	if (now != s->shown)
		show_list(s, m);
	s->shown = now;
}

static int
question(struct state *s)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ASAP, RSP_ASAP_RESOLUTION);
	m.flags = RSP_FLAG_SUBSCRIBE;
	m.handle = s->f->handle;
	m.has_items = true;
	m.items = ALL_ITEMS;
	m.any_case = s->f->any_case;
	return ask_message(&s->ask, &m, RSP_ASAP_RESOLUTION_RESPONSE,
	    &s->answer, rsp_time_add(rsp_user_now(), s->f->timeout_ms));
}

/* A host that vanishes is noticed within some seconds. */
static void
set_keep_alive(int fd)
{
	static const int on = 1, count = 2;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

static void
add_tried(struct follow *f, const char *registrar, int err)
{
	size_t at = strlen(f->tried);

	snprintf(f->tried + at, sizeof(f->tried) - at, "%s%s (%s)",
	    at > 0 ? ", " : "", registrar,
	    err == ETIMEDOUT ? "no answer"
			     : rsp_turn_text(RSP_TURN_FAILED, err));
}

/* Asks the next registrar; 0 or an errno. */
static int
try_next(struct state *s)
{
	struct rsp_endpoint *e = &s->known[s->next++];
	int err;

	rsp_endpoint_text(e, s->registrar);
	err = ask_open(&s->ask, e,
	    rsp_time_add(rsp_user_now(), s->f->timeout_ms));
	if (err == 0 && e->scheme == RSP_TCP)
		set_keep_alive(s->ask.fd);
	if (err == 0)
		err = question(s);
	if (err == 0)
		take(s);
	else
		ask_close(&s->ask);
	return err;
}

/* All of them in turn; 0, EINTR, or ENOENT for nobody. */
static int
find_registrar(struct state *s)
{
	int err;

	s->f->tried[0] = '\0';
	while (s->next < s->n) {
		err = try_next(s);
		if (err == 0 || err == EINTR)
			return err;
		add_tried(s->f, s->registrar, err);
	}
	if (s->n == 0)
		snprintf(s->f->tried, sizeof(s->f->tried),
		    "%s (nobody announced there)",
		    s->f->user->config.registrars[0].text);
	return ENOENT;
}

/* Whoever is lost is asked again, but last. */
static void
list_registrars(struct state *s, bool again)
{
	struct rsp_endpoint last;
	unsigned lost = s->next;

	s->n = rsp_user_registrars(s->f->user, again, s->known, RSP_KNOWN_MAX);
	s->next = 0;
	for (; lost > 0 && s->n > 1; lost--) {
		last = s->known[0];
		memmove(&s->known[0], &s->known[1],
		    (s->n - 1) * sizeof(s->known[0]));
		s->known[s->n - 1] = last;
	}
}

/* What comes, and every now and then a question; an errno. */
static int
listen_to(struct state *s)
{
	int err;

	do {
		err =
		    ask_hear(&s->ask, RSP_ASAP_RESOLUTION_RESPONSE, &s->answer,
			rsp_time_add(rsp_user_now(),
			    s->subscribed ? LOOK_MS : POLL_MS));
		if (err == ETIMEDOUT)
			err = question(s);
		if (err == 0)
			take(s);
	} while (err == 0);
	return err;
}

static bool
pause_ends(const struct state *s)
{
	struct pollfd p = { .fd = s->ask.wake, .events = POLLIN };

	return poll(&p, 1, PAUSE_MS) > 0;
}

/* Until the registrar is lost; an errno, and which one is no news. */
static int
stay(struct state *s)
{
	int err = listen_to(s);

	ask_close(&s->ask);
	if (err == EINTR)
		return err;
	s->end = FOLLOW_NOBODY;
	rsp_log(RSP_LOG_WARN, "%s is lost: %s; looking for another",
	    s->registrar,
	    err == ETIMEDOUT ? "no answer"
			     : rsp_turn_text(RSP_TURN_FAILED, err));
	return ECONNRESET;
}

/* Until woken up. */
static void
run(struct state *s)
{
	int err;

	list_registrars(s, false);
	err = find_registrar(s);
	if (err == ENOENT) { /* those that were heard long ago, perhaps */
		s->next = 0;
		list_registrars(s, true);
		err = find_registrar(s);
	}
	if (err == ENOENT)
		return;
	s->f->lost = true; /* from now on nobody is only lost */
	while (err != EINTR) {
		err = err == 0 ? stay(s) : pause_ends(s) ? EINTR : ENOENT;
		if (err == EINTR)
			break;
		list_registrars(s, err == ENOENT);
		err = find_registrar(s);
	}
}

static int
open_signals(void)
{
	sigset_t set;
	int fd, high;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd != 0)
		return fd;
	high = dup(fd); /* 0 means none here */
	close(fd);
	return high;
}

enum follow_end
follow_run(struct follow *f)
{
	static struct state s;

	s.f = f;
	s.end = FOLLOW_NOBODY;
	s.ask.fd = -1;
	s.ask.protocol = RSP_ASAP;
	s.ask.wake = open_signals();
	if (s.ask.wake < 0) {
		f->error = errno;
		return FOLLOW_FAILED;
	}
	run(&s);
	ask_close(&s.ask);
	close(s.ask.wake);
	return s.end;
}
