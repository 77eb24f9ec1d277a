/* SPDX-License-Identifier: Apache-2.0 */
/* settings.c - the shim's settings: RSP_* variables, read once */
#include "shim/real.h"

#include "shim/settings.h"

#include <stdlib.h>
#include <string.h>

#include "rsp/net/log.h"
#include "rsp/net/sys.h"
#include "rsp/core/base/duration.h"
#include "rsp/core/base/error.h"
#include "rsp/core/wire/pool_name.h"
#include "shim/lock.h"
#include "rsp/user/failover_mode.h"

#define WHO "librspshim"
#define DOMAIN_DEFAULT "pool.alt"
/* A report takes at most this much of the time of the process that sends it;
 * the rest waits. */
#define REPORT_BUDGET_MS 50

static char saved[8192]; /* NAME=VALUE, each with its NUL */
static size_t saved_len;
static bool is_saved;
/* A bad RSP_LOG is reported only once there is a pool: most processes of a user
 * have none. */
static bool bad_log;
static bool overflowed; /* then the live environment is asked */

static struct settings current;
static const char *domain = DOMAIN_DEFAULT;
static struct rsp_user user;
enum { UNREAD, READY, BROKEN };
static int state;
static uint32_t lock; /* of `state` leaving UNREAD, and of is_saved */
static bool report;

static char *
saved_variable(const char *name)
{
	size_t len = strlen(name);

	for (char *at = saved; at < saved + saved_len; at += strlen(at) + 1)
		if (strncmp(at, name, len) == 0 && at[len] == '=')
			return at + len + 1;
	return overflowed || strncmp(name, "RSP_", 4) != 0 ? secure_getenv(name)
							   : NULL;
}

/* An empty variable counts as unset. */
static char *
variable(const char *name)
{
	char *value = saved_variable(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* The constructor runs in every process.  In those that have no RSP_* variables
 * it calls no function, because the first call of one costs a lookup.
 */
static bool
begins(const char *text, const char *with)
{
	while (*with != '\0' && *text == *with) {
		text++;
		with++;
	}
	return *with == '\0';
}

static void
save(const char *entry)
{
	size_t len = strlen(entry) + 1;

	if (len > sizeof(saved) - saved_len) {
		overflowed = true;
		return;
	}
	memcpy(saved + saved_len, entry, len);
	saved_len += len;
}

static void
bad_value(const char *name, const char *value)
{
	rsp_log(RSP_LOG_WARN, "%s=%s is not valid, the default is used", name,
	    value);
}

static void
start_log(void)
{
	const char *text = variable("RSP_LOG");
	int level = text != NULL ? rsp_log_parse(text) : RSP_LOG_WARN;

	rsp_log_init(WHO, level < 0 ? RSP_LOG_WARN : (enum rsp_log_level)level,
	    variable("RSP_LOG_FILE"));
	bad_log = level < 0;
}

static void
save_domain(void)
{
	static char own[256];
	/* an empty one switches dotted names off */
	const char *text = saved_variable("RSP_DOMAIN");
	size_t len;

	if (text == NULL)
		return;
	while (*text == '.')
		text++;
	len = strlen(text);
	while (len > 0 && text[len - 1] == '.')
		len--;
	if (len >= sizeof(own)) /* the pool user says so */
		return;
	memcpy(own, text, len);
	own[len] = '\0';
	domain = own;
}

static void
copy_variables(void)
{
	for (char **e = environ; e != NULL && *e != NULL; e++)
		if (begins(*e, "RSP_") || begins(*e, "XDG_RUNTIME_DIR="))
			save(*e);
	if (saved_len == 0 && !overflowed) {
		rsp_log_init(WHO, RSP_LOG_WARN, NULL);
		return;
	}
	start_log();
	save_domain();
}

/* Not only by our constructor: those of the program's libraries may run before
 * it, and look pools up. */
void
settings_save(void)
{
	uint64_t mask;

	if (__atomic_load_n(&is_saved, __ATOMIC_ACQUIRE))
		return;
	mask = signals_block();
	lock_take(&lock);
	if (!is_saved && environ != NULL) {
		copy_variables();
		__atomic_store_n(&is_saved, true, __ATOMIC_RELEASE);
	}
	lock_give(&lock);
	signals_unblock(mask);
}

bool
settings_names_pool(const char *text)
{
	settings_save();
	return text != NULL && rsp_pool_name_is_ours(text, domain);
}

static void
read_duration(const char *name, int64_t *ms, int64_t otherwise)
{
	const char *text = variable(name);

	*ms = otherwise;
	if (text == NULL)
		return;
	if (rsp_duration_parse(text, ms) != RSP_OK) {
		bad_value(name, text);
		*ms = otherwise;
	}
}

static void
read_bytes(const char *name, int64_t *bytes, int64_t otherwise)
{
	const char *text = variable(name);
	char *end;

	*bytes = otherwise;
	if (text == NULL)
		return;
	*bytes = strtoll(text, &end, 10);
	if (*end != '\0' || *bytes < 0) {
		bad_value(name, text);
		*bytes = otherwise;
	}
}

/* One line for all of them; they have no effect. */
static void
look_over_pools(const char *text, const char *pools)
{
	while (*pools != '\0') {
		size_t len = strcspn(pools, ",");

		if (!failover_mode_is_item(pools, len)) {
			rsp_log(RSP_LOG_WARN,
			    "RSP_FAILOVER=%s: each item after the first must "
			    "be POOL=MODE with a known mode; other items "
			    "are ignored",
			    text);
			return;
		}
		pools += len;
		pools += *pools == ',';
	}
}

/* MODE[,POOL=MODE]... */
static void
read_failover(void)
{
	const char *text = variable("RSP_FAILOVER"), *rest;
	int mode;

	current.failover = FAILOVER_AUTO;
	current.failover_pools = "";
	if (text == NULL)
		return;
	current.failover_pools = text;
	if (memchr(text, '=', strcspn(text, ",")) == NULL) {
		rest = text + strcspn(text, ",");
		current.failover_pools = *rest == ',' ? rest + 1 : rest;
		mode = failover_mode_parse(text);
		if (mode < 0) {
			bad_value("RSP_FAILOVER", text);
			return;
		}
		current.failover = (enum failover)mode;
	}
	look_over_pools(text, current.failover_pools);
}

/* The pool that a text of this length names; the handle may lie in `bytes`. */
static bool
parse_pool(const char *text, size_t len, char bytes[1024],
    struct rsp_span *handle)
{
	char name[1024];
	struct rsp_pool_name parsed;

	if (len >= sizeof(name))
		return false;
	memcpy(name, text, len);
	name[len] = '\0';
	rsp_pool_name_parse_bare(name, domain, bytes, 1024, &parsed);
	*handle = parsed.handle;
	return parsed.kind == RSP_POOL_NAME_OURS;
}

/* Is the text, up to `=`, the name of this pool? */
static bool
is_named(const char *text, size_t len, struct rsp_span handle)
{
	char bytes[1024];
	struct rsp_span named;

	return parse_pool(text, len, bytes, &named) &&
	       rsp_span_equal(named, handle);
}

/* POOL[,POOL]... */
static void
read_stick(void)
{
	const char *text = variable("RSP_STICK");
	char bytes[1024];
	struct rsp_span handle;

	current.stick_pools = text != NULL ? text : "";
	while (text != NULL && *text != '\0') {
		size_t item = strcspn(text, ",");

		if (!parse_pool(text, item, bytes, &handle)) {
			bad_value("RSP_STICK", current.stick_pools);
			return;
		}
		text += item;
		text += *text == ',';
	}
}

enum failover
failover_of(const struct rsp_user_pool *pool)
{
	const char *text = current.failover_pools;
	uint8_t handle[1024];
	size_t len;

	if (*text == '\0')
		return current.failover;
	len = rsp_user_handle(&user, pool, handle, sizeof(handle));
	while (*text != '\0' && len <= sizeof(handle)) {
		size_t item = strcspn(text, ",");
		const char *equals = memrchr(text, '=', item);

		if (equals != NULL && failover_mode_parse(equals + 1) >= 0 &&
		    is_named(text, (size_t)(equals - text),
			(struct rsp_span){ handle, len }))
			return (enum failover)failover_mode_parse(equals + 1);
		text += item;
		text += *text == ',';
	}
	return current.failover;
}

bool
sticks(const struct rsp_user_pool *pool)
{
	const char *text = current.stick_pools;
	uint8_t handle[1024];
	size_t len;

	if (*text == '\0')
		return false;
	len = rsp_user_handle(&user, pool, handle, sizeof(handle));
	while (*text != '\0' && len <= sizeof(handle)) {
		size_t item = strcspn(text, ",");

		if (is_named(text, item, (struct rsp_span){ handle, len }))
			return true;
		text += item;
		text += *text == ',';
	}
	return false;
}

/* A registrar that has a name: getaddrinfo without us in front of it. */
static int
look_up_registrar(const char *name, struct rsp_endpoint *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *ai;
	uint16_t port;

	if (real.getaddrinfo(name, NULL, &hints, &list) != 0)
		return RSP_ENOENT;
	for (ai = list; ai != NULL && e->n_hosts < RSP_ENDPOINT_HOSTS;
	     ai = ai->ai_next)
		if (rsp_sockaddr_get(ai->ai_addr, ai->ai_addrlen,
			&e->hosts[e->n_hosts], &port))
			e->n_hosts++;
	freeaddrinfo(list);
	return e->n_hosts > 0 ? RSP_OK : RSP_ENOENT;
}

static void
read_settings(struct rsp_user_config *c)
{
	if (bad_log)
		bad_value("RSP_LOG", variable("RSP_LOG"));
	rsp_user_config_init(c);
	rsp_user_config_env(c, variable);
	current.connect_timeout_ms = c->connect_timeout_ms;
	current.domain = domain;
	read_duration("RSP_FAILOVER_TIMEOUT", &current.failover_timeout_ms,
	    10000);
	read_duration("RSP_DEAD_AFTER", &current.dead_after_ms, 10000);
	read_duration("RSP_ANSWER_TIMEOUT", &current.answer_timeout_ms, 0);
	read_bytes("RSP_REPLAY_LIMIT", &current.replay_limit, 65536);
	read_failover();
	read_stick();
}

struct rsp_user *
pool_user(void)
{
	/* too large for the stack of a signal handler */
	static struct rsp_user_config config;
	int seen = __atomic_load_n(&state, __ATOMIC_ACQUIRE);
	uint64_t mask;

	if (seen == UNREAD) {
		settings_save();
		if (!__atomic_load_n(&is_saved, __ATOMIC_RELAXED))
			return NULL; /* libc itself has not begun */
		mask = signals_block();
		lock_take(&lock);
		if (state == UNREAD) {
			rsp_endpoint_lookup = look_up_registrar;
			read_settings(&config);
			seen = rsp_user_init(&user, &config) == RSP_OK ? READY
								       : BROKEN;
			__atomic_store_n(&state, seen, __ATOMIC_RELEASE);
		}
		seen = state;
		lock_give(&lock);
		signals_unblock(mask);
	}
	return seen == READY ? &user : NULL;
}

const struct settings *
settings(void)
{
	return &current;
}

void
reports_due(void)
{
	__atomic_store_n(&report, true, __ATOMIC_RELAXED);
}

void
reports_send(void)
{
	if (__atomic_load_n(&report, __ATOMIC_RELAXED) &&
	    __atomic_exchange_n(&report, false, __ATOMIC_RELAXED))
		rsp_user_report(&user, REPORT_BUDGET_MS);
}

void
settings_after_fork(void)
{
	lock = 0;
}
