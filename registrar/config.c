/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - the table of settings, and what reads their values
 *
 * A value comes in as text through set_value(), whether it stood in the file or
 * on the command line, so both refuse the same things in the same words.
 */
#include "registrar/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "rsp/net/log.h"
#include "rsp/core/base/duration.h"

/* The registry's own defaults, so that they stand in one place. */
enum {
#define PRESET(name, value) PRESET_##name = (value),
	RSP_REGISTRY_SETTINGS(PRESET)
#undef PRESET
};

#define DAY_MS 86400000
#define MANY 1000000000

#define AT(member) offsetof(struct config, member)
#define REGISTRY(name) AT(registry.name), PRESET_##name

/* clang-format off */
static const struct setting rows[] = {
	/* name, letter, value, type, scope,
	 *	offset, default, minimum, maximum, help */
	{ "help", 'h', NULL, SETTING_FLAG, SCOPE_OPTION,
		AT(help), 0, 0, 1, "this text" },
	{ "version", 'V', NULL, SETTING_FLAG, SCOPE_OPTION,
		AT(version), 0, 0, 1, "the version" },
	{ "verbose", 'v', NULL, SETTING_REPEATED, SCOPE_OPTION,
		AT(verbose), 0, 0, 9, "say more; may be repeated" },
	{ "dump", 0, NULL, SETTING_FLAG, SCOPE_OPTION,
		AT(dump), 0, 0, 1,
		"check the settings, print them as a configuration file, end" },
	{ "config", 0, "FILE", SETTING_TEXT, SCOPE_OPTION,
		AT(file), 0, 0, sizeof(((struct config *)0)->file),
		"a file of settings, `name = value` on each line; read again "
		"on SIGHUP" },
	{ "listen", 0, "ENDPOINT", SETTING_ENDPOINTS, SCOPE_START,
		AT(listen), RSP_PORT_ASAP, 0, CONFIG_ENDPOINTS_MAX,
		"where ASAP is served: tcp://HOST[:PORT], unix:///PATH or "
		"sctp://HOST[,HOST...][:PORT]; may be repeated (default: tcp, "
		"and sctp if the kernel has it, on 127.0.0.1 and ::1, port "
		"3863)" },
	{ "id", 0, "ID", SETTING_ID, SCOPE_START,
		AT(id), 0, 0, UINT32_MAX,
		"the registrar's ENRP server ID (default: a random one)" },
	{ "user", 0, "USER", SETTING_TEXT, SCOPE_START,
		AT(user), 0, 0, sizeof(((struct config *)0)->user),
		"become this user once the endpoints are bound" },
	{ "third-party", 0, NULL, SETTING_FLAG, SCOPE_RELOAD,
		AT(registry.third_party), 0, 0, 1,
		"accept pool elements at addresses that are not the sender's" },
	{ "log-level", 0, "LEVEL", SETTING_LEVEL, SCOPE_RELOAD,
		AT(log_level), RSP_LOG_INFO, 0, 0,
		"error, warn, info or debug" },

	{ "message-timeout", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		AT(message_timeout), 5000, 100, DAY_MS,
		"for a connection's first message, the rest of a begun one, "
		"and until pending output is read" },
	{ "max-message-size", 0, "BYTES", SETTING_NUMBER, SCOPE_RELOAD,
		AT(max_message_size), RSP_MESSAGE_MAX, 64, RSP_MESSAGE_MAX,
		"a longer message ends its connection" },
	{ "max-pending-output", 0, "BYTES", SETTING_NUMBER, SCOPE_RELOAD,
		AT(max_pending_output), 1 << 20, 1 << 18, 1 << 30,
		"unread output that ends a connection" },
	{ "max-pending-peer-output", 0, "BYTES", SETTING_NUMBER, SCOPE_RELOAD,
		AT(max_pending_peer_output), 1 << 24, 1 << 20, 1 << 30,
		"the same for another registrar" },
	{ "max-pending-total", 0, "BYTES", SETTING_NUMBER, SCOPE_RELOAD,
		AT(max_pending_total), 1 << 25, 1 << 20, INT64_C(1) << 36,
		"unread output of all connections together, above which the "
		"one with the most of it ends" },
	{ "max-connections", 0, "N", SETTING_NUMBER, SCOPE_RELOAD,
		AT(max_connections), 0, 0, MANY,
		"of all; 0: as many as descriptors allow" },
	{ "max-connections-per-address", 0, "N", SETTING_NUMBER, SCOPE_RELOAD,
		AT(max_connections_per_address), 1024, 1, MANY,
		"from one IPv4 address or IPv6 /64, loopback and unix sockets "
		"excepted" },
	{ "tcp-keep-alive", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		AT(tcp_keep_alive), 10000, 0, DAY_MS / 4,
		"silence after which TCP probes the far host, which is taken "
		"for gone after twice that, by SCTP too; 0: never" },

	{ "max-bad-pe-report", 0, "N", SETTING_NUMBER, SCOPE_RELOAD,
		REGISTRY(max_bad_pe_report), 0, UINT8_MAX - 1,
		"unreachable reports that a pool element survives" },
	{ "keep-alive-interval", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(keep_alive_interval), 100, DAY_MS,
		"between keep-alives to a pool element, spread by half" },
	{ "keep-alive-timeout", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(keep_alive_timeout), 100, DAY_MS,
		"for the answer to a keep-alive" },
	{ "lifeline-grace", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(lifeline_grace), 0, DAY_MS,
		"from the loss of a pool element's connection to its removal" },
	{ "report-interval", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(report_interval), 0, DAY_MS,
		"in which one reporter's unreachable reports on a pool element "
		"count once" },
	{ "default-items", 0, "N", SETTING_NUMBER, SCOPE_RELOAD,
		REGISTRY(default_items), 1, MANY,
		"pool elements in an answer when the question names no number" },
	{ "max-pools", 0, "N", SETTING_NUMBER, SCOPE_RELOAD,
		REGISTRY(max_pools), 1, MANY, "pools" },
	{ "max-pes-per-pool", 0, "N", SETTING_NUMBER, SCOPE_RELOAD,
		REGISTRY(max_pes_per_pool), 1, MANY, "pool elements in a pool" },
	{ "max-pes-per-association", 0, "N", SETTING_NUMBER, SCOPE_RELOAD,
		REGISTRY(max_pes_per_association), 1, MANY,
		"pool elements registered over one connection" },
	{ "max-pes-per-identity", 0, "N", SETTING_NUMBER, SCOPE_RELOAD,
		REGISTRY(max_pes_per_identity), 1, MANY,
		"pool elements of one IPv4 address, IPv6 /64 or unix user" },
	{ "max-pools-per-identity", 0, "N", SETTING_NUMBER, SCOPE_RELOAD,
		REGISTRY(max_pools_per_identity), 1, MANY,
		"pools that one of these was the first in" },
	{ "changes-per-second", 0, "N", SETTING_NUMBER, SCOPE_RELOAD,
		REGISTRY(changes_per_second), 0, MANY,
		"changes by one of these, beyond so many as it may have" },
	{ "max-handle-length", 0, "BYTES", SETTING_NUMBER, SCOPE_RELOAD,
		REGISTRY(max_handle_length), 1, 32768, "of a pool handle" },
	{ "distance-step", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(distance_step), 0, DAY_MS,
		"of the distances that policies with a delay penalty reckon "
		"with; 0: they are not measured" },
	{ "t6-serverannounce", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(t6_serverannounce), 10, DAY_MS,
		"between announcements, by all registrars that hear each other "
		"in turn, spread by an eighth" },
	{ "t7-enrpoutdate", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(t7_enrpoutdate), 10, DAY_MS,
		"of another registrar's silence beyond its turn, until it does "
		"not count any more" },
	{ "update-interval", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(update_interval), 10, DAY_MS,
		"at least, between two lists of a pool to those who have "
		"subscribed to it" },
	{ "max-subscriptions", 0, "N", SETTING_NUMBER, SCOPE_RELOAD,
		REGISTRY(max_subscriptions), 0, MANY, "to pools, of all" },
	{ "max-subscriptions-per-association", 0, "N", SETTING_NUMBER,
		SCOPE_RELOAD, REGISTRY(max_subscriptions_per_association), 0,
		MANY, "of one connection" },

	{ "peer-heartbeat-cycle", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(peer_heartbeat_cycle), 10, DAY_MS,
		"between presences to the peers, spread by a tenth" },
	{ "max-time-last-heard", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(max_time_last_heard), 10, DAY_MS,
		"of a peer's silence, until it is asked whether it is there" },
	{ "max-time-no-response", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(max_time_no_response), 10, DAY_MS,
		"for any answer of a peer's" },
	{ "mentor-hunt", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(mentor_hunt), 10, DAY_MS,
		"for a peer to take the handlespace from, at the start" },
	{ "mentor-retry", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(mentor_retry), 10, DAY_MS,
		"until peers that were not ready are asked again" },
	{ "peer-retry", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(peer_retry), 10, DAY_MS,
		"between two attempts to reach a configured peer" },
	{ "inherited-grace", 0, "SECONDS", SETTING_DURATION, SCOPE_RELOAD,
		REGISTRY(inherited_grace), 0, DAY_MS,
		"for a pool element of a dead peer that cannot be called to "
		"come by itself" },
	{ "max-peers", 0, "N", SETTING_NUMBER, SCOPE_RELOAD,
		REGISTRY(max_peers), 1, 65536, "other registrars" },
	{ "max-downloads", 0, "N", SETTING_NUMBER, SCOPE_RELOAD,
		REGISTRY(max_downloads), 1, 64,
		"by peers at once" },
	{ "max-calls", 0, "N", SETTING_NUMBER, SCOPE_RELOAD,
		REGISTRY(max_calls), 1, 65536,
		"connections to inherited pool elements that are being opened" },
	{ "max-table-response", 0, "BYTES", SETTING_NUMBER, SCOPE_RELOAD,
		REGISTRY(max_table_response), 8192, 65532,
		"of the handlespace in one message" },

	{ "enrp", 0, "ENDPOINT", SETTING_ENDPOINTS, SCOPE_START,
		AT(enrp), RSP_PORT_ENRP, 1, CONFIG_ENDPOINTS_MAX,
		"where ENRP is served, as for --listen, or off; may be repeated "
		"(default: tcp, and sctp if the kernel has it, on 127.0.0.1 and "
		"::1, port 9901)" },
	{ "peer", 0, "ENDPOINT", SETTING_ENDPOINTS, SCOPE_RELOAD,
		AT(peers), RSP_PORT_ENRP, 0, CONFIG_ENDPOINTS_MAX,
		"where another registrar serves ENRP; may be repeated" },
	{ "announce", 0, "GROUP", SETTING_GROUPS, SCOPE_START,
		AT(announce), 0, 0, RSP_PORT_ASAP,
		"multicast group, GROUP[:PORT][%IFACE], to which the registrar "
		"announces itself (IANA's: 224.0.1.185, [ff02::133]); may be "
		"repeated; off" },
	{ "announce-hops", 0, "N", SETTING_NUMBER, SCOPE_START,
		AT(announce_hops), 1, 1, 255,
		"how far what is sent by multicast gets; 1: the link" },
	{ "enrp-announce", 0, "GROUP", SETTING_GROUPS, SCOPE_START,
		AT(enrp_announce), 0, 0, RSP_PORT_ENRP,
		"multicast group where registrars find each other, as for "
		"--announce (RSPLIB's: 239.0.0.51); off" },
	{ "interop", 0, "rsplib", SETTING_WORD, SCOPE_START,
		AT(registry.interop_rsplib), 0, 0, 1,
		"pool elements that come over SCTP, and peers that are not of "
		"our kind, count a registration's life in milliseconds" },
};
/* clang-format on */

#define N_ROWS (sizeof(rows) / sizeof(*rows))

/* Where a value was found, and which were found there before. */
struct source {
	const char *file; /* NULL: the command line */
	unsigned line;
	bool seen[N_ROWS];
	char *error;
};

const struct setting *
config_row(unsigned i)
{
	return i < N_ROWS ? &rows[i] : NULL;
}

static void *
member(const struct config *c, const struct setting *row)
{
	return (char *)c + row->offset;
}

void
config_init(struct config *c)
{
	memset(c, 0, sizeof(*c));
	for (const struct setting *row = rows; row < rows + N_ROWS; row++) {
		if (row->type == SETTING_NUMBER ||
		    row->type == SETTING_DURATION)
			*(int64_t *)member(c, row) = row->preset;
		if (row->type == SETTING_LEVEL)
			*(int *)member(c, row) = (int)row->preset;
	}
}

/* "FILE:LINE: NAME: WHY" or "--NAME: WHY". */
static bool refuse(const struct source *from, const char *name,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool
refuse(const struct source *from, const char *name, const char *format, ...)
{
	char *at = from->error;
	va_list ap;
	int n;

	if (from->file != NULL)
		n = snprintf(at, CONFIG_TEXT, "%.200s:%u: %.100s: ", from->file,
		    from->line, name);
	else
		n = snprintf(at, CONFIG_TEXT,
		    "%s%.100s: ", name[0] == '-' ? "" : "--", name);
	va_start(ap, format);
	vsnprintf(at + n, CONFIG_TEXT - (size_t)n, format, ap);
	va_end(ap);
	return false;
}

static bool
set_number(const struct source *from, const struct setting *row, int64_t *v,
    const char *text)
{
	bool is_duration = row->type == SETTING_DURATION;
	char *end = NULL;
	int64_t n = 0;
	bool ok;

	errno = 0;
	if (is_duration)
		ok = rsp_duration_parse(text, &n) == RSP_OK;
	else {
		n = strtoll(text, &end, 10);
		ok = end != text && *end == '\0' && errno == 0;
	}
	if (ok && n >= row->min && n <= row->max) {
		*v = n;
		return true;
	}
	if (is_duration)
		return refuse(from, row->name,
		    "needs seconds from %g to %g, not \"%s\"",
		    (double)row->min / 1000, (double)row->max / 1000, text);
	return refuse(from, row->name,
	    "needs a number from %lld to %lld, not \"%s\"", (long long)row->min,
	    (long long)row->max, text);
}

static bool
set_id(const struct source *from, const struct setting *row, uint32_t *id,
    const char *text)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (end == text || *end != '\0' || errno != 0 || n == 0 ||
	    n > UINT32_MAX || strchr(text, '-') != NULL)
		return refuse(from, row->name,
		    "needs a number from 1 to 0xffffffff, not \"%s\"", text);
	*id = (uint32_t)n;
	return true;
}

static bool
set_flag(const struct source *from, const struct setting *row, bool *flag,
    const char *text)
{
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		return refuse(from, row->name, "needs yes or no, not \"%s\"",
		    text);
	*flag = text[0] == 'y';
	return true;
}

/* A switch for one thing, so that there may be others some day. */
static bool
set_word(const struct source *from, const struct setting *row, bool *flag,
    const char *text)
{
	*flag = strcmp(text, row->value) == 0;
	return *flag || refuse(from, row->name, "needs %s, not \"%s\"",
			    row->value, text);
}

static bool
set_text(const struct source *from, const struct setting *row, char *to,
    const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len >= (size_t)row->max)
		return refuse(from, row->name, "needs 1 to %lld bytes",
		    (long long)row->max - 1);
	memcpy(to, text, len + 1);
	return true;
}

/* Endpoints of the command line displace those of the file. */
static bool
add_endpoint(const struct source *from, const struct setting *row,
    struct endpoints *list, const char *text)
{
	const char *why;

	if (!from->seen[row - rows])
		*list = (struct endpoints){ .off = false };
	if (row->min != 0 && strcmp(text, "off") == 0 && list->n == 0) {
		list->off = true;
		return true;
	}
	if (list->off)
		return refuse(from, row->name, "off, and \"%s\"?", text);
	if (list->n == CONFIG_ENDPOINTS_MAX)
		return refuse(from, row->name, "more than %d endpoints",
		    CONFIG_ENDPOINTS_MAX);
	if (rsp_endpoint_parse(text, (uint16_t)row->preset, &list->at[list->n],
		&why) != RSP_OK)
		return refuse(from, row->name, "\"%s\": %s", text, why);
	list->n++;
	return true;
}

/* The same for groups; `off` takes back what was said before. */
static bool
add_group(const struct source *from, const struct setting *row,
    struct group_list *list, const char *text)
{
	const char *why;

	if (!from->seen[row - rows] || strcmp(text, "off") == 0)
		list->n = 0;
	if (strcmp(text, "off") == 0)
		return true;
	if (list->n == CONFIG_GROUPS_MAX)
		return refuse(from, row->name, "more than %d groups",
		    CONFIG_GROUPS_MAX);
	if (rsp_multicast_parse(text, (uint16_t)row->max, &list->at[list->n],
		&why) != RSP_OK)
		return refuse(from, row->name, "\"%s\": %s", text, why);
	list->n++;
	return true;
}

static bool
set_level(const struct source *from, const struct setting *row, int *level,
    const char *text)
{
	int found = rsp_log_parse(text);

	if (found < 0)
		return refuse(from, row->name,
		    "needs error, warn, info or debug, not \"%s\"", text);
	*level = found;
	return true;
}

static bool
set_value(struct source *from, const struct setting *row, struct config *c,
    const char *text)
{
	bool ok = true;

	switch (row->type) {
	case SETTING_FLAG:
		ok = set_flag(from, row, member(c, row), text);
		break;
	case SETTING_WORD:
		ok = set_word(from, row, member(c, row), text);
		break;
	case SETTING_REPEATED:
		*(int64_t *)member(c, row) += 1;
		break;
	case SETTING_NUMBER:
	case SETTING_DURATION:
		ok = set_number(from, row, member(c, row), text);
		break;
	case SETTING_ID:
		ok = set_id(from, row, member(c, row), text);
		break;
	case SETTING_TEXT:
		ok = set_text(from, row, member(c, row), text);
		break;
	case SETTING_LEVEL:
		ok = set_level(from, row, member(c, row), text);
		break;
	case SETTING_ENDPOINTS:
		ok = add_endpoint(from, row, member(c, row), text);
		break;
	case SETTING_GROUPS:
		ok = add_group(from, row, member(c, row), text);
		break;
	}
	from->seen[row - rows] = true;
	return ok;
}

static const struct setting *
find(const char *name, size_t len)
{
	for (const struct setting *row = rows; row < rows + N_ROWS; row++)
		if (strlen(row->name) == len &&
		    memcmp(row->name, name, len) == 0)
			return row;
	return NULL;
}

static char *
trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	*end = '\0';
	return text + strspn(text, " \t");
}

/* One line of the file: nothing, a comment, or `name = value`. */
static bool
load_line(struct source *from, struct config *c, char *line)
{
	const struct setting *row;
	char *value, *name = trim(line);

	if (*name == '\0' || *name == '#')
		return true;
	value = strchr(name, '=');
	if (value == NULL)
		return refuse(from, name, "needs the form name = value");
	*value++ = '\0';
	name = trim(name);
	value = trim(value);
	row = find(name, strlen(name));
	if (row == NULL || row->scope == SCOPE_OPTION)
		return refuse(from, name, "no such setting");
	if (from->seen[row - rows] && row->type != SETTING_ENDPOINTS &&
	    row->type != SETTING_GROUPS)
		return refuse(from, name, "is set twice");
	return set_value(from, row, c, value);
}

static bool
load_file(struct config *c, char *error)
{
	struct source from = { .file = c->file, .error = error };
	char *line = NULL;
	size_t size = 0;
	bool ok = true;
	FILE *f = fopen(c->file, "re");

	if (f != NULL) {
		errno = 0;
		while (ok && getline(&line, &size, f) >= 0) {
			from.line++;
			ok = load_line(&from, c, line);
			errno = 0;
		}
	}
	if (ok && (f == NULL || errno != 0)) {
		snprintf(error, CONFIG_TEXT, "%.200s: %s", c->file,
		    strerror(errno));
		ok = false;
	}
	free(line);
	if (f != NULL)
		fclose(f);
	return ok;
}

/* --NAME=VALUE, --NAME VALUE or, for a flag, --NAME; *i moves over what was
 * used.  --FLAG=no takes back what the file says. */
static bool
load_long(struct source *from, struct config *c, char **argv, int *i)
{
	const char *name = argv[*i] + 2, *value = strchr(name, '=');
	const struct setting *row =
	    find(name, value != NULL ? (size_t)(value - name) : strlen(name));

	if (row == NULL)
		return refuse(from, argv[*i], "no such option, see --help");
	if (row->value == NULL && value != NULL && row->scope == SCOPE_OPTION)
		return refuse(from, row->name, "takes no value");
	if (row->value == NULL && value == NULL)
		return set_value(from, row, c, "yes");
	if (value == NULL && argv[*i + 1] == NULL)
		return refuse(from, row->name, "needs a value");
	return set_value(from, row, c, value != NULL ? value + 1 : argv[++*i]);
}

/* -h, -vv: no letter takes a value. */
static bool
load_letters(struct source *from, struct config *c, const char *arg)
{
	const struct setting *row;

	for (const char *p = arg + 1; *p != '\0'; p++) {
		for (row = rows; row < rows + N_ROWS; row++)
			if (row->letter == *p)
				break;
		if (row == rows + N_ROWS)
			return refuse(from, arg, "no such option, see --help");
		set_value(from, row, c, "yes");
	}
	return true;
}

static bool
load_options(struct config *c, char **argv, char *error)
{
	struct source from = { .error = error };
	bool ok = true;

	for (int i = 1; ok && argv[i] != NULL; i++) {
		if (strncmp(argv[i], "--", 2) == 0 && argv[i][2] != '\0')
			ok = load_long(&from, c, argv, &i);
		else if (argv[i][0] == '-' && argv[i][1] != '\0' &&
			 argv[i][1] != '-')
			ok = load_letters(&from, c, argv[i]);
		else {
			snprintf(error, CONFIG_TEXT,
			    "%.200s: no arguments are taken, see --help",
			    argv[i]);
			ok = false;
		}
	}
	return ok;
}

bool
config_load(struct config *c, char **argv, char error[CONFIG_TEXT])
{
	struct config options;

	config_init(&options);
	config_init(c);
	error[0] = '\0';
	/* once to learn of --config, once more to win over what it says */
	if (!load_options(&options, argv, error))
		return false;
	memcpy(c->file, options.file, sizeof(c->file));
	if (c->file[0] != '\0' && !options.help && !options.version &&
	    !load_file(c, error))
		return false;
	return load_options(c, argv, error);
}
