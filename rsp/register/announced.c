/* SPDX-License-Identifier: Apache-2.0 */
/* announced.c - places, and ears that fill them */
#include "rsp/register/announced.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rsp/user/discover.h"
#include "rsp/net/multicast.h"
#include "rsp/net/log.h"
#include "rsp/user/user_inner.h"
#include "rsp/core/base/error.h"
#include "rsp/register/element_id.h"

#define JOIN_AGAIN_MS 1000 /* and places are looked over */
#define T6_MS 1000
#define READ_BATCH 32
#define OF_ONE_SENDER (HUNT_PLACES / 2) /* places that it gets */

static uint64_t room[RSP_INTERFACES_ROOM / 8];

static bool
is_group(const struct announced *h, unsigned i)
{
	return h->groups[i].scheme == RSP_MULTICAST;
}

/* The same group's places stand side by side. */
static bool
is_first(const struct announced *h, unsigned i)
{
	return i == 0 || strcmp(h->groups[i - 1].text, h->groups[i].text) != 0;
}

static unsigned
places_of(const struct announced *h, unsigned first)
{
	unsigned n = 1;

	while (first + n < h->n && is_group(h, first + n) &&
	       !is_first(h, first + n))
		n++;
	return n;
}

static bool
is_same(const struct rsp_cache_registrar *a,
    const struct rsp_cache_registrar *b)
{
	return a->server == b->server && a->transport == b->transport &&
	       a->port == b->port &&
	       rsp_address_equal(&a->hosts[0], &b->hosts[0]);
}

/* With n registrars each has its turn every n * T6. */
static int64_t
lifetime(const struct announced *h, unsigned first)
{
	unsigned n = 0;

	for (unsigned i = first; i < first + places_of(h, first); i++)
		n += h->places[i].taken;
	return RSP_T7_MS + (int64_t)n * T6_MS * 5 / 4;
}

static void
take_place(struct announced *h, unsigned i, const struct rsp_cache_registrar *r)
{
	char text[RSP_ENDPOINT_TEXT];

	h->places[i].taken = true;
	h->places[i].known = *r;
	rsp_discovered_endpoint(r, &h->endpoints[i]);
	rsp_log(RSP_LOG_INFO, "%s is announced",
	    rsp_endpoint_text(&h->endpoints[i], text));
}

/* Its place gets younger, or it gets one, if one is free. */
static void
note(struct announced *h, unsigned first, const struct rsp_cache_registrar *r)
{
	unsigned n = places_of(h, first), start = element_ids_random() % n, i;
	unsigned siblings = 0;

	for (i = first; i < first + n; i++) {
		if (!h->places[i].taken)
			continue;
		if (is_same(&h->places[i].known, r)) {
			h->places[i].known.heard = r->heard;
			return;
		}
		siblings +=
		    rsp_address_equal(&h->places[i].known.from, &r->from);
	}
	for (unsigned k = 0; k < n && siblings < OF_ONE_SENDER; k++) {
		i = first + (start + k) % n;
		if (!h->places[i].taken) {
			take_place(h, i, r);
			return;
		}
	}
}

static void
forget_silent(struct announced *h, rsp_time now)
{
	char text[RSP_ENDPOINT_TEXT];

	for (unsigned i = 0, first = 0; i < h->n; i++) {
		struct announced_place *p = &h->places[i];

		if (is_first(h, i))
			first = i;
		if (!p->taken || now - p->known.heard < lifetime(h, first) ||
		    h->is_home(h->ctx, i))
			continue;
		rsp_log(RSP_LOG_INFO, "%s is not announced any more",
		    rsp_endpoint_text(&h->endpoints[i], text));
		p->taken = false;
		h->endpoints[i] = h->groups[i];
	}
}

static void
join_all(struct announced *h, rsp_time now)
{
	struct rsp_interface list[RSP_INTERFACES_MAX];

	for (unsigned i = 0; i < h->n_ears; i++)
		rsp_multicast_join(h->ears[i].fd, &h->ears[i].address, list,
		    rsp_interfaces(h->groups[h->ears[i].first].name, list,
			RSP_INTERFACES_MAX, room, sizeof(room)));
	h->join_again = rsp_time_add(now, JOIN_AGAIN_MS);
}

static void
listen_to(struct announced *h, unsigned first)
{
	const struct rsp_endpoint *g = &h->groups[first];

	for (unsigned i = 0; i < g->n_hosts && h->n_ears < HUNT_FDS; i++) {
		int fd = rsp_multicast_listen(g, i);

		if (fd < 0) {
			rsp_log(RSP_LOG_DEBUG, "%s: %s", g->text,
			    strerror(-fd));
			continue;
		}
		h->ears[h->n_ears++] = (struct announced_ear){ fd,
			rsp_user_registrar_key(g), g->hosts[i], first };
	}
}

/* The cache is that of clients with the same registrars. */
static void
recall(struct announced *h, rsp_time now)
{
	struct rsp_cache_registrar list[RSP_CACHE_REGISTRARS];
	struct rsp_user_config c;
	unsigned n;

	rsp_user_config_init(&c);
	rsp_user_config_env(&c, getenv);
	c.n_registrars = 0;
	for (unsigned i = 0; i < h->n; i++)
		if (!is_group(h, i) || is_first(h, i))
			c.registrars[c.n_registrars++] = h->groups[i];
	if (rsp_user_init(&h->user, &c) != RSP_OK)
		return;
	for (unsigned i = 0; i < h->n; i++) {
		if (!is_group(h, i) || !is_first(h, i))
			continue;
		n = rsp_cache_registrars(rsp_user_cache(&h->user),
		    rsp_user_registrar_key(&h->groups[i]), now, RSP_T7_MS, list,
		    RSP_CACHE_REGISTRARS);
		for (unsigned k = 0; k < n; k++)
			note(h, i, &list[k]);
	}
}

void
announced_init(struct announced *h, struct rsp_endpoint *endpoints, unsigned n,
    rsp_time now)
{
	h->endpoints = endpoints;
	h->n = n;
	memcpy(h->groups, endpoints, n * sizeof(*endpoints));
	for (unsigned i = 0; i < n; i++)
		if (is_group(h, i) && is_first(h, i))
			listen_to(h, i);
	if (!announced_is_on(h))
		return;
	join_all(h, now);
	recall(h, now);
}

void
announced_fini(struct announced *h)
{
	for (unsigned i = 0; i < h->n_ears; i++)
		close(h->ears[i].fd);
	if (h->user.cache != NULL)
		rsp_user_fini(&h->user);
	h->n_ears = 0;
}

static void
hear(struct announced *h, rsp_time now, const struct announced_ear *ear)
{
	struct rsp_cache_registrar list[RSP_ANNOUNCED_MAX];
	struct rsp_address from;
	uint16_t port;
	ssize_t len;
	unsigned n;

	for (int i = 0; i < READ_BATCH; i++) {
		len = rsp_multicast_receive(ear->fd, &ear->address, room,
		    sizeof(room), &from, &port);
		if (len < 0)
			return;
		n = rsp_announced((struct rsp_span){ (const uint8_t *)room,
				      (size_t)len },
		    &from, port, list);
		for (unsigned k = 0; k < n; k++) {
			list[k].group = ear->group;
			list[k].heard = now;
			note(h, ear->first, &list[k]);
			if (h->user.cache != NULL)
				rsp_cache_heard(rsp_user_cache(&h->user),
				    &list[k], now, RSP_HEARD_MS);
		}
	}
}

void
announced_poll(const struct announced *h, struct pollfd fds[HUNT_FDS])
{
	for (unsigned i = 0; i < HUNT_FDS; i++)
		fds[i] =
		    (struct pollfd){ .fd = i < h->n_ears ? h->ears[i].fd : -1,
			    .events = POLLIN };
}

void
announced_serve(struct announced *h, rsp_time now,
    const struct pollfd fds[HUNT_FDS])
{
	for (unsigned i = 0; i < h->n_ears; i++)
		if (fds[i].revents != 0)
			hear(h, now, &h->ears[i]);
	if (!announced_is_on(h) || !rsp_time_reached(h->join_again, now))
		return;
	join_all(h, now);
	forget_silent(h, now);
}

rsp_time
announced_deadline(const struct announced *h)
{
	return announced_is_on(h) ? h->join_again : RSP_NEVER;
}
