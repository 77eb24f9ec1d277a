/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - rsp-status: what a registrar knows
 *
 * Asks by ENRP for the list of servers and, part by part, for the handle table,
 * and by ASAP for one pool, to see if that is served.  A question has the
 * sender ID 0, which is no registrar's, so nobody takes us for a peer.  A
 * standard registrar refuses its table to strangers; that one alone gets a
 * presence first, with a random ID, and forgets it in time.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "rsp/user/ask_registrars.h"
#include "rsp/net/log.h"
#include "rsp/user/user.h"
#include "rsp/core/base/error.h"
#include "rsp/tools/ask.h"
#include "rsp/tools/status_show.h"

enum { SHOWN = 0, REFUSED = 1, USAGE = 2, NOBODY = 3 };

/* For the whole of what one registrar has to say, a part at a time. */
#define PART_MS 5000

#define WATCH_S 1

static const char help[] =
    "Usage: rsp-status [OPTION]...\n"
    "Shows what a registrar knows: its peers, and all pools and elements.\n\n"
    "  --registrar ENDPOINT  tcp://HOST[:PORT], sctp://HOST[:PORT], "
    "unix:///PATH;\n"
    "                        several are tried in turn (RSP_REGISTRARS,\n"
    "                        tcp://127.0.0.1); ENRP is asked at port 9901 of "
    "its host\n"
    "  --enrp ENDPOINT       ask there instead\n"
    "  --json                one JSON object\n"
    "  --watch               again and again, every second\n"
    "  -v, --verbose   -V, --version   -h, --help\n\n"
    "Exit status: 0 shown, 1 the registrar is not ready, 2 usage,\n"
    "3 no registrar answers.\n";

struct options {
	struct rsp_user_config config;
	unsigned n_given; /* registrars by option */
	bool has_enrp;
	struct rsp_endpoint enrp;
	bool json, watch;
	int verbose;
};

static int fail(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int
fail(int status, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("rsp-status: ", stderr);
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
	if (rsp_endpoint_parse(text, RSP_PORT_ASAP,
		&o->config.registrars[o->n_given], &what) != RSP_OK)
		return fail(USAGE, "--registrar %s: %s", text, what);
	o->config.n_registrars = ++o->n_given;
	return -1;
}

static int
set_enrp(struct options *o, const char *text)
{
	const char *what;

	if (rsp_endpoint_parse(text, RSP_PORT_ENRP, &o->enrp, &what) != RSP_OK)
		return fail(USAGE, "--enrp %s: %s", text, what);
	o->has_enrp = true;
	return -1;
}

/* -1: go on; else the exit status. */
static int
parse_option(struct options *o, int c)
{
	switch (c) {
	case 'r':
		return add_registrar(o, optarg);
	case 'e':
		return set_enrp(o, optarg);
	case 'j':
		o->json = true;
		return -1;
	case 'w':
		o->watch = true;
		return -1;
	case 'v':
		o->verbose++;
		return -1;
	case 'V':
		puts("rsp-status (" PACKAGE_NAME ") " PACKAGE_VERSION);
		return SHOWN;
	case 'h':
		fputs(help, stdout);
		return SHOWN;
	default: /* getopt has said what is wrong */
		return USAGE;
	}
}

static int
parse_options(struct options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "registrar", required_argument, NULL, 'r' },
		{ "enrp", required_argument, NULL, 'e' },
		{ "json", no_argument, NULL, 'j' },
		{ "watch", no_argument, NULL, 'w' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static char name[] = "rsp-status"; /* what getopt calls us */
	int c, status;

	argv[0] = name;
	rsp_log_init("rsp-status", RSP_LOG_WARN, NULL);
	rsp_user_config_init(&o->config);
	rsp_user_config_env(&o->config, getenv);
	while ((c = getopt_long(argc, argv, "vVh", options, NULL)) != -1) {
		status = parse_option(o, c);
		if (status >= 0)
			return status;
	}
	if (o->verbose > 0)
		rsp_log_init("rsp-status",
		    o->verbose > 1 ? RSP_LOG_DEBUG : RSP_LOG_INFO, NULL);
	if (optind != argc)
		return fail(USAGE, "%s: no arguments are taken; see --help",
		    argv[optind]);
	return -1;
}

/* A question of nobody's, or of a peer's to be. */
static struct rsp_message *
question(struct rsp_message *m, uint8_t type, uint32_t self, uint32_t receiver)
{
	rsp_message_init(m, RSP_ENRP, type);
	m->sender = self;
	m->receiver = receiver;
	return m;
}

static int
get_servers(struct ask *a, struct snapshot *s)
{
	static struct rsp_message q, answer;
	int err = ask_message(a, question(&q, RSP_ENRP_LIST_REQUEST, 0, 0),
	    RSP_ENRP_LIST_RESPONSE, &answer,
	    rsp_time_add(rsp_user_now(), PART_MS));

	if (err != 0)
		return err;
	s->id = answer.sender;
	if ((answer.flags & RSP_FLAG_REJECT) != 0)
		return EAGAIN;
	return snapshot_add(&s->servers, answer.servers) ? 0 : ENOMEM;
}

/* 0, EACCES when refused, or an errno. */
static int
get_table(struct ask *a, struct snapshot *s, uint32_t self)
{
	static struct rsp_message q, answer;
	int err;

	do {
		err = ask_message(a,
		    question(&q, RSP_ENRP_TABLE_REQUEST, self, s->id),
		    RSP_ENRP_TABLE_RESPONSE, &answer,
		    rsp_time_add(rsp_user_now(), PART_MS));
		if (err != 0)
			return err;
		if ((answer.flags & RSP_FLAG_REJECT) != 0)
			return EACCES;
		if (!snapshot_add(&s->table, answer.elements))
			return ENOMEM;
	} while ((answer.flags & RSP_FLAG_MORE) != 0);
	return 0;
}

/* For those that talk to peers only. */
static uint32_t
introduce(struct ask *a, const struct snapshot *s, const struct rsp_endpoint *e)
{
	static struct rsp_message m;
	struct rsp_transport *t = &m.server_info.transport;
	uint32_t self = 1;

	if (getrandom(&self, sizeof(self), 0) < 0 || self == 0)
		self = 1;
	question(&m, RSP_ENRP_PRESENCE, self, s->id);
	m.has_checksum = true;
	m.checksum = 0xffff; /* no elements */
	m.has_server_info = true;
	m.server_info.id = self;
	t->type = e->scheme == RSP_SCTP ? RSP_PARAM_SCTP : RSP_PARAM_TCP;
	/* RSPLIB takes nothing for an address that is not the association's */
	t->n_addresses = 1;
	ask_own(a, &t->addresses[0], &t->port);
	ask_tell(a, &m, rsp_time_add(rsp_user_now(), PART_MS));
	return self;
}

/* 0, EAGAIN when it is not ready, or an errno. */
static int
ask_enrp(const struct options *o, struct rsp_endpoint *e, struct snapshot *s)
{
	static struct ask a = { .protocol = RSP_ENRP };
	int err = ask_open(&a, e,
	    rsp_time_add(rsp_user_now(), o->config.connect_timeout_ms));

	if (err == 0)
		err = get_servers(&a, s);
	if (err == 0) {
		err = get_table(&a, s, 0);
		if (err == EACCES)
			err = get_table(&a, s, introduce(&a, s, e));
		if (err == EACCES)
			err = EAGAIN;
	}
	ask_close(&a);
	return err;
}

static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Microseconds until ASAP answers a question, or below 0. */
static int64_t
try_asap(const struct options *o, unsigned number, const struct snapshot *s)
{
	static uint8_t in[RSP_MESSAGE_MAX + 1], out[RSP_MESSAGE_MAX + 1];
	static const uint8_t any[] = "rsp-status";
	static struct rsp_user_config config;
	struct rsp_resolver_config question = {
		.n_turns = 1,
		.turns = { (uint8_t)number },
		.t1_ms = o->config.connect_timeout_ms,
		.deadline = RSP_NEVER,
		.handle = s->n_elements > 0
			      ? s->elements[0].handle
			      : (struct rsp_span){ any, sizeof(any) - 1 },
		.items = 1,
		.out = out,
		.in = in,
		.out_size = sizeof(out),
		.in_size = sizeof(in),
	};
	struct rsp_resolver r;
	int64_t began = now_us();

	config = o->config;
	if (rsp_resolver_init(&r, &question, rsp_user_now()) != RSP_OK)
		return -1;
	rsp_ask_registrars(&r, config.registrars);
	return r.result == RSP_RESOLVER_NOBODY ? -1 : now_us() - began;
}

/* The same host, or this one, at ENRP's port. */
static struct rsp_endpoint
enrp_of(const struct options *o, unsigned number)
{
	struct rsp_endpoint e = o->config.registrars[number];
	const char *what;

	if (o->has_enrp)
		return o->enrp;
	if (e.scheme == RSP_UNIX)
		rsp_endpoint_parse("tcp://127.0.0.1", RSP_PORT_ENRP, &e, &what);
	e.port = RSP_PORT_ENRP;
	return e;
}

static const char *
why_text(int err)
{
	if (err == EDESTADDRREQ)
		return "no such host";
	if (err == EPROTONOSUPPORT || err == ESOCKTNOSUPPORT)
		return "this kernel has no SCTP";
	if (err == EAGAIN)
		return "not ready, or refuses";
	return strerrordesc_np(err);
}

/* One registrar: 0, or an errno. */
static int
show(const struct options *o, unsigned number, struct snapshot *last)
{
	char enrp[RSP_ENDPOINT_TEXT], asap[RSP_ENDPOINT_TEXT];
	struct rsp_endpoint e = enrp_of(o, number);
	struct snapshot s = { .taken = rsp_user_now() };
	struct status_from from = { .asap_us = -1 };
	int err = ask_enrp(o, &e, &s);

	if (err == 0 && !snapshot_index(&s,
			    last->taken != 0 && last->id == s.id ? last : NULL))
		err = ENOMEM;
	if (err != 0) {
		snapshot_free(&s);
		return err;
	}
	from.enrp = rsp_endpoint_text(&e, enrp);
	if (!o->has_enrp || o->n_given > 0) {
		from.asap =
		    rsp_endpoint_text(&o->config.registrars[number], asap);
		from.asap_us = try_asap(o, number, &s);
	}
	if (o->json)
		status_json(&s, &from);
	else
		status_text(&s, &from);
	snapshot_free(last);
	*last = s;
	return 0;
}

static int
show_first(const struct options *o, struct snapshot *last)
{
	char tried[1000] = "", text[RSP_ENDPOINT_TEXT];
	unsigned n = o->has_enrp ? 1 : o->config.n_registrars;
	int status = NOBODY, err;
	size_t at = 0;

	for (unsigned i = 0; i < n; i++) {
		struct rsp_endpoint e = enrp_of(o, i);

		if (e.scheme == RSP_MULTICAST)
			continue;
		err = show(o, i, last);
		if (err == 0)
			return SHOWN;
		if (err == EAGAIN)
			status = REFUSED;
		if (at < sizeof(tried))
			at += (size_t)snprintf(tried + at, sizeof(tried) - at,
			    "%s%.200s (%s)", at > 0 ? ", " : "",
			    rsp_endpoint_text(&e, text), why_text(err));
	}
	if (status == REFUSED)
		return fail(status, "no registrar is ready: tried %s", tried);
	return fail(status,
	    "no registrar answers by ENRP: tried %s; start one "
	    "(rsp-registrar), name one (--registrar, RSP_REGISTRARS), or say "
	    "where it serves ENRP (--enrp)",
	    tried);
}

/* Until a signal, or until nobody reads. */
static int
watch(const struct options *o, struct snapshot *last)
{
	bool terminal = isatty(STDOUT_FILENO);
	struct timespec pause = { .tv_sec = WATCH_S };
	int status;

	while (!ferror(stdout)) {
		if (terminal && !o->json)
			fputs("\033[H\033[J", stdout);
		status = show_first(o, last);
		if (!terminal && !o->json && status == SHOWN)
			putchar('\n');
		if (fflush(stdout) != 0)
			break;
		nanosleep(&pause, NULL);
	}
	return SHOWN;
}

int
main(int argc, char **argv)
{
	static struct options o;
	struct snapshot last = { .taken = 0 };
	int status = parse_options(&o, argc, argv);

	signal(SIGPIPE, SIG_IGN);
	if (status < 0)
		status = o.watch ? watch(&o, &last) : show_first(&o, &last);
	snapshot_free(&last);
	if (!o.watch && (fflush(stdout) != 0 || ferror(stdout)))
		return fail(USAGE, "standard output cannot be written");
	return status;
}
