/* SPDX-License-Identifier: Apache-2.0 */
/* net_handmade.c - ENRP associations of the small network that a test speaks
 * over itself */
#include "tests/sim/net_handmade.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/net_inner.h"

struct end {
	struct pipe *pipe;
	struct packet *first, **last, *taken;
	unsigned instead_of; /* registrar + 1; 0: of none */
};

static struct end ends[NET_ENDS];

void
net_handmade_init(void)
{
	memset(ends, 0, sizeof(ends));
}

void
net_handmade_end(void)
{
	for (unsigned i = 0; i < NET_ENDS; i++) {
		net_packets_free(ends[i].first);
		net_packets_free(ends[i].taken);
	}
}

void
net_handmade_forget(const struct pipe *p)
{
	for (unsigned i = 0; i < NET_ENDS; i++)
		if (ends[i].pipe == p)
			ends[i].pipe = NULL;
}

int
net_handmade_instead_of(unsigned registrar)
{
	for (unsigned i = 0; i < NET_ENDS; i++)
		if (ends[i].instead_of == registrar + 1)
			return (int)i;
	return -1;
}

void
net_handmade_opened(unsigned end, struct pipe *p)
{
	ends[end].pipe = p;
}

void
net_handmade_closed(unsigned end)
{
	ends[end].pipe = NULL;
}

void
net_handmade_input(unsigned end, struct rsp_span bytes)
{
	net_packet_push(&ends[end].last, bytes);
}

/* What a test does with them. */

void
net_open(unsigned end, unsigned i)
{
	struct pipe *p =
	    net_pipe_new(RSP_ENRP, (struct side){ .kind = END, .who = end },
		(struct side){ .kind = REGISTRAR, .who = i });

	net_packets_free(ends[end].first);
	ends[end].first = NULL;
	ends[end].last = &ends[end].first;
	ends[end].pipe = p;
	net_run(net.latency + 1);
}

static struct side *
side_of(unsigned end)
{
	struct pipe *p = ends[end].pipe;

	if (p == NULL)
		net_fail("the association is closed");
	return &p->sides[p->sides[0].kind != END];
}

void
net_listen(unsigned end, unsigned i)
{
	ends[end].instead_of = i + 1;
	ends[end].last = &ends[end].first;
}

void
net_close(unsigned end)
{
	net_pipe_close(ends[end].pipe, side_of(end));
	ends[end].pipe = NULL;
}

bool
net_is_open(unsigned end)
{
	return ends[end].pipe != NULL;
}

void
net_say_bytes(unsigned end, struct rsp_span bytes)
{
	net_pipe_send(ends[end].pipe, side_of(end), bytes);
	net_run(2 * net.latency + 1);
}

void
net_say(unsigned end, const struct rsp_message *m)
{
	static uint8_t room[RSP_MESSAGE_MAX + 1];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));

	rsp_message_encode(&b, m);
	net_say_bytes(end, rsp_builder_span(&b));
}

void
net_say_type(unsigned end, uint8_t type, uint8_t flags, uint32_t from)
{
	struct rsp_message m;

	rsp_message_init(&m, RSP_ENRP, type);
	m.sender = from;
	m.flags = flags;
	net_say(end, &m);
}

bool
net_hear(unsigned end, struct rsp_message *m)
{
	struct end *e = &ends[end];

	if (e->first == NULL)
		return false;
	free(e->taken);
	e->taken = e->first;
	e->first = e->first->next;
	if (e->first == NULL)
		e->last = &e->first;
	e->taken->next = NULL;
	if (rsp_message_decode(RSP_ENRP,
		(struct rsp_span){ e->taken->bytes, e->taken->len }, m,
		NULL) != RSP_OK)
		net_fail("it sends what cannot be read");
	return true;
}

bool
net_hear_type(unsigned end, uint8_t type, struct rsp_message *m)
{
	while (net_hear(end, m))
		if (m->type == type)
			return true;
	return false;
}

unsigned
net_hear_all(unsigned end, uint8_t type)
{
	struct rsp_message m;
	unsigned n = 0;

	while (net_hear(end, &m))
		n += m.type == type;
	return n;
}
