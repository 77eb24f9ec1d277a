/* SPDX-License-Identifier: Apache-2.0 */
/* turn.c - one turn of the loop: clients are read from and served, what the
 * registry has to say is carried out, and those that have to go are closed */
#include "registrar/turn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "registrar/client_io.h"
#include "registrar/event_log.h"
#include "registrar/notify.h"
#include "registrar/output.h"
#include "registrar/server.h"
#include "rsp/core/base/error.h"

/* SCTP messages per turn and association. */
#define READ_BATCH 64

void
turn_listen_again(struct server *s)
{
	s->accept_again = RSP_NEVER;
	for (unsigned i = 0; i < s->listeners.n; i++)
		if (s->listeners.at[i].listening)
			ev_io_start(s->loop, &s->accepting[i]);
}

unsigned
turn_count_peers(const struct server *s, unsigned *connected)
{
	struct rsp_peer_view view = { .id = 0 };
	unsigned n = 0;

	*connected = 0;
	for (; rsp_registry_next_peer(s->registry, &view); n++)
		if (view.connected)
			++*connected;
	return n;
}

void
turn_tell_status(struct server *s)
{
	unsigned connected, known = turn_count_peers(s, &connected);
	char text[100];

	snprintf(text, sizeof(text), "STATUS=%s, %u of %u peers connected",
	    rsp_registry_is_serving(s->registry)
		? "serves"
		: "looks for a registrar to learn from",
	    connected, known);
	notify(text);
}

static bool
serves_outside(const struct server *s, enum rsp_protocol protocol)
{
	for (unsigned i = 0; i < s->listeners.n; i++)
		if (s->listeners.at[i].protocol == protocol &&
		    !s->listeners.at[i].loopback)
			return true;
	return false;
}

/* Where this registrar is reached by one protocol: SCTP first, and loopback
 * only if there is nothing else. */
void
turn_set_transports(struct server *s, enum rsp_protocol protocol)
{
	static const uint16_t types[] = { RSP_PARAM_SCTP, RSP_PARAM_TCP };
	struct rsp_transport t[RSP_OWN_TRANSPORTS];
	unsigned n = 0;

	for (int loopback = 0; loopback < 2 && n == 0; loopback++)
		for (int type = 0; type < 2; type++)
			for (unsigned i = 0; i < s->listeners.n; i++) {
				const struct listener *l = &s->listeners.at[i];

				if (n < RSP_OWN_TRANSPORTS &&
				    l->protocol == protocol &&
				    l->loopback == (loopback == 1) &&
				    l->bound.type == types[type])
					host_addresses_name(&s->host_addresses,
					    s->now, &l->bound, &t[n++]);
			}
	rsp_registry_set_transports(s->registry, protocol, t, n);
}

/* "tcp://127.0.0.1:3863, unix:///run/rsp" */
static void
list_endpoints(const struct server *s, enum rsp_protocol protocol, char *text,
    size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < s->listeners.n; i++)
		if (s->listeners.at[i].protocol == protocol)
			at += (size_t)snprintf(text + at, size - at, "%s%s",
			    at > 0 ? ", " : "", s->listeners.at[i].text);
}

static void
say_ready(const struct server *s)
{
	char text[LISTENERS_MAX * sizeof(s->listeners.at->text)];

	list_endpoints(s, RSP_ENRP, text, sizeof(text));
	if (text[0] != '\0')
		log_info("server ID 0x%08x, ENRP on %s", s->id, text);
	list_endpoints(s, RSP_ASAP, text, sizeof(text));
	log_info("ready, ASAP on %s", text);
	notify("READY=1");
}

void
turn_serve(struct server *s)
{
	char error[SERVER_ERROR];

	if (s->serving)
		return;
	s->serving = true;
	if (listeners_listen(&s->listeners, RSP_ASAP, error, sizeof(error)) !=
	    0)
		fatalx(1, "%s", error);
	turn_listen_again(s);
	say_ready(s);
	turn_tell_status(s);
}

/* What the daemon does about an event, beside the log's line. */
static void
react(struct server *s, const struct rsp_out *out)
{
	if (out->event <= RSP_EVENT_REPORT)
		return;
	if (out->event == RSP_EVENT_SERVING)
		turn_serve(s);
	else
		turn_tell_status(s);
}

void
turn_drain(struct server *s)
{
	struct rsp_out out;

	while (rsp_registry_output(s->registry, &out))
		switch (out.kind) {
		case RSP_OUT_SEND:
			client_io_send(out.user, out.bytes);
			output_limit(s);
			break;
		case RSP_OUT_HANGUP:
			client_io_finish(out.user, "ended by the registrar");
			break;
		case RSP_OUT_EVENT:
			event_log(s, &out);
			react(s, &out);
			break;
		case RSP_OUT_CONNECT:
			dial_start(s, &out);
			break;
		case RSP_OUT_ANNOUNCE:
			announce_send(&s->announce[out.protocol],
			    serves_outside(s, out.protocol), out.bytes);
			/* addresses come and go */
			turn_set_transports(s, out.protocol);
			break;
		}
}

void
turn_accept_again_at(struct server *s, rsp_time then)
{
	for (unsigned i = 0; i < s->listeners.n; i++)
		ev_io_stop(s->loop, &s->accepting[i]);
	s->accept_again = then;
}

/* A reset is how rsp-register hangs up, and nothing to write home about. */
static void
broken(struct client *g, int err)
{
	const char *why =
	    err == RSP_ESTATE ? strerrordesc_np(errno) : rsp_strerror(err);

	g->lost = err == RSP_ESTATE;
	g->stream.ended =
	    err == RSP_ESTATE && (errno == ECONNRESET || errno == EPIPE);
	client_io_cut(g, why);
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

void
turn_close(struct client *g)
{
	struct server *s = g->server;
	struct linger reset = { .l_onoff = 1 };

	tell_end(g);
	ev_io_stop(s->loop, &g->reader);
	ev_io_stop(s->loop, &g->writer);
	clients_remove(&s->clients, g);
	if (g->counted)
		quota_drop(&s->clients.quota, &g->from.address);
	if (!g->lost)
		rsp_assoc_end(g->assoc);
	rsp_registry_close(s->registry, s->now, g->assoc);
	turn_drain(s); /* events may still name the client */
	rsp_list_remove(&g->touched);
	rsp_list_remove(&g->reading);
	if (g->cut) /* the kernel shall not keep what is not read either */
		setsockopt(g->stream.fd, SOL_SOCKET, SO_LINGER, &reset,
		    sizeof(reset));
	connection_fini(&g->stream);
	free(g);
}

static void
serve(struct client *g)
{
	struct server *s = g->server;
	struct rsp_span message;
	bool heard = false;
	int got = 0, err;

	while (g->end == NULL && !client_io_is_full(g)) {
		got = connection_next(&g->stream,
		    (size_t)s->config.max_message_size, &message);
		if (got <= 0)
			break;
		err =
		    rsp_registry_input(s->registry, s->now, g->assoc, message);
		turn_drain(s);
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
	g->held = got >= 0 && client_io_is_full(g) && g->stream.unread.len > 0;
	if (heard)
		clients_heard(&s->clients, g, s->now, client_io_role(g));
	clients_owes(&s->clients, g, s->now,
	    g->stream.unread.len > 0 && !g->held);
	if (g->held)
		ev_io_stop(s->loop, &g->reader);
	else if (g->stream.ended) {
		g->lost = true;
		client_io_finish(g, "closed by the far end");
	}
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
	clients_output(&s->clients, g);
	if (g->cut || (g->end != NULL && !waits)) {
		turn_close(g);
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
turn_settle(struct server *s)
{
	while (!rsp_list_is_empty(&s->touched))
		settle(RSP_CONTAINER(s->touched.next, struct client, touched));
}

/* The loop calls whoever became ready last first, so each goes in front of
 * those before. */
void
turn_on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	struct client *g = w->data;

	(void)loop;
	(void)events;
	rsp_list_remove(&g->reading);
	rsp_list_add(g->server->reading.next, &g->reading);
}

/* SCTP gives one message at a time, TCP all there are. */
static void
read_from(struct client *g)
{
	int err, reads = g->stream.sctp ? READ_BATCH : 1;
	size_t had, got;

	for (int i = 0; i < reads && g->end == NULL && !g->held; i++) {
		had = g->stream.unread.len;
		err = connection_read(&g->stream, g->server->shared);
		if (err != RSP_OK) {
			broken(g, err);
			return;
		}
		got = g->stream.unread.len - had;
		if (got == 0 && !g->stream.ended)
			return;
		serve(g);
		if (got == CONNECTION_READ_SIZE || i + 1 == READ_BATCH)
			g->server->backlog = true;
	}
}

void
turn_read(struct server *s)
{
	while (!rsp_list_is_empty(&s->reading)) {
		struct client *g =
		    RSP_CONTAINER(s->reading.next, struct client, reading);

		rsp_list_remove(&g->reading);
		if (g->end == NULL && !g->held)
			read_from(g);
	}
}

void
turn_on_writable(struct ev_loop *loop, ev_io *w, int events)
{
	(void)loop;
	(void)events;
	client_io_touch(w->data);
}

/* Goes on with those whose output was in the way. */
void
turn_wake(struct server *s)
{
	struct rsp_list list;
	struct client *g;

	rsp_list_init(&list);
	rsp_list_join(&list, &s->waking);
	while (!rsp_list_is_empty(&list)) {
		g = RSP_CONTAINER(list.next, struct client, touched);
		rsp_list_remove(&g->touched);
		client_io_touch(g);
		serve(g);
		if (!g->held && g->end == NULL)
			ev_io_start(s->loop, &g->reader);
	}
}

void
turn_end_late(struct server *s)
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
turn_close_all(struct server *s)
{
	for (int i = 0; i < ROLES; i++)
		while (!rsp_list_is_empty(&s->clients.role[i])) {
			struct client *g =
			    RSP_CONTAINER(s->clients.role[i].next,
				struct client, by_role);

			connection_flush(&g->stream);
			g->stream.ended = true;
			turn_close(g);
		}
}
