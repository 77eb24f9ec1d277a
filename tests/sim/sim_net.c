/* SPDX-License-Identifier: Apache-2.0 */
/* sim_net.c - simulated network: hosts, the ways between their zones, and
 * datagrams */
#include "tests/sim/sim_net.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_conn.h"

struct datagram {
	struct rsp_list all;
	struct sim_event arrive;
	struct sim_host *from, *to;
	enum rsp_protocol protocol;
	size_t len;
	uint8_t bytes[];
};

void
sim_net_init(struct sim_net *n, struct sim_clock *c, uint64_t seed,
    unsigned zones)
{
	memset(n, 0, sizeof(*n));
	n->clock = c;
	sim_random_init(&n->random, seed);
	n->n_zones = zones;
	n->links = calloc((size_t)zones * zones, sizeof(*n->links));
	if (n->links == NULL)
		abort();
	rsp_list_init(&n->conns);
	rsp_list_init(&n->dead);
	rsp_list_init(&n->group);
	rsp_list_init(&n->datagrams);
}

void
sim_net_sweep(struct sim_net *n)
{
	sim_conns_sweep(&n->dead);
}

void
sim_net_fini(struct sim_net *n)
{
	for (unsigned i = 0; i < n->n_hosts; i++)
		sim_conns_kill(n->hosts[i], true);
	sim_conns_sweep(&n->conns);
	sim_conns_sweep(&n->dead);
	RSP_LIST_EACH(l, &n->datagrams)
	free(RSP_CONTAINER(l, struct datagram, all));
	free(n->links);
	free(n->hosts);
}

void
sim_host_init(struct sim_net *n, struct sim_host *h, unsigned zone)
{
	memset(h, 0, sizeof(*h));
	h->net = n;
	h->number = n->n_hosts;
	h->zone = zone;
	h->up = true;
	rsp_list_init(&h->ends);
	rsp_list_init(&h->group);
	if (n->n_hosts == n->hosts_size) {
		n->hosts_size = n->hosts_size == 0 ? 64 : 2 * n->hosts_size;
		n->hosts = realloc(n->hosts,
		    n->hosts_size * sizeof(struct sim_host *));
		if (n->hosts == NULL)
			abort();
	}
	n->hosts[n->n_hosts++] = h;
}

void
sim_host_join(struct sim_host *h)
{
	rsp_list_add(&h->net->group, &h->group);
}

void
sim_host_kill(struct sim_host *h)
{
	h->stopped = false;
	sim_conns_kill(h, false);
	h->process = NULL;
	sim_conns_probe(h->net);
}

void
sim_host_die(struct sim_host *h)
{
	h->stopped = false;
	h->up = false;
	sim_conns_kill(h, true);
	h->process = NULL;
	sim_conns_probe(h->net);
}

void
sim_host_revive(struct sim_host *h)
{
	h->up = true;
}

void
sim_host_stop(struct sim_host *h, bool stop)
{
	h->stopped = stop;
	if (!stop)
		sim_conns_wake(h);
}

struct sim_link *
sim_link(const struct sim_net *n, unsigned from, unsigned to)
{
	return &n->links[from * n->n_zones + to];
}

void
sim_cut(struct sim_net *n, unsigned from, unsigned to, bool cut)
{
	struct sim_link *l = sim_link(n, from, to);

	if (l->cut == cut)
		return;
	l->cut = cut;
	l->changed = n->clock->now;
	if (cut)
		sim_conns_probe(n);
}

bool
sim_reaches(const struct sim_net *n, unsigned zone, unsigned other)
{
	return !sim_link(n, zone, other)->cut && !sim_link(n, other, zone)->cut;
}

uint64_t
sim_link_since(const struct sim_net *n, unsigned zone, unsigned other)
{
	uint64_t a = sim_link(n, zone, other)->changed;
	uint64_t b = sim_link(n, other, zone)->changed;

	return a > b ? a : b;
}

void
sim_net_saw(struct sim_net *n, const struct sim_host *from,
    const struct sim_host *to, enum rsp_protocol protocol,
    struct rsp_span bytes)
{
	n->messages[protocol]++;
	n->message_bytes += bytes.len;
	if (n->watch != NULL)
		n->watch(n->ctx, from, to, protocol, bytes);
}

static void
on_arrival(struct sim_event *e)
{
	struct datagram *d = RSP_CONTAINER(e, struct datagram, arrive);
	struct sim_host *to = d->to;
	struct rsp_span bytes = { d->bytes, d->len };
	bool arrives = to->up && !to->stopped && to->process != NULL &&
		       !sim_link(to->net, d->from->zone, to->zone)->cut;

	rsp_list_remove(&d->all);
	if (arrives) {
		sim_net_saw(to->net, d->from, to, d->protocol, bytes);
		to->process->datagram(to, d->from, d->protocol, bytes);
	}
	free(d);
}

static void
send_datagram(struct sim_host *from, struct sim_host *to,
    enum rsp_protocol protocol, struct rsp_span bytes)
{
	struct sim_net *n = from->net;
	struct datagram *d;

	if (sim_chance(&n->random, n->loss))
		return;
	d = malloc(sizeof(*d) + bytes.len);
	if (d == NULL)
		abort();
	memset(d, 0, sizeof(*d));
	d->arrive.fire = on_arrival;
	d->from = from;
	d->to = to;
	d->protocol = protocol;
	d->len = bytes.len;
	memcpy(d->bytes, bytes.at, bytes.len);
	rsp_list_add(&n->datagrams, &d->all);
	sim_at(n->clock, &d->arrive,
	    n->clock->now + n->delay_us +
		sim_below(&n->random, n->jitter_us + 1));
}

void
sim_multicast(struct sim_host *h, enum rsp_protocol protocol,
    struct rsp_span bytes)
{
	RSP_LIST_EACH(l, &h->net->group)
	{
		struct sim_host *to = RSP_CONTAINER(l, struct sim_host, group);

		if (to == h)
			continue;
		send_datagram(h, to, protocol, bytes);
		if (sim_chance(&h->net->random, h->net->doubled))
			send_datagram(h, to, protocol, bytes);
	}
}

struct rsp_address
sim_address(const struct sim_host *h)
{
	struct rsp_address a = { .family = 4 };
	unsigned n = h->number + 1;

	a.bytes[0] = 10;
	a.bytes[1] = (uint8_t)(n >> 16);
	a.bytes[2] = (uint8_t)(n >> 8);
	a.bytes[3] = (uint8_t)n;
	return a;
}

struct sim_host *
sim_host_at(const struct sim_net *n, const struct rsp_address *a)
{
	unsigned number = (unsigned)a->bytes[1] << 16 |
			  (unsigned)a->bytes[2] << 8 | a->bytes[3];

	if (a->family != 4 || a->bytes[0] != 10 || number == 0 ||
	    number > n->n_hosts)
		return NULL;
	return n->hosts[number - 1];
}
