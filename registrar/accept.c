/* SPDX-License-Identifier: Apache-2.0 */
/* accept.c - new clients: those that come, and those that were called */
#include "registrar/accept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "registrar/client_io.h"
#include "registrar/sctp.h"
#include "registrar/server.h"
#include "registrar/turn.h"
#include "rsp/core/base/error.h"
#include "rsp/net/sctp.h"

/* New connections per turn and listener. */
#define ACCEPT_BATCH 64

/* Pause when the kernel has no memory for a new connection. */
#define ACCEPT_PAUSE_MS 100

/* A stranger has this long for its first word before it may have to give way:
 * else a crowd that comes and comes would push everybody out unheard. */
#define STRANGER_GRACE_MS 100

enum room { ROOM, LATER, NONE };

/* Makes room for a newcomer: at once, for it is not the client at hand.  LATER:
 * newcomers wait in the kernel's queue until then. */
static enum room
make_room(struct server *s)
{
	struct client *g = clients_least(&s->clients);
	rsp_time until;

	if (g == NULL)
		return NONE;
	until = rsp_time_add(g->owing_since, STRANGER_GRACE_MS);
	if (g->role == STRANGER && !rsp_time_reached(until, s->now)) {
		turn_accept_again_at(s, until);
		return LATER;
	}
	if (g->end == NULL)
		g->end = "gives way to a newer one";
	g->cut = true;
	turn_close(g);
	return ROOM;
}

static void
refuse(struct server *s, const struct origin *from, int fd, const char *why)
{
	char text[RSP_SOCKADDR_TEXT];

	if (log_pass(&s->refusal_lines, s->now))
		log_warnx("connection refused: from=%s reason=\"%s\"",
		    from->address.family == 0
			? "unix"
			: rsp_hostport_text(&from->address, from->port, text),
		    why);
	close(fd);
}

/* No descriptor, and nobody to dismiss: the one in reserve takes the newcomer
 * off the queue, which would otherwise wake us for ever. */
static void
turn_away(struct server *s, const struct listener *l)
{
	struct origin from;
	int fd;

	close(s->reserve);
	fd = listener_accept(l, &from);
	if (fd >= 0)
		refuse(s, &from, fd,
		    "no descriptor is left, raise the limit (ulimit -n)");
	s->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* false: no more for now. */
static bool
accept_failed(struct server *s, const struct listener *l)
{
	enum room room;

	switch (errno) {
	case EAGAIN:
		return false;
	case EMFILE:
	case ENFILE:
		room = make_room(s);
		if (room == NONE)
			turn_away(s, l);
		return room != LATER;
	case ECONNABORTED: /* the newcomer's own trouble */
	case EINTR:
	case EPERM: /* a packet filter's */
	case EPROTO:
	case EOPNOTSUPP:
	case ENETDOWN:
	case ENETUNREACH:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case ENONET:
	case ENOPROTOOPT:
		return true;
	default: /* ours: asking again at once would be a loop */
		log_warn("no new connections for a moment");
		turn_accept_again_at(s, rsp_time_add(s->now, ACCEPT_PAUSE_MS));
		return false;
	}
}

/* An association that is over has no addresses; what it had to say may still be
 * there, and comes from where it came from. */
static void
set_remote(struct rsp_assoc_info *info, enum rsp_scheme scheme, int fd,
    const struct origin *from)
{
	struct rsp_transport *remote = &info->remote;

	info->has_uid = from->has_uid;
	info->uid = from->uid;
	info->trusted =
	    from->has_uid && (from->uid == 0 || from->uid == geteuid());
	info->local =
	    scheme == RSP_UNIX || rsp_address_is_loopback(&from->address);
	if (scheme == RSP_UNIX)
		return;
	if (scheme == RSP_SCTP && sctp_remote(fd, remote))
		return;
	remote->type = scheme == RSP_SCTP ? RSP_PARAM_SCTP : RSP_PARAM_TCP;
	remote->port = from->port;
	remote->n_addresses = 1;
	remote->addresses[0] = from->address;
}

/* A new client, or NULL: out of memory. */
static struct client *
admit(struct server *s, enum rsp_scheme scheme, int fd,
    const struct origin *from, struct rsp_assoc_info *info)
{
	struct client *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	set_remote(info, scheme, fd, from);
	connection_init(&g->stream, fd, scheme == RSP_SCTP);
	g->stream.ppid =
	    info->protocol == RSP_ENRP ? RSP_PPID_ENRP : RSP_PPID_ASAP;
	g->server = s;
	g->from = *from;
	g->protocol = info->protocol;
	g->counted = info->connecting == 0;
	rsp_list_init(&g->touched);
	rsp_list_init(&g->reading);
	clients_add(&s->clients, g, s->now,
	    info->connecting == 0 ? STRANGER : PEER);
	g->assoc = rsp_registry_open(s->registry, s->now, info, g);
	if (g->assoc == NULL) {
		clients_remove(&s->clients, g);
		free(g);
		return NULL;
	}
	ev_io_init(&g->reader, turn_on_readable, fd, EV_READ);
	ev_io_init(&g->writer, turn_on_writable, fd, EV_WRITE);
	g->reader.data = g->writer.data = g;
	ev_io_start(s->loop, &g->reader);
	/* what it has said meanwhile is not to wait for another turn */
	rsp_list_add(&s->reading, &g->reading);
	turn_drain(s);
	return g;
}

/* `first`: the loop has said that somebody is there, so who gives way does not
 * do so for nobody. */
static bool
accept_one(struct server *s, const struct listener *l, bool first)
{
	struct rsp_assoc_info info = { .protocol = l->protocol };
	int64_t max = s->config.max_connections;
	enum room room = ROOM;
	struct origin from;
	int fd;

	if (max > 0 && s->clients.n >= max) {
		room = first ? make_room(s) : LATER;
		if (room == LATER)
			return false;
	}
	fd = listener_accept(l, &from);
	if (fd < 0 && errno == ECONNREFUSED) {
		dial_came(s, from.association, -1);
		return true;
	}
	if (fd < 0)
		return accept_failed(s, l);
	if (l->scheme == RSP_SCTP && dial_came(s, from.association, fd))
		return true;
	if (room == NONE)
		refuse(s, &from, fd, "max-connections is reached");
	else if (quota_take(&s->clients.quota, &from.address,
		     s->config.max_connections_per_address) != RSP_OK)
		refuse(s, &from, fd, "max-connections-per-address is reached");
	else if (admit(s, l->scheme, fd, &from, &info) == NULL) {
		quota_drop(&s->clients.quota, &from.address);
		close(fd);
	}
	return true;
}

void
accept_ready(struct ev_loop *loop, ev_io *w, int events)
{
	struct server *s = w->data;

	(void)loop;
	(void)events;
	s->callers |= UINT64_C(1) << (w - s->accepting);
}

static void
accept_from(struct server *s, const struct listener *l)
{
	for (int i = 0; i < ACCEPT_BATCH; i++)
		if (!accept_one(s, l, i == 0))
			return;
	s->backlog = true;
}

void
accept_callers(struct server *s)
{
	for (unsigned i = 0; s->callers != 0; i++, s->callers >>= 1)
		if ((s->callers & 1) != 0 && s->accept_again == RSP_NEVER)
			accept_from(s, &s->listeners.at[i]);
}

void
accept_called(struct server *s, const struct dialled *d)
{
	struct rsp_assoc_info info = { .protocol = d->protocol,
		.connecting = d->connecting };

	if (d->fd < 0)
		rsp_registry_failed(s->registry, s->now, d->connecting);
	else if (admit(s, d->scheme, d->fd, &d->from, &info) == NULL) {
		close(d->fd);
		rsp_registry_failed(s->registry, s->now, d->connecting);
	}
	turn_drain(s);
}
