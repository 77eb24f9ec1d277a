/* SPDX-License-Identifier: Apache-2.0 */
/* announce.c - a socket to hear and a socket to speak for each group
 *
 * Interfaces come and go: they are looked up again whenever something is sent,
 * which is about every second, and joined then. */
#include "registrar/announce.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "registrar/log.h"
#include "rsp/core/wire/message.h"

/* Datagrams per turn and group. */
#define READ_BATCH 32

/* The interfaces of the group that are there, joined. */
static unsigned
join(const struct announce_group *g,
    struct rsp_interface list[RSP_INTERFACES_MAX])
{
	static uint64_t room[RSP_INTERFACES_ROOM / 8];
	unsigned n = rsp_interfaces(g->group.name, list, RSP_INTERFACES_MAX,
	    room, sizeof(room));

	rsp_multicast_join(g->listener, &g->group.hosts[0], list, n);
	return n;
}

static int
open_group(struct announce_group *g, uint16_t port, int hops)
{
	struct rsp_interface list[RSP_INTERFACES_MAX];

	g->listener = rsp_multicast_listen(&g->group, 0);
	g->sender = rsp_multicast_sender(g->group.hosts[0].family, port, hops);
	if (g->listener < 0)
		return g->listener;
	if (g->sender < 0)
		return g->sender;
	if (join(g, list) == 0)
		log_warnx("no such interface, waiting for it: group=%s",
		    g->group.text);
	return 0;
}

int
announce_open(struct announce *a, const struct group_list *groups,
    uint16_t port, int hops, char *error, size_t size)
{
	int err;

	memset(a, 0, sizeof(*a));
	for (unsigned i = 0; i < groups->n; i++) {
		struct announce_group *g = &a->at[a->n++];

		g->group = groups->at[i];
		err = open_group(g, port, hops);
		if (err == 0)
			continue;
		snprintf(error, size, "%s: %s", g->group.text, strerror(-err));
		return 1;
	}
	return 0;
}

static void
on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	static uint8_t room[RSP_MESSAGE_MAX + 1];
	const struct announce_group *g = (const struct announce_group
		*)(const void *)((const char *)w -
				 offsetof(struct announce_group, reader));
	struct announce *a = w->data;
	struct rsp_transport from;
	ssize_t n;

	(void)loop;
	(void)events;
	from.type = RSP_PARAM_UDP;
	from.n_addresses = 1;
	for (int i = 0; i < READ_BATCH; i++) {
		n = rsp_multicast_receive(g->listener, &g->group.hosts[0], room,
		    sizeof(room), &from.addresses[0], &from.port);
		if (n < 0)
			return;
		a->heard(a->ctx, &from, (struct rsp_span){ room, (size_t)n });
	}
}

void
announce_start(struct announce *a, struct ev_loop *loop,
    void (*heard)(void *ctx, const struct rsp_transport *from,
	struct rsp_span message),
    void *ctx)
{
	a->loop = loop;
	a->heard = heard;
	a->ctx = ctx;
	for (unsigned i = 0; i < a->n; i++) {
		struct announce_group *g = &a->at[i];

		ev_io_init(&g->reader, on_readable, g->listener, EV_READ);
		g->reader.data = a;
		ev_io_start(loop, &g->reader);
	}
}

/* An interface without an address, or without a way to the group, is none of
 * the user's concern as long as there are others.  How many did. */
static unsigned
send_out(const struct announce_group *g, const struct rsp_interface *list,
    unsigned n, bool loopback, struct rsp_span bytes)
{
	unsigned sent = 0;
	int err;

	for (unsigned i = 0; i < n; i++) {
		if (list[i].loopback != loopback)
			continue;
		err = rsp_multicast_send(g->sender, &g->group, 0, &list[i],
		    bytes);
		sent += err == 0;
		if (err != 0)
			log_debug("not announced: group=%s interface=%d "
				  "reason=\"%s\"",
			    g->group.text, list[i].index, strerror(-err));
	}
	return sent;
}

/* This host hears what goes out, too; so over loopback goes only what is for
 * nobody else, or has no other way.  Whoever registers over it is taken for
 * one without another address. */
void
announce_send(struct announce *a, bool outside, struct rsp_span bytes)
{
	struct rsp_interface list[RSP_INTERFACES_MAX];
	unsigned n;

	for (unsigned i = 0; i < a->n; i++) {
		n = join(&a->at[i], list);
		if (!outside || send_out(&a->at[i], list, n, false, bytes) == 0)
			send_out(&a->at[i], list, n, true, bytes);
	}
}

void
announce_close(struct announce *a)
{
	for (unsigned i = 0; i < a->n; i++) {
		struct announce_group *g = &a->at[i];

		if (a->loop != NULL)
			ev_io_stop(a->loop, &g->reader);
		if (g->listener >= 0)
			close(g->listener);
		if (g->sender >= 0)
			close(g->sender);
	}
	a->n = 0;
}

const char *
announce_text(const struct announce *a, char text[CONFIG_TEXT])
{
	int at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < a->n && at < CONFIG_TEXT - 1; i++)
		at += snprintf(text + at, (size_t)(CONFIG_TEXT - at), "%s%s",
		    i > 0 ? ", " : "", a->at[i].group.text);
	return text;
}
