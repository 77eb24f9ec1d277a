/* SPDX-License-Identifier: Apache-2.0 */
/* sockopt.c - getsockopt and setsockopt on pool connections
 *
 * SO_ERROR is where most programs learn how a non-blocking connect() ended, so
 * it carries the search for an element on.  Of the other options only those are
 * looked at that we have changed or that a move loses.
 */
#include "shim/real.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>

#include "shim/attempt.h"
#include "shim/settings.h"
#include "shim/fdtable.h"
#include "shim/exchange.h"
#include "shim/kept.h"
#include "shim/move.h"
#include "shim/option.h"
#include "shim/ready.h"
#include "shim/sctp.h"
#include "shim/silence.h"
#include "shim/udp.h"
#include "shim/wait.h"
#include "shim/reach.h"
#include "shim/multiplex.h"

/* As the kernel hands out an integer: as much as there is room for. */
static int
put_int(void *value, socklen_t *len, int v)
{
	if (value == NULL || len == NULL) {
		errno = EFAULT;
		return -1;
	}
	if (*len > sizeof(v))
		*len = sizeof(v);
	memcpy(value, &v, *len);
	return 0;
}

/* The answer to SO_ERROR, or -1 for the kernel's own. */
static int
pool_error(struct conn *c)
{
	if (c->kind != CONN_STREAM)
		return -1;
	if (c->state == CONN_PENDING)
		reach_check(c);
	if (c->state == CONN_PENDING) {
		/* the program asked without waiting: it takes the socket for
		 * connected now */
		c->told_early = true;
		return 0;
	}
	if (kept_any(c))
		return kept_take_locked(c);
	/* an error that the next read will act on stays there */
	if (c->state == CONN_OPEN && conn_is_followed(c) &&
	    multiplex_goes_on(c))
		return 0;
	if (c->state != CONN_FAILED)
		return -1;
	if (c->ended) {
		int error = c->error;

		c->error = 0;
		return error;
	}
	conn_set_state(c, CONN_OVER);
	conn_mark(c);
	return c->error;
}

static int
get_error(int fd, void *value, socklen_t *len)
{
	struct conn *c = conn_lock(fd);
	int error = -1, r;

	if (c != NULL) {
		error = pool_error(c);
		conn_unlock(c);
		reports_send();
	}
	if (error >= 0)
		return put_int(value, len, error);
	r = real.getsockopt(fd, SOL_SOCKET, SO_ERROR, value, len);
	if (r == 0 && *len == sizeof(error)) {
		memcpy(&error, value, sizeof(error));
		if (error > 0 && udp_move(fd, error))
			memset(value, 0, sizeof(error));
	}
	return r;
}

/* -1: the option is none of ours. */
static int
changed_option(int fd, int level, int name)
{
	struct conn *c = conn_lock(fd);
	int v = -1;

	if (c == NULL)
		return -1;
	if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY && c->v6only)
		v = 1;
	if (level == SOL_SOCKET && name == SO_DOMAIN && c->was_v4)
		v = AF_INET;
	if (level == IPPROTO_TCP && name == TCP_SYNCNT && c->syn_count != 0)
		v = c->syn_count;
	if (v < 0)
		v = silence_option(c, level, name);
	conn_unlock(c);
	return v;
}

EXPORT int
getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int v, before = errno;

	if (fd_flags(fd) == 0) {
		v = real.getsockopt(fd, level, name, value, len);
		if (v != 0 &&
		    sctp_getsockopt_early(fd, level, name, value, len, &v) &&
		    v == 0)
			errno = before;
		return v;
	}
	if (sctp_is(fd) && sctp_getsockopt(fd, level, name, value, len, &v))
		return v;
	if (level == SOL_SOCKET && name == SO_ERROR) {
		int r = get_error(fd, value, len);

		if (r == 0)
			errno = before;
		return r;
	}
	v = changed_option(fd, level, name);
	if (v >= 0)
		return put_int(value, len, v);
	v = real.getsockopt(fd, level, name, value, len);
	if (v == 0 && level == IPPROTO_TCP && name == TCP_INFO) {
		ready_complete_info(fd, value, *len);
		errno = before;
	}
	return v;
}

static bool
is_noted(int level, int name)
{
	return level == IPPROTO_TCP &&
	       (name == TCP_MAXSEG || name == TCP_WINDOW_CLAMP ||
		   name == TCP_SYNCNT);
}

/* What the program sets on a connection while it is ours. */
static void
note_option(int fd, int level, int name, const void *value, socklen_t len)
{
	struct conn *c;
	int v;

	if ((level != IPPROTO_TCP && level != SOL_SOCKET) || len < sizeof(v))
		return;
	if (!is_noted(level, name) && !silence_cares(level, name))
		return;
	c = conn_lock(fd);
	if (c == NULL)
		return;
	memcpy(&v, value, sizeof(v));
	if (c->kind == CONN_STREAM)
		silence_option_set(c, level, name, v);
	if (level == SOL_SOCKET)
		v = 0;
	else if (name == TCP_MAXSEG)
		c->max_segment = v;
	else if (name == TCP_WINDOW_CLAMP)
		c->window_clamp = v;
	else if (name == TCP_SYNCNT)
		c->syn_count = 0;
	conn_unlock(c);
}

EXPORT int
setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int r, before = errno;

	option_note(level, name);
	if (sctp_is(fd) && sctp_setsockopt(fd, level, name, value, len, &r))
		return r;
	r = real.setsockopt(fd, level, name, value, len);
	if (r == 0 && fd_flags(fd) != 0)
		note_option(fd, level, name, value, len);
	if (r != 0 && sctp_setsockopt_early(fd, level, name, value, len, &r) &&
	    r == 0)
		errno = before;
	return r;
}
