/* SPDX-License-Identifier: Apache-2.0 */
/* discover.c - registrars that announce themselves: what is heard, and what of
 * it is believed */
#include "rsp/user/discover.h"

#include <string.h>

#include "rsp/net/multicast.h"
#include "rsp/net/sctp.h"
#include "rsp/net/sys.h"
#include "rsp/user/user_inner.h"
#include "rsp/core/wire/message.h"

#define SOCKETS_MAX 8

static bool
is_link_local(const struct rsp_address *a)
{
	return a->family == 6 && a->bytes[0] == 0xfe &&
	       (a->bytes[1] & 0xc0) == 0x80;
}

static bool
is_multicast(const struct rsp_address *a)
{
	return a->family == 4 ? a->bytes[0] >= 224 : a->bytes[0] == 0xff;
}

/* The places where a sender can be.  Loopback is the host itself only to a
 * sender that speaks over it; a link-local address needs an interface, which no
 * transport names. */
static bool
is_credible(const struct rsp_address *a, const struct rsp_address *from)
{
	if (rsp_address_is_loopback(a) && !rsp_address_is_loopback(from))
		return false;
	return (a->family == 4 || a->family == 6) && !is_multicast(a) &&
	       !is_link_local(a) && !rsp_address_is_wildcard(a);
}

/* A wildcard address stands for the source of the datagram. */
static void
add_host(struct rsp_cache_registrar *r, const struct rsp_address *a)
{
	if (rsp_address_is_wildcard(a) && a->family == r->from.family)
		a = &r->from;
	if (r->n_hosts < RSP_CACHE_HOSTS && is_credible(a, &r->from))
		r->hosts[r->n_hosts++] = *a;
}

static bool
is_usable(const struct rsp_transport *t)
{
	if (t->port == 0 || t->n_addresses == 0)
		return false;
	return t->type == RSP_PARAM_TCP ||
	       (t->type == RSP_PARAM_SCTP && rsp_sctp_in_kernel());
}

static bool
has_kind(const struct rsp_cache_registrar *list, unsigned n, uint16_t type)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i].transport == type)
			return true;
	return false;
}

/* RFC 5352: without a transport it is SCTP, at the source's address and the
 * port that IANA has assigned.  RSPLIB means the source port. */
static unsigned
bare(uint32_t server, const struct rsp_address *from, uint16_t port,
    struct rsp_cache_registrar list[RSP_ANNOUNCED_MAX])
{
	struct rsp_cache_registrar r = { .server = server,
		.transport = RSP_PARAM_SCTP,
		.port = port,
		.from = *from };
	unsigned n = 0;

	add_host(&r, from);
	if (r.n_hosts == 0 || !rsp_sctp_in_kernel())
		return 0;
	if (port != 0 && port != RSP_PORT_ASAP)
		list[n++] = r;
	r.port = RSP_PORT_ASAP;
	list[n++] = r;
	return n;
}

unsigned
rsp_announced(struct rsp_span message, const struct rsp_address *from,
    uint16_t port, struct rsp_cache_registrar list[RSP_ANNOUNCED_MAX])
{
	struct rsp_message m;
	struct rsp_transport t;
	struct rsp_cursor c;
	unsigned n = 0;

	if (rsp_message_decode(RSP_ASAP, message, &m, NULL) != RSP_OK ||
	    m.type != RSP_ASAP_ANNOUNCE)
		return 0;
	if (m.transports.len == 0)
		return bare(m.server, from, port, list);
	c = rsp_cursor_over(m.transports);
	while (n < RSP_ANNOUNCED_MAX && rsp_next_transport(&c, &t)) {
		struct rsp_cache_registrar *r = &list[n];

		if (!is_usable(&t) || has_kind(list, n, t.type))
			continue;
		*r = (struct rsp_cache_registrar){ .server = m.server,
			.transport = t.type,
			.port = t.port,
			.from = *from };
		for (unsigned i = 0; i < t.n_addresses; i++)
			add_host(r, &t.addresses[i]);
		n += r->n_hosts > 0;
	}
	return n;
}

void
rsp_discovered_endpoint(const struct rsp_cache_registrar *r,
    struct rsp_endpoint *e)
{
	char text[RSP_ENDPOINT_TEXT];

	memset(e, 0, sizeof(*e));
	e->scheme = r->transport == RSP_PARAM_SCTP ? RSP_SCTP : RSP_TCP;
	e->port = r->port;
	e->n_hosts = r->n_hosts;
	memcpy(e->hosts, r->hosts, r->n_hosts * sizeof(*r->hosts));
	rsp_endpoint_text(e, text);
	if (strlen(text) < sizeof(e->text)) /* four addresses always fit */
		memcpy(e->text, text, strlen(text) + 1);
}

/* Sockets. */

struct ears {
	unsigned n;
	struct pollfd fds[SOCKETS_MAX];
	struct {
		uint64_t key;
		struct rsp_address group;
	} at[SOCKETS_MAX];
};

static void
listen_at(struct ears *ears, const struct rsp_endpoint *g, void *room,
    size_t size)
{
	struct rsp_interface list[RSP_INTERFACES_MAX];
	unsigned n =
	    rsp_interfaces(g->name, list, RSP_INTERFACES_MAX, room, size);
	int fd;

	for (unsigned i = 0; i < g->n_hosts && ears->n < SOCKETS_MAX; i++) {
		fd = rsp_multicast_listen(g, i);
		if (fd < 0)
			continue;
		rsp_multicast_join(fd, &g->hosts[i], list, n);
		ears->fds[ears->n] =
		    (struct pollfd){ .fd = fd, .events = POLLIN };
		ears->at[ears->n].key = rsp_user_registrar_key(g);
		ears->at[ears->n++].group = g->hosts[i];
	}
}

/* Takes one datagram; true if it was an announcement, and something of its
 * registrar is in the cache now. */
static bool
hear(struct rsp_cache *c, const struct ears *ears, unsigned i, void *room,
    size_t size)
{
	struct rsp_cache_registrar list[RSP_ANNOUNCED_MAX];
	struct rsp_address from;
	uint16_t port;
	bool kept = false;
	unsigned n;
	ssize_t len = rsp_multicast_receive(ears->fds[i].fd, &ears->at[i].group,
	    room, size, &from, &port);

	if (len <= 0)
		return false;
	n = rsp_announced((struct rsp_span){ room, (size_t)len }, &from, port,
	    list);
	for (unsigned k = 0; k < n; k++) {
		list[k].group = ears->at[i].key;
		kept |=
		    rsp_cache_heard(c, &list[k], rsp_user_now(), RSP_HEARD_MS);
	}
	return kept;
}

unsigned
rsp_discover(struct rsp_cache *c, const struct rsp_endpoint *registrars,
    unsigned n, rsp_time until, bool all, void *room, size_t size)
{
	struct ears ears = { .n = 0 };
	unsigned heard = 0;
	int left;

	for (unsigned i = 0; i < n; i++)
		if (registrars[i].scheme == RSP_MULTICAST)
			listen_at(&ears, &registrars[i], room, size);
	while (ears.n > 0 && (all || heard == 0)) {
		left = rsp_time_left(until, rsp_user_now());
		if (left <= 0)
			break;
		if (sys_poll(ears.fds, ears.n, left) <= 0)
			continue;
		for (unsigned i = 0; i < ears.n; i++)
			if (ears.fds[i].revents != 0)
				heard += hear(c, &ears, i, room, size);
	}
	for (unsigned i = 0; i < ears.n; i++)
		sys_close(ears.fds[i].fd);
	return heard;
}
