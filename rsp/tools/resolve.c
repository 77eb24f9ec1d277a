/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.c - rsp-resolve: asks a registrar for a pool and shows the answer
 *
 * Asks as a pool user does, by the same state machine, but never the cache and
 * for all the elements there are; --local shows what the cache has instead.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rsp/user/ask_registrars.h"
#include "rsp/net/log.h"
#include "rsp/user/user.h"
#include "rsp/core/user/answer.h"
#include "rsp/core/base/error.h"
#include "rsp/core/wire/pool_name.h"
#include "rsp/tools/follow.h"
#include "rsp/tools/show.h"

enum { FOUND = 0, UNKNOWN = 1, USAGE = 2, NOBODY = 3 };

#define ALL_ITEMS 0xffffffffu

static const char help[] =
    "Usage: rsp-resolve [OPTION]... NAME\n"
    "Asks a registrar for a pool and shows its policy and elements.\n"
    "NAME is a pool handle (%XX for odd bytes), pool:HANDLE or "
    "HANDLE.pool.alt.\n\n"
    "  --registrar ENDPOINT  tcp://HOST[:PORT], unix:///PATH, "
    "multicast; several are\n"
    "                        tried in turn (RSP_REGISTRARS, tcp://127.0.0.1)\n"
    "  --local               show what this user's cache holds instead\n"
    "  --follow              and go on: show each new list as it changes\n"
    "  --json                one JSON object; with --follow one in each line\n"
    "  -v, --verbose   -V, --version   -h, --help\n\n"
    "Exit status: 0 found, 1 unknown pool or one that takes no clients, 2 "
    "usage,\n"
    "3 no registrar answers.\n";

struct options {
	struct rsp_user_config config;
	unsigned n_given; /* registrars by option */
	bool json, local, follow;
	int verbose;
	uint8_t *room; /* of the handle */
	struct rsp_pool_name name;
	/* to be asked: configured ones, or announced in a group's place */
	unsigned n_known;
	struct rsp_endpoint known[RSP_KNOWN_MAX];
};

static int fail(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int
fail(int status, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("rsp-resolve: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

static int
add_registrar(struct options *o, const char *text)
{
	const char *what;

	if (o->n_given == RSP_REGISTRARS_MAX)
		return fail(USAGE, "--registrar %s: too many", text);
	if (rsp_registrar_parse(text, &o->config.registrars[o->n_given],
		&what) != RSP_OK)
		return fail(USAGE, "--registrar %s: %s", text, what);
	o->config.n_registrars = ++o->n_given;
	return -1;
}

/* -1: go on; else the exit status. */
static int
parse_option(struct options *o, int c)
{
	switch (c) {
	case 'r':
		return add_registrar(o, optarg);
	case 'j':
		o->json = true;
		return -1;
	case 'l':
		o->local = true;
		return -1;
	case 'f':
		o->follow = true;
		return -1;
	case 'v':
		o->verbose++;
		return -1;
	case 'V':
		puts("rsp-resolve (" PACKAGE_NAME ") " PACKAGE_VERSION);
		return FOUND;
	case 'h':
		fputs(help, stdout);
		return FOUND;
	default: /* getopt has said what is wrong */
		return USAGE;
	}
}

static int
parse_name(struct options *o, const char *text)
{
	size_t size = strlen(text) + 1;

	o->room = malloc(size);
	if (o->room == NULL)
		return fail(USAGE, "out of memory");
	rsp_pool_name_parse_bare(text, o->config.domain, o->room, size,
	    &o->name);
	if (o->name.kind == RSP_POOL_NAME_BAD)
		return fail(USAGE, "%.200s: %s", text, o->name.why);
	if (o->name.handle.len > RSP_CACHE_HANDLE_MAX)
		return fail(USAGE, "%.200s...: longer than any pool handle",
		    text);
	return -1;
}

static int
parse_options(struct options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "registrar", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ "local", no_argument, NULL, 'l' },
		{ "follow", no_argument, NULL, 'f' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static char name[] = "rsp-resolve"; /* what getopt calls us */
	int c, status;

	argv[0] = name;
	rsp_log_init("rsp-resolve", RSP_LOG_WARN, NULL);
	rsp_user_config_init(&o->config);
	rsp_user_config_env(&o->config, getenv);
	while ((c = getopt_long(argc, argv, "vVh", options, NULL)) != -1) {
		status = parse_option(o, c);
		if (status >= 0)
			return status;
	}
	if (o->verbose > 0)
		rsp_log_init("rsp-resolve",
		    o->verbose > 1 ? RSP_LOG_DEBUG : RSP_LOG_INFO, NULL);
	if (o->local && o->follow)
		return fail(USAGE, "--follow asks a registrar, --local none");
	if (optind + 1 != argc)
		return fail(USAGE, "one NAME is wanted; see --help");
	return parse_name(o, argv[optind]);
}

static const char *
handle_text(const struct options *o, char text[200])
{
	return rsp_pool_name_escape(o->name.handle, text, 200);
}

/* "tcp://a:1 (connection refused), ..." */
static void
list_turns(const struct options *o, const struct rsp_resolver *r, bool reasons,
    char *text, size_t size)
{
	char endpoint[RSP_ENDPOINT_TEXT];
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < r->config.n_turns && at < size; i++) {
		const char *why =
		    rsp_turn_text(r->turns[i].turn, r->turns[i].why);

		at += (size_t)snprintf(text + at, size - at, "%s%s%s%s%s",
		    i > 0 ? ", " : "",
		    rsp_endpoint_text(&o->known[r->config.turns[i]], endpoint),
		    reasons ? " (" : "", reasons ? why : "",
		    reasons ? ")" : "");
	}
}

static int
show_found(const struct options *o, const struct rsp_resolver *r)
{
	struct rsp_cursor c = rsp_cursor_over(r->elements);
	struct show *show = show_new(o->json);
	char endpoint[RSP_ENDPOINT_TEXT];
	struct show_pool pool = { .handle = r->handle,
		.policy = r->policy.type };
	struct show_element e = { .dead = false };

	if (show == NULL)
		return fail(USAGE, "out of memory");
	while (rsp_next_pe(&c, &e.pe, NULL))
		pool.n_elements++;
	pool.registrar =
	    rsp_endpoint_text(&o->known[r->config.turns[r->answered]],
		endpoint);
	pool.part = show_is_part(r->handle, r->elements);
	show_begin(show, &pool);
	c = rsp_cursor_over(r->elements);
	while (rsp_next_pe(&c, &e.pe, NULL))
		show_element(show, &e);
	show_end(show);
	return FOUND;
}

/* A registrar has refused for want of resources: it has the pool, and nobody in
 * it. */
static bool
takes_no_clients(const struct rsp_resolver *r)
{
	for (unsigned i = 0; i < r->config.n_turns; i++)
		if (r->turns[i].turn == RSP_TURN_REFUSED &&
		    r->turns[i].why == RSP_CAUSE_RESOURCES)
			return true;
	return false;
}

static int
show_result(const struct options *o, const struct rsp_resolver *r)
{
	char handle[200], tried[800];

	list_turns(o, r, r->result == RSP_RESOLVER_NOBODY, tried,
	    sizeof(tried));
	if (tried[0] == '\0')
		snprintf(tried, sizeof(tried), "%s (nobody announced there)",
		    o->config.registrars[0].text);
	handle_text(o, handle);
	switch (r->result) {
	case RSP_RESOLVER_FOUND:
		return show_found(o, r);
	case RSP_RESOLVER_UNKNOWN:
		return fail(UNKNOWN,
		    "%s: no such pool at %s; check the name, or put a server "
		    "into it (rsp-register --pool %s -- COMMAND)",
		    handle, tried, handle);
	case RSP_RESOLVER_SEVERAL:
		return fail(UNKNOWN,
		    "%s: several pools at %s differ from it in case alone; "
		    "write one exactly, as pool:HANDLE",
		    handle, tried);
	case RSP_RESOLVER_NOBODY:
	case RSP_RESOLVER_REPORTED:
		break;
	}
	if (takes_no_clients(r))
		return fail(UNKNOWN,
		    "%s: the pool is there and takes no clients: none of its "
		    "elements has a weight above 0 (tried %s)",
		    handle, tried);
	return fail(NOBODY,
	    "%s: no registrar answers: tried %s; start one (rsp-registrar) or "
	    "name one (--registrar, RSP_REGISTRARS)",
	    handle, tried);
}

static struct rsp_user user;

static bool
open_user(const struct options *o)
{
	return user.cache != NULL || rsp_user_init(&user, &o->config) == RSP_OK;
}

static bool
has_group(const struct options *o)
{
	for (unsigned i = 0; i < o->config.n_registrars; i++)
		if (o->config.registrars[i].scheme == RSP_MULTICAST)
			return true;
	return false;
}

/* Who announces itself is in the cache, or listened for; `again` when those did
 * not answer.  False when there is nobody new. */
static bool
find_registrars(struct options *o, bool again)
{
	unsigned n = o->config.n_registrars;

	if (has_group(o) && open_user(o)) {
		o->n_known =
		    rsp_user_registrars(&user, again, o->known, RSP_KNOWN_MAX);
		return o->n_known > 0;
	}
	memcpy(o->known, o->config.registrars, n * sizeof(o->known[0]));
	o->n_known = n;
	return !again;
}

static int
ask(struct options *o, bool again)
{
	static uint8_t in[RSP_MESSAGE_MAX + 1], out[RSP_MESSAGE_MAX + 1];
	struct rsp_resolver_config config = {
		.n_turns = o->n_known < RSP_RESOLVER_TURNS ? o->n_known
							   : RSP_RESOLVER_TURNS,
		.t1_ms = o->config.connect_timeout_ms,
		.deadline = RSP_NEVER,
		.handle = o->name.handle,
		.any_case = o->name.any_case,
		.items = ALL_ITEMS,
		.out = out,
		.in = in,
		.out_size = sizeof(out),
		.in_size = sizeof(in),
	};
	struct rsp_resolver resolver;

	for (unsigned i = 0; i < config.n_turns; i++)
		config.turns[i] = (uint8_t)i;
	if (rsp_resolver_init(&resolver, &config, rsp_user_now()) == RSP_OK)
		rsp_ask_registrars(&resolver, o->known);
	if (resolver.result == RSP_RESOLVER_NOBODY && !again &&
	    find_registrars(o, true))
		return ask(o, true);
	return show_result(o, &resolver);
}

static int
follow(struct options *o)
{
	struct follow f = { .user = &user,
		.timeout_ms = o->config.connect_timeout_ms,
		.handle = o->name.handle,
		.any_case = o->name.any_case,
		.json = o->json };
	char handle[200];

	if (!open_user(o))
		return fail(USAGE, "out of memory");
	switch (follow_run(&f)) {
	case FOLLOW_FOUND:
		return FOUND;
	case FOLLOW_UNKNOWN:
		return UNKNOWN;
	case FOLLOW_FAILED:
		return fail(USAGE, "%s", strerror(f.error));
	case FOLLOW_NOBODY:
		break;
	}
	return f.lost ? NOBODY
		      : fail(NOBODY,
			    "%s: no registrar answers: tried %s; start one "
			    "(rsp-registrar) or name one (--registrar, "
			    "RSP_REGISTRARS)",
			    handle_text(o, handle), f.tried);
}

static void
local_element(const struct rsp_answer *a, const struct rsp_answer_pe *pe,
    struct show_element *e)
{
	memset(e, 0, sizeof(*e));
	e->pe.id = pe->id;
	e->pe.home = pe->home;
	e->pe.life = pe->life;
	e->pe.policy = pe->policy;
	e->pe.user.type = pe->transport;
	e->pe.user.port = pe->port;
	e->pe.user.n_addresses = pe->n_addresses < RSP_ADDRESSES_MAX
				     ? pe->n_addresses
				     : RSP_ADDRESSES_MAX;
	for (unsigned i = 0; i < e->pe.user.n_addresses; i++)
		e->pe.user.addresses[i] = rsp_answer_address(a, pe, i);
}

static bool
is_dead(struct rsp_user *u, int slot, const struct rsp_answer_pe *pe)
{
	struct rsp_user_pool pool = {
		.index = rsp_cache_index(rsp_user_cache(u), slot)
	};
	struct rsp_candidate candidate = { pe->id, pe->transport, pe->port,
		pe->address, false };

	return rsp_user_is_dead(u, &pool, &candidate);
}

/* What is known of all the elements, and of their use. */
static void
sum_up(struct rsp_user *u, int slot, const struct rsp_answer *a,
    struct show_pool *pool)
{
	struct rsp_answer_pe pe;
	unsigned at = 0;

	while (rsp_answer_next(a, &at, &pe))
		pool->n_dead += is_dead(u, slot, &pe);
	for (int i = 0; i < RSP_CACHE_COUNTERS; i++)
		pool->counters[i] = rsp_cache_counted(rsp_user_cache(u), slot,
		    (enum rsp_cache_counter)i);
}

static void
show_local(struct rsp_user *u, struct show *show, int slot,
    const struct rsp_answer *a)
{
	struct rsp_cache *c = rsp_user_cache(u);
	rsp_time now = rsp_user_now();
	rsp_time confirmed = rsp_cache_confirmed(c, slot, now);
	static uint8_t handle[RSP_CACHE_HANDLE_MAX];
	struct show_pool pool = { .handle = { handle, 0 },
		.policy = rsp_answer_policy(a),
		.age_ms = confirmed == RSP_NEVER ? -1 : now - confirmed,
		.n_elements = rsp_answer_count(a) };
	struct rsp_answer_pe pe;
	struct show_element e;
	unsigned at = 0;

	pool.handle.len = rsp_cache_handle(c, slot, handle, sizeof(handle));
	sum_up(u, slot, a, &pool);
	show_begin(show, &pool);
	while (rsp_answer_next(a, &at, &pe)) {
		local_element(a, &pe, &e);
		e.dead = is_dead(u, slot, &pe);
		show_element(show, &e);
	}
	show_end(show);
}

static int
look_locally(const struct options *o)
{
	static uint64_t words[RSP_ANSWER_WORDS];
	struct rsp_answer a = { words, RSP_ANSWER_WORDS, 0 };
	struct rsp_cache *c;
	struct show *show;
	char handle[200];
	int slot;

	if (!open_user(o))
		return fail(USAGE, "out of memory");
	c = rsp_user_cache(&user);
	slot = rsp_cache_lookup(c, o->name.handle);
	if (o->name.any_case && (slot < 0 || !rsp_cache_has_answer(c, slot)))
		slot = rsp_cache_lookup_nocase(c, o->name.handle);
	if (slot < 0 || rsp_cache_read(c, slot, &a) != RSP_OK)
		return fail(UNKNOWN, "%s: not in the cache of %s",
		    handle_text(o, handle), o->config.runtime_dir);
	show = show_new(o->json);
	if (show == NULL)
		return fail(USAGE, "out of memory");
	show_local(&user, show, slot, &a);
	return FOUND;
}

int
main(int argc, char **argv)
{
	static struct options o;
	int status = parse_options(&o, argc, argv);

	if (status < 0 && o.local)
		status = look_locally(&o);
	else if (status < 0 && o.follow)
		status = follow(&o);
	else if (status < 0) {
		find_registrars(&o, false);
		status = ask(&o, false);
	}
	free(o.room);
	if (fflush(stdout) != 0 || ferror(stdout))
		return fail(USAGE, "standard output cannot be written");
	return status;
}
