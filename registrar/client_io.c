/* SPDX-License-Identifier: Apache-2.0 */
/* client_io.c - the life of a connection: accepted, read, served, written,
 * closed
 *
 * Nobody is closed in the middle of something: whoever has to go is marked, and
 * goes when the turn ends, so that a client at hand stays one until then.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "registrar/sctp.h"
#include "registrar/server.h"
#include "rsp/core/base/error.h"

/* Output at which a connection is read from no further until it is out: who
 * asks faster than it listens waits for itself. */
#define HIGH_WATER 65536

/* SCTP messages per turn and association. */
#define READ_BATCH 64

/* New connections per turn and listener. */
#define ACCEPT_BATCH 64

/* Pause when the kernel has no memory for a new connection. */
#define ACCEPT_PAUSE_MS 100

/* A stranger has this long for its first word before it may have to give way:
 * else a crowd that comes and comes would push everybody out unheard. */
#define STRANGER_GRACE_MS 100

const char *
client_io_origin(const struct client *g, char text[RSP_SOCKADDR_TEXT])
{
	if (g->from.address.family == 0)
		return strcpy(text, "unix");
	return rsp_hostport_text(&g->from.address, g->from.port, text);
}

static void
touch(struct client *g)
{
	if (rsp_list_is_empty(&g->touched))
		rsp_list_add(&g->server->touched, &g->touched);
}

static void
mark_end(struct client *g, const char *why, bool cut)
{
	struct server *s = g->server;

	if (g->end == NULL)
		g->end = why;
	g->cut = g->cut || cut;
	ev_io_stop(s->loop, &g->reader);
	/* from the list of those to wake, too */
	rsp_list_remove(&g->touched);
	touch(g);
}

void
client_io_finish(struct client *g, const char *why)
{
	mark_end(g, why, false);
}

void
client_io_cut(struct client *g, const char *why)
{
	mark_end(g, why, true);
}

void
client_io_send(struct client *g, struct rsp_span message)
{
	const struct config *c = &g->server->config;
	int err = connection_send(&g->stream, message,
	    (size_t)(g->role == PEER ? c->max_pending_peer_output
				     : c->max_pending_output));

	if (err == RSP_ELIMIT)
		client_io_cut(g, "reads too slowly");
	else if (err != RSP_OK)
		client_io_cut(g, rsp_strerror(err));
	else
		touch(g);
}

/* Two peers with much to say to each other would both stop reading for ever:
 * there the limit of what may wait is all. */
static bool
is_full(const struct client *g)
{
	return g->role != PEER && connection_waiting(&g->stream) >= HIGH_WATER;
}

void
client_io_is_peer(struct client *g)
{
	clients_heard(&g->server->clients, g, g->server->now, PEER);
}

static enum role
role_now(const struct client *g)
{
	if (g->role == PEER)
		return PEER;
	return rsp_assoc_elements(g->assoc) > 0 ? ELEMENT : USER;
}

static void
serve(struct client *g)
{
	struct server *s = g->server;
	struct rsp_span message;
	bool heard = false;
	int got = 0, err;

	while (g->end == NULL && !is_full(g)) {
		got = connection_next(&g->stream,
		    (size_t)s->config.max_message_size, &message);
		if (got <= 0)
			break;
		err =
		    rsp_registry_input(s->registry, s->now, g->assoc, message);
		server_drain(s);
		heard = heard || err == RSP_OK;
		/* SCTP knows where the next message begins, a stream does not
		 */
		if (err != RSP_OK && !g->stream.sctp)
			client_io_finish(g, rsp_strerror(err));
	}
	if (got < 0)
		client_io_finish(g,
		    got == RSP_ELIMIT ? "message too long" : "no message");
	if (connection_keep(&g->stream) != RSP_OK)
		client_io_cut(g, rsp_strerror(RSP_ENOMEM));
	/* stopped by its own output, not for want of a message */
	g->held = got >= 0 && is_full(g) && g->stream.unread.len > 0;
	if (heard)
		clients_heard(&s->clients, g, s->now, role_now(g));
	clients_owes(&s->clients, g, s->now,
	    g->stream.unread.len > 0 && !g->held);
	if (g->held)
		ev_io_stop(s->loop, &g->reader);
	else if (g->stream.ended)
		client_io_finish(g, "closed by the far end");
}

/* A reset is how rsp-register hangs up, and nothing to write home about. */
static void
broken(struct client *g, int err)
{
	const char *why =
	    err == RSP_ESTATE ? strerrordesc_np(errno) : rsp_strerror(err);

	g->stream.ended =
	    err == RSP_ESTATE && (errno == ECONNRESET || errno == EPIPE);
	client_io_cut(g, why);
}

/* SCTP gives one message at a time, TCP all there are. */
static void
on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	struct client *g = w->data;
	int err, reads = g->stream.sctp ? READ_BATCH : 1;
	size_t had;

	(void)loop;
	(void)events;
	for (int i = 0; i < reads && g->end == NULL && !g->held; i++) {
		had = g->stream.unread.len;
		err = connection_read(&g->stream, g->server->shared);
		if (err != RSP_OK) {
			broken(g, err);
			return;
		}
		if (g->stream.unread.len == had && !g->stream.ended)
			return;
		serve(g);
	}
}

static void
on_writable(struct ev_loop *loop, ev_io *w, int events)
{
	(void)loop;
	(void)events;
	touch(w->data);
}

/* What the far end did itself is no news to whoever reads the log, nor that one
 * of two connections with a peer has to go. */
static void
tell_end(struct client *g)
{
	struct server *s = g->server;
	char from[RSP_SOCKADDR_TEXT];

	client_io_origin(g, from);
	if (g->stream.ended || (g->protocol == RSP_ENRP && !g->cut))
		log_debug("connection closed: from=%s", from);
	else if (log_pass(&s->guest_lines, s->now))
		log_info("connection ended: from=%s reason=\"%s\"", from,
		    g->end);
}

static void
close_client(struct client *g)
{
	struct server *s = g->server;
	struct linger reset = { .l_onoff = 1 };

	tell_end(g);
	ev_io_stop(s->loop, &g->reader);
	ev_io_stop(s->loop, &g->writer);
	clients_remove(&s->clients, g);
	if (g->counted)
		quota_drop(&s->clients.quota, &g->from.address);
	rsp_registry_close(s->registry, s->now, g->assoc);
	server_drain(s); /* events may still name the client */
	rsp_list_remove(&g->touched);
	if (g->cut) /* the kernel shall not keep what is not read either */
		setsockopt(g->stream.fd, SOL_SOCKET, SO_LINGER, &reset,
		    sizeof(reset));
	connection_fini(&g->stream);
	free(g);
}

/* The end of a client's turn. */
static void
settle(struct client *g)
{
	struct server *s = g->server;
	size_t waited = connection_waiting(&g->stream);
	bool waits;

	rsp_list_remove(&g->touched);
	if (!g->cut && connection_flush(&g->stream) != RSP_OK)
		broken(g, RSP_ESTATE);
	waits = connection_waiting(&g->stream) > 0;
	if (g->cut || (g->end != NULL && !waits)) {
		close_client(g);
		return;
	}
	clients_stuck(&s->clients, g, s->now, waits,
	    connection_waiting(&g->stream) < waited);
	rsp_registry_hold(s->registry, g->assoc, waits);
	if (waits)
		ev_io_start(s->loop, &g->writer);
	else
		ev_io_stop(s->loop, &g->writer);
	if (g->held && !waits)
		rsp_list_add(&s->waking, &g->touched);
}

/* Closing one may give others something to say. */
void
client_io_settle(struct server *s)
{
	while (!rsp_list_is_empty(&s->touched))
		settle(RSP_CONTAINER(s->touched.next, struct client, touched));
}

/* Goes on with those whose output was in the way. */
void
client_io_wake(struct server *s)
{
	struct rsp_list list;
	struct client *g;

	rsp_list_init(&list);
	rsp_list_join(&list, &s->waking);
	while (!rsp_list_is_empty(&list)) {
		g = RSP_CONTAINER(list.next, struct client, touched);
		rsp_list_remove(&g->touched);
		touch(g);
		serve(g);
		if (!g->held && g->end == NULL)
			ev_io_start(s->loop, &g->reader);
	}
}

void
client_io_late(struct server *s)
{
	struct client *g;

	while ((g = clients_late(&s->clients, s->now,
		    s->config.message_timeout)) != NULL) {
		if (!rsp_list_is_empty(&g->by_stuck))
			client_io_cut(g, "does not read its answers");
		else if (g->role == STRANGER)
			client_io_cut(g, "no message in time");
		else
			client_io_cut(g, "message not whole in time");
		rsp_list_remove(&g->by_owing);
		rsp_list_remove(&g->by_stuck);
	}
}

void
client_io_close_all(struct server *s)
{
	for (int i = 0; i < ROLES; i++)
		while (!rsp_list_is_empty(&s->clients.role[i])) {
			struct client *g =
			    RSP_CONTAINER(s->clients.role[i].next,
				struct client, by_role);

			connection_flush(&g->stream);
			g->stream.ended = true;
			close_client(g);
		}
}

static void
accept_again_at(struct server *s, rsp_time then)
{
	for (unsigned i = 0; i < s->listeners.n; i++)
		ev_io_stop(s->loop, &s->accepting[i]);
	s->accept_again = then;
}

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
		accept_again_at(s, until);
		return LATER;
	}
	if (g->end == NULL)
		g->end = "gives way to a newer one";
	g->cut = true;
	close_client(g);
	return ROOM;
}

/* An association that is over has no addresses; what it had to say may still be
 * there, and comes from where it came from. */
static void
set_remote(struct rsp_assoc_info *info, enum rsp_scheme scheme, int fd,
    const struct origin *from)
{
	struct rsp_transport *remote = &info->remote;

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
	clients_add(&s->clients, g, s->now,
	    info->connecting == 0 ? STRANGER : PEER);
	g->assoc = rsp_registry_open(s->registry, s->now, info, g);
	if (g->assoc == NULL) {
		clients_remove(&s->clients, g);
		free(g);
		return NULL;
	}
	ev_io_init(&g->reader, on_readable, fd, EV_READ);
	ev_io_init(&g->writer, on_writable, fd, EV_WRITE);
	g->reader.data = g->writer.data = g;
	ev_io_start(s->loop, &g->reader);
	server_drain(s);
	return g;
}

bool
client_io_called(struct server *s, int fd, enum rsp_scheme scheme,
    enum rsp_protocol protocol, const struct origin *from, uint32_t connecting)
{
	struct rsp_assoc_info info = { .protocol = protocol,
		.connecting = connecting };

	if (admit(s, scheme, fd, from, &info) != NULL)
		return true;
	close(fd);
	return false;
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
		accept_again_at(s, rsp_time_add(s->now, ACCEPT_PAUSE_MS));
		return false;
	}
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
client_io_accept(struct ev_loop *loop, ev_io *w, int events)
{
	struct server *s = w->data;
	const struct listener *l = &s->listeners.at[w - s->accepting];

	(void)loop;
	(void)events;
	for (int i = 0; i < ACCEPT_BATCH; i++)
		if (!accept_one(s, l, i == 0))
			return;
}
