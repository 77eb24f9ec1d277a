/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - one row per option */
#include "rsp/register/options.h"

#include <getopt.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rsp/net/sctp.h"
#include "rsp/core/base/duration.h"
#include "rsp/core/pool/policy.h"
#include "rsp/register/address.h"
#include "rsp/register/announced.h"
#include "rsp/register/transport.h"

#define USAGE 2 /* exit status */
#define DEFAULT_LIFE 90
#define DEFAULT_DRAIN 6000	   /* ms; more than a cache's lifetime */
#define DEFAULT_STOP_TIMEOUT 10000 /* ms */
#define DEFAULT_ATTEMPT 500	   /* ms */
#define DEFAULT_REGISTRAR "tcp://127.0.0.1"

static const char help[] =
    "Usage: rsp-register --pool NAME[=PORT[/PROTO]]... [OPTION]... "
    "[-- COMMAND [ARG]...]\n"
    "Runs COMMAND and keeps the ports on which it listens registered in a "
    "pool.\n"
    "Without COMMAND: registers PORT of a server that runs already.\n\n"
    "  --pool NAME[=PORT[/PROTO]]  all ports, or one; PROTO is tcp, udp,\n"
    "                              sctp, udp-lite or dccp[:SERVICE]\n"
    "  --registrar ENDPOINT        tcp://HOST[:PORT], unix:///PATH or\n"
    "                              sctp://HOST[,HOST...][:PORT]; several are\n"
    "                              tried in turn "
    "(RSP_REGISTRARS, " DEFAULT_REGISTRAR ")\n"
    "  --connect-timeout SECONDS   to one, at first; grows (0.5)\n"
    "  --policy POLICY             rr, wrr:WEIGHT, random, lu:LOAD ... (rr);\n"
    "                              LOAD may be auto[:SOURCE]: cpu,\n"
    "                              connections:MAX, file:PATH, exec:COMMAND\n"
    "  --address ADDR              where clients reach it; twice: two "
    "elements,\n"
    "                              but one multi-homed element for SCTP\n"
    "  --interface IF              the same by interface\n"
    "  --id ID                     of the first port of each pool (random)\n"
    "  --id-file FILE              keeps the IDs over restarts\n"
    "  --lifetime SECONDS          of a registration that is not renewed "
    "(90)\n"
    "  --check CHECK               passive, tcp, http:/PATH, exec:COMMAND or\n"
    "                              none (passive)\n"
    "  --check-interval SECONDS    between two checks (2)\n"
    "  --check-timeout SECONDS     for one (2)\n"
    "  --check-rise N              good ones that bring a server back (2)\n"
    "  --check-fall N              bad ones that take it out (3)\n"
    "  --on-unhealthy leave|reset  reset: its clients' connections, too\n"
    "  --drain SECONDS             from deregistration to the signal (6)\n"
    "  --stop-timeout SECONDS      from the signal to SIGKILL (10)\n"
    "  --interop rsplib            the registrars are RSPLIB's\n"
    "  --no-preload                nothing in front of the server\n"
    "  -v, --verbose   -V, --version   -h, --help\n\n"
    "Example: rsp-register --pool DownloadPool -- python3 -m http.server "
    "8001\n";

static int bad(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int
bad(const char *format, ...)
{
	va_list args;

	fputs("rsp-register: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return USAGE;
}

/* One function per option: -1, or the exit status. */

static int
add_pool(struct options *o, const char *text)
{
	struct pool_option *w = &o->pools[o->n_pools];
	const char *what;

	if (o->n_pools == OPTIONS_POOLS)
		return bad("--pool %s: too many pools", text);
	if (pool_option_parse(text, "pool.alt", w, &what) != RSP_OK)
		return bad("--pool %s: %s", text, what);
	o->n_pools++; /* options_free() frees it from here on */
	if (w->protocol == RSP_PARAM_SCTP && !rsp_sctp_in_kernel())
		return bad("--pool %s: this kernel has no SCTP", text);
	return -1;
}

static int
add_registrar(struct options *o, const char *text)
{
	struct rsp_endpoint *e = &o->endpoints[o->n_endpoints];
	const char *what;

	if (o->n_endpoints == RSP_REGISTRARS_MAX)
		return bad("--registrar %s: too many registrars", text);
	if (rsp_registrar_parse(text, e, &what) != RSP_OK)
		return bad("--registrar %s: %s", text, what);
	if (e->scheme == RSP_SCTP && !rsp_sctp_in_kernel())
		return bad("--registrar %s: this kernel has no SCTP", text);
	o->n_endpoints++;
	/* places for those that are announced */
	for (unsigned i = 1; e->scheme == RSP_MULTICAST && i < HUNT_PLACES &&
			     o->n_endpoints < RSP_REGISTRARS_MAX;
	     i++)
		o->endpoints[o->n_endpoints++] = *e;
	return -1;
}

static int
add_address(struct options *o, const char *text)
{
	if (o->n_addresses == OPTIONS_ADDRESSES)
		return bad("--address %s: too many addresses", text);
	if (!address_parse(text, &o->addresses[o->n_addresses]))
		return bad("--address %s: no IPv4 or IPv6 address", text);
	if (rsp_address_is_wildcard(&o->addresses[o->n_addresses]))
		return bad("--address %s: clients cannot connect to that",
		    text);
	o->n_addresses++;
	return -1;
}

static int
set_policy(struct options *o, const char *text)
{
	const char *what;

	load_spec_free(&o->monitor.load_spec);
	if (load_parse(text, &o->policy, &o->monitor.load_spec, &what) !=
	    RSP_OK)
		return bad("--policy %s: %s", text, what);
	return -1;
}

static int
set_interface(struct options *o, const char *text)
{
	if (if_nametoindex(text) == 0)
		return bad("--interface %s: no such interface", text);
	o->interface = text;
	return -1;
}

static int
set_id(struct options *o, const char *text)
{
	if (!element_ids_parse(text, &o->ids.first))
		return bad("--id %s: no number of 32 bits", text);
	o->ids.fixed = true;
	return -1;
}

static int
set_id_file(struct options *o, const char *text)
{
	o->ids.file = text;
	return -1;
}

static int
set_duration(const char *option, const char *text, int64_t *ms)
{
	if (rsp_duration_parse(text, ms) != RSP_OK)
		return bad("%s %s: no number of seconds", option, text);
	return -1;
}

static int
set_life(struct options *o, const char *text)
{
	int64_t ms;
	int status = set_duration("--lifetime", text, &ms);

	if (status >= 0)
		return status;
	if (ms == 0)
		return bad("--lifetime %s: more than that is needed", text);
	o->life = (int32_t)((ms + 999) / 1000);
	return -1;
}

static int
set_drain(struct options *o, const char *text)
{
	return set_duration("--drain", text, &o->drain_ms);
}

static int
set_stop_timeout(struct options *o, const char *text)
{
	return set_duration("--stop-timeout", text, &o->stop_timeout_ms);
}

static int
set_check(struct options *o, const char *text)
{
	const char *why;

	if (!check_parse(text, &o->monitor.health.check, &why))
		return bad("--check %s: %s", text, why);
	return -1;
}

static int
set_some_time(const char *option, const char *text, int64_t *ms)
{
	int status = set_duration(option, text, ms);

	if (status < 0 && *ms == 0)
		return bad("%s %s: more than that is needed", option, text);
	return status;
}

static int
set_connect_timeout(struct options *o, const char *text)
{
	return set_some_time("--connect-timeout", text, &o->attempt_ms);
}

static int
set_check_interval(struct options *o, const char *text)
{
	return set_some_time("--check-interval", text,
	    &o->monitor.health.interval_ms);
}

static int
set_check_timeout(struct options *o, const char *text)
{
	return set_some_time("--check-timeout", text,
	    &o->monitor.health.timeout_ms);
}

static int
set_count(const char *option, const char *text, unsigned *count)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || n == 0 || n > 1000)
		return bad("%s %s: no number from 1 to 1000", option, text);
	*count = (unsigned)n;
	return -1;
}

static int
set_on_unhealthy(struct options *o, const char *text)
{
	o->monitor.sheds = strcmp(text, "reset") == 0;
	if (!o->monitor.sheds && strcmp(text, "leave") != 0)
		return bad("--on-unhealthy %s: it is leave or reset", text);
	return -1;
}

static int
set_check_rise(struct options *o, const char *text)
{
	return set_count("--check-rise", text, &o->monitor.health.rise);
}

static int
set_check_fall(struct options *o, const char *text)
{
	return set_count("--check-fall", text, &o->monitor.health.fall);
}

static int
set_interop(struct options *o, const char *text)
{
	if (strcmp(text, "rsplib") != 0)
		return bad("--interop %s: only rsplib is known", text);
	o->interop_rsplib = true;
	return -1;
}

static int
set_no_preload(struct options *o, const char *text)
{
	(void)text;
	o->no_preload = true;
	return -1;
}

static int
more_verbose(struct options *o, const char *text)
{
	(void)text;
	o->verbose++;
	return -1;
}

static int
say_version(struct options *o, const char *text)
{
	(void)o;
	(void)text;
	puts("rsp-register (" PACKAGE_NAME ") " PACKAGE_VERSION);
	return EXIT_SUCCESS;
}

static int
say_help(struct options *o, const char *text)
{
	(void)o;
	(void)text;
	fputs(help, stdout);
	return EXIT_SUCCESS;
}

static const struct {
	struct option option; /* val: the short form, else 0 */
	int (*set)(struct options *o, const char *text);
} rows[] = {
	{ { "pool", required_argument, NULL, 0 }, add_pool },
	{ { "registrar", required_argument, NULL, 0 }, add_registrar },
	{ { "connect-timeout", required_argument, NULL, 0 },
	    set_connect_timeout },
	{ { "policy", required_argument, NULL, 0 }, set_policy },
	{ { "address", required_argument, NULL, 0 }, add_address },
	{ { "interface", required_argument, NULL, 0 }, set_interface },
	{ { "id", required_argument, NULL, 0 }, set_id },
	{ { "id-file", required_argument, NULL, 0 }, set_id_file },
	{ { "lifetime", required_argument, NULL, 0 }, set_life },
	{ { "drain", required_argument, NULL, 0 }, set_drain },
	{ { "stop-timeout", required_argument, NULL, 0 }, set_stop_timeout },
	{ { "check", required_argument, NULL, 0 }, set_check },
	{ { "check-interval", required_argument, NULL, 0 },
	    set_check_interval },
	{ { "check-timeout", required_argument, NULL, 0 }, set_check_timeout },
	{ { "on-unhealthy", required_argument, NULL, 0 }, set_on_unhealthy },
	{ { "check-rise", required_argument, NULL, 0 }, set_check_rise },
	{ { "check-fall", required_argument, NULL, 0 }, set_check_fall },
	{ { "interop", required_argument, NULL, 0 }, set_interop },
	{ { "no-preload", no_argument, NULL, 0 }, set_no_preload },
	{ { "verbose", no_argument, NULL, 'v' }, more_verbose },
	{ { "version", no_argument, NULL, 'V' }, say_version },
	{ { "help", no_argument, NULL, 'h' }, say_help },
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static int
add_default_registrars(struct options *o)
{
	const char *list = getenv("RSP_REGISTRARS");
	char one[sizeof(o->endpoints[0].text)];
	int status = -1;

	if (o->n_endpoints > 0)
		return -1;
	while (status < 0 && list != NULL &&
	       rsp_endpoint_next(&list, one, sizeof(one)))
		status = add_registrar(o, one);
	if (status < 0 && o->n_endpoints == 0)
		status = add_registrar(o, DEFAULT_REGISTRAR);
	return status;
}

static char *
get_directory(const char *name)
{
	return strstr(name, "RUNTIME_DIR") != NULL ? getenv(name) : NULL;
}

/* Where the pool users of this host look. */
static void
set_runtime_dir(struct options *o)
{
	struct rsp_user_config c;

	rsp_user_config_init(&c);
	rsp_user_config_env(&c, get_directory);
	memcpy(o->runtime_dir, c.runtime_dir, sizeof(o->runtime_dir));
}

/* A connection says nothing about a protocol that has none. */
static int
check_checks(const struct options *o)
{
	enum check_kind kind = o->monitor.health.check.kind;
	unsigned i;

	if (kind == CHECK_NONE && o->monitor.sheds)
		return bad("--on-unhealthy reset: with --check none nobody "
			   "looks");
	if (kind != CHECK_TCP && kind != CHECK_HTTP)
		return -1;
	for (i = 0; i < o->n_pools; i++) {
		const struct pool_option *w = &o->pools[i];

		if (w->protocol != RSP_PARAM_TCP &&
		    w->protocol != RSP_PARAM_SCTP)
			return bad("--check %s: %s has no connections, pool "
				   "%s is checked by exec:COMMAND",
			    kind == CHECK_TCP ? "tcp" : "http",
			    transport_name(w->protocol), w->text);
	}
	return -1;
}

/* What only the whole command line shows. */
static int
check(struct options *o)
{
	unsigned i;
	int err;

	if (o->n_pools == 0)
		return bad("which pool? --pool NAME is missing");
	for (i = 0; i < o->n_pools && o->command == NULL; i++)
		if (o->pools[i].port == 0)
			return bad("--pool %s: without a command there must be "
				   "a port: --pool %s=PORT",
			    o->pools[i].text, o->pools[i].text);
	for (i = 0; i < o->n_pools; i++)
		if (o->pools[i].port == 0 &&
		    !transport_is_seen(o->pools[i].protocol))
			return bad("--pool %s: who listens with %s is not to "
				   "be "
				   "seen: --pool %s=PORT/%s",
			    o->pools[i].text,
			    transport_name(o->pools[i].protocol),
			    o->pools[i].text,
			    transport_word(o->pools[i].protocol));
	if (o->interface != NULL && o->n_addresses > 0)
		return bad("--interface and --address exclude each other");
	err = check_checks(o);
	if (err >= 0)
		return err;
	if (o->ids.fixed && o->ids.file != NULL)
		return bad("--id and --id-file exclude each other");
	err = o->ids.file != NULL ? element_ids_load(&o->ids) : 0;
	if (err != 0)
		return bad("--id-file %s: %s", o->ids.file, strerror(err));
	return add_default_registrars(o);
}

int
options_parse(struct options *o, int argc, char **argv)
{
	struct option list[N_ROWS + 1] = { 0 };
	int index, c, status = -1;
	size_t i;

	*o = (struct options){ .life = DEFAULT_LIFE,
		.drain_ms = DEFAULT_DRAIN,
		.stop_timeout_ms = DEFAULT_STOP_TIMEOUT,
		.attempt_ms = DEFAULT_ATTEMPT,
		.policy = { .type = RSP_POLICY_RR } };
	o->monitor.health = (struct health_config){ .interval_ms = 2000,
		.timeout_ms = 2000,
		.rise = 2,
		.fall = 3 };
	for (i = 0; i < N_ROWS; i++)
		list[i] = rows[i].option;
	while (status < 0) {
		index = -1;
		c = getopt_long(argc, argv, "+vVh", list, &index);
		if (c == -1)
			break;
		if (c == '?' || c == ':')
			return USAGE; /* getopt has said why */
		for (i = 0; i < N_ROWS; i++)
			if (index >= 0 ? i == (size_t)index
				       : rows[i].option.val == c)
				break;
		status = rows[i].set(o, optarg);
	}
	if (status >= 0)
		return status;
	if (optind < argc)
		o->command = argv + optind;
	set_runtime_dir(o);
	return check(o);
}

void
options_free(struct options *o)
{
	unsigned i;

	for (i = 0; i < o->n_pools; i++)
		pool_option_free(&o->pools[i]);
	monitor_free(&o->monitor);
	element_ids_free(&o->ids);
}
