/* SPDX-License-Identifier: Apache-2.0 */
/* listener.c - listening sockets, TCP, SCTP and unix */
#include "registrar/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "registrar/log.h"
#include "registrar/sctp.h"
#include "rsp/net/sctp.h"
#include "rsp/core/base/error.h"

enum { OK = 0, FAILED = 1, USAGE = 2 }; /* exit statuses */

#define SCTP_BACKLOG 1024

/* Who has no number here: the kernel's overflowuid. */
#define UNMAPPED_USER 65534

/* For a lock: another registrar's start takes no longer. */
#define LOCK_PAUSES 100
#define LOCK_PAUSE_NS 10000000

static int
complain(char *error, size_t size, const char *text, const char *why)
{
	const char *advice = "";

	if (errno == EADDRINUSE)
		advice = " (is a registrar running already? stop it, or give "
			 "another endpoint with --listen or --enrp)";
	else if (errno == EADDRNOTAVAIL)
		advice = " (no interface of this host has that address)";
	else if (errno == EACCES)
		advice = " (start as root, with --user, or choose another "
			 "endpoint)";
	snprintf(error, size, "%s: %s%s", text,
	    why != NULL ? why : strerror(errno), why != NULL ? "" : advice);
	return FAILED;
}

static int
set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

static void
name_tcp(struct listener *l)
{
	char text[RSP_SOCKADDR_TEXT];
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct rsp_address a;
	uint16_t port;

	if (getsockname(l->fd, (struct sockaddr *)&ss, &len) != 0 ||
	    !rsp_sockaddr_get((struct sockaddr *)&ss, len, &a, &port))
		return;
	snprintf(l->text, sizeof(l->text), "tcp://%s",
	    rsp_hostport_text(&a, port, text));
	l->loopback = rsp_address_is_loopback(&a);
	l->bound.type = RSP_PARAM_TCP;
	l->bound.port = port;
	l->bound.n_addresses = 1;
	l->bound.addresses[0] = a;
}

static int
open_tcp(struct listener *l, const struct rsp_address *a, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = rsp_sockaddr_put(&ss, a, port);

	l->scheme = RSP_TCP;
	l->fd =
	    socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return -1;
	/* each family by its own endpoint, so that a wildcard of both can be
	 * given and no address comes mapped */
	if (a->family == 6)
		set(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	set(l->fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(l->fd, (struct sockaddr *)&ss, len) != 0)
		return -1;
	name_tcp(l);
	return 0;
}

/* Is it a socket that nobody serves?  Otherwise errno says what stands in the
 * way. */
static bool
is_dead(const struct sockaddr_un *un, socklen_t len)
{
	struct stat st;
	bool dead;
	int fd;

	if (lstat(un->sun_path, &st) != 0)
		return false;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return false;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	dead = connect(fd, (const struct sockaddr *)un, len) != 0 &&
	       errno == ECONNREFUSED;
	close(fd);
	errno = EADDRINUSE;
	return dead;
}

/* To connect takes the right to write.  Who may is for the directory to say, as
 * with a port: a registrar that root has started is there for all. */
static int
bind_for_all(int fd, const struct sockaddr_un *un, socklen_t len)
{
	mode_t old = umask(0111);
	int r = bind(fd, (const struct sockaddr *)un, len);

	umask(old);
	return r;
}

static int
bind_and_listen(int fd, const struct sockaddr_un *un, socklen_t len)
{
	int r = bind_for_all(fd, un, len);

	if (r != 0 && errno == EADDRINUSE && is_dead(un, len) &&
	    unlink(un->sun_path) == 0) {
		log_info("socket of a dead process replaced: path=%s",
		    un->sun_path);
		r = bind_for_all(fd, un, len);
	}
	return r == 0 ? listen(fd, SOMAXCONN) : r;
}

/* Whoever may read the directory may lock it, too, and need not let go. */
static void
lock_for_a_while(int fd)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };

	for (int i = 0; i < LOCK_PAUSES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			return;
		nanosleep(&pause, NULL);
	}
}

/* Of two registrars that start at once both could find an old socket dead, and
 * one remove what the other has just made: hence a lock on the directory. */
static int
bind_path(int fd, const struct sockaddr_un *un, socklen_t len)
{
	const char *slash = strrchr(un->sun_path, '/');
	char dir[sizeof(un->sun_path)];
	int lock, r, saved;

	snprintf(dir, sizeof(dir), "%.*s",
	    slash > un->sun_path ? (int)(slash - un->sun_path) : 1,
	    un->sun_path);
	lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock >= 0)
		lock_for_a_while(lock);
	r = bind_and_listen(fd, un, len);
	saved = errno;
	if (lock >= 0)
		close(lock);
	errno = saved;
	return r;
}

static int
open_unix(struct listener *l, const struct rsp_endpoint *e)
{
	struct sockaddr_storage ss;
	socklen_t len = rsp_endpoint_sockaddr(e, 0, &ss);
	struct stat st;

	l->scheme = RSP_UNIX;
	l->loopback = true;
	snprintf(l->text, sizeof(l->text), "unix://%s", e->name);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0 || bind_path(l->fd, (struct sockaddr_un *)&ss, len) != 0)
		return -1;
	memcpy(l->path, ((struct sockaddr_un *)&ss)->sun_path, sizeof(l->path));
	if (lstat(l->path, &st) == 0) {
		l->dev = st.st_dev;
		l->ino = st.st_ino;
	}
	return 0;
}

static struct listener *
next(struct listeners *ls)
{
	struct listener *l = &ls->at[ls->n];

	memset(l, 0, sizeof(*l));
	l->fd = -1;
	return l;
}

static void
undo(struct listener *l)
{
	int saved = errno;

	if (l->fd >= 0)
		close(l->fd);
	errno = saved;
}

static int
open_sctp(struct listener *l, const struct rsp_endpoint *e)
{
	struct rsp_endpoint found = *e;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct rsp_address a;

	l->scheme = RSP_SCTP;
	l->fd = sctp_open(e);
	if (l->fd < 0)
		return -1;
	if (getsockname(l->fd, (struct sockaddr *)&ss, &len) == 0)
		rsp_sockaddr_get((struct sockaddr *)&ss, len, &a, &found.port);
	found.name[0] = '\0';
	rsp_endpoint_text(&found, l->text);
	l->loopback = true;
	l->bound.type = RSP_PARAM_SCTP;
	l->bound.port = found.port;
	for (unsigned i = 0; i < e->n_hosts; i++) {
		if (!rsp_address_is_loopback(&e->hosts[i]))
			l->loopback = false;
		l->bound.addresses[l->bound.n_addresses++] = e->hosts[i];
	}
	return 0;
}

static int
open_one(struct listener *l, const struct rsp_endpoint *e, unsigned host)
{
	switch (e->scheme) {
	case RSP_TCP:
		return open_tcp(l, &e->hosts[host], e->port);
	case RSP_SCTP:
		return open_sctp(l, e);
	case RSP_UNIX:
	case RSP_MULTICAST: /* no endpoint comes to that */
		break;
	}
	return open_unix(l, e);
}

/* An SCTP socket that could not be had because there is no SCTP. */
static int
complain_sctp(char *error, size_t size, const struct rsp_endpoint *e)
{
	complain(error, size, e->text,
	    rsp_sctp_in_kernel() ? "built without SCTP"
				 : "the kernel has no SCTP");
	return USAGE;
}

int
listeners_add(struct listeners *ls, enum rsp_protocol protocol,
    const struct rsp_endpoint *e, char *error, size_t size)
{
	struct rsp_endpoint found = *e;
	struct listener *l;
	unsigned n;

	if (rsp_endpoint_resolve(&found) != RSP_OK)
		return complain(error, size, e->text, "no such host");
	n = e->scheme == RSP_TCP ? found.n_hosts : 1;
	for (unsigned i = 0; i < n; i++) {
		if (ls->n == LISTENERS_MAX)
			return complain(error, size, e->text,
			    "too many addresses");
		l = next(ls);
		l->protocol = protocol;
		if (open_one(l, &found, i) != 0) {
			undo(l);
			if (e->scheme == RSP_SCTP && rsp_sctp_is_missing(errno))
				return complain_sctp(error, size, e);
			return complain(error, size, e->text, NULL);
		}
		ls->n++;
	}
	return OK;
}

/* One of the default endpoints could not be bound: may it be left out?  Says
 * so, then. */
static bool
may_be_missing(enum rsp_protocol protocol, const struct rsp_endpoint *e,
    const char *error)
{
	if (e->scheme == RSP_SCTP && rsp_sctp_is_missing(errno)) {
		log_debug("left out: %s", error);
		return true;
	}
	if (e->hosts[0].family == 6 &&
	    (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT)) {
		if (e->scheme == RSP_TCP)
			log_info("left out, the host has no IPv6 loopback: "
				 "endpoint=%s",
			    e->text);
		return true;
	}
	if (protocol == RSP_ENRP && errno == EADDRINUSE) {
		log_info("ENRP is not served there: %s", error);
		return true;
	}
	return false;
}

int
listeners_add_default(struct listeners *ls, enum rsp_protocol protocol,
    char *error, size_t size)
{
	static const char *const texts[] = { "tcp://127.0.0.1", "tcp://[::1]",
		"sctp://127.0.0.1", "sctp://[::1]" };
	uint16_t port = protocol == RSP_ASAP ? RSP_PORT_ASAP : RSP_PORT_ENRP;
	char text[RSP_ENDPOINT_TEXT];
	struct rsp_endpoint e;
	const char *why;
	int status;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		rsp_endpoint_parse(texts[i], port, &e, &why);
		rsp_endpoint_text(&e, text);
		snprintf(e.text, sizeof(e.text), "%.100s", text);
		status = listeners_add(ls, protocol, &e, error, size);
		if (status != OK && !may_be_missing(protocol, &e, error))
			return status;
	}
	return OK;
}

int
listeners_listen(struct listeners *ls, enum rsp_protocol protocol, char *error,
    size_t size)
{
	for (unsigned i = 0; i < ls->n; i++) {
		struct listener *l = &ls->at[i];

		if (l->listening || l->protocol != protocol)
			continue;
		if (l->scheme != RSP_UNIX &&
		    listen(l->fd,
			l->scheme == RSP_SCTP ? SCTP_BACKLOG : SOMAXCONN) != 0)
			return complain(error, size, l->text, NULL);
		l->listening = true;
	}
	return OK;
}

void
listeners_close(struct listeners *ls)
{
	struct stat st;

	for (unsigned i = 0; i < ls->n; i++) {
		struct listener *l = &ls->at[i];

		if (l->path[0] != '\0' && lstat(l->path, &st) == 0 &&
		    st.st_dev == l->dev && st.st_ino == l->ino &&
		    unlink(l->path) != 0)
			log_warn("socket stays: path=%s", l->path);
		close(l->fd);
	}
	ls->n = 0;
}

static int
accept_sctp(const struct listener *l, struct origin *from)
{
	struct rsp_transport remote;
	int fd = sctp_accept(l->fd, &from->association);

	if (fd < 0)
		return -1;
	if (!sctp_remote(fd, &remote)) {
		close(fd); /* it has gone meanwhile */
		errno = ECONNABORTED;
		return -1;
	}
	from->address = remote.addresses[0];
	from->port = remote.port;
	return fd;
}

/* Users that are not of this user namespace all look like one. */
static void
get_user(int fd, struct origin *from)
{
	struct ucred c;
	socklen_t len = sizeof(c);

	from->has_uid =
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &len) == 0 &&
	    c.uid != UNMAPPED_USER;
	if (from->has_uid)
		from->uid = c.uid;
}

int
listener_accept(const struct listener *l, struct origin *from)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd;

	memset(from, 0, sizeof(*from));
	if (l->scheme == RSP_SCTP)
		return accept_sctp(l, from);
	fd = accept4(l->fd, (struct sockaddr *)&ss, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0 && l->scheme == RSP_TCP)
		rsp_sockaddr_get((struct sockaddr *)&ss, len, &from->address,
		    &from->port);
	if (fd >= 0 && l->scheme == RSP_UNIX)
		get_user(fd, from);
	return fd;
}

void
listener_tune(int fd, enum rsp_scheme scheme, int64_t keep_alive_ms)
{
	int idle = (int)((keep_alive_ms + 999) / 1000);

	if (scheme == RSP_SCTP)
		sctp_tune(fd, keep_alive_ms);
	if (scheme != RSP_TCP)
		return;
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set(fd, SOL_SOCKET, SO_KEEPALIVE, keep_alive_ms > 0);
	/* gone after twice the silence, whether or not something of ours is
	 * under way (with TCP_USER_TIMEOUT the probes end by it, too) */
	set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 2 * (int)keep_alive_ms);
	if (keep_alive_ms == 0)
		return;
	set(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle);
	set(fd, IPPROTO_TCP, TCP_KEEPINTVL, (idle + 3) / 4);
	set(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
}
