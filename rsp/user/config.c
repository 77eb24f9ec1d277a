/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - the pool user's settings and the environment that they come from
 *
 * A bad value costs a line in the log and leaves the default: a preload library
 * never ends its host.
 */
#include <string.h>

#include "rsp/net/log.h"
#include "rsp/user/room.h"
#include "rsp/net/sys.h"
#include "rsp/user/user.h"
#include "rsp/core/base/duration.h"
#include "rsp/core/base/error.h"

_Static_assert(sizeof(struct rsp_endpoint[RSP_REGISTRARS_MAX]) <=
		   RSP_ROOM_BYTES,
    "they are parsed in one room");

static void
set_registrars(struct rsp_user_config *c, const char *list)
{
	struct rsp_endpoint *parsed = rsp_room_open();
	char text[sizeof(parsed[0].text)];
	const char *what;
	unsigned n = 0;

	while (parsed != NULL && rsp_endpoint_next(&list, text, sizeof(text))) {
		if (n == RSP_REGISTRARS_MAX) {
			rsp_log(RSP_LOG_WARN,
			    "RSP_REGISTRARS: more than %d registrars, the rest "
			    "are ignored",
			    RSP_REGISTRARS_MAX);
			break;
		}
		if (rsp_registrar_parse(text, &parsed[n], &what) != RSP_OK)
			rsp_log(RSP_LOG_WARN, "RSP_REGISTRARS: %s: %s", text,
			    what);
		else
			n++;
	}
	if (n > 0) {
		c->n_registrars = n;
		memcpy(c->registrars, parsed, n * sizeof(parsed[0]));
	}
	rsp_room_close(parsed);
}

void
rsp_user_config_init(struct rsp_user_config *c)
{
	memset(c, 0, sizeof(*c));
	set_registrars(c, "tcp://127.0.0.1");
	c->connect_timeout_ms = 2000;
	c->ttl_ms = 5000;
	c->ttl_adaptive_ms = 500;
	c->cache = RSP_CACHE_SHARED;
	memcpy(c->domain, "pool.alt", 9);
}

static void
set_duration(int64_t *ms, int64_t least, const char *name, const char *value)
{
	int64_t v;

	if (value == NULL)
		return;
	if (rsp_duration_parse(value, &v) == RSP_OK && v >= least)
		*ms = v;
	else
		rsp_log(RSP_LOG_WARN, "%s: %s is not a number of seconds", name,
		    value);
}

static void
set_cache(struct rsp_user_config *c, const char *value)
{
	static const char *const names[] = { "shared", "private", "off" };

	if (value == NULL)
		return;
	for (int i = 0; i < 3; i++)
		if (strcmp(value, names[i]) == 0) {
			c->cache = (enum rsp_cache_mode)i;
			return;
		}
	rsp_log(RSP_LOG_WARN, "RSP_CACHE: %s is not shared, private or off",
	    value);
}

static void
set_domain(struct rsp_user_config *c, const char *value)
{
	size_t len;

	if (value == NULL)
		return;
	while (*value == '.')
		value++;
	len = strlen(value);
	while (len > 0 && value[len - 1] == '.')
		len--;
	if (len == 0 || len >= sizeof(c->domain)) {
		rsp_log(RSP_LOG_WARN, "RSP_DOMAIN: it is empty or too long");
		return;
	}
	memcpy(c->domain, value, len);
	c->domain[len] = '\0';
}

/* false when it does not fit */
static bool
join(char *path, size_t size, const char *directory, const char *name)
{
	size_t d = strlen(directory), n = strlen(name);

	if (d + n + 1 > size)
		return false;
	memcpy(path, directory, d);
	memcpy(path + d, name, n + 1);
	return true;
}

/* sudo leaves the other user's directory in the environment: the owner of that
 * directory could not use what root makes there. */
static bool
is_own_directory(const char *path)
{
	struct stat st;
	int fd =
	    sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	bool own = fd >= 0 && sys_fstat(fd, &st) == 0 && st.st_uid == geteuid();

	if (fd >= 0)
		sys_close(fd);
	return own;
}

static void
set_runtime_dir(struct rsp_user_config *c, const char *given, const char *xdg)
{
	char name[20] = "/rsp-", digits[12];
	unsigned long uid = geteuid();
	size_t at = strlen(name), n = 0;

	if (given != NULL && *given != '\0' &&
	    join(c->runtime_dir, sizeof(c->runtime_dir), given, ""))
		return;
	if (xdg != NULL && *xdg == '/' && is_own_directory(xdg) &&
	    join(c->runtime_dir, sizeof(c->runtime_dir), xdg, "/rsp"))
		return;
	do
		digits[n++] = (char)('0' + uid % 10);
	while ((uid /= 10) != 0);
	while (n > 0)
		name[at++] = digits[--n];
	name[at] = '\0';
	join(c->runtime_dir, sizeof(c->runtime_dir), "/tmp", name);
}

void
rsp_user_config_env(struct rsp_user_config *c, char *(*get)(const char *name))
{
	const char *list = get("RSP_REGISTRARS");

	if (list != NULL)
		set_registrars(c, list);
	set_duration(&c->connect_timeout_ms, 1, "RSP_CONNECT_TIMEOUT",
	    get("RSP_CONNECT_TIMEOUT"));
	set_duration(&c->ttl_ms, 0, "RSP_CACHE_TTL", get("RSP_CACHE_TTL"));
	set_duration(&c->ttl_adaptive_ms, 0, "RSP_CACHE_TTL_ADAPTIVE",
	    get("RSP_CACHE_TTL_ADAPTIVE"));
	set_cache(c, get("RSP_CACHE"));
	set_domain(c, get("RSP_DOMAIN"));
	set_runtime_dir(c, get("RSP_RUNTIME_DIR"), get("XDG_RUNTIME_DIR"));
}
