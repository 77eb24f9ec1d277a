/* SPDX-License-Identifier: Apache-2.0 */
/* dial.c - attempts: a lookup if need be, then socket after socket */
#include "registrar/dial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "registrar/sctp.h"
#include "registrar/server.h"
#include "rsp/net/sctp.h"
#include "rsp/core/base/error.h"

struct attempt {
	struct rsp_list all;
	struct server *server;
	uint32_t connecting;
	enum rsp_protocol protocol;
	struct configured_peer
	    *configured_peer; /* NULL: a transport was given */
	struct rsp_endpoint endpoint;
	unsigned tried; /* hosts */
	rsp_time deadline;
	int fd;			     /* -1: none yet */
	const struct listener *from; /* NULL, or whose socket calls */
	uint32_t association;
	int why;       /* errno of the last failure, or one of lookup.h's */
	ev_io watcher; /* of the lookup, then of the socket */
	ev_timer timer;
};

void
dials_init(struct dials *d, dialled_fn *done)
{
	d->done = done;
	rsp_list_init(&d->attempts);
	rsp_list_init(&d->configured_peers);
	d->last_number = 0;
}

static void
hang_up(struct attempt *a)
{
	ev_io_stop(a->server->loop, &a->watcher);
	if (a->from != NULL)
		sctp_hang_up(a->from->fd, a->association);
	a->from = NULL;
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
}

static void
end(struct attempt *a)
{
	hang_up(a);
	ev_timer_stop(a->server->loop, &a->timer);
	rsp_list_remove(&a->all);
	free(a);
}

void
dials_fini(struct dials *d)
{
	while (!rsp_list_is_empty(&d->attempts))
		end(RSP_CONTAINER(d->attempts.next, struct attempt, all));
	while (!rsp_list_is_empty(&d->configured_peers)) {
		struct configured_peer *n =
		    RSP_CONTAINER(d->configured_peers.next,
			struct configured_peer, all);

		lookup_fini(&n->lookup);
		rsp_list_remove(&n->all);
		free(n);
	}
}

/* "tcp://192.0.2.1:9901" */
static const char *
name(const struct attempt *a, char text[RSP_ENDPOINT_TEXT])
{
	return rsp_endpoint_text(&a->endpoint, text);
}

static void
failed(struct attempt *a)
{
	struct server *s = a->server;
	char text[RSP_ENDPOINT_TEXT];
	struct dialled d = { .fd = -1, .connecting = a->connecting };

	if (a->configured_peer != NULL && !a->configured_peer->unreachable) {
		a->configured_peer->unreachable = true;
		log_info("peer cannot be reached: endpoint=%s reason=\"%s\"",
		    a->configured_peer->endpoint.text, lookup_strerror(a->why));
	} else
		log_debug("call failed: protocol=%s to=%s reason=\"%s\"",
		    a->protocol == RSP_ENRP ? "ENRP" : "ASAP", name(a, text),
		    lookup_strerror(a->why));
	end(a);
	s->dials.done(s, &d);
}

static void
succeeded(struct attempt *a)
{
	struct server *s = a->server;
	struct dialled d = { .fd = a->fd,
		.connecting = a->connecting,
		.protocol = a->protocol,
		.scheme = a->endpoint.scheme,
		.from = { .port = a->endpoint.port } };

	if (a->endpoint.scheme == RSP_TCP)
		d.from.address = a->endpoint.hosts[a->tried - 1];
	else if (a->endpoint.scheme == RSP_SCTP)
		d.from.address = a->endpoint.hosts[0];
	if (a->configured_peer != NULL)
		a->configured_peer->unreachable = false;
	listener_tune(d.fd, a->endpoint.scheme, s->config.tcp_keep_alive);
	a->fd = -1;
	ev_io_stop(s->loop, &a->watcher);
	end(a);
	s->dials.done(s, &d);
}

static unsigned
turns(const struct rsp_endpoint *e)
{
	return e->scheme == RSP_TCP ? e->n_hosts : 1;
}

/* Up to now, a share of the time that is left for each host that is left. */
static void
set_timer(struct attempt *a)
{
	int64_t left = rsp_time_left(a->deadline, a->server->now);
	unsigned hosts = turns(&a->endpoint) - a->tried + 1;

	ev_timer_stop(a->server->loop, &a->timer);
	ev_timer_set(&a->timer, (double)left / 1000 / hosts, 0);
	ev_timer_start(a->server->loop, &a->timer);
}

static int
new_socket(const struct rsp_endpoint *e, int family)
{
	int fd;

	if (e->scheme != RSP_SCTP)
		return socket(family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	fd = rsp_sctp_socket(e);
	if (fd < 0)
		errno = -fd;
	return fd < 0 ? -1 : fd;
}

static bool
suits(const struct listener *l, const struct rsp_address *a)
{
	const struct rsp_address *own = &l->bound.addresses[0];

	return l->listening && l->protocol == RSP_ENRP &&
	       l->scheme == RSP_SCTP && own->family == a->family &&
	       (l->loopback == rsp_address_is_loopback(a) ||
		   rsp_address_is_wildcard(own));
}

/* A peer over SCTP is called from the port where it would call this one. */
static int
call_from_listener(struct attempt *a)
{
	const struct listeners *ls = &a->server->listeners;

	for (unsigned i = 0; i < ls->n; i++)
		if (suits(&ls->at[i], &a->endpoint.hosts[0])) {
			int err = sctp_call(ls->at[i].fd, &a->endpoint,
			    &a->association);

			if (err == 0)
				a->from = &ls->at[i];
			return err;
		}
	return EPROTONOSUPPORT;
}

/* 0: connected or on the way; else errno. */
static int
begin_connect(struct attempt *a)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int err = 0;

	if (a->endpoint.scheme == RSP_SCTP && a->protocol == RSP_ENRP) {
		err = call_from_listener(a);
		if (err != EPROTONOSUPPORT) {
			a->tried++;
			return err;
		}
	}
	len = rsp_endpoint_sockaddr(&a->endpoint, a->tried++, &ss);
	a->fd = new_socket(&a->endpoint, ss.ss_family);
	if (a->fd < 0)
		return errno;
	if (a->endpoint.scheme == RSP_SCTP)
		err = -rsp_sctp_connect(a->fd, &a->endpoint);
	else if (connect(a->fd, (struct sockaddr *)&ss, len) != 0)
		err = errno;
	return err == EINPROGRESS ? 0 : err;
}

/* The next host that does not fail at once.  None: the timer says so, in a turn
 * of its own. */
static void
connect_next(struct attempt *a)
{
	hang_up(a);
	while (a->tried < turns(&a->endpoint)) {
		a->why = begin_connect(a);
		if (a->why == 0) {
			a->why = ETIMEDOUT;
			if (a->from == NULL) {
				ev_io_set(&a->watcher, a->fd, EV_WRITE);
				ev_io_start(a->server->loop, &a->watcher);
			}
			set_timer(a);
			return;
		}
		hang_up(a);
	}
	a->deadline = a->server->now;
	set_timer(a);
}

static void
take_lookup(struct attempt *a)
{
	int err = lookup_take(&a->configured_peer->lookup, &a->endpoint);

	if (err == LOOKUP_PENDING)
		return;
	ev_io_stop(a->server->loop, &a->watcher);
	if (err != 0) {
		a->why = err;
		failed(a);
		return;
	}
	connect_next(a);
}

static void
on_ready(struct ev_loop *loop, ev_io *w, int events)
{
	struct attempt *a = w->data;
	int err = 0;
	socklen_t len = sizeof(err);

	(void)loop;
	(void)events;
	if (a->fd < 0) {
		take_lookup(a);
		return;
	}
	if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
		err = errno;
	if (err == 0) {
		succeeded(a);
		return;
	}
	a->why = err;
	if (a->tried < turns(&a->endpoint))
		connect_next(a);
	else
		failed(a);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
	struct attempt *a = w->data;

	(void)loop;
	(void)events;
	if (a->tried > 0 && a->tried < turns(&a->endpoint) &&
	    !rsp_time_reached(a->deadline, a->server->now))
		connect_next(a);
	else
		failed(a);
}

static void
begin(struct attempt *a)
{
	struct configured_peer *n = a->configured_peer;
	int err = n != NULL ? lookup_begin(&n->lookup, &a->endpoint) : 0;

	if (err == 0) {
		connect_next(a);
		return;
	}
	a->why = err;
	a->tried = 0;
	if (err != LOOKUP_PENDING)
		a->deadline = a->server->now;
	else {
		ev_io_set(&a->watcher, n->lookup.fd, EV_READ);
		ev_io_start(a->server->loop, &a->watcher);
	}
	a->endpoint.n_hosts = 0;
	ev_timer_set(&a->timer,
	    (double)rsp_time_left(a->deadline, a->server->now) / 1000, 0);
	ev_timer_start(a->server->loop, &a->timer);
}

static struct configured_peer *
find_configured(struct dials *d, int number)
{
	RSP_LIST_EACH(at, &d->configured_peers)
	{
		struct configured_peer *n =
		    RSP_CONTAINER(at, struct configured_peer, all);

		if ((int)n->number == number)
			return n;
	}
	return NULL;
}

/* What the registry knows of a far end as an endpoint. */
static void
from_transport(struct rsp_endpoint *e, const struct rsp_transport *t)
{
	e->scheme = t->type == RSP_PARAM_SCTP ? RSP_SCTP : RSP_TCP;
	e->port = t->port;
	for (unsigned i = 0;
	     i < t->n_addresses && e->n_hosts < RSP_ENDPOINT_HOSTS; i++)
		e->hosts[e->n_hosts++] = t->addresses[i];
}

void
dial_start(struct server *s, const struct rsp_out *out)
{
	struct attempt *a = calloc(1, sizeof(*a));

	if (a == NULL) {
		rsp_registry_failed(s->registry, s->now, out->connecting);
		return;
	}
	a->server = s;
	a->connecting = out->connecting;
	a->protocol = out->protocol;
	a->deadline = rsp_time_add(s->now, out->timeout);
	a->fd = -1;
	a->why = EDESTADDRREQ;
	ev_init(&a->watcher, on_ready);
	ev_init(&a->timer, on_timer);
	/* what has come about in time is seen first */
	ev_set_priority(&a->timer, EV_MINPRI);
	a->watcher.data = a->timer.data = a;
	rsp_list_add(&s->dials.attempts, &a->all);
	if (out->endpoint >= 0) {
		a->configured_peer = find_configured(&s->dials, out->endpoint);
		if (a->configured_peer != NULL)
			a->endpoint = a->configured_peer->endpoint;
	} else
		from_transport(&a->endpoint, out->transport);
	begin(a);
}

bool
dial_came(struct server *s, uint32_t association, int fd)
{
	RSP_LIST_EACH(at, &s->dials.attempts)
	{
		struct attempt *a = RSP_CONTAINER(at, struct attempt, all);

		if (a->from == NULL || a->association != association)
			continue;
		a->from = NULL;
		a->fd = fd;
		a->why = ECONNREFUSED;
		if (fd >= 0)
			succeeded(a);
		else
			failed(a);
		return true;
	}
	return false;
}

static bool
is_configured(const struct config *c, const char *text)
{
	for (unsigned i = 0; i < c->peers.n; i++)
		if (strcmp(c->peers.at[i].text, text) == 0)
			return true;
	return false;
}

/* Its attempts may go on, but without the lookup. */
static void
remove_configured(struct server *s, struct configured_peer *n)
{
	RSP_LIST_EACH(at, &s->dials.attempts)
	{
		struct attempt *a = RSP_CONTAINER(at, struct attempt, all);

		if (a->configured_peer != n)
			continue;
		if (a->fd < 0)
			ev_io_stop(s->loop, &a->watcher);
		a->configured_peer = NULL;
	}
	rsp_registry_remove_peer(s->registry, s->now, n->number);
	lookup_fini(&n->lookup);
	rsp_list_remove(&n->all);
	free(n);
}

static void
add_configured(struct server *s, const struct rsp_endpoint *e)
{
	struct configured_peer *n = calloc(1, sizeof(*n));

	if (n == NULL) {
		log_warnx("peer left out, no memory: endpoint=%s", e->text);
		return;
	}
	n->endpoint = *e;
	n->number = s->dials.last_number++;
	rsp_list_add(&s->dials.configured_peers, &n->all);
	if (rsp_registry_add_peer(s->registry, s->now, n->number) != RSP_OK)
		log_warnx("peer left out, no memory: endpoint=%s", e->text);
}

static bool
is_known(const struct dials *d, const char *text)
{
	RSP_LIST_EACH(at, &d->configured_peers)
	if (strcmp(RSP_CONTAINER(at, struct configured_peer, all)
		       ->endpoint.text,
		text) == 0)
		return true;
	return false;
}

void
dial_configured(struct server *s)
{
	const struct endpoints *peers = &s->config.peers;

	RSP_LIST_EACH(at, &s->dials.configured_peers)
	{
		struct configured_peer *n =
		    RSP_CONTAINER(at, struct configured_peer, all);

		if (!is_configured(&s->config, n->endpoint.text))
			remove_configured(s, n);
	}
	for (unsigned i = 0; i < peers->n; i++)
		if (!is_known(&s->dials, peers->at[i].text))
			add_configured(s, &peers->at[i]);
}
