/* SPDX-License-Identifier: Apache-2.0 */
/* client_io.c - what is written to a client, and marks on one that has to go
 *
 * Nobody is closed in the middle of something: a client that has to go is
 * marked, and goes when the turn ends, so that the one at hand stays until
 * then.
 */
#include "registrar/client_io.h"

#include <string.h>

#include "registrar/server.h"
#include "rsp/core/base/error.h"

/* Output at which a connection is read from no further until it is out: who
 * asks faster than it listens waits for itself. */
#define HIGH_WATER 65536

/* Bytes of output: a part of a handlespace, and some. */
#define CLOGGED 65536

const char *
client_io_origin(const struct client *g, char text[RSP_SOCKADDR_TEXT])
{
	if (g->from.address.family == 0)
		return strcpy(text, "unix");
	return rsp_hostport_text(&g->from.address, g->from.port, text);
}

void
client_io_touch(struct client *g)
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
	rsp_list_remove(&g->reading);
	/* from the list of those to wake, too */
	rsp_list_remove(&g->touched);
	client_io_touch(g);
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

/* Whoever has been a peer once stays one: it is hung up by the registry. */
static bool
is_peer(const struct client *g)
{
	return g->role == PEER || rsp_assoc_is_peer(g->assoc);
}

void
client_io_send(struct client *g, struct rsp_span message)
{
	struct server *s = g->server;
	int err;

	if (g->cut)
		return; /* nothing of it is written any more */
	err = connection_send(&g->stream, message,
	    (size_t)(is_peer(g) ? s->config.max_pending_peer_output
				: s->config.max_pending_output));
	clients_output(&s->clients, g);
	if (err == RSP_ELIMIT)
		client_io_cut(g, "reads too slowly");
	else if (err != RSP_OK)
		client_io_cut(g, rsp_strerror(err));
	else
		client_io_touch(g);
}

/* Two peers with much to say to each other would both stop reading for ever:
 * there the limit of what may wait is all. */
bool
client_io_is_full(const struct client *g)
{
	return !is_peer(g) && connection_waiting(&g->stream) >= HIGH_WATER;
}

enum role
client_io_role(const struct client *g)
{
	if (is_peer(g))
		return PEER;
	return rsp_assoc_elements(g->assoc) > 0 ? ELEMENT : USER;
}

bool
client_io_is_clogged(void *ctx, void *user)
{
	const struct client *g = user;

	(void)ctx;
	return connection_waiting(&g->stream) >= CLOGGED;
}

bool
client_io_is_ending(void *ctx, void *user)
{
	const struct client *g = user;

	(void)ctx;
	return connection_is_ending(&g->stream);
}
