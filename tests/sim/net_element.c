/* SPDX-License-Identifier: Apache-2.0 */
/* net_element.c - pool elements of the small network: their shells */
#include "tests/sim/net_element.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/net_inner.h"
#include "rsp/core/element/element.h"
#include "rsp/core/pool/policy.h"

struct element {
	struct rsp_element *core;
	unsigned homes[NET_REGISTRARS];
	bool callable, gone;
	struct rsp_transport at;
};

static struct element elements[NET_ELEMENTS];

void
net_element_init(void)
{
	memset(elements, 0, sizeof(elements));
}

void
net_element_end(void)
{
	for (unsigned i = 0; i < NET_ELEMENTS; i++)
		rsp_element_free(elements[i].core);
}

bool
net_is_element(unsigned e)
{
	return elements[e].core != NULL && !elements[e].gone;
}

struct rsp_transport
net_element_place(unsigned e)
{
	return elements[e].at;
}

int
net_element_at(const struct rsp_transport *place)
{
	for (unsigned e = 0; e < NET_ELEMENTS; e++)
		if (net_is_element(e) &&
		    rsp_transport_equal(place, &elements[e].at))
			return (int)e;
	return -1;
}

/* Outputs. */

static void
hang_up(struct pipe *p, struct side *s)
{
	if (p->connected)
		net_pipe_close(p, s);
	else
		net_pipe_free(p);
}

void
net_element_drain(unsigned e)
{
	struct rsp_element_out out;
	struct side *s;

	while (rsp_element_output(elements[e].core, &out)) {
		switch (out.kind) {
		case RSP_ELEMENT_CONNECT:
			net_pipe_new(RSP_ASAP,
			    (struct side){ .kind = ELEMENT,
				.who = e,
				.link = RSP_LINK_OUT },
			    (struct side){ .kind = REGISTRAR,
				.who = elements[e].homes[out.endpoint] });
			break;
		case RSP_ELEMENT_SEND:
			s = net_pipe_link(e, out.link);
			if (s != NULL)
				net_pipe_send(net_pipe_of(s), s, out.bytes);
			break;
		case RSP_ELEMENT_HANGUP:
			s = net_pipe_link(e, out.link);
			if (s != NULL)
				hang_up(net_pipe_of(s), s);
			break;
		case RSP_ELEMENT_EVENT:
			if (getenv("NET_VERBOSE") != NULL)
				fprintf(stderr, "%7lld element%u event %d %s\n",
				    (long long)(net.now - 1000000), e,
				    (int)out.event,
				    out.reason == NULL ? "" : out.reason);
			break;
		}
	}
}

/* Connections. */

void
net_element_opened(const struct side *s)
{
	rsp_element_opened(elements[s->who].core, net.now, s->link);
}

void
net_element_closed(const struct side *s)
{
	if (!net_is_element(s->who))
		return;
	rsp_element_closed(elements[s->who].core, net.now, s->link);
	net_element_drain(s->who);
}

int
net_element_input(const struct side *s, struct rsp_span bytes)
{
	int err =
	    rsp_element_input(elements[s->who].core, net.now, s->link, bytes);

	net_element_drain(s->who);
	return err;
}

bool
net_element_takes_call(struct side *s)
{
	unsigned link = RSP_LINK_OUT + 1;

	while (link < RSP_LINKS && net_pipe_link(s->who, link) != NULL)
		link++;
	if (!net_is_element(s->who) || !elements[s->who].callable ||
	    link == RSP_LINKS)
		return false;
	s->link = link;
	return true;
}

rsp_time
net_element_step(void)
{
	rsp_time next = RSP_NEVER;

	for (unsigned i = 0; i < NET_ELEMENTS; i++) {
		struct rsp_element *e = elements[i].core;

		if (!net_is_element(i))
			continue;
		if (rsp_time_reached(rsp_element_deadline(e), net.now)) {
			rsp_element_tick(e, net.now);
			net_element_drain(i);
		}
		next = rsp_time_min(next, rsp_element_deadline(e));
	}
	return next;
}

/* What a test does to them. */

void
net_element(unsigned e, const char *handle, unsigned homes, bool callable)
{
	struct rsp_element_config c;
	struct rsp_pe pe = { .id = e + 1, .life = 90 };
	unsigned n = 0;

	rsp_element_config_init(&c);
	c.handle = (struct rsp_span){ (const uint8_t *)handle, strlen(handle) };
	c.random = net_random;
	c.ctx = &net.seed;
	for (unsigned i = 0; i < NET_REGISTRARS; i++)
		if ((homes >> i & 1) != 0)
			elements[e].homes[n++] = i;
	c.n_endpoints = n;
	elements[e].at = net_place(1, e, 40000);
	elements[e].callable = callable;
	elements[e].gone = false;
	pe.user = net_place(1, e, 80);
	pe.policy.type = RSP_POLICY_LU;
	pe.policy.n_words = 1;
	rsp_element_free(elements[e].core); /* of an earlier life */
	elements[e].core = rsp_element_new(&c, &pe);
	if (elements[e].core == NULL)
		net_fail("no element");
	rsp_element_join(elements[e].core, net.now);
	net_element_drain(e);
}

void
net_element_group(unsigned first, unsigned n, unsigned home)
{
	for (unsigned e = first; e < first + n; e++)
		net_element(e, "P", 1u << home, true);
	net_run(1000);
}

void
net_element_load(unsigned e, uint32_t load)
{
	struct rsp_pe pe = *rsp_element_pe(elements[e].core);

	pe.policy.words[0] = load;
	rsp_element_change(elements[e].core, net.now, &pe);
	net_element_drain(e);
}

void
net_element_kill(unsigned e)
{
	elements[e].gone = true;
	net_pipe_reset(ELEMENT, e);
}

void
net_element_leave(unsigned e)
{
	rsp_element_leave(elements[e].core, net.now);
	net_element_drain(e);
}

int
net_element_home(unsigned e)
{
	int link = rsp_element_home(elements[e].core);
	struct side *s;

	if (link == RSP_LINK_NONE || elements[e].gone)
		return -1;
	s = net_pipe_link(e, (unsigned)link);
	return s == NULL ? -1 : (int)net_pipe_far(net_pipe_of(s), s)->who;
}
